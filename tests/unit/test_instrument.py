"""The model of an instrument: what it refuses, and what it derives."""

import copy
from typing import Any

import pytest

from attune.closed_model import read_as
from attune.errors import ConfigurationError
from attune.instrument import Instrument, MissingRule

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
            "scales.contrast is weighted, and weights cannot",
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
