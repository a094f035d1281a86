"""Correlations over occasions of a study: the plan, its statistics, tables, words and draft."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from pydantic import ValidationError
from tests.unit.analyses.dyad_plans import (
    INSTRUMENTS,
    cohort_of,
    measures_of,
    statistics_of,
    study_of,
)
from tests.unit.documents.conftest import SmallStudy
from tests.unit.documents.test_dyad_plans import FIGURES, document

from attune.analyses.analysis import DraftPlan, MeasureValues
from attune.analyses.kinds import KINDS
from attune.analyses.repeated_correlations.declaration import plan_problems
from attune.analyses.repeated_correlations.draft import sections
from attune.analyses.repeated_correlations.estimable import estimable
from attune.analyses.repeated_correlations.estimate import correlate_occasions, pairs_of
from attune.documents.figures import FigureContext, draw_figure
from attune.documents.tables import build_tables, decimals_of_measures
from attune.printing.printed_statistics import printed_statistics
from attune.specs.errors import AnalysisError
from attune.specs.study import Study
from attune.stats.repeated_correlation import within_correlation
from attune.store.small_cells import hidden_statistics

FAMILY = {
    "title": "Alliance and Depression",
    "x": ["wai_p"],
    "y": ["bdi", "wai_t"],
    "dataset": "available",
}


def planned(**keys: Any) -> Study:
    tables = {
        "over_time": {
            "document": "supplement",
            "kind": "repeated_correlations",
            "title": "Over Time",
            "analyses": ["over_time"],
        }
    }
    family: dict[str, Any] = FAMILY | keys
    return study_of(tables, repeated_correlations={"over_time": family})


def rows_of(**keys: Any) -> pd.DataFrame:
    return correlate_occasions(measures_of(), planned(**keys)).set_index("id")


def every_repeated_statistic() -> pd.DataFrame:
    """Statistics of all kinds."""
    return rows_of(direction="negative").reset_index()


def test_each_pair_has_both_levels_and_their_difference() -> None:
    rows = rows_of()
    assert len(rows) == 2 * 9
    prefix = "over_time.wai_p.wai_t"
    slopes = [rows.loc[f"{prefix}.slope_{level}", "estimate"] for level in ("between", "within")]
    found = rows.loc[f"{prefix}.contextual_slope"]
    assert found["estimate"] == pytest.approx(slopes[0] - slopes[1])
    t = rows.loc[f"{prefix}.contextual_slope_t"]
    assert t["estimate"] == pytest.approx(found["estimate"] / found["se"])


def test_numbers_are_those_of_the_formula_on_the_declared_occasions() -> None:
    measures = measures_of()
    occasions = ["session_1", "session_2", "session_5"]
    chosen = measures[(measures["imputation"] == 0) & measures["occasion"].isin(occasions)]
    pairs = pairs_of(chosen, "wai_p", "bdi")
    rows = rows_of(occasions=occasions)
    row = rows.loc["over_time.wai_p.bdi.within_r"]
    assert row["estimate"] == pytest.approx(within_correlation(pairs).r)
    assert rows.loc["over_time.wai_p.bdi.occasions_n", "estimate"] == len(pairs.x)
    assert row["n"] == pairs.n_groups and pd.isna(row["p_one_tailed"])


@pytest.mark.parametrize("level", ["within", "between"])
def test_one_level_alone(level: str) -> None:
    names = rows_of(level=level)["statistic"].unique().tolist()
    assert names == ["occasions_n", f"{level}_r"]


def test_a_direction_gives_a_one_tailed_p() -> None:
    row = rows_of(direction="negative").loc["over_time.wai_p.bdi.between_r"]
    expected = row["p_two_tailed"] / 2
    expected = expected if row["estimate"] < 0 else 1 - expected
    assert (row["p_one_tailed"], row["tail"]) == (pytest.approx(expected), "less")


def test_what_cannot_be_computed_has_a_reason() -> None:
    measures = measures_of()
    few = measures[measures["dyad"].isin(measures["dyad"].unique()[:2])]
    rows = correlate_occasions(few, planned()).set_index("id")
    row = rows.loc["over_time.wai_p.bdi.between_r"]
    assert np.isnan(row["estimate"]) and "needs 4 or more, found 2" in row["reason"]
    assert np.isfinite(rows.loc["over_time.wai_p.bdi.within_r", "estimate"])
    first = correlate_occasions(few[few["occasion"] == "session_1"], planned()).set_index("id")
    assert first["estimate"].drop(first.index[first["statistic"] == "occasions_n"]).isna().all()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"x": ["wai_p", "wai_p"]}, "x names a measure twice"),
        ({"x": ["bdi"]}, "'bdi' is x and y"),
        ({"occasions": ["session_1"]}, "needs two or more; for one, declare `correlations`"),
        ({"level": "all"}, "level"),
        ({"x": ["early_p"]}, "early_p"),
    ],
)
def test_plans_that_ask_for_nothing(keys: dict[str, Any], said: str) -> None:
    with pytest.raises((ValidationError, ValueError)) as raised:
        planned(**keys)
    assert said in str(raised.value)


def test_occasions_must_be_those_of_the_study() -> None:
    [problem] = plan_problems(planned(occasions=["session_1", "never"]), cohort_of())
    assert problem.startswith("repeated_correlations.over_time.occasions: ['never'] are not among")


def test_the_cohort_page_says_what_can_be_computed() -> None:
    measures = measures_of()
    values = MeasureValues({"available": pd.DataFrame()}, measures, pd.DataFrame(), {})
    first, second = estimable(planned(), cohort_of(), values)
    assert first.estimable and first.n == measures["dyad"].nunique()
    absent = MeasureValues(values.datasets, measures, pd.DataFrame(), {"bdi": "no such file"})
    first, second = estimable(planned(), cohort_of(), absent)
    assert "no such file" in first.reason and second.estimable


def test_the_table_prints_both_levels() -> None:
    study, statistics = planned(direction="positive"), every_repeated_statistic()
    hidden = hidden_statistics(statistics, KINDS, 0)
    decimals = decimals_of_measures(study)
    printed = printed_statistics(statistics, KINDS, 0.05, decimals, hidden, 0)
    violations = SmallStudy().violations()
    tables = build_tables(statistics, printed, study, cohort_of(), INSTRUMENTS, violations, hidden)
    table = tables["over_time"]
    assert len(table.rows) == 2
    assert [row.group.to_plain() for row in table.rows if row.group] == [
        "Depression",
        "Alliance rated by therapist",
    ]
    cells = table.rows[0].cells
    assert {"within", "within_p", "between_interval", "context", "context_p"} <= set(cells)
    assert cells["within"].to_plain().lstrip("−-").startswith(".")


def drawn(
    rows: pd.DataFrame, families: dict[str, Any], smallest: int = 0, **figure: Any
) -> tuple[Any, list[str]]:
    """The figure and its words."""
    declared = {"document": "supplement", "kind": "repeated_correlations", "title": "Over Time"}
    figures = {"over_time": declared | {"alt": "A forest plot."} | figure}
    study = study_of({}, figures, repeated_correlations=families)
    made = FigureContext(
        study=study,
        cohort=cohort_of(),
        instruments=INSTRUMENTS,
        responses=pd.DataFrame(),
        measures=measures_of(),
        gains=pd.DataFrame(),
        statistics=rows,
        kinds=KINDS,
        intervals={},
        smallest=smallest,
    )
    found = draw_figure(study.figures["over_time"], made)
    found.draw_without_rendering()
    return found, [one.get_text() for one in found.findobj(Text) if one.get_text()]


def test_the_figure_draws_both_levels_of_each_pair_with_their_intervals() -> None:
    rows = every_repeated_statistic()
    figure, words = drawn(rows, {"over_time": FAMILY}, analyses=["over_time"])
    [axes] = figure.axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels.count("within dyads") == labels.count("between dyads") == 2
    assert "Correlation with 95% interval" in words
    lines = [line.get_xdata() for line in axes.get_lines()]
    for _, row in rows[rows["statistic"].isin(["within_r", "between_r"])].iterrows():
        ends = [row["ci_low"], row["ci_high"]]
        assert [one for one in lines if np.array_equal(one, ends)]
        assert [one for one in lines if np.array_equal(one, [row["estimate"]])]
        place = f"{abs(row['estimate']):.2f}".removeprefix("0")
        assert any(place in text and "[" in text for text in words)
    assert "Alliance and Depression" not in words


def test_the_figure_of_several_families_has_their_titles() -> None:
    families = {"over_time": FAMILY, "within": FAMILY | {"title": "Within", "level": "within"}}
    study = study_of(repeated_correlations=families)
    rows = correlate_occasions(measures_of(), study)
    figure, words = drawn(rows, families)
    assert {"Alliance and Depression", "Within"} <= set(words)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert (labels.count("within dyads"), labels.count("between dyads")) == (4, 2)


def test_the_figure_hides_correlations_of_few_dyads() -> None:
    rows = every_repeated_statistic().assign(n=4)
    figure, words = drawn(rows, {"over_time": FAMILY}, smallest=5)
    assert len(figure.axes[0].get_lines()) == 1 + 4  # zero, and the rule of each row
    assert not any("[" in text for text in words)


def test_a_figure_of_another_analysis_is_refused() -> None:
    with pytest.raises(AnalysisError) as raised:
        drawn(every_repeated_statistic(), {"over_time": FAMILY}, analyses=["pair"])
    assert "['pair'] declares no correlations over occasions" in str(raised.value)


def test_the_supplement_says_what_was_found_at_each_level() -> None:
    rows = pd.concat([statistics_of(), every_repeated_statistic()], ignore_index=True)
    family = FAMILY | {"direction": "negative"}
    text = document("supplement", rows, repeated_correlations={"over_time": family})
    assert "one-tailed, as a negative correlation was predicted" in text
    assert "Within dyads, from occasion to occasion, alliance rated by patient" in text
    assert "Between dyads, alliance rated by patient" in text
    assert "The slopes within and between dyads" in text


def test_the_supplement_cites_the_figure_and_says_how_to_read_it() -> None:
    rows = pd.concat([statistics_of(), every_repeated_statistic()], ignore_index=True)
    figures = FIGURES | {"occasions": ("repeated_correlations", "over_time")}
    sections = {"repeated_correlations": {"over_time": FAMILY}}
    text = " ".join(document("supplement", rows, figures=figures, **sections).split())
    assert "@fig-occasions shows all of them." in text
    assert '(figures/occasions.png){#fig-occasions fig-alt="A figure"}' in text
    assert (
        "Points are correlations within dyads, from occasion to occasion, or between them" in text
    )


def test_two_repeated_scales_are_drafted_as_a_comment() -> None:
    times = ["s1", "s2", "s3"]
    repeated = {"instrument: wai_s, scale: total": times, "instrument: bdi_ii, scale: total": times}
    lines = [*sections(DraftPlan([], [], set(), [], [], 0, True, repeated))]
    assert all(not line or line.startswith("#") for line in lines)
    assert (
        "# repeated_correlations:" in lines and "#     level: both  # or within, between" in lines
    )
    one = dict([*repeated.items()][:1])
    assert [*sections(DraftPlan([], [], set(), [], [], 0, True, one))] == []
