"""Numbers and names that belong to nobody, with check characters worked out apart from the product's code.

People are born before 1905 in counties that never existed (``xx0199``), organisations carry the subject codes
``MA0T…``, mobile numbers begin with ``1990000``: every one can be told from real data at a glance.
"""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

TODAY = date(2026, 11, 23)
"""The day on which all synthetic numbers are valid."""

FIRST_BIRTH = date(1900, 1, 1)
LAST_BIRTH = date(1904, 12, 31)
MAINLAND = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
PROVINCES = [str(code) for first, last in MAINLAND for code in range(first, last + 1)]
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫\U00020bb7"
GIVEN_NAMES = "测试样例虚构\U00030edd\U0002b5e6"


def synthetic_id_number(sequence: int = 1, birth: date = FIRST_BIRTH, region: str = "140199") -> str:
    """Return 18 characters; sequence 0 to 999, odd for men."""
    return with_id_check(f"{region}{birth:%Y%m%d}{sequence:03d}")


def synthetic_uscc(serial: int = 1, kind: str = "91", region: str = "140199") -> str:
    """Return 18 characters with a consistent subject code; serial 0 to 9999."""
    return with_uscc_check(f"{kind}{region}{with_organisation_check(f'MA0T{serial:04d}')}")


def synthetic_mobile(serial: int = 1) -> str:
    """Return 11 digits; serial 0 to 9999."""
    return f"1990000{serial:04d}"


def with_id_check(body: str) -> str:
    """Return 17 digits with their check character: weights are powers of two modulo 11, counted from the
    right.
    """
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    remainder = (1 - total) % 11
    return body + ("X" if remainder == 10 else str(remainder))


def with_uscc_check(body: str) -> str:
    """Return 17 characters with their check character."""
    weight, total = 1, 0
    for character in body:
        total += weight * USCC_ALPHABET.index(character)
        weight = weight * 3 % 31
    return body + USCC_ALPHABET[(31 - total % 31) % 31]


def with_organisation_check(body: str) -> str:
    """Return eight characters with their check character."""
    check = 11 - sum(w * int(c, 36) for w, c in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True)) % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))


def with_registration_check(body: str) -> str:
    """Return 14 digits with the one digit that makes the ISO 7064 MOD 11,10 remainder 1."""
    product = 10
    for digit in body:
        product = 2 * ((product + int(digit)) % 10 or 10) % 11
    return body + next(str(check) for check in range(10) if (product + check) % 10 == 1)


def id_numbers() -> SearchStrategy[str]:
    """Resident numbers whose sequence also fits the old 15 digits of the same century."""
    days = (LAST_BIRTH - FIRST_BIRTH).days
    births = st.integers(0, days).map(lambda day: FIRST_BIRTH + timedelta(days=day))
    regions = st.sampled_from(PROVINCES).map(lambda province: f"{province}0199")
    return st.builds(synthetic_id_number, st.integers(0, 995), births, regions)


def usccs() -> SearchStrategy[str]:
    """Codes of enterprises, sole traders, institutions and social organisations."""
    return st.builds(
        synthetic_uscc, st.integers(0, 9999), st.sampled_from(["91", "92", "93", "11", "12", "51", "52"])
    )


def organisation_codes() -> SearchStrategy[str]:
    """Old organisation codes, nine characters."""
    bodies = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8)
    return bodies.map(with_organisation_check)


def registration_numbers() -> SearchStrategy[str]:
    """Business registration numbers of 15 digits."""
    return st.integers(0, 99_999_999).map(lambda serial: with_registration_check(f"140199{serial:08d}"))


def mobiles() -> SearchStrategy[str]:
    """Mobile numbers of 11 digits."""
    return st.integers(0, 9999).map(synthetic_mobile)


def person_names() -> SearchStrategy[str]:
    """Han names with rare characters, names with a middle dot, Latin names."""
    han = st.builds(
        str.__add__, st.sampled_from(list(SURNAMES)), st.text(GIVEN_NAMES, min_size=1, max_size=3)
    )
    latin = st.builds(
        "{} {}".format, st.sampled_from(["Ada", "José"]), st.sampled_from(["Sample", "O'Test", "Nô-One"])
    )
    return st.one_of(han, st.builds("{}·{}".format, han, han), latin)
