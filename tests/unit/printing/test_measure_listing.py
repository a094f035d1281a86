"""Numbers of measures in a series: occasions of one measure together, equal numbers once."""

from collections.abc import Sequence

import pytest

from attune.printing.measure_listing import by_measure
from attune.printing.text import literal


def _show(names: Sequence[str], is_first: bool) -> str:
    return ("α = " if is_first else "") + "+".join(names)


@pytest.mark.parametrize(
    ("labels", "in_words"),
    [
        (["calm"], "α = 0 for calm"),
        (["calm", "rest"], "α = 0 for calm and 1 for rest"),
        (["not judging, accepting", "rest"], "α = 0 for not judging, accepting; and 1 for rest"),
        (["calm at intake", "rest at intake"], "α = 0 for calm at intake and 1 for rest at intake"),
        (["calm at intake", "calm after therapy"], "α = 0 for calm at intake and 1 after therapy"),
        (["calm", "calm at follow-up", "rest"],
         "α = 0 for calm, 1 for calm at follow-up, and 2 for rest"),
    ],
)  # fmt: skip
def test_measures_with_their_occasions(labels: list[str], in_words: str) -> None:
    named = [(str(place), label) for place, label in enumerate(labels)]
    assert by_measure(named, _show) == in_words
    assert by_measure([(name, literal(label)) for name, label in named], _show) == in_words


def test_equal_numbers_share_a_phrase_only_within_a_measure() -> None:
    labels = ["calm at week 1", "calm at week 2", "calm at week 3", "rest at week 1"]
    named = list(zip("abcd", labels, strict=True))
    assert by_measure(named, _show, equal=lambda name: name == "b") == (
        "α = a+c for calm at weeks 1 and 3, and b at week 2; and d for rest at week 1"
    )
    assert by_measure(named, _show, equal=lambda _: 0) == (
        "α = a+b+c for calm at weeks 1, 2, and 3; and d for rest at week 1"
    )
