"""Words of a synthesis that tables, figures and the document share."""

from attune.printing.text import Text, literal
from attune.printing.wording import with_apostrophes
from attune.specs.synthesis import Metric, Synthesis

DIRECTION_WORDS = {
    "for": "for",
    "against": "against",
    "none": "no relation",
    "mixed": "mixed",
    "not_stated": "not stated",
}
"""Direction of an effect -> word in print."""

SYMBOLS: dict[Metric, str] = {"r": "*r*", "g": "*g*", "b": "*b*", "or": "*OR*"}
"""Metric -> symbol, as Markdown."""

NO_EFFECT: dict[str, float] = {"r": 0.0, "g": 0.0, "b": 0.0, "or": 1.0}
"""Metric -> value of no effect."""

SCALES: dict[Metric, str] = {
    "r": ", on the scale of Fisher's *z*",
    "g": "",
    "b": "",
    "or": ", on the scale of log odds ratios",
}
"""Metric -> scale of pooling, as it follows what is on this scale; empty: that of print."""

NOTICE = (
    "Demonstration: synthetic data enter this synthesis, so that no effect size that is computed"
    " from cohorts, or pooled with such, is a finding about real therapists or clients. Printed"
    " values and directions are those of published studies."
)


def prose(words: str) -> Text:
    """A text of a file as the document prints it: plain characters, typographic apostrophes.

    Examples
    --------
    >>> prose("Providers' mindfulness").to_plain()
    'Providers’ mindfulness'
    """
    return literal(with_apostrophes(words))


def in_words(label: str) -> str:
    """The name of a source in running text: `&` is for parentheses and tables.

    Examples
    --------
    >>> in_words("Vinca & Hayes (2007)")
    'Vinca and Hayes (2007)'
    """
    return label.replace(" & ", " and ")


def notice_of(synthesis: Synthesis) -> str:
    """The notice of a demonstration; empty for a synthesis of real data only."""
    return NOTICE if synthesis.demonstration else ""


def level_label(synthesis: Synthesis, moderator: str, level: str) -> str:
    """A level of a moderator as print shows it."""
    return synthesis.moderators[moderator].levels.get(level, level)


def capitalised(words: str) -> str:
    """Words with a capital at their start; the rest keeps its case."""
    return words[:1].upper() + words[1:]
