import dataclasses
import io
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from tests.unit.intake.small_cohort import MOOD_OF_FOUR

from attune.analyses.correlations.figures import regression_band
from attune.analyses.gains.figures import MOST_LINES, mean_interval
from attune.analyses.kinds import KINDS
from attune.analyses.sample.figures import missing_shares
from attune.analyses.study import StudyFile
from attune.documents.figures import FigureContext, draw_figure, draw_figures
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study
from attune.store.contracts import item_column
from attune.store.statistic_rows import statistic_row, statistics_frame

N = 12
MOOD = MOOD_OF_FOUR.model_copy(update={"abbreviation": "MOOD-4"})


def mood(occasion: str) -> dict[str, str]:
    return {
        "label": f"Total, {occasion}",
        "instrument": "mood",
        "scale": "total",
        "rater": "patient",
        "occasion": occasion,
    }


def declared(kind: str, **keys: object) -> dict[str, object]:
    return {"document": "manuscript", "kind": kind, "title": kind, "alt": kind} | keys


FIGURES = {
    "scatter": declared("scatter", analyses=["main"]),
    "heatmap": declared("heatmap"),
    "prepost": declared("prepost"),
    "missingness": declared("missingness"),
    "forest": declared("forest", analyses=["main"]),
}


def study(figures: dict[str, Any] | None = None) -> Study:
    content = {
        "study": "toy",
        "title": "Toy",
        "authors": ["Nobody"],
        "template": "toy",
        "measures": {
            "skill": {"label": "Skill in $", "variable": "skill"},
            "luck": {"label": "Luck", "variable": "luck"},
            "before": mood("intake"),
            "after": mood("termination"),
        },
        "imputation": {"method": "series_mean"},
        "outcomes": {"gain": {"label": "Mood", "pretest": "before", "posttest": "after"}},
        "correlations": {
            "main": {
                "title": "Skill, luck and gain",
                "x": ["skill", "luck"],
                "y": ["gain"],
                "dataset": "imputed",
                "test": "residual_gain",
            }
        },
        "figures": FIGURES if figures is None else figures,
    }
    return read_as(StudyFile, content, "toy.yaml")


def cohort(synthetic: bool = True) -> Cohort:
    return read_as(
        Cohort,
        {
            "cohort": "toy",
            "title": "Toy",
            "study": "toy",
            "synthetic": synthetic,
            "synthetic_notice": "Synthetic." if synthetic else "",
            "source": "test",
            "licence": "none",
            "files": {"sheet": {"path": "sample.csv", "dyad": "dyad"}},
            "sample": {
                "file": "sheet",
                "therapist": "therapist",
                "patient": "patient",
                "variables": {
                    "skill": {"column": "skill", "label": "Skill", "unit": "points"},
                    "luck": {"column": "luck", "label": "Luck"},
                },
            },
            "questionnaires": [
                {
                    "instrument": "mood",
                    "rater": "patient",
                    "occasion": occasion,
                    "file": "sheet",
                    "columns": "m{item}",
                }
                for occasion in ("intake", "termination")
            ],
        },
        "cohort.yaml",
    )


def measures(n: int) -> pd.DataFrame:
    skill = np.arange(n, dtype=float)
    after = 3 + skill % 5
    frame = pd.DataFrame(
        {
            "dyad": [f"secret{number:03d}" for number in range(n)],
            "skill": skill,
            "luck": np.cos(skill),
            "before": 4 + skill % 7,
            "after": after,
            "imputed_before": False,
            "imputed_after": False,
        }
    )
    observed = frame.assign(imputation=0)
    observed.loc[0, "after"] = np.nan
    completed = frame.assign(imputation=1)
    completed.loc[0, "imputed_after"] = True
    return pd.concat([observed, completed], ignore_index=True)


def gains(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "dyad": table["dyad"],
            "outcome": "gain",
            "imputation": table["imputation"],
            "pretest": table["before"],
            "posttest": table["after"],
            "residual_gain": table["after"] - table["before"].mean(),
        }
    )


def responses(n: int) -> pd.DataFrame:
    """Everyone at intake, dyad 1 without one item; nobody but dyad 0 at termination."""
    key = {"instrument": "mood", "rater": "patient", "state": ""}
    answers = {item_column(item): 1.0 for item in range(1, 5)}
    rows = [
        key | answers | {"dyad": f"secret{number:03d}", "occasion": "intake"} for number in range(n)
    ]
    rows[1][item_column(2)] = float("nan")
    rows.append(key | answers | {"dyad": "secret000", "occasion": "termination"})
    return pd.DataFrame(rows)


def statistics() -> pd.DataFrame:
    interval = {"ci_low": 0.1234, "ci_high": 0.8, "ci_level": 0.95}
    rows = [
        statistic_row("main", ["skill", "gain"], "pearson_r", 0.4561, n=12, **interval),
        statistic_row("main", ["luck", "gain"], "pearson_r", None, reason="luck is constant"),
        statistic_row("missingness", ["mood", "patient", "intake"], "missing_percent", 2.0833),
    ]
    return statistics_frame(rows)


def context(n: int = N, synthetic: bool = True, figures: Any = None) -> FigureContext:
    table = measures(n)
    return FigureContext(
        study=study(figures),
        cohort=cohort(synthetic),
        instruments={"mood": MOOD},
        responses=responses(n),
        measures=table,
        gains=gains(table),
        statistics=statistics(),
        kinds=KINDS,
        intervals={"correlate_measures.interval": 0.95, "compute_residual_gains.interval": 0.95},
    )


def drawn(kind: str, **keys: Any) -> Figure:
    made = context(**keys)
    return draw_figure(made.study.figures[kind], made)


def texts(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    found = figure.findobj(Text)
    return [text.get_text() for text in found if isinstance(text, Text) and text.get_text()]


def png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=60, format="png", metadata={"Software": None})
    return buffer.getvalue()


@pytest.mark.parametrize("kind", FIGURES)
def test_same_input_gives_the_same_bytes(kind: str) -> None:
    assert png(drawn(kind)) == png(drawn(kind))


@pytest.mark.parametrize("kind", FIGURES)
@pytest.mark.parametrize("n", [N, MOST_LINES + 50])
def test_no_figure_names_a_dyad_and_all_fit_the_page(kind: str, n: int) -> None:
    figure = drawn(kind, n=n)
    assert not any("secret" in text for text in texts(figure))
    assert figure.get_figwidth() <= 6.5
    assert figure.get_figheight() <= 9


@pytest.mark.parametrize("kind", FIGURES)
def test_synthetic_data_say_so_and_real_data_do_not(kind: str) -> None:
    assert "Synthetic data" in texts(drawn(kind))
    assert "Synthetic data" not in texts(drawn(kind, synthetic=False))


def test_all_figures_come_by_id_and_settings_are_left_alone() -> None:
    before = dict(mpl.rcParams)
    assert list(draw_figures(context())) == list(FIGURES)
    assert dict(mpl.rcParams) == before


def test_scatter_prints_the_stored_statistic_and_units() -> None:
    found = texts(drawn("scatter"))
    assert "$r$ = .456, 95% CI [.123, .800],\n$n$ = 12" in found
    assert "$r$ not defined: luck is constant" in found
    assert r"Skill in \$ (points)" in found
    labels = [text for text in found if text.startswith("Residual gain, Mood\n")]
    assert labels
    assert all(" ".join(text.split()).endswith("lower than predicted)") for text in labels)


def test_points_that_rest_on_a_replaced_score_are_hollow() -> None:
    figure = drawn("scatter")
    solid, hollow = figure.axes[0].collections[:2]
    assert (len(solid.get_offsets()), len(hollow.get_offsets())) == (N - 1, 1)
    assert "a score replaced" in texts(figure)


def test_available_data_leave_the_missing_dyad_out() -> None:
    made = context()
    assert made.values("gain", "available")["value"].notna().sum() == N - 1
    assert made.values("gain", "imputed")["value"].notna().sum() == N


def test_heatmap_prints_every_coefficient() -> None:
    found = texts(drawn("heatmap"))
    assert ".456" in found
    assert "—" in found


def test_forest_prints_estimates_with_their_intervals() -> None:
    found = texts(drawn("forest"))
    assert ".456  [.123, .800]" in found
    assert "Skill, luck and gain" in found
    assert "Correlation with 95% interval" in found


def test_prepost_draws_lines_for_few_and_clouds_for_many() -> None:
    few, many = drawn("prepost"), drawn("prepost", n=MOST_LINES + 50)
    # One line per complete pair, the line of the means, and the error bars' own lines.
    assert len(few.axes[0].lines) > N - 1
    assert len(many.axes[0].lines) < 10
    assert f"$n$ = {N - 1}" in texts(few)
    assert "Total, intake" not in texts(few)
    assert {"Intake", "Termination"} <= set(texts(few))


def test_missing_shares() -> None:
    shares = missing_shares(context(n=3))
    np.testing.assert_allclose(shares, [[0, 0.25, 0], [0, 1, 1]])


def test_missingness_prints_stored_percentages() -> None:
    found = texts(drawn("missingness"))
    assert "2.1%" in found
    assert f"{N} dyads, most complete first" in found


def test_band_is_the_mean_interval_of_least_squares() -> None:
    sm = pytest.importorskip("statsmodels.api")
    generator = np.random.default_rng(3)
    x = generator.normal(size=20)
    y = 0.5 * x + generator.normal(size=20)
    grid, fitted, half_width = regression_band(x, y, 0.9)
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    predicted = fit.get_prediction(sm.add_constant(grid)).summary_frame(alpha=0.1)
    np.testing.assert_allclose(fitted, predicted["mean"], rtol=1e-10)
    np.testing.assert_allclose(fitted + half_width, predicted["mean_ci_upper"], rtol=1e-10)


def test_mean_interval_of_too_few_values_is_undefined() -> None:
    mean, half_width = mean_interval(np.array([2.0]), 0.95)
    assert mean == 2
    assert np.isnan(half_width)


def test_a_constant_measure_has_points_and_no_line() -> None:
    made = context()
    made.measures["skill"] = 5.0
    figure = draw_figure(made.study.figures["scatter"], made)
    assert not figure.axes[0].lines


def test_problems_of_all_figures_are_reported_at_once() -> None:
    figures = {
        "no_analysis": declared("scatter"),
        "stranger": declared("scatter", analyses=["main"], pairs=[["before", "gain"]]),
        "fine": declared("prepost"),
    }
    with pytest.raises(AnalysisError) as caught:
        draw_figures(context(figures=figures))
    assert caught.value.problems == [
        "figures.no_analysis: a scatter figure names one analysis, whose pairs it shows",
        "figures.stranger: the pair before, gain is not part of the analysis main",
    ]


def test_a_statistic_that_does_not_exist_is_named() -> None:
    made = dataclasses.replace(context(), statistics=statistics_frame([]))
    with pytest.raises(AnalysisError, match=r"no statistic main\.skill\.gain\.pearson_r"):
        draw_figures(made)


@pytest.mark.parametrize("kind", ["scatter", "prepost"])
def test_few_people_are_not_drawn(kind: str) -> None:
    """As observed, three of four have both scores: no point, line, mean or number of theirs."""
    figures = FIGURES | {kind: FIGURES[kind] | {"title": "few"}}
    made = dataclasses.replace(context(n=4, figures=figures), smallest=5)
    figure = draw_figure(made.study.figures[kind], made)
    assert "not shown: fewer than 5 dyads" in texts(figure)
    assert not [text for text in texts(figure) if "$n$ =" in text or "$r$ =" in text]
    for axes in figure.axes:
        assert not axes.lines
        assert not axes.collections
    shown = draw_figure(made.study.figures[kind], dataclasses.replace(made, smallest=0))
    assert any(axes.lines or axes.collections for axes in shown.axes)


@pytest.mark.parametrize("kind", ["heatmap", "forest"])
def test_correlations_of_few_people_are_not_printed(kind: str) -> None:
    of_few = statistics().assign(n=4)
    made = dataclasses.replace(context(), statistics=of_few, smallest=5)
    assert ".456" not in " ".join(texts(draw_figure(made.study.figures[kind], made)))
    made = dataclasses.replace(made, smallest=4)
    assert ".456" in " ".join(texts(draw_figure(made.study.figures[kind], made)))


def test_who_answered_a_questionnaire_of_few_is_not_drawn() -> None:
    """One dyad answered at termination; without its row, the drawing would be the same."""
    where = ["mood", "patient", "termination"]
    rows = [
        statistic_row("missingness", where, "n_questionnaires", 1, n=N),
        statistic_row("missingness", where, "missing_percent", 91.7, n=N),
    ]
    made = dataclasses.replace(context(), statistics=statistics_frame(rows), smallest=5)
    figure = draw_figure(made.study.figures["missingness"], made)
    image = figure.axes[0].images[0].get_array()
    assert np.ma.getmaskarray(image)[1].all()
    assert not np.ma.getmaskarray(image)[0].any()
    assert "not shown" in texts(figure)
    assert not [text for text in texts(figure) if "91" in text]
    without = made.responses[made.responses["occasion"] == "intake"]
    same = dataclasses.replace(made, responses=without)
    first, second = (
        draw_figure(entry.study.figures["missingness"], entry) for entry in (made, same)
    )
    assert png(first) == png(second)
