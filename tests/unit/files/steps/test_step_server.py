"""Steps in forks: they run as `python <script>` does, and the server ends with its user."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.conftest import ROOT

from attune.documents import manuscript
from attune.documents.manuscript import prepare_templates
from attune_files.steps.step_code import templates_of_documents
from attune_files.steps.step_server import PACKAGES, RunningStep, StepServer

Start = Callable[..., RunningStep]
HEAD = """\
import json, os, sys
from pathlib import Path
answer = lambda x: Path("{}").write_text(json.dumps(x))
"""


@pytest.fixture(scope="module")
def server() -> StepServer:
    return StepServer(os.environ | {"OF_SERVER": "server"})


@pytest.fixture
def start(server: StepServer, tmp_path: Path) -> Start:
    """Start a script with a text, in which `answer` writes JSON to a file."""

    def start(text: str, **environment: str) -> RunningStep:
        script = tmp_path / "script.py"
        script.write_text(HEAD.format(tmp_path / "answer") + text, encoding="utf-8")
        return server.start(str(script), environment)

    return start


def answer(tmp_path: Path) -> object:
    return json.loads((tmp_path / "answer").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 0),
        ("sys.exit()", 0),
        ("sys.exit(1)", 1),
        ("raise SystemExit('a sentence')", 1),
        ("1 / 0", 1),
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("os._exit(7)", 7),
    ],
)
def test_the_exit_status_is_that_of_the_script(start: Start, text: str, status: int) -> None:
    assert start(text).wait() == status


def test_a_step_that_has_ended_can_be_measured_until_it_is_waited_for(
    start: Start, tmp_path: Path
) -> None:
    """Snakemake's measurement of a step begins when the shortest steps are over."""
    steps = [start("sys.exit(3)"), start("sys.exit(3)")]
    deadline = time.monotonic() + 30
    while [psutil.Process(one.pid).status() for one in steps] != ["zombie"] * 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    # One that nobody waits for keeps no other from starting.
    assert start("sys.exit(3)").wait() == 3
    assert all(psutil.Process(one.pid).status() == "zombie" for one in steps)
    assert [one.wait() for one in reversed(steps)] == [3, 3]
    assert not any(psutil.pid_exists(one.pid) for one in steps if one.pid)


def test_a_script_finds_what_python_gives_it(start: Start, tmp_path: Path) -> None:
    step = start(
        "answer([__name__, sys.argv, sys.path[0], os.environ['OF_SERVER'], os.environ['OF_STEP'],"
        " os.getcwd(), os.getpid()])",
        OF_STEP="step",
    )
    assert step.wait() == 0
    assert answer(tmp_path) == [
        "__main__",
        [str(tmp_path / "script.py")],
        str(tmp_path),
        "server",
        "step",
        str(Path.cwd()),
        step.pid,
    ]


def test_one_step_leaves_nothing_to_the_next(start: Start, tmp_path: Path) -> None:
    leave = "os.environ['LEFT'] = '1'; sys.modules['left'] = os; sys.path.append('left')"
    assert start(leave).wait() == 0
    start("answer([os.environ.get('LEFT'), 'left' in sys.modules, 'left' in sys.path])").wait()
    assert answer(tmp_path) == [None, False, False]


def test_steps_run_beside_each_other(start: Start, tmp_path: Path) -> None:
    waiting = "import time\nwhile not Path(sys.argv[0]).with_name('go').exists(): time.sleep(.01)"
    first, second = start(waiting), start("pass")
    assert second.wait() == 0
    (tmp_path / "go").touch()
    assert first.wait() == 0


def wait_for_packages(start: Start, tmp_path: Path) -> None:
    """Return when the server has imported all that it prepares."""
    deadline = time.monotonic() + 60
    missing: object = True
    while missing and time.monotonic() < deadline:
        text = f"answer([n for n in {PACKAGES!r} if n not in sys.modules])"
        assert start(text).wait() == 0
        missing = answer(tmp_path)
    assert not missing


def test_packages_and_models_are_there(start: Start, tmp_path: Path) -> None:
    wait_for_packages(start, tmp_path)
    text = "from attune.specs.cohort import Cohort\nanswer(Cohort.__pydantic_complete__)"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert start(text).wait() == 0
        if answer(tmp_path):
            return
    pytest.fail("The model of cohorts was never built.")


@pytest.mark.parametrize("changed", ["edited", "edited, its time kept", "removed", "nothing"])
def test_a_changed_library_is_read_anew(tmp_path: Path, changed: str) -> None:
    library = Path(shutil.copytree(ROOT / "scripts", tmp_path / "scripts"))
    server = StepServer(os.environ | {"PYTHONPATH": str(library)})

    def start(text: str) -> RunningStep:
        (tmp_path / "script.py").write_text(HEAD.format(tmp_path / "answer") + text)
        return server.start(str(tmp_path / "script.py"), {"OF_STEP": "step"})

    wait_for_packages(start, tmp_path)
    file = library / "attune_files/faults.py"
    if changed == "removed":
        file.unlink()
    elif changed != "nothing":
        times = file.stat()
        file.write_text(file.read_text(encoding="utf-8") + "\nMARK = 1\n", encoding="utf-8")
        if "kept" in changed:
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    step = start(
        "import importlib.util\nfound = importlib.util.find_spec('attune_files.faults')\n"
        "try: import attune_files.faults as f; found = hasattr(f, 'MARK')\n"
        "except ImportError: found = 'absent'\n"
        "answer([found, os.environ['OF_STEP'], os.getpid(), __name__, sys.argv[0],"
        " 'scipy.stats' in sys.modules])\nsys.exit(3)"
    )
    assert step.wait() == 3
    found = {"removed": "absent", "nothing": False}.get(changed, True)
    script = str(tmp_path / "script.py")
    is_fork = changed == "nothing"
    assert answer(tmp_path) == [found, "step", step.pid, "__main__", script, is_fork]


def test_a_library_that_cannot_be_imported_fails_in_the_step(tmp_path: Path) -> None:
    library = Path(shutil.copytree(ROOT / "scripts", tmp_path / "scripts"))
    file = library / "attune/specs/closed_model.py"
    file.write_text("This is not Python.", encoding="utf-8")
    server = StepServer(os.environ | {"PYTHONPATH": str(library)})
    script = tmp_path / "script.py"
    script.write_text("import scipy.stats", encoding="utf-8")
    for _ in range(3):
        assert server.start(str(script), {}).wait() == 0
    script.write_text("import attune.specs.closed_model", encoding="utf-8")
    assert server.start(str(script), {}).wait() == 1


def test_a_script_may_start_processes_and_threads_and_leave_files(
    start: Start, tmp_path: Path
) -> None:
    text = (
        "import atexit, subprocess, threading, time\n"
        "status = subprocess.run([sys.executable, '-c', 'raise SystemExit(5)']).returncode\n"
        "threading.Thread(target=lambda: (time.sleep(.2), answer(status))).start()\n"
    )
    assert start(text).wait() == 0
    assert answer(tmp_path) == 5


def test_interrupts_reach_the_step_and_not_the_server(start: Start) -> None:
    step = start("import time\nprint('ready', flush=True)\ntime.sleep(60)")
    assert step.pid
    time.sleep(0.5)
    os.kill(step.pid, signal.SIGINT)
    assert step.wait() != 0
    assert start("").wait() == 0


def test_the_server_ends_with_its_user() -> None:
    user = (
        "import os, sys\n"
        f"sys.path.insert(0, {str(ROOT / 'scripts')!r})\n"
        "from attune_files.steps.step_server import StepServer\n"
        "server = StepServer(os.environ)\n"
        "print(server._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", user], capture_output=True, text=True, check=False, timeout=60
    )
    # The output of the server's user ends when no process holds it open any more.
    assert done.returncode == -signal.SIGKILL
    assert not Path(f"/proc/{int(done.stdout)}/fd/1").exists()


def test_a_step_whose_server_was_ended_has_failed() -> None:
    server = StepServer(os.environ)
    server._process.kill()
    for _ in range(3):
        step = server.start("script.py", {})
        assert (step.pid, step.wait()) == (None, -signal.SIGKILL)
        server._process.wait()


def test_templates_are_prepared_under_the_names_that_steps_use() -> None:
    templates = templates_of_documents()
    used = {"macros.qmd.j2", "reports/supplement.qmd.j2", "analyses/growth.qmd.j2"}
    assert used <= set(templates)
    prepare_templates(templates)
    kept = manuscript._compiled.cache_info()
    main = ROOT / "reports/generic.qmd.j2"
    manuscript._compiled(main.read_text(encoding="utf-8"), "reports/generic.qmd.j2")
    assert manuscript._compiled.cache_info().misses == kept.misses
