"""The model of an instrument: what it refuses, and what it derives."""

import copy
from typing import Any, ClassVar

import numpy as np
import pytest

from attune.scoring.scores import keyed_responses
from attune.specs.closed_model import read_as
from attune.specs.errors import AnalysisError, ConfigurationError
from attune.specs.instrument import Instrument, MissingRule, ResponseRange, with_missing_rules

TOY: dict[str, Any] = {
    "instrument": "toy",
    "version": "1.0",
    "name": "Toy Questionnaire",
    "abbreviation": "TQ",
    "citation": "Nobody (2000).",
    "citation_key": "nobody2000",
    "raters": ["patient"],
    "n_items": 4,
    "response": {"minimum": 0, "maximum": 10, "step": 5},
    "reverse": [2],
    "scales": {
        "total": {"label": "Total", "aggregation": "sum", "items": "all"},
        "half": {"label": "Half", "aggregation": "mean", "items": [1, 2]},
        "number": {"label": "Number", "aggregation": "count", "items": [1, 2, 3], "threshold": 5},
        "intensity": {
            "label": "Intensity",
            "aggregation": "ratio",
            "items": [1, 2, 3],
            "denominator": "number",
        },
        "contrast": {
            "label": "Contrast",
            "aggregation": "weighted",
            "weights": {1: 1.5, 2: -1.5},
            "divisor": 3,
            "missing": {"rule": "complete", "source": "-"},
        },
    },
    "missing": {"rule": "prorate", "max_missing_share": 0.25, "source": "-"},
    "confidence": {"level": "1-source", "note": "-"},
    "licence": "-",
}


def toy(*path: str, value: object) -> dict[str, Any]:
    """The toy key with one value replaced."""
    content = copy.deepcopy(TOY)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return content


def test_what_is_derived() -> None:
    key = read_as(Instrument, TOY, "toy.yaml")
    assert key.items_of("total") == [1, 2, 3, 4]
    assert key.items_of("contrast") == [1, 2]
    assert key.missing_rule("total").rule == "prorate"
    assert key.missing_rule("contrast").rule == "complete"
    assert key.consistency_scales() == ["total"]
    assert {scale: key.score_range(scale) for scale in key.scales} == {
        "total": (0, 40),
        "half": (0, 10),
        "number": (0, 3),
        "intensity": (5, 10),
        "contrast": (-5, 5),
    }


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["reverse"], [2, 5], r"reverse names items \[5\], but items go from 1 to 4"),
        (["reverse"], [2, 2], r"reverse names items \[2\] more than once"),
        (["scales", "half", "items"], [0, 1], r"scales.half names items \[0\]"),
        (["scales", "half", "items"], [], "scales.half: aggregation 'mean' needs the key 'items'"),
        (["scales", "half", "threshold"], 1, "'mean' has no use for the key 'threshold'"),
        (["scales", "number", "threshold"], None, "'count' needs the key 'threshold'"),
        (["scales", "contrast", "items"], [1], "a weighted scale takes its items from weights"),
        (
            ["scales", "contrast", "missing"],
            None,
            "scales.contrast is weighted and needs all",
        ),
        (["scales", "intensity", "denominator"], "total", "must name a count scale"),
        (["scales", "intensity", "denominator"], "nobody", "must name a count scale"),
        (["scales", "intensity", "items"], [1, 2], "must have the same items and the same missing"),
        (["response"], {"minimum": 5, "maximum": 1}, "minimum 5 must be below maximum 1"),
        (["response", "step"], 3, "step 3 does not lead from 0 to 10"),
        (["missing", "rule"], "complete", "'complete' has no use for the key 'max_missing_share'"),
        (["missing", "max_missing_share"], 1, "less than 1"),
        (["reliability_scales"], ["half", "halves"], "reliability_scales names 'halves'"),
        (["n_items"], 91, "less than or equal to 90"),
        (["version"], "one", "version"),
        (["response", "decimals"], 3, "less than or equal to 2"),
        (["response"], {"minimum": 0, "maximum": 200, "decimals": 2}, "between -160 and 160"),
        (
            ["response"],
            {"minimum": 0, "maximum": 10, "step": 3, "decimals": 1},
            "step 0.3 does not lead from 0 to 10",
        ),
        (["anchor_flips"], [9], r"anchor_flips names items \[9\], but items go from 1 to 4"),
        (["look_alikes"], ["toy"], "look_alikes names 'toy' itself"),
        (
            ["published_alphas"],
            {"halves": [{"alpha": 0.8, "sample": "-", "source": "-"}]},
            "published_alphas names 'halves', which is not a scale",
        ),
        (
            ["published_alphas"],
            {"half": [{"alpha": 8, "sample": "-", "source": "-"}]},
            "less than or equal to 1",
        ),
        (["revers"], [1], "unknown key 'revers'. Did you mean 'reverse'?"),
    ],
)
def test_what_is_refused(path: list[str], value: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_as(Instrument, toy(*path, value=value), "toy.yaml")


@pytest.mark.parametrize(
    ("share", "n_items", "fewest"),
    [
        (0.2, 4, 4),
        (0.2, 5, 4),
        (0.2, 39, 32),
        (0.2, 90, 72),
        (0.4, 10, 6),  # 0.4 x 10 is exactly four items
        (0.07, 100, 93),  # 0.07 x 100 is 7.000000000000001 in binary fractions
        (0.29, 100, 71),  # and 0.29 x 100 is 28.999999999999996
        (0.9, 1, 1),  # nothing answered is never a score
        (0.99, 3, 1),
        (1 - 1e-12, 3, 1),
    ],
)
def test_fewest_answered(share: float, n_items: int, fewest: int) -> None:
    rule = MissingRule(rule="prorate", max_missing_share=share, source="-")
    assert rule.fewest_answered(n_items) == fewest


class TestResponseRange:
    """Codes are stored as whole numbers: times 10 to the power of the decimals."""

    line = ResponseRange(minimum=0, maximum=10, decimals=1)

    def test_every_mark_of_a_line_is_stored_exactly(self) -> None:
        for tenths in range(101):
            assert self.line.stored(float(f"{tenths / 10:.1f}")) == tenths
            assert float(self.line.given(tenths)) == tenths / 10

    @pytest.mark.parametrize("code", [-0.1, 10.1, 7.35, float("nan"), float("inf")])
    def test_what_the_range_does_not_hold(self, code: float) -> None:
        assert self.line.stored(code) is None

    def test_the_ends_as_stored(self) -> None:
        assert (self.line.stored_minimum, self.line.stored_maximum) == (0, 100)
        shifted = self.line.starting_at(1)
        assert (shifted.minimum, shifted.maximum, shifted.stored_maximum) == (1, 11, 110)

    @pytest.mark.parametrize(
        ("codes", "words"),
        [
            ({"minimum": 1, "maximum": 5}, "1 to 5"),
            ({"minimum": 0, "maximum": 100, "step": 10}, "0 to 100 in steps of 10"),
            ({"minimum": 0, "maximum": 10, "decimals": 1}, "0 to 10 in steps of 0.1"),
            ({"minimum": 0, "maximum": 10, "decimals": 1, "step": 5}, "0 to 10 in steps of 0.5"),
            ({"minimum": 0, "maximum": 10, "decimals": 1, "step": 10}, "0 to 10"),
        ],
    )
    def test_in_words(self, codes: dict[str, int], words: str) -> None:
        assert ResponseRange(**codes).in_words() == words


class TestItemRanges:
    """Items of one instrument with other codes than the rest."""

    mixed: ClassVar[dict[str, Any]] = {
        **{key: TOY[key] for key in ("instrument", "version", "name", "abbreviation", "citation")},
        **{key: TOY[key] for key in ("citation_key", "raters", "licence", "confidence")},
        "n_items": 4,
        "response": {"minimum": 0, "maximum": 4},
        "item_ranges": {2: [0, 2], 4: [0, 2]},
        "reverse": [1, 2],
        "scales": {
            "total": {"label": "Total", "aggregation": "sum", "items": "all"},
            "average": {"label": "Average", "aggregation": "mean", "items": "all"},
            "wide": {
                "label": "Wide",
                "aggregation": "sum",
                "items": [1, 3],
                "missing": {"rule": "prorate", "max_missing_share": 0.5, "source": "-"},
            },
        },
        "missing": {"rule": "complete", "source": "-"},
    }

    def test_ranges_of_items_and_scores(self) -> None:
        key = Instrument.model_validate(self.mixed)
        assert (key.range_of(1).maximum, key.range_of(2).maximum) == (4, 2)
        assert key.stored_ends() == ([0, 0, 0, 0], [4, 2, 4, 2])
        assert key.score_range("total") == (0, 12)
        assert key.score_range("average") == (0, 3)
        assert key.score_range("wide") == (0, 8)
        assert key.ranges_in_words() == "0 to 4; 0 to 2 for items 2, 4"

    def test_an_item_is_reversed_in_its_own_range(self) -> None:
        key = Instrument.model_validate(self.mixed)
        given = np.array([[0, 0, 1, 1], [4, 2, 0, 0]], np.int16)
        assert keyed_responses(given, key).tolist() == [[4, 2, 1, 1], [0, 0, 0, 0]]
        with pytest.raises(AnalysisError, match=r"0 to 4; 0 to 2 for items 2, 4") as raised:
            keyed_responses(np.array([[4, 3, 4, 2]], np.int16), key)
        assert "item_002: 3 in 1 questionnaires" in str(raised.value)

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"item_ranges": {5: [0, 2]}}, r"item_ranges names items \[5\]"),
            ({"item_ranges": {2: [2, 0]}}, r"item_ranges.2: minimum 2 must be below maximum 0"),
            ({"item_ranges": {2: [0, 4]}}, r"item_ranges.2 is the range of response"),
            (
                {"missing": {"rule": "prorate", "max_missing_share": 0.25, "source": "-"}},
                r"scales.total has items of different ranges and needs all of its items",
            ),
        ],
    )
    def test_what_is_refused(self, change: dict[str, Any], said: str) -> None:
        with pytest.raises(ValueError, match=said):
            Instrument.model_validate(self.mixed | change)

    def test_a_cohorts_rule_leaves_scales_of_mixed_items_alone(self) -> None:
        key = Instrument.model_validate(self.mixed)
        rule = MissingRule(rule="prorate", max_missing_share=0.5, source="protocol")
        ours = with_missing_rules({"toy": key}, {"toy": rule})["toy"]
        assert ours.missing_rule("total").rule == "complete"
        assert ours.missing_rule("wide").source == "protocol"
