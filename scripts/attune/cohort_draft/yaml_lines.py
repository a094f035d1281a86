"""Lines of a YAML file with comments at their end or above them."""

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attune.cohort_draft.draft import Evidence

WIDTH = 100
LONGEST_BEFORE_COMMENT = 58
"""Longest line with a comment at its end."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./() -]*[A-Za-z0-9_)]|[A-Za-z]")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n", "nan"}


@dataclass(frozen=True)
class Line:
    """A line of YAML.

    Attributes
    ----------
    text : str
        With its indent.
    comment : str
        Reasons, without the sign of a comment.
    checks : tuple of str
        Doubts that a person has to check, one sentence each.
    """

    text: str
    comment: str = ""
    checks: tuple[str, ...] = ()


def line(text: str, evidence: Evidence | None = None) -> Line:
    """A line with its evidence: reasons as a comment, doubts as checks."""
    evidence = evidence or Evidence()
    return Line(text, "; ".join(evidence.reasons), tuple(evidence.doubts))


def scalar(value: object) -> str:
    """A value as YAML that every parser reads alike.

    Examples
    --------
    >>> scalar("no"), scalar("wai_p_{item}"), scalar("Usual care"), scalar(3)
    ('"no"', '"wai_p_{item}"', 'Usual care', '3')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and "  " not in text:
        return text
    return json.dumps(text, ensure_ascii=False)


def sequence(values: Iterable[object]) -> str:
    """A list on one line."""
    return f"[{', '.join(scalar(value) for value in values)}]"


def mapping(values: Mapping[Any, object]) -> str:
    """A mapping on one line; keys that are text keep their quotes where they look like numbers."""
    return f"{{{', '.join(f'{scalar(key)}: {scalar(value)}' for key, value in values.items())}}}"


def flow(value: object) -> str:
    """Mappings, lists and scalars within each other on one line.

    Examples
    --------
    >>> flow({"file": "a", "columns": {1: "q 1"}, "sessions": [1, 2]})
    '{file: a, columns: {1: q 1}, sessions: [1, 2]}'
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(key)}: {flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def wrapped(key: str, values: Mapping[Any, object], indent: int) -> list[str]:
    """A mapping under a key, on as many lines as it needs."""
    start = " " * indent
    text = f"{start}{key}: {mapping(values)}"
    if len(text) <= WIDTH:
        return [text]
    inner = [f"{scalar(name)}: {scalar(value)}" for name, value in values.items()]
    return [f"{start}{key}:", *(f"{start}  {entry}" for entry in inner)]


def rendered(lines: Sequence[Line | str]) -> str:
    """The text of a file; comments of neighbouring lines are aligned.

    A comment that does not fit at the end of its line is above it.
    """
    out: list[str] = []
    for block in _blocks(lines):
        beside = [
            entry.text
            for entry in block
            if _remark(entry) and len(entry.text) <= LONGEST_BEFORE_COMMENT
        ]
        place = max((len(text) for text in beside), default=0) + 2
        for entry in block:
            remark = _remark(entry)
            fits = place + 2 + len(remark) <= WIDTH and len(entry.text) <= LONGEST_BEFORE_COMMENT
            if not remark:
                out.append(entry.text)
            elif fits:
                out.append(f"{entry.text:<{place}}# {remark}")
            else:
                out += [*_above(entry), entry.text]
    return "\n".join(out) + "\n"


def comment(text: str, indent: int = 0) -> list[str]:
    """A text as lines of comment."""
    prefix = " " * indent + "# "
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=prefix,
        subsequent_indent=prefix + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _blocks(lines: Sequence[Line | str]) -> list[list[Line]]:
    """Neighbouring lines; an empty line or a heading ends a block."""
    blocks: list[list[Line]] = [[]]
    for entry in lines:
        if isinstance(entry, str):
            blocks += [[Line(entry)], []]
        elif entry.text.lstrip().startswith("- "):
            blocks.append([entry])
        else:
            blocks[-1].append(entry)
    return [block for block in blocks if block]


def _remark(entry: Line) -> str:
    """The comment of a line, checks first."""
    checks = f"CHECK: {'; '.join(entry.checks)}" if entry.checks else ""
    return "; ".join(part for part in (checks, entry.comment) if part)


def _above(entry: Line) -> list[str]:
    """The comment of a line on lines of its own; a list's first key keeps its dash."""
    indent = len(entry.text) - len(entry.text.lstrip())
    found: list[str] = []
    for check in entry.checks:
        found += comment(f"CHECK: {check}", indent)
    return found + (comment(entry.comment, indent) if entry.comment else [])
