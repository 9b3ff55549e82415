"""Codes that a phone reads from a page (ISO/IEC 18004), as pictures that stand in the page itself."""

import segno
from markupsafe import Markup

QUIET = 4
"""Modules of white around a code (ISO/IEC 18004 §6.3.8); kept in dark pages too."""


def qr_svg(text: str, label: str) -> Markup:
    """The picture of a text, black on white, named by `label` to those who do not see it."""
    made = segno.make(text, error="m", micro=False)
    picture = made.svg_inline(scale=6, border=QUIET, dark="#000", light="#fff", omitsize=True)
    named = Markup('<div class="qr" role="img" aria-label="{}">').format(label)
    # The drawing holds no word of the text, only squares.
    return named + Markup(picture) + Markup("</div>")  # noqa: S704
