"""Syntheses as entries of the project: made, explained, and rerun where a source changes."""

import json
from pathlib import Path

import pytest

from tests.whole_project import copy_project, made_once, planned_syntheses, run_snakemake
from tests.workflow.british_words import british_words
from tests.workflow.jats_rules import jats_problems, statistics_of
from tests.workflow.test_reruns import edited

CONFIG = """
cohorts: [help]
syntheses: [empathy_outcome, example_training]
render_manuscript: {renderer: embedded}
"""
NAMES = ("empathy_outcome", "example_training")
DOCUMENTS = [f"results/synthesis/{name}/synthesis.html" for name in NAMES]
AFTER_STUDIES = {
    "synthesise_studies",
    "tabulate_synthesis",
    "plot_synthesis",
    "explain_synthesis",
    "write_synthesis",
    "render_synthesis",
}


def _made(folder: Path) -> None:
    copy_project(folder)
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    run_snakemake(folder, *DOCUMENTS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two syntheses that need no cohort, after a run; read only."""
    return made_once("syntheses", _made, tmp_path_factory)


def test_a_second_run_has_nothing_to_do(made: Path) -> None:
    assert "Nothing to be done" in run_snakemake(made, *DOCUMENTS)
    assert planned_syntheses(made) == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_printed_statistic_is_explained(made: Path, name: str) -> None:
    folder = made / "results/synthesis" / name
    explanations = json.loads((folder / "explanations.json").read_text(encoding="utf-8"))
    page = (folder / "synthesis.html").read_text(encoding="utf-8")
    assert page.count('class="stat"') > 20
    records = explanations["records"]["synthesise_studies"]
    assert records["rule"] == "synthesise_studies"
    paths = {explanations["files"][place]["path"] for place in records["inputs"]["synthesis"]}
    assert paths == {f"workflow/syntheses/{name}.yaml"}


@pytest.mark.parametrize("name", NAMES)
def test_one_spelling_and_an_article(made: Path, name: str) -> None:
    folder, files = made / "results/synthesis" / name, made / "workflow"
    own = [files / f"syntheses/{name}.yaml", *(files / "literature").glob("*.yaml")]
    own += [*(files / "syntheses").glob("*.csv"), made / "data/help/cohort.yaml"]
    assert not british_words(folder / "synthesis.qmd", own)
    assert not jats_problems(folder / "synthesis.xml")
    page = (folder / "synthesis.html").read_text(encoding="utf-8")
    assert len(statistics_of(folder / "synthesis.xml")) == page.count('class="stat"')


def test_a_demonstration_says_so_in_every_format(made: Path) -> None:
    words = "is a finding about real therapists or clients"
    for name in NAMES:
        folder = made / "results/synthesis" / name
        page = " ".join((folder / "synthesis.html").read_text(encoding="utf-8").split())
        assert (words in page) == (name == "example_training")
        assert (folder / "synthesis.pdf").read_bytes().startswith(b"%PDF")


TEMPLATE = {(rule, name) for rule in ("write_synthesis", "render_synthesis") for name in NAMES}
FIGURES = {(rule, name) for rule in ("plot_synthesis", "render_synthesis") for name in NAMES}


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (
            "workflow/literature/pprnet_blog.yaml",
            'printed: ".31"',
            'printed: ".32"',
            {(rule, "empathy_outcome") for rule in AFTER_STUDIES},
        ),
        (
            "workflow/syntheses/example_training_synthetic.csv",
            "0.92",
            "0.91",
            {(rule, "example_training") for rule in AFTER_STUDIES},
        ),
        ("reports/synthesis.qmd.j2", "\n", "\n\n", TEMPLATE),
        ("scripts/attune/synthesis/figures.py", '"""', '"""Edited. ', FIGURES),
    ],
    ids=["literature", "table", "template", "module"],
)
def test_a_change_reruns_what_depends_on_it(
    made: Path, path: str, old: str, new: str, expected: set[tuple[str, str]]
) -> None:
    with edited(made / path, old, new):
        assert planned_syntheses(made) == expected


def test_statistics_of_a_cohort_that_was_not_chosen_are_computed_without_its_documents(
    made: Path,
) -> None:
    chosen = ("--config", "cohorts=[help]", "syntheses=[mindfulness_outcome]")
    target = "results/synthesis/mindfulness_outcome/synthesis.html"
    output = run_snakemake(made, "--summary", *chosen, "--", target)
    assert "mindfulness_outcome needs ryan2012_synthetic, which is not among" in output
    rows = [line.split("\t") for line in output.splitlines() if line.startswith("results/")]
    assert {cells[2] for cells in rows if cells[0].startswith("results/ryan2012_synthetic/")} == {
        *("validate_responses", "score_scales", "impute_measures"),
        *("compute_residual_gains", "correlate_measures"),
    }
