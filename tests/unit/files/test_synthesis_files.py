"""The syntheses of a run: what is refused before anything is computed."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from tests.conftest import ROOT

from attune.analyses.registry import analysis_of
from attune.specs.errors import ConfigurationError
from attune_files.project import read_project
from attune_files.synthesis_files import (
    cohorts_of_syntheses,
    read_further_cohorts,
    read_literature,
    read_syntheses,
    read_synthesis,
)


def find(path: str) -> str:
    """A file of the project."""
    return str(ROOT / path)


COHORTS, STUDIES = read_project(["ryan2012_synthetic", "help"], find)


def read(names: list[str], spoiled: dict[str, Path], cohorts: list[str]) -> dict[str, object]:
    """The syntheses with some files in place of the project's own."""
    return dict(
        read_syntheses(
            names,
            {name: COHORTS[name] for name in cohorts},
            {name: STUDIES[name] for name in cohorts},
            lambda path: str(spoiled.get(path, ROOT / path)),
        )[0]
    )


@pytest.fixture
def mindfulness(tmp_path: Path) -> Callable[[str, str], dict[str, Path]]:
    """The shipped synthesis with one text in it replaced."""

    def spoil(old: str, new: str) -> dict[str, Path]:
        path = "workflow/syntheses/mindfulness_outcome.yaml"
        text = (ROOT / path).read_text(encoding="utf-8")
        assert old in text
        copy = tmp_path / "workflow/syntheses/mindfulness_outcome.yaml"
        copy.parent.mkdir(parents=True)
        copy.write_text(text.replace(old, new, 1), encoding="utf-8")
        return {path: copy}

    return spoil


def message(
    spoiled: dict[str, Path], cohorts: tuple[str, ...] = ("ryan2012_synthetic", "help")
) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(["mindfulness_outcome"], spoiled, list(cohorts))
    return str(caught.value)


def test_the_shipped_syntheses_are_read() -> None:
    names = ["empathy_outcome", "mindfulness_outcome", "example_training", "example_facets"]
    assert [*read(names, {}, ["ryan2012_synthetic", "help"])] == names


class TestFurtherCohorts:
    """Cohorts that a synthesis needs and nobody asked for."""

    NEEDED: ClassVar = {"ryan2012_synthetic": ["mindfulness_outcome"]}

    def test_only_those_that_are_not_chosen(self) -> None:
        names = ["empathy_outcome", "mindfulness_outcome", "no_such_synthesis"]
        assert cohorts_of_syntheses(names, ["help"], find) == self.NEEDED
        assert cohorts_of_syntheses(names, ["ryan2012_synthetic"], find) == {}

    def test_they_are_read_and_a_sentence_says_so(self) -> None:
        cohorts, studies, sentences = read_further_cohorts(self.NEEDED, {}, find)
        assert [*cohorts] == [*studies] == ["ryan2012_synthetic"]
        assert sentences == [
            "mindfulness_outcome needs ryan2012_synthetic, which is not among the chosen cohorts:"
            " its statistics are computed, its pages and documents are not made."
        ]

    def test_given_statistics_need_no_raw_files(self, tmp_path: Path) -> None:
        """Only the cohort file and the study are there, as in an archive."""
        for path in ("data/ryan2012_synthetic/cohort.yaml", "workflow/studies/ryan2012.yaml"):
            (tmp_path / path).parent.mkdir(parents=True)
            (tmp_path / path).write_bytes((ROOT / path).read_bytes())
        cohorts, studies, sentences = read_further_cohorts(
            self.NEEDED, {"ryan2012_synthetic": "synthetic"}, lambda path: str(tmp_path / path)
        )
        assert cohorts["ryan2012_synthetic"].synthetic
        assert ([*studies], sentences) == (["ryan2012_synthetic"], [])

    def test_a_cohort_that_is_not_there_is_named_with_the_synthesis(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            read_further_cohorts({"ryan2021_synthetic": ["mindfulness_outcome"]}, {}, find)
        message = str(caught.value)
        assert "mindfulness_outcome needs ryan2021_synthetic." in message
        assert "data/ryan2021_synthetic/cohort.yaml does not exist" in message
        assert "Did you mean 'ryan2012_synthetic'?" in message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("demonstration: true", "demonstration: false", "synthetic, which never enter a pooled"),
        ("cohort: ryan2012_synthetic", "cohort: help", "no measure of total mindfulness"),
        ("crosswalk: mindfulness", "crosswalk: mindfulnes", "Did you mean 'mindfulness'?"),
        ("hawkins_blog.bruce2006.outcome", "hawkins_blog.bruce2005.outcome", "bruce2006"),
        ("[hawkins_blog, pprnet_blog]", "[hawkins_blog]", "reads no literature 'pprnet_blog'"),
        ("[hawkins_blog, pprnet_blog]", "[hawkins, pprnet_blog]", "Did you mean 'hawkins_blog'?"),
        ("metric: r", "metrik: r", "Did you mean 'metric'?"),
    ],
)
def test_what_is_refused(
    mindfulness: Callable[[str, str], dict[str, Path]], old: str, new: str, words: str
) -> None:
    assert words in message(mindfulness(old, new))


def test_an_unknown_synthesis_is_answered_with_a_known_one() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'empathy_outcome'"):
        read(["empathy_outcom"], {}, [])


@pytest.mark.parametrize(
    ("identifier", "analysis"),
    [
        ("outcome_observed.kims_total.scl_gain.pearson_r", "correlations"),
        ("preliminary.kims_total.t", "conditions"),
        ("gains.scl_gain.imputed.slope", "gains"),
        ("sample.all.n", "sample"),
        ("nowhere.kims_total.scl_gain.pearson_r", ""),
    ],
)
def test_the_file_of_a_statistic_is_found_by_its_id(identifier: str, analysis: str) -> None:
    assert analysis_of(identifier, STUDIES["ryan2012_synthetic"]) == analysis


def test_measures_of_facets_are_those_of_the_study(
    mindfulness: Callable[[str, str], dict[str, Path]],
) -> None:
    spoiled = mindfulness("observe: kims_observe", "observe: kims_obsrve")
    assert "facets.cohorts.ryan2012_synthetic: its study declares no measure" in message(spoiled)


def test_cohorts_of_facets_are_run_and_may_enter(
    mindfulness: Callable[[str, str], dict[str, Path]],
) -> None:
    real = mindfulness("demonstration: true", "demonstration: false")
    assert "facets.cohorts.ryan2012_synthetic: its data are synthetic" in message(real)


def test_tables_of_facets_are_read_before_anything_is_computed(tmp_path: Path) -> None:
    path = "workflow/syntheses/example_facets_synthetic.csv"
    copy = tmp_path / "facets.csv"
    text = (ROOT / path).read_text(encoding="utf-8")
    copy.write_text(text.replace("64,kims,observe,describe", "3,kims,observe,describe", 1))
    with pytest.raises(ConfigurationError, match="row 2, column n: found '3'"):
        read(["example_facets"], {path: copy}, [])


def test_synthetic_rows_enter_demonstrations_only(tmp_path: Path) -> None:
    path = "workflow/syntheses/example_one_stage.yaml"
    text = (ROOT / path).read_text(encoding="utf-8")
    copy = tmp_path / "example_one_stage.yaml"
    spoiled = text.replace("cohort: btheb", "cohort: ryan2012_synthetic")
    spoiled = spoiled.replace("bdi_pre", "scl_intake").replace("bdi_2m", "scl_termination")
    copy.write_text(spoiled, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read(["example_one_stage"], {path: copy}, ["ryan2012_synthetic", "help"])
    assert "one_stage.cohorts.ryan2012_synthetic: its data are synthetic" in str(caught.value)


def test_a_review_and_a_study_of_the_post_are_entered_without_numbers() -> None:
    folder = ROOT / "workflow"
    path = folder / "literature/hawkins_blog.yaml"
    sources = read_literature(path).sources
    review = sources["davis2011"]
    assert review.kind == "review"
    assert set(review.includes) <= set(sources)
    for name in ("davis2011", "fap_mindfulness"):
        for effect in sources[name].effects.values():
            assert (effect.sizes, effect.n, effect.k) == ([], None, None)
            assert effect.direction == "not_stated"
    synthesis = read_synthesis(folder / "syntheses/mindfulness_outcome.yaml")
    assert "hawkins_blog.davis2011.outcome" in synthesis.reported
    assert any("functional analytic" in entry.label for entry in synthesis.not_included)
