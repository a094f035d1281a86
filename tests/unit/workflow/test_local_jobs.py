"""How Snakemake starts local jobs: which limit is lifted, and which steps are forks."""

import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.benchmark import BenchmarkRecord
from snakemake.cli import parse_args
from snakemake.script import PythonScript
from snakemake.settings.types import MaxJobsPerTimespan, SchedulingSettings
from tests.conftest import ROOT

RULES = runpy.run_path(str(ROOT / "workflow/local_jobs.smk"))
fork_steps, lift_limit = RULES["fork_steps"], RULES["lift_limit_of_jobs_per_second"]
PLAIN = PythonScript.execute_script


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    PythonScript.execute_script = PLAIN


def workflow(**changes: Any) -> Any:
    """As much of Snakemake's workflow as is asked for."""
    jobs = changes.pop("jobs", 8)
    return SimpleNamespace(
        **{
            "dag": SimpleNamespace(needrun_jobs=lambda: iter(range(jobs))),
            "is_main_process": True,
            "local_exec": True,
            "deployment_settings": SimpleNamespace(deployment_method=set()),
        }
        | changes
    )


@pytest.mark.parametrize(
    ("limit", "local", "lifted"),
    [
        (MaxJobsPerTimespan(100, "1s"), True, True),
        (MaxJobsPerTimespan(100, "1s"), False, False),
        (MaxJobsPerTimespan(5, "1s"), True, False),
        (MaxJobsPerTimespan(100, "60s"), True, False),
        (None, True, True),
    ],
)
def test_only_the_default_limit_of_a_local_run_is_lifted(
    limit: MaxJobsPerTimespan | None, local: bool, lifted: bool
) -> None:
    settings = SchedulingSettings(max_jobs_per_timespan=limit)
    lift_limit(SimpleNamespace(scheduling_settings=settings, local_exec=local))
    assert settings.max_jobs_per_timespan is (None if lifted else limit)


def test_snakemakes_default_is_the_limit_that_is_lifted() -> None:
    _, arguments = parse_args(["--cores", "1"])
    limit = arguments.max_jobs_per_timespan
    assert (limit.max_jobs, limit.timespan) == (100, 1)


def test_without_settings_nothing_is_lifted() -> None:
    lift_limit(SimpleNamespace(scheduling_settings=None, local_exec=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"jobs": 7},
        {"is_main_process": False},
        {"local_exec": False},
        {"deployment_settings": SimpleNamespace(deployment_method={"conda"})},
    ],
)
def test_steps_start_as_ever(changes: dict[str, Any], tmp_path: Path) -> None:
    fork_steps(workflow(**changes), tmp_path)
    assert PythonScript.execute_script is PLAIN


@pytest.mark.skipif(sys.platform != "linux", reason="steps are forked on Linux alone")
class TestForks:
    @pytest.fixture
    def script(self, tmp_path: Path) -> Any:
        """A script of Snakemake whose source is `step.py` in the folder of the steps."""
        fork_steps(workflow(), tmp_path)
        return SimpleNamespace(
            path=SimpleNamespace(get_path_or_uri=lambda secret_free: str(tmp_path / "step.py")),
            threads=1,
            resources=SimpleNamespace(tmpdir="of_step"),
            bench_record=BenchmarkRecord(),
        )

    def test_a_step_runs_and_is_measured(self, script: Any, tmp_path: Path) -> None:
        file = tmp_path / "prepared.py"
        file.write_text(
            "import os, pathlib, time; time.sleep(.3)\n"
            f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text("
            "' '.join([os.environ['TMPDIR'], os.environ['OPENBLAS_NUM_THREADS']]))"
        )
        PythonScript.execute_script(script, str(file))
        assert (tmp_path / "seen").read_text() == "of_step 1"
        assert script.bench_record.running_time >= 0.3

    def test_a_step_that_fails_is_an_error(self, script: Any, tmp_path: Path) -> None:
        file = tmp_path / "prepared.py"
        file.write_text("raise SystemExit(4)")
        with pytest.raises(subprocess.CalledProcessError) as error:
            PythonScript.execute_script(script, str(file))
        assert error.value.returncode == 4
        assert str(file) in str(error.value)

    @pytest.mark.parametrize(("threads", "folder"), [(2, "."), (1, "of_another_workflow")])
    def test_other_scripts_are_left_to_snakemake(
        self, script: Any, tmp_path: Path, threads: int, folder: str
    ) -> None:
        script.threads = threads
        script.path.get_path_or_uri = lambda secret_free: str(tmp_path / folder / "step.py")
        # The plain start asks the script for more than a step's fork does.
        with pytest.raises(AttributeError, match="container_img"):
            PythonScript.execute_script(script, str(tmp_path / "prepared.py"))
