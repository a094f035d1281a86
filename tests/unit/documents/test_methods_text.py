"""The methods say what ran: every statistic of the store, and none that is not in it."""

import functools
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.unit.documents.conftest import COHORT, SmallStudy
from tests.unit.documents.test_manuscript import SETTINGS
from tests.unit.documents.words import as_words

from attune.analyses.registry import ANALYSES
from attune.documents.manuscript import render_template
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import MissingRule, with_missing_rules

REPORTS = Path(__file__).parents[3] / "reports"
PAIR = "alliance.calm.bond"
SCORES = "scores.toy.therapist.baseline.total"


def documents(small: Any, **changes: Any) -> dict[str, str]:
    """Manuscript and supplement of the small study, as a reader sees their numbers."""
    store = changes.pop("store") if "store" in changes else full_store(small)
    settings = SETTINGS | changes.pop("settings", {})
    cohort = changes.pop("cohort", None) or small.cohort()
    instruments = changes.pop("instruments", None) or small.instruments()
    software = changes.pop("software", ["numpy 2.4", "scipy 1.0"])
    tables = changes.pop("tables", {})
    confirmation = changes.pop("confirmation", None)
    seeded = changes.pop("seeded", False)
    study = small.study(tables=tables, figures={}, **changes)
    made = {"manuscript": ""}
    for document, template in (("manuscript", "generic"), ("supplement", "supplement")):
        made[document] = render_template(
            (REPORTS / f"{template}.qmd.j2").read_text(encoding="utf-8"),
            document,
            study,
            cohort,
            instruments,
            small.printed(store),
            small.tables(tables, cohort, store) if tables else {},
            settings,
            software,
            small.shared_templates(),
            template,
            made["manuscript"],
            confirmation,
            seeded=seeded,
        )
    return {document: as_words(text) for document, text in made.items()}


def full_store(small: Any, **counts: int) -> pd.DataFrame:
    """The small store with a row of every statistic that the line can compute."""
    names = ["spearman_rho", "partial_r", "bootstrap_r", "permutation_p", "p_bh", "bayes_factor"]
    names += ["bayes_factor_directed", "minimum_detectable_r"]
    rows = [{"id": f"{PAIR}.{name}", "statistic": name, "estimate": 0.3} for name in names]
    rows += [{"id": "arms.calm.hedges_g", "statistic": "hedges_g", "estimate": 0.3}]
    for way in ("complete", "prorated", "none"):
        row = {"id": f"{SCORES}.{way}", "statistic": way, "n": 24}
        rows.append(row | {"estimate": float(counts.get(way, 0))})
    store = small.store(reliability__toy__total__therapist__baseline__omega={"estimate": 0.8})
    for row in rows:
        parts = row["id"].split(".")
        row |= {"analysis": parts[0], "x": parts[1]}
    return pd.concat([store, pd.DataFrame(rows, dtype=object)], ignore_index=True)


@functools.cache
def whole() -> dict[str, str]:
    """The documents of the small study with every statistic."""
    return documents(SmallStudy())


def without(store: pd.DataFrame, statistic: str, analysis: str = "") -> pd.DataFrame:
    ids = store["id"].str
    gone = ids.endswith(f".{statistic}") & ids.startswith(analysis)
    return store[~gone].reset_index(drop=True)


PHRASES = [
    ("spearman_rho", "", ["rank correlations"], ["Spearman's rank correlation"]),
    ("partial_r", "", ["partial correlations"], ["The partial correlation holds"]),
    ("bootstrap_r", "", ["bootstrap intervals"], ["9,999 bootstrap samples"]),
    ("permutation_p", "", ["permutation tests"], ["99,999 random orders"]),
    ("p_bh", "", ["after Benjamini and Hochberg"], ["after Benjamini and Hochberg"]),
    ("bayes_factor", "alliance", [], ["stretched beta prior of width 1"]),
    ("bayes_factor", "arms", [], ["Cauchy prior"]),
    ("bayes_factor_directed", "", [], ["a second Bayes factor"]),
    ("minimum_detectable_r", "", ["could detect"], ["with a power of 80%"]),
    ("hedges_g", "", [], ["Hedges's *g*"]),
    ("alpha", "", [], ["Cronbach's alpha"]),
    ("omega", "", ["omega"], ["omega total of a one-factor model"]),
    ("cohen_d", "", ["Cohen's *d* with its 90%"], ["noncentral *t*"]),
    ("t", "arms", ["*t* tests with pooled variances"], ["*t* tests with pooled variances"]),
]


@pytest.mark.parametrize(("statistic", "analysis", "manuscript", "supplement"), PHRASES)
def test_a_statistic_is_described_if_and_only_if_it_ran(
    small: Any, statistic: str, analysis: str, manuscript: list[str], supplement: list[str]
) -> None:
    sections = {"conditions": {}} if statistic == "t" else {}
    store = without(full_store(small), statistic, analysis)
    with_it, without_it = whole(), documents(small, store=store, **sections)
    for document, phrases in (("manuscript", manuscript), ("supplement", supplement)):
        for phrase in phrases:
            assert phrase in with_it[document]
            assert phrase not in without_it[document]


def test_what_a_second_package_confirmed_is_described(small: Any) -> None:
    counts = {"cohen_d": 1, "pearson_r": 4, "spearman_rho": 4, "t": 1}
    second = {"software": "pingouin 0.7.0", "confirmed": counts}
    sentence = "The correlations and *t* tests were recomputed with pingouin 0.7.0 [@vallat2018]"
    for text in documents(small, confirmation=second).values():
        assert sentence in text
    nothing = {"software": "pingouin 0.7.0", "confirmed": {}}
    for confirmation in (None, nothing):
        for text in documents(small, confirmation=confirmation).values():
            assert "pingouin" not in text and "@vallat2018" not in text


def test_a_study_without_correlations_describes_none(small: Any) -> None:
    store = full_store(small)
    kept = store[~store["analysis"].isin(["alliance", "other"])].reset_index(drop=True)
    found = documents(small, store=kept, correlations={}, software=["numpy 2.4"])
    for text in found.values():
        for word in ("Pearson", "Holm", "bootstrap", "seed", "one-tailed", "scipy", "@virtanen"):
            assert word not in text
        assert "numpy 2.4" in text
    assert "A result is called significant where *p* is below .05." in found["manuscript"]


def test_a_study_without_conditions_describes_no_comparison(small: Any) -> None:
    store = full_store(small)
    kept = store[store["analysis"] != "arms"].reset_index(drop=True)
    for text in documents(small, store=kept, conditions={}).values():
        for phrase in ("Conditions were compared", "Cohen's *d*", "Differences are", "Cauchy"):
            assert phrase not in text


def test_tests_are_named_by_their_variances(small: Any) -> None:
    welch = documents(small, settings={"compare_conditions": {"interval": 0.9,
                                                              "variances": "welch"}})  # fmt: skip
    assert (
        "do not assume equal variances (Welch), with Satterthwaite's degrees"
        in (welch["manuscript"])
    )
    assert "pooled variances" not in welch["manuscript"]


def test_more_than_two_conditions_are_compared_by_f(small: Any) -> None:
    store = without(without(full_store(small), "t", "arms"), "cohen_d", "arms")
    f = {"id": "arms.calm.f", "analysis": "arms", "x": "calm", "statistic": "f", "estimate": 1.0}
    f |= {"df": 22.0, "p_two_tailed": 0.4, "method": "2 numerator degrees of freedom"}
    cohort = small.cohort()
    arm = cohort.sample.variables["arm"]
    arm = arm.model_copy(update={"levels": arm.levels | {"W": "Waiting"}})
    variables = cohort.sample.variables | {"arm": arm}
    sample = cohort.sample.model_copy(update={"variables": variables})
    rows = [f, {"id": "arms.calm.waiting.mean", "analysis": "arms", "x": "calm",
                "statistic": "mean", "estimate": 1.0}]  # fmt: skip
    store = pd.concat([store, pd.DataFrame(rows, dtype=object)], ignore_index=True)
    found = documents(small, store=store, cohort=cohort.model_copy(update={"sample": sample}))
    assert "one-way analyses of variance" in found["manuscript"]
    assert "*t* tests with" not in found["manuscript"]


def families(**changes: Any) -> dict[str, Any]:
    alliance = {"title": "Alliance", "x": ["calm"], "y": ["bond", "gain"], "dataset": "available"}
    return {
        "alliance": alliance | {"test": "residual_gain"} | changes,
        "other": {"title": "Other", "x": ["before"], "y": ["bond"], "dataset": "available"},
    }


@pytest.mark.parametrize(
    ("direction", "phrase"),
    [
        ("positive", "one-tailed where the plan declares the direction"),
        (None, "*p* is two-tailed, as the plan declares no direction."),
    ],
)
def test_tails_are_those_of_the_plan(small: Any, direction: str | None, phrase: str) -> None:
    found = documents(small, correlations=families(direction=direction))["manuscript"]
    assert phrase in found
    assert ("a positive association was predicted" in found) == (direction == "positive")


def test_every_direction_declared_leaves_one_tail(small: Any) -> None:
    both = families(direction="positive")
    both["other"] |= {"direction": "negative"}
    found = documents(small, correlations=both)["manuscript"]
    assert "*p* is one-tailed, in the direction that the plan declares." in found


def test_adjustment_names_its_families_and_their_tests() -> None:
    found = whole()["manuscript"]
    assert "within each analysis by itself: alliance (two tests) and other (one test)." in found


def test_replaced_scores_are_reported_where_an_analysis_uses_them(small: Any) -> None:
    series = {"imputation": {"method": "series_mean"}}
    assert "replaced by the mean" not in documents(small, **series)["manuscript"]
    used = documents(small, correlations=families(dataset="imputed"), **series)["manuscript"]
    assert "In the analysis of alliance, a missing score was replaced by the mean" in used
    assert "; all other analyses use the scores as observed." in used
    assert "No missing score was replaced" not in used


def test_data_sets_are_called_by_the_names_that_a_study_gives_them(small: Any) -> None:
    keys = {"imputation": {"method": "series_mean"}, "datasets": {"completed_2": 2, "seen": 0}}
    store = full_store(small)
    store["id"] = store["id"].str.replace("gains.gain.available.", "gains.gain.seen.")
    used = documents(small, correlations=families(dataset="completed_2"), store=store, **keys)
    assert "the analysis uses the data set “completed 2”." in used["manuscript"]
    assert "In the analysis of alliance, a missing score was replaced" in used["manuscript"]
    assert "24 had both scores of symptoms" in used["manuscript"]
    seen = documents(small, correlations=families(dataset="seen"), store=store, **keys)
    assert "the analysis uses the data set “seen”." in seen["manuscript"]
    assert "No missing score was replaced" in seen["manuscript"]


def test_missing_rules_and_what_came_of_them(small: Any) -> None:
    none = whole()["manuscript"]
    assert "a scale was scored where every item was answered." in none
    assert "No score in use was computed with items missing." in none
    rule = MissingRule(rule="prorate", max_missing_share=0.3, source="our protocol")
    some = documents(
        small,
        store=full_store(small, prorated=3, none=2),
        cohort=small.cohort(missing_rules={"toy": rule.model_dump()}),
        instruments=with_missing_rules(small.instruments(), {"toy": rule}),
    )["manuscript"]
    assert "at most 30% of its items missing was scored with the mean of the others" in some
    assert "(our protocol)" in some
    assert "these rest on questionnaires with items missing: 3 of 24 for calm." in some
    assert "These questionnaires had too many items missing for a score: 2 of 24 for calm." in some


def test_instruments_keys_and_scales() -> None:
    found = whole()["manuscript"]
    assert "has 3 items rated from 1 to 5." in found
    assert "answered by the therapist at baseline and the patient at session 3" in found
    assert "The study uses its score “Total” (from 3 to 15)." in found
    assert "The scoring key of the TOY (key version 1.0) is known from a single source." in found


def test_small_counts_and_the_publication(small: Any) -> None:
    plain = whole()["manuscript"]
    assert "people are not shown" not in plain
    assert "verdict.html" not in plain
    settings = {"build_tables": {"level": 0.05, "smallest_cell": 5}}
    paper = documents(small, settings=settings, cohort=small.cohort(publication="paper_7"))
    for text in paper.values():
        assert "Counts of fewer than 5 people are not shown" in text
        assert "printed in the source paper, each with its place there, were checked" in text
        assert "[verdict.html](verdict.html) gives the outcome of each." in text
        assert "ledger" not in text and "paper\\_7" not in text
    own = small.cohort(smallest_cell={"count": 8, "reason": "our ethics board"})
    assert "fewer than 8 people" in documents(small, cohort=own, settings=settings)["manuscript"]


def test_one_addition_of_the_supplement_is_no_list(small: Any) -> None:
    store = full_store(small)
    kept = store[~store["analysis"].isin(["alliance", "other"])].reset_index(drop=True)
    found = documents(small, store=kept, correlations={}, tables={
        "alpha": {"document": "supplement", "kind": "reliability", "title": "Alpha"}})  # fmt: skip
    assert "The supplement adds omega and says how it was computed." in found["manuscript"]


def test_keys_that_sources_agree_on(small: Any) -> None:
    key = small.instruments()["toy"]
    sure = key.confidence.model_copy(update={"level": "verified-2-sources"})
    keys = {"toy": key.model_copy(update={"confidence": sure})}
    found = documents(small, instruments=keys)["manuscript"]
    assert "Independent sources agree on the scoring key of the TOY (key version 1.0)." in found


def test_the_occasions_of_change_are_named() -> None:
    table = {"document": "manuscript", "kind": "gains", "title": "Change"}
    found = documents(SmallStudy(), tables={"gains": table})["manuscript"]
    assert "the scores of intake and end" in found


def test_p_is_adjusted_together_in_families_of_correlations() -> None:
    assert (
        "and the tests in each family of correlations; *p* is adjusted within each family, and the"
        " other tests are not adjusted." in whole()["manuscript"]
    )


def test_an_effect_on_change_is_a_share_of_the_residual_gain(small: Any) -> None:
    significant = {"p_two_tailed": 0.001, "p_one_tailed": 0.0005}
    store = full_store(small).set_index("id")
    store.loc["alliance.calm.gain.pearson_r", [*significant]] = [*significant.values()]
    found = documents(small, store=store.reset_index())["manuscript"]
    assert re.search(
        r"effect that accounts for [\d.]+% of the variance of the residual gain", found
    )
    assert re.search(r"effect that accounts for [\d.]+% of the variance[.;,]", found)


def test_both_documents_have_the_same_running_head(small: Any) -> None:
    title = "Therapist calm, bond and the outcome of treatment of adults in a small clinic"
    made = documents(small, title=title)
    heads = {re.findall(r'(?m)^running-head: "(.*)"$', text)[0] for text in made.values()}
    assert heads == {"Therapist calm, bond and the outcome of treatment"}
    for template in REPORTS.glob("*.qmd.j2"):
        assert "running_head" not in template.read_text(encoding="utf-8"), template.name


def test_missing_data_are_told_by_the_analyses_that_there_are(small: Any) -> None:
    keys = {"imputation": {"method": "none"}}
    made = documents(small, correlations=families(dataset="available"), **keys)["manuscript"]
    found = " ".join(made.split())
    assert "No missing score was replaced. " in found
    assert re.search(r"conditions and correlations use the \w+ with all scores that the", found)
    assert "that the analysis in question needs (complete cases)." in found
    for absent in ("trial", "growth model", "structural equation"):
        assert absent not in found.partition("No missing score")[2].partition("## Analysis")[0]


def test_every_analysis_can_say_which_cases_it_uses_and_whether_it_models_therapists() -> None:
    """The sentences on missing scores and on patients of one therapist name no analysis."""
    macros = (REPORTS / "macros.qmd.j2").read_text(encoding="utf-8")
    for name in ("scores_used", "limits_of_the_sample"):
        [macro] = re.findall(rf"macro {name}\(\).*?endmacro", macros, re.DOTALL)
        # "sample" and "scores" begin ids of statistics.
        named = {analysis.name for analysis in ANALYSES} - {"sample", "scores"}
        assert not named & set(re.findall(r'(?:analyses\.|")(\w+)', macro)), name


def test_the_seed_is_named_where_a_statistic_has_random_numbers(small: Any) -> None:
    sentence = "Every random number follows from the seed 2012."
    for text in documents(small, seeded=True).values():
        assert sentence in text
    for text in documents(small).values():
        assert "Every random number" not in text


def test_a_description_of_a_number_stands_in_place_of_its_range(small: Any) -> None:
    """Minimum and maximum of a norm-based score are limits of plausible values."""
    scale = "score with a mean of 50 and a standard deviation of 10 in adults"
    variable = {"column": "h", "label": "Health (SF-36)", "minimum": 0, "maximum": 100}
    sections = {
        "measures": {"health": {"label": "Health", "variable": "health"}},
        "conditions": {"arms": {"title": "Arms", "measures": ["health"], "dataset": "available"}},
        **{"outcomes": {}, "correlations": {}, "variables": []},
    }
    template = '{% import "macros.qmd.j2" as say with context %}{{ header() }}\n'
    template += "{{ say.given_values() }}"
    found = []
    for further in ({}, {"description": scale}):
        sample = COHORT["sample"]
        variables = sample["variables"] | {"health": variable | further}
        text = render_template(
            template,
            "manuscript",
            small.study(tables={}, figures={}, **sections),
            small.cohort(sample=sample | {"variables": variables}),
            small.instruments(),
            small.printed(full_store(small)),
            {},
            SETTINGS,
            shared=small.shared_templates(),
        )
        found.append(" ".join(as_words(text).split()))
    assert "health (SF-36) (from 0 to 100)." in found[0]
    assert f"health (SF-36) ({scale})." in found[1]
    with pytest.raises(ConfigurationError, match="only a number has the key 'description'"):
        levels = {"column": "h", "label": "H", "kind": "category", "levels": {"1": "Yes"}}
        variables = COHORT["sample"]["variables"] | {"h": levels | {"description": scale}}
        small.cohort(sample=COHORT["sample"] | {"variables": variables})
