"""Steps in forks of one process that has imported the packages and the library that they need.

Snakemake starts a Python of its own for each step. The imports of pandas, SciPy, Matplotlib and of
attune took half of the time of a run; a fork of a process that has imported them takes 10 ms. A
step runs the code that its record names: where a file of the library has changed since it was
imported, the fork becomes a Python of its own, which reads the library anew.

The process reads requests from a socket and ends when the one that started it does. Each request
brings a socket for its answers: first the process id of the step, then, when it is asked for, its
exit status. Until then a step that has ended keeps its process id, as with `subprocess.Popen`, so
that Snakemake's benchmark can still read it. The server has no threads of its own; those of
OpenBLAS and of Arrow's jemalloc are made anew in each fork.
"""

import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.popen_fork import Popen
from pathlib import Path

PACKAGES = (
    "snakemake.iocontainers",
    "snakemake.logging",
    "pandas",
    "pyarrow.parquet",
    "pydantic",
    "yaml",
    "attune_files.steps.step_log",
    "attune_files.parquet",
    "attune_files.project",
    "attune.analyses.study",
    "attune.intake.validation",
    "attune.printing.context",
    "attune_files.rendering.document_files",
    "scipy.stats",
    "scipy.optimize",
    "jinja2",
    "markdown_it",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
)
"""What most steps import, in the order in which the steps of a run need it."""
_LONGEST_MESSAGE = 65_536
_ASKS_FOR_STATUS = b"wait"
FileState = tuple[int, int, int] | None
_SERVER_IS_GONE = -signal.SIGKILL


class StepServer:
    """The process that forks, for the process that asks for steps.

    Parameters
    ----------
    environment : mapping of str to str
        Of every step.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
    ...     _ = script.write("raise SystemExit(3)")
    ...     script.flush()
    ...     server = StepServer(os.environ)
    ...     server.start(script.name, {}).wait()
    3
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                env=dict(environment),
                pass_fds=[theirs.fileno()],
            )

    def start(self, script: str, environment: Mapping[str, str]) -> "RunningStep":
        """Run a script in a fork, with variables besides those of the server."""
        answers, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = json.dumps([script, dict(environment)]).encode()
        # A server that was killed does not answer; `RunningStep` reports that.
        with theirs, suppress(ConnectionError):
            socket.send_fds(self._requests, [request], [theirs.fileno()])
        return RunningStep(answers)


class RunningStep:
    """A step in its fork.

    Attributes
    ----------
    pid : int or None
        None where the server has ended. It is that of the step until `wait` returns.
    """

    def __init__(self, answers: socket.socket) -> None:
        self._answers = answers
        self.pid = self._next_answer()

    def wait(self) -> int:
        """Exit status of the step; negative: the signal that ended it."""
        with self._answers:
            # If the server was killed, the empty answer says so.
            with suppress(ConnectionError):
                self._answers.send(_ASKS_FOR_STATUS)
            status = self._next_answer()
        return _SERVER_IS_GONE if status is None else status

    def _next_answer(self) -> int | None:
        answer = self._answers.recv(_LONGEST_MESSAGE)
        return int(answer) if answer else None


def _serve(requests: socket.socket) -> None:
    """Fork for each request; while there is none, prepare what the next steps need."""
    library = _library()
    waiting: list[Callable[[], object]] = [partial(import_module, name) for name in PACKAGES]
    waiting += [_prepare, lambda: waiting.extend(_preparations_of_templates())]
    running: dict[int, tuple[Popen, socket.socket]] = {}
    # Steps whose exit status nobody has asked for yet.
    ended: dict[socket.socket, Popen] = {}
    while True:
        ready: list = wait([requests, *running, *ended], timeout=0 if waiting else None)
        if not ready:
            # What cannot be imported here cannot be imported in the step, whose error says why.
            with suppress(Exception):
                waiting.pop(0)()
        if requests in ready:
            ready.remove(requests)
            message, descriptors, _, _ = socket.recv_fds(requests, _LONGEST_MESSAGE, 1)
            if not message:
                return
            run = get_context("fork").Process(
                target=_run_step, args=(requests, library, *json.loads(message))
            )
            # What was imported stays where it is: a search for unreachable objects would copy it.
            gc.freeze()
            # Not by `run.start()`, which also lets go of the steps that have ended.
            step = Popen(run)
            answers = socket.socket(fileno=descriptors[0])
            _answer(answers, step.pid)
            running[step.sentinel] = step, answers
        for found in ready:
            if found in running:
                step, answers = running.pop(found)
                ended[answers] = step
            else:
                _tell_status(ended.pop(found), found)


def _tell_status(step: Popen, answers: socket.socket) -> None:
    """Send the exit status of a step when it is asked for, or when Snakemake was killed."""
    with answers:
        with suppress(ConnectionError):
            answers.recv(_LONGEST_MESSAGE)
        _answer(answers, step.wait())


def _answer(answers: socket.socket, number: int | None) -> None:
    # If Snakemake was killed, there is no reader.
    with suppress(ConnectionError):
        answers.send(str(number).encode())


def _library() -> dict[str, FileState]:
    """The state of every file of the library, before any that holds code is imported."""
    files = Path(import_module("attune_files").__path__[0]).parent.rglob("*.py")
    return {str(file): _state(str(file)) for file in files}


def _prepare() -> None:
    """Do once what every step needs: build models, and read which files its record names."""
    import_module("attune_files.project").build_models()
    import_module("attune_files.steps.step_code").read_code_of_steps()


def _preparations_of_templates() -> list[Callable[[], object]]:
    """Tasks that compile the templates, one each, so that no step waits long.

    A step compiles a template again if it has changed since.
    """
    templates = import_module("attune_files.steps.step_code").templates_of_documents()
    prepare = import_module("attune.documents.manuscript").prepare_templates
    return [partial(prepare, {name: text}) for name, text in templates.items()]


def _state(file: str) -> FileState:
    """Time of change, size and inode of a file, which differ if it is not the one imported."""
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _run_step(
    requests: socket.socket,
    library: Mapping[str, FileState],
    script: str,
    environment: Mapping[str, str],
) -> None:
    """Run a script in the fork, as `python <script>` would."""
    requests.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environment)
    if any(_state(file) != state for file, state in library.items()):
        os.execv(sys.executable, [sys.executable, script])
    sys.argv = [script]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    # Ctrl-C reaches the steps; this process ends when Snakemake does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(socket.socket(fileno=int(sys.argv[1])))
