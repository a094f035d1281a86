"""Congruence, sudden gains and models of both partners: what documents, tables and figures say."""

import dataclasses
import functools
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest
from matplotlib.text import Text
from tests.unit.analyses.dyad_plans import (
    INSTRUMENTS,
    cohort_of,
    gains_of,
    measures_of,
    statistics_of,
    study_of,
)
from tests.unit.documents.conftest import SmallStudy
from tests.unit.documents.plan_documents import (
    SLOTS,
    Kinds,
    declared,
    document_text,
    printed_and_tables,
)
from tests.unit.documents.test_manuscript import SETTINGS

from attune.analyses.kinds import KINDS
from attune.documents.figures import FigureContext, draw_figure
from attune.documents.manuscript import render_template
from attune.printing.printed_statistics import printed_statistics
from attune.specs.study import Study
from attune.store.small_cells import hidden_statistics
from attune.store.statistic_rows import statistics_frame

TABLES = {
    "surface": ("response_surface", "agreement"),
    "truth": ("truth_and_bias", "agreement"),
    "gains": ("sudden_gains", "sudden"),
    "early": ("early_response", "sudden"),
    "many": ("one_with_many", "many"),
    "pair": ("actor_partner", "pair"),
}
FIGURES = {
    "surface": ("response_surface", "agreement"),
    "gains": ("sudden_gains", "sudden"),
    "shares": ("variance_shares", "many"),
}
CHOICES = {"compare_ratings": {"interval": 0.95}, "compare_partners": {"interval": 0.95}}


def plan(document: str, kinds: Kinds = FIGURES, **sections: Any) -> Study:
    figures = declared(kinds, document, alt="A figure")
    return study_of(declared(TABLES, document), figures, **sections)


@functools.cache
def store() -> pd.DataFrame:
    return statistics_of()


def document(
    kind: str,
    rows: pd.DataFrame | None = None,
    smallest: int = 0,
    figures: Kinds = FIGURES,
    labels: Mapping[str, str] = MappingProxyType({}),
    **sections: Any,
) -> str:
    """All that the three analyses add to a document, as a reader sees its numbers."""
    study, cohort = plan(kind, figures, **sections), cohort_of()
    named = {
        name: study.measures[name].model_copy(update={"label": labels[name]}) for name in labels
    }
    study = study.model_copy(update={"measures": {**study.measures, **named}})
    rows = store() if rows is None else rows
    made = printed_and_tables(rows, study, cohort, INSTRUMENTS, smallest)
    rest = ["{{ refer(parts(rest=true)) }}", "{{ place(parts(rest=true)) }}"]
    return document_text(kind, study, cohort, INSTRUMENTS, made, CHOICES, rest)


def text_of(kind: str = "manuscript", **keys: Any) -> str:
    return " ".join(document(kind, **keys).split())


@pytest.fixture(scope="module")
def manuscript() -> str:
    return text_of()


def test_every_analysis_has_methods_results_and_cautions(manuscript: str) -> None:
    for words in (
        "Agreement was analyzed by a second-order polynomial regression",
        "with both ratings as deviations from the mean of all ratings of both raters",
        "and with age as further predictor",
        "the valley of the surface does not differ from the line of congruence",
        "A sudden gain in depression is an improvement between two sessions",
        "at least 7.0 points large",
        "at least 25.0% of the score before it",
        "Early response is an improvement by 25.0% or more of the first score by session 4",
        "Both reports were analyzed by the one-with-many design",
        "Both partners were analyzed by the actor-partner interdependence model",
        "Agreement of two raters was observed, not assigned",
        "Sudden gains are found in the scores themselves",
        "What one partner reports was observed together with what the other reports",
    ):
        assert words in manuscript, words
    assert "[95% CI]{.stat" not in manuscript


def test_the_occasion_of_a_rating_is_read_with_its_preposition() -> None:
    ratings = {"early_p": "Patient's alliance, session 1", "early_t": "Therapist's, session 1"}
    text = text_of("supplement", labels=ratings | {"bdi_post": "Depression, session 8"})
    words = "regression on patient’s alliance at session 1 and therapist’s at session 1 and its"
    assert words in text
    assert "hold: depression at session 8 is lower where both raters agree" in text
    assert "Therapist’s at session 1 was compared with patient’s alliance at session 1" in text
    assert "and not to therapist’s at session 1 (partner effect)" in text


def test_numbers_stand_in_sentences(manuscript: str) -> None:
    assert "39 of 80 patients examined (48.8%), with 39 gains in all, of which 0 were" in manuscript
    assert "No patient had a sudden loss in depression, of 80" in manuscript
    assert "17 of 80 patients (21.3%)" in manuscript
    assert "rests on 80 dyads (80 with both reports) of 20 therapists" in manuscript
    assert "the share of variance between therapists is .24, 95% CI [.03, .50]" in manuscript
    assert "do not give significantly higher or lower ratings themselves" in manuscript
    assert "was significantly related to early alliance, patient (actor effect)" in manuscript
    assert "cannot be told apart" in manuscript


def test_the_supplement_says_the_same() -> None:
    words = text_of("supplement")
    assert "**Congruence of two raters.**" in words
    assert "**Sudden gains and early response.**" in words
    assert "**Models of both partners.**" in words
    assert "39 of 80 patients examined" in words


@pytest.mark.parametrize(
    ("broad", "strict", "words"),
    [
        (1.0, 1.0, "is lower where both raters agree, whatever the level on which they agree"),
        (1.0, 0.0, "is lower where both raters agree, and it also depends on the level"),
        (0.0, 0.0, "do not all hold: the data do not show that"),
        (None, None, "cannot be decided, since not all conditions"),
    ],
)
def test_what_the_congruence_test_found(broad: Any, strict: Any, words: str) -> None:
    rows = store().copy()
    for name, value in (("broad", broad), ("strict", strict)):
        chosen = rows["id"] == f"agreement.bdi_post.congruence_{name}"
        rows.loc[chosen, "estimate"] = value
        rows.loc[chosen, "reason"] = "p10 cannot be evaluated." if value is None else None
    found = text_of(rows=rows)
    assert words in found
    assert ("which small samples meet easily" in found) == (broad != 0.0)


def test_small_samples_are_named_where_no_effect_was_found() -> None:
    assert "With fewer than one hundred dyads, products and squares" in text_of()


def test_what_cannot_be_estimated_gives_its_reason() -> None:
    few = measures_of(1, 4)
    few["early_p"] = 60.0
    found = text_of(rows=statistics_of(few))
    assert "is not reported: A response surface with 7 coefficients needs at least 8" in found
    assert "is not divided: A variance between therapists needs at least 2" in found
    assert "are not reported: An actor-partner model with 3 coefficients" in found
    assert "does not differ significantly" not in found


def test_a_study_without_them_has_no_words_of_them() -> None:
    study = study_of(congruence={}, sudden_gains={}, partners={})
    template = "".join(
        f'{{% import "analyses/{name}.qmd.j2" as part with context %}}{{{{ part.{slot}() }}}}'
        for name in ("congruence", "sudden_gains", "partners")
        for slot in SLOTS
    )
    rows = statistics_frame([])
    words = render_template(
        template, "manuscript", study, cohort_of(), INSTRUMENTS,
        printed_statistics(rows, KINDS, 0.05), {}, SETTINGS | CHOICES,
        shared=SmallStudy().shared_templates(),
    )  # fmt: skip
    assert words.strip() == ""


def with_few_gains() -> pd.DataFrame:
    """Three patients of eighty have a sudden gain."""
    data = measures_of()
    for place, (_, one) in enumerate(data.groupby("dyad")):
        if place >= 3:
            data.loc[one.index, "bdi"] = one["bdi"].iloc[:3].mean()
        else:
            data.loc[one.index, "bdi"] = [30.0, 31, 30, 15, 14, 15, 14, 15]
    return statistics_of(data)


def test_a_small_number_of_gains_cannot_be_told() -> None:
    rows = with_few_gains()
    assert rows.set_index("id").loc["sudden.bdi.gains.with.gain_patients", "estimate"] == 3
    hidden = hidden_statistics(rows, KINDS, 5)
    prefix = "sudden.bdi.gains."
    for name in (
        "with.gain_patients",
        "with.gain_percent",
        "without.gain_patients",
        "without.gain_percent",
        "all.gain_events",
        "all.several_gains",
        "outcome.kept.reversal_events",
        "gain_magnitude",
        "gain_magnitude_sd",
        "course.before_1.course_mean",
    ):
        assert prefix + name in hidden, name
    found = text_of(rows=rows, smallest=5)
    assert "How many patients had sudden gains in depression is not shown: fewer than 5" in found
    assert "their mean size" not in found


def context(rows: pd.DataFrame, data: pd.DataFrame, smallest: int = 0) -> FigureContext:
    return FigureContext(
        study=plan("manuscript"),
        cohort=cohort_of(),
        instruments=INSTRUMENTS,
        responses=pd.DataFrame(),
        measures=data,
        gains=gains_of(data),
        statistics=rows,
        kinds=KINDS,
        intervals={"compare_partners.interval": 0.95},
        smallest=smallest,
    )


def drawn(name: str, made: FigureContext) -> tuple[Any, list[str]]:
    figure = draw_figure(made.study.figures[name], made)
    figure.draw_without_rendering()
    words = [found.get_text() for found in figure.findobj(Text) if found.get_text()]
    return figure, words


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_drawn_and_name_nobody(name: str) -> None:
    figure, words = drawn(name, context(store(), measures_of()))
    assert "Synthetic data" in words
    assert not any(re.search(r"\d_\d|\bt\d", text) for text in words)
    width, height = figure.get_size_inches()
    assert width <= 6.5 and height < 9


def test_the_surface_has_one_point_per_dyad_and_both_lines() -> None:
    figure, _ = drawn("surface", context(store(), measures_of()))
    panel = figure.axes[0]
    points = [one for one in panel.collections if len(one.get_offsets()) == 80]
    assert len(points) == 1
    dashes = {line.get_linestyle() for line in panel.get_lines()}
    assert dashes == {"-", "--"}


def test_the_predicted_outcome_is_masked_where_nobody_is() -> None:
    from attune.analyses.congruence.figures import _in_hull

    points = pd.DataFrame({"x": [0.0, 2, 2, 0, 1], "y": [0.0, 0, 2, 2, 1]}).to_numpy()
    places = pd.DataFrame({"x": [1.0, 2, 3, -0.1], "y": [1.0, 1, 1, 1]}).to_numpy()
    assert _in_hull(points, places).tolist() == [True, True, False, False]


def test_few_dyads_are_not_drawn() -> None:
    data = measures_of(1, 4)
    rows = statistics_of(data)
    figure, words = drawn("surface", context(rows, data, smallest=5))
    assert any("not shown: fewer than 5" in text for text in words)
    assert not any(len(one.get_offsets()) == 4 for one in figure.axes[0].collections)


def test_the_course_of_few_gains_is_not_drawn() -> None:
    made = context(with_few_gains(), measures_of(), smallest=5)
    _, words = drawn("gains", made)
    assert any(text.startswith("not shown") for text in words)
    shown, _ = drawn("gains", dataclasses.replace(made, smallest=0))
    assert len(shown.axes[0].get_lines()) > 0
