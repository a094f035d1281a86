"""What stands below a table: its note, what its stars mean, that its data are synthetic."""

import re
from collections.abc import Sequence

from attune import apa
from attune.cohort import Cohort
from attune.markdown import literal, span
from attune.tables.store import PrintedStore

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)(?::([a-z_]+))?\}")
_HELD = re.compile("\ue000(\\d+)\ue001")
_SYMBOL = re.compile(r"\b(N|n|M|SD|p|r|t|d)\b(?= (?:[=≤≥]|\\[<>]))")
"""A statistic's symbol in front of a sign of equality, which APA sets in italics."""


def fill(text: str, printed: PrintedStore) -> tuple[str, list[str]]:
    """A note's text as Markdown, with its placeholders filled.

    Parameters
    ----------
    text : str
        Plain text in which `{id}` and `{id:part}` stand for a statistic as printed.
    printed : PrintedStore

    Returns
    -------
    markdown : str
    problems : list of str
        One sentence per placeholder that cannot be filled.
    """
    spans: list[str] = []
    problems: list[str] = []

    def hold(found: re.Match[str]) -> str:
        identifier, part = found[1], found[2] or "result"
        problem = printed.problem(identifier, part)
        if problem:
            problems.append(problem)
            return ""
        row = printed.row(identifier)
        spans.append(span(str(row and row[part]), identifier, part))
        return f"\ue000{len(spans) - 1}\ue001"

    # Held back while the text is escaped, so that only the text is.
    escaped = literal(_PLACEHOLDER.sub(hold, text))
    markdown = _SYMBOL.sub(r"*\1*", escaped)
    return _HELD.sub(lambda found: spans[int(found[1])], markdown), problems


def star_note(levels: Sequence[float], tail: str) -> str:
    r"""What the stars mean.

    Examples
    --------
    >>> print(star_note([0.05, 0.01], "one"))
    \**p* < .05, \*\**p* < .01, one-tailed.
    """
    meanings = [
        "\\*" * (rank + 1) + f"*p* < {apa.level_of(level)}" for rank, level in enumerate(levels)
    ]
    return f"{', '.join(meanings)}, {tail}-tailed." if meanings else ""


def whole_note(
    general: str, remarks: Sequence[str], stars: str, reasons: Sequence[str], cohort: Cohort
) -> str:
    """A table's note in APA's order: general, then probability; the synthetic notice in between.

    Parameters
    ----------
    general : str
        Markdown of the study's own note; may be empty.
    remarks : sequence of str
        Markdown sentences that the table's kind adds.
    stars : str
        Markdown; may be empty.
    reasons : sequence of str
        Why cells hold a dash, as Markdown.
    cohort : Cohort
    """
    sentences = [_closed(general), *remarks]
    if reasons:
        sentences.append(
            "A dash stands for what cannot be computed: "
            + "; ".join(each.rstrip(".") for each in reasons)
            + "."
        )
    if cohort.synthetic:
        sentences.append(literal(cohort.synthetic_notice))
    said = " ".join(filter(None, sentences))
    return "\n\n".join(filter(None, [said and f"*Note.* {said}", stars]))


def _closed(sentence: str) -> str:
    return sentence if not sentence or sentence[-1] in ".!?" else f"{sentence}."
