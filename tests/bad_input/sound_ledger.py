"""A ledger without a mistake, and ways to put one in."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from attune.paper.ledger.load_publication import load_publication
from attune.specs.errors import ConfigurationError

FILE = "workflow/publications/paper.yaml"
R = "mindful.kims.iip.pearson_r"


def entry(name: str, printed: object, kind: str, **keys: object) -> dict[str, object]:
    return {"id": name, "printed": printed, "kind": kind, "places": ["Table I"]} | keys


def tail(tail: str | None, direction: str | None = None) -> dict[str, object]:
    keys: dict[str, object] = {"statistic": R, "field": f"p_{tail}_tailed"}
    keys |= {"tail": tail} if tail else {"field": "p_two_tailed"}
    return keys | ({"direction": direction} if direction else {})


SOUND: dict[str, Any] = {
    "publication": "paper",
    "citation": "A paper.",
    "values": [
        entry("dyads", "12", "count", statistic="sample.all.n"),
        entry("women", "9", "count", statistic="sample.gender.female.count"),
        entry("men", "3", "count", statistic="sample.gender.male.count"),
        entry("women_percent", "75.0", "percent", statistic="sample.gender.female.percent"),
        entry("lowest", "107", "minimum", statistic="sample.kims.minimum"),
        entry("highest", "169", "maximum", statistic="sample.kims.maximum"),
        entry("kims_mean", "133", "mean", statistic="sample.kims.mean"),
        entry("kims_sd", "15", "sd", statistic="sample.kims.sd"),
        entry("r_kims", "-0.60", "r", n=12, statistic=R),
        entry("r_kims_p", "p < .05", "p", of="r_kims", below=".05", **tail("one", "negative")),
        entry("r_kims_star", "*", "stars", of="r_kims", below=".05", **tail("one", "negative")),
        entry("kims_alpha", ".83", "alpha", quoted="from another paper"),
        entry(
            "effect",
            "predicted fewer problems",
            "finding",
            significant=True,
            direction="negative",
            statistic=R,
            field="p_two_tailed",
        ),
    ],
    "relations": {
        "parts_of_whole": [{"whole": "dyads", "parts": ["women", "men"]}],
        "percentage": [{"percent": "women_percent", "count": "women", "base": "dyads"}],
        "range": [{"minimum": "lowest", "maximum": "highest", "mean": "kims_mean"}],
    },
}


def ledger(change: Callable[[Any], object] = lambda content: None) -> Any:
    """The sound ledger after a change."""
    content = copy.deepcopy(SOUND)
    change(content)
    return content


def one(name: str, **keys: object) -> Callable[[Any], None]:
    """A change of one value; None takes the key away."""

    def change(content: Any) -> None:
        found = next(value for value in content["values"] if value["id"] == name)
        found.update(keys)
        for key, text in keys.items():
            if text is None:
                del found[key]

    return change


def problems(change: Callable[[Any], object]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_publication(ledger(change), FILE)
    assert caught.value.heading == f"{FILE} cannot be used."
    return caught.value.problems


def relation(check: str, **keys: object) -> Callable[[Any], None]:
    return lambda content: content["relations"].update({check: [keys]})
