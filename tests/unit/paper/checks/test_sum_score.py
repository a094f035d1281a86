"""Totals: bounds by hand and against data sets of correlated parts."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.paper.checks.sum_score import checks_of, correlation_of_total, deviation_of_sum
from attune.paper.ledger.ledger import Publication
from attune.stats.intervals import Interval, exact, rounding_interval


def paper(deviations: list[str], correlations: list[str] | None = None) -> Publication:
    """A total, first in both lists, and its parts."""
    shared = {"places": ["Table"], "quoted": "made up"}
    sds = [f"sd_{number}" for number in range(len(deviations))]
    values = [
        {"id": name, "printed": text, "kind": "sd", **shared}
        for name, text in zip(sds, deviations, strict=True)
    ]
    relation: dict[str, object] = {"total_sd": sds[0], "part_sds": sds[1:]}
    if correlations:
        rs = [f"r_{number}" for number in range(len(correlations))]
        values += [
            {"id": name, "printed": text, "kind": "r", "n": 26, **shared}
            for name, text in zip(rs, correlations, strict=True)
        ]
        relation["correlations"] = [{"total": rs[0], "parts": rs[1:]}]
    return Publication.model_validate(
        {
            "publication": "a",
            "citation": "A.",
            "values": values,
            "relations": {"sum_score": [relation]},
        }
    )


class TestDeviationOfSum:
    @pytest.mark.parametrize(
        ("parts", "low", "high"),
        [
            (["10", "3"], "7", "13"),
            (["3", "4"], "1", "7"),
            (["3", "3"], "0", "6"),
            (["10", "3", "2"], "5", "15"),
            (["4", "3", "2"], "0", "9"),
        ],
    )
    def test_by_hand(self, parts: list[str], low: str, high: str) -> None:
        found = deviation_of_sum([exact(part) for part in parts])
        assert found == Interval(Fraction(low), Fraction(high))

    @given(st.integers(min_value=0, max_value=2**32), st.integers(min_value=0, max_value=2))
    def test_holds_every_data_set(self, seed: int, places: int) -> None:
        rng = np.random.default_rng(seed)
        k = int(rng.integers(2, 6))
        parts = rng.normal(size=(8, k)) * rng.uniform(0.1, 9, size=k)
        parts[:, 0] *= rng.choice([1, -3])
        sds = [rounding_interval(f"{sd:.{places}f}") for sd in parts.std(axis=0, ddof=1)]
        total = Fraction(float(parts.sum(axis=1).std(ddof=1)))
        low_ended = [Interval(max(entry.low, Fraction(0)), entry.high) for entry in sds]
        found = deviation_of_sum(low_ended)
        assert found.low <= total <= found.high


class TestCorrelationOfTotal:
    @given(st.integers(min_value=0, max_value=2**32))
    def test_holds_every_data_set(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        k = int(rng.integers(2, 6))
        data = rng.normal(size=(12, k + 1)) @ rng.normal(size=(k + 1, k + 1))
        parts, other = data[:, :k] * 5, data[:, k]
        total = parts.sum(axis=1)
        rs = [rounding_interval(f"{np.corrcoef(part, other)[0, 1]:.3f}") for part in parts.T]
        sds = [rounding_interval(f"{part.std(ddof=1):.1f}") for part in parts.T]
        sds = [Interval(max(entry.low, Fraction(0)), entry.high) for entry in sds]
        found = correlation_of_total(rs, sds, rounding_interval(f"{total.std(ddof=1):.1f}"))
        if found is not None:
            assert found.low <= Fraction(float(np.corrcoef(total, other)[0, 1])) <= found.high

    def test_is_the_hull_of_the_corners(self) -> None:
        """Linear in each correlation and SD, so that corners are its extremes."""
        rs = [rounding_interval(".40"), rounding_interval("-.02")]
        sds = [rounding_interval("3.1"), rounding_interval("4.0")]
        total = rounding_interval("5.0")
        ends = [(entry.low, entry.high) for entry in (*rs, *sds, total)]
        corners = [(a * c + b * d) / t for a, b, c, d, t in product(*ends)]
        assert correlation_of_total(rs, sds, total) == Interval(min(corners), max(corners))

    def test_the_parts_narrow_the_deviation_of_the_total(self) -> None:
        # A total printed 7 could be 7.5, but parts of 3 and 4 give no more than 7.
        found = correlation_of_total(
            [exact(1), exact(1)], [exact(3), exact(4)], rounding_interval("7")
        )
        assert found == Interval(Fraction(1), Fraction(14, 13))

    def test_a_total_that_may_be_constant_gives_no_bound(self) -> None:
        wide = Interval(Fraction(0), Fraction(1, 2))
        assert correlation_of_total([exact(1)] * 2, [exact(1)] * 2, wide) is None


class TestFindings:
    def test_the_alliance_as_patients_rate_it(self) -> None:
        """Ryan et al. (2012): .291 in the table follows from the parts, .219 in the text not."""
        sds = ["15", "7.4", "5.2", "5.3", "7.3"]
        parts = ["0.119", "0.104", ".379", "0.147"]
        in_table = list(checks_of(paper(sds, ["0.291", *parts])))
        in_text = list(checks_of(paper(sds, [".219", *parts])))
        assert [entry.outcome for entry in in_table] == ["consistent", "consistent"]
        assert [entry.outcome for entry in in_text] == ["consistent", "inconsistent"]
        assert (
            in_text[1].explained == ".291 instead of .219 (two digits swapped) would be consistent."
        )

    def test_interpersonal_problems(self) -> None:
        """Ryan et al. (2012), Table III: -.481 is far from what the subscales give."""
        sds = ["15", "7.4", "5.2", "5.3", "7.3"]
        found = list(checks_of(paper(sds, ["-0.481", "0.076", "-0.035", "-0.087", "-0.547"])))[1]
        # (.076 x 7.4 - .035 x 5.2 - .087 x 5.3 - .547 x 7.3) / 15 = -.272
        assert found.outcome == "inconsistent"
        assert found.possible == "-.285 to -.259"

    def test_the_deviation_of_a_total(self) -> None:
        assert [e.outcome for e in checks_of(paper(["8.2", "4.5", "3.5"]))] == ["inconsistent"]
        assert [e.outcome for e in checks_of(paper(["8.1", "4.5", "3.5"]))] == ["consistent"]
        assert [e.outcome for e in checks_of(paper(["0.8", "4.5", "3.5"]))] == ["inconsistent"]

    def test_what_no_total_leaves_room_for(self) -> None:
        found = list(checks_of(paper(["2.0", "4.5", "3.5"], [".99", ".90", ".90"])))[1]
        assert found.outcome == "inconsistent"
        assert found.explanation == "impossible"
