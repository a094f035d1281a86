"""Checks of printed effects: honest about rounding, and the one real contradiction of the seeds."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT
from tests.unit.specs.test_literature import content, effect_of

from attune.specs.literature import Literature
from attune.synthesis.printed_checks import literature_findings
from attune_files.synthesis_files import read_literature


def findings_of(sizes: list[dict[str, Any]], **keys: object) -> dict[str, str]:
    """Check -> outcome for one effect with these printed sizes."""
    changed = content()
    effect_of(changed).update({"sizes": sizes, **keys})
    found = literature_findings(Literature.model_validate(changed))
    return {finding.check: finding.outcome for finding in found}


class TestShippedLiterature:
    """The seeds hold one contradiction, and it is found."""

    @pytest.mark.parametrize("name", ["pprnet_blog", "hawkins_blog"])
    def test_only_the_share_of_variance_is_contradicted(self, name: str) -> None:
        literature = read_literature(ROOT / f"workflow/literature/{name}.yaml")
        found = literature_findings(literature)
        broken = [finding.id for finding in found if finding.outcome == "inconsistent"]
        expected = ["r_squared.elliott2018.outcome.variance_percent"]
        assert broken == (expected if name == "pprnet_blog" else [])

    def test_the_sentence_names_what_would_follow(self) -> None:
        literature = read_literature(ROOT / "workflow/literature/pprnet_blog.yaml")
        [sentence] = [
            finding.sentence
            for finding in literature_findings(literature)
            if finding.outcome == "inconsistent"
        ]
        # .275 squared is .0756, .285 squared .0812.
        assert "r = .28 explains 7.6 to 8.1% of the variance" in sentence
        assert "the blog prints about 9%, which is not a rounding of it." in sentence

    def test_what_k_counts_is_named_and_an_interval_is_not_called_wide_enough(self) -> None:
        literature = read_literature(ROOT / "workflow/literature/pprnet_blog.yaml")
        text = " ".join(finding.sentence for finding in literature_findings(literature))
        assert "6,138 clients can belong to 82 independent samples of at least four each." in text
        assert "the interval [.22, .33] is not narrower than 6,138 clients allow." in text
        assert "is the d = 0.58 in 82 independent samples of the source" in text
        assert "3,599 clients can belong to 57 studies" in text

    def test_an_overview_that_repeats_a_meta_analysis_is_compared_with_it(self) -> None:
        literature = read_literature(ROOT / "workflow/literature/pprnet_blog.yaml")
        same = [f for f in literature_findings(literature) if f.check == "same_quantity"]
        assert [(f.value, f.outcome) for f in same] == [("norcross2018.empathy.g", "consistent")]

    def test_only_the_named_effects_are_checked(self) -> None:
        literature = read_literature(ROOT / "workflow/literature/pprnet_blog.yaml")
        found = literature_findings(literature, {"pprnet_blog.cooper2020.perspective_taking"})
        assert {finding.value for finding in found} == {"cooper2020.perspective_taking.r"}


@pytest.mark.parametrize(
    ("sizes", "keys", "check", "outcome"),
    [
        ([{"measure": "r", "printed": ".28", "interval": [".30", ".40"]}], {},
         "interval_holds_estimate", "inconsistent"),
        ([{"measure": "r", "printed": ".28", "interval": [".28", ".40"]}], {},
         "interval_holds_estimate", "consistent"),
        ([{"measure": "r", "printed": ".28", "interval": [".10", ".60"]}], {},
         "interval_symmetric", "inconsistent"),
        ([{"measure": "r", "printed": ".30"}, {"measure": "d", "printed": ".63"}], {},
         "d_from_r", "consistent"),
        ([{"measure": "r", "printed": ".30"}, {"measure": "d", "printed": ".58"}], {},
         "d_from_r", "inconsistent"),
        ([{"measure": "r", "printed": ".30"}, {"measure": "variance_percent", "printed": "9"}], {},
         "r_squared", "consistent"),
        ([], {"n": 11, "k": 3}, "n_and_k", "inconsistent"),
        ([], {"n": 12, "k": 3}, "n_and_k", "consistent"),
        ([{"measure": "r", "printed": ".28", "interval": [".27", ".29"]}], {"n": 400, "k": 4},
         "interval_and_n", "inconsistent"),
        ([{"measure": "r", "printed": ".28", "interval": [".18", ".37"]}], {"n": 400, "k": 4},
         "interval_and_n", "consistent"),
    ],
)  # fmt: skip
def test_what_is_contradicted(
    sizes: list[dict[str, Any]], keys: dict[str, object], check: str, outcome: str
) -> None:
    assert findings_of(sizes, **keys)[check] == outcome


def test_an_interval_without_its_estimate_is_said_in_a_sentence() -> None:
    changed = content()
    effect_of(changed)["sizes"] = [{"measure": "r", "printed": ".28", "interval": [".30", ".40"]}]
    found = literature_findings(Literature.model_validate(changed))
    [finding] = [entry for entry in found if entry.check == "interval_holds_estimate"]
    assert finding.sentence.endswith(
        ": the interval [.30, .40] does not hold its own estimate, r = .28."
    )


def test_papers_that_were_read_are_the_source_themselves() -> None:
    changed = content() | {"kind": "primary", "called": "blog"}
    sizes = [{"measure": "r", "printed": ".30"}, {"measure": "variance_percent", "printed": "12"}]
    effect_of(changed)["sizes"] = sizes
    [finding] = [
        entry
        for entry in literature_findings(Literature.model_validate(changed))
        if entry.check == "r_squared"
    ]
    assert "the source prints 12%, which is not a rounding of it." in finding.sentence


def test_an_upper_limit_of_k_is_not_compared_with_n() -> None:
    assert "n_and_k" not in findings_of([], n=8, k=10, k_at_most=True)


def printed(value: float) -> str:
    return f"{value:.2f}"


@given(st.floats(-0.9, 0.9), st.integers(20, 5000))
def test_no_true_pooled_correlation_is_contradicted(r: float, n: int) -> None:
    """r with its own interval, d and share of variance, rounded as papers do, always agree."""
    reach = 1.959963984540054 / math.sqrt(n - 3)
    low, high = math.tanh(math.atanh(r) - reach), math.tanh(math.atanh(r) + reach)
    sizes = [
        {"measure": "r", "printed": printed(r), "interval": [printed(low), printed(high)]},
        {"measure": "d", "printed": printed(2 * r / math.sqrt(1 - r * r))},
        {"measure": "variance_percent", "printed": f"{100 * r * r:.0f}"},
    ]
    if max(abs(low), abs(high)) > 0.994:
        return
    assert "inconsistent" not in findings_of(sizes, n=n, k=1).values()
