"""From the raw files of a study to its documents, with nothing written by hand but a title."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.unit.cohort_draft.drafts import answers, ids, items
from tests.whole_project import ROOT, copy_project, run_snakemake

MOST_EDITS = 10
"""Lines that a person edits between an export and a manuscript."""


def survey(folder: Path) -> Path:
    """A survey with a preview, a questionnaire without a registered key, and a finished score."""
    status = pd.DataFrame({"Status": ["1"] + ["0"] * 29, "RecordedDate": ["2024-03-01"] * 30})
    gaf = pd.DataFrame({"gaf": [str(40 + row % 17) for row in range(30)]})
    given = answers(items("SWB{}", 5), 1, 7, 30)
    given["SWB2"] = (8 - given["SWB2"].astype(int)).astype(str)
    sheet = pd.concat([status, ids(30), gaf, given], axis=1)
    path = folder / "survey.csv"
    sheet.to_csv(path, index=False)
    return path


def new_cohort(folder: Path, name: str, files: list[Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "attune_cli.main", "new-cohort", *files, "--name", name],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def fill_in(folder: Path) -> None:
    """What a person writes to use the questionnaire without a registered key."""
    edits = [
        ("data/survey/cohort.yaml", "  # - {instrument: swb,", "  - {instrument: swb,"),
        ("data/survey/cohort.yaml", '"TODO: where', '"Students of one year, TODO: where'),
        ("workflow/studies/survey.yaml", "  # swb_baseline:", "  swb_baseline:"),
        ("workflow/instruments/swb.yaml", "reverse: []", "reverse: [2]"),
        (
            "workflow/instruments/swb.yaml",
            "scales: {}",
            "scales: {total: {label: Total, aggregation: sum, items: all}}",
        ),
        (
            "workflow/instruments/swb.yaml",
            '"TODO: author, year, title, journal"',
            '"Example, A. (1999). A scale of 5 items. Journal of Examples, 7, 7-28."',
        ),
        ("workflow/instruments/swb.yaml", '"TODO: full name', '"Example Scale, TODO: full name'),
    ]
    assert len(edits) <= MOST_EDITS
    for path, old, new in edits:
        text = (folder / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, (path, old)
        (folder / path).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two drafts: from the raw files of another cohort, and from a survey."""
    folder = copy_project(tmp_path_factory.mktemp("drafted") / "project")
    new_cohort(folder, "mylab", sorted((ROOT / "data/ryan2012_synthetic").glob("*.csv")))
    new_cohort(folder, "survey", [survey(folder)])
    fill_in(folder)
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    start, end = config.index("cohorts:"), config.index("seed:")
    config = f"{config[:start]}cohorts: [mylab, survey]\n\n{config[end:]}"
    config = config.replace("renderer: auto", "renderer: embedded")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return folder


def test_the_line_runs_on_a_draft(drafted: Path) -> None:
    documents = [f"results/mylab/{name}.html" for name in ("manuscript", "supplement")]
    run_snakemake(drafted, *documents, "results/survey/manuscript.html")
    manuscript, supplement = (
        (drafted / document).read_text(encoding="utf-8") for document in documents
    )
    assert "Regression of the Posttest on the Pretest" in manuscript
    assert "Internal Consistency" in supplement
    assert "TODO: Title of the Paper (Mylab)" in manuscript


def test_a_questionnaire_without_a_key_needs_a_few_lines(drafted: Path) -> None:
    run_snakemake(drafted, "results/survey/manuscript.html")
    source = (drafted / "results/survey/manuscript.qmd").read_text(encoding="utf-8")
    manuscript = (drafted / "results/survey/manuscript.html").read_text(encoding="utf-8")
    assert 'data-id="sample.all.n" data-part="estimate"' in source
    assert "(SWB; Example, A. (1999). A scale of 5 items. Journal of Examples, 7, 7-28)" in source
    assert "internal consistency was" in manuscript
    assert 'data-id="sample.gaf.mean"' in source


def test_what_was_left_out_is_printed_with_its_reason(drafted: Path) -> None:
    run_snakemake(drafted, "results/survey/manuscript.html")
    source = (drafted / "results/survey/manuscript.qmd").read_text(encoding="utf-8")
    assert "Before any analysis, the following were left out: [1]" in source
    assert "row of the raw files (a preview of the survey, no participant)" in source
