"""Structural equation models: what documents, tables and figures say."""

import functools
import re
from typing import Any

import pandas as pd
import pytest
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text
from tests.unit.analyses.structural_plans import (
    INSTRUMENTS,
    SECTIONS,
    TEXT,
    cohort_of,
    invariance_of,
    measures_of,
    responses_of,
    statistics_of,
    study_of,
)
from tests.unit.documents.conftest import SmallStudy
from tests.unit.documents.plan_documents import declared, document_text, printed_and_tables
from tests.unit.documents.test_manuscript import SETTINGS
from tests.unit.documents.words import as_words

from attune.analyses.kinds import KINDS
from attune.analyses.registry import FIGURE_KINDS
from attune.documents.figures import FigureContext, draw_figure
from attune.documents.manuscript import render_template
from attune.specs.errors import AttuneError
from attune.specs.study import Study

TABLES = {
    "paths": ("structural_paths", "chain"),
    "rest": ("structural_parameters", "chain"),
    "fit": ("structural_fit", "chain"),
    "moments": ("structural_covariances", "chain"),
    "hints": ("structural_hints", "factor"),
    "factor": ("structural_paths", "factor"),
    "panel": ("structural_paths", "panel"),
    "steps": ("invariance", "over_time"),
    "items": ("invariance_items", "over_time"),
    "arms": ("invariance", "in_arms"),
}
FIGURES = {name: ("path_diagram", name) for name in ("chain", "factor", "panel")}
FIGURES |= {"items_over_time": ("invariance_items", "over_time")}
CHOICES = {"fit_structural_models": {"interval": 0.95, "power": 0.8},
           "test_invariance": {"interval": 0.95}}  # fmt: skip


def plan(document: str, **sections: Any) -> Study:
    figures = declared(FIGURES, document, alt="A figure")
    return study_of(declared(TABLES, document), figures, **sections)


@functools.cache
def store() -> pd.DataFrame:
    return pd.concat([statistics_of(), invariance_of()], ignore_index=True)


def tables_of(rows: pd.DataFrame, study: Study, smallest: int = 0) -> tuple[Any, Any]:
    return printed_and_tables(rows, study, cohort_of(), INSTRUMENTS, smallest)


def text_of(kind: str = "manuscript", rows: pd.DataFrame | None = None, **sections: Any) -> str:
    """All that the models add to a document, as a reader sees its numbers."""
    study = plan(kind, **sections)
    made = tables_of(store() if rows is None else rows, study)
    rest = ["{{ refer(parts(rest=true)) }}", "{{ place(parts(rest=true)) }}"]
    words = document_text(kind, study, cohort_of(), INSTRUMENTS, made, CHOICES, rest)
    return " ".join(words.split())


@pytest.fixture(scope="module")
def manuscript() -> str:
    return text_of()


class TestSentences:
    """What the text says, and that it follows the numbers."""

    def test_methods(self, manuscript: str) -> None:
        for words in (
            "a structural equation model of two levels [@preacher2010]",
            "a random-intercept cross-lagged panel model [@hamaker2015]",
            "robust standard errors that allow for the clustering of patients within therapists",
            "based on Monte Carlo draws of the paths [@preacher2012]",
            "predictors are random variables with means and variances of their own",
            "was examined by confirmatory factor models with one factor: the same four items"
            " at before and after (configural), then with equal loadings (metric), then also with"
            " equal intercepts (scalar), and finally also with equal residual variances (strict).",
            "the CFI falls by no more than 0.010 [@cheung2002]",
            "Answers are treated as continuous",
            "presupposes the direction of its paths",
        ):
            assert words in manuscript, words

    def test_paths_and_the_indirect_effect(self, manuscript: str) -> None:
        for words in (
            "The model rests on 150 patients of 60 therapists.",
            "Between therapists, training goes with a more positive change of mindfulness,"
            " *b* = 6.979",
            "the data do not show a path from bond (after) to depression (after)",
            "The indirect effect of training on depression (after) through change of mindfulness,"
            " agreement on tasks (after), and bond (after)",
            "its interval includes zero, so that the data do not show it.",
            "The indirect effect of training on agreement on tasks (after) through change of"
            " mindfulness is *ab* = 1.257",
            "Between therapists, each link of this chain is significant by itself.",
            "from bond (after) to depression (after) is not.",
            "Without the training, the model fits significantly worse, Δχ^2^(1) = 13.98",
            "With fewer than one hundred therapists",
        ):
            assert words in manuscript, words

    def test_who_was_left_out_and_why(self) -> None:
        """Three patients return nothing after the first occasion; all scores are changes."""
        data = measures_of()
        gone = data["dyad"].isin(data["dyad"].unique()[:3]) & (data["occasion"] != "before")
        data.loc[gone, ["bond", "task", "symptoms"]] = float("nan")
        changes = {
            f"{name}_change": {"change": [f"{name}_2", f"{name}_1"]} for name in ("bond", "task")
        }
        parts = {
            f"{name}_{place}": {"measure": name, "occasion": occasion}
            for name in ("bond", "task")
            for place, occasion in ((1, "before"), (2, "after"))
        }
        chain = {
            "title": "Changes",
            "model": "bond_change ~ task_change",
            "variables": changes | parts,
            "dataset": "available",
            "reason": "For this test.",
        }
        models = SECTIONS["structural_models"] | {"chain": chain}
        study = plan("manuscript", structural_models=models)
        rows = pd.concat([statistics_of(data, study), invariance_of()], ignore_index=True)
        said = TestSentences.said_of_left_out(rows, models)
        assert "; 3 patients without any of its scores after before were left out." in said
        assert "so that patients with some of the change scores count" in said
        rows.loc[rows["id"] == "chain.model_silent", "estimate"] = 2.0
        said = TestSentences.said_of_left_out(rows, models)
        assert "; 3 without any change score were left out." in said

    @staticmethod
    def said_of_left_out(rows: pd.DataFrame, models: dict[str, Any]) -> str:
        study = plan("manuscript", structural_models=models)
        study = study.model_copy(update={"tables": {}, "figures": {}})
        printed = tables_of(rows, study)[0]
        template = (
            '{% import "analyses/structural_models.qmd.j2" as part with context %}{{ header() }}\n'
            "{% for one in facts.analyses.structural_models.values() if one.id == 'chain' %}"
            "{{ part.test_of(one) }}\n{{ part.size_of(one) }}{% endfor %}"
        )
        words = as_words(
            render_template(
                template, "manuscript", study, cohort_of(), INSTRUMENTS, printed, {},
                SETTINGS | CHOICES, shared=SmallStudy().shared_templates(),
            )
        )  # fmt: skip
        return " ".join(words.split())

    def test_an_abstract_names_the_occasions_that_were_compared(self) -> None:
        rows = store().copy()
        rows.loc[rows["id"] == "over_time.metric.difference_chi_square", "p_two_tailed"] = 0.026
        said = text_of(rows=rows)
        assert "the data reject equal loadings at before and after, Δχ^2^" in said
        assert "same four items at before and after (configural)" in said

    def test_a_flaw_of_the_solution_is_said_and_named(self, manuscript: str) -> None:
        assert "Its solution has a flaw, which the note of its table names" in manuscript
        assert "A variance is estimated below zero (a Heywood case)" in manuscript

    def test_a_larger_model_of_the_plan_that_fits_better_is_named(self) -> None:
        small = SECTIONS["structural_models"]["chain"] | {
            "title": "A Small Chain",
            "model": TEXT.replace("skills ~ a*training", "skills ~~ skills"),
            "comparisons": {},
        }
        small["model"] = small["model"].replace("indirect := a*b*c*d", "indirect := b*c*d")
        small["model"] = small["model"].replace("first_part := a*b", "")
        models = SECTIONS["structural_models"] | {"small": small}
        larger = models["chain"]["model"].replace("skills ~ a", "skills ~~ skills\n  skills ~ a")
        models["chain"] = models["chain"] | {"model": larger}
        copy = store()[store()["id"].str.startswith("chain.")].copy()
        copy["id"] = "small." + copy["id"].str.removeprefix("chain.")
        rows = pd.concat([store(), copy], ignore_index=True)
        better = (
            "The declared model that adds a path from training to change of mindfulness"
            " fits better, Δχ^2^(1) = 13.98"
        )
        found = text_of("supplement", rows=rows, structural_models=models)
        assert found.count(better) == 1
        assert "; in it, the indirect effect of training on depression (after)" in found
        weaker = rows.copy()
        weaker.loc[weaker["id"] == "chain.no_training.nested_chi_square", "p_two_tailed"] = 0.3
        found = text_of("supplement", rows=weaker, structural_models=models)
        assert "does not fit significantly better, Δχ^2^(1) = 13.98" in found
        assert "The declared model" not in text_of("supplement")

    def test_power_is_of_paths_that_were_not_found(self) -> None:
        found = text_of()
        assert "would find a path from bond (after) to depression (after) of at least" in found
        assert "a path between therapists that is not significant is not evidence" in found
        rows = store().copy()
        rows.loc[rows["id"].str.match(r"chain\.between\..*path_z"), "p_two_tailed"] = 0.001
        found = text_of(rows=rows)
        assert "to depression (after) of at least" not in found
        assert "is not evidence that there is none" not in found
        assert "The smallest path from training to change of mindfulness that this study" in found

    def test_what_an_interval_says_is_turned_with_it(self) -> None:
        rows = store().copy()
        chosen = rows["id"] == "chain.indirect.defined_effect"
        rows.loc[chosen, "ci_high"] = -0.1
        assert "95% CI [−1.889, −0.100]: its interval excludes zero." in text_of(rows=rows)
        rejected = rows["id"] == "chain.model_chi_square"
        rows.loc[rejected, "p_two_tailed"] = 0.001
        said = text_of(rows=rows)
        assert "excludes zero, but in a model whose restrictions the data reject." in said
        assert "The model is rejected" in said

    def test_lagged_paths(self, manuscript: str) -> None:
        assert (
            "When depression was above a patient's usual level, it was also above that level"
            " at the next occasion" in manuscript
        )
        assert "do not show that a deviation in bond comes before one in depression" in manuscript

    def test_the_supplement_says_the_same(self) -> None:
        words = text_of("supplement")
        assert "**Structural equation models.**" in words
        assert "**Measurement invariance.**" in words
        assert re.search(r"the same \w+ items in \S+ and \S+ at after \(configural\)", words)
        assert "The model rests on 150 patients of 60 therapists." in words

    def test_a_model_that_cannot_be_fitted(self) -> None:
        data = measures_of()
        data.loc[data["occasion"] == "later", "symptoms"] = float("nan")
        rows = pd.concat([statistics_of(data), invariance_of()], ignore_index=True)
        said = text_of(rows=rows)
        assert "as a Factor” could not be fitted: The data cannot carry the model." in said
        assert "has no value in any row" in said

    @pytest.mark.parametrize(
        ("p", "rule", "words"),
        [
            (0.4, 1.0, "Thus, there is no evidence against reading a change score on this scale"),
            (0.001, 0.0, "So a change score on this scale cannot be read as nothing but a"
             " change in what it measures: part of it may lie in how the items are answered,"
             " although relations with other measures can be compared."),
            (0.001, 1.0, "So the test and the rule disagree, and a change score on this scale is to"
             " be read with caution"),
        ],
    )  # fmt: skip
    def test_what_invariance_means(self, p: float, rule: float, words: str) -> None:
        rows = store().copy()
        rows.loc[rows["id"] == "over_time.scalar.difference_chi_square", "p_two_tailed"] = p
        rows.loc[rows["id"] == "over_time.scalar.cheung_rule", "estimate"] = rule
        assert words in text_of(rows=rows)

    def test_a_step_that_cannot_be_taken(self) -> None:
        answers = responses_of(measures_of())
        rows = pd.concat(
            [statistics_of(), invariance_of(answers[answers["occasion"] != "after"])],
            ignore_index=True,
        )
        said = text_of(rows=rows)
        assert "The test “Invariance of the Bond Over Time” could not be carried out" in said
        assert "not significantly worse" not in said.partition("## From Training")[0]


class TestTables:
    """Rows and notes."""

    def made(self) -> dict[str, Any]:
        return tables_of(store(), plan("manuscript"))[1]

    def test_paths_in_the_order_of_the_text(self) -> None:
        rows = [row.label.to_plain() for row in self.made()["paths"].rows]
        assert rows[0] == "Bond (after) ← Agreement on tasks (after)"
        assert rows[3] == "Change of mindfulness ← Training"
        assert rows[-2:] == ["Indirect", "First part"]

    def test_defined_effects_have_p_only_by_the_delta_method(self) -> None:
        rows = {row.label.to_plain(): row for row in self.made()["paths"].rows}
        assert rows["Indirect"].cells["p"].to_plain() == ""
        assert rows["Change of mindfulness ← Training"].cells["p"].to_plain() == "< .001"

    def test_moments_of_both_levels(self) -> None:
        made = self.made()["moments"]
        groups = {str(row.group) for row in made.rows}
        assert groups == {"Within therapists", "Between therapists"}
        assert {row.cells["n"].to_plain() for row in made.rows} == {"150", "60"}
        assert "equally many patients. Otherwise they give an approximation" in made.note
        assert "a model of one level" not in made.note

    def test_notes_name_estimator_and_interval(self) -> None:
        note = self.made()["paths"].note
        assert "fixed.x = false" in note and "observed information" in note
        assert "Monte Carlo draws" in note
        assert "robust standard errors" in self.made()["factor"].note
        assert "scaled difference of Satorra and Bentler" in self.made()["steps"].note
        assert "plain likelihood ratios" in self.made()["arms"].note

    def test_the_power_of_a_path_is_a_number(self) -> None:
        note = self.made()["paths"].note
        assert "would find with a power of [80%]{.choice" in note
        assert "config.yaml" not in note

    def test_a_sentence_about_all_analyses_is_said_once(self) -> None:
        two = plan("manuscript").model_copy(
            update={
                "tables": {
                    "steps": plan("manuscript")
                    .tables["steps"]
                    .model_copy(update={"analyses": ["over_time", "in_arms"]})
                }
            }
        )
        note = tables_of(store(), two)[1]["steps"].note
        assert "Invariance of the Bond Over Time: " in note
        assert note.count("correlated residuals of the same item") == 1
        alone = self.made()["steps"].note
        assert "Invariance of the Bond Over Time" not in alone
        assert "One model of all answers" in alone

    def test_items_that_differ(self) -> None:
        rows = pd.concat(
            [statistics_of(), invariance_of(responses_of(measures_of(), shift=1.2))],
            ignore_index=True,
        )
        made = tables_of(rows, plan("manuscript"))[1]["items"]
        labels = [row.label.to_plain() for row in made.rows]
        assert labels[:4] == ["Item 3", "Item 5", "Item 7", "Item 9"]
        assert "Item 3, intercept, after" in labels[4:]


def test_tests_that_differ_in_their_scale_alone_share_a_paragraph() -> None:
    invariance = SECTIONS["invariance"]
    again = {"again": invariance["over_time"] | {"title": "The Same Once More"}}
    copy = store()[store()["id"].str.startswith("over_time.")].copy()
    copy["id"] = "again." + copy["id"].str.removeprefix("over_time.")
    copy["analysis"] = "again"
    rows = pd.concat([store(), copy], ignore_index=True)
    text = text_of("supplement", rows=rows, invariance=invariance | again)
    words = "Invariance was examined by confirmatory factor models"
    assert text.count(words) == text_of("supplement").count(words)
    assert "and The Same Once More.**" in text
    assert "the same four items each" in text
    rows.loc[rows["id"] == "again.invariance_items", "estimate"] = 5
    text = text_of("supplement", rows=rows, invariance=invariance | again)
    assert "the same four and five items, respectively," in text


@pytest.mark.parametrize(
    ("name", "words", "absent"),
    [
        ("chain", "Boxes are observed variables, ellipses parts between therapists.", "factors"),
        ("factor", "Boxes are observed variables, ellipses factors.", "between therapists"),
        ("panel", "Ellipses are stable levels and the deviations from them.", "Boxes"),
    ],
)
def test_the_note_of_a_diagram_explains_what_it_holds(name: str, words: str, absent: str) -> None:
    study = plan("manuscript")
    note = FIGURE_KINDS["path_diagram"].further(study.figures[name], study, {}.get)
    assert note.startswith(words)
    assert absent not in note
    assert ("curves are covariances" in note) == (name == "panel")


def figure_of(name: str, rows: pd.DataFrame, **sections: Any) -> Any:
    study = plan("manuscript", **sections)
    data = measures_of()
    context = FigureContext(
        study=study,
        cohort=cohort_of(),
        instruments=INSTRUMENTS,
        responses=pd.DataFrame(),
        measures=data,
        gains=pd.DataFrame(columns=["outcome", "imputation"]),
        statistics=rows,
        kinds=KINDS,
        intervals={"fit_structural_models.interval": 0.95, "test_invariance.interval": 0.95},
    )
    return draw_figure(study.figures[name], context)


class TestFigures:
    """Path diagrams: lines, coefficients and boxes."""

    @pytest.mark.parametrize(("name", "panels", "lines"), [("chain", 2, 7), ("factor", 1, 4),
                                                           ("panel", 1, 17)])  # fmt: skip
    def test_lines_of_every_model(self, name: str, panels: int, lines: int) -> None:
        figure = figure_of(name, store())
        assert len(figure.axes) == panels
        assert len(figure.findobj(FancyArrowPatch)) == lines
        figure.draw_without_rendering()
        words = [one.get_text() for one in figure.findobj(Text) if one.get_text()]
        assert "Synthetic data" in words

    def test_dashed_lines_are_not_significant(self) -> None:
        dashed = [one for one in figure_of("chain", store()).findobj(FancyArrowPatch)
                  if one.get_linestyle() != "solid" and one.get_linestyle() != "-"]  # fmt: skip
        assert len(dashed) == 2
        rows = store().copy()
        rows.loc[rows["statistic"] == "path_z", "p_two_tailed"] = 0.5
        every = figure_of("chain", rows).findobj(FancyArrowPatch)
        assert all(one.get_linestyle() not in ("solid", "-") for one in every)

    def test_coefficients_are_the_printed_ones(self) -> None:
        words = " ".join(one.get_text() for one in figure_of("chain", store()).findobj(Text))
        assert "6.979**\n(0.46)" in words and "0.663** (0.66)" in words

    def test_no_label_hides_a_variable(self) -> None:
        """Labels of lines lie outside of all boxes."""
        for name in FIGURES:
            figure = figure_of(name, store())
            figure.draw_without_rendering()
            for axes in figure.axes:
                boxes = [p.get_window_extent() for p in axes.patches
                         if not isinstance(p, FancyArrowPatch)]  # fmt: skip
                for text in axes.texts:
                    x, y = text.get_position()
                    centre = axes.transData.transform((x, y))
                    on_line = text.get_bbox_patch() is not None
                    if on_line:
                        assert not any(box.contains(*centre) for box in boxes), text.get_text()

    def test_items_of_each_set_are_where_the_statistics_are(self) -> None:
        rows = store().set_index("id")
        figure = figure_of("items_over_time", store())
        assert len(figure.axes) == 2
        for axes, statistic in zip(figure.axes, ("item_loading", "item_intercept"), strict=True):
            named = {line.get_label(): line for line in axes.lines if line.get_marker() != "None"}
            assert list(named) == ["Before", "After"] or list(named) == ["before", "after"]
            for code, line in zip(("before", "after"), named.values(), strict=True):
                ids = [f"over_time.{code}.{item}.{statistic}" for item in (3, 5, 7, 9)]
                assert list(line.get_xdata()) == rows.loc[ids, "estimate"].tolist()
            ends = sorted(tuple(line.get_xdata()) for line in axes.lines
                          if line.get_marker() == "None")  # fmt: skip
            own = rows[rows["statistic"] == statistic]
            own = own[own.index.str.startswith("over_time.")]
            assert ends == sorted(zip(own["ci_low"], own["ci_high"], strict=True))

    def test_items_of_a_model_that_was_not_fitted(self) -> None:
        answers = responses_of(measures_of())
        rows = pd.concat(
            [statistics_of(), invariance_of(answers[answers["occasion"] != "after"])],
            ignore_index=True,
        )
        with pytest.raises(AttuneError, match="has no loadings"):
            figure_of("items_over_time", rows)

    def test_a_model_that_was_not_fitted_has_no_coefficients(self) -> None:
        data = measures_of()
        data.loc[data["occasion"] == "later", "symptoms"] = float("nan")
        rows = pd.concat([statistics_of(data), invariance_of()], ignore_index=True)
        words = [one.get_text() for one in figure_of("factor", rows).findobj(Text)]
        assert words.count("?") >= 3

    def test_groups_have_panels_and_rows_of_their_own(self) -> None:
        keys = {"group": "condition", "cluster": "none", "standard_errors": "observed"}
        study = plan("manuscript", factor=keys)
        rows = pd.concat([statistics_of(study=study), invariance_of()], ignore_index=True)
        figure = figure_of("factor", rows, factor=keys)
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["Diary", "Training"]
        groups = {str(row.group) for row in tables_of(rows, study)[1]["factor"].rows}
        assert groups == {"Diary", "Training"}
        assert "The paths of each group are in the table." in text_of(rows=rows, factor=keys)
