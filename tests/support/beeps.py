"""Counts the beeps of a proof of humanity, as one does who cannot see its picture."""

import io
import wave


def count_beeps(sound: bytes) -> str:
    """What one hears: loud stretches, in groups where a rest of more than 0.8 seconds parts them."""
    with wave.open(io.BytesIO(sound)) as file:
        rate, samples = file.getframerate(), file.readframes(file.getnframes())
    window = rate // 100
    energies = [
        sum((sample - 128) ** 2 for sample in samples[at : at + window]) / window
        for at in range(0, len(samples) - window, window)
    ]
    loud = [energy > 1000 for energy in energies]
    starts = [at for at in range(1, len(loud)) if loud[at] and not any(loud[max(at - 6, 0) : at])]
    ends = [max(at for at in range(start, len(loud)) if all(loud[start : at + 1])) for start in starts]
    groups = [1]
    for end, start in zip(ends, starts[1:], strict=False):
        if start - end > 80:
            groups.append(0)
        groups[-1] += 1
    return "".join(map(str, groups))
