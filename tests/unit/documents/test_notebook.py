"""The notebook: valid, executed for real, in printed form, the same every time, without secrets."""

import json
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from tests.conftest import ROOT

from attune.analyses.kinds import KINDS
from attune.documents.notebook import code_cells, executed, statistics_notebook
from attune.printing.printed_statistics import printed_statistics
from attune.specs.errors import AnalysisError
from attune.store.contracts import PRINTED, STATISTICS
from attune_files.parquet import write_parquet
from attune_files.project import read_cohort, read_study
from attune_files.rendering.notebook import run_cells, run_notebook, write_notebook

ROWS = [
    {"id": "support.pss_friends.cesd_gain.pearson_r", "analysis": "support", "n": 244}
    | {"statistic": "pearson_r", "x": "pss_friends", "estimate": -0.135234, "df": 242.0}
    | {"tail": "less", "p_two_tailed": 0.0347, "p_one_tailed": 0.0174}
    | {"ci_low": -0.2561, "ci_high": -0.0099, "ci_level": 0.95},
    {"id": "support.pss_friends.cesd_gain.r_squared", "analysis": "support", "estimate": 0.0183}
    | {"statistic": "r_squared"},
    {"id": "support.pss_friends.cesd_gain.bayes_factor", "analysis": "support"}
    | {"statistic": "bayes_factor", "estimate": 123456.0},
    {"id": "sample.sex.female.count", "analysis": "sample", "statistic": "count", "estimate": 3.0},
    {"id": "reliability.ces_d.total.patient.baseline.omega", "analysis": "reliability"}
    | {"statistic": "omega", "reason": "no answers *at all*"},
]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder that hides how many women there were."""
    frame = pd.DataFrame(ROWS).reindex(columns=STATISTICS.schema.names)
    printed = printed_statistics(
        frame, KINDS, 0.05, hidden={"sample.sex.female.count": "small"}, smallest=5
    )
    write_parquet(frame, tmp_path / "statistics/all.parquet", STATISTICS)
    write_parquet(printed, tmp_path / "printed.parquet", PRINTED)
    return tmp_path


@pytest.fixture
def notebook() -> dict:
    study = read_study(ROOT / "workflow/studies/help.yaml")
    return statistics_notebook(ROWS, study, read_cohort(ROOT / "data/help/cohort.yaml"), {})


def lines(notebook: dict) -> list[str]:
    return [
        line.rstrip("\n")
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        for line in output["text"]
    ]


def test_it_prints_every_statistic_as_the_documents_do(notebook, results) -> None:
    assert lines(run_notebook(notebook, results)) == [
        "Sex; Female; count: < 5 [sample.sex.female.count]",
        "Support from friends; residual gain in CES-D; bayes factor: BF10 = 1.23 × 10⁵"
        " [support.pss_friends.cesd_gain.bayes_factor]",
        "Support from friends; residual gain in CES-D; pearson r: r(242) = −.135, p = .017,"
        " one-tailed, 95% CI [−.256, −.010] (two-tailed: p = .035)"
        " [support.pss_friends.cesd_gain.pearson_r]",
        "Support from friends; residual gain in CES-D; r squared: r² = .018"
        " [support.pss_friends.cesd_gain.r_squared]",
        "ces d; total; patient; baseline; omega: ω is undefined (no answers *at all*)"
        " [reliability.ces_d.total.patient.baseline.omega]",
    ]


def test_it_is_valid_and_its_cells_are_numbered(notebook, results, tmp_path) -> None:
    path = tmp_path / "statistics.ipynb"
    write_notebook(run_notebook(notebook, results), path)
    read = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(read)
    assert (read.nbformat, read.nbformat_minor) == (4, 5)
    code = [cell for cell in read.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    titles = [cell.source for cell in read.cells if cell.source.startswith("## ")]
    assert titles[0] == "## Sample and scores"
    assert titles[2] == "## Internal consistency"


def test_a_reader_gets_the_same_from_its_own_cells(notebook, results, tmp_path) -> None:
    """Copied elsewhere with what it reads, the file's own cells print what it says they print."""
    path = results / "statistics.ipynb"
    write_notebook(run_notebook(notebook, results), path)
    elsewhere = tmp_path.parent / f"{tmp_path.name} elsewhere"
    shutil.copytree(results, elsewhere)
    stored = json.loads((elsewhere / "statistics.ipynb").read_text(encoding="utf-8"))
    again = "".join(run_cells(code_cells(stored), elsewhere))
    assert again.splitlines() == lines(stored)
    assert str(results) not in path.read_text(encoding="utf-8")


def test_what_the_store_holds_decides_what_is_printed(notebook, results) -> None:
    """No text of the notebook holds a result: another store gives another output."""
    frame = pd.DataFrame([ROWS[0] | {"estimate": 0.4}, *ROWS[1:]])
    write_parquet(printed_statistics(frame, KINDS, 0.05), results / "printed.parquet", PRINTED)
    assert any("r(242) = .400" in line for line in lines(run_notebook(notebook, results)))


def test_the_same_run_gives_the_same_bytes(notebook, results, tmp_path) -> None:
    paths = [tmp_path / name for name in ("a.ipynb", "b.ipynb")]
    for path in paths:
        write_notebook(run_notebook(notebook, results), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_hidden_numbers_are_nowhere_in_it(notebook, results) -> None:
    assert "0.135234" not in json.dumps(run_notebook(notebook, results))
    assert not [line for line in lines(run_notebook(notebook, results)) if "count: 3" in line]


def test_a_cell_that_fails_stops_the_run(notebook, results) -> None:
    (results / "printed.parquet").unlink()
    with pytest.raises(AnalysisError, match=r"cell 1: FileNotFoundError"):
        run_notebook(notebook, results)


def test_cells_that_did_not_run_have_no_output(notebook) -> None:
    with pytest.raises(AnalysisError, match="of the notebook 1 have run"):
        executed(notebook, ["only one"])


def test_cells_share_their_names_and_nothing_else(tmp_path) -> None:
    text = run_cells(["x = 1", "print(x)", "import sys; print('attune' in sys.modules)"], tmp_path)
    assert text == ["", "1\n", "False\n"]


def test_synthetic_data_say_so(results) -> None:
    cohort = read_cohort(ROOT / "data/ryan2012_synthetic/cohort.yaml")
    study = read_study(ROOT / "workflow/studies/ryan2012.yaml")
    made = statistics_notebook(ROWS, study, cohort, {})
    assert "**Synthetic data" in "".join(made["cells"][0]["source"])


def test_the_step_leaves_an_executed_notebook(project) -> None:
    steps = ("validate_responses", "score_scales", "estimate_reliability", "impute_measures")
    steps += ("compute_residual_gains", "correlate_measures", "compare_conditions", "fit_growth")
    assert project.run_line(*steps, "describe_sample", "build_tables").status == 0
    assert project.run("build_notebook").status == 0
    stored = nbformat.read(project.results / "statistics.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(stored)
    message = "".join("".join(lines(stored)))
    printed = pd.read_parquet(project.results / "printed.parquet")
    assert all(f"[{identifier}]" in message for identifier in printed["id"])
    assert "d01" not in message


def test_it_opens_with_a_sentence_for_readers(notebook: dict) -> None:
    first, second, third = notebook["cells"][:3]
    assert [cell["cell_type"] for cell in (first, second, third)] == [
        "markdown",
        "markdown",
        "code",
    ]
    text = "".join(first["source"])
    assert "of the cohort The HELP randomized trial (Samet et al., 2003), 5 statistics in 3" in text
    assert (
        "In `support.pss_friends.cesd_gain.pearson_r`, `support` names the analysis or the group"
        " (Social support and residual change in depressive symptoms), it is about `pss_friends`"
        " (Support from friends) and `cesd_gain` (residual gain in CES-D), and `pearson_r` is the"
    ) in text
