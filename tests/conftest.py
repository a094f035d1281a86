"""A small project of 12 dyads that a test can spoil, and the steps as a user runs them.

The project holds its own config.yaml, cohort and study; rules, steps, scoring keys and templates
are the repository's, which Snakemake finds in the folder of its Snakefile.
"""

import contextlib
import csv
import io
import runpy
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import is_hypothesis_test

from attune.specs.errors import AttuneError
from attune_files.own_text_files import own_text_paths, reference_paths
from attune_files.project import read_config, read_project
from attune_files.rendering.renderer import FORMATS, installed_renderer
from attune_files.yaml_file import read_yaml
from tests.depth import deep, load_hypothesis_profile
from tests.whole_project import copy_project, finished_run, made_once, try_snakemake
from tests.whole_project import run_snakemake as run_in_copy

ROOT = Path(__file__).parents[1]

load_hypothesis_profile()
DYADS = 12
CONFIG = {
    "cohorts": ["small"],
    "seed": 7,
    "correlate_measures": {"bootstrap_samples": 999, "permutations": 999},
    "render_manuscript": {"renderer": "embedded"},
}
COHORT = {
    "cohort": "small",
    "title": "Twelve dyads",
    "study": "small",
    "synthetic": True,
    "synthetic_notice": "Synthetic data: made by a test.",
    "source": "a test",
    "licence": "CC0-1.0",
    "missing_codes": [""],
    "files": {
        "sample_sheet": {"path": "sample.csv", "dyad": "id"},
        "therapists": {"path": "therapists.csv", "dyad": "id"},
        "intake": {"path": "intake.csv", "dyad": "id"},
        "termination": {"path": "termination.csv", "dyad": "id"},
    },
    "sample": {
        "file": "sample_sheet",
        "therapist": "therapist",
        "patient": "patient",
        "condition": "condition",
        "variables": {
            "condition": {
                "column": "condition",
                "label": "Condition",
                "kind": "category",
                "levels": {"A": "Brief therapy", "B": "Usual care"},
            },
            "age": {
                "column": "age",
                "label": "Age",
                "unit": "years",
                "minimum": 18,
                "maximum": 90,
            },
        },
    },
    "questionnaires": [
        {
            "instrument": instrument,
            "rater": rater,
            "occasion": occasion,
            "file": file,
            "columns": columns,
        }
        for instrument, rater, occasion, file, columns in (
            ("kims", "therapist", "baseline", "therapists", "kims_{item}"),
            ("iip_32", "patient", "intake", "intake", "iip_{item}"),
            ("iip_32", "patient", "termination", "termination", "iip_{item}"),
        )
    ],
}
IIP = {"instrument": "iip_32", "scale": "mean", "rater": "patient"}
STUDY = {
    "study": "small",
    "title": "Mindful therapists",
    "authors": ["A. Author"],
    "template": "generic",
    "measures": {
        "kims": {
            "label": "Mindfulness",
            "instrument": "kims",
            "scale": "total",
            "rater": "therapist",
            "occasion": "baseline",
        },
        "iip_intake": {"label": "IIP-32, intake", "occasion": "intake"} | IIP,
        "iip_termination": {"label": "IIP-32, termination", "occasion": "termination"} | IIP,
        "age": {"label": "Age", "variable": "age"},
    },
    "imputation": {"method": "series_mean"},
    "outcomes": {
        "iip": {"label": "IIP-32", "pretest": "iip_intake", "posttest": "iip_termination"}
    },
    "correlations": {
        "mindful": {
            "title": "Mindfulness and residual change",
            "x": ["kims", "age"],
            "y": ["iip"],
            "dataset": "available",
            "direction": "negative",
        }
    },
    "conditions": {
        "arms": {"title": "The two arms", "measures": ["kims", "iip"], "dataset": "available"}
    },
    "variables": ["condition", "age"],
    "tables": {
        "sample": {
            "document": "manuscript",
            "kind": "frequencies",
            "title": "Participants",
            "rows": ["condition"],
        },
        "correlations": {
            "document": "manuscript",
            "kind": "correlation_matrix",
            "title": "Correlations",
            "analyses": ["mindful"],
            "columns": ["iip"],
        },
        "details": {
            "document": "supplement",
            "kind": "correlation_details",
            "title": "Correlations in full",
            "analyses": ["mindful"],
        },
        "violations": {
            "document": "supplement",
            "kind": "violations",
            "title": "What was found in the raw files",
        },
    },
}
STEPS = {
    "validate_responses": (
        "cohort study instruments",
        "responses given_scores sample violations statistics",
    ),
    "check_cohort": ("cohort study instruments page_template styles", "page"),
    "score_scales": ("responses given_scores sample cohort instruments", "scores statistics"),
    "estimate_reliability": ("responses sample instruments study", "reliability statistics"),
    "impute_measures": ("scores sample study", "measures"),
    "compute_residual_gains": ("measures study instruments", "gains statistics"),
    "correlate_measures": ("measures gains study instruments", "statistics"),
    "compare_conditions": ("measures gains study cohort instruments", "statistics"),
    "fit_growth": ("measures sample study cohort instruments", "statistics"),
    "describe_sample": ("sample responses measures study cohort instruments", "statistics"),
    "explain_statistics": ("statistics records study cohort publication", "explanations"),
    "confirm_statistics": (
        "responses measures gains statistics study cohort instruments",
        "confirmation",
    ),
    "build_tables": ("statistics violations study cohort instruments", "tables printed"),
    "build_notebook": ("statistics printed study cohort instruments", "notebook"),
    "show_tables": ("tables study cohort table_template table_styles", "pages"),
    "plot_figures": ("responses measures gains statistics study cohort instruments", "figures"),
    "build_manuscript": (
        "tables printed statistics confirmation study cohort instruments template"
        " supplement_template macros analysis_parts text publication",
        "manuscript supplement",
    ),
    "render_manuscript": (
        "qmd figures explanations assets numbers_template references",
        "html docx pdf xml numbers numbers_page",
    ),
}
"""Step -> its inputs and outputs, as its rule names them."""

TO_DOCUMENTS = [
    step
    for step in STEPS
    if step
    not in (
        *("check_cohort", "explain_statistics", "build_notebook", "show_tables"),
        *("plot_figures", "render_manuscript"),
    )
]
"""The steps up to the sources of the documents, without pages and figures."""

STATISTICS = {
    "validate_responses": "violations",
    "score_scales": "scores",
    "estimate_reliability": "reliability",
    "compute_residual_gains": "gains",
    "correlate_measures": "correlations",
    "compare_conditions": "conditions",
    "fit_growth": "growth",
    "describe_sample": "sample",
}
"""Step -> its file of statistics."""

RECORDED = [*STATISTICS, "impute_measures"]
"""Steps whose records lead from the statistics back to the raw files."""

CHOICES = read_config(CONFIG)
PARAMS: dict[str, dict[str, Any]] = {
    "check_cohort": {"interval": 0.95, "show_values": "codes"},
    "estimate_reliability": {"interval": 0.95},
    "compute_residual_gains": {"interval": 0.95},
    "correlate_measures": {"bootstrap_samples": 999, "permutations": 999, "seed": 7},
    "compare_conditions": {"interval": 0.95, "variances": "pooled"},
    "fit_growth": {"interval": 0.95, "variance_intervals": "wald", "seed": 7},
    "describe_sample": {"interval": 0.95, "seed": 7},
    "explain_statistics": {"smallest_cell": 5},
    "confirm_statistics": {"variances": "pooled"},
    "build_tables": {
        "level": 0.05,
        "smallest_cell": 5,
        "powers": {"correlate_measures.power": 0.8},
    },
    "plot_figures": {
        "settings": {
            "correlate_measures.interval": 0.95,
            "compute_residual_gains.interval": 0.95,
            "fit_growth.interval": 0.95,
            "describe_sample.interval": 0.95,
        },
        "smallest_cell": 5,
        "language": "en-US",
    },
    "build_manuscript": {
        "settings": CHOICES.model_dump(
            exclude={"cohorts", "check_cohort", "documents", "render_manuscript"}
        ),
        "language": "en-US",
    },
    "render_manuscript": {
        "renderer": "embedded",
        "program": installed_renderer("embedded"),
        "masked": False,
        "line_numbers": False,
    },
}


class Named(list[Any]):
    """Values by position and, where they have a name, by attribute and by name."""

    def __init__(self, values: Mapping[str, Any] | None = None):
        self._named = dict(values or {})
        super().__init__(
            item
            for value in self._named.values()
            for item in (value if isinstance(value, list) else [value])
        )

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_named"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: Any) -> Any:
        return self._named[name] if isinstance(name, str) else super().__getitem__(name)

    def items(self) -> Any:
        return self._named.items()


@dataclass(frozen=True)
class Done:
    """Exit status of a step or a run, and everything that it printed."""

    status: int
    said: str


@dataclass(frozen=True)
class _Snakemake:
    rule: str
    input: Named
    output: Named
    params: Named
    wildcards: Named
    log: Named
    threads: int = 1
    scriptdir: str = str(ROOT / "scripts")


def run_step(
    name: str,
    input: Mapping[str, Any],
    output: Mapping[str, Any],
    params: Mapping[str, Any] | None = None,
    wildcards: Mapping[str, Any] | None = None,
    log: Path | None = None,
) -> Done:
    """Execute scripts/<name>.py as Snakemake does, with a plain object for `snakemake`."""
    for path in output.values():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    snakemake = _Snakemake(
        name,
        Named(input),
        Named(output),
        Named(params),
        Named(wildcards or {"cohort": "small"}),
        Named({"log": str(log)} if log else None),
    )
    output, status = io.StringIO(), 0
    with contextlib.redirect_stderr(output), contextlib.redirect_stdout(output):
        try:
            runpy.run_path(str(ROOT / "scripts" / f"{name}.py"), {"snakemake": snakemake})
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Done(status, output.getvalue())


def run_snakemake(arguments: list[str], cwd: Path) -> Done:
    """Run the repository's Snakefile in another working folder."""
    return Done(*try_snakemake(cwd, "--snakefile", str(ROOT / "Snakefile"), *arguments))


@dataclass(frozen=True)
class Project:
    """A project's folder, with what a test does to it."""

    folder: Path

    @property
    def data(self) -> Path:
        """The cohort's folder."""
        return self.folder / "data" / "small"

    @property
    def results(self) -> Path:
        """Where the cohort's results go."""
        return self.folder / "results" / "small"

    def find(self, path: str) -> str:
        """The project's file, or the repository's; as the Snakefile looks for it."""
        return path if (self.folder / path).exists() else str(ROOT / path)

    def set_cell(self, file: str, row: int, column: str, text: str) -> None:
        """Write one cell; `row` as a spreadsheet numbers it (the header is 1)."""
        with self.table(file) as lines:
            lines[row - 1][lines[0].index(column)] = text

    @contextlib.contextmanager
    def table(self, file: str) -> Iterator[list[list[str]]]:
        """The lines of a raw file, to change; they are written at the end of the block."""
        path = self.data / file
        with path.open(encoding="utf-8", newline="") as opened:
            lines = list(csv.reader(opened))
        yield lines
        with path.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows(lines)

    @contextlib.contextmanager
    def yaml(self, path: str) -> Iterator[Any]:
        """The content of a YAML file, to change; a key of the repository's file is copied."""
        content = read_yaml(self.folder / self.find(path))
        yield content
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        target.write_text(text, encoding="utf-8")

    def cohort(self) -> contextlib.AbstractContextManager[Any]:
        """The cohort file, to change."""
        return self.yaml("data/small/cohort.yaml")

    def study(self) -> contextlib.AbstractContextManager[Any]:
        """The study file, to change."""
        return self.yaml("workflow/studies/small.yaml")

    def configuration_error(self) -> str:
        """Message about the configuration before any job starts; "" if it is right."""
        try:
            with contextlib.chdir(self.folder):
                choices = read_config(read_yaml("config.yaml"))
                read_project(choices.cohorts, self.find)
        except AttuneError as error:
            return str(error)
        return ""

    def run(self, step: str, statistics: Iterable[str] = STATISTICS.values()) -> Done:
        """One step, with the files that its rule would give it.

        `statistics` are those that the steps after the analyses read.
        """
        reports = ROOT / "reports"
        stored = {name: self.results / f"statistics/{name}.parquet" for name in statistics}
        files: dict[str, Any] = {
            name: self.results / f"{name}.parquet"
            for name in (
                *(
                    "responses",
                    "given_scores",
                    "sample",
                    "violations",
                    "scores",
                    "reliability",
                    "measures",
                ),
                *("gains", "printed"),
            )
        }
        files |= {name: self.results / name for name in ("tables", "figures")}
        files |= {name: self.results / f"{name}.qmd" for name in ("manuscript", "supplement")}
        files |= {kind: self.results / f"manuscript.{kind}" for kind in FORMATS}
        files |= {
            "cohort": self.data / "cohort.yaml",
            "study": self.folder / "workflow/studies/small.yaml",
            "instruments": [
                self.folder / self.find(f"workflow/instruments/{name}.yaml")
                for name in ("iip_32", "kims")
            ],
            "statistics": list(stored.values()),
            "records": [self.results / f"records/{name}.json" for name in RECORDED],
            "publication": [],
            "explanations": self.results / "explanations.json",
            "confirmation": self.results / "confirmation.json",
            "page": self.results / "intake.html",
            "notebook": self.results / "statistics.ipynb",
            "pages": self.results / "table_pages",
            "table_template": reports / "table.html.j2",
            "table_styles": reports / "assets/attune.css",
            "page_template": reports / "intake.html.j2",
            "styles": [reports / f"assets/{name}.css" for name in ("attune", "intake")],
            "numbers_template": reports / "numbers.html.j2",
            "numbers": self.results / "manuscript_numbers.csv",
            "numbers_page": self.results / "manuscript_numbers.html",
            "template": reports / "generic.qmd.j2",
            "supplement_template": reports / "supplement.qmd.j2",
            "macros": reports / "macros.qmd.j2",
            "analysis_parts": sorted((reports / "analyses").iterdir()),
            "text": own_text_paths(str(self.data / "text"), str),
            "references": reference_paths(str(self.data / "text"), str),
            "qmd": self.results / "manuscript.qmd",
            "assets": sorted((reports / "assets").iterdir()),
        }
        given, made = ({name: files[name] for name in part.split()} for part in STEPS[step])
        if step in STATISTICS:
            made["statistics"] = self.results / f"statistics/{STATISTICS[step]}.parquet"
        made["record"] = self.results / f"records/{step}.json"
        return run_step(
            step, _as_text(given), _as_text(made), PARAMS.get(step), log=self.folder / f"{step}.log"
        )

    def validate(self) -> Done:
        """The first step."""
        return self.run("validate_responses")

    def refused(self) -> str:
        """Message of the first step about raw files that it rejects; no result changes."""
        before = self._written()
        done = self.validate()
        assert done.status == 1, "nothing was refused"
        assert self._written() == before
        assert done.said.strip() in (self.folder / "validate_responses.log").read_text("utf-8")
        return done.said

    def _written(self) -> dict[Path, bytes]:
        files = (path for path in self.results.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files}

    def run_line(self, *steps: str, statistics: Iterable[str] = STATISTICS.values()) -> Done:
        """The steps in this order (default: all); stops at the first that fails."""
        done = Done(0, "")
        for step in steps or STEPS:
            done = self.run(step, statistics)
            if done.status:
                break
        return done


def _as_text(files: Mapping[str, Any]) -> dict[str, Any]:
    """Snakemake gives its steps paths as text."""
    return {
        name: [str(path) for path in value] if isinstance(value, list) else str(value)
        for name, value in files.items()
    }


@pytest.fixture(scope="session")
def raw_tables() -> dict[str, list[list[str]]]:
    """The raw files of the small cohort: a common factor of change and some noise."""
    rng = np.random.default_rng(2012)
    dyads = [f"d{number:02d}" for number in range(1, DYADS + 1)]
    mindful = rng.normal(size=DYADS)
    distress = rng.normal(size=DYADS)

    def answers(level: np.ndarray, items: int, low: int, high: int) -> np.ndarray:
        latent = level[:, np.newaxis] + rng.normal(size=(len(level), items))
        return np.clip(np.round(latent + (low + high) / 2), low, high).astype(int)

    def as_ticked(kims: np.ndarray) -> np.ndarray:
        """Mindful therapists disagree with the items that the key reverses."""
        turned = np.array(read_yaml(ROOT / "workflow/instruments/kims.yaml")["reverse"]) - 1
        kims[:, turned] = 6 - kims[:, turned]
        return kims

    sheets = {
        "therapists.csv": ("kims", as_ticked(answers(mindful, 39, 1, 5))),
        "intake.csv": ("iip", answers(distress, 32, 0, 4)),
        "termination.csv": ("iip", answers(0.6 * distress - 0.5 * mindful, 32, 0, 4)),
    }
    tables = {
        file: [["id", *(f"{stem}_{item}" for item in range(1, matrix.shape[1] + 1))]]
        + [[dyad, *map(str, row)] for dyad, row in zip(dyads, matrix, strict=True)]
        for file, (stem, matrix) in sheets.items()
    }
    ages = rng.integers(20, 70, DYADS)
    tables["sample.csv"] = [["id", "therapist", "patient", "condition", "age"]] + [
        [dyad, f"t{number + 1}", f"p{number + 1}", "AB"[number % 2], str(ages[number])]
        for number, dyad in enumerate(dyads)
    ]
    return tables


@pytest.fixture(scope="session")
def new_project(raw_tables: dict[str, list[list[str]]]) -> Callable[[Path], Project]:
    """Makes the small project in a folder."""

    def make(folder: Path) -> Project:
        made = Project(folder)
        for path, content in (
            ("config.yaml", CONFIG),
            ("data/small/cohort.yaml", COHORT),
            ("workflow/studies/small.yaml", STUDY),
        ):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
            target.write_text(text, encoding="utf-8")
        for file, lines in raw_tables.items():
            with (made.data / file).open("w", encoding="utf-8", newline="") as opened:
                csv.writer(opened, lineterminator="\n").writerows(lines)
        return made

    return make


@pytest.fixture
def project(new_project: Callable[[Path], Project], tmp_path: Path) -> Project:
    """The small project, in a folder of its own."""
    return new_project(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder after one run of all cohorts; read only, all tests share it."""
    return made_once("finished", finished_run, tmp_path_factory)


@pytest.fixture(scope="session")
def small_run(
    tmp_path_factory: pytest.TempPathFactory, new_project: Callable[[Path], Project]
) -> Path:
    """A copy of attune with the small project in it after a run; read only, all tests share it."""

    def make(folder: Path) -> None:
        copy_project(folder)
        for name in ("LICENSE", "README.md", "pyproject.toml", "Makefile"):
            shutil.copy2(ROOT / name, folder / name)
        new_project(folder)
        run_in_copy(folder)

    return made_once("small_run", make, tmp_path_factory)


SLOW = [ROOT / "tests/workflow", ROOT / "tests/browser"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow folders first, so that parallel processes end together; property tests are deep ones."""

    def place(item: pytest.Item) -> int:
        folders = (n for n, folder in enumerate(SLOW) if item.path.is_relative_to(folder))
        return next(folders, len(SLOW))

    items.sort(key=place)
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(deep)
