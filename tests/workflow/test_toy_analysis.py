"""An analysis is one folder, a rule file, a step and a template part; nothing else is touched.

The toy is the mean absolute difference between two measures. CONTRIBUTING.md, "Add an analysis",
describes what is added here; a change that one of the two needs belongs into both.
"""

import hashlib
import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from tests.whole_project import PARTS, run_python, run_snakemake

FOLDER = "scripts/attune/analyses/toy_differences"
RULE = "average_differences"
STUDY = "workflow/studies/small.yaml"

DECLARATION = '''\
"""Declaration of the differences between measures: the section `differences` of a study."""

from typing import ClassVar

from pydantic import Field

from attune.analyses.analysis import Analysis, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study


class Differences(DeclaredAnalysis):
    """Mean absolute differences, each x from each y."""

    TERMS: ClassVar = {"x": "measures or outcomes", "y": "measures or outcomes"}

    x: list[Identifier] = Field(min_length=1)
    y: list[Identifier] = Field(min_length=1)


class DifferenceSections(ClosedModel):
    """What the differences add to a study file."""

    differences: dict[Identifier, Differences] = {}


def declared_differences(study: Study) -> dict[str, Differences]:
    """The differences that a study declares, by id."""
    return study.differences if isinstance(study, DifferenceSections) else {}


ANALYSIS = Analysis(
    name="toy_differences",
    title="Differences between measures",
    place=45,
    rule="average_differences",
    sections=DifferenceSections,
    asked_for=lambda study: bool(declared_differences(study)),
    not_asked_for="the plan has no differences",
    tables={"differences": TableKind(section="differences")},
)
'''

ESTIMATE = '''\
"""Mean absolute differences between measures."""

from attune.analyses.toy_differences.declaration import declared_differences
from attune.store.statistic_rows import software, statistic_row, statistics_frame


def average_differences(datasets, analyses):
    """The mean of |x - y| over the dyads that have both."""
    rows = []
    for name, analysis in analyses.items():
        for x in analysis.x:
            for y in analysis.y:
                frame = datasets[analysis.dataset][[x, y]].astype(float).dropna()
                rows.append(
                    statistic_row(
                        name,
                        (x, y),
                        "mean_absolute_difference",
                        (frame[x] - frame[y]).abs().mean(),
                        x=x,
                        y=y,
                        n=len(frame),
                        dataset=analysis.dataset,
                        software=software("attune"),
                    )
                )
    return statistics_frame(rows)


def statistics(inputs, resampling):
    """The differences, from the inputs of all analyses."""
    return average_differences(inputs.datasets, declared_differences(inputs.study))
'''

KINDS = '''\
"""Kinds of statistics of the differences between measures."""

from attune.store.statistic_kinds import AVERAGE_IN_UNITS, NOT_NEGATIVE, StatisticKind

KINDS = (
    StatisticKind(
        id="<difference>.<x>.<y>.mean_absolute_difference",
        rule="average_differences",
        label="mean absolute difference",
        formula="Σ|x − y| / n",
        function="attune.analyses.toy_differences.estimate.average_differences",
        symbol="*MAD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
    ),
)
'''

TABLES = '''\
"""Tables of differences between measures."""

from attune.analyses.toy_differences.declaration import declared_differences
from attune.printing.context import Body
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal


def differences(table, context):
    """One row per pair of measures."""
    body = Body({LABEL: "Measures", "difference": "*MAD*", "n": "*n*"}, [])
    for name in table.analyses:
        entry = declared_differences(context.study)[name]
        for x in entry.x:
            for y in entry.y:
                label = f"{context.study.label_of(x)} and {context.study.label_of(y)}"
                row, identifier = Row(literal(label)), f"{name}.{x}.{y}.mean_absolute_difference"
                row.cells["difference"] = context.store.cell(identifier)
                row.cells["n"] = context.store.cell(identifier, "n")
                body.rows.append(row)
    body.remarks.append("*MAD* = mean absolute difference.")
    return body


TABLES = {"differences": differences}
'''

FACTS = '''\
"""The declared differences, as templates use them."""

from types import SimpleNamespace

from attune.analyses.toy_differences.declaration import declared_differences
from attune.printing.text import literal


def facts(study, cohort, labels, written):
    """The differences of a study by id."""
    return {
        name: SimpleNamespace(
            id=name,
            title=literal(entry.title),
            ids=[f"{name}.{x}.{y}.mean_absolute_difference" for x in entry.x for y in entry.y],
        )
        for name, entry in declared_differences(study).items()
    }
'''

RULE_FILE = '''\
"""Measures and residual gains to mean absolute differences."""


rule average_differences:
    input:
        measures="results/{cohort}/measures.parquet",
        gains="results/{cohort}/gains.parquet",
        study=study_file,
        instruments=instrument_files,
        lock=lock_file,
    output:
        statistics="results/{cohort}/statistics/toy_differences.parquet",
        record="results/{cohort}/records/average_differences.json",
    log:
        "logs/{cohort}/average_differences.log",
    benchmark:
        "benchmarks/{cohort}/average_differences.tsv"
    conda:
        "../../envs/attune.yaml"
    message:
        "Average the differences of {wildcards.cohort}."
    script:
        "../../scripts/average_differences.py"
'''

STEP = '''\
"""Average the differences between measures that the study declares."""

from typing import TYPE_CHECKING

from attune.analyses.toy_differences.declaration import declared_differences
from attune.analyses.toy_differences.estimate import average_differences
from attune.store.contracts import GAINS, MEASURES, STATISTICS
from attune.store.datasets import analysis_datasets
from attune.store.instrument_versions import name_instruments
from attune_files.parquet import read_parquet, write_parquet
from attune_files.project import read_study
from attune_files.steps.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    measures = read_parquet(snakemake.input.measures, MEASURES).to_pandas()
    gains = read_parquet(snakemake.input.gains, GAINS).to_pandas()
    datasets = analysis_datasets(measures, gains, study.outcomes, study.datasets)
    statistics = average_differences(datasets, declared_differences(study))
    statistics = name_instruments(statistics, study, read_instruments(snakemake.input.instruments))
    write_parquet(statistics, snakemake.output.statistics, STATISTICS)
'''

PART = """\
{# Differences between measures in the documents of any study. #}
{% import "macros.qmd.j2" as say with context %}

{% macro results() %}
{% for difference in facts.analyses.toy_differences.values() %}
## {{ difference.title }}

{% for id in difference.ids %}
The measures differed by {{ stat(id) }}.
{% endfor %}
{% set seen = parts(analysis=difference.id) %}
{{ say.shown(seen, "the differences") | trim }}

{{ place(seen) }}

{% endfor %}
{% endmacro %}

{% macro supplement() %}
{% for difference in facts.analyses.toy_differences.values() %}
**{{ difference.title }}.** Differences are averaged without their sign.
{% for id in difference.ids %}
The result is {{ stat(id) }}.
{% endfor %}
{{ say.shown(parts(["differences"]), "all differences") | trim }}

{% endfor %}
{% endmacro %}
"""

ADDED = {
    f"{FOLDER}/__init__.py": '"""Differences between measures."""\n',
    f"{FOLDER}/declaration.py": DECLARATION,
    f"{FOLDER}/estimate.py": ESTIMATE,
    f"{FOLDER}/kinds.py": KINDS,
    f"{FOLDER}/tables.py": TABLES,
    f"{FOLDER}/facts.py": FACTS,
    f"workflow/rules/{RULE}.smk": RULE_FILE,
    f"scripts/{RULE}.py": STEP,
    "reports/analyses/toy_differences.qmd.j2": PART,
}
"""Every file of the toy analysis."""

ASKED_FOR = {
    "differences": {
        "change": {
            "title": "Distance between the occasions",
            "x": ["iip_intake"],
            "y": ["iip_termination"],
            "dataset": "available",
        }
    }
}
TABLE_OF_CHANGE = {
    "kind": "differences",
    "title": "Distances Between Occasions",
    "analyses": ["change"],
}
ID = "change.iip_intake.iip_termination.mean_absolute_difference"


@dataclass(frozen=True)
class Toy:
    """A copy of attune with the toy analysis, after a run, and what the analysis found there."""

    home: Path
    before: Path
    """The results of the same cohort without the toy analysis."""
    changed: set[str]
    """Files of the project that differ from the copy without it."""

    @property
    def results(self) -> Path:
        return self.home / "results/small"

    def text(self, name: str) -> str:
        return (self.results / name).read_text(encoding="utf-8")

    @property
    def estimate(self) -> float:
        rows = pq.read_table(self.results / "statistics/toy_differences.parquet").to_pylist()
        [row] = [row for row in rows if row["id"] == ID]
        return float(row["estimate"])


def sums(folder: Path) -> dict[str, str]:
    """Sum of every file of the project, without results."""
    files = [folder / part for part in PARTS]
    files += [file for part in files if part.is_dir() for file in part.rglob("*")]
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file() and "__pycache__" not in file.parts
    }


@pytest.fixture(scope="module")
def toy(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Toy:
    home = Path(shutil.copytree(small_run, tmp_path_factory.mktemp("toy") / "attune"))
    before = sums(home)
    for name, text in ADDED.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    study = yaml.safe_load((home / STUDY).read_text(encoding="utf-8")) | ASKED_FOR
    for document in ("manuscript", "supplement"):
        study["tables"][f"change_{document}"] = TABLE_OF_CHANGE | {"document": document}
    (home / STUDY).write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    run_snakemake(home)
    after = sums(home)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    return Toy(home, small_run / "results/small", changed)


def test_nothing_is_touched_but_its_own_files_and_the_study(toy: Toy) -> None:
    assert toy.changed == {*ADDED, STUDY}


def test_the_number_is_that_of_the_measures(toy: Toy) -> None:
    measures = pq.read_table(toy.results / "measures.parquet").to_pandas()
    observed = measures[measures["imputation"] == 0]
    distance = (observed["iip_intake"] - observed["iip_termination"]).abs().mean()
    assert toy.estimate == pytest.approx(distance)
    assert toy.estimate > 0


@pytest.mark.parametrize("document", ["manuscript", "supplement"])
def test_documents_print_it(toy: Toy, document: str) -> None:
    printed = f"{toy.estimate:.1f}"
    source = toy.text(f"{document}.qmd")
    assert f'[*MAD* = {printed}]{{.stat data-id="{ID}"}}' in source
    assert "Distance between the occasions" in source
    assert "Distances Between Occasions" in source
    page = toy.text(f"{document}.html")
    assert len(re.findall(re.escape(f'data-id="{ID}"'), page)) >= 2, "in the text and in the table"
    assert "Distances Between Occasions" in page


def test_the_notebook_prints_it(toy: Toy) -> None:
    cells = json.loads(toy.text("statistics.ipynb"))["cells"]
    assert ["## Distance between the occasions"] in [cell["source"] for cell in cells]
    lines = [
        line for cell in cells for output in cell.get("outputs", []) for line in output["text"]
    ]
    [line] = [line for line in lines if f"[{ID}]" in line]
    assert line.startswith("IIP-32, intake; IIP-32, termination; mean absolute difference: MAD = ")


def test_it_is_explained(toy: Toy) -> None:
    done = run_python(toy.home, "-m", "attune_cli.main", "explain", ID)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Mean absolute difference: IIP-32, intake with IIP-32, termi")
    assert "Σ|x − y| / n" in done.stdout
    for source in ("attune.analyses.toy_differences.estimate", "intake.csv", "termination.csv"):
        assert source in done.stdout


def test_it_is_archived(toy: Toy) -> None:
    done = run_python(
        toy.home, "-m", "attune_cli.main", "archive", "small", "--output", "small.zip"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(toy.home / "small.zip") as archive:
        names = set(archive.namelist())
        tables = [archive.read(name).decode() for name in names if name.endswith("_data.csv")]
    assert "results/small/statistics/toy_differences.parquet" in names
    assert {name for name in ADDED if name not in names} == set()
    assert any(ID in table for table in tables)


def test_a_run_without_it_differs_by_it(toy: Toy) -> None:
    done = run_python(
        toy.home, "-m", "attune_cli.main", "diff", str(toy.before), str(toy.results), "--all"
    )
    assert done.returncode == 1, done.stderr
    assert ID in done.stdout
    other = [line for line in done.stdout.splitlines() if "pearson_r" in line or ".cohen_d" in line]
    assert other == [], "no other number changes"


def test_the_pipeline_gives_it_too(toy: Toy) -> None:
    code = (
        "from attune.pipeline import ANALYSES, study_statistics, CohortData\n"
        "from attune.store.contracts import GIVEN_SCORES, RESPONSES, SAMPLE\n"
        "from attune_files.parquet import read_parquet\n"
        "from attune_files.project import read_parts\n"
        "tables = [read_parquet(f'results/small/{contract.name}.parquet', contract)\n"
        "          for contract in (RESPONSES, SAMPLE, GIVEN_SCORES)]\n"
        "cohort, study, keys = read_parts('small', str)\n"
        "rows = study_statistics(CohortData(*tables), cohort, keys, study,\n"
        "                        analyses=['toy_differences'])\n"
        "print(*rows['id'], *rows['estimate'])"
    )
    done = run_python(toy.home, "-c", code)
    assert done.stdout.split() == [ID, str(toy.estimate)], done.stderr
