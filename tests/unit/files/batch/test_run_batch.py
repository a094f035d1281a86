"""Many cohorts whose population is known: the pooled result recovers it, in any number of jobs."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from attune.specs.closed_model import read_as
from attune.specs.config import Choices
from attune.specs.errors import ConfigurationError
from attune.specs.synthesis import Synthesis
from attune.store.contracts import COHORT_STATISTICS, COHORTS, FAILURES, SYNTHESIS_STATISTICS
from attune.synthesis.many_cohorts import EVERY, CohortPool, pool_of_statistic
from attune_cli.main import main
from attune_cli.places import project_file
from attune_files.batch import run as batch_run
from attune_files.batch.cohort_folders import find_cohorts
from attune_files.batch.one_cohort import BatchSettings
from attune_files.batch.run import BatchResult, run_batch
from attune_files.parquet import read_parquet
from maintenance.make_cohorts import STATISTIC, Truth, make_cohorts

TRUTH = Truth()
N = 40
SETTINGS = BatchSettings(project_file, analyses=("correlations",))
ALLIANCE = "alliance.kims_total.wai_patient.pearson_r"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("many") / "cohorts"
    make_cohorts(made, N, TRUTH)
    return made


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("batch")


@pytest.fixture(scope="module")
def result(folder: Path, output: Path) -> BatchResult:
    pools = [pool_of_statistic(STATISTIC), pool_of_statistic(ALLIANCE)]
    return run_batch(folder, output, SETTINGS, pools)


@pytest.fixture(scope="module")
def pooled(result: BatchResult) -> dict[str, dict]:
    rows = result.syntheses[STATISTIC.replace(".", "_")].to_pylist()
    return {row["id"]: row for row in rows}


def test_the_pooled_correlation_and_tau_are_recovered(pooled) -> None:
    effect, tau = pooled["pooled.all.r"], pooled["pooled.all.tau"]
    assert pooled["pooled.all.k"]["estimate"] == N
    # Fisher's z of a sample is biased by r / (2 (n - 1)).
    biased = math.atanh(TRUTH.rho) + TRUTH.rho / (2 * (TRUTH.dyads - 1))
    assert abs(math.atanh(effect["estimate"]) - biased) < 2 * effect["se"]
    assert effect["ci_low"] < TRUTH.rho < effect["ci_high"] < 0
    assert 0 < tau["ci_low"] < TRUTH.tau < tau["ci_high"]


def test_each_cohort_scatters_around_its_own_truth(folder: Path, output: Path, result) -> None:
    truth = pd.read_csv(folder / "truth.csv").set_index("cohort")["fisher_z"]
    rows = read_parquet(output / "statistics.parquet", COHORT_STATISTICS).to_pandas()
    rows = rows[rows["id"] == STATISTIC].set_index("cohort")
    assert rows.index.equals(truth.index)
    deviations = (np.arctanh(rows["estimate"]) - truth) * np.sqrt(rows["n"] - 3)
    # 40 standard normal numbers: the bounds are those of one in a thousand.
    assert abs(deviations.mean()) < 3.3 / math.sqrt(N)
    assert 17.9 < (deviations**2).sum() < 73.4
    assert truth.std() == pytest.approx(TRUTH.tau, rel=0.4)


def test_the_files_fit_their_contracts_and_say_synthetic(output: Path, result) -> None:
    statistics = read_parquet(output / "statistics.parquet", COHORT_STATISTICS)
    syntheses = read_parquet(output / "syntheses.parquet", SYNTHESIS_STATISTICS)
    cohorts = read_parquet(output / "cohorts.parquet", COHORTS)
    assert len(read_parquet(output / "failures.parquet", FAILURES)) == 0
    assert result.complete and result.synthetic == N
    assert len(statistics) == result.rows
    for table in (statistics, syntheses, cohorts):
        assert set(table["synthetic"].to_pylist()) == {True}
    assert cohorts["dyads"].to_pylist() == [TRUTH.dyads] * N
    assert set(syntheses["synthesis"].to_pylist()) == set(result.syntheses)
    assert pq.read_metadata(output / "statistics.parquet").metadata[b"resampling"] == b"none"


def test_the_number_of_jobs_and_the_size_of_batches_change_nothing(
    folder: Path, output: Path, result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_run, "LARGEST_BATCH", 3)
    few = tmp_path / "cohorts"
    few.mkdir()
    for number in (7, 2, 30, 11, 5):
        (few / f"synthetic_{number:04d}").symlink_to(folder / f"synthetic_{number:04d}")
    seen: list[tuple[int, int, int]] = []
    run_batch(few, tmp_path / "out", SETTINGS, jobs=1, progress=lambda *n: seen.append(n))
    assert seen[-1] == (5, 5, 0)
    alone = read_parquet(tmp_path / "out/statistics.parquet", COHORT_STATISTICS).to_pandas()
    every = read_parquet(output / "statistics.parquet", COHORT_STATISTICS).to_pandas()
    every = every[every["cohort"].isin(alone["cohort"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, every, check_exact=True)


def test_the_same_seed_gives_the_same_cohorts(folder: Path, tmp_path: Path) -> None:
    make_cohorts(tmp_path / "again", 2, TRUTH, workers=1)
    for path in (tmp_path / "again/synthetic_0002").iterdir():
        assert path.read_bytes() == (folder / "synthetic_0002" / path.name).read_bytes()


def test_the_command_prints_counts_and_the_pooled_correlation(
    folder: Path, tmp_path: Path, capsys
) -> None:
    own = tmp_path / "cohorts"
    own.mkdir()
    for number in (1, 2, 3):
        (own / f"synthetic_{number:04d}").symlink_to(folder / f"synthetic_{number:04d}")
    words = ["--pool", STATISTIC, "--study", "ryan2012", "--output", str(tmp_path / "out")]
    assert main(["batch", str(own), *words]) == 0
    printed = capsys.readouterr().out
    assert "3 of 3 cohorts analysed" in printed
    assert "Resampling: none" in printed
    assert "SYNTHETIC DATA in 3 cohorts (all)" in printed
    assert "3 studies (SYNTHETIC DATA: no evidence):" in printed
    assert "Failed" not in printed


class TestPool:
    """A synthesis whose cohorts arrive one after the other."""

    ROW = {"estimate": 0.4, "n": 30, "reason": None}

    def declared(self, *entries: dict, **keys: object) -> Synthesis:
        measured = {"concept": "alliance", "label": "alliance"}
        shared = {
            "statistic": ALLIANCE,
            "label": "A",
            "predictor": measured,
            "outcome": measured,
            "better": "lower",
        }
        content = {
            "synthesis": "pool",
            "title": "A pool",
            "question": "Does it?",
            "authors": [],
            "predictor": "alliance",
            "outcome": "alliance",
            "metric": "r",
            "demonstration": False,
            "cohorts": [shared | entry for entry in entries],
        }
        return read_as(Synthesis, content | keys, "pool.yaml")

    def test_the_entry_of_every_cohort_stands_for_those_without_their_own(self) -> None:
        own = {"cohort": "first", "better": "higher"}
        pool = CohortPool(self.declared({"cohort": EVERY}, own))
        for name in ("first", "second", "third"):
            assert pool.add(name, name.title(), False, {ALLIANCE: self.ROW}) == []
        found = pool.statistics().set_index("id")["estimate"]
        assert found[["studies.first.r", "studies.second.r"]].tolist() == [0.4, -0.4]
        assert found["pooled.all.k"] == 3
        assert not pool.demonstration

    def test_a_cohort_without_the_statistic_stays_out(self) -> None:
        pool = CohortPool(self.declared({"cohort": EVERY}))
        close = {ALLIANCE.replace("patient", "patients"): self.ROW}
        [problem] = pool.add("first", "First", False, close)
        assert "it has no statistic" in problem and "Did you mean" in problem
        [problem] = pool.add("second", "Second", False, {ALLIANCE: self.ROW | {"estimate": None}})
        assert "undefined" in problem
        [problem] = pool.add("third", "Third", True, {ALLIANCE: self.ROW})
        assert "synthetic" in problem
        assert pool.statistics().set_index("id")["estimate"]["pooled.all.k"] == 0

    def test_cohorts_that_are_named_and_did_not_arrive(self) -> None:
        pool = CohortPool(self.declared({"cohort": "first"}, {"cohort": "second"}))
        assert pool.add("first", "First", False, {ALLIANCE: self.ROW}) == []
        assert pool.add("other", "Other", False, {ALLIANCE: self.ROW}) == []
        assert pool.not_analysed() == ["second"]
        assert pool.statistics().set_index("id")["estimate"]["pooled.all.k"] == 1

    @pytest.mark.parametrize(
        ("entries", "problem"),
        [
            ([{"cohort": EVERY}, {"cohort": EVERY}], "listed 2 times"),
            ([{"cohort": EVERY, "source": "blog.ryan"}], "one source cannot report every cohort"),
            ([], "names none"),
        ],
    )
    def test_what_cannot_be_pooled_is_refused(self, entries, problem) -> None:
        tables = {"t": {"path": "t.csv", "format": "csv"}}
        with pytest.raises(ConfigurationError, match=problem):
            CohortPool(self.declared(*entries, tables=tables))

    def test_a_synthesis_file_is_pooled_like_a_single_statistic(
        self, folder: Path, output: Path, pooled, tmp_path: Path
    ) -> None:
        few = tmp_path / "cohorts"
        few.mkdir()
        for number in range(1, 5):
            (few / f"synthetic_{number:04d}").symlink_to(folder / f"synthetic_{number:04d}")
        entry = {"cohort": EVERY, "statistic": STATISTIC, "better": "higher"}
        declared = self.declared(entry, {"cohort": "absent"}, demonstration=True)
        pools = [CohortPool(declared), pool_of_statistic(STATISTIC)]
        result = run_batch(few, tmp_path / "out", SETTINGS, pools)
        one, other = (
            [(row["id"], row["estimate"], row["ci_low"]) for row in table.to_pylist()]
            for table in result.syntheses.values()
        )
        assert one == other
        assert [(f.cohort, f.reason) for f in result.failures] == [("absent", "not_pooled")]


def test_cohorts_are_found_however_deep(tmp_path: Path) -> None:
    for name in ("b", "sites/a", ".hidden/c", "b/raw"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("b", "sites/a", ".hidden/c"):
        (tmp_path / name / "cohort.yaml").touch()
    (tmp_path / "sites/again").symlink_to(tmp_path)
    found, failures = find_cohorts(tmp_path)
    assert [(cohort.name, cohort.place) for cohort in found] == [("a", "sites/a"), ("b", "b")]
    assert failures == []


def test_resampling_is_a_choice(folder: Path, tmp_path: Path) -> None:
    one = tmp_path / "cohorts"
    one.mkdir()
    (one / "synthetic_0001").symlink_to(folder / "synthetic_0001")
    few = {"correlate_measures": {"bootstrap_samples": 999, "permutations": 999}}
    settings = BatchSettings(
        project_file, None, Choices.model_validate(few), True, ("correlations",)
    )
    run_batch(one, tmp_path / "out", settings)
    statistics = read_parquet(tmp_path / "out/statistics.parquet", COHORT_STATISTICS)
    assert {"bootstrap_r", "permutation_p"} <= set(statistics["statistic"].to_pylist())
