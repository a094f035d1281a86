"""The scoring key of a questionnaire that is not registered, as a file to fill in."""

from collections.abc import Iterator

from attune.cohort_draft.draft import OpenKey
from attune.cohort_draft.yaml_lines import Line, comment, rendered, scalar


def instrument_text(key: OpenKey, cohort: str) -> str:
    """Text of workflow/instruments/<name>.yaml: what the columns show, and what is left to fill in.

    Nothing about the scoring is guessed: the file is valid, but has no scale until one is written.

    Parameters
    ----------
    key : OpenKey
    cohort : str
        The cohort's id.
    """
    return rendered(list(_lines(key, cohort)))


def _lines(key: OpenKey, cohort: str) -> Iterator[Line | str]:
    yield from comment(
        f"Scoring key to fill in, drafted by `attune new-cohort --name {cohort}` from"
        f" {key.columns}. Take it from the questionnaire's manual or paper, and never copy the"
        " wording of an item into this file."
    )
    yield f"# `attune instruments check workflow/instruments/{key.name}.yaml` reads it."
    yield f"instrument: {key.name}"
    yield 'version: "1.0"'
    yield 'name: "TODO: full name of the questionnaire"'
    yield f"abbreviation: {scalar(abbreviation(key.name))}"
    yield 'citation: "TODO: author, year, title, journal"'
    yield "raters: [patient, therapist, observer, informant]"
    yield Line(f"n_items: {key.n_items}", "", tuple(key.doubts))
    yield Line(
        f"response: {{minimum: {key.lowest}, maximum: {key.highest}}}", "", (range_doubt(key),)
    )
    yield Line("reverse: []", "TODO: numbers of the items that are reversed, if any")
    scale = "{total: {label: Total, aggregation: sum, items: all}}"
    yield from comment(
        f"TODO: scales by the key, such as {scale}; mean instead of sum, or a list of item numbers"
        " instead of all."
    )
    yield "scales: {}"
    yield "missing: {rule: complete, source: chosen by this project}"
    yield Line(
        "confidence: {level: unverified, note: entered by hand}",
        "1-source, with the source as its note, once it was compared with the paper or manual",
    )
    yield "licence: not stated; this file holds the scoring key only"


def abbreviation(name: str) -> str:
    """An id as an abbreviation is printed.

    Examples
    --------
    >>> abbreviation("swls"), abbreviation("mood_today")
    ('SWLS', 'MOOD TODAY')
    """
    return name.replace("_", " ").upper()


def range_doubt(key: OpenKey) -> str:
    """What to check about the range of answers."""
    if key.words:
        return f"{len(key.words)} different answers in words were found; which codes do they have?"
    if key.labelled:
        return "the file labels these codes; are there further ones without a label?"
    return (
        "these are the lowest and highest answer found. If the questionnaire allows more, correct"
        " the range: reversed items depend on it"
    )
