"""Values that no data can give: each rule with a paper that agrees and one that does not."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from attune.paper.ledger.ledger import Publication
from attune.specs.closed_model import read_as
from attune.synthetic.contradictions import contradictions
from maintenance.ryan2012.proofs import proof_of

PARTS = ("kims_observe", "kims_describe", "kims_act", "kims_accept")
MEANS = {"kims_observe": "37.8", "kims_describe": "31", "kims_act": "30.3", "kims_accept": "32.7"}
DEVIATIONS = {"kims_observe": "7.4", "kims_describe": "5.2", "kims_act": "5.3"}
DEVIATIONS |= {"kims_accept": "7.3", "kims_total": "15"}
IIP = {"kims_observe": "0.076", "kims_describe": "-0.035", "kims_act": "-0.087"}
IIP |= {"kims_accept": "-0.547"}
"""These four give a total between -0.285 and -0.259."""

Row = dict[str, Any]
Relations = Mapping[str, Sequence[Mapping[str, Any]]]


def row(name: str, printed: str, kind: str, **keys: Any) -> Row:
    """An entry of a ledger that is bound to a statistic of its own."""
    entry = {"id": name, "printed": printed, "kind": kind, "places": ["Table"]}
    return entry | {"statistic": f"a.{name}"} | keys


def p(name: str, printed: str, of: str, **keys: Any) -> Row:
    return row(name, printed, "p", of=of, tail="two", field="p_two_tailed") | keys


def paper(rows: Sequence[Row], relations: Relations | None = None) -> Publication:
    content = {"publication": "paper", "citation": "A paper.", "values": list(rows)}
    return read_as(Publication, content | {"relations": relations or {}}, "paper.yaml")


def given_up(rows: Sequence[Row], relations: Relations | None = None) -> list[str]:
    """Ids of the values that are given up; every contradiction must be a proof with a text."""
    found = contradictions(paper(rows, relations))
    for contradiction in found:
        assert not contradiction.possible.overlaps(contradiction.needed)
    return [contradiction.value.id for contradiction in found]


def iip(total: str, *others: Row) -> tuple[list[Row], Relations]:
    """A total, its four parts and their SDs; further values belong to the total, `r`."""
    rows = [row(f"{scale}_sd", sd, "sd") for scale, sd in DEVIATIONS.items()]
    rows += [row(f"{part}_r", r, "r", n=26) for part, r in IIP.items()]
    rows += [row("r", total, "r", n=26), *others]
    sums = {
        "total_sd": "kims_total_sd",
        "part_sds": [f"{part}_sd" for part in PARTS],
        "correlations": [{"total": "r", "parts": [f"{part}_r" for part in PARTS]}],
    }
    return rows, {"sum_score": [sums]}


class TestMeanOfATotal:
    @pytest.mark.parametrize(("printed", "agrees"), [("132", True), ("131", True), ("133", False)])
    def test_is_the_sum(self, printed: str, agrees: bool) -> None:
        rows = [row(part, mean, "mean") for part, mean in MEANS.items()]
        whole = [{"whole": "total", "parts": list(PARTS)}]
        found = given_up([*rows, row("total", printed, "mean")], {"parts_of_whole": whole})
        assert found == ([] if agrees else ["total"])


class TestPercentages:
    RELATION = {"percentage": [{"percent": "percent", "count": "count", "base": "n"}]}

    def rows(self, count: str, percent: str, n: str = "26") -> list[Row]:
        base = row("n", n, "count", statistic=None, quoted="design")
        return [base, row("count", count, "count"), row("percent", percent, "percent")]

    @pytest.mark.parametrize(
        ("count", "percent", "agrees"),
        [("6", "23.1", True), ("6", "23.2", False), ("6", "23", True), ("9", "34.7", False)],
    )
    def test_follow_from_counts(self, count: str, percent: str, agrees: bool) -> None:
        found = given_up(self.rows(count, percent), self.RELATION)
        assert found == ([] if agrees else ["percent"])

    def test_that_another_number_of_cases_would_give_are_kept(self) -> None:
        # 6 of 25 is 24.0 %: a cohort may have 25.
        assert given_up(self.rows("6", "24.0"), self.RELATION) == []

    def test_a_percentage_without_count_is_no_contradiction(self) -> None:
        assert given_up([row("percent", "23.2", "percent")]) == []

    def test_quoted_values_are_not_given_up(self) -> None:
        *others, percent = self.rows("6", "23.2")
        quoted = percent | {"statistic": None, "quoted": "from elsewhere"}
        assert given_up([*others, quoted], self.RELATION) == []

    def test_reason(self) -> None:
        (found,) = contradictions(paper(self.rows("6", "23.2"), self.RELATION))
        assert proof_of(found).reason == "6 of 26 is 23.1 %, not 23.2."


class TestPOfT:
    @pytest.mark.parametrize(
        ("t", "printed", "agrees"),
        [
            (".58", ".57", True),
            (".58", ".58", False),
            ("-.58", ".57", True),
            (".04", ".97", True),
            ("0.0", "1.00", True),
            ("0.0", ".90", False),
        ],
    )
    def test_follows_from_t_and_df(self, t: str, printed: str, agrees: bool) -> None:
        test = [row("t", t, "t"), row("df", "23", "df", of="t", field="df")]
        found = given_up([*test, p("p", printed, "t")])
        assert found == ([] if agrees else ["p"])


class TestCorrelationOfATotal:
    @pytest.mark.parametrize(
        ("total", "agrees"),
        [("-0.272", True), ("-0.260", True), ("-0.481", False), ("-0.290", False)],
    )
    def test_follows_from_the_parts(self, total: str, agrees: bool) -> None:
        assert given_up(*iip(total)) == ([] if agrees else ["r"])

    def test_by_hand(self) -> None:
        (found,) = contradictions(paper(*iip("-0.481")))
        low = 0.0755 * 7.35 - 0.0355 * 5.25 - 0.0875 * 5.35 - 0.5475 * 7.35
        high = 0.0765 * 7.45 - 0.0345 * 5.15 - 0.0865 * 5.25 - 0.5465 * 7.25
        assert float(found.possible.low) == pytest.approx(low / 14.5)
        assert float(found.possible.high) == pytest.approx(high / 15.5)
        inputs = [value.printed for value, _ in proof_of(found).inputs]
        assert inputs == [*IIP.values(), *DEVIATIONS.values()]

    def test_of_another_variable_proves_nothing(self) -> None:
        rows, relations = iip("-0.272", row("other", "0.9", "r", n=26))
        assert given_up(rows, relations) == []


class TestDependents:
    """p and stars of a coefficient that is given up follow from what its parts allow."""

    ONE_TAILED = {"tail": "one", "direction": "negative", "field": "p_one_tailed"}
    STAR = row("star", "*", "stars", of="r", below=".05") | ONE_TAILED
    NO_STAR = row("star", "no star", "stars", of="r", at_least=".05") | ONE_TAILED
    P = row("p", "p < .05", "p", of="r") | ONE_TAILED

    def test_are_given_up_where_they_do_not_follow(self) -> None:
        assert given_up(*iip("-0.481", self.STAR)) == ["r", "star"]
        assert given_up(*iip("-0.481", self.P, self.STAR)) == ["r", "p", "star"]

    def test_are_kept_where_they_follow(self) -> None:
        assert given_up(*iip("-0.481", self.NO_STAR)) == ["r"]

    def test_of_a_coefficient_that_is_kept(self) -> None:
        assert given_up(*iip("-0.272", self.STAR)) == ["star"]
        assert given_up(*iip("-0.272", self.NO_STAR)) == []

    def test_p_is_that_of_the_possible_coefficients(self) -> None:
        found = contradictions(paper(*iip("-0.481", self.STAR)))[1]
        for end, r in ((found.possible.low, -0.284394), (found.possible.high, -0.259612)):
            t = r * (24 / (1 - r**2)) ** 0.5
            assert float(end) == pytest.approx(stats.t.cdf(t, 24), abs=1e-5)
        assert proof_of(found).reason == (
            "p follows from the coefficient that the four subscales allow, over 26 dyads."
        )

    def test_parts_that_allow_no_coefficient_have_no_p(self) -> None:
        rows, relations = iip("0.9", self.STAR)
        large = [r | {"printed": ".99"} if r["id"].endswith("_r") else r for r in rows]
        assert given_up(large, relations) == ["r"]

    def test_a_second_print_of_the_coefficient_leaves_the_first_in_force(self) -> None:
        again = row("again", "-0.481", "r", n=26)
        rows, relations = iip("-0.272", again, self.NO_STAR)
        sums = relations["sum_score"][0]
        parts = sums["correlations"][0]["parts"]
        twice = [*sums["correlations"], {"total": "again", "parts": parts}]
        assert given_up(rows, {"sum_score": [{**sums, "correlations": twice}]}) == ["again"]


class TestPOfCorrelations:
    @pytest.mark.parametrize(
        ("r", "printed", "agrees"),
        [
            (".024", ".921", True),
            (".024", ".421", False),
            ("-.396", ".084", True),
            (".00", "1.00", True),
        ],
    )
    def test_two_tailed(self, r: str, printed: str, agrees: bool) -> None:
        found = given_up([row("r", r, "r", n=20), p("p", printed, "r")])
        assert found == ([] if agrees else ["p"])

    def test_that_the_other_tail_would_give_are_kept(self) -> None:
        assert given_up([row("r", "-.396", "r", n=20), p("p", ".042", "r")]) == []


class TestConsistentPapers:
    """A paper that prints what real data give, rounded, gives nothing up."""

    @settings(max_examples=80, deadline=None)
    @given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from([0, 1, 2]))
    def test_have_no_contradictions(self, seed: int, places: int) -> None:
        assert given_up(*simulated_paper(np.random.default_rng(seed), places)) == []

    def test_until_one_digit_is_changed(self) -> None:
        rows, relations = simulated_paper(np.random.default_rng(1), 1)
        wrong = next(entry for entry in rows if entry["id"] == "kims_total_r")
        wrong["printed"] = f"{float(wrong['printed']) + 0.2:.3f}"
        assert "kims_total_r" in given_up(rows, relations)


def simulated_paper(random: np.random.Generator, places: int) -> tuple[list[Row], Relations]:
    """What a paper prints of simulated therapists, with so many decimals for the moments."""
    n = 26
    shared, own = random.normal(size=(n, 1)), random.normal(size=(n, 4))
    parts = np.rint([37.8, 31, 30.3, 32.7] + np.array([7, 5, 5, 7]) * (0.5 * shared + own))
    scales: Mapping[str, np.ndarray] = dict(zip(PARTS, parts.T, strict=True))
    scales = {**scales, "kims_total": parts.sum(axis=1)}
    gain = random.normal(size=n) - 0.1 * random.uniform() * scales["kims_total"]
    rows: list[Row] = [row("n", str(n), "count", statistic=None, quoted="design")]
    for name, scores in scales.items():
        rows.append(row(f"{name}_mean", f"{scores.mean():.{places}f}", "mean"))
        rows.append(row(f"{name}_sd", f"{scores.std(ddof=1):.{places}f}", "sd"))
        rows += correlation_rows(name, scores, gain)
    test = stats.ttest_ind(scales["kims_total"][:12], scales["kims_total"][12:])
    rows.append(row("t", f"{test.statistic:.2f}", "t"))
    rows.append(row("df", "24", "df", of="t", field="df"))
    rows.append(p("t_p", f"{test.pvalue:.2f}", "t"))
    shares = []
    for level, count in zip("abc", random.multinomial(n, [0.5, 0.3, 0.2]), strict=True):
        rows.append(row(f"{level}_n", str(count), "count"))
        rows.append(row(f"{level}_percent", f"{100 * count / n:.1f}", "percent"))
        shares.append({"percent": f"{level}_percent", "count": f"{level}_n", "base": "n"})
    relations: Relations = {
        "parts_of_whole": [
            {"whole": "kims_total_mean", "parts": [f"{part}_mean" for part in PARTS]}
        ],
        "percentage": shares,
        "sum_score": [
            {
                "total_sd": "kims_total_sd",
                "part_sds": [f"{part}_sd" for part in PARTS],
                "correlations": [
                    {"total": "kims_total_r", "parts": [f"{part}_r" for part in PARTS]}
                ],
            }
        ],
    }
    return rows, relations


def correlation_rows(name: str, scores: np.ndarray, gain: np.ndarray) -> list[Row]:
    r, one_tailed = stats.pearsonr(scores, gain, alternative="less")
    bound = {"below": ".05"} if one_tailed < 0.05 else {"at_least": ".05"}
    star = row(f"{name}_star", "*" if one_tailed < 0.05 else "no star", "stars", of=f"{name}_r")
    tail = {"tail": "one", "direction": "negative", "field": "p_one_tailed"}
    return [row(f"{name}_r", f"{r:.3f}", "r", n=len(scores)), star | tail | bound]
