"""What printed digits and bounds stand for, and which numbers are printed so."""

from fractions import Fraction

import pytest

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue, reading_of
from attune.paper.verdicts.roundings import as_printed, has_printed_digits
from attune.specs.errors import AttuneError
from attune.stats.intervals import Interval


def value(printed: str, kind: str = "r", **keys: str) -> PrintedValue:
    entry = {"id": "x_y", "printed": printed, "kind": kind, "places": ["Table I"]}
    return PrintedValue.model_validate(entry | keys)


def ends(low: str, high: str) -> Interval:
    return Interval(Fraction(low), Fraction(high))


class TestText:
    @pytest.mark.parametrize(
        ("printed", "digits"),
        [
            (".456", ".456"),
            ("-0.481", "-0.481"),
            ("\N{MINUS SIGN}.35", "-.35"),
            ("p = .40", ".40"),
            ("t = -2.1", "-2.1"),
            ("1,472.0", "1472.0"),
            ("12,345,678.9", "12345678.9"),
            ("57.7 %", "57.7"),
            ("57.7%", "57.7"),
            ("1,47", "1.47"),
            ("0,640", "0.640"),
            (",64", ".64"),
            ("1.234,5", "1234.5"),
            ("- .35", "-.35"),
            ("\N{MINUS SIGN} 2.1", "-2.1"),
            ("t(28) = 2.2", "2.2"),
            ("\N{GREEK SMALL LETTER CHI}\N{SUPERSCRIPT TWO}(1, N = 90) = 4.5", "4.5"),
            ("1.2e-5", "0.000012"),
            ("1.20E-05", "0.0000120"),
            ("1.2 \N{MULTIPLICATION SIGN} 10^-5", "0.000012"),
            ("1.2 x 10\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT FIVE}", "0.000012"),
            ("1.2e3", None),
            ("1.2e-999999999", None),
            ("1,472", None),
            ("1.", None),
            (".", None),
            ("p < .05", None),
            ("24 to 68", None),
            ("no star", None),
        ],
    )
    def test_digits(self, printed: str, digits: str | None) -> None:
        assert reading_of(printed, "mean").digits == digits

    @pytest.mark.parametrize(
        ("printed", "bound"),
        [
            ("p < .05", ("below", ".05")),
            ("p<.05", ("below", ".05")),
            ("< 5 %", ("below", "5")),
            ("p \N{LESS-THAN OR EQUAL TO} .01", ("below", ".01")),
            ("p > .10", ("at_least", ".10")),
            ("p < 1e-3", ("below", "0.001")),
            ("p < 0,05", ("below", "0.05")),
            ("t(28) < 2.2", ("below", "2.2")),
            ("|t| < 2.2", ("below", "2.2")),
            (".05", None),
            ("p = .05", None),
            ("p < x", None),
        ],
    )
    def test_bounds(self, printed: str, bound: tuple[str, str] | None) -> None:
        stated = reading_of(printed, "p").stated_bound
        assert (stated and (stated.side, stated.digits)) == bound


class TestReading:
    @pytest.mark.parametrize(
        ("printed", "kind", "low", "high"),
        [
            (".456", "r", "0.4555", "0.4565"),
            ("-0.481", "r", "-0.4815", "-0.4805"),
            ("133", "mean", "132.5", "133.5"),
            (".10", "r", "0.095", "0.105"),
            (".1", "r", "0.05", "0.15"),
            # Cut to what the number can be.
            ("1.00", "r", "0.995", "1"),
            ("-1", "r", "-1", "-0.5"),
            (".00", "p", "0", "0.005"),
            (".00", "r_squared", "0", "0.005"),
            ("100", "percent", "99.5", "100"),
            ("0.0", "sd", "0", "0.05"),
            # Counted, not rounded.
            ("26", "count", "26", "26"),
            ("1,472", "count", "1472", "1472"),
            ("23", "df", "23", "23"),
            ("23.4", "df", "23.35", "23.45"),
            ("195", "constant", "195", "195"),
        ],
    )
    def test_digits(self, printed: str, kind: str, low: str, high: str) -> None:
        assert value(printed, kind).reading.interval == ends(low, high)

    @pytest.mark.parametrize(
        ("printed", "kind", "keys", "low", "high"),
        [
            ("p < .05", "p", {}, "0", "0.05"),
            ("p < .05", "p", {"below": ".05"}, "0", "0.05"),
            ("p > .10", "p", {}, "0.1", "1"),
            ("*", "stars", {"below": ".05", "at_least": ".01"}, "0.01", "0.05"),
            ("no star", "stars", {"at_least": ".05"}, "0.05", "1"),
            ("not significant", "p", {}, "0.05", "1"),
            ("n.s.", "p", {"at_least": ".10"}, "0.1", "1"),
            ("significant", "p", {}, "0", "0.05"),
            ("< 5 %", "percent", {}, "0", "5"),
            # Of a number with a sign the bound is on its size.
            ("t < 2.2", "t", {}, "-2.2", "2.2"),
            ("r < .20", "r", {}, "-0.2", "0.2"),
            ("t < -2.2", "t", {}, "-1000000000", "-2.2"),
            ("t > 2.2", "t", {}, "2.2", "1000000000"),
            ("F < 1", "F", {}, "0", "1"),
        ],
    )
    def test_bounds(
        self, printed: str, kind: str, keys: dict[str, str], low: str, high: str
    ) -> None:
        reading = value(printed, kind, **keys).reading
        assert reading.is_bound
        assert reading.interval == ends(low, high)

    def test_the_level_of_the_paper_bounds_what_it_calls_significant(self) -> None:
        entry = {"id": "p", "printed": "not significant", "kind": "p", "places": ["Text"]}
        paper = {"publication": "a", "citation": "A.", "level": ".01", "values": [entry]}
        ledger = Publication.model_validate(paper)
        reading = ledger.value("p").reading
        assert (reading.below, reading.at_least) == (None, Fraction("0.01"))
        assert reading.interval == ends("0.01", "1")
        assert ledger.value("p").model_copy().reading == reading

    def test_words_have_no_reading(self) -> None:
        with pytest.raises(AttuneError, match="'a lot' is neither a number nor a bound"):
            _ = value("a lot").reading.interval


class TestPrintedDigits:
    @pytest.mark.parametrize(
        ("printed", "computed", "given"),
        [
            (".456", 0.4555, True),
            (".456", 0.45649, True),
            (".456", 0.4565, False),
            (".456", 0.45549, False),
            (".456", -0.456, False),
            ("-0.481", -0.4806, True),
            ("-0.481", 0.481, False),
            (".850", 0.8504, True),
            (".85", 0.854, True),
            (".850", 0.854, False),
            ("133", 132.5, True),
            ("133", 132.49, False),
            ("0.00", -0.001, True),
            ("26", float("nan"), False),
            ("1,472.0", 1472.0, True),
        ],
    )
    def test_digits(self, printed: str, computed: float, given: bool) -> None:
        assert has_printed_digits(computed, value(printed, "mean").reading) is given

    @pytest.mark.parametrize(
        ("keys", "computed", "given"),
        [
            ({"below": ".05"}, 0.0499, True),
            ({"below": ".05"}, 0.051, False),
            ({"below": ".05"}, 0.05, False),
            ({"at_least": ".05"}, 0.0501, True),
            ({"at_least": ".05"}, 0.0499, False),
            ({"at_least": ".5"}, 0.5, True),
            ({"below": ".05", "at_least": ".01"}, 0.03, True),
            ({"below": ".05", "at_least": ".01"}, 0.009, False),
        ],
    )
    def test_bounds(self, keys: dict[str, str], computed: float, given: bool) -> None:
        assert has_printed_digits(computed, value("*", "stars", **keys).reading) is given

    def test_a_bound_is_strict(self) -> None:
        assert not has_printed_digits(5.0, value("< 5 %", "percent").reading)
        assert has_printed_digits(5.0, value("> 5 %", "percent").reading)

    def test_the_last_bits_of_a_number_decide_nothing(self) -> None:
        assert not has_printed_digits(0.1 + 0.2 - 1e-16, value("p < .3", "p").reading)
        assert has_printed_digits(37.849999999999994, value("37.9", "mean").reading)

    @pytest.mark.parametrize(
        ("number", "like", "printed"),
        [
            (0.125, ".12", "0.13"),
            (-0.125, ".12", "-0.13"),
            (29.5, "30", "30"),
            (-0.001, "1.0", "0.0"),
        ],
    )
    def test_halves_are_rounded_away_from_zero(
        self, number: float, like: str, printed: str
    ) -> None:
        assert as_printed(number, like) == printed


def test_a_copy_with_another_text_is_read_anew() -> None:
    changed = value(".456").model_copy(update={"printed": "p < .05", "kind": "p"})
    assert changed.reading == value("p < .05", "p").reading
    assert changed.reading.is_bound


def test_a_value_is_read_once() -> None:
    printed = value(".456")
    assert printed.reading is printed.reading
    assert printed.reading.interval is printed.reading.interval


def test_decimals_title_and_factor() -> None:
    assert value("1,472.50", "mean").reading.decimals == 2
    assert value("*", "stars", below=".05").reading.decimals == 2
    assert value("p < .001", "p").reading.decimals == 3
    assert value(".1").title == "x y"
    assert value(".1", label="r of x").title == "r of x"
    assert value("20.2", "r_squared_percent").print_factor == 100
    assert value(".202", "r_squared").print_factor == 1
