"""Numbers as APA 7 prints them."""

import re
from typing import Any

import pandas as pd
import pytest

from attune.analyses.kinds import KINDS
from attune.printing import apa
from attune.printing.printed_statistics import printed_statistics
from attune.specs.errors import ManuscriptError, StatisticError
from attune.store.contracts import PRINTED, conform
from attune.store.statistic_kinds import AVERAGE_IN_UNITS, IN_UNITS, PrintFormat


def printed(statistic: str, estimate: float | None, level: float = 0.05, **columns: Any) -> Any:
    """The only row of a store, printed; its id is one that the first kind of this name has."""
    kind = next(kind for kind in KINDS if kind.statistic == statistic)
    identifier = re.sub(r"\[.*?\]", "", kind.id).translate(str.maketrans("", "", "<>"))
    row = {"id": identifier, "statistic": statistic, "x": "x", "estimate": estimate}
    return printed_statistics(pd.DataFrame([row | columns]), KINDS, level, {"x": 1}).iloc[0]


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0125, 3, "0.013"),  # a tie in decimals; the double lies above
        (2.675, 2, "2.68"),  # a tie in decimals; the double lies below
        (0.0625, 3, "0.063"),  # a tie of the double itself; half-even would say .062
        (6.25, 1, "6.3"),
        (-6.25, 1, "−6.3"),  # away from zero
        (0.1 + 0.2 - 0.25, 1, "0.1"),  # 0.05 but for rounding noise
        (1.0049999, 2, "1.00"),
        (1.0049999999999, 2, "1.01"),  # nearer to the tie than twelve digits tell
        (-0.0004, 3, "0.000"),  # no negative zero
        (-0.0, 2, "0.00"),
        (1234567.891, 1, "1,234,567.9"),
        (1e300, 0, f"{10**300:,}"),
        (float("inf"), 2, "∞"),
    ],
)
def test_rounding_is_half_away_from_zero_in_decimals(
    value: float, decimals: int, text: str
) -> None:
    assert apa.number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.456, ".456"),
        (-0.4814, "−.481"),
        (-0.0004, ".000"),
        (0.9996, "1.000"),
        (-1.5, "−1.500"),
        (0.0, ".000"),
    ],
)
def test_bounded_numbers_have_no_leading_zero(value: float, text: str) -> None:
    assert apa.bounded(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0114, ".011"),
        (0.001, ".001"),
        (0.00099999, "< .001"),  # rounds to .001, but is below it
        (0.0, "< .001"),
        (0.05, ".050"),
        (0.0495, ".050"),
        (0.9994, ".999"),
        (0.9996, "> .999"),
        (1.0, "> .999"),
    ],
)
def test_p(p: float, text: str) -> None:
    assert apa.p_value(p) == text


@pytest.mark.parametrize("p", [-0.01, 1.01, float("nan")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ManuscriptError, match="between 0 and 1"):
        apa.p_value(p)


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (3.206, "3.21"),
        (0.0432, "0.043"),
        (0.0004, "4.00 × 10^−4^"),
        (9999.0, "9,999.00"),
        (9_999_999.0, "1.00 × 10^7^"),
        (0.0, "0.000"),
    ],
)
def test_bayes_factors(factor: float, text: str) -> None:
    assert apa.bayes_factor(factor) == text


@pytest.mark.parametrize(
    ("r", "word"),
    [
        (0.0999, "small"),
        (0.0994, "negligible"),
        (0.3, "medium"),
        (-0.5, "large"),
        (0.4994, "medium"),
    ],
)
def test_size_words_follow_the_printed_number(r: float, word: str) -> None:
    assert printed("pearson_r", r)["magnitude"] == word


def test_a_correlation_with_everything() -> None:
    row = printed(
        "pearson_r",
        0.4561,
        df=23.0,
        n=25,
        tail="greater",
        p_two_tailed=0.0219,
        p_one_tailed=0.011,
        ci_low=0.0743,
        ci_high=0.7204,
        ci_level=0.95,
    )
    assert row["result"] == "*r*(23) = .456, *p* = .011, one-tailed"
    assert row["interval"] == "95% CI [.074, .720]"
    assert row["p"] == row["p_one_tailed"] == "*p* = .011"
    assert row["p_two_tailed"] == "*p* = .022"
    assert (row["estimate"], row["df"], row["n"]) == (".456", "23", "25")
    assert (row["significant"], row["direction"], row["magnitude"]) == (True, "positive", "medium")


@pytest.mark.parametrize(
    ("statistic", "estimate", "columns", "result"),
    [
        ("t", 0.85, {"df": 23.0, "p_two_tailed": 0.404}, "*t*(23) = 0.85, *p* = .404"),
        ("t", -0.85, {"df": 21.874, "p_two_tailed": 0.0001}, "*t*(21.87) = −0.85, *p* \\< .001"),
        (
            "f",
            3.0,
            {"df": 6.0, "p_two_tailed": 0.125, "method": "Welch, 2 numerator degrees of freedom"},
            "*F*(2, 6) = 3.00, *p* = .125",
        ),
        ("t", -2.32, {"df": 93.9996, "p_two_tailed": 0.0225}, "*t*(94) = −2.32, *p* = .023"),
        ("cohen_d", 0.345, {}, "*d* = 0.35"),
        ("bayes_factor", 0.52, {}, "BF~10~ = 0.52"),
        ("p_holm", 0.0004, {}, "*p*~Holm~ \\< .001"),
        ("permutation_p", 0.02, {"p_two_tailed": 0.04}, "*p*~perm~ = .020"),
        ("r_squared", 0.2016, {}, "*r*^2^ = .202"),
        ("mean", 132.96, {}, "*M* = 133.0"),
        ("count", 17.0, {}, "17"),
        ("percent", 57.6923, {}, "57.7%"),
        ("n", 1200.0, {}, "*n* = 1,200"),
    ],
)
def test_results(statistic: str, estimate: float, columns: dict[str, Any], result: str) -> None:
    assert printed(statistic, estimate, **columns)["result"] == result


def test_a_share_of_variance_is_a_percentage_in_running_text() -> None:
    assert printed("r_squared", 0.2016)["estimate"] == "20.2%"


def test_variables_without_decimals_show_whole_numbers_as_such() -> None:
    row = {"x": "age", "estimate": 48.0}
    assert apa.plain_estimate(row, IN_UNITS, {}) == "48"
    assert apa.plain_estimate(row, AVERAGE_IN_UNITS, {}) == "48.0"
    assert apa.plain_estimate(row | {"estimate": 48.5}, IN_UNITS, {}) == "48.5"


def test_a_statistic_without_a_kind_is_not_printed() -> None:
    store = pd.DataFrame(
        [
            {"id": "alliance.a.b.something_new", "statistic": "something_new", "estimate": 1.005},
            {"id": "arms.a.t", "statistic": "t", "estimate": 1.0},
            {"id": "alliance.a.b.pearson_r", "statistic": "pearson_r", "estimate": 1.2},
        ]
    )
    with pytest.raises(StatisticError) as raised:
        printed_statistics(store, KINDS, 0.05)
    unknown, impossible = raised.value.problems
    assert "'alliance.a.b.something_new' has no kind" in unknown
    assert "'alliance.a.b.pearson_r' is 1.2; a Pearson correlation lies between -1 and 1" in (
        impossible
    )


def test_the_declared_tail_decides_significance() -> None:
    p = {"p_two_tailed": 0.08, "p_one_tailed": 0.04}
    assert printed("pearson_r", 0.3, tail="greater", **p)["significant"]
    assert not printed("pearson_r", 0.3, p_two_tailed=0.08)["significant"]
    assert not printed("pearson_r", 0.3, tail="greater", level=0.01, **p)["significant"]


def test_significance_follows_the_exact_p() -> None:
    assert printed("t", 2.0, p_two_tailed=0.0496)["significant"]
    assert not printed("t", 2.0, p_two_tailed=0.05)["significant"]


def test_adjusted_p_are_judged_themselves() -> None:
    row = printed("p_holm", 0.06, tail="greater")
    assert not row["significant"]
    assert printed("p_bh", 0.04)["significant"]


def test_a_direction_needs_a_number_that_is_not_printed_as_zero() -> None:
    assert printed("pearson_r", -0.0004)["direction"] == "zero"
    assert printed("pearson_r", -0.0006)["direction"] == "negative"
    assert pd.isna(printed("mean", -3.0)["direction"])


def test_an_undefined_statistic_prints_only_its_reason() -> None:
    row = printed("pearson_r", None, n=26, reason="The measure <b> is constant.")
    assert row["result"] == "*r* is undefined (The measure \\<b\\> is constant)"
    assert row[["estimate", "interval", "p", "significant", "direction"]].isna().all()
    assert row["reason"] == "The measure \\<b\\> is constant."


def test_the_frame_fits_its_contract() -> None:
    store = pd.DataFrame(
        [
            {"id": "arms.b.t", "statistic": "t", "estimate": 1.0, "p_two_tailed": 0.3, "df": 4.0},
            {"id": "arms.a.t", "statistic": "t", "estimate": None, "reason": "too few"},
        ]
    )
    printed_rows = conform(printed_statistics(store, KINDS, 0.05), PRINTED)
    assert printed_rows["id"].to_pylist() == ["arms.a.t", "arms.b.t"]
    assert conform(printed_statistics(store[:0], KINDS, 0.05), PRINTED).num_rows == 0


@pytest.mark.parametrize("decimals", [1, 2, 3])
@pytest.mark.parametrize("style", ["bounded", "number"])
def test_limits_have_the_decimals_of_their_estimate(style: str, decimals: int) -> None:
    row = {"x": "m", "estimate": 0.4133, "ci_low": 0.0217, "ci_high": 0.6951}
    form = PrintFormat(style, decimals)  # type: ignore[arg-type]
    places = apa.decimals_of(row, form, {})
    numbers = [
        apa.plain_estimate(row, form, {}),
        *apa.limits(row["ci_low"], row["ci_high"], form, places)[1:-1].split(", "),
    ]
    assert {len(number.partition(".")[2]) for number in numbers} == {decimals}
