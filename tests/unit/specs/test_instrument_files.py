"""What every shipped scoring key must satisfy; its scores are checked in tests/published."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attune.printing.key_words import key_in_words
from attune.specs.instrument import Instrument
from attune.specs.registry import named_key
from attune_files.yaml_file import read_instruments, read_yaml

FILES = sorted((Path(__file__).parents[3] / "workflow" / "instruments").glob("*.yaml"))
INSTRUMENTS = read_instruments(FILES)

# Published facts: items, codes, number of reversed items, items and range of every scale.
FACTS: dict[str, dict[str, Any]] = {
    "kims": {
        "codes": (39, 1, 5, 1),
        "reversed": 18,
        "scales": {
            "total": (39, 39, 195),
            "observe": (12, 12, 60),
            "describe": (8, 8, 40),
            "act_with_awareness": (10, 10, 50),
            "accept_without_judgment": (9, 9, 45),
        },
    },
    "intrex": {
        "codes": (8, 0, 100, 10),
        "reversed": 0,
        "scales": {
            "affiliation": (6, -100, 100),
            "autonomy": (6, -100, 100),
            "attachment_group": (3, 0, 100),
            "disrupted_attachment_group": (3, 0, 100),
        },
    },
    "wai_s": {
        "codes": (12, 1, 7, 1),
        "reversed": 2,
        "scales": {
            "total": (12, 12, 84),
            "task": (4, 4, 28),
            "bond": (4, 4, 28),
            "goal": (4, 4, 28),
        },
    },
    "scl_90_r": {
        "codes": (90, 0, 4, 1),
        "reversed": 0,
        "scales": {
            "somatization": (12, 0, 4),
            "obsessive_compulsive": (10, 0, 4),
            "interpersonal_sensitivity": (9, 0, 4),
            "depression": (13, 0, 4),
            "anxiety": (10, 0, 4),
            "hostility": (6, 0, 4),
            "phobic_anxiety": (7, 0, 4),
            "paranoid_ideation": (6, 0, 4),
            "psychoticism": (10, 0, 4),
            "gsi": (90, 0, 4),
            "pst": (90, 0, 90),
            "psdi": (90, 1, 4),
        },
    },
    "iip_32": {
        "codes": (32, 0, 4, 1),
        "reversed": 0,
        "scales": {
            "total": (32, 0, 128),
            "mean": (32, 0, 4),
            **dict.fromkeys(("pa", "bc", "de", "fg", "hi", "jk", "lm", "no"), (4, 0, 16)),
        },
    },
    "ces_d": {"codes": (20, 0, 3, 1), "reversed": 4, "scales": {"total": (20, 0, 60)}},
    "eus": {"codes": (16, -3, 3, 1), "reversed": 8, "scales": {"total": (16, -48, 48)}},
}

# Scales that share out the items: each item in exactly one, but for those in no scale.
PARTITIONS: dict[str, tuple[set[str], set[int]]] = {
    "kims": ({"observe", "describe", "act_with_awareness", "accept_without_judgment"}, set()),
    "wai_s": ({"task", "bond", "goal"}, set()),
    "scl_90_r": (
        set(FACTS["scl_90_r"]["scales"]) - {"gsi", "pst", "psdi"},
        {19, 44, 59, 60, 64, 66, 89},
    ),
    "iip_32": ({"pa", "bc", "de", "fg", "hi", "jk", "lm", "no"}, set()),
}

every_instrument = pytest.mark.parametrize("key", INSTRUMENTS.values(), ids=list(INSTRUMENTS))


def test_the_known_instruments_are_shipped() -> None:
    assert set(FACTS) <= set(INSTRUMENTS)


@pytest.mark.parametrize("name", FACTS)
def test_items_codes_and_ranges(name: str) -> None:
    key, facts = INSTRUMENTS[name], FACTS[name]
    codes = key.response
    assert (key.n_items, codes.minimum, codes.maximum, codes.step) == facts["codes"]
    assert len(key.reverse) == facts["reversed"]
    found = {scale: (len(key.items_of(scale)), *key.score_range(scale)) for scale in key.scales}
    assert found == facts["scales"]


@pytest.mark.parametrize("name", PARTITIONS)
def test_scales_share_out_the_items(name: str) -> None:
    scales, in_none = PARTITIONS[name]
    shared = [item for scale in scales for item in INSTRUMENTS[name].items_of(scale)]
    assert sorted([*shared, *in_none]) == list(range(1, INSTRUMENTS[name].n_items + 1))


@every_instrument
def test_a_reversed_item_belongs_to_a_scale(key: Instrument) -> None:
    assert set(key.reverse) <= {item for scale in key.scales for item in key.items_of(scale)}


@every_instrument
def test_source_and_licence_are_given(key: Instrument) -> None:
    assert key.confidence.note
    assert key.licence
    assert key.missing.source
    if key.doi is not None:
        assert key.doi.startswith("10.")


def texts(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a YAML file with the path of its key."""
    if isinstance(content, dict):
        for name, inner in content.items():
            yield from texts(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(content, list):
        for inner in content:
            yield from texts(inner, path)
    elif isinstance(content, str):
        yield path, content


PROSE = (
    "citation",
    "note",
    "licence",
    "source",
    "sample",
    "pitfalls",
    "acronym_clashes",
    "editions",
)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_no_text_is_longer_than_a_label(path: Path) -> None:
    """Items are copyrighted: a key holds numbers, and no text in which an item could hide."""
    for place, text in texts(read_yaml(path)):
        if place.endswith(PROSE):
            assert "item_names" not in place
        else:
            assert len(text.split()) <= 8, f"{path.name}, {place}: {text!r}"


OWN = {
    *("ces_d", "hscl_58", "bis_11", "ahi", "rses_alternative_order"),
    *("dpccq_difficulties", "dpccq_feelings", "eus"),
    *("aaq_ii", "bai", "bdi_1961", "csq_8", "dass_21", "ghq_12", "hads", "ham_d_17", "haq_ii"),
    *("ies_r", "isi", "k10", "k6", "panas", "pcl_5", "phq_15", "pss_10", "stai_state"),
    *("stai_trait", "swls", "who_5"),
}
"""Keys that are not in the collection: proven by open data or public scorers, another order of one
that is, or numbered by this project."""
COMPOSITES = {"elevation", "non_risk"}
"""Scales over some of the items that the collection describes in words."""
OTHER_IDS = {"intrex": "sasb_intrex_introject_short"}


@pytest.fixture(scope="module")
def collected() -> dict[str, dict[str, Any]]:
    """A collection of keys that was made independently of these files, by id."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    path = Path(os.environ["ATTUNE_REFERENCE"]) / "reference" / "instruments.json"
    keys = json.loads(path.read_text(encoding="utf-8"))["instruments"]
    return {key["id"]: key for key in keys}


def test_every_key_that_was_found_is_shipped_and_no_other(collected: dict[str, Any]) -> None:
    known = {"verified-2-sources", "1-source", "mixed"}
    found = {name for name, key in collected.items() if key["confidence"] in known}
    shipped = {OTHER_IDS.get(name, name) for name in set(INSTRUMENTS) - OWN}
    assert shipped == found
    for name in set(INSTRUMENTS) - OWN:
        other = collected[OTHER_IDS.get(name, name)]
        assert INSTRUMENTS[name].confidence.level == other["confidence"], name


@pytest.mark.parametrize("name", sorted(set(INSTRUMENTS) - OWN - set(OTHER_IDS)))
def test_keys_equal_the_collected_ones(name: str, collected: dict[str, Any]) -> None:
    key, other = INSTRUMENTS[name], collected[name]
    assert (key.n_items, key.response.minimum, key.response.maximum) == (
        other["items"],
        other["min"],
        other["max"],
    )
    assert key.reverse == (other.get("reverse") or [])
    assert key.anchor_flips == other.get("display_reversed_anchor_items", [])
    assert (key.response.decimals > 0) == other.get("continuous", False)
    # Both ways: no scale is lacking, and none but the total and the composites is added.
    theirs = sorted(sorted(items) for items in other["scales"].values())
    every = list(range(1, key.n_items + 1))
    ours = [
        sorted(key.items_of(scale))
        for scale, declared in key.scales.items()
        if declared.aggregation in ("sum", "mean") and scale not in COMPOSITES
    ]
    assert sorted(items for items in ours if items != every) == [i for i in theirs if i != every]
    assert (every in theirs) <= (every in ours)
    in_none = set(every) - {item for items in theirs for item in items}
    if not other.get("overlapping_scales"):
        assert in_none == set(other.get("additional_items", []))
        assert sum(map(len, theirs)) == key.n_items - len(in_none)


def test_weights_equal_the_collected_ones(collected: dict[str, Any]) -> None:
    weights = collected["sasb_intrex_introject_short"]["weights"]
    for scale, other_name in (("affiliation", "AFF"), ("autonomy", "AUT")):
        other = next(value for label, value in weights.items() if label.startswith(other_name))
        used = {int(item): weight for item, weight in other.items() if weight}
        assert INSTRUMENTS["intrex"].scales[scale].weights == used


def test_both_orders_of_the_self_esteem_scale_equal_the_collected_ones(
    collected: dict[str, Any],
) -> None:
    orders = list(collected["rses"]["alt_orders"].values())
    shipped = [INSTRUMENTS[name].reverse for name in ("rses", "rses_alternative_order")]
    assert shipped == orders


@pytest.mark.parametrize("name", ["iip_64", "iip_sc", "iip_90_octants_pd"])
def test_the_circle_equals_the_collected_formula(name: str, collected: dict[str, Any]) -> None:
    """0.25 x (PA - HI + 0.707 x (...)) of octant means, worked out item by item."""
    key = INSTRUMENTS[name]
    octant = {o: key.items_of(o) for o in ("pa", "bc", "de", "fg", "hi", "jk", "lm", "no")}
    for scale, formula in (("dominance", "Dominance/Agency"), ("affiliation", "Affiliation")):
        text = next(f for n, f in collected[name]["composites"].items() if n.startswith(formula))
        share = {
            o: eval(text, {"__builtins__": {}}, {p.upper(): float(p == o) for p in octant})
            for o in octant
        }
        expected = {i: share[o] / len(octant[o]) for o in octant for i in octant[o] if share[o]}
        declared = key.scales[scale]
        found = {item: weight / declared.divisor for item, weight in declared.weights.items()}
        assert found == pytest.approx(expected)


def test_the_relationship_inventory_says_that_one_of_its_four_scales_is_keyed() -> None:
    shown = " ".join("\n".join(key_in_words(named_key(INSTRUMENTS, "BLRI"))).split())
    assert "Only one of the four scales of the Relationship Inventory is keyed" in shown
    assert "A file with all 64 items of the Relationship Inventory (BLRI) gives this one" in shown
