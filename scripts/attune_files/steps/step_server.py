"""Steps in forks of one process that has imported the packages they need.

Snakemake starts a Python of its own for each step. The imports of pandas, SciPy and Matplotlib took
two fifths of the time of a run; a fork of a process that has imported them takes 10 ms. Of attune
nothing is imported before the fork: each step reads the library as it stands when the step starts.

The process reads requests from a socket and ends when the one that started it does. Each request
brings a socket for its answers: first the process id of the step, then its exit status.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

PACKAGES = (
    "snakemake.iocontainers",
    "snakemake.logging",
    "pandas",
    "pyarrow.parquet",
    "pydantic",
    "yaml",
    "scipy.stats",
    "scipy.optimize",
    "jinja2",
    "markdown_it",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
)
"""In the order in which the steps of a run need them."""
_LONGEST_MESSAGE = 65_536
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
        # A server that was killed does not answer, which `RunningStep` tells.
        with theirs, suppress(ConnectionError):
            socket.send_fds(self._requests, [request], [theirs.fileno()])
        return RunningStep(answers)


class RunningStep:
    """A step in its fork.

    Attributes
    ----------
    pid : int or None
        None where the server has ended.
    """

    def __init__(self, answers: socket.socket) -> None:
        self._answers = answers
        self.pid = self._next_answer()

    def wait(self) -> int:
        """Exit status of the step; negative: the signal that ended it."""
        with self._answers:
            status = self._next_answer()
        return _SERVER_IS_GONE if status is None else status

    def _next_answer(self) -> int | None:
        answer = self._answers.recv(_LONGEST_MESSAGE)
        return int(answer) if answer else None


def _serve(requests: socket.socket) -> None:
    """Fork for each request; while there is none, import the next package."""
    packages = list(PACKAGES)
    running: dict[int, tuple[BaseProcess, socket.socket]] = {}
    while True:
        ready: list = wait([requests, *running], timeout=0 if packages else None)
        if not ready:
            importlib.import_module(packages.pop(0))
        if requests in ready:
            ready.remove(requests)
            message, descriptors, _, _ = socket.recv_fds(requests, _LONGEST_MESSAGE, 1)
            if not message:
                return
            step: BaseProcess = get_context("fork").Process(
                target=_run_step, args=(requests, *json.loads(message))
            )
            # What was imported stays where it is: a search for unreachable objects would copy it.
            gc.freeze()
            step.start()
            answers = socket.socket(fileno=descriptors[0])
            answers.send(str(step.pid).encode())
            running[step.sentinel] = step, answers
        for sentinel in ready:
            step, answers = running.pop(sentinel)
            step.join()
            with answers:
                answers.send(str(step.exitcode).encode())


def _run_step(requests: socket.socket, script: str, environment: Mapping[str, str]) -> None:
    """In the fork: what `python <script>` does."""
    requests.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(environment)
    sys.argv = [script]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    # Ctrl-C reaches the steps; this process ends when Snakemake does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(socket.socket(fileno=int(sys.argv[1])))
