"""A plain reader of pictures, such as anybody writes in an afternoon: a template per digit, moved about its place."""

import io
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFont

PLACES = [28 + 76.8 * (number + 0.5) for number in range(5)]
"""Where the middles of the digits are meant to be, in the large picture."""
HALF = (22, 26)


def read(picture: bytes, reach: int) -> str:
    """The digits that fit best, place by place, sought `reach` pixels to both sides."""
    page = _ink(Image.open(io.BytesIO(picture)).convert("L"))
    return "".join(_best(page, round(middle / 2), reach // 2) for middle in PLACES)


def plain(digits: str) -> bytes:
    """The digits without any distortion: what the reader reads well."""
    page = Image.new("L", (440, 160), 230)
    pen = ImageDraw.Draw(page)
    for digit, middle in zip(digits, PLACES, strict=True):
        pen.text((middle + 6, 76), digit, fill=30, font=ImageFont.load_default(118), anchor="mm")
    kept = io.BytesIO()
    page.save(kept, "PNG")
    return kept.getvalue()


def _ink(page: Image.Image) -> Image.Image:
    return page.resize((220, 80), Image.Resampling.BOX).point(lambda value: 255 * (value < 130))


@cache
def _template(digit: str) -> Image.Image:
    tile = Image.new("L", (4 * HALF[0], 4 * HALF[1]), 255)
    middle = (2 * HALF[0], 2 * HALF[1])
    ImageDraw.Draw(tile).text(middle, digit, fill=0, font=ImageFont.load_default(118), anchor="mm")
    small = tile.resize((2 * HALF[0], 2 * HALF[1]), Image.Resampling.BOX)
    return small.point(lambda value: 255 * (value < 130))


def _best(page: Image.Image, middle: int, reach: int) -> str:
    scores = []
    for left in range(middle - HALF[0] - reach, middle - HALF[0] + reach + 1, 2):
        for top in range(40 - HALF[1] - 12, 40 - HALF[1] + 13, 2):
            cut = page.crop((left, top, left + 2 * HALF[0], top + 2 * HALF[1]))
            for digit in "0123456789":
                differing = ImageChops.difference(cut, _template(digit)).tobytes().count(255)
                scores.append((differing, digit))
    return min(scores)[1]
