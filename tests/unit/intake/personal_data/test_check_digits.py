"""Check digits: real numbers fit, random ones as rarely as stated, and columns of them never."""

import random
import re
from pathlib import Path

import pytest
import yaml

from attune.intake.personal_data.check_digits import CHANCE, REGISTERS, Register, bare
from attune.intake.personal_data.detection import fits_a_register

PLANTED = yaml.safe_load((Path(__file__).parent / "planted_columns.yaml").read_text("utf-8"))
CHECKED = [one for one in PLANTED if one["kind"] == "register" and len(one["cells"]) >= 6]


@pytest.mark.parametrize("one", CHECKED, ids=[f"{c['language']}-{c['heading']}" for c in CHECKED])
def test_numbers_are_known_without_a_heading_and_no_longer_with_another_digit(
    one: dict[str, list[str]],
) -> None:
    """The numbers come from python-stdnum; one digit off, their check digits are wrong."""
    cells = tuple(map(str, one["cells"]))
    assert fits_a_register(cells)
    unchecked = {"v42", "v54", "v57"}  # Danish, British and Korean numbers have no check digit
    if one["heading"] not in unchecked:
        spoiled = tuple(re.sub(r"\d(?=\D*$)", _next, cell) for cell in cells)
        assert not fits_a_register(spoiled)


def _next(match: re.Match[str]) -> str:
    return str((int(match.group()) + 1) % 10)


def random_number(register: Register, rng: random.Random) -> str | None:
    """A random number of a form that consists of digits; None for other forms."""
    lengths = {n for n in range(8, 17) if re.fullmatch(register.form, "3" * n)}
    if not lengths:
        return None
    while True:
        number = "".join(rng.choices("0123456789", k=max(lengths)))
        if re.fullmatch(register.form, number):
            return number


@pytest.mark.parametrize("register", REGISTERS, ids=lambda register: register.name)
def test_random_numbers_fit_no_more_often_than_stated(register: Register) -> None:
    rng = random.Random(7)
    numbers = [random_number(register, rng) for _ in range(4000)]
    hits = sum(register.fits(number) for number in numbers if number)
    expected = register.by_chance * len(numbers)
    assert hits <= expected + 4 * expected**0.5
    assert register.by_chance**register.fewest_hits <= max(CHANCE, register.by_chance**3)


def test_columns_of_random_numbers_are_no_register() -> None:
    """3,000 columns of 8 to 40 distinct numbers of 9 to 13 digits."""
    rng = random.Random(11)
    alarms = 0
    for _ in range(3000):
        digits, n = rng.randint(9, 13), rng.randint(8, 40)
        cells = {str(rng.randrange(10 ** (digits - 1), 10**digits)) for _ in range(n)}
        alarms += fits_a_register(tuple(cells))
    assert alarms == 0


def test_one_fitting_number_shows_nothing() -> None:
    one = next(c for c in CHECKED if c["heading"] == "v44")
    assert not fits_a_register(tuple(one["cells"][:3]))


def test_separators_do_not_count() -> None:
    assert bare("12.34 56-7/8") == "12345678"
