"""Ledgers as files of a project: what is not a ledger, what stops a run, what the guide shows."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from tests.bad_input.sound_ledger import FILE, SOUND, ledger, one
from tests.conftest import ROOT, Project

from attune.paper.checks.audit import audit_publication
from attune.paper.ledger.load_publication import load_publication
from attune.paper.ledger.printed_value import Kind, PrintedValue
from attune.paper.ledger.relations import Relations
from attune.specs.errors import ConfigurationError
from attune_files.project import read_publication


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "it should hold keys and values, but holds nothing"),
            ("values: 3", "values: should be a list, found 3"),
            (
                "publication: paper\ncitation: A.\nvalues: []",
                "values: should be a list of at least",
            ),
            ("publication: paper\npublication: paper", "is already given on line 1"),
            ("values: [", "line 1: while parsing"),
        ],
    )
    def test_that_are_no_ledger(self, text: str, said: str, tmp_path: Path) -> None:
        path = tmp_path / "paper.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=said):
            read_publication(path)

    def test_the_id_is_the_name_of_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "other.yaml"
        path.write_text(yaml.safe_dump(SOUND), encoding="utf-8")
        with pytest.raises(ConfigurationError, match="publication: found 'paper'"):
            read_publication(path)

    def test_quoted_digits_survive(self, tmp_path: Path) -> None:
        path = tmp_path / "paper.yaml"
        text = yaml.safe_dump(ledger(one("r_kims", printed=".10")))
        path.write_text(text, encoding="utf-8")
        assert read_publication(path).value("r_kims").printed == ".10"
        path.write_text(text.replace("'.10'", ".10"), encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"r_kims \(values.8.printed\).* 0\.1 without"):
            read_publication(path)


class TestBeforeTheRun:
    """A wrong ledger stops the run before any job starts."""

    @staticmethod
    def said(
        project: Project,
        change: Callable[[Any], object] = lambda content: None,
        reasons: dict[str, object] | None = None,
    ) -> str:
        with project.cohort() as cohort:
            cohort["publication"] = "paper"
        content = ledger(change)
        for value in content["values"]:
            if "statistic" in value and ".gender." in value["statistic"]:
                value["statistic"] = value["statistic"].replace("gender", "condition")
        path = project.folder / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        if reasons is not None:
            text = yaml.safe_dump({"cohort": "small", "publication": "paper"} | reasons)
            (project.data / "reasons.yaml").write_text(text, encoding="utf-8")
        return project.configuration_error()

    def test_a_sound_one_goes_on(self, project: Project) -> None:
        assert self.said(project) == ""

    def test_a_ledger_that_is_not_there(self, project: Project) -> None:
        with project.cohort() as cohort:
            cohort["publication"] = "ryan2021"
        message = project.configuration_error()
        assert "workflow/publications/ryan2021.yaml does not exist." in message
        assert "'ryan2012'" in message

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (one("r_kims", printed=-0.6), "r_kims (values.8.printed): found the number -0.6"),
            (
                one("r_kims", statistic="mindfull.kims.iip.pearson_r"),
                "r_kims: statistic 'mindfull.kims.iip.pearson_r' starts with 'mindfull', which is"
                " not an analysis of the study small. Did you mean 'mindful'?",
            ),
            (
                one("r_kims", statistic="mindful.kms.iip.pearson_r"),
                "r_kims: statistic 'mindful.kms.iip.pearson_r' names 'kms', which the analysis"
                " 'mindful' does not have. Did you mean 'kims'?",
            ),
        ],
    )
    def test_a_wrong_one(
        self, project: Project, change: Callable[[Any], object], message: str
    ) -> None:
        answer = self.said(project, change)
        assert message in answer
        assert FILE in answer

    def test_a_reason_for_a_value_that_is_not_printed(self, project: Project) -> None:
        reason = {"verdict": "differs", "code": "typo", "note": "A slip.", "by": "A. Author"}
        answer = self.said(project, reasons={"reasons": [reason | {"value": "r_kms"}]})
        assert (
            "data/small/reasons.yaml: reasons: 'r_kms' is not a printed value of the ledger. Did"
            " you"
            " mean 'r_kims'?" in answer
        )

    def test_reasons_of_another_paper(self, project: Project) -> None:
        answer = self.said(project, reasons={"publication": "other"})
        assert "publication: found 'other', but the cohort names 'paper'" in answer

    def test_reasons_without_a_paper(self, project: Project) -> None:
        text = yaml.safe_dump({"cohort": "small", "publication": "paper"})
        (project.data / "reasons.yaml").write_text(text, encoding="utf-8")
        assert "the cohort names no publication" in project.configuration_error()


class TestDocumentation:
    """docs/ledger.md is what a person writes a ledger by."""

    TEXT = (ROOT / "docs/ledger.md").read_text(encoding="utf-8")

    def test_its_example_is_sound_and_consistent(self) -> None:
        example = self.TEXT.split("```yaml\n")[1].split("```")[0]
        paper = load_publication(yaml.safe_load(example), FILE)
        found = audit_publication(paper)
        checks = {finding.check for finding in found}
        assert checks >= {"p_from_r", "stars", "percentage", "granularity", "effect_label"}
        assert {finding.outcome for finding in found} == {"consistent"}

    def test_the_example_of_other_sources_says_what_is_printed(self) -> None:
        example = self.TEXT.split("```yaml\n")[2].split("```")[0]
        paper = load_publication(yaml.safe_load(example), FILE)
        sources = [paper.source_of(value) for value in paper.values]
        assert [source and source.kind for source in sources] == [None, "data_file"]

    def test_the_example_of_all_keys_is_sound_and_consistent(self) -> None:
        example = self.TEXT.split("```yaml\n")[3].split("```")[0]
        found = audit_publication(load_publication(yaml.safe_load(example), FILE))
        checks = {finding.check for finding in found}
        assert checks >= {"p_from_t", "same_quantity", "range", "sum_score", "correlation_matrix"}
        assert {finding.outcome for finding in found} == {"consistent"}

    @pytest.mark.parametrize("relation", Relations.model_fields)
    def test_shows_every_key_of_a_relation(self, relation: str) -> None:
        model = get_args(Relations.model_fields[relation].annotation)[0]
        assert all(re.search(rf"\b{key}: ", self.TEXT) for key in model.model_fields)

    @pytest.mark.parametrize("name", [*get_args(Kind), *Relations.model_fields])
    def test_names_every_kind_and_relation(self, name: str) -> None:
        assert re.search(rf"\b{name}\b", self.TEXT)

    @pytest.mark.parametrize("key", PrintedValue.model_fields)
    def test_names_every_key_of_a_value(self, key: str) -> None:
        assert key == "note" or re.search(rf"^\| [\w, ]*\b{key}\b", self.TEXT, re.MULTILINE)
