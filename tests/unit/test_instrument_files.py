"""What every shipped scoring key must satisfy; its scores are checked in tests/published."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attune.instrument import Instrument
from attune_files.yaml_file import read_instruments, read_yaml

FILES = sorted((Path(__file__).parents[2] / "workflow" / "instruments").glob("*.yaml"))
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


PROSE = ("citation", "confidence.note", "licence", "missing.source", "note")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_no_text_is_longer_than_a_label(path: Path) -> None:
    """Items are copyrighted: a key holds numbers, and no text in which an item could hide."""
    for place, text in texts(read_yaml(path)):
        if place.endswith(PROSE):
            assert "item_names" not in place
        else:
            assert len(text.split()) <= 8, f"{path.name}, {place}: {text!r}"


@pytest.mark.skipif(
    "ATTUNE_REFERENCE" not in os.environ, reason="ATTUNE_REFERENCE names no folder of references"
)
def test_keys_equal_the_collected_ones() -> None:
    collected = json.loads(
        (Path(os.environ["ATTUNE_REFERENCE"]) / "reference" / "instruments.json").read_text(
            encoding="utf-8"
        )
    )
    by_id = {key["id"]: key for key in (collected.get("instruments", collected))}
    for name in ("kims", "wai_s", "scl_90_r", "iip_32"):
        key, other = INSTRUMENTS[name], by_id[name]
        assert (key.n_items, key.response.minimum, key.response.maximum) == (
            other["items"],
            other["min"],
            other["max"],
        )
        assert key.reverse == (other.get("reverse") or [])
        ours = {tuple(key.items_of(scale)) for scale in PARTITIONS[name][0]}
        assert ours == {tuple(items) for items in other["scales"].values()}
    weights = by_id["sasb_intrex_introject_short"]["weights"]
    for scale, other_name in (("affiliation", "AFF"), ("autonomy", "AUT")):
        other = next(value for label, value in weights.items() if label.startswith(other_name))
        used = {int(item): weight for item, weight in other.items() if weight}
        assert INSTRUMENTS["intrex"].scales[scale].weights == used
