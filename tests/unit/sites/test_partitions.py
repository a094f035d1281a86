"""A raw file in parts: any number of parts gives the estimates and the errors of the whole."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from attune.pipeline import statistics_of_sheets
from attune.sites.pooling import Site, pool_sites
from attune.sites.site_moments import AnswerCounts, SiteMoments
from attune.specs.errors import AnalysisError, AttuneError, RawDataError
from attune_files.raw.sheets import read_raw_sheets
from attune_files.site_project import Place, Project, moments_of_raw_file, read_site_project

ROOT = Path(__file__).parents[3]
N = 60
QUESTIONNAIRES = (
    ("wai_s", "therapist", "session_3", 12, 1, 7),
    ("core_10", "patient", "intake", 10, 0, 4),
    ("core_10", "patient", "termination", 10, 0, 4),
)
REVERSED = {"wai_s": (4, 10), "core_10": (2, 3)}


def answers(left_out: float = 0.05) -> pd.DataFrame:
    """Synthetic answers of sixty dyads; one in twenty is left out, and a few forms are missing."""
    rng = np.random.default_rng(5)
    columns: dict[str, object] = {
        "id": [f"D{number:03d}" for number in range(N)],
        "patient": [f"P{number:03d}" for number in range(N)],
        "therapist": [f"T{number // 2:03d}" for number in range(N)],
        "arm": rng.choice(["A", "B", ""], N, p=[0.45, 0.45, 0.1]),
        "years": rng.integers(1, 30, N).astype(str),
    }
    level = rng.normal(size=N)
    for instrument, rater, occasion, items, low, high in QUESTIONNAIRES:
        absent = rng.random(N) < 0.1
        for item in range(1, items + 1):
            value = np.clip(np.rint((low + high) / 2 + level + rng.normal(size=N)), low, high)
            if item in REVERSED[instrument]:
                value = low + high - value
            cells = value.astype(int).astype(str).astype(object)
            cells[absent | (rng.random(N) < left_out)] = ""
            columns[f"{instrument}_{rater}_{occasion}_{item}"] = cells
    return pd.DataFrame(columns)


def project(folder: Path, raw: pd.DataFrame, kind: str = "csv", **keys: object) -> Project:
    """A cohort of one file, and its plan."""
    data = folder / "data/small"
    data.mkdir(parents=True, exist_ok=True)
    if kind == "csv":
        raw.to_csv(data / "answers.csv", index=False)
    else:
        raw.to_parquet(data / "answers.parquet")
    measures = {
        "wai": ("wai_s", "total", "therapist", "session_3"),
        "core_a": ("core_10", "total", "patient", "intake"),
        "core_b": ("core_10", "total", "patient", "termination"),
    }
    cohort = {
        "cohort": "small", "title": "Small", "study": "small", "synthetic": True,
        "synthetic_notice": "Synthetic.", "source": "a test", "licence": "CC0-1.0",
        "severities": {"posttest_without_pretest": "warning"},
        "missing_codes": [""], "files": {"answers": {"path": f"answers.{kind}", "dyad": "id"}},
        "sample": {
            "file": "answers", "patient": "patient", "therapist": "therapist", "condition": "arm",
            "variables": {
                "arm": {"column": "arm", "label": "Arm", "kind": "category",
                        "levels": {"A": "First", "B": "Second"}},
                "years": {"column": "years", "label": "Years", "unit": "years"},
            },
        },
        "questionnaires": [
            {"instrument": i, "rater": r, "occasion": o, "file": "answers"}
            | {"columns": f"{i}_{r}_{o}_{{item}}"}
            for i, r, o, *_ in QUESTIONNAIRES
        ],
    } | keys  # fmt: skip
    study = {
        "study": "small", "title": "Small", "authors": ["A. Author"], "template": "generic",
        "measures": {
            name: {"label": name, "instrument": i, "scale": s, "rater": r, "occasion": o}
            for name, (i, s, r, o) in measures.items()
        } | {"years": {"label": "Years", "variable": "years"}},
        "imputation": {"method": "none"},
        "outcomes": {"core": {"label": "CORE", "pretest": "core_a", "posttest": "core_b"}},
        "correlations": {
            "all": {"title": "All", "x": ["wai", "years"], "y": ["core_a", "core"],
                    "dataset": "available"},
        },
        "conditions": {"arms": {"title": "Arms", "measures": ["wai", "core"],
                                "dataset": "available"}},
    }  # fmt: skip
    for path, content in (
        ("data/small/cohort.yaml", cohort),
        ("workflow/studies/small.yaml", study),
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return read_site_project("small", place(folder), "pairwise")


def place(folder: Path) -> Place:
    return Place(lambda path: str(folder / path if (folder / path).exists() else ROOT / path))


def estimates(own: Project, site: SiteMoments) -> dict[str, float]:
    found = pool_sites([Site("one", site.moments, site.scales, {})], own.study, own.plan)
    return {one.id: one.estimate.estimate for one in found if one.estimate is not None}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_parts_give_what_the_pipeline_gives_of_the_whole(tmp_path, kind):
    own = project(tmp_path, answers(), kind)
    sheets = read_raw_sheets(tmp_path / "data/small", own.cohort)
    whole = statistics_of_sheets(sheets, own.cohort, own.instruments, own.study)
    for rows, n_parts in ((N, 1), (15, 4), (4, 15), (7, 9)):
        site, parts = moments_of_raw_file(own, place(tmp_path), rows)
        assert (parts, site.n_dyads) == (n_parts, N)
        found = estimates(own, site)
        assert len(found) > 20
        for name, value in found.items():
            assert value == pytest.approx(whole.loc[name, "estimate"], rel=1e-9), name


def test_one_four_and_fifteen_parts_are_equal(tmp_path):
    own = project(tmp_path, answers())
    one, four, fifteen = (
        estimates(own, moments_of_raw_file(own, place(tmp_path), rows)[0]) for rows in (N, 15, 4)
    )
    for other in (four, fifteen):
        assert other == pytest.approx(one, rel=1e-12)


def test_counts_of_answers_add_up(tmp_path):
    raw = answers()
    own = project(tmp_path, raw)
    columns = [name for name in raw.columns if name.startswith("wai_s")]
    given = raw[columns].ne("")
    n = int(given.any(axis=1).sum())
    expected = AnswerCounts(n, int(given.to_numpy().sum()), 12 * n - int(given.to_numpy().sum()))
    for rows in (N, 7):
        site, _ = moments_of_raw_file(own, place(tmp_path), rows)
        assert site.answers["wai_s (therapist, session_3)"] == expected


def test_a_wrong_cell_of_a_later_part_has_its_place(tmp_path):
    raw = answers()
    raw.loc[40, "core_10_patient_intake_3"] = "9"
    own = project(tmp_path, raw)
    with pytest.raises(RawDataError) as caught:
        moments_of_raw_file(own, place(tmp_path), 15)
    assert "answers.csv, row 42, column core_10_patient_intake_3, item 3: found '9'" in str(
        caught.value
    )


def test_a_dyad_in_two_parts_is_found(tmp_path):
    raw = answers()
    raw.loc[50, "id"] = "D003"
    own = project(tmp_path, raw)
    for rows in (N, 15):
        with pytest.raises(RawDataError) as caught:
            moments_of_raw_file(own, place(tmp_path), rows)
        assert "row 52" in str(caught.value)
        assert "duplicate" in str(caught.value) or "already" in str(caught.value)
    assert "D003" not in str(caught.value)


def test_a_patient_in_two_dyads_is_found(tmp_path):
    raw = answers()
    raw.loc[50, "patient"] = "P003"
    with pytest.raises(RawDataError, match="row 52: the patient is in row 5 already"):
        moments_of_raw_file(project(tmp_path, raw), place(tmp_path), 15)
    sample = project(tmp_path, raw).cohort.sample.model_dump() | {"patient_may_return": True}
    own = project(tmp_path, raw, sample=sample)
    site, _ = moments_of_raw_file(own, place(tmp_path), 15)
    assert site.n_dyads == N


def test_a_posttest_without_its_pretest_is_found(tmp_path):
    own = project(tmp_path, answers(), severities={})
    with pytest.raises(RawDataError, match="has core_10"):
        moments_of_raw_file(own, place(tmp_path), 15)


def test_an_unknown_condition_is_an_error(tmp_path):
    raw = answers()
    raw.loc[20, "arm"] = "C"
    own = project(tmp_path, raw)
    with pytest.raises(RawDataError, match="row 22"):
        moments_of_raw_file(own, place(tmp_path), 15)


def test_files_that_cannot_be_read_in_parts(tmp_path):
    own = project(tmp_path, answers())
    path = tmp_path / "data/small/answers.csv"
    path.write_text(path.read_text().replace("\nD030", "\n\nD030"), encoding="utf-8")
    with pytest.raises(RawDataError, match="cannot be read in parts"):
        moments_of_raw_file(own, place(tmp_path), 15)
    path.write_text(path.read_text().replace("\n\n", "\n") + "D999,P999\n", encoding="utf-8")
    with pytest.raises(AttuneError, match="cannot be read in parts"):
        moments_of_raw_file(own, place(tmp_path), 15)


def test_cohorts_of_several_files_are_refused():
    shipped = read_site_project(
        "ryan2012_synthetic", Place(lambda path: str(ROOT / path)), "pairwise"
    )
    with pytest.raises(AnalysisError) as caught:
        moments_of_raw_file(shipped, Place(lambda path: str(ROOT / path)), 10)
    assert "its rows are in 5 files" in str(caught.value)
    assert "finished run" in str(caught.value)
