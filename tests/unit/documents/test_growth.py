"""Growth models: warnings of few therapists and doubtful fits in documents and tables."""

import functools
from typing import Any

import pandas as pd
import pytest
from tests.conftest import ROOT
from tests.unit.analyses.test_growth import cohort_of, measures_of, sample_of, study_of
from tests.unit.documents.plan_documents import SLOTS, document_text, printed_and_tables

from attune.analyses.growth.estimate import fit_growth
from attune.analyses.growth.labels import DESIGNS, PREDICTORS, SLOPES
from attune.analyses.study import StudyFile
from attune.specs.study import Study
from attune_files.yaml_file import read_instruments

INSTRUMENTS = read_instruments([ROOT / "workflow/instruments/wai_s.yaml"])
CHOICES = {"fit_growth": {"interval": 0.95}}
DOCUMENTS = ("manuscript", "supplement")
TABLES = {"coefficients": "growth_coefficients", "variances": "growth_variances"}

FEW_THERAPISTS = "With fewer than twenty therapists, their share of the variance is known roughly"
FEW_PATIENTS = "have fewer than five patients in the model, so that differences between therapists"
SINGULAR = "The fit is singular: a variance, or a combination of random effects, was estimated"
NOT_CONVERGED = "the numbers of this model must not be used"
FLAT = "The data hardly determine some variances or correlations of this model"
NOTES = {
    "n_singular": "The fit of this model is singular",
    "n_not_converged": "did not end at a maximum of the likelihood; these numbers must not be used",
    "n_hardly_determined": "The data hardly determine some variances or correlations of this model",
}


def plan(document: str) -> Study:
    content = study_of(reason="The alliance grows.").model_dump(exclude_none=True)
    content["tables"] = {
        name: {"document": document, "kind": kind, "title": f"The {name}", "analyses": ["g"]}
        for name, kind in TABLES.items()
    }
    content["names"] = ["s1", "s4"]
    return StudyFile.model_validate(content)


@functools.cache
def store(n_therapists: int, n_patients: int, alike: bool = False) -> pd.DataFrame:
    """Statistics of the model; `alike`: every therapist has the same mean."""
    data = measures_of(n_therapists, n_patients)
    if alike:
        data["wai"] -= data.groupby("therapist")["wai"].transform("mean")
    found = fit_growth(data, sample_of(data), plan("manuscript"), cohort_of())
    return found.reset_index(drop=True)


def with_estimates(rows: pd.DataFrame, **estimates: float) -> pd.DataFrame:
    changed = rows.copy()
    for name, value in estimates.items():
        changed.loc[changed["id"] == f"g.{name}", "estimate"] = value
    return changed


def made(document: str, rows: pd.DataFrame) -> tuple[Study, tuple[Any, Any]]:
    study = plan(document)
    return study, printed_and_tables(rows, study, cohort_of(), INSTRUMENTS)


def text_of(document: str, rows: pd.DataFrame) -> str:
    study, found = made(document, rows)
    slots = ["supplement"] if document == "supplement" else [*SLOTS[:-1]]
    words = document_text(document, study, cohort_of(), INSTRUMENTS, found, CHOICES, slots=slots)
    return " ".join(words.split())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_few_therapists_of_few_patients_are_named(document: str) -> None:
    text = text_of(document, store(12, 3))
    assert text.count(FEW_THERAPISTS) == 1
    assert text.count(f"Of 12 therapists, 12 {FEW_PATIENTS}") == 1
    assert SINGULAR not in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_twenty_therapists_with_five_patients_need_no_warning(document: str) -> None:
    text = text_of(document, store(20, 5))
    assert "of 20 therapists" in text
    assert FEW_THERAPISTS not in text and FEW_PATIENTS not in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_nineteen_therapists_are_few(document: str) -> None:
    text = text_of(document, store(19, 5))
    assert FEW_THERAPISTS in text and FEW_PATIENTS not in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_singular_fit_is_named(document: str) -> None:
    rows = store(12, 3, alike=True)
    text = text_of(document, rows)
    assert text.count(SINGULAR) == 1
    assert NOT_CONVERGED not in text and FLAT not in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_fits_without_a_maximum_are_named(document: str) -> None:
    text = text_of(document, with_estimates(store(12, 3), n_not_converged=1, n_hardly_determined=2))
    assert NOT_CONVERGED in text and text.count(f"{FLAT}: others fit almost as well") == 1
    assert SINGULAR not in text


@pytest.mark.parametrize("statistic", NOTES)
def test_the_notes_of_the_tables_name_doubtful_fits(statistic: str) -> None:
    rows = with_estimates(store(12, 3), **{statistic: 1})
    for name, table in made("manuscript", rows)[1][1].items():
        notes = {one: words in table.note for one, words in NOTES.items()}
        assert notes == {one: one == statistic for one in NOTES}, name


def test_the_notes_of_sound_fits_name_no_doubt() -> None:
    for table in made("manuscript", store(12, 3))[1][1].values():
        assert not any(words in table.note for words in NOTES.values())


@pytest.mark.parametrize(
    ("therapists", "words"),
    [
        (12, "In simulated studies with twelve therapists (docs/growth.md), intervals meant to"),
        (20, "In simulated studies with seventy therapists (docs/growth.md), intervals meant to"),
    ],
)
def test_the_note_of_variances_says_how_often_intervals_cover(therapists: int, words: str) -> None:
    rows = with_estimates(store(12, 3), n_therapists=therapists)
    tables = made("supplement", rows)[1][1]
    assert words in tables["variances"].note and words not in tables["coefficients"].note
    slopes = "covered the standard deviation of patients' slopes in"
    assert slopes in tables["variances"].note


def rows_of_page(mark: str) -> list[list[str]]:
    page = (ROOT / "docs/growth.md").read_text(encoding="utf-8")
    table = page.partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rates(cells: list[str]) -> tuple[float, ...]:
    return tuple(float(cell.split(" ")[0]) for cell in cells if cell)


@pytest.mark.parametrize(("design", "places"), [("few", (3, 5)), ("many", (2, 4))])
def test_coverage_in_the_notes_is_that_of_the_simulation(
    design: str, places: tuple[int, int]
) -> None:
    size = "/".join(map(str, DESIGNS[design]))
    head, *covered = rows_of_page("coverage")
    assert [head[place].rpartition(" ")[2] for place in places] == [size, size]
    for kind, expected in SLOPES.items():
        [row] = [one for one in covered if one[:2] == ["SD of patients' slopes", kind]]
        assert rates([row[place] for place in places]) == expected[design]
    shares = [
        one for one in rows_of_page("shares") if one[1] == size and one[0].endswith(", effects")
    ]
    assert [one[0] for one in shares] == ["one, effects", "two, effects"]
    assert rates([cell for one in shares for cell in one[2:4]]) == PREDICTORS[design]
