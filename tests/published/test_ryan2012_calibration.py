"""The synthetic twin of Ryan et al. (2012) gives every printed value that data can give.

Once through the library, and once by pandas and scipy alone, with the scoring written out here.
"""

import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from attune.paper.ledger.printed_value import PrintedValue
from attune.pipeline import statistics_of_sheets
from attune.synthetic.target_intervals import (
    bound_values,
    computed_value,
    is_met,
    missed_values,
    statistic_of,
)
from attune_files.project import read_cohort, read_publication, read_study
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments, read_yaml
from maintenance.ryan2012.proofs import proofs_of
from maintenance.ryan2012.unmet_report import unmet_entries

ROOT = Path(__file__).parents[2]
COHORT = ROOT / "data" / "ryan2012_synthetic"
PUBLICATION = read_publication(ROOT / "workflow/publications/ryan2012.yaml")
BOUND = bound_values(PUBLICATION)
UNMET = read_yaml(COHORT / "unmet.yaml")["unmet"]
UNMET_IDS = {entry["id"] for entry in UNMET}
MADE = ["README.md", "unmet.yaml", "sample.csv", "therapist_baseline.csv", "session_3.csv"]
MADE += ["patient_intake.csv", "patient_termination.csv"]
TOLERANCE = 1e-10

# Baer, Smith & Allen (2004): items of the four subscales, and those that are reversed.
KIMS = {
    "kims_observe": [1, 5, 9, 13, 17, 21, 25, 29, 30, 33, 37, 39],
    "kims_describe": [2, 6, 10, 14, 18, 22, 26, 34],
    "kims_act": [3, 7, 11, 15, 19, 23, 27, 31, 35, 38],
    "kims_accept": [4, 8, 12, 16, 20, 24, 28, 32, 36],
}
KIMS_REVERSED = [14, 18, 22, 3, 11, 23, 27, 31, 35, 4, 8, 12, 16, 20, 24, 28, 32, 36]
MINDFULNESS = ["kims_total", *KIMS]
# Weights of Self-Affirm, Active Self-Love, Self-Protect, Self-Blame, Self-Attack, Self-Neglect, by
# the number of the rating sheet's column that holds the cluster (cohort.yaml).
AFFILIATION = {2: 4.5, 7: 7.8, 1: 4.5, 3: -4.5, 6: -7.8, 4: -4.5}
QUESTIONNAIRES = {
    "kims.therapist.baseline": ("therapist_baseline", "kims_", 39),
    "intrex.therapist.baseline.best": ("therapist_baseline", "intrex_best_", 8),
    "intrex.therapist.baseline.worst": ("therapist_baseline", "intrex_worst_", 8),
    "wai_s.therapist.session_3": ("session_3", "wai_t_", 12),
    "wai_s.patient.session_3": ("session_3", "wai_p_", 12),
    "scl_90_r.patient.intake": ("patient_intake", "scl_", 90),
    "iip_32.patient.intake": ("patient_intake", "iip_", 32),
    "scl_90_r.patient.termination": ("patient_termination", "scl_", 90),
    "iip_32.patient.termination": ("patient_termination", "iip_", 32),
}
Y = {
    "experience": ["experience"],
    "affiliation": ["affiliation_worst"],
    "alliance": ["wai_therapist", "wai_patient"],
    "outcome": ["scl_gain", "iip_gain"],
}
ALTERNATIVE = {"affiliation": "greater", "alliance": "greater", "outcome": "less"}
T_TESTS = ["kims_total", "wai_patient", "wai_therapist", "scl_termination", "iip_termination"]
CORRELATIONS = [
    f"{analysis}.{x}.{y}.pearson_r" for analysis, ys in Y.items() for y in ys for x in MINDFULNESS
]


@pytest.fixture(scope="module")
def statistics() -> pd.DataFrame:
    """The library's statistics of the committed files."""
    cohort = read_cohort(COHORT / "cohort.yaml")
    study = read_study(ROOT / f"workflow/studies/{cohort.study}.yaml")
    names = sorted({questionnaire.instrument for questionnaire in cohort.questionnaires})
    instruments = read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in names])
    return statistics_of_sheets(read_raw_sheets(COHORT, cohort), cohort, instruments, study)


@pytest.fixture(scope="module")
def sheets() -> dict[str, pd.DataFrame]:
    """The raw files by their names, one row per dyad."""
    names = ["sample", "therapist_baseline", "session_3", "patient_intake", "patient_termination"]
    return {name: pd.read_csv(COHORT / f"{name}.csv", index_col="dyad_id") for name in names}


@pytest.fixture(scope="module")
def scores(sheets: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Scores as observed, one row per dyad."""
    therapist, session = sheets["therapist_baseline"], sheets["session_3"]
    kims = therapist[[f"kims_{item}" for item in range(1, 40)]].copy()
    reversed_columns = [f"kims_{item}" for item in KIMS_REVERSED]
    kims[reversed_columns] = 6 - kims[reversed_columns]
    found = pd.DataFrame(index=sheets["sample"].index)
    for scale, items in KIMS.items():
        found[scale] = kims[[f"kims_{item}" for item in items]].sum(axis=1, skipna=False)
    found["kims_total"] = found[list(KIMS)].sum(axis=1, skipna=False)
    for rater, prefix in (("therapist", "wai_t"), ("patient", "wai_p")):
        wai = session[[f"{prefix}_{item}" for item in range(1, 13)]].copy()
        wai[[f"{prefix}_4", f"{prefix}_10"]] = 8 - wai[[f"{prefix}_4", f"{prefix}_10"]]
        found[f"wai_{rater}"] = 12 * wai.mean(axis=1)
    for occasion in ("intake", "termination"):
        sheet = sheets[f"patient_{occasion}"]
        found[f"scl_{occasion}"] = sheet.filter(regex=r"^scl_").mean(axis=1)
        found[f"iip_{occasion}"] = sheet.filter(regex=r"^iip_").mean(axis=1)
    worst = {f"intrex_worst_{column}": weight for column, weight in AFFILIATION.items()}
    found["affiliation_worst"] = (therapist[list(worst)] * pd.Series(worst)).sum(axis=1) / 16.8
    found["experience"] = sheets["sample"]["therapist_experience"]
    return found


@pytest.fixture(scope="module")
def series_means(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores with the series mean where missing, and the residual gains of these."""
    filled = scores.fillna(scores.mean())
    for outcome in ("scl", "iip"):
        before, after = filled[f"{outcome}_intake"], filled[f"{outcome}_termination"]
        filled[f"{outcome}_gain"] = after - np.polyval(np.polyfit(before, after, 1), before)
    return filled


@pytest.fixture(scope="module")
def independent(
    scores: pd.DataFrame, series_means: pd.DataFrame, sheets: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Estimate, n or df, and p by statistic id, from pandas and scipy."""
    rows = {}
    for name in CORRELATIONS:
        analysis, x, y, _ = name.split(".")
        pairs = (series_means if analysis == "outcome" else scores)[[x, y]].dropna()
        r, p_two = stats.pearsonr(pairs[x], pairs[y])
        p_one = np.nan
        if analysis in ALTERNATIVE:
            p_one = stats.pearsonr(pairs[x], pairs[y], alternative=ALTERNATIVE[analysis]).pvalue
        rows[name] = (r, len(pairs), p_two, p_one)
    first = sheets["sample"]["condition"] == "BRT"
    for measure in T_TESTS:
        groups = scores.loc[first, measure].dropna(), scores.loc[~first, measure].dropna()
        test = stats.ttest_ind(*groups)
        rows[f"preliminary.{measure}.t"] = (test.statistic, test.df + 2, test.pvalue, np.nan)
    columns = ["estimate", "n", "p_two_tailed", "p_one_tailed"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


class TestPrintedValues:
    """Every printed value that data can give, through the library."""

    @pytest.mark.parametrize("value", BOUND, ids=lambda value: value.id)
    def test_met_unless_proved_contradictory(
        self, value: PrintedValue, statistics: pd.DataFrame
    ) -> None:
        found = computed_value(value, statistics)
        if value.id in UNMET_IDS:
            assert not is_met(value, statistics), "it is met: no entry of unmet.yaml is needed"
        else:
            assert is_met(value, statistics), f"printed {value.printed}, found {found}"

    def test_unmet_is_exactly_what_fails(self, statistics: pd.DataFrame) -> None:
        failing = {value.id for value in BOUND if not is_met(value, statistics)}
        assert failing == UNMET_IDS
        assert (len(BOUND), len(failing)) == (172, 10)

    def test_every_unmet_value_is_proved_now(self, statistics: pd.DataFrame) -> None:
        assert unmet_entries(proofs_of(PUBLICATION), statistics) == UNMET
        assert missed_values(PUBLICATION, UNMET_IDS, statistics) == []

    def test_a_value_with_another_digit_is_reported(self, statistics: pd.DataFrame) -> None:
        other = PUBLICATION.value("iip_accept").model_copy(update={"printed": "-0.548"})
        changed = PUBLICATION.model_copy(update={"values": [other]})
        (sentence,) = missed_values(changed, [], statistics)
        assert sentence.startswith("iip_accept is printed -0.548, found -0.547")


class TestIndependentRecomputation:
    """pandas and scipy alone, on the committed files."""

    def test_covers_every_printed_coefficient_and_t(self, independent: pd.DataFrame) -> None:
        printed = {
            statistic_of(value)
            for value in BOUND
            if statistic_of(value).endswith((".pearson_r", ".t"))
        }
        assert printed <= set(independent.index)

    @pytest.mark.parametrize(
        "name", [*CORRELATIONS, *(f"preliminary.{measure}.t" for measure in T_TESTS)]
    )
    def test_agrees_with_the_library(
        self, name: str, statistics: pd.DataFrame, independent: pd.DataFrame
    ) -> None:
        ours, theirs = statistics.loc[name], independent.loc[name]
        assert ours["estimate"] == pytest.approx(theirs["estimate"], rel=0, abs=TOLERANCE)
        assert ours["n"] == theirs["n"]
        assert ours["p_two_tailed"] == pytest.approx(theirs["p_two_tailed"], rel=0, abs=TOLERANCE)
        if not np.isnan(theirs["p_one_tailed"]):
            one = theirs["p_one_tailed"]
            assert ours["p_one_tailed"] == pytest.approx(one, rel=0, abs=TOLERANCE)

    @pytest.mark.parametrize(
        "value",
        [
            value
            for value in BOUND
            if value.statistic in CORRELATIONS
            and value.field == "estimate"
            and value.id not in UNMET_IDS
        ],
        ids=lambda value: value.id,
    )
    def test_gives_the_printed_digits(self, value: PrintedValue, independent: pd.DataFrame) -> None:
        places = len(value.printed.partition(".")[2])
        found = Decimal(float(independent.loc[statistic_of(value), "estimate"]))
        rounded = found.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        assert rounded == Decimal(value.printed)

    @pytest.mark.parametrize("measure", MINDFULNESS)
    def test_descriptives(
        self, measure: str, scores: pd.DataFrame, statistics: pd.DataFrame
    ) -> None:
        found = scores[measure].agg(["mean", "std", "min", "max"])
        for name, value in zip(("mean", "sd", "minimum", "maximum"), found, strict=True):
            estimate = statistics.loc[f"sample.{measure}.{name}", "estimate"]
            assert estimate == pytest.approx(value, rel=0, abs=TOLERANCE)


class TestMissingAnswers:
    @pytest.mark.parametrize("name", QUESTIONNAIRES)
    def test_are_fewer_than_5_percent(
        self, name: str, sheets: dict[str, pd.DataFrame], statistics: pd.DataFrame
    ) -> None:
        file, prefix, n_items = QUESTIONNAIRES[name]
        cells = sheets[file][[f"{prefix}{item}" for item in range(1, n_items + 1)]]
        percent = 100 * cells.isna().to_numpy().mean()
        assert percent < 5
        estimate = statistics.loc[f"missingness.{name}.missing_percent", "estimate"]
        assert estimate == pytest.approx(percent, rel=0, abs=TOLERANCE)

    def test_one_blank_packet_and_one_without_termination(self, scores: pd.DataFrame) -> None:
        missing = scores.isna()
        blank = missing["kims_total"]
        assert blank.sum() == 1
        assert (missing["wai_therapist"] == blank).all()
        assert (missing["wai_patient"] == blank).all()
        assert missing["scl_termination"].sum() == missing["iip_termination"].sum() == 1
        assert not (missing["scl_termination"] & blank).any()
        assert not missing[["scl_intake", "iip_intake", "affiliation_worst"]].any(axis=None)


class TestAlgebraOfTheTotal:
    """The total is the sum of the four subscales, in the scores and in every statistic."""

    def test_of_means(self, statistics: pd.DataFrame) -> None:
        means = statistics["estimate"][[f"sample.{scale}.mean" for scale in MINDFULNESS]]
        assert means.iloc[0] == pytest.approx(means.iloc[1:].sum(), rel=0, abs=TOLERANCE)

    @pytest.mark.parametrize(
        ("analysis", "y"),
        [(analysis, y) for analysis in Y if analysis != "experience" for y in Y[analysis]],
    )
    def test_of_coefficients(self, analysis: str, y: str, statistics: pd.DataFrame) -> None:
        estimates = statistics["estimate"]
        products = [
            estimates[f"{analysis}.{scale}.{y}.pearson_r"] * estimates[f"sample.{scale}.sd"]
            for scale in MINDFULNESS
        ]
        assert products[0] == pytest.approx(sum(products[1:]), rel=0, abs=TOLERANCE)


def test_the_same_files_are_made_again(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, ROOT / "scripts/maintenance/calibrate_cohort.py", "--folder", tmp_path],
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(MADE)
    different = [n for n in MADE if (tmp_path / n).read_bytes() != (COHORT / n).read_bytes()]
    assert different == []
