"""The cells that the tables of both shipped studies print, down to their stars."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from attune.analyses.kinds import KINDS
from attune.documents.tables import build_tables, decimals_of_measures
from attune.intake.reading.violations import violations_frame
from attune.pipeline import statistics_of_sheets
from attune.printing.apa import size_word
from attune.printing.printed_statistics import printed_statistics
from attune.stats.effect_sizes import COHEN_R
from attune_files.project import read_cohort, read_study
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments

ROOT = Path(__file__).parents[2]


def recomputed(name: str) -> tuple[pd.DataFrame, dict[str, object]]:
    """The statistics of a shipped cohort from its raw files, and what its tables are built from."""
    cohort = read_cohort(ROOT / f"data/{name}/cohort.yaml")
    study = read_study(ROOT / f"workflow/studies/{cohort.study}.yaml")
    used = sorted({questionnaire.instrument for questionnaire in cohort.questionnaires})
    instruments = read_instruments([ROOT / f"workflow/instruments/{entry}.yaml" for entry in used])
    sheets = read_raw_sheets(ROOT / f"data/{name}", cohort)
    statistics = statistics_of_sheets(sheets, cohort, instruments, study)
    return statistics, {"cohort": cohort, "study": study, "instruments": instruments}


@pytest.fixture(scope="module")
def ryan() -> dict[str, pd.DataFrame]:
    """Tables II and III of Ryan et al. (2012), as printed from the synthetic twin."""
    statistics, given = recomputed("ryan2012_synthetic")
    study = given["study"]
    wanted = {name: study.tables[name] for name in ("alliance", "outcome")}
    given["study"] = study.model_copy(update={"tables": wanted})
    store = statistics.reset_index()
    printed = printed_statistics(store, KINDS, 0.05, decimals_of_measures(study))
    tables = build_tables(
        statistics=store, printed=printed, violations=violations_frame([]), **given
    )
    return {name: table.frame.set_index("label") for name, table in tables.items()}


def cells(frame: pd.DataFrame) -> list[list[str]]:
    columns = [name for name in frame if name != "group" and not name.endswith("_id")]
    return [[str(cell).replace("\\", "") for cell in row] for row in frame[columns].to_numpy()]


def test_table_2_has_the_printed_cells_and_stars(ryan: dict[str, pd.DataFrame]) -> None:
    assert cells(ryan["alliance"]) == [
        [".456*", ".291"],
        [".119", ".119"],
        [".083", ".104"],
        [".261", ".379*"],
        [".595**", ".147"],
    ]


def test_table_3_has_the_printed_cells_but_for_the_totals(ryan: dict[str, pd.DataFrame]) -> None:
    assert cells(ryan["outcome"]) == [
        [".067", ".197", ".227", "−.045", "−.187"],
        # The paper gives this table one level of stars and Table II two; here all tables have two.
        ["−.264", ".076", "−.035", "−.087", "−.547**"],
    ]


def test_help_correlations_in_their_declared_direction() -> None:
    """Computed once from the raw files by scipy.stats.pearsonr; less is the declared direction."""
    from scipy import stats

    statistics, given = recomputed("help")
    for name, family in given["study"].correlations.items():
        for x in family.x:
            row = statistics.loc[f"{name}.{x}.cesd_gain.pearson_r"]
            sheet = pd.read_csv(ROOT / "data/help/sample.csv").set_index("id")
            frame = pd.DataFrame({"x": sheet[x]}).join(help_gain()).dropna()
            wanted = stats.pearsonr(frame["x"], frame["gain"], alternative="less")
            assert row["estimate"] == pytest.approx(wanted.statistic, abs=1e-12)
            assert row["p_one_tailed"] == pytest.approx(wanted.pvalue, abs=1e-12)
            assert row["n"] == len(frame)


def help_gain() -> pd.Series:
    """Residual of the CES-D at 6 months on the CES-D at baseline, complete questionnaires only."""
    import numpy as np

    totals = {}
    for wave in ("baseline", "6"):
        raw = pd.read_csv(ROOT / f"data/help/cesd_{wave}.csv").set_index("id")
        items = raw[[f"cesd_{item}" for item in range(1, 21)]].dropna()
        reverse = [f"cesd_{item}" for item in (4, 8, 12, 16)]
        totals[wave] = items.sum(axis=1) + (3 - 2 * items[reverse]).sum(axis=1)
    both = pd.DataFrame(totals).dropna()
    slope, intercept = np.polyfit(both["baseline"], both["6"], 1)
    return (both["6"] - intercept - slope * both["baseline"]).rename("gain")


@pytest.mark.parametrize(
    ("r", "word"),
    [(0.5, "large"), (0.499, "medium"), (-0.3, "medium"), (0.299, "small"), (0.099, "negligible")],
)
def test_sizes_of_correlations_after_cohen(r: float, word: str) -> None:
    assert size_word(Decimal(str(r)), COHEN_R) == word
