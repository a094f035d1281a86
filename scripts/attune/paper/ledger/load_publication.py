"""Loads a ledger from the content of its file; the problems of all entries are reported at once."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from attune.paper.ledger.ledger import OtherSource, Publication
from attune.paper.ledger.ledger_checks import MOST_VALUES, all_problems, source_problems
from attune.paper.ledger.number_text import DecimalMark
from attune.paper.ledger.printed_value import USUAL_LEVEL, PrintedValue
from attune.paper.ledger.relations import Relations
from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError

_PLACE = re.compile(r"\bvalues\.(\d+)\b")


def load_publication(content: object, file: str) -> Publication:
    """The content of a ledger file as a publication.

    If an entry cannot be read, the others are still checked, so that all problems are reported at
    once.

    Parameters
    ----------
    content : object
        What the YAML file holds.
    file : str
        The file's name, for the messages.

    Raises
    ------
    ConfigurationError
        With every problem: the id of the value, what was found, what is allowed, what to do.

    Examples
    --------
    >>> value = {"id": "r_one", "printed": 0.1, "kind": "r", "places": ["Table II"]}
    >>> content = {"publication": "a", "citation": "A (2000).", "values": [value]}
    >>> load_publication(content, "a.yaml")
    Traceback (most recent call last):
        ...
    attune.specs.errors.ConfigurationError: a.yaml cannot be used.
      - r_one (values.0.printed): found the number 0.1 without quotes, whose last zeros are lost. \
Write it exactly as printed, in quotes, such as "0.1"
    """
    try:
        return read_as(Publication, content, file)
    except ConfigurationError as error:
        entries = content.get("values") if isinstance(content, Mapping) else None
        if not isinstance(entries, list) or len(entries) > MOST_VALUES:
            raise
        problems = [_with_id(problem, entries) for problem in error.problems]
        others = _problems_of_readable(content, entries)
        problems += [problem for problem in others if problem not in problems]
        raise ConfigurationError(error.heading, problems) from None


def _problems_of_readable(content: Any, entries: list[Any]) -> Iterator[str]:
    """Problems of the entries that can be read."""
    values = []
    given = content.get("decimal_mark")
    mark: DecimalMark | None = given if given in get_args(DecimalMark) else None
    for entry in entries:
        try:
            value = PrintedValue.model_validate(entry)
            values.append(value.in_paper(USUAL_LEVEL, mark))
        except ValidationError:
            continue
    try:
        relations = Relations.model_validate(content.get("relations") or {})
    except ValidationError:
        relations = Relations()
    sources = content.get("sources") or []
    try:
        places = [OtherSource.model_validate(source).places for source in sources]
    except (TypeError, ValidationError):
        places = []
    listed = [entry.get("places") for entry in entries if isinstance(entry, Mapping)]
    named = [place for part in listed if isinstance(part, list) for place in map(str, part)]
    yield from source_problems(places, named)
    others = [str(entry["id"]) for entry in entries if isinstance(entry, Mapping) and "id" in entry]
    for problem in all_problems(values, relations, others):
        yield problem.replace("; ", ", ")


def _with_id(problem: str, entries: list[Any]) -> str:
    """The id in front of a problem that has only the number of an entry."""
    match = _PLACE.search(problem)
    if not match:
        return problem
    number = int(match[1])
    entry = entries[number] if number < len(entries) else None
    name = entry.get("id") if isinstance(entry, Mapping) else None
    if not isinstance(name, str):
        return f"entry {number + 1} of values: {problem}"
    place, colon, rest = problem.partition(": ")
    return f"{name} ({place}): {rest}" if colon and _PLACE.match(place) else f"{name}: {problem}"
