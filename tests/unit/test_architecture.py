"""What never happens in this project, read from the syntax trees.

The Snakefile and its rules know paths, order and choices; steps know the `snakemake` object and
Parquet; the library knows the statistics and no file; templates know ids, labels and no arithmetic.
Within the library an import only goes down: from a wing to one that stands before it in WINGS.
"""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from attune.analyses.registry import ANALYSES
from attune.specs.config import Config
from attune_files.yaml_file import read_yaml

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
PYTHON = sorted(SCRIPTS.rglob("*.py"))
LIBRARY = sorted((SCRIPTS / "attune").rglob("*.py"))
COMMAND_LINE = sorted((SCRIPTS / "attune_cli").rglob("*.py"))
FILES_LAYER = sorted((SCRIPTS / "attune_files").rglob("*.py"))
RULE_FILES = {path.stem: path for path in sorted((ROOT / "workflow/rules").glob("*.smk"))}
COMMON = RULE_FILES.pop("common")
STEPS = {name: SCRIPTS / f"{name}.py" for name in RULE_FILES}
TEMPLATES = sorted((ROOT / "reports").rglob("*.j2"))
OURS = ("attune", "attune_files")
SUBJECT = r"(?:\{cohort\}|synthesis/\{synthesis\}|\{refused\})"
"""What a rule is about: a cohort, or a synthesis of studies."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

WINGS = (
    "specs",  # typed models of the YAML files
    "stats",  # formulas: arrays in, numbers out
    "store",  # contracts, kinds of statistics, ids, suppression of small cells
    "printing",  # numbers and text as they are printed
    "scoring",  # from responses to scores and measures
    "intake",  # raw files: reading, checks, scoring audit
    "analyses",  # one folder for each analysis
    "pipeline",  # from responses to statistics in one call
    "sites",  # moments of sites that share no rows: disclosure rules, signed files, pooling
    "documents",  # manuscript, supplement, notebook, cohort page
    "record",  # provenance, comparison of runs, archive
    "paper",  # ledger of printed values, checks, verdicts
    "synthesis",
    "cohort_draft",  # the first cohort file of a new study
    "synthetic",  # made-up cohorts
)
"""The folders (pipeline: the module) of scripts/attune, lowest first."""

LONGEST_FUNCTION = 60
"""Lines of a function without its docstring: it fits on a screen."""

SMALLEST_SINGLE = 80
"""Lines below which a module that only one other imports belongs into that one.

Not for modules imported by a step, since steps stay thin, nor for `kinds.py`, the fixed name of the
module that declares a wing's kinds of statistics.
"""

VAGUE_NAMES = {"each", "said", "told"}
"""Variables are named after the thing that they hold."""

FORBIDDEN_IN_LIBRARY = {
    *("snakemake", "attune_files", "os", "pathlib", "shutil", "subprocess", "tempfile", "yaml"),
    *("glob", "socket", "urllib", "requests"),
}
FILE_CALLS = {
    *("open", "print", "input", "read_text", "write_text", "read_bytes", "write_bytes", "mkdir"),
    *("read_csv", "to_csv", "read_parquet", "to_parquet", "read_table", "write_table", "savefig"),
}


@cache
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


def module_name(path: Path) -> str:
    """Dotted name of a file below scripts/; a package has the name of its folder."""
    parts = path.relative_to(SCRIPTS).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path, known: Iterable[str]) -> set[str]:
    """Modules of this project that a file imports: submodules by name, packages by themselves."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.add(submodule if submodule in known else str(node.module))
    return found & set(known)


def wing(module: str) -> str | None:
    """The wing of a module of the library; None for the library itself and the code around it."""
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] or None if first == "attune" else None


def upward_imports(imported: Mapping[str, set[str]]) -> list[str]:
    """Imports of the library that run to a wing which stands later in WINGS."""
    return sorted(
        f"{module} imports {other}"
        for module, others in imported.items()
        for other in others
        if (lower := wing(module)) in WINGS
        and (upper := wing(other)) is not None
        and (upper not in WINGS or WINGS.index(upper) > WINGS.index(lower))
    )


def circles(imported: Mapping[str, set[str]]) -> list[str]:
    """Groups of modules that import one another, directly or through others of the group."""

    def reached(start: str) -> set[str]:
        found, waiting = set(), [start]
        while waiting:
            new = imported[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    below = {module: reached(module) for module in imported}
    groups = {
        " <-> ".join(sorted(other for other in below[module] if module in below[other]))
        for module in imported
        if module in below[module]
    }
    return sorted(groups)


def single_importers(imported: Mapping[str, set[str]]) -> dict[str, str]:
    """Module -> the only module that imports it."""
    importers = defaultdict(set)
    for module, others in imported.items():
        for other in others:
            importers[other].add(module)
    return {module: min(names) for module, names in importers.items() if len(names) == 1}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, without its decorators and its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def found_in(paths: Iterable[Path], find: Callable[[Path], object]) -> dict[str, object]:
    """What is found in each file, without the files where nothing is."""
    return {named(path): found for path in paths if (found := find(path))}


def assert_nothing(found: Mapping[str, object] | list[str]) -> None:
    """Fail with all that was found, one place a line."""
    lines = [f"{k}: {v}" for k, v in found.items()] if isinstance(found, Mapping) else found
    assert not found, "\n" + "\n".join(lines)


def packages(path: Path) -> set[str]:
    """First names of the imported modules."""
    return {name.split(".")[0] for name in imports(path)}


@pytest.fixture(scope="module")
def modules() -> dict[str, Path]:
    """Every module below scripts/ and its file."""
    return {module_name(path): path for path in PYTHON}


@pytest.fixture(scope="module")
def imported(modules: dict[str, Path]) -> dict[str, set[str]]:
    """Every module below scripts/ and the modules of this project that it imports."""
    return {name: imported_modules(path, modules) for name, path in modules.items()}


class TestWings:
    """scripts/attune: wings in the order of the data, and nothing beside them."""

    def test_nothing_stands_beside_them(self) -> None:
        top = {path.relative_to(SCRIPTS / "attune").parts[0] for path in LIBRARY}
        assert top <= {"__init__.py", "pipeline.py", *WINGS}

    def test_no_import_runs_to_a_higher_wing(self, imported: dict[str, set[str]]) -> None:
        assert_nothing(upward_imports(imported))

    def test_no_circle_of_imports(self, imported: dict[str, set[str]]) -> None:
        assert_nothing(circles(imported))

    def test_no_small_module_has_a_single_importer(
        self, modules: dict[str, Path], imported: dict[str, set[str]]
    ) -> None:
        found = [
            f"{name} ({lines} lines) is imported by {importer} only"
            for name, importer in single_importers(imported).items()
            if modules[name] in {*LIBRARY, *FILES_LAYER, *COMMAND_LINE}
            and modules[name].name not in {"__init__.py", "kinds.py"}
            and importer not in STEPS
            and (lines := len(modules[name].read_text("utf-8").splitlines())) < SMALLEST_SINGLE
        ]
        assert_nothing(sorted(found))

    def test_scripts_are_the_steps_of_the_rules(self) -> None:
        assert {path.stem for path in SCRIPTS.glob("*.py")} == set(RULE_FILES)


class TestMeasurements:
    """The measurements of this file find what they look for."""

    def test_of_upward_imports(self) -> None:
        imported = {
            "attune.stats.power": {"attune.specs.errors", "attune.scoring.scores"},
            "attune.scoring.scores": {"attune.elsewhere"},
            "attune.pipeline": {"attune.analyses.gains.estimate", "attune.documents.notebook"},
            "compare_conditions": {"attune.synthetic.search"},
        }
        assert upward_imports(imported) == [
            "attune.pipeline imports attune.documents.notebook",
            "attune.scoring.scores imports attune.elsewhere",
            "attune.stats.power imports attune.scoring.scores",
        ]

    def test_of_circles(self) -> None:
        straight = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
        assert circles(straight) == []
        assert circles(straight | {"c": {"b"}}) == ["b <-> c"]
        assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": {"d"}}) == [
            "a <-> b <-> c",
            "d <-> e",
        ]

    def test_of_single_importers(self) -> None:
        straight = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
        assert single_importers(straight) == {"b": "a"}

    def test_of_imports_inside_functions_and_of_submodules(self, tmp_path: Path) -> None:
        path = tmp_path / "module.py"
        path.write_text("def f():\n    from attune.stats import power, mean\n    import os\n")
        known = {"attune.stats", "attune.stats.power", "attune.stats.resampling"}
        assert imported_modules(path, known) == {"attune.stats", "attune.stats.power"}

    def test_of_the_length_of_functions(self) -> None:
        code = '@cache\ndef f(x):\n    """Sum.\n\n    Of x.\n    """\n    return sum(x)\n'
        [function] = ast.parse(code).body
        assert isinstance(function, ast.FunctionDef)
        assert length(function) == 2


class TestLibrary:
    """scripts/attune: frames and arrays in, frames out."""

    def test_imports_neither_files_nor_workflow(self) -> None:
        assert_nothing(found_in(LIBRARY, lambda path: packages(path) & FORBIDDEN_IN_LIBRARY))

    def test_touches_no_file_and_prints_nothing(self) -> None:
        def calls(path: Path) -> set[str]:
            called = {
                getattr(node.func, "attr", getattr(node.func, "id", ""))
                for node in ast.walk(tree(path))
                if isinstance(node, ast.Call)
            }
            return called & FILE_CALLS

        assert_nothing(found_in(LIBRARY, calls))

    def test_takes_plain_keywords_not_the_configuration(self) -> None:
        # One call of the whole pipeline takes all choices and hands each analysis its own.
        whole = {"config.py", "pipeline.py", "analysis.py"}
        others = [path for path in LIBRARY if path.name not in whole]
        assert_nothing(found_in(others, lambda path: "attune.specs.config" in set(imports(path))))

    def test_the_file_layer_knows_no_workflow(self) -> None:
        def workflow(path: Path) -> list[str]:
            typing_only = {
                ast.unparse(inner)
                for node in ast.walk(tree(path))
                if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
                for inner in node.body
            }
            names = [name for name in imports(path) if name.split(".")[0] == "snakemake"]
            return [name for name in names if not any(name in line for line in typing_only)]

        assert_nothing(found_in(FILES_LAYER, workflow))


class TestCommandLine:
    """scripts/attune_cli: reads, calls the library and prints."""

    def test_imports_nothing_that_computes_and_no_workflow(self) -> None:
        allowed = {*OURS, "attune_cli", *sys.stdlib_module_names}
        assert_nothing(found_in(COMMAND_LINE, lambda path: packages(path) - allowed))

    def test_nothing_below_knows_it(self) -> None:
        assert (
            found_in([*LIBRARY, *FILES_LAYER], lambda path: packages(path) & {"attune_cli"}) == {}
        )


class TestSteps:
    """scripts/<rule>.py: read inputs, call the library, write outputs."""

    def test_import_the_library_and_nothing_that_computes(self) -> None:
        allowed = {*OURS, *sys.stdlib_module_names, "snakemake"}
        assert_nothing(found_in(STEPS.values(), lambda path: packages(path) - allowed))

    def test_read_no_configuration(self) -> None:
        def configuration(path: Path) -> list[str]:
            texts = {ast.unparse(n) for n in ast.walk(tree(path)) if isinstance(n, ast.Attribute)}
            texts |= set(imports(path))
            return sorted(texts & {"attune.specs.config", "snakemake.config"})

        assert_nothing(found_in(STEPS.values(), configuration))

    def test_read_inputs_and_write_outputs(self) -> None:
        def missing(path: Path) -> list[str]:
            attributes = {
                ast.unparse(node)
                for node in ast.walk(tree(path))
                if isinstance(node, ast.Attribute)
            }
            return [
                kind
                for kind in ("snakemake.input", "snakemake.output")
                if not any(attribute.startswith(kind) for attribute in attributes)
            ]

        # It stops with what the Snakefile found in files that no step can read.
        assert_nothing(found_in([STEPS[name] for name in STEPS if name != "refuse_files"], missing))

    def test_run_with_their_log_open(self) -> None:
        """The body of a step is in `with step(snakemake):`."""

        def last_statement(path: Path) -> str:
            last = tree(path).body[-1]
            opened = ast.unparse(last.items[0].context_expr) if isinstance(last, ast.With) else ""
            return "" if opened == "step(snakemake)" else f"line {last.lineno}"

        assert_nothing(found_in(STEPS.values(), last_statement))

    def test_hold_no_formulas(self) -> None:
        arithmetic = (ast.Sub, ast.Mult, ast.Pow, ast.Mod, ast.FloorDiv, ast.MatMult)

        def formulas(path: Path) -> list[str]:
            operations = [node for node in ast.walk(tree(path)) if isinstance(node, ast.BinOp)]
            return [ast.unparse(node) for node in operations if isinstance(node.op, arithmetic)]

        assert_nothing(found_in(STEPS.values(), formulas))


class TestRules:
    """workflow/rules: paths, order and which choices go to which step."""

    @pytest.mark.parametrize("rule", RULE_FILES)
    def test_one_word_per_stage(self, rule: str) -> None:
        text = RULE_FILES[rule].read_text(encoding="utf-8")
        assert re.findall(r"^(?:rule|checkpoint) (\w+):", text, re.MULTILINE) == [rule]
        assert STEPS[rule].is_file()
        assert f'script:\n        "../../scripts/{rule}.py"' in text
        assert re.search(rf'log:\n        "logs/{SUBJECT}/{rule}[._]', text)
        assert re.search(rf'benchmark:\n        "benchmarks/{SUBJECT}/{rule}[._]', text)

    @pytest.mark.parametrize("rule", RULE_FILES)
    def test_declare_everything_that_a_rerun_leans_on(self, rule: str) -> None:
        text = RULE_FILES[rule].read_text(encoding="utf-8")
        for directive in ("input", "output", "log", "benchmark", "conda", "message", "script"):
            assert re.search(rf"^    {directive}:$", text, re.MULTILINE), directive
        assert "lock=lock_file," in text
        assert re.search(rf'record="results/{SUBJECT}/records/{rule}', text)
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
        assert 'include: f"workflow/rules/{rule_of_analysis}.smk"' in text
        of_analyses = {analysis.rule for analysis in ANALYSES} & set(RULE_FILES)
        assert {*included[1:], *of_analyses} == set(RULE_FILES)
        assert len(included) == len(set(included))

    def test_sections_of_the_configuration_are_stages(self) -> None:
        # documents: several stages write and lay them out.
        no_sections = {"cohorts", "syntheses", "given_statistics", "seed", "documents"}
        assert set(Config.model_fields) - no_sections <= set(RULE_FILES)

    def test_the_configuration_is_short(self) -> None:
        text = (ROOT / "config.yaml").read_text(encoding="utf-8")
        assert len(text.splitlines()) < 66


class TestTemplates:
    """reports: numbers come by id; nothing is computed."""

    def test_hold_no_arithmetic(self) -> None:
        operations = (nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
        filters = {"round", "sum", "int", "float", "abs", "format", "min", "max"}

        def arithmetic(path: Path) -> list[str]:
            parsed = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
            found = [f"line {node.lineno}" for node in parsed.find_all(operations)]
            # Lists grow by one; numbers do not.
            sums = [n for n in parsed.find_all(nodes.Add) if not isinstance(n.right, nodes.List)]
            found += [f"line {node.lineno}: +" for node in sums]
            used = {node.name for node in parsed.find_all(nodes.Filter)}
            return [*found, *sorted(used & filters)]

        assert_nothing(found_in(TEMPLATES, arithmetic))

    def test_hold_no_number_of_a_result(self) -> None:
        def numbers(path: Path) -> list[str]:
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"\{[#%{].*?[#%}]\}", "", text, flags=re.DOTALL)
            return re.findall(r"[=<>≈] ?[-−]?\d*\.\d+", text)

        assert_nothing(found_in(TEMPLATES, numbers))

    def test_every_source_of_a_synthesis_is_in_the_bibliography(self) -> None:
        bibliography = (ROOT / "reports/assets/references.bib").read_text(encoding="utf-8")
        known = set(re.findall(r"^@\w+\{([^,]+),", bibliography, re.MULTILINE))
        cited = {
            f"{path.stem}.{name}": source["citation_key"]
            for path in (ROOT / "workflow/literature").glob("*.yaml")
            for name, source in read_yaml(path)["sources"].items()
            if "citation_key" in source
        }
        assert cited
        assert {name: key for name, key in cited.items() if key not in known} == {}

    def test_no_work_is_written_twice_in_the_bibliographies(self) -> None:
        """One entry of the shipped bibliography serves every text that cites a work."""
        own = [path for folder in ("data", "workflow") for path in (ROOT / folder).rglob("*.bib")]
        texts = [
            path.read_text(encoding="utf-8")
            for path in [ROOT / "reports/assets/references.bib", *own]
        ]
        keys = [key for text in texts for key in re.findall(r"^@\w+\{([^,]+),", text, re.M)]
        dois = [doi.lower() for text in texts for doi in re.findall(r"\bdoi *= *\{(.*?)\}", text)]
        assert own and dois
        assert [name for name, n in Counter(keys + dois).items() if n > 1] == []

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

    def test_functions_fit_on_a_screen(self) -> None:
        def too_long(path: Path) -> dict[str, int]:
            functions = [node for node in ast.walk(tree(path)) if isinstance(node, FUNCTIONS)]
            lengths = {function.name: length(function) for function in functions}
            return {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}

        assert_nothing(found_in(PYTHON, too_long))

    def test_names_say_what_they_are(self) -> None:
        forbidden = {"util", "utils", "helper", "helpers", "process", "handle", "misc", "v2"}

        def empty_names(path: Path) -> list[str]:
            named_nodes = (*FUNCTIONS, ast.ClassDef)
            names = {node.name for node in ast.walk(tree(path)) if isinstance(node, named_nodes)}
            names |= set(path.relative_to(SCRIPTS).with_suffix("").parts)
            words = {n: re.sub(r"(?<!^)(?=[A-Z])", "_", n).lower().split("_") for n in names}
            return sorted(name for name, parts in words.items() if set(parts) & forbidden)

        assert_nothing(found_in(PYTHON, empty_names))

    def test_variables_are_named_after_what_they_hold(self) -> None:
        def vague(path: Path) -> list[str]:
            found = []
            for node in ast.walk(tree(path)):
                stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                name = node.id if stored else node.arg if isinstance(node, ast.arg) else None
                if name in VAGUE_NAMES:
                    found.append(f"line {node.lineno}: {name}")
            return found

        assert_nothing(found_in(PYTHON, vague))

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_names_of_templates_say_what_they_hold(self, path: Path) -> None:
        parsed = jinja2.Environment().parse(path.read_text(encoding="utf-8"))
        names = {node.name for node in parsed.find_all(nodes.Name)}
        assert not names & VAGUE_NAMES

    def test_input_is_not_checked_by_assert(self) -> None:
        def asserts(path: Path) -> list[int]:
            return [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]

        assert_nothing(found_in(PYTHON, asserts))

    def test_level_is_not_called_alpha(self) -> None:
        """Alpha is Cronbach's; the level of significance is `level`."""
        allowed = {"alpha.py", "reliability", "contracts.py"}

        def parameters(path: Path) -> list[str]:
            return [
                function.name
                for function in ast.walk(tree(path))
                if isinstance(function, FUNCTIONS)
                for argument in (*function.args.args, *function.args.kwonlyargs)
                if argument.arg == "alpha"
            ]

        others = [path for path in PYTHON if not allowed & set(path.parts)]
        assert_nothing(found_in(others, parameters))

    def test_text_is_not_marked_by_characters_without_meaning(self) -> None:
        """Private-use characters stand neither in strings, also as escapes, nor in pages."""
        private_use = re.compile("[\\ue000-\\uf8ff]")

        def in_strings(path: Path) -> list[int]:
            constants = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Constant)]
            return [node.lineno for node in constants if private_use.search(str(node.value))]

        assert_nothing(found_in(PYTHON, in_strings))
        pages = [*TEMPLATES, *sorted((ROOT / "reports/assets").glob("*.[cj]s*"))]
        assert_nothing(found_in(pages, lambda path: private_use.findall(path.read_text("utf-8"))))


class TestPlaces:
    """Nothing in the repository says where it was made."""

    def tracked(self) -> list[Path]:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if listed.returncode:
            pytest.skip("this is not a git checkout")
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
