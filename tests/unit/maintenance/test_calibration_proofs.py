"""Proofs of contradiction: each rule with a paper that agrees and one that does not."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from attune.paper.ledger.ledger import Publication
from attune.specs.closed_model import read_as
from maintenance.ryan2012.proofs import Analysis, contradictions, p_of_correlation, p_of_t

PARTS = ("kims_observe", "kims_describe", "kims_act", "kims_accept")
ANALYSES = {
    "alliance": Analysis(25, "positive"),
    "outcome": Analysis(26, "negative"),
    "experience": Analysis(20, "none"),
}
MEANS = {"kims_observe": "37.8", "kims_describe": "31", "kims_act": "30.3", "kims_accept": "32.7"}
DEVIATIONS = {"kims_observe": "7.4", "kims_describe": "5.2", "kims_act": "5.3"}
DEVIATIONS |= {"kims_accept": "7.3", "kims_total": "15"}
IIP = {"kims_observe": "0.076", "kims_describe": "-0.035", "kims_act": "-0.087"}
IIP |= {"kims_accept": "-0.547"}
"""These four give a total between -0.285 and -0.259."""

KINDS = {"df": "df", "pearson_r": "r", "t": "t", "mean": "mean", "sd": "sd", "count": "count"}
KINDS |= {"percent": "percent"}

Row = dict[str, str]


def paper(*rows: Row) -> Publication:
    """A paper that prints these values; their ids are their numbers."""
    values = [{"id": f"row_{number}", "places": ["Table"]} | row for number, row in enumerate(rows)]
    content = {"publication": "paper", "citation": "A paper.", "values": values}
    return read_as(Publication, content, "paper.yaml")


def row(statistic: str, printed: str, field: str = "estimate", **bounds: str) -> Row:
    ending = statistic.rpartition(".")[2]
    kind = "p" if field.startswith("p_") else KINDS.get(field) or KINDS[ending]
    return {"statistic": statistic, "printed": printed, "field": field, "kind": kind} | bounds


def contradicted(*rows: Row, n: int = 26) -> list[tuple[str, str]]:
    found = contradictions(paper(*rows), ANALYSES, n)
    for proof in found:
        assert not proof.possible.overlaps(proof.needed)
        assert proof.reason.endswith(".")
    return [(proof.value.statistic, proof.value.printed) for proof in found]


def iip(total: str, *others: Row) -> list[Row]:
    deviations = [row(f"sample.{scale}.sd", sd) for scale, sd in DEVIATIONS.items()]
    parts = [row(f"outcome.{part}.iip_gain.pearson_r", r) for part, r in IIP.items()]
    return [*deviations, *parts, row("outcome.kims_total.iip_gain.pearson_r", total), *others]


class TestMeanOfTheTotal:
    @pytest.mark.parametrize(("printed", "agrees"), [("132", True), ("131", True), ("133", False)])
    def test_is_the_sum(self, printed: str, agrees: bool) -> None:
        parts = [row(f"sample.{part}.mean", mean) for part, mean in MEANS.items()]
        whole = row("sample.kims_total.mean", printed)
        assert (contradicted(*parts, whole) == []) is agrees
        assert contradicted(*parts[1:], whole) == [], "a part is not printed"


class TestPercentages:
    @pytest.mark.parametrize(
        ("count", "percent", "agrees"),
        [("6", "23.1", True), ("6", "23.2", False), ("6", "23", True), ("9", "34.7", False)],
    )
    def test_follow_from_counts(self, count: str, percent: str, agrees: bool) -> None:
        rows = [row("sample.axis.x.count", count), row("sample.axis.x.percent", percent)]
        assert (contradicted(*rows) == []) is agrees

    def test_depend_on_the_number_of_dyads(self) -> None:
        rows = [row("sample.axis.x.count", "6"), row("sample.axis.x.percent", "24.0")]
        assert contradicted(*rows, n=25) == []
        assert contradicted(*rows, n=26) != []

    def test_a_percentage_without_count_is_no_contradiction(self) -> None:
        assert contradicted(row("sample.axis.x.percent", "23.2")) == []

    def test_reason(self) -> None:
        rows = [row("sample.axis.x.count", "6"), row("sample.axis.x.percent", "23.2")]
        (proof,) = contradictions(paper(*rows), ANALYSES, 26)
        assert proof.reason == "6 of 26 is 23.1 %, not 23.2."


class TestPOfT:
    @pytest.mark.parametrize(
        ("t", "p", "agrees"),
        [
            (".58", ".57", True),
            (".58", ".58", False),
            ("-.58", ".57", True),
            (".04", ".97", True),
            ("0.0", "1.00", True),
            ("0.0", ".90", False),
        ],
    )
    def test_follows_from_t_and_df(self, t: str, p: str, agrees: bool) -> None:
        name = "preliminary.wai.t"
        rows = [row(name, t), row(name, "23", "df"), row(name, p, "p_two_tailed")]
        assert (contradicted(*rows) == []) is agrees
        assert contradicted(rows[0], rows[2]) == [], "without df nothing follows"

    def test_formula(self) -> None:
        # 97.5th percentile of t with 23 degrees of freedom, from any table.
        assert p_of_t(2.0687, 23) == pytest.approx(0.05, abs=1e-5)
        assert p_of_t(-2.0687, 23) == p_of_t(2.0687, 23)


class TestCoefficientOfTheTotal:
    @pytest.mark.parametrize(
        ("total", "agrees"),
        [("-0.272", True), ("-0.260", True), ("-0.481", False), ("-0.290", False)],
    )
    def test_follows_from_the_parts(self, total: str, agrees: bool) -> None:
        assert (contradicted(*iip(total)) == []) is agrees

    def test_by_hand(self) -> None:
        (proof,) = contradictions(paper(*iip("-0.481")), ANALYSES, 26)
        low = 0.0755 * 7.35 - 0.0355 * 5.25 - 0.0875 * 5.35 - 0.5475 * 7.35
        high = 0.0765 * 7.45 - 0.0345 * 5.15 - 0.0865 * 5.25 - 0.5465 * 7.25
        assert float(proof.possible.low) == pytest.approx(low / 14.5)
        assert float(proof.possible.high) == pytest.approx(high / 15.5)
        assert [each.printed for each in proof.inputs] == [*IIP.values(), *DEVIATIONS.values()]

    def test_of_another_variable_proves_nothing(self) -> None:
        rows = iip("-0.272", row("outcome.kims_total.scl_gain.pearson_r", "0.9"))
        assert contradicted(*rows) == []


class TestPOfCorrelations:
    STAR = row("outcome.kims_total.iip_gain.pearson_r", "*", "p_one_tailed", below=".05")
    NO_STAR = row("outcome.kims_total.iip_gain.pearson_r", "no", "p_one_tailed", at_least=".05")

    def test_star_of_a_coefficient_that_is_given_up(self) -> None:
        name = "outcome.kims_total.iip_gain.pearson_r"
        assert contradicted(*iip("-0.481", self.STAR)) == [(name, "-0.481"), (name, "*")]
        assert contradicted(*iip("-0.481", self.NO_STAR)) == [(name, "-0.481")]

    def test_star_of_a_coefficient_that_is_kept(self) -> None:
        assert contradicted(*iip("-0.272", self.STAR)) == [(self.STAR["statistic"], "*")]
        assert contradicted(*iip("-0.272", self.NO_STAR)) == []

    def test_a_second_print_of_the_coefficient_leaves_the_first_in_force(self) -> None:
        again = row("outcome.kims_total.iip_gain.pearson_r", "-0.481")
        assert contradicted(*iip("-0.272", again, self.NO_STAR)) == [(again["statistic"], "-0.481")]

    @pytest.mark.parametrize(
        ("r", "p", "agrees"),
        [
            (".024", ".921", True),
            (".024", ".931", False),
            ("-.396", ".084", True),
            ("-.396", ".042", False),
            (".00", "1.00", True),
        ],
    )
    def test_two_tailed(self, r: str, p: str, agrees: bool) -> None:
        name = "experience.kims_total.experience.pearson_r"
        assert (contradicted(row(name, r), row(name, p, "p_two_tailed")) == []) is agrees

    @pytest.mark.parametrize("direction", ["positive", "negative", "none"])
    def test_formula_is_that_of_scipy(self, direction: str) -> None:
        random = np.random.default_rng(7)
        x, y = random.normal(size=(2, 26))
        words = {"positive": "greater", "negative": "less", "none": "two-sided"}
        r, p = stats.pearsonr(x, y, alternative=words[direction])
        assert p_of_correlation(float(r), 26, direction) == pytest.approx(p, abs=1e-12)


class TestConsistentPapers:
    """A paper that prints what real data give, rounded, contradicts nothing."""

    @settings(max_examples=80, deadline=None)
    @given(st.integers(min_value=0, max_value=2**32 - 1), st.sampled_from([0, 1, 2]))
    def test_have_no_contradictions(self, seed: int, places: int) -> None:
        publication = paper(*simulated_rows(np.random.default_rng(seed), places))
        found = contradictions(publication, ANALYSES, 26)
        assert [(proof.value.statistic, proof.value.printed) for proof in found] == []

    def test_until_one_digit_is_changed(self) -> None:
        rows = simulated_rows(np.random.default_rng(1), 1)
        wrong = next(each for each in rows if each["statistic"].startswith("outcome.kims_total"))
        wrong["printed"] = f"{float(wrong['printed']) + 0.2:.3f}"
        found = contradictions(paper(*rows), ANALYSES, 26)
        assert wrong["statistic"] in {proof.value.statistic for proof in found}


def simulated_rows(random: np.random.Generator, places: int) -> list[Row]:
    """What a paper prints of simulated therapists, with so many decimals for the moments."""
    n = 26
    shared, own = random.normal(size=(n, 1)), random.normal(size=(n, 4))
    parts = np.rint([37.8, 31, 30.3, 32.7] + np.array([7, 5, 5, 7]) * (0.5 * shared + own))
    scales: Mapping[str, np.ndarray] = dict(zip(PARTS, parts.T, strict=True))
    scales = {**scales, "kims_total": parts.sum(axis=1)}
    rows = []
    for name, scores in scales.items():
        rows.append(row(f"sample.{name}.mean", f"{scores.mean():.{places}f}"))
        rows.append(row(f"sample.{name}.sd", f"{scores.std(ddof=1):.{places}f}"))
    gain = random.normal(size=n) - 0.1 * random.uniform() * scales["kims_total"]
    for name, scores in scales.items():
        rows += correlation_rows(f"outcome.{name}.iip_gain.pearson_r", scores, gain)
    experience = random.uniform(0, 6, size=20)
    r, p = stats.pearsonr(scales["kims_act"][:20], experience)
    name = "experience.kims_act.experience.pearson_r"
    rows += [row(name, f"{r:.2f}"), row(name, f"{p:.3f}", "p_two_tailed")]
    test = stats.ttest_ind(scales["kims_total"][:12], scales["kims_total"][12:])
    rows.append(row("preliminary.kims_total.t", f"{test.statistic:.2f}"))
    rows.append(row("preliminary.kims_total.t", "24", "df"))
    rows.append(row("preliminary.kims_total.t", f"{test.pvalue:.2f}", "p_two_tailed"))
    for level, count in zip("abc", random.multinomial(n, [0.5, 0.3, 0.2]), strict=True):
        rows.append(row(f"sample.axis.{level}.count", str(count)))
        rows.append(row(f"sample.axis.{level}.percent", f"{100 * count / n:.1f}"))
    return rows


def correlation_rows(name: str, scores: np.ndarray, gain: np.ndarray) -> list[Row]:
    r, p = stats.pearsonr(scores, gain, alternative="less")
    bound = {"below": ".05"} if p < 0.05 else {"at_least": ".05"}
    return [row(name, f"{r:.3f}"), row(name, "star or not", "p_one_tailed", **bound)]
