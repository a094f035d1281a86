"""What explains an inconsistency: the order, the range of n, and the slips that are tried."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attune.paper.checks.simplest_explanation import (
    MOST_TRIED,
    OtherNumber,
    OtherText,
    likeliest_slip,
    nearest,
    one_digit_changed,
    sign_changed,
    simplest_explanation,
    swapped,
)
from attune.specs.errors import AttuneError

numbers = st.from_regex(r"-?[0-9]{0,3}\.[0-9]{1,4}", fullmatch=True)
EVERY = OtherNumber("n", 26, lambda n: True)
NONE = OtherNumber("n", 26, lambda n: False)
SLIP = OtherText("", "12", lambda text: text == "21")
NO_SLIP = OtherText("", "12", lambda text: False)


class TestOrder:
    def test_from_the_most_harmless_on(self):
        assert (
            simplest_explanation(tails=["two-tailed"], number=EVERY, texts=[SLIP])[0]
            == "different_tail"
        )
        assert simplest_explanation(number=EVERY, texts=[SLIP])[0] == "different_n"
        assert simplest_explanation(number=NONE, texts=[SLIP])[0] == "typo"
        assert simplest_explanation(number=NONE, texts=[NO_SLIP])[0] == "impossible"

    def test_impossible_names_what_was_tried(self):
        assert simplest_explanation(number=NONE, texts=[NO_SLIP])[1] == (
            "No other number of cases near it, single wrong digit, swap of two digits or lost sign"
            " would explain it."
        )
        assert (
            simplest_explanation(number=NONE)[1]
            == "No other number of cases near it would explain it."
        )
        assert simplest_explanation()[1] == ""

    def test_the_judged_value_comes_before_its_inputs(self):
        other = OtherText("r", "12", lambda text: True)
        assert simplest_explanation(texts=[SLIP, other])[1].startswith("21 instead of 12")
        assert simplest_explanation(texts=[NO_SLIP, other])[1].startswith("r = 21 instead of 12")


class TestNumber:
    def test_only_numbers_near_the_stated_one_explain(self):
        assert nearest(OtherNumber("n", 30, lambda n: n in (20, 40))) == 20
        assert nearest(OtherNumber("n", 30, lambda n: n in (19, 41))) is None

    def test_never_fewer_than_possible(self):
        assert nearest(OtherNumber("n", 4, lambda n: n < 4)) == 3
        assert nearest(OtherNumber("n", 4, lambda n: n < 4, least=4)) is None

    def test_of_a_huge_sample_only_so_many_are_tried(self):
        tried = []
        nearest(OtherNumber("n", 10**9, lambda n: bool(tried.append(n))))
        assert len(tried) == 2 * MOST_TRIED

    @given(
        st.integers(min_value=3, max_value=400),
        st.floats(min_value=-2, max_value=2),
        st.floats(min_value=0, max_value=0.5),
        st.floats(min_value=-50, max_value=50),
    )
    def test_halving_finds_what_trying_every_number_finds(self, stated, slope, width, needed):
        """What is possible moves steadily with n: [slope * n, slope * n + width * n]."""

        def side(n: int) -> int:
            low, high = sorted((slope * n / 10, (slope + width) * n / 10))
            return (needed > high) - (needed < low)

        assume(side(stated) != 0)

        def fits(n: int) -> bool:
            return side(n) == 0

        tried = nearest(OtherNumber("n", stated, fits))
        assert nearest(OtherNumber("n", stated, fits, sides=(side,))) == tried


class TestSlips:
    @given(numbers)
    def test_differ_in_one_place_or_two_neighbours(self, printed):
        for other in one_digit_changed(printed):
            assert sum(a != b for a, b in zip(printed, other, strict=True)) == 1
        for other in swapped(printed):
            assert sorted(other) == sorted(printed) != other
        (other,) = sign_changed(printed)
        assert Fraction(other) == -Fraction(printed)

    @given(numbers)
    def test_nearest_in_value_first(self, printed):
        gaps = [abs(Fraction(entry) - Fraction(printed)) for entry in one_digit_changed(printed)]
        assert gaps == sorted(gaps)
        assert len(gaps) == 9 * sum(entry.isdigit() for entry in printed)

    @pytest.mark.parametrize(
        ("printed", "meant", "how"),
        [
            (".219", ".291", "two digits swapped"),
            ("133", "132", "one digit"),
            (".481", "-.481", "the sign"),
            ("68", "58", "one digit"),
        ],
    )
    def test_are_named(self, printed, meant, how):
        assert likeliest_slip(OtherText("", printed, lambda text: text == meant)) == (meant, how)

    def test_impossible_digits_are_no_explanation(self):
        def refuse(text: str) -> bool:
            raise AttuneError(f"{text} cannot be.")

        assert likeliest_slip(OtherText("r", ".5", refuse)) is None
