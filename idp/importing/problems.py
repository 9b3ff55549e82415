"""What can be wrong with a row, and the words for it: for people at a terminal and in error files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ZH, EN = 0, 1
"""Places of the two languages in the tables of words."""

Pair = tuple[str, str]
ROW: Final[Pair] = ("整行", "whole row")
ROW_WORDS: Final[Mapping[str, Pair]] = MappingProxyType(
    {
        "row.duplicate": ("与第 {line} 行重复", "repeats line {line}"),
        "row.columns": ("列数多于表头", "more columns than the header has"),
        "row.quotes": ("引号没有成对", "a quotation mark is not closed"),
        "row.too_long": ("这一行太长", "the line is too long"),
        "row.encoding": ("这一行的字节不是文件的编码", "the line is not written in the encoding of the file"),
        "row.json": ("这一行不是一个简单的 JSON 对象", "the line is not one plain JSON object"),
        "row.cut": (
            "文件在这一行中间结束(没有换行):请确认文件完整,在末尾加换行后再导入",
            "the file ends inside this line: make sure that it is whole, end it with a line break and import it again",
        ),
    }
)
"""Problems of rows that every import knows."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which field; `line` is the earlier line that a row repeats."""

    field: str
    code: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How one kind of import speaks: names of its fields (the headers), words of its problems by code, and how a value
    may be shown, also a wrong one; fields without a mask show nothing. `tallies` names what it counts beside added,
    changed, unchanged and refused.
    """

    fields: Mapping[str, Pair]
    problems: Mapping[str, Pair]
    masks: Mapping[str, Callable[[str], str]]
    tallies: Mapping[str, Pair] = field(default_factory=dict)

    def field(self, name: str, language: int) -> str:
        """The name of a field."""
        return self.fields.get(name, ROW)[language]

    def words(self, problem: Problem, language: int) -> str:
        """A problem in words."""
        pair = ROW_WORDS.get(problem.code) or self.problems[problem.code]
        return pair[language].format(line=problem.line)

    def shown(self, name: str, value: str) -> str:
        """A value as a terminal may show it."""
        mask = self.masks.get(name)
        return mask(value) if mask and value else ""
