"""The borders between the layers, read from the syntax trees.

The Snakefile and its rules know paths, order and choices; steps know the `snakemake` object and
Parquet; the library knows the statistics and no file; templates know ids, labels and no arithmetic.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from attune.specs.config import Config
from attune_files.yaml_file import read_yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
LIBRARY = sorted((SCRIPTS / "attune").rglob("*.py"))
COMMAND_LINE = sorted((SCRIPTS / "attune_cli").rglob("*.py"))
FILES_LAYER = sorted((SCRIPTS / "attune_files").rglob("*.py"))
RULE_FILES = {path.stem: path for path in sorted((ROOT / "workflow/rules").glob("*.smk"))}
COMMON = RULE_FILES.pop("common")
STEPS = {name: SCRIPTS / f"{name}.py" for name in RULE_FILES}
TEMPLATES = sorted((ROOT / "reports").glob("*.j2"))
OURS = ("attune", "attune_files")
MOST_LINES = 400

FORBIDDEN_IN_LIBRARY = {
    *("snakemake", "attune_files", "os", "pathlib", "shutil", "subprocess", "tempfile", "yaml"),
    *("glob", "socket", "urllib", "requests"),
}
FILE_CALLS = {
    *("open", "print", "input", "read_text", "write_text", "read_bytes", "write_bytes", "mkdir"),
    *("read_csv", "to_csv", "read_parquet", "to_parquet", "read_table", "write_table", "savefig"),
}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    """Every imported module, also those imported inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative imports are not followed by the rules"
            yield str(node.module)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def by_name(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=named)


class TestLibrary:
    """scripts/attune: frames and arrays in, frames out."""

    @by_name(LIBRARY)
    def test_imports_neither_files_nor_workflow(self, path: Path) -> None:
        assert not {name.split(".")[0] for name in imports(path)} & FORBIDDEN_IN_LIBRARY

    @by_name(LIBRARY)
    def test_touches_no_file_and_prints_nothing(self, path: Path) -> None:
        called = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call)
        }
        assert not called & FILE_CALLS

    @by_name([path for path in LIBRARY if path.name != "config.py"])
    def test_takes_plain_keywords_not_the_configuration(self, path: Path) -> None:
        assert "attune.specs.config" not in set(imports(path))

    @by_name(FILES_LAYER)
    def test_the_file_layer_knows_no_workflow(self, path: Path) -> None:
        typing_only = {
            ast.unparse(inner)
            for node in ast.walk(tree(path))
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in node.body
        }
        for name in imports(path):
            assert name.split(".")[0] != "snakemake" or any(name in line for line in typing_only)


class TestCommandLine:
    """scripts/attune_cli: reads, calls the library and prints."""

    @by_name(COMMAND_LINE)
    def test_imports_nothing_that_computes_and_no_workflow(self, path: Path) -> None:
        allowed = {*OURS, "attune_cli", *sys.stdlib_module_names}
        assert {name.split(".")[0] for name in imports(path)} <= allowed

    @by_name([*LIBRARY, *FILES_LAYER])
    def test_nothing_below_knows_it(self, path: Path) -> None:
        assert not [name for name in imports(path) if name.startswith("attune_cli")]


class TestSteps:
    """scripts/<rule>.py: read inputs, call the library, write outputs."""

    @pytest.mark.parametrize("step", STEPS)
    def test_import_the_library_and_nothing_that_computes(self, step: str) -> None:
        allowed = {*OURS, *sys.stdlib_module_names, "snakemake"}
        assert {name.split(".")[0] for name in imports(STEPS[step])} <= allowed

    @pytest.mark.parametrize("step", STEPS)
    def test_read_no_configuration(self, step: str) -> None:
        assert "attune.specs.config" not in set(imports(STEPS[step]))
        parts = ast.walk(tree(STEPS[step]))
        attributes = {ast.unparse(each) for each in parts if isinstance(each, ast.Attribute)}
        assert "snakemake.config" not in attributes
        assert any(each.startswith("snakemake.input") for each in attributes)
        assert any(each.startswith("snakemake.output") for each in attributes)

    @pytest.mark.parametrize("step", STEPS)
    def test_run_with_their_log_open(self, step: str) -> None:
        last = tree(STEPS[step]).body[-1]
        assert isinstance(last, ast.With), "the step's body belongs into `with step(snakemake):`"
        assert ast.unparse(last.items[0].context_expr) == "step(snakemake)"

    @pytest.mark.parametrize("step", STEPS)
    def test_hold_no_formulas(self, step: str) -> None:
        arithmetic = (ast.Sub, ast.Mult, ast.Pow, ast.Mod, ast.FloorDiv, ast.MatMult)
        found = [
            ast.unparse(node)
            for node in ast.walk(tree(STEPS[step]))
            if isinstance(node, ast.BinOp) and isinstance(node.op, arithmetic)
        ]
        assert not found


class TestRules:
    """workflow/rules: paths, order and which choices go to which step."""

    @pytest.mark.parametrize("rule", RULE_FILES)
    def test_one_word_per_stage(self, rule: str) -> None:
        text = RULE_FILES[rule].read_text(encoding="utf-8")
        assert re.findall(r"^(?:rule|checkpoint) (\w+):", text, re.MULTILINE) == [rule]
        assert STEPS[rule].is_file()
        assert f'script:\n        "../../scripts/{rule}.py"' in text
        assert re.search(rf'log:\n        "logs/\{{cohort\}}/{rule}[._]', text)
        assert re.search(rf'benchmark:\n        "benchmarks/\{{cohort\}}/{rule}[._]', text)

    @pytest.mark.parametrize("rule", RULE_FILES)
    def test_declare_everything_that_a_rerun_leans_on(self, rule: str) -> None:
        text = RULE_FILES[rule].read_text(encoding="utf-8")
        for directive in ("input", "output", "log", "benchmark", "conda", "message", "script"):
            assert re.search(rf"^    {directive}:$", text, re.MULTILINE), directive
        assert f'library=library("{rule}"),' in text
        assert "lock=lock_file," in text
        assert f'record="results/{{cohort}}/records/{rule}' in text
        assert not re.search(r"^    (?:run|shell):", text, re.MULTILINE)

    @pytest.mark.parametrize("rule", RULE_FILES)
    def test_a_step_gets_what_it_asks_for(self, rule: str) -> None:
        """Every input, output and parameter that the step reads is in its rule."""
        text = RULE_FILES[rule].read_text(encoding="utf-8")
        for node in ast.walk(tree(STEPS[rule])):
            if not isinstance(node, ast.Attribute) or node.attr == "items":
                continue
            found = re.fullmatch(r"snakemake\.(input|output|params)\.(\w+)", ast.unparse(node))
            if found:
                section = re.search(rf"^    {found[1]}:\n((?: {{8}}.*\n)+)", text, re.MULTILINE)
                assert section and f"        {found[2]}=" in section[1], found[0]

    def test_know_no_formulas(self) -> None:
        for path in [ROOT / "Snakefile", COMMON, *RULE_FILES.values()]:
            text = path.read_text(encoding="utf-8")
            for word in ("pandas", "numpy", "scipy", "pyarrow", "checkpoint"):
                assert word not in text, named(path)

    def test_the_snakefile_includes_all_of_them(self) -> None:
        text = (ROOT / "Snakefile").read_text(encoding="utf-8")
        included = re.findall(r'^include: "workflow/rules/(\w+)\.smk"$', text, re.MULTILINE)
        assert included[0] == "common"
        assert sorted(included[1:]) == sorted(RULE_FILES)

    def test_sections_of_the_configuration_are_stages(self) -> None:
        assert set(Config.model_fields) - {"cohorts", "seed"} <= set(RULE_FILES)

    def test_the_configuration_is_short(self) -> None:
        text = (ROOT / "config.yaml").read_text(encoding="utf-8")
        assert len(text.splitlines()) < 60


class TestTemplates:
    """reports: numbers come by id; nothing is computed."""

    @by_name(TEMPLATES)
    def test_hold_no_arithmetic(self, path: Path) -> None:
        parsed = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
        operations = (nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
        assert not list(parsed.find_all(operations))
        for addition in parsed.find_all(nodes.Add):
            # Lists grow by one; numbers do not.
            assert isinstance(addition.right, nodes.List), f"line {addition.lineno}"
        computed = {"round", "sum", "int", "float", "abs", "format", "min", "max"}
        assert not {each.name for each in parsed.find_all(nodes.Filter)} & computed

    @by_name(TEMPLATES)
    def test_hold_no_number_of_a_result(self, path: Path) -> None:
        text = re.sub(r"\{[#%{].*?[#%}]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.findall(r"[=<>≈] ?[-−]?\d*\.\d+", text)

    def test_every_cited_instrument_is_in_the_bibliography(self) -> None:
        bibliography = (ROOT / "reports/assets/references.bib").read_text(encoding="utf-8")
        known = set(re.findall(r"^@\w+\{([^,]+),", bibliography, re.MULTILINE))
        cited = {
            path.stem: read_yaml(path)["citation_key"]
            for path in (ROOT / "workflow/instruments").glob("*.yaml")
        }
        assert {name: key for name, key in cited.items() if key not in known} == {}


class TestModules:
    """All of scripts/."""

    PYTHON = sorted(path for path in SCRIPTS.rglob("*.py"))

    @by_name(PYTHON)
    def test_fit_a_reader(self, path: Path) -> None:
        assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES

    @by_name(PYTHON)
    def test_names_say_what_they_are(self, path: Path) -> None:
        forbidden = {"util", "utils", "helper", "helpers", "process", "handle", "misc", "v2"}
        kinds = (ast.FunctionDef, ast.ClassDef)
        names = {node.name for node in ast.walk(tree(path)) if isinstance(node, kinds)}
        for name in {*names, *path.relative_to(SCRIPTS).with_suffix("").parts}:
            words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower().split("_")
            assert not set(words) & forbidden, name

    @by_name(PYTHON)
    def test_input_is_not_checked_by_assert(self, path: Path) -> None:
        assert not [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]

    @by_name(PYTHON)
    def test_level_is_not_called_alpha(self, path: Path) -> None:
        """Alpha is Cronbach's; the level of significance is `level`."""
        allowed = {"alpha.py", "reliability", "contracts.py"}
        parameters = {
            argument.arg
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef)
            for argument in (*node.args.args, *node.args.kwonlyargs)
        }
        assert allowed & set(path.parts) or "alpha" not in parameters


class TestPlaces:
    """Nothing in the repository says where it was made."""

    def tracked(self) -> list[Path]:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if listed.returncode:
            pytest.skip("this is no git checkout")
        return [ROOT / name for name in listed.stdout.split("\0") if name]

    def test_no_absolute_paths(self) -> None:
        folders = "|".join(["home", "Users", "root", "work", "tmp"])
        pattern = re.compile(rf"(?<![\w.\-~:/{{}}\])])/(?:{folders})/\w")
        for path in self.tracked():
            if path.suffix in {".csv", ".png", ".parquet", ".json"} or not path.is_file():
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not pattern.findall(text), named(path)

    def test_no_package_hosts_in_what_is_installed_or_configured(self) -> None:
        paths = [*(ROOT / "envs").iterdir(), ROOT / "config.yaml", ROOT / "pyproject.toml"]
        paths += [ROOT / "Makefile", *(ROOT / "workflow").rglob("*.yaml")]
        for path in paths:
            text = path.read_text(encoding="utf-8")
            hosts = re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links", text)
            assert not hosts, named(path)
