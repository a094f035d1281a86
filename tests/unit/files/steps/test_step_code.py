"""The library files that a step imports: exactly those, however they are imported."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT, STEPS

from attune_files.steps.step_code import library_files

PROBE = """
import ast, runpy, sys
from pathlib import Path
step = Path(sys.argv[1])
sys.path.insert(0, str(step.parent))
for node in ast.walk(ast.parse(step.read_text(encoding="utf-8"))):
    if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("snakemake"):
        __import__(node.module)
ours = [m for n, m in sys.modules.items() if n.split(".")[0] in ("attune", "attune_files")]
print("\\n".join(sorted(m.__file__ for m in ours)))
"""


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "step.py"


def test_imports_of_every_form_and_depth(tmp_path: Path) -> None:
    step = tree(
        tmp_path,
        {
            "step.py": "from attune.a import x\nimport numpy\n",
            "attune/__init__.py": "",
            "attune/a.py": "def f():\n    from attune import b\n",
            "attune/b.py": "import attune.part.c as c\nfrom attune import a\n",
            "attune/part/__init__.py": "from attune.part.d import y\n",
            "attune/part/c.py": "",
            "attune/part/d.py": "import attune_files.e\n",
            "attune/unused.py": "",
            "attune_files/__init__.py": "",
            "attune_files/e.py": "",
            "numpy.py": "",
        },
    )
    found = {path.relative_to(tmp_path).as_posix() for path in library_files(step)}
    assert found == {
        *("attune/__init__.py", "attune/a.py", "attune/b.py", "attune/part/__init__.py"),
        *("attune/part/c.py", "attune/part/d.py", "attune_files/__init__.py", "attune_files/e.py"),
    }


def test_a_step_declares_no_more_than_it_needs() -> None:
    names = {path.name for path in library_files(ROOT / "scripts/score_scales.py")}
    assert "scores.py" in names
    assert not names & {"correlations.py", "manuscript.py", "raw_csv.py", "renderer.py"}


@pytest.mark.parametrize("step", ["validate_responses", "build_tables"])
def test_every_module_that_python_loads_is_declared(step: str) -> None:
    path = ROOT / "scripts" / f"{step}.py"
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(path)], capture_output=True, text=True, check=True
    )
    loaded = {Path(line) for line in done.stdout.split()}
    assert len(loaded) > 5
    assert loaded <= set(library_files(path))


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_its_log(step: str) -> None:
    assert ROOT / "scripts/attune_files/steps/step_log.py" in library_files(
        ROOT / f"scripts/{step}.py"
    )
