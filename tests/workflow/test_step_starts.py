"""The steps of a run are forks of one process, and give the same bytes without forks."""

import re
import shutil
from pathlib import Path

import pytest

from tests.whole_project import run_snakemake

TARGET = "results/small/tables"


def run(home: Path, few_jobs: int) -> tuple[int, dict[str, bytes]]:
    """Number of forked steps and the results, where fewer jobs than a number are not forked."""
    for name, old, new in [
        ("workflow/local_jobs.smk", r"_FEW_JOBS = \d+", f"_FEW_JOBS = {few_jobs}"),
        (
            "scripts/attune_files/steps/step_server.py",
            r"    requests\.close\(\)\n",
            "    requests.close()\n    print('forked', file=open('forks', 'a'))\n",
        ),
    ]:
        text, count = re.subn(old, new, (home / name).read_text(encoding="utf-8"))
        assert count == 1
        (home / name).write_text(text, encoding="utf-8")
    for folder in ("results", ".snakemake"):
        shutil.rmtree(home / folder)
    run_snakemake(home, TARGET)
    forks = home / "forks"
    lines = len(forks.read_text().splitlines()) if forks.exists() else 0
    files = [path for path in (home / "results/small").rglob("*") if path.is_file()]
    return lines, {
        str(path.relative_to(home)): path.read_bytes()
        for path in files
        if path.parent.name != "records"
    }


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="steps are forked on Linux alone")
def test_forked_steps_give_the_same_bytes(small_run: Path, tmp_path: Path) -> None:
    own, forked = (shutil.copytree(small_run, tmp_path / name) for name in ("own", "forked"))
    processes, results = run(own, few_jobs=1_000)
    assert processes == 0
    forks, same = run(forked, few_jobs=8)
    assert forks >= 8
    assert same == results
