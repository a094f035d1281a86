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
    cohort_of,
    measures_of,
    sample_of,
    statistics_of,
    study_of,
)
from tests.unit.documents.plan_documents import document_text, printed_and_tables

from attune.analyses.kinds import KINDS
from attune.analyses.trial.facts import facts
from attune.documents.figures import FigureContext, draw_figure
from attune.printing.text import literal
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
    assert "In skills, therapists in the arm Training scored higher (better) than those" in text
    assert "In symptoms, patients in the arm Training scored lower (better) than those" in text
    assert "Training fared better than Control in skills" in text
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
            ", and whoever has no record of it as not having received it; the per-protocol",
        ),
        (
            "left_out",
            "has no value in “Sessions” is left out of the analyses of those who received",
            "; whoever has no record of it is left out of these analyses; the per-protocol",
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
    assert "20 of 24 patients of Control" in text_of()
    lines, text = flow_of(few=True), text_of(few=True)
    assert "< 5 patients with a score" in lines
    assert "\N{EN DASH} patients without a score:" in lines
    assert "21 patients without a score:" not in lines
    assert "< 5 of 24 patients of Control" in text
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
        r"An adverse event was recorded for [\d.]+%, 95% CI \[.*?\], in Control, and",
        text_of(smallest=0),
    )


def test_the_flow_counts_scores_of_people_in_the_data() -> None:
    assert "Randomized, in the data" in flow_of()
    assert "people who are not in the data, randomized or not, are not counted." in text_of()
