"""Runs the cells of a notebook in a process of their own, as a reader's kernel would."""

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
    said, error = io.StringIO(), None
    with contextlib.redirect_stdout(said):
        try:
            exec(compile(source, f"cell {place}", "exec"), names)
        except Exception as failed:
            error = "".join(traceback.format_exception_only(failed))
    done.append([said.getvalue(), error])
    if error:
        break
json.dump(done, sys.stdout)
"""


def run_notebook(notebook: Mapping[str, Any], folder: str | Path) -> dict[str, Any]:
    """The notebook with what its cells print, run in a folder.

    Parameters
    ----------
    notebook : mapping
        Cells of plain Python, which print what they have to say.
    folder : str or Path
        Where the notebook will lie; its paths are relative to it.

    Raises
    ------
    AnalysisError
        A cell fails, with its message.
    """
    said = run_cells(code_cells(notebook), folder)
    return executed(notebook, said)


def run_cells(sources: Sequence[str], folder: str | Path) -> list[str]:
    """What each source prints when they run one after the other in a fresh Python process."""
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
    return [said for said, _ in outputs]


def write_notebook(notebook: Mapping[str, Any], path: str | Path) -> None:
    """The notebook as Jupyter would write it; the same notebook gives the same bytes."""
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")
