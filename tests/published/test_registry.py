"""Every shipped scoring key: golden scores, what its reversals imply, and its cross-links."""

import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attune.intake.reading.cell_values import read_responses
from attune.intake.reading.questionnaires import read_items
from attune.scoring.scores import NO_RESPONSE, scale_scores
from attune.specs.instrument import Instrument
from attune_files.yaml_file import read_instruments, read_yaml

ROOT = Path(__file__).parents[2]
REGISTRY = read_instruments(sorted((ROOT / "workflow" / "instruments").glob("*.yaml")))
GOLDEN: dict[str, dict[str, Any]] = read_yaml(Path(__file__).parent / "golden_vectors.yaml")
LEAST_VECTORS = {"all_minimum", "all_maximum", "staircase", "first_left_out"}

every_key = pytest.mark.parametrize("key", REGISTRY.values(), ids=list(REGISTRY))


def scores_of(key: Instrument, answers: list[str]) -> dict[str, float | None]:
    """Scores of one questionnaire whose cells hold these texts, "." where there is no answer."""
    cells = pd.DataFrame([answers])
    responses, problems, _ = read_items(cells, ["."], key)
    assert not problems
    scored = scale_scores(responses, key)
    values = (float(score) for score in scored.score[:, 0])
    found = (None if math.isnan(value) else value for value in values)
    return dict(zip(scored.scales, found, strict=True))


def test_every_key_has_golden_scores() -> None:
    assert set(GOLDEN) == set(REGISTRY)
    for name, vectors in GOLDEN.items():
        assert set(vectors) >= LEAST_VECTORS, name
        for vector in vectors.values():
            assert set(vector["scores"]) == set(REGISTRY[name].scales), name


@pytest.mark.parametrize(
    ("name", "vector"), [(name, vector) for name, vectors in GOLDEN.items() for vector in vectors]
)
def test_golden_scores(name: str, vector: str) -> None:
    golden = GOLDEN[name][vector]
    found = scores_of(REGISTRY[name], golden["responses"].split())
    expected = golden["scores"]
    without = {scale for scale, score in expected.items() if score is None}
    assert {scale for scale, score in found.items() if score is None} == without
    for scale in set(expected) - without:
        assert found[scale] == pytest.approx(expected[scale], rel=1e-8, abs=1e-8), scale


@every_key
@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_constant_answers_give_what_the_reversals_imply(key: Instrument, end: str) -> None:
    other = {"minimum": "maximum", "maximum": "minimum"}[end]
    ranges = {item: key.range_of(item) for item in range(1, key.n_items + 1)}
    found = scores_of(key, [str(getattr(codes, end)) for codes in ranges.values()])
    keyed = {
        item: getattr(codes, other if item in key.reverse else end)
        for item, codes in ranges.items()
    }
    for name, scale in key.scales.items():
        items = key.items_of(name)
        weights = scale.weights or dict.fromkeys(items, 1.0)
        total = sum(weight * keyed[item] for item, weight in weights.items())
        expected = {
            "sum": total,
            "mean": total / len(items),
            "weighted": total / scale.divisor,
        }.get(scale.aggregation)
        if expected is not None:
            assert found[name] == pytest.approx(expected, abs=1e-9), name


@every_key
def test_a_key_says_how_files_call_it(key: Instrument) -> None:
    folded = [alias.casefold() for alias in key.aliases]
    assert key.aliases
    assert len(set(folded)) == len(folded)
    others = set(REGISTRY) - {key.instrument} - set(key.look_alikes)
    assert not others & set(folded)


def test_look_alikes_are_keys_of_the_registry_both_ways() -> None:
    for name, key in REGISTRY.items():
        assert set(key.look_alikes) <= set(REGISTRY), name
        for other in key.look_alikes:
            assert name in REGISTRY[other].look_alikes, f"{other} does not name {name}"


@every_key
def test_the_citation_is_in_the_bibliography(key: Instrument) -> None:
    text = (ROOT / "reports" / "assets" / "references.bib").read_text(encoding="utf-8")
    entry = re.search(rf"@\w+\{{{key.citation_key},\n(.*?)\n\}}", text, flags=re.DOTALL)
    assert entry, key.citation_key
    year = re.search(r"year = \{(\d{4})\}", entry[1])
    assert year
    assert f"({year[1]})" in key.citation
    doi = re.search(r"doi = \{(.*?)\}", entry[1])
    assert doi is None or doi[1] == key.doi


@every_key
def test_published_alphas_are_of_scales_whose_alpha_is_estimated(key: Instrument) -> None:
    assert set(key.published_alphas) <= set(key.consistency_scales())


def test_a_key_from_memory_says_so() -> None:
    for name, key in REGISTRY.items():
        for rule in [key.missing, *(key.missing_rule(scale) for scale in key.scales)]:
            known = ("chosen by this project", "from memory", "publish", "rule of", "not a rule")
            assert any(word in rule.source for word in known), name


class TestDecimals:
    """Marks on a line, read to a tenth of a centimetre."""

    key = REGISTRY["ors"]

    def test_marks_are_stored_in_tenths_and_scored_in_centimetres(self) -> None:
        marks = pd.DataFrame([["7.3", "0.1", "10", "2.9"]])
        responses, problems, _ = read_responses(marks, [""], self.key.response)
        assert not problems
        assert responses.tolist() == [[73, 1, 100, 29]]
        assert scale_scores(responses, self.key).score.tolist() == [[20.3]]

    def test_a_decimal_comma_where_the_file_declares_it(self) -> None:
        marks = pd.DataFrame([["7,3", "0,1", "10", "2,9"]])
        responses, problems, _ = read_responses(marks, [""], self.key.response, decimal=",")
        assert not problems
        assert responses.tolist() == [[73, 1, 100, 29]]

    @pytest.mark.parametrize(
        ("text", "rule", "message"),
        [
            ("7.35", "response_between_steps", "'7.35'; allowed are 0 to 10 in steps of 0.1."),
            ("10.1", "response_out_of_range", "'10.1'; allowed are 0 to 10 in steps of 0.1."),
            ("73", "response_out_of_range", "'73'; allowed are 0 to 10 in steps of 0.1."),
        ],
    )
    def test_what_is_no_mark(self, text: str, rule: str, message: str) -> None:
        responses, [(_, _, _, problem)], _ = read_responses(
            pd.DataFrame([[text, "1", "1", "1"]]), [""], self.key.response
        )
        assert responses[0, 0] == NO_RESPONSE
        assert problem.rule == rule
        assert problem.message == f"found {message}"
