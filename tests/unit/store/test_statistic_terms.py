"""Statistics of any model are rows of the store: written, read, printed, compared like others."""

from pathlib import Path

import pandas as pd
import pytest

from attune.printing.printed_statistics import printed_statistics
from attune.record.run_diff.run import Run
from attune.record.run_diff.statistics import statistic_changes
from attune.store.contracts import STATISTICS, conform
from attune.store.statistic_kinds import StatisticKind, StatisticKinds
from attune.store.statistic_rows import Row, statistic_row, statistics_frame
from attune_files.parquet import read_parquet, write_parquet

N = {"n": 120, "software": "attune 0.1.0"}
ROWS: list[Row] = [
    statistic_row(
        "growth",
        ("alliance", "session", "within"),
        "slope",
        0.42,
        outcome="alliance",
        predictor="session",
        level="within",
        rater="patient",
        dataset="available",
        method="Linear mixed model, Satterthwaite degrees of freedom",
        se=0.1,
        df=37.5,
        p_two_tailed=0.0002,
        ci_low=0.22,
        ci_high=0.62,
        ci_level=0.95,
        **N,
    ),
    statistic_row(
        "growth",
        ("alliance", "therapist"),
        "variance",
        1.7,
        outcome="alliance",
        level="between",
        **N,
    ),
    statistic_row("trial", ("two_level",), "rmsea", 0.04, method="Two-level SEM", **N),
    statistic_row(
        "trial",
        ("arm", "alliance", "symptoms"),
        "indirect_effect",
        -0.8,
        outcome="symptoms",
        predictor="arm",
        contrast="CBT minus BRT",
        occasion="termination",
        se=0.3,
        **N,
    ),
    statistic_row(
        "synthesis",
        ("alliance_outcome",),
        "pooled_r",
        0.28,
        outcome="outcome",
        predictor="alliance",
        ci_low=0.25,
        ci_high=0.31,
        ci_level=0.95,
        method="Random effects, REML",
        **N,
    ),
]
_SHARED = {"rule": "fit_models", "formula": "", "function": ""}
KINDS = StatisticKinds(
    StatisticKind(id=pattern, label=label, **_SHARED)
    for pattern, label in {
        "growth.<outcome>.<predictor>.<level>.slope": "slope of growth",
        "growth.<outcome>.<level>.variance": "variance component",
        "trial.<model>.rmsea": "root mean square error of approximation",
        "trial.<predictor>.<mediator>.<outcome>.indirect_effect": "indirect effect",
        "synthesis.<effect>.pooled_r": "pooled correlation",
    }.items()
)
TERMS = ["outcome", "predictor", "level", "occasion", "rater", "contrast", "dataset", "method"]


@pytest.fixture
def stored(tmp_path: Path) -> pd.DataFrame:
    """The rows after a round trip through Parquet."""
    write_parquet(statistics_frame(ROWS), tmp_path / "models.parquet", STATISTICS)
    return read_parquet(tmp_path / "models.parquet", STATISTICS).to_pandas().set_index("id")


def test_terms_survive_the_file(stored):
    slope = stored.loc["growth.alliance.session.within.slope"]
    assert (slope["outcome"], slope["predictor"]) == ("alliance", "session")
    assert (slope["level"], slope["rater"], slope["dataset"]) == ("within", "patient", "available")
    indirect = stored.loc["trial.arm.alliance.symptoms.indirect_effect"]
    assert (indirect["contrast"], indirect["occasion"]) == ("CBT minus BRT", "termination")
    fit = stored.loc["trial.two_level.rmsea"]
    assert fit[[*TERMS[:-1], "x", "y"]].isna().all()


def test_every_term_is_a_column_of_the_contract():
    assert {"x", "y", *TERMS} <= set(STATISTICS.schema.names)


def test_each_has_a_label_by_its_kind(stored):
    rows = stored.reset_index()[["id", "statistic", "estimate"]].to_dict("records")
    labels = {kind.label for kind in KINDS.kinds_of(rows)}
    assert labels == {kind.label for kind in KINDS}


def test_they_are_printed(stored):
    printed = printed_statistics(stored.reset_index(), KINDS, 0.05, {}, {}, 5).set_index("id")
    slope = printed.loc["growth.alliance.session.within.slope"]
    assert "0.42" in slope["estimate"]
    assert "0.22" in slope["interval"]
    assert slope["p"]
    assert printed["estimate"].notna().all()


def test_a_changed_estimate_is_found(stored):
    before = conform(stored.reset_index(), STATISTICS).to_pylist()
    changed = "growth.alliance.session.within.slope"
    after = [row | {"estimate": 0.5} if row["id"] == changed else row for row in before]
    old, new = (Run(name, "small", statistics=rows) for name, rows in (("a", before), ("b", after)))
    assert [change.id for change in statistic_changes(old, new)] == [changed]
    assert statistic_changes(old, old) == []
