"""Trials: what documents, tables and the figure of the flow say."""

import functools
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from tests.conftest import ROOT
from tests.unit.analyses.trial_plans import (
    TRIAL,
    VISITS,
    cohort_of,
    measures_of,
    sample_of,
    statistics_of,
    study_of,
)
from tests.unit.documents.conftest import SmallStudy
from tests.unit.documents.plan_documents import document_text, printed_and_tables
from tests.unit.documents.test_manuscript import SETTINGS
from tests.unit.documents.words import as_words

from attune.analyses.growth.estimate import fit_growth
from attune.analyses.kinds import KINDS
from attune.analyses.study import StudyFile
from attune.analyses.trial.declaration import NOBODY_MISSING
from attune.analyses.trial.facts import facts
from attune.analyses.trial.missing_outcomes import NO_TIPPING
from attune.documents.figures import FigureContext, draw_figure
from attune.documents.manuscript import render_template
from attune.printing.text import literal
from attune.store.statistic_rows import statistic_row, statistics_frame
from attune_files.yaml_file import read_instruments

INSTRUMENTS = read_instruments([ROOT / "workflow/instruments/bdi_ii.yaml"])
CHOICES = {"analyse_trial": {"interval": 0.95, "imputations": 5}}
SMALLEST = 5


def part(kind: str) -> dict[str, Any]:
    return {"document": "manuscript", "kind": kind, "title": f"The {kind}", "analyses": ["rct"]}


TABLES = {
    name: part(f"trial_{name}")
    for name in ("effects", "means", "sensitivity", "responders", "harms", "baseline")
}
FIGURES = {"flow": part("participant_flow") | {"alt": "A flow."}}
OUTCOMES = {
    name: one | {"primary": True, "level": "patient" if name == "symptoms" else "therapist"}
    for name, one in TRIAL["outcomes"].items()
}


def few_at_the_last_visit() -> pd.DataFrame:
    """Three patients of the control arm are assessed at the last visit."""
    data = measures_of()
    late = (data["occasion"] == "later") & (data["condition"] == "c")
    kept = data.loc[late & data["symptoms"].notna(), "dyad"].iloc[:3]
    data.loc[late & ~data["dyad"].isin(kept), "symptoms"] = np.nan
    return data


@functools.cache
def made(few: bool = False, unknown: str = "") -> tuple[Any, pd.DataFrame]:
    """Study and statistics.

    `unknown`: what becomes of a therapist of whom the sessions are not recorded.
    """
    data = few_at_the_last_visit() if few else measures_of()
    people = sample_of(data)
    received = TRIAL["received"]
    if unknown:
        therapist = people.loc[people["condition"] == "t", "therapist"].iloc[0]
        people.loc[people["therapist"] == therapist, "sessions"] = np.nan
        received = received | {"missing": unknown}
    keys = {"outcomes": OUTCOMES, "received": received}
    rows = statistics_of(data, people, **keys).reset_index()
    return study_of(TABLES, FIGURES, **keys), rows


def printed_of(few: bool = False, unknown: str = "", smallest: int = SMALLEST) -> tuple[Any, Any]:
    study, rows = made(few, unknown)
    return printed_and_tables(rows, study, cohort_of(), INSTRUMENTS, smallest)


def text_of(
    few: bool = False, unknown: str = "", smallest: int = SMALLEST, without: str = ""
) -> str:
    """All that the trial adds to the manuscript, as a reader sees its numbers.

    `without`: a table that the study does not declare.
    """
    printed, tables = printed_of(few, unknown, smallest)
    study = made(few, unknown)[0]
    tables = {name: table for name, table in tables.items() if name != without}
    kept = {name: table for name, table in study.tables.items() if name != without}
    study = study.model_copy(update={"tables": kept})
    words = document_text("manuscript", study, cohort_of(), INSTRUMENTS, (printed, tables), CHOICES)
    return " ".join(words.split())


def flow_of(few: bool = False) -> list[str]:
    """Lines of the figure."""
    study, rows = made(few)
    context = FigureContext(
        study=study,
        cohort=cohort_of(),
        instruments=INSTRUMENTS,
        responses=pd.DataFrame(),
        measures=measures_of(),
        gains=pd.DataFrame(columns=["outcome", "imputation"]),
        statistics=rows,
        kinds=KINDS,
        intervals={"analyse_trial.interval": 0.95},
        smallest=SMALLEST,
    )
    figure = draw_figure(study.figures["flow"], context)
    return [one.get_text() for one in figure.findobj(Text) if one.get_text()]


def test_abstract_and_results_agree_on_who_fared_better() -> None:
    text = text_of()
    assert "In skills, therapists in the training arm scored higher (better) than those" in text
    assert "In symptoms, patients in the training arm scored lower (better) than those" in text
    assert "training fared better than control in skills" in text
    assert "fared worse" not in text and "(worse)" not in text


@pytest.mark.parametrize(
    ("better", "direction", "fared"),
    [
        ("higher", "positive", "better"),
        ("higher", "negative", "worse"),
        ("lower", "positive", "worse"),
        ("lower", "negative", "better"),
    ],
)
def test_whether_a_difference_is_better_depends_on_the_outcome(
    better: str, direction: str, fared: str
) -> None:
    study = made()[0]
    labels = {name: literal(name) for name in study.measures}
    outcome = facts(study, cohort_of(), labels, literal)["rct"].outcomes[0]
    assert replace(outcome, better=better).fared(direction) == fared
    contrast = outcome.contrasts[0]
    assert contrast.tested_id == "rct.skills.after.arm_difference_t"
    assert contrast.size_id == "rct.skills.after.standardised_arm_difference"


def test_the_analysis_per_protocol_is_one_sentence() -> None:
    text = text_of()
    rows = made()[1].set_index("id")
    start = text.index("Among these alone (per protocol)")
    sentence = text[start : text.index(". ", text.index("later", start))]
    assert "which randomization does not protect from bias, the differences are" in sentence
    for outcome in ("skills", "symptoms"):
        for visit in ("after", "later"):
            found = rows.loc[f"rct.{outcome}.{visit}.per_protocol_difference", "estimate"]
            number = f"{found:.2f}".replace("-", "\N{MINUS SIGN}")
            assert f"*M*~diff~ = {number}" in sentence
            assert f"in {outcome} at {visit}" in sentence.lower()


def test_responders_have_an_absolute_and_a_relative_effect() -> None:
    rows = made()[1].set_index("id")
    found = rows.loc["rct.symptoms.after.responder_ratio"]
    words = f"RR = {found['estimate']:.2f}, 95% CI [{found['ci_low']:.2f}, {found['ci_high']:.2f}]"
    # The table has it.
    assert words not in text_of(smallest=0)
    assert words in text_of(smallest=0, without="responders")
    # With a cell below the smallest, one would follow from the other.
    assert words not in text_of(without="responders")
    table = printed_of(smallest=0)[1]["responders"]
    cells = [row.cells["ratio"].to_plain() for row in table.rows if "ratio" in row.cells]
    assert f"{found['estimate']:.2f}" in cells
    assert "RR = share in the treated arm over that in the reference arm" in table.note


@pytest.mark.parametrize(
    ("missing", "note", "method"),
    [
        (
            "not_received",
            "has no value in “Sessions” counts as not having received the treatment.",
            ", and those with no record of it as not having received it; the per-protocol",
        ),
        (
            "left_out",
            "has no value in “Sessions” is left out of the analyses of those who received",
            "; those with no record of it were left out of these analyses; the per-protocol",
        ),
    ],
)
def test_what_becomes_of_unrecorded_treatment_is_said(missing: str, note: str, method: str) -> None:
    assert note in printed_of(unknown=missing)[1]["sensitivity"].note
    assert method in text_of(unknown=missing)
    assert "no value in “Sessions”" not in printed_of()[1]["sensitivity"].note
    assert "no record of it" not in text_of()


def test_dropouts_are_shown_and_small_sizes_hidden_in_figure_table_and_text_alike() -> None:
    lines = flow_of()
    assert "4 patients without a score:" in lines
    assert "20 of 24 patients in the control arm" in text_of()
    lines, text = flow_of(few=True), text_of(few=True)
    assert "< 5 patients with a score" in lines
    assert "\N{EN DASH} patients without a score:" in lines
    assert "21 patients without a score:" not in lines
    assert "< 5 of 24 patients in the control arm" in text
    assert "3 of 24 patients" not in text
    means = printed_of(few=True)[1]["means"]
    [row] = [
        one for one in means.rows
        if one.label.to_plain() == "later, Control" and "Symptoms" in str(one.group)
    ]  # fmt: skip
    assert row.cells["n"].to_plain() == row.cells["mean"].to_plain() == "\N{EN DASH}"


def test_tables_are_cited_in_the_order_of_their_numbers() -> None:
    found = re.findall(r"(@(?:tbl|fig)-\w+)", text_of())
    cited = list(dict.fromkeys(found))
    assert cited[:3] == ["@tbl-baseline", "@fig-flow", "@tbl-effects"]
    text = text_of()
    assert "@tbl-baseline shows the arms at baseline and @fig-flow who took part." in text
    assert "show the trial" not in text
    assert text.index("{#tbl-baseline}") < text.index("{#tbl-effects}") < text.index("{#tbl-harms}")


def test_adverse_events_of_both_arms_are_said() -> None:
    assert re.search(
        r"An adverse event was recorded for [\d.]+%, 95% CI \[.*?\], of patients in the control"
        r" arm, and",
        text_of(smallest=0),
    )


def test_the_flow_counts_scores_of_people_in_the_data() -> None:
    assert "Randomized, in the data" in flow_of()
    assert "people who are not in the data, randomized or not, are not counted." in text_of()


def test_arms_read_as_words_in_sentences_and_keep_their_label_elsewhere() -> None:
    text = text_of(smallest=0)
    assert "24 patients to the control arm" in text
    assert "in the training arm scored higher (better) than those in the control arm" in text
    assert "adjusted mean of training minus control" in text
    assert not re.findall(r"[a-z,] (?:Control|Training)\b", text.partition("{#tbl-")[0])
    assert "Allocated to control" in flow_of()
    headings = printed_of()[1]["harms"].headings.values()
    assert any("Control" in heading for heading in headings)


@functools.cache
def with_growth(origin: int) -> tuple[Any, pd.DataFrame]:
    """The same study with a growth model of the symptoms, whose levels are compared at a visit."""
    study, rows = made()
    growth: dict[str, Any] = {
        "title": "Course",
        "outcomes": ["symptoms"],
        "dataset": "available",
        "time": {
            "occasions": {"baseline": 0, "after": 1, "later": 2},
            "unit": "visits",
            "origin": origin,
        },
        "random": {"patient": "intercept", "therapist": "none"},
        "condition": True,
        "reason": "Symptoms may fall.",
    }
    kinds = ("growth_coefficients", "growth_occasions")
    tables = {kind: part(kind) | {"analyses": ["course"]} for kind in kinds}
    content = study.model_dump(exclude_none=True)
    data = measures_of()
    if origin:
        before = data[data["occasion"] == "baseline"].set_index("dyad")["symptoms"]
        data["before"] = data["dyad"].map(before)
        scored = content["measures"]["symptoms"] | {"label": "Symptoms before"}
        content["measures"]["before"] = scored | {"occasion": "baseline"}
        del growth["time"]["occasions"]["baseline"]
        growth["predictors"] = {"held": {"measure": "before", "level": "patient", "growth": False}}
    content["growth"] = {"course": growth}
    content["tables"] = {"effects": TABLES["effects"]} | tables
    content["figures"] = {}
    grown = StudyFile.model_validate(content)
    fitted = fit_growth(data, sample_of(data), grown, cohort_of()).reset_index(drop=True)
    return grown, pd.concat([rows, fitted], ignore_index=True)


def printed_with_growth(origin: int) -> tuple[Any, Any]:
    study, rows = with_growth(origin)
    return printed_and_tables(rows, study, cohort_of(), INSTRUMENTS)


def test_growth_tables_do_not_test_randomised_groups_at_baseline() -> None:
    tables = printed_with_growth(0)[1]
    [row] = [
        one
        for one in tables["growth_coefficients"].rows
        if one.label.to_plain() == "Training against Control"
    ]
    assert [row.cells[name].to_plain() for name in ("t", "df", "p")] == ["—"] * 3
    assert row.cells["b"].id and row.cells["interval"].id
    p = {
        one.label.to_plain(): one.cells["p"].to_plain()
        for one in tables["growth_occasions"].rows
        if "p" in one.cells
    }
    assert p["baseline, Training"] == "—" and p["after, Training"] != "—"
    for table in ("growth_coefficients", "growth_occasions"):
        assert "Differences at baseline are not tested" in tables[table].note
    later = printed_with_growth(1)[1]["growth_coefficients"]
    assert "Differences at baseline are not tested" not in later.note
    assert [one.cells["p"].to_plain() for one in later.rows].count("—") == 1  # the intercept


@pytest.mark.parametrize("level", [0, 3])
def test_an_abstract_tells_a_difference_of_the_trial_once(level: int) -> None:
    study, _ = with_growth(1)
    printed, tables = printed_with_growth(1)
    slots = f'{{{{ say.from_analyses("further_headline", {level}) }}}}'
    template = '{% import "macros.qmd.j2" as say with context %}\n{{ header() }}\n' + slots
    template += "".join(f'\n\n{{{{ place([("table", "{name}")]) }}}}' for name in tables)
    template += "\n\n{{ refer(parts(rest=true)) }}\n"
    shared = SmallStudy().shared_templates()
    text = as_words(
        render_template(
            template, "manuscript", study, cohort_of(), INSTRUMENTS, printed,
            tables, SETTINGS | CHOICES | {"fit_growth": {"interval": 0.95}}, shared=shared,
        )
    )  # fmt: skip
    told = " ".join(text.partition("|")[0].split())
    assert "training fared better than control in" in told
    assert "lower in training than in control" not in told
    assert ("The growth model (*b* = " in told) is (level == 0)
    assert (" agreed at after in symptoms." in told) is (level == 0)
    assert "did not differ significantly in the growth of symptoms" in told


def test_models_that_take_patients_of_one_therapist_as_independent_are_told() -> None:
    """The trial has a level for therapists, the growth model has none."""
    study, rows = with_growth(0)
    counts = [statistic_row("sample", [name], "n", n, n=n) for name, n in COUNTED.items()]
    rows = pd.concat([rows, statistics_frame(counts)], ignore_index=True)
    printed, tables = printed_and_tables(rows, study, cohort_of(), INSTRUMENTS, SMALLEST)
    template = '{% import "macros.qmd.j2" as say with context %}\n{{ header() }}\n'
    template += "{{ say.limits_of_the_sample() }}"
    template += "".join(f'\n\n{{{{ place([("table", "{name}")]) }}}}' for name in tables)
    template += "\n\n{{ refer(parts(rest=true)) }}\n"
    text = as_words(
        render_template(
            template, "manuscript", study, cohort_of(), INSTRUMENTS, printed, tables,
            SETTINGS | CHOICES | {"fit_growth": {"interval": 0.95}},
            shared=SmallStudy().shared_templates(),
        )
    )  # fmt: skip
    assert "every test outside the models with a level for therapists takes them" in text


COUNTED = {"therapists": 16, "all": 48}

GROWTH = {
    "course": {
        "title": "The Course",
        "outcomes": ["symptoms"],
        "dataset": "available",
        "time": {
            "occasions": {"baseline": 0, "after": 1, "later": 2},
            "unit": "months",
            "shape": "linear",
        },
        "random": {"patient": "intercept", "therapist": "none"},
        "condition": True,
        "reason": "Symptoms may fall.",
    }
}


def growth_rows(lost: int = 0) -> pd.DataFrame:
    """Means of both arms at three occasions; `lost`: of 24 ratings, how many the last one lacks."""
    rows = []
    for place, visit in enumerate(VISITS):
        n = 24 - lost * (place == 2)
        rows.append(statistic_row("course", ["symptoms", visit], "observed_n", n, n=n))
        for arm in ("Control", "Training"):
            where = ["symptoms", visit, arm]
            ends = {"ci_low": 19.0, "ci_high": 23.0, "ci_level": 0.95}
            rows.append(statistic_row("course", where, "model_mean", 21 - place, n=n, **ends))
            rows.append(statistic_row("course", where, "observed_mean", 22 - place, n=n))
    return statistics_frame(rows)


def test_an_arm_has_one_style_in_every_figure() -> None:
    """The reference is the same line in the figure of the trial and in that of the growth model."""
    figures = {
        "means": part("trial_means") | {"alt": "Means."},
        "course": part("trajectories") | {"alt": "Lines.", "analyses": ["course"]},
    }
    context = FigureContext(
        study=study_of({}, figures, GROWTH, outcomes=OUTCOMES),
        cohort=cohort_of(),
        instruments=INSTRUMENTS,
        responses=pd.DataFrame(),
        measures=measures_of(),
        gains=pd.DataFrame(columns=["outcome", "imputation"]),
        statistics=pd.concat([made()[1], growth_rows()], ignore_index=True),
        kinds=KINDS,
        intervals={"analyse_trial.interval": 0.95, "fit_growth.interval": 0.95},
    )
    styles: dict[str, set[tuple[str, Any]]] = {}
    for figure in (draw_figure(one, context) for one in context.study.figures.values()):
        for line in figure.axes[0].lines:
            if not line.get_label().startswith("_"):
                look = (str(line.get_color()), str(line._unscaled_dash_pattern))
                styles.setdefault(line.get_label(), set()).add(look)
    assert set(styles) == {"Control", "Training"}
    assert all(len(looks) == 1 for looks in styles.values()), styles
    assert styles["Control"] != styles["Training"]


def growth_text(lost: int) -> str:
    figures = {"course": part("trajectories") | {"alt": "Lines.", "analyses": ["course"]}}
    study = study_of({}, figures, GROWTH).model_copy(update={"trial": {}})
    made = printed_and_tables(growth_rows(lost), study, cohort_of(), INSTRUMENTS)
    rest = ["{% set rest = parts(rest=true) %}{{ refer(rest) }}"]
    choices = {"fit_growth": {"interval": 0.95}}
    slots = ("tests", "cautions")
    given = (study, cohort_of(), INSTRUMENTS, made, choices, rest, slots)
    return " ".join(document_text("manuscript", *given).split())


def test_growth_models_name_lost_ratings_and_unadjusted_p() -> None:
    text = growth_text(lost=13)
    assert text.count("In growth models, *p* is not adjusted for the number of tests.") == 2
    assert (
        "The number of ratings fell from 24 at baseline to 11 at later in symptoms; dyads without a"
        " later rating may have fared differently." in text
    )
    assert "The number of ratings fell" not in growth_text(lost=0)


def test_the_note_of_a_course_gives_chance_as_a_reason_too() -> None:
    assert (
        "Points are means of the ratings at hand, which can differ from the lines because patients"
        " were lost, because the line is straight, or by chance." in growth_text(lost=13)
    )


def test_criteria_and_outcomes_are_whole_sentences() -> None:
    text = text_of()
    assert "points in symptoms, and the clinical range as scores of 20 or more, based on" in text
    assert "last score of the clinical range" not in text
    assert (
        "The primary outcomes of this analysis are skills of therapists and symptoms of patients."
        in text
    )
    assert "(therapists)" not in text


@pytest.mark.parametrize(
    ("not_significant", "words"),
    [
        ([], "training fared better at both visits in skills and symptoms."),
        (["symptoms.later"],
         "training fared better at both visits in skills, and at one in symptoms."),
        (["symptoms.later", "symptoms.after"],
         "training fared better at both visits in skills, but did not differ significantly in"
         " symptoms."),
        (["symptoms.later", "symptoms.after", "skills.later", "skills.after"],
         "no significant effect of training was found."),
    ],
)  # fmt: skip
def test_an_abstract_concludes_at_which_visits_an_arm_fared_better(
    not_significant: list[str], words: str
) -> None:
    study = made()[0]
    printed, tables = printed_of()
    ids = [f"rct.{one}.arm_difference_t" for one in not_significant]
    changed = printed.copy()
    changed.loc[changed["id"].isin(ids), "significant"] = False
    lines = ["{{ say.conclusion(0) }}"]
    given = (study, cohort_of(), INSTRUMENTS, (changed, tables), CHOICES, lines, ("results",))
    text = " ".join(document_text("manuscript", *given).split())
    assert f"In sum, {words}" in text


def brief(
    changed: dict[str, bool], line: str, outcomes: Any = OUTCOMES, smallest: int = SMALLEST
) -> str:
    """A line of a template about the trial; `changed`: statistic -> whether it is significant."""
    keys = {"outcomes": outcomes, "received": TRIAL["received"]}
    missing = {"methods": ["jump_to_reference"], "tipping_point": False}
    study = study_of(TABLES, FIGURES, missing_outcomes=missing, **keys)
    printed, tables = printed_of(smallest=smallest)
    [place] = printed.index[printed["id"] == "rct.symptoms.later.arm_difference_t"]
    extra = [
        printed.loc[[place]].assign(id=name) for name in changed if name not in set(printed["id"])
    ]
    rows = pd.concat([printed, *extra], ignore_index=True)
    rows["significant"] = [
        changed.get(name, known)
        for name, known in zip(rows["id"], rows["significant"], strict=True)
    ]
    imported = '{% import "analyses/trial.qmd.j2" as trial_part with context %}'
    lines = [imported + line]
    choices = CHOICES | {"analyse_trial.imputations": 5}
    given = (study, cohort_of(), INSTRUMENTS, (rows, tables), choices, lines, ("results",))
    return " ".join(document_text("manuscript", *given).split())


@pytest.mark.parametrize(
    ("not_significant", "words"),
    [
        ([], "training fared better at every visit."),
        (
            ["later"],
            "a significant advantage of training was shown at after but at no later visit.",
        ),
        (
            ["after"],
            "a significant advantage of training was shown at later but at no other visit.",
        ),
        (["after", "later"], "no significant effect of training was found."),
    ],
)
def test_a_visit_without_significance_is_no_visit_without_a_difference(
    not_significant: list[str], words: str
) -> None:
    changed = {f"rct.symptoms.{visit}.arm_difference_t": False for visit in not_significant}
    only = {"symptoms": OUTCOMES["symptoms"]}
    assert f"In sum, {words}" in brief(changed, "{{ say.conclusion(0) }}", only)


def test_an_abstract_names_a_declared_test_that_disagrees_with_the_visits() -> None:
    only = {"symptoms": OUTCOMES["symptoms"]}
    average = "rct.symptoms.average_difference_t"
    told = r"Averaged over the visits \(\*p\* [^)]*\), the arms did not differ significantly\."
    for level in range(6):
        line = f"{{{{ trial_part.further_headline({level}) }}}}"
        assert bool(re.search(told, brief({average: False}, line, only))) is (level < 5)
        assert "Averaged over" not in brief({average: True}, line, only)
    neither = {f"rct.symptoms.{visit}.arm_difference_t": False for visit in ("after", "later")}
    line = "{{ trial_part.further_headline(2) }}"
    assert "the arms differed significantly." in brief(neither | {average: True}, line, only)
    assert "Averaged over" not in brief(neither | {average: False}, line, only)


def test_an_abstract_says_which_outcomes_are_primary() -> None:
    line = "{{ trial_part.further_headline(3) }}"
    of_therapists = OUTCOMES | {"symptoms": OUTCOMES["symptoms"] | {"primary": False}}
    assert "Therapists' outcomes were primary (*p*s unadjusted)." in brief({}, line, of_therapists)
    assert "primary" not in brief({}, line)


def test_an_abstract_gives_adverse_events_at_every_level_of_detail() -> None:
    told = re.compile(
        r"Adverse events were recorded for [\d.]+% \(control\) and [\d.]+% \(training\) of patients"
        r" \(difference -?−?[\d.]+ percentage points, 95% CI \["
    )
    for level in range(6):
        line = f"{{{{ trial_part.further_headline({level}) }}}}"
        assert told.search(brief({}, line, smallest=0))


def test_a_conclusion_keeps_its_reservation_about_missing_outcomes() -> None:
    imputed = "rct.symptoms.{}.jump_to_reference.imputed_difference_t"
    both = {imputed.format(visit): False for visit in ("after", "later")}
    once = both | {imputed.format("after"): True}
    jackknife = {imputed.format("later").replace("imputed", "resampled"): True}
    protocol = "rct.symptoms.{}.per_protocol_difference_t"
    received = {protocol.format(visit): False for visit in ("after", "later")}
    start = "In sum, training fared better at both visits in skills and symptoms"
    for level, changed, words in (
        (0, both, " (not in symptoms under jump to reference)."),
        (0, once, " (not at every visit in symptoms under jump to reference)."),
        (3, both, r" (not in symptoms under jump to reference \[*p*"),
        (0, dict.fromkeys(both, True), "."),
        (3, both | jackknife, r" (not in symptoms under jump to reference \[Rubin's rules, *p*"),
        (0, both | received, " (not in symptoms per protocol or under jump to reference)."),
        (0, received, " (not in symptoms per protocol)."),
        (0, received | {protocol.format("later"): True}, "."),
    ):
        assert start + words in brief(changed, f"{{{{ say.conclusion({level}) }}}}")


def test_a_difference_that_an_assumption_removes_is_named_in_the_abstract() -> None:
    keys = {"outcomes": OUTCOMES, "received": TRIAL["received"]}
    methods = {"methods": ["jump_to_reference"], "tipping_point": False}
    study = study_of(TABLES, FIGURES, missing_outcomes=methods, **keys)
    printed, tables = printed_of()
    [place] = printed.index[printed["id"] == "rct.symptoms.later.arm_difference_t"]
    imputed = printed.loc[[place]].assign(
        id="rct.symptoms.later.jump_to_reference.imputed_difference_t"
    )
    for significant in (True, False):
        changed = pd.concat([printed, imputed.assign(significant=significant)], ignore_index=True)
        choices = CHOICES | {"analyse_trial.imputations": 5}
        given = (study, cohort_of(), INSTRUMENTS, (changed, tables), choices)
        text = " ".join(document_text("manuscript", *given).split())
        remark = (
            "With missing outcomes imputed from the other arm (jump to reference), the difference"
            " in symptoms was not significant (*p* "
        )
        assert (remark in text) is not significant
        lost = "It was no longer significant in symptoms at later (jump to reference"
        assert (lost in text) is not significant


def test_intervals_with_zero_share_a_sentence() -> None:
    """Every visit and outcome whose difference in responders is not shown to differ from zero."""
    text = text_of(smallest=0)
    found = re.findall(r"For the share that improved reliably, the interval of [^.]*", text)
    assert len(found) <= 1
    assert "differ clearly" not in text
    rows = made()[1]
    with_zero = rows[(rows["statistic"] == "responder_difference") & (rows["ci_low"] <= 0)
                     & (rows["ci_high"] >= 0)]  # fmt: skip
    assert len(with_zero) >= 1
    assert len(found) == 1
    assert " includes zero in symptoms at " in found[0]


def note_on_dashes(reasons: dict[tuple[str, str], str]) -> str:
    """Note on the sensitivity analyses; `reasons`: outcome and visit -> why nothing tips it."""
    keys = {"outcomes": OUTCOMES, "received": TRIAL["received"]}
    missing = {"methods": ["jump_to_reference"], "tipping_point": True}
    study = study_of(TABLES, FIGURES, missing_outcomes=missing, **keys)
    rows = [
        statistic_row("rct", place, statistic, value, reason=why)
        for place, reason in reasons.items()
        for statistic, value, why in (
            ("tipping_point", float("nan"), reason),
            ("after_dropout_n", float(reason != NOBODY_MISSING), ""),
        )
    ]
    whole = pd.concat([made()[1], statistics_frame(rows)], ignore_index=True)
    return printed_and_tables(whole, study, cohort_of(), INSTRUMENTS, 0)[1]["sensitivity"].note


def test_a_note_says_of_each_dash_what_it_stands_for() -> None:
    """Reasons begin in small letters; of several, each names the places of its dashes."""
    nobody = ": nobody of the treated arm had dropped out by this visit, so that there is nothing"
    unfit = ": the difference is not significant if outcomes are missing at random."
    at_random = NO_TIPPING[False]
    note = note_on_dashes({
        ("symptoms", "after"): NOBODY_MISSING,
        ("symptoms", "later"): at_random,
        ("skills", "after"): at_random,
        ("skills", "later"): at_random,
    })  # fmt: skip
    assert f"A dash for the tipping point in symptoms at after{nobody}" in note
    where = "in skills at after and in skills and symptoms at later"
    assert f"A dash for the tipping point {where}{unfit}" in note
    remark = "Where nobody of the treated arm had dropped out (at after), the imputed rows differ"
    assert remark in note
    note = note_on_dashes({("symptoms", "after"): at_random})
    assert f"A dash stands for what cannot be computed{unfit}" in note
    assert remark not in note


@pytest.mark.parametrize("whole", [True, False])
def test_the_note_on_the_baseline_names_whom_the_table_counts(whole: bool) -> None:
    study, rows = made()
    if not whole:
        trial = study.trial["rct"]
        patients = {name: one for name, one in trial.outcomes.items() if one.level == "patient"}
        traits = {name: one for name, one in trial.characteristics.items() if one == "patient"}
        changed = trial.model_copy(update={"outcomes": patients, "characteristics": traits})
        tables = {"baseline": study.tables["baseline"]}
        study = study.model_copy(update={"trial": {"rct": changed}, "tables": tables})
    note = printed_and_tables(rows, study, cohort_of(), INSTRUMENTS, 0)[1]["baseline"].note
    assert ("Each patient and each therapist counts once." in note) == whole
    assert ("Each patient counts once." in note) == (not whole)


def test_received_treatment_is_counted_in_its_unit() -> None:
    assert re.search(r"Therapists with at least \d+ sessions were counted as", text_of())


def simulated_coverage(per_arm: int) -> dict[tuple[bool, bool], list[float]]:
    """Percentages of docs/imputation.md by missing at random, or not, and jackknife, or not."""
    page = (ROOT / "docs/imputation.md").read_text(encoding="utf-8")
    start = f"| {per_arm} |"
    covered: dict[tuple[bool, bool], list[float]] = {}
    for line in page.splitlines():
        if line.startswith(start):
            row = [cell.strip() for cell in line.split("|")[1:-1]]
            key = (row[3] == "missing at random", row[5] == "jackknife")
            covered.setdefault(key, []).append(float(row[7].split("(")[0]))
    return covered


def test_the_note_says_which_variance_covers_how_often() -> None:
    note = printed_of()[1]["sensitivity"].note
    assert "ninety-five to ninety-seven percent of the trials by the jackknife" in note
    assert "ninety-eight percent or more by Rubin" in note
    assert "With forty, the jackknife covers in ninety-three to ninety-five percent" in note
    assert "Rubin's variance in ninety-seven or more" in note
    assert "in ninety-three to ninety-four under missing at random" in note
    covered = simulated_coverage(100)
    assert min(map(round, covered[False, False])) == 98
    jackknife = covered[True, True] + covered[False, True]
    assert (min(map(round, jackknife)), max(map(round, jackknife))) == (95, 97)
    assert {*map(round, covered[True, False])} == {95, 96}
    covered = simulated_coverage(40)
    jackknife = covered[True, True] + covered[False, True]
    assert (min(map(round, jackknife)), max(map(round, jackknife))) == (93, 95)
    assert min(map(round, covered[False, False])) == 97
    assert {*map(round, covered[True, False])} == {93, 94}
