"""Groups of beeps to be counted, for who does not see the picture: made here, since no voice is shipped.

quiet ──beep·beep·beep──▶ long rest ──beep──▶ long rest ──beep·beep──▶ long rest ──beep·beep·beep·beep──▶ quiet
"""

import io
import math
import wave
from typing import Final

from idp.humanity.draws import Draws

RATE: Final = 8000
_MIDDLE: Final = 128
_EDGE: Final = 0.012
"""How long a beep swells and fades, in seconds: without it every beep would begin with a click."""
_STRETCH: Final = 0.4
"""How long the background keeps one loudness, in seconds."""


def beep(counts: str, seed: bytes) -> bytes:
    """The sound of `counts`, a digit per group, as WAV: the same one for the same seed."""
    draws = Draws(seed, "sound")
    starts, length = _placed(counts, draws)
    samples = _background(length, draws)
    for start, seconds in starts:
        _lay(samples, start, seconds, draws)
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(samples)
    return kept.getvalue()


def _placed(counts: str, draws: Draws) -> tuple[list[tuple[float, float]], float]:
    """Start and length of every beep, and the length of the whole, in seconds. A rest is never short of a second."""
    at = draws.between(0.7, 1.2)
    beeps = []
    for count in counts:
        for _ in range(int(count)):
            seconds = draws.between(0.13, 0.2)
            beeps.append((at, seconds))
            at += seconds + draws.between(0.2, 0.34)
        at += draws.between(1.1, 1.6)
    return beeps, at


def _background(length: float, draws: Draws) -> bytearray:
    """Noise whose loudness changes, but stays well under the beeps."""
    samples = bytearray()
    while len(samples) < length * RATE:
        loud = draws.between(0.05, 0.2)
        table = bytes(_MIDDLE + round((value - _MIDDLE) * loud) for value in range(256))
        samples += draws.noise(round(_STRETCH * RATE)).translate(table)
    return samples


def _lay(samples: bytearray, start: float, seconds: float, draws: Draws) -> None:
    """Add one beep of its own pitch and loudness. Loudest beep and loudest noise together stay within a byte."""
    pitch, bend = draws.between(420, 1300), draws.between(-180, 180)
    loud = draws.between(62, 92)
    first, count = round(start * RATE), round(seconds * RATE)
    for number in range(count):
        time = number / RATE
        swell = min(1.0, time / _EDGE, (seconds - time) / _EDGE)
        turn = math.tau * (pitch + bend * time) * time
        samples[first + number] += round(loud * swell * math.sin(turn))
