"""The executed notebook: its cells run in a process of their own, as a reader's kernel would.

Plain Python runs the cells instead of Jupyter: no kernel and no further packages are needed, and
the same notebook gives the same bytes each time.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attune.documents.notebook import code_cells, executed
from attune.specs.errors import AnalysisError

# The cells share their names and see an empty process: neither our modules nor our variables.
_KERNEL = """
import contextlib, io, json, sys, traceback
names = {"__name__": "__main__"}
done = []
for place, source in enumerate(json.load(sys.stdin), 1):
    printed, error = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source, f"cell {place}", "exec"), names)
        except Exception as failed:
            error = "".join(traceback.format_exception_only(failed))
    done.append([printed.getvalue(), error])
    if error:
        break
json.dump(done, sys.stdout)
"""


def run_notebook(notebook: Mapping[str, Any], folder: str | Path) -> dict[str, Any]:
    """The notebook with the output of its cells.

    Parameters
    ----------
    notebook : mapping
        In Jupyter's format, version 4; its code cells are plain Python.
    folder : str or Path
        Where the notebook will lie; paths in its cells are relative to it.

    Returns
    -------
    dict
        The same notebook with outputs and execution counts.

    Raises
    ------
    AnalysisError
        A cell fails, with its message.
    """
    return executed(notebook, run_cells(code_cells(notebook), folder))


def run_cells(sources: Sequence[str], folder: str | Path) -> list[str]:
    r"""What each source prints when all run one after the other in one fresh Python process.

    Parameters
    ----------
    sources : sequence of str
        Python code; later sources see the names of earlier ones.
    folder : str or Path
        The working folder.

    Returns
    -------
    list of str
        One per source.

    Raises
    ------
    AnalysisError
        A source fails, with its place and its message.

    Examples
    --------
    >>> run_cells(["x = 2", "print(x + 1)"], ".")
    ['', '3\n']
    """
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "-c", _KERNEL],
        input=json.dumps(list(sources)),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise AnalysisError("The notebook could not be run.", [done.stderr.strip()[-500:]])
    outputs = json.loads(done.stdout)
    for place, (_, error) in enumerate(outputs, 1):
        if error:
            raise AnalysisError(
                "The notebook could not be run.", [f"cell {place}: {error.strip()}"]
            )
    return [printed for printed, _ in outputs]


def write_notebook(notebook: Mapping[str, Any], path: str | Path) -> None:
    """Write a notebook as Jupyter would; the same notebook gives the same bytes.

    Parameters
    ----------
    notebook : mapping
        In Jupyter's format, version 4.
    path : str or Path
    """
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")
