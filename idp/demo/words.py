"""The words of `yihao demo`, Chinese and English."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "preparing": ("正在准备演示实例…", "Preparing the demo …"),
        "title": (
            "演示人员：这些人和号码都不存在",
            "People of the demo: neither they nor their numbers exist",
        ),
        "issuer": ("统一身份认证", "Provider"),
        "console": ("三员管理台", "Officers' console"),
        "department": ("部门应用", "Department"),
        "file": ("以上内容和客户端密钥", "All this, and the clients' secrets"),
        "name": ("姓名", "Name"),
        "id_number": ("证件号码", "ID number"),
        "mobile": ("手机号", "Mobile"),
        "password": ("密码", "Password"),
        "level": ("等级", "Level"),
        "about": ("说明", "About"),
        "organisations": (
            "演示单位：用本人账户登录，再选择单位",
            "Enterprises of the demo: sign in as yourself, then choose",
        ),
        "uscc": ("统一社会信用代码", "Unified code"),
        "representative": ("法定代表人", "Legal representative"),
        "agents": ("经办人和管理员", "Agents and administrators"),
        "claimable": ("可以认领的单位", "Can be claimed"),
        "newcomer": ("可以注册的人", "Can register"),
        "phone": ("演示手机（短信）", "Demo telephone (text messages)"),
        "stop": (
            "按 Ctrl-C 停止。数据会保留；make demo-reset 清除。",
            "Ctrl-C stops it and keeps the data; make demo-reset clears it.",
        ),
        "stopped": (
            "演示已停止，数据保留在 {directory}",
            "The demo has stopped; its data stays in {directory}",
        ),
    }
)
"""What is said when all goes well."""

FAULTS: Mapping[str, Pair] = MappingProxyType(
    {
        "demo.port": (
            "YIHAO_DEMO_PORT 应为 1024 到 {highest} 之间的整数。",
            "YIHAO_DEMO_PORT is a whole number from 1024 to {highest}.",
        ),
        "demo.port_taken": (
            "端口 {port} 已被占用：停下占用它的程序，或用 YIHAO_DEMO_PORT 换一个起始端口（须同时换 YIHAO_DEMO_DIR）。",
            "Port {port} is taken: stop what holds it, or choose another YIHAO_DEMO_PORT and YIHAO_DEMO_DIR.",
        ),
        "demo.directory": (
            "目录 {directory} 不能使用：{why}。",
            "The directory {directory} cannot be used: {why}.",
        ),
        "demo.running": (
            "{directory} 中已有一个演示在运行：先停下它，或用 YIHAO_DEMO_DIR 换一个目录。",
            "A demo is running in {directory}: stop it, or choose another YIHAO_DEMO_DIR.",
        ),
        "demo.other_port": (
            "{directory} 是为起始端口 {port} 建立的：用 YIHAO_DEMO_PORT={port}，或换一个 YIHAO_DEMO_DIR，"
            "或运行 make demo-reset。",
            "{directory} belongs to base port {port}: set YIHAO_DEMO_PORT={port}, choose another YIHAO_DEMO_DIR, "
            "or run make demo-reset.",
        ),
        "demo.no_kit": (
            "这里没有接入示例 specs/kit/python-flask：yihao demo 只能从源码目录运行（make run）。",
            "specs/kit/python-flask is not here: yihao demo runs from a checkout only (make run).",
        ),
        "demo.ended": (
            "进程 {name} 意外停止（退出码 {exit_code}），演示随之结束；原因见 {log}。",
            "The process {name} ended with exit code {exit_code}, and the demo with it; {log} says why.",
        ),
        "demo.silent": (
            "进程 {name} 在 {seconds} 秒内没有应答；原因见 {log}。",
            "The process {name} did not answer within {seconds} s; {log} says why.",
        ),
    }
)
"""What went wrong and what to do, in one sentence, by the code of DemoRefused."""
