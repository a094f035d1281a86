"""Which heavy packages a step imports at its start: no more than it needs.

Each job is a process of its own. pandas takes half a second of it, pingouin and scipy.stats more,
so a step that needs none of them must not import them, not even through the library. Read from the
syntax trees; `tests/bench/bench_starts.py` measures the same in fresh processes.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

SCRIPTS = ROOT / "scripts"
HEAVY = {"pandas", "scipy", "pingouin", "matplotlib", "statsmodels", "seaborn", "sklearn"}
ALLOWED: dict[str, set[str]] = {
    "audit_publication": {"scipy"},
    "build_notebook": set(),
    "plot_figures": {"pandas", "matplotlib"},
    "plot_synthesis": {"pandas", "matplotlib"},
    "render_manuscript": set(),
    "render_synthesis": set(),
    "render_verdict": {"pandas", "scipy"},
}
"""Step -> heavy packages; all other steps may import pandas and nothing else of these."""


def imports(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Names imported when a module is loaded: not in functions, not for type checkers."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from imports([*node.body, *node.orelse])
        elif isinstance(node, ast.Try | ast.With | ast.ClassDef):
            yield from imports(node.body)


@cache
def imports_of(file: Path) -> frozenset[str]:
    return frozenset(imports(ast.parse(file.read_text(encoding="utf-8")).body))


def heavy_packages(step: Path) -> set[str]:
    """Heavy packages that the start of a step imports, itself or through the library."""
    found: set[str] = set()
    seen, waiting = set(), [step]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in imports_of(file):
            found |= {name.split(".")[0]} & HEAVY
            module = SCRIPTS.joinpath(*name.split("."))
            files = {module.with_suffix(".py"), module / "__init__.py"}
            waiting += [path for path in files - seen if path.is_file()]
    return found


def test_no_step_starts_with_more_than_it_needs() -> None:
    steps = sorted(SCRIPTS.glob("*.py"))
    assert set(ALLOWED) <= {step.stem for step in steps}
    more = {step.stem: heavy_packages(step) - ALLOWED.get(step.stem, {"pandas"}) for step in steps}
    assert not {step: packages for step, packages in more.items() if packages}


def test_heavy_imports_are_found() -> None:
    assert heavy_packages(SCRIPTS / "plot_figures.py") == {"pandas", "matplotlib"}
