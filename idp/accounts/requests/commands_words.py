"""Words of the commands on requests, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {"request.answered": ("{number} 已答复,本人可以看到", "{number} is answered; its owner can read it")}
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "request.unknown": (
            ("没有这个编号", "There is no request of this number"),
            ("运行 yihao request list 看待办的", "Run yihao request list to see what waits"),
        ),
        "request.over": (
            ("{number} 已经答复过", "{number} has its answer already"),
            ("运行 yihao request show {number} 查看", "Run yihao request show {number} to read it"),
        ),
        "request.words": (
            ("答复为空,或超过 {most} 个字", "The answer is empty or longer than {most} characters"),
            ("改好文件后再试", "Correct the file and try again"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "request": (
            "本人提出的更正、投诉和登录报告:查看、答复。",
            "Corrections, complaints and reports by persons: list, show, answer.",
        ),
        "request list": (
            "列出待答复的,先到期的在前;不含本人写的内容。",
            "List what waits for an answer, the first one due at the top; not what persons wrote.",
        ),
        "request show": (
            "查看一件,含本人写的内容;查看会记入审计。",
            "Show one with what the person wrote; that it was read is audited.",
        ),
        "request answer": (
            "用文件里的文字答复一件,本人在“我的信息”里看到;只能答复一次。",
            "Answer one in the words of a file, which the person reads in the account; once only.",
        ),
        "option.answer": ("答复文字的文件;- 为标准输入。", "File with the answer; - is standard input."),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "request": ("yihao request list", "yihao request show 7H2K-93QF"),
        "request list": ("yihao request list", "yihao request list --json"),
        "request show": ("yihao request show 7H2K-93QF", "yihao request show 7H2K-93QF --json"),
        "request answer": (
            "yihao request answer 7H2K-93QF --from answer.txt",
            "yihao request answer 7H2K-93QF --from - < answer.txt",
        ),
    }
)
