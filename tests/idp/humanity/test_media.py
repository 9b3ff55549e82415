"""What is seen and heard: it carries the answer for people, and hides it from the plainest programs."""

import io
import wave

import pytest
from PIL import Image

from idp.humanity import picture, sound
from idp.humanity.picture import LARGE, SIZE
from tests.idp.humanity.matching import plain, read
from tests.support.beeps import count_beeps

SEEDS = [number.to_bytes(32, "big") for number in range(1, 13)]
DIGITS = [
    "48203",
    "90645",
    "93529",
    "24680",
    "55555",
    "02344",
    "63890",
    "39435",
    "26382",
    "86420",
    "33006",
    "99358",
]


def _size(png: bytes) -> tuple[int, int]:
    opened = Image.open(io.BytesIO(png))
    assert opened.format == "PNG"
    return opened.size


@pytest.mark.clause("WCAG 2.2", "1.1.1")
@pytest.mark.parametrize("counts", ["1111", "5555", "3152", "1425", "5141", "2333", "4512", "1155"])
def test_sound_carries_its_answer(counts: str) -> None:
    """Who counts the loud stretches, as a listener does, has the answer, whatever pitch, pace and noise were drawn."""
    assert {count_beeps(sound.beep(counts, seed)) for seed in SEEDS} == {counts}


def test_sound_is_short_and_plays_everywhere() -> None:
    """Plain PCM in one channel, within half a minute and 200 KB, never cut off at full scale."""
    whole = sound.beep("5555", SEEDS[0])
    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getcomptype()) == (1, 1, "NONE")
        assert file.getnframes() < 30 * file.getframerate()
        samples = file.readframes(file.getnframes())
    assert len(whole) < 200_000
    assert min(samples) > 0
    assert max(samples) < 255


def test_sounds_of_one_answer_differ() -> None:
    """Pitch, pace and noise are drawn anew for every challenge, so that no list of sounds helps."""
    sounds = {sound.beep("3152", seed) for seed in SEEDS}
    assert len(sounds) == len(SEEDS)
    assert len({len(one) for one in sounds}) > 3


def test_pictures_of_one_answer_differ() -> None:
    """Two challenges with the same digits share no picture: most of the pixels that are ink in either differ."""
    inked = []
    for seed in SEEDS:
        page = Image.open(io.BytesIO(picture.draw("48213", seed))).convert("L")
        inked.append({at for at, value in enumerate(page.tobytes()) if value < 110})
    for number, one in enumerate(inked):
        for other in inked[number + 1 :]:
            assert len(one & other) < len(one | other) / 2


def test_asking_again_shows_the_same() -> None:
    """A second copy of one challenge is no second look at its answer: picture and sound are the same, byte for byte."""
    assert picture.draw("48213", SEEDS[0]) == picture.draw("48213", SEEDS[0])
    assert sound.beep("3152", SEEDS[0]) == sound.beep("3152", SEEDS[0])


def test_large_picture_is_twice_as_large() -> None:
    """The enlarged picture has twice the width and height, and both weigh little."""
    small, large = picture.draw("48213", SEEDS[0]), picture.draw("48213", SEEDS[0], is_large=True)
    assert (_size(small), _size(large)) == (SIZE, LARGE) == ((220, 80), (440, 160))
    assert len(small) < 15_000
    assert len(large) < 45_000


def test_ink_stands_out_from_paper() -> None:
    """Ink and paper are at least 4.5 to 1 apart, for those who see little (WCAG 1.4.3)."""
    for seed in SEEDS:
        values = sorted(Image.open(io.BytesIO(picture.draw("48213", seed))).convert("L").tobytes())
        dark, light = values[len(values) // 50], values[len(values) // 2]
        assert (_luminance(light) + 0.05) / (_luminance(dark) + 0.05) >= 4.5


@pytest.mark.parametrize("reach", [16, 40])
def test_plain_matching_reads_plain_digits_and_not_the_picture(reach: int) -> None:
    """Templates of the very font read undistorted digits without a miss, and of the pictures no whole answer."""
    assert [read(plain(digits), 16) for digits in DIGITS] == DIGITS
    answers = [
        read(picture.draw(digits, seed, is_large=True), reach)
        for digits, seed in zip(DIGITS, SEEDS, strict=True)
    ]
    assert not set(answers) & set(DIGITS)
    right = sum(one == two for one, two in zip("".join(answers), "".join(DIGITS), strict=True))
    assert right < 0.5 * len("".join(DIGITS))


def _luminance(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
