"""The registry: each analysis keeps to its folder, and its modules hold what it declares."""

import ast
import re
import subprocess
import sys
from operator import attrgetter

import pytest
from tests.conftest import ROOT

from attune.analyses.analysis import Analysis
from attune.analyses.registry import ANALYSES, FIGURE_KINDS, TABLE_KINDS, analysis_modules
from attune.analyses.study import StudyFile
from attune.specs.config import Choices
from attune_files.steps.step_code import library_files

SCRIPTS = ROOT / "scripts"
FOLDER = SCRIPTS / "attune/analyses"
HEAVY = ("pandas", "numpy", "scipy", "matplotlib", "pingouin", "pyarrow", "statsmodels")
by_analysis = pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)


def test_every_folder_is_an_analysis() -> None:
    folders = {path.parent.name for path in FOLDER.glob("*/__init__.py")}
    assert folders == {analysis.name for analysis in ANALYSES}


@by_analysis
def test_it_imports_no_other_analysis(analysis: Analysis) -> None:
    for path in (FOLDER / analysis.name).glob("*.py"):
        text = path.read_text(encoding="utf-8")
        imported = {
            name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.ImportFrom | ast.Import)
            for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
            if name
        }
        others = {other.name for other in ANALYSES} - {analysis.name}
        found = {re.match(r"attune\.analyses\.(\w+)", name) for name in imported}
        assert not {match[1] for match in found if match} & others, path


@by_analysis
def test_it_has_a_rule_and_a_step(analysis: Analysis) -> None:
    rule = (ROOT / f"workflow/rules/{analysis.rule}.smk").read_text(encoding="utf-8")
    assert f'statistics="results/{{cohort}}/statistics/{analysis.name}.parquet"' in rule
    assert (SCRIPTS / f"{analysis.rule}.py").is_file()


def test_there_is_a_builder_for_every_kind_of_table_and_figure() -> None:
    for module, attribute in (("tables", "TABLES"), ("figures", "FIGURES")):
        for name, found in analysis_modules(module).items():
            [analysis] = [each for each in ANALYSES if each.name == name]
            assert getattr(found, attribute).keys() == getattr(analysis, module).keys()
    assert sum(len(analysis.tables) for analysis in ANALYSES) == len(TABLE_KINDS)
    assert sum(len(analysis.figures) for analysis in ANALYSES) == len(FIGURE_KINDS)


def test_figures_name_the_setting_of_the_intervals_that_they_mention() -> None:
    for kind in FIGURE_KINDS.values():
        assert ("{interval}" in kind.remark) == bool(kind.interval)
        if kind.interval:
            assert 0 < attrgetter(kind.interval)(Choices()) < 1


def test_sections_stand_in_the_order_of_the_analyses() -> None:
    fields = list(StudyFile.model_fields)
    declared = [name for each in ANALYSES if each.sections for name in each.sections.model_fields]
    assert fields[-len(declared) :] == declared


def test_reading_the_registry_imports_nothing_that_computes() -> None:
    script = (
        "import sys, attune.analyses.study\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=SCRIPTS
    )
    assert done.stdout.split() == []


def test_steps_depend_on_the_modules_of_analyses_that_they_call_for() -> None:
    def files(step: str) -> set[str]:
        return {
            path.relative_to(SCRIPTS).as_posix() for path in library_files(SCRIPTS / f"{step}.py")
        }

    tables, scoring = files("build_tables"), files("score_scales")
    for analysis in ANALYSES:
        folder = f"attune/analyses/{analysis.name}"
        assert (f"{folder}/tables.py" in tables) == bool(analysis.tables)
        assert f"{folder}/declaration.py" in scoring
        assert f"{folder}/tables.py" not in scoring
        assert f"{folder}/figures.py" not in tables
