"""What stands below tables and figures: notes, what stars mean, that the data are synthetic."""

import re
from collections.abc import Mapping, Sequence

from attune.printing import apa
from attune.printing.markdown import choice, literal, span, with_symbols
from attune.printing.store import PrintedStore
from attune.specs.cohort import Cohort

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)(?::([a-z_]+))?\}")
_HELD = re.compile("\ue000(\\d+)\ue001")
_CLAUSE = re.compile(r"^[^,:;]*")
"""The opening clause of a reason, before its details."""


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
    markdown = with_symbols(literal(_PLACEHOLDER.sub(hold, text)))
    return _HELD.sub(lambda found: spans[int(found[1])], markdown), problems


def figure_note(remark: str, interval: str, cases: str, cohort_notice: str) -> str:
    """How to read a figure, and that its data are synthetic.

    Parameters
    ----------
    remark : str
        How to read figures of its kind, as Markdown with `{interval}` and `{cases}`.
    interval : str
        Markdown: coverage of the intervals that figures draw, such as `95%`.
    cases : str
        What a row of the sample sheet is called, in the plural.
    cohort_notice : str
        Markdown; empty for real data.
    """
    filled = remark.format(interval=interval, cases=cases)
    return f"*Note.* {' '.join(filter(None, [filled, cohort_notice]))}"


def star_note(levels: Sequence[float], tail: str, name: str = "one") -> str:
    r"""What the stars of a table mean; the levels name the place of the study that declares them.

    Examples
    --------
    >>> print(star_note([0.05], "one", "alliance"))
    \**p* < [.05]{.choice data-key="study.tables.alliance.stars"}, one-tailed.
    """
    key = f"study.tables.{name}.stars"
    meanings = [
        "\\*" * rank + f"*p* < {choice(apa.level_of(level), key)}"
        for rank, level in enumerate(levels, start=1)
    ]
    return f"{', '.join(meanings)}, {tail}-tailed." if meanings else ""


def whole_note(
    general: str,
    remarks: Sequence[str],
    stars: str,
    reasons: Mapping[str, str],
    cohort: Cohort,
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
    reasons : mapping of str to str
        Why cells hold a dash, as Markdown -> id of the first statistic whose reason it is.
    cohort : Cohort
    """
    sentences = [_closed(general), *remarks]
    if reasons:
        sentences.append(
            "A dash stands for what cannot be computed: "
            + "; ".join(_with_source(each, reasons) for each in without_repetition([*reasons]))
            + "."
        )
    if cohort.synthetic:
        sentences.append(literal(cohort.synthetic_notice))
    said = " ".join(filter(None, sentences))
    return "\n\n".join(filter(None, [said and f"*Note.* {said}", stars]))


def without_repetition(reasons: Sequence[str]) -> list[str]:
    """Reasons that differ in their details only are given once, without the details.

    Examples
    --------
    >>> without_repetition(["Too few, found 2 of 4.", "Too few, found 3 of 4.", "Constant: all 1"])
    ['Too few', 'Constant: all 1']
    """
    clauses: dict[str, list[str]] = {}
    for reason in reasons:
        opening = _CLAUSE.search(reason)
        clauses.setdefault(opening[0] if opening else reason, []).append(reason.rstrip("."))
    return [found[0] if len(found) == 1 else clause for clause, found in clauses.items()]


def _with_source(clause: str, reasons: Mapping[str, str]) -> str:
    """A reason; one with numbers names the statistic that has it."""
    if not any(map(str.isdigit, clause)):
        return clause
    identifier = next(known for reason, known in reasons.items() if reason.startswith(clause))
    return span(clause, identifier, "reason")


def _closed(sentence: str) -> str:
    return sentence if not sentence or sentence[-1] in ".!?" else f"{sentence}."
