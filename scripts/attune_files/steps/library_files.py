"""Which library files a step imports, so that a rule can declare them as inputs.

Snakemake tracks the step itself but not the modules that it imports; declared as inputs, an edited
module reruns exactly the steps that depend on it.
"""

import ast
import os
from functools import cache
from pathlib import Path

PACKAGES = ("attune", "attune_files")


def library_files(step: Path) -> list[Path]:
    """Every file of the library that a step imports, directly or through another.

    Parameters
    ----------
    step : Path
        A step in scripts/; the packages lie beside it.

    Returns
    -------
    list of Path
        Sorted, without the step itself. Imports inside functions count. A call
        `analysis_modules("tables")` counts as an import of the module `tables` of every analysis.

    Examples
    --------
    >>> step = Path(__file__).parents[2] / "score_scales.py"
    >>> (step.parent / "attune" / "scoring" / "scores.py") in library_files(step)
    True
    """
    found: set[Path] = set()
    waiting = [step]
    while waiting:
        for file in _imported(waiting.pop(), step.parent):
            if file not in found:
                found.add(file)
                waiting.append(file)
    return sorted(found)


def put_library_first(folder: Path) -> None:
    """Let the steps that this process starts import the library of a folder before any other.

    Snakemake puts a step's folder behind what is installed, where another copy of attune may be.
    """
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), others]))


@cache
def _imported(file: Path, folder: Path) -> tuple[Path, ...]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "analysis_modules":
            names |= _modules_of_analyses(ast.literal_eval(node.args[0]), folder)
    ours = [name for name in names if name.split(".")[0] in PACKAGES]
    return tuple(path for name in ours for path in _files_of(name, folder))


def _modules_of_analyses(module: str, folder: Path) -> set[str]:
    """Dotted names of the modules that `attune.analyses.registry.analysis_modules` imports."""
    files = (folder / "attune" / "analyses").glob(f"*/{module}.py")
    return {".".join(file.relative_to(folder).with_suffix("").parts) for file in files}


def _files_of(name: str, folder: Path) -> list[Path]:
    """The module's file and the `__init__` of every package on the way; empty for a plain name."""
    parts = name.split(".")
    inits = [folder.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    module = folder.joinpath(*parts[:-1], f"{parts[-1]}.py")
    return [path for path in [*inits, module] if path.is_file()]
