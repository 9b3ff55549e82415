"""Digits as a picture that people read: turned, skewed, waved, struck through and strewn, in the font that Pillow brings."""

import io
import math
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Resampling, Transform

from idp.humanity.draws import Draws

SIZE: Final = (220, 80)
"""What the page shows; the large picture is twice as wide and high."""
_WIDTH, _HEIGHT = LARGE = (2 * SIZE[0], 2 * SIZE[1])
_TILE: Final = 150
_SLICE: Final = 10
_LEVELS: Final = 16
_ALL: Final = 255


def draw(digits: str, seed: bytes, *, is_large: bool = False) -> bytes:
    """The picture of `digits` as PNG: the same one for the same seed, in its two sizes."""
    draws = Draws(seed, "picture")
    ink = Image.new("L", LARGE, 0)
    steps = [draws.between(68, 88) for _ in digits]
    cell = draws.between(0.15, 0.85) * (_WIDTH - sum(steps))
    for digit, step in zip(digits, steps, strict=True):
        left, top = cell + (step - _TILE) / 2, (_HEIGHT - _TILE) / 2 + draws.between(-14, 14)
        # Neighbours may touch: each is laid over what is there.
        ink.paste(_ALL, (round(left), round(top)), _digit(digit, draws))
        cell += step
    _strike(ink, draws)
    ink = _waved(ink, draws)
    page = Image.new("L", LARGE, round(draws.between(222, 240)))
    page.paste(round(draws.between(16, 52)), mask=ink)
    page = _strewn(page, draws)
    if not is_large:
        page = page.resize(SIZE, Resampling.LANCZOS)
    return _png(page)


def _digit(digit: str, draws: Draws) -> Image.Image:
    """One digit in a tile of its own, each with its own size, weight, slant and turn; every other is hollow."""
    tile = Image.new("L", (_TILE, _TILE), 0)
    pen, middle = ImageDraw.Draw(tile), (_TILE / 2, _TILE / 2)
    font = ImageFont.load_default(draws.between(104, 128))
    is_hollow = draws.chance(2)
    edge = round(draws.between(4, 6)) if is_hollow else round(draws.between(0, 3))
    pen.text(middle, digit, fill=_ALL, font=font, anchor="mm", stroke_width=edge)
    if is_hollow:
        pen.text(middle, digit, fill=0, font=font, anchor="mm")
    tile = tile.rotate(draws.between(-25, 25), Resampling.BICUBIC)
    # The corners of the tile are pulled apart: lines that were parallel are so no more.
    corners = ((0, 0), (0, _TILE), (_TILE, _TILE), (_TILE, 0))
    quad = tuple(edge + draws.between(-20, 20) for corner in corners for edge in corner)
    return tile.transform((_TILE, _TILE), Transform.QUAD, quad, Resampling.BICUBIC)


def _strike(ink: Image.Image, draws: Draws) -> None:
    """Curves across all digits: some in the ink of the digits, some that cut through them."""
    pen = ImageDraw.Draw(ink)
    for number in range(4):
        fill = 0 if number < 1 else _ALL
        middle, swing = draws.between(45, _HEIGHT - 45), draws.between(10, 34)
        turns, start = draws.between(0.6, 1.9), draws.between(0, math.tau)
        points = [
            (x, middle + swing * math.sin(start + turns * math.tau * x / _WIDTH))
            for x in range(0, _WIDTH + 8, 8)
        ]
        pen.line(points, fill=fill, width=round(draws.between(3, 5)), joint="curve")


def _waved(ink: Image.Image, draws: Draws) -> Image.Image:
    """The whole picture in waves, so that no digit stands on a line with the next."""
    deep, long, start = draws.between(5, 9), draws.between(110, 190), draws.between(0, math.tau)

    def lift(x: int) -> float:
        return deep * math.sin(start + math.tau * x / long)

    mesh = []
    for left in range(0, _WIDTH, _SLICE):
        right = left + _SLICE
        up, down = lift(left), lift(right)
        quad = (left, up, left, _HEIGHT + up, right, _HEIGHT + down, right, down)
        mesh.append(((left, 0, right, _HEIGHT), quad))
    return ink.transform(LARGE, Transform.MESH, mesh, Resampling.BICUBIC)


def _strewn(page: Image.Image, draws: Draws) -> Image.Image:
    """Grain over all of it, and specks of ink and of paper."""
    half = (_WIDTH // 2, _HEIGHT // 2)
    grain = Image.frombytes("L", half, draws.noise(half[0] * half[1])).resize(LARGE, Resampling.BILINEAR)
    page = Image.blend(page, grain, 0.16)
    pen = ImageDraw.Draw(page)
    for _ in range(90):
        x, y, wide = draws.between(0, _WIDTH), draws.between(0, _HEIGHT), draws.between(1, 4)
        pen.ellipse((x, y, x + wide, y + wide), fill=225 if draws.chance(3) else 50)
    return page


def _png(page: Image.Image) -> bytes:
    kept = io.BytesIO()
    page.quantize(_LEVELS).save(kept, "PNG", optimize=True)
    return kept.getvalue()
