"""A cohort in a batch has the numbers of the ordinary run of the workflow, to the last bit."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attune.store.contracts import COHORT_STATISTICS, STATISTICS
from attune_files.parquet import read_parquet, read_statistics
from attune_files.yaml_file import read_yaml
from tests.whole_project import run_python

COHORT = "ryan2012_synthetic"


@pytest.fixture(scope="module")
def batch(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of `attune batch` for the cohort, with the resamples of config.yaml."""
    folder, output = tmp_path_factory.mktemp("cohorts"), tmp_path_factory.mktemp("batch")
    (folder / COHORT).symlink_to(finished / "data" / COHORT)
    words = ["-m", "attune_cli.main", "batch", str(folder), "--output", str(output)]
    done = run_python(finished, *words, "--jobs", "1", "--resampling")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SYNTHETIC DATA" in done.stdout
    assert "9,999 bootstrap samples, 99,999 permutations, seed 2012" in done.stdout
    return output


def test_every_statistic_is_that_of_the_workflow(finished: Path, batch: Path) -> None:
    paths = sorted((finished / "results" / COHORT / "statistics").glob("*.parquet"))
    ordinary = read_statistics(paths)
    found = read_parquet(batch / "statistics.parquet", COHORT_STATISTICS)
    assert set(found["cohort"].to_pylist()) == {COHORT}
    assert set(found["synthetic"].to_pylist()) == {True}
    own = found.select(STATISTICS.schema.names).combine_chunks()
    assert own["id"].to_pylist() == ordinary["id"].to_pylist()
    resampled = pa.compute.is_in(own["statistic"], pa.array(["bootstrap_r", "permutation_p"]))
    assert pa.compute.sum(resampled).as_py() > 50
    # Equal columns of floating point numbers have the same bits; no missing value is a NaN here.
    for name in STATISTICS.schema.names:
        assert own[name].combine_chunks().equals(ordinary[name].combine_chunks()), name


def test_the_choices_stand_beside_the_numbers(finished: Path, batch: Path) -> None:
    stored = pq.read_metadata(batch / "statistics.parquet").metadata
    seed = read_yaml(finished / "config.yaml")["seed"]
    assert stored[b"seed"].decode() == str(seed)
    assert stored[b"resampling"] == b"9999 bootstrap samples, 99999 permutations"
