"""The project's own files, found and checked against each other."""

from pathlib import Path

import pytest
from tests.conftest import ROOT

from attune.specs.errors import ConfigurationError
from attune_files.project import path_in_project, read_cohort, read_project, read_study


def find(path: str) -> str:
    return str(ROOT / path)


def test_the_shipped_cohorts_and_their_studies() -> None:
    cohorts, studies = read_project(["help", "ryan2012_synthetic"], find)
    assert [cohort.cohort for cohort in cohorts.values()] == ["help", "ryan2012_synthetic"]
    assert [studies[name].study for name in cohorts] == [
        cohort.study for cohort in cohorts.values()
    ]


def test_problems_of_all_cohorts_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_project(["hepl", "ryan2012", "help"], find)
    assert caught.value.problems == [
        "data/hepl/cohort.yaml does not exist.\n      Did you mean 'help'?",
        "data/ryan2012/cohort.yaml does not exist.\n      Did you mean 'ryan2012_synthetic'?",
    ]


def test_an_id_is_the_name_of_its_place(tmp_path: Path) -> None:
    for source, target, key in (
        ("data/help/cohort.yaml", "data/clinic/cohort.yaml", "cohort"),
        ("workflow/studies/help.yaml", "workflow/studies/clinic.yaml", "study"),
    ):
        copy = tmp_path / target
        copy.parent.mkdir(parents=True)
        copy.write_bytes((ROOT / source).read_bytes())
        with pytest.raises(ConfigurationError) as caught:
            (read_cohort if key == "cohort" else read_study)(copy)
        assert caught.value.heading == f"{target} cannot be used."
        assert caught.value.problems == [f"{key}: found 'help', but the file belongs to 'clinic'"]


def test_a_template_that_does_not_exist(tmp_path: Path) -> None:
    study = tmp_path / "workflow/studies/help.yaml"
    study.parent.mkdir(parents=True)
    text = (ROOT / "workflow/studies/help.yaml").read_text(encoding="utf-8")
    study.write_text(text.replace("template: generic", "template: genric"), encoding="utf-8")

    def with_this_study(path: str) -> str:
        return str(study) if path == "workflow/studies/help.yaml" else find(path)

    with pytest.raises(ConfigurationError) as caught:
        read_project(["help"], with_this_study)
    assert caught.value.problems == [
        "reports/genric.qmd.j2 does not exist.\n      Did you mean 'generic'?"
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/srv/data/attune/data/help/cohort.yaml", "data/help/cohort.yaml"),
        ("data/help/cohort.yaml", "data/help/cohort.yaml"),
        ("/srv/workflow/studies/help.yaml", "workflow/studies/help.yaml"),
        ("/srv/config.yaml", "config.yaml"),
    ],
)
def test_paths_are_shown_from_the_projects_folder(path: str, said: str) -> None:
    assert path_in_project(Path(path)) == said
