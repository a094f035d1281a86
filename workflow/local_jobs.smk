"""How Snakemake starts the jobs of a local run: at once, and steps as forks; no rules here."""

import os
import subprocess
import sys
from pathlib import Path

from snakemake.benchmark import benchmarked
from snakemake.script import PythonScript

from attune_files.steps.step_server import StepServer

_FEW_JOBS = 8
"""With fewer, Python starts of their own take less time than the imports of the step server."""
_THREAD_VARIABLES = [
    f"{library}_NUM_THREADS"
    for library in ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")
] + ["VECLIB_MAXIMUM_THREADS"]
_FOLDER_VARIABLES = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")
"""Both as Snakemake sets them for a script."""


def lift_limit_of_jobs_per_second(workflow):
    """Let local jobs start without Snakemake's default limit of 100 jobs per second.

    With a limit, each job that ends makes Snakemake look for new jobs once a second until the run
    ends, besides all looks that earlier jobs began: 7,453 looks in a run of 129 jobs, a twentieth
    of its time, and a second of waiting after the last job. A limit that the user chose stays.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        Its settings are changed.
    """
    settings = workflow.scheduling_settings
    # None: only a summary or a graph was asked for.
    limit = settings and settings.max_jobs_per_timespan
    is_default = limit and (limit.max_jobs, limit.timespan) == (100, 1)
    if workflow.local_exec and is_default:
        settings.max_jobs_per_timespan = None


def fork_steps(workflow, scripts):
    """Let the steps of a local run start as forks of one process (`step_server`).

    They start as Snakemake's scripts ever do in a run of few jobs, on systems other than Linux, on
    other machines, with conda, containers or modules, and with more than one thread. Scripts of a
    workflow that imports this one start so, too.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        With the plan of its jobs.
    scripts : Path
        The folder of attune's steps.
    """
    jobs = sum(1 for _ in workflow.dag.needrun_jobs())
    here = workflow.is_main_process and workflow.local_exec
    environments = workflow.deployment_settings.deployment_method
    if sys.platform == "linux" and here and not environments and jobs >= _FEW_JOBS:
        server = StepServer(os.environ | dict.fromkeys(_THREAD_VARIABLES, "1"))
        PythonScript.execute_script = _start_with(server, scripts.resolve())


def _start_with(server, scripts):
    """What takes the place of `PythonScript.execute_script`."""
    start_python = PythonScript.execute_script

    def execute_script(script, name, edit=False):
        source = Path(script.path.get_path_or_uri(secret_free=True)).resolve()
        if source.parent != scripts or script.threads > 1:
            start_python(script, name, edit)
            return
        folders = dict.fromkeys(_FOLDER_VARIABLES, script.resources.tmpdir)
        step = server.start(name, folders)
        with benchmarked(step.pid, script.bench_record):
            status = step.wait()
        if status:
            raise subprocess.CalledProcessError(status, f"{sys.executable} {name}")

    return execute_script
