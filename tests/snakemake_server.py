"""Snakemake's command line in forks of one process that has imported Snakemake.

Importing Snakemake takes longer than planning the small project. Of attune nothing is imported
here: each fork reads it from the folder in which it runs, as `python -m snakemake` does.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def run(folder: Path, arguments: Sequence[str]) -> tuple[int, str]:
    """Exit status and output of `snakemake <arguments>` in a folder, stdout before stderr.

    The environment is that of this process now, with its Python first in the path.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with tempfile.TemporaryDirectory() as outputs:
        request = {
            "folder": str(folder),
            "environment": os.environ | {"PATH": path},
            "arguments": list(arguments),
            "outputs": [f"{outputs}/stdout", f"{outputs}/stderr"],
        }
        server = _server()
        assert server.stdin and server.stdout
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        texts = [Path(output).read_text(encoding="utf-8") for output in request["outputs"]]
    return status, "".join(texts)


@functools.cache
def _server() -> "subprocess.Popen[str]":
    """The process that forks; it ends when this one does, because its input ends then."""
    return subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _serve() -> list[str] | None:
    """Fork for each request; in the fork, the arguments of Snakemake, and None at the end."""
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request)
            return request["arguments"]
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


def _become(request: dict) -> None:
    """Take folder, environment and outputs of the request, and nothing of the server's."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[0] = request["folder"]
    for descriptor, output in enumerate([os.devnull, *request["outputs"]]):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT
        file = os.open(output, flags)
        os.dup2(file, descriptor)
        os.close(file)


if __name__ == "__main__":
    # What a run imports before it reads the Snakefile, and packages that the Snakefile needs.
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import pydantic  # noqa: F401
    import snakemake.cli

    arguments = _serve()
    if arguments is not None:
        sys.argv = ["snakemake", *arguments]
        snakemake.cli.main(arguments)
