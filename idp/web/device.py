"""A few words about the browser, for people to recognise their own: never the whole header."""

BROWSERS = (
    ("Edg/", "Edge"),
    ("MicroMessenger/", "WeChat"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def describe_device(user_agent: str | None) -> str:
    """Browser and system by their common names, such as `Chrome · Windows`; `?` where unknown."""
    text = user_agent or ""
    browser = next((name for mark, name in BROWSERS if mark in text), "?")
    system = next((name for mark, name in SYSTEMS if mark in text), "?")
    return f"{browser} · {system}"
