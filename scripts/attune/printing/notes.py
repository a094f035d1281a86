"""Notes below tables and figures: how to read them, significance stars, undefined statistics."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from attune.printing import apa
from attune.printing.quarto import parse_text
from attune.printing.store import PrintedStore
from attune.printing.text import (
    Text,
    choice,
    joined,
    literal,
    one_line,
    sourced,
    with_mark,
    with_symbols,
)
from attune.printing.wording import listing, occasion_listing, preposition

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)(?::([a-z_]+))?\}")
"""An id in braces, and the part of the statistic that is meant."""
_DETAILS = re.compile(r"[,:;]")
"""Behind the opening clause of a reason."""
_ORDINARY = re.compile(r"[A-Z](?=[a-z]*(?:[ ,;:-]|$))")
"""Capital of a sentence whose first word is not an abbreviation and no name in the genitive."""


def fill(text: str, printed: PrintedStore) -> tuple[Text, list[str]]:
    """An author's note with its placeholders filled.

    Parameters
    ----------
    text : str
        Plain text in which `{id}` and `{id:part}` are replaced by printed statistics.
    printed : PrintedStore

    Returns
    -------
    text : Text
    problems : list of str
        One sentence per placeholder that cannot be filled.
    """
    pieces: list[Text] = []
    problems: list[str] = []
    source, start = one_line(text), 0
    for match in PLACEHOLDER.finditer(source):
        pieces.append(with_symbols(source[start : match.start()]))
        start = match.end()
        identifier, part = match[1], match[2] or "result"
        problem = printed.problem(identifier, part)
        if problem:
            problems.append(problem)
            continue
        row = printed.row(identifier)
        pieces.append(sourced(parse_text(str(row and row[part])), identifier, part))
    return joined([*pieces, with_symbols(source[start:])]), problems


def figure_note(remark: str, interval: str, cases: str) -> str:
    """How to read a figure.

    Parameters
    ----------
    remark : str
        How to read figures of its kind, as Markdown with `{interval}` and `{cases}`.
    interval : str
        Markdown: coverage of the intervals that the figure draws, such as `95%`; may be empty.
    cases : str
        What a row of the sample sheet is called, in the plural.
    """
    return f"*Note.* {remark.format(interval=interval, cases=cases)}"


def star_note(
    levels: Sequence[float], tail: str, name: str = "one", shown: Collection[int] | None = None
) -> str:
    r"""What the stars of a table mean; the levels name the place of the study that declares them.

    Parameters
    ----------
    levels : sequence of float
        From the largest to the smallest.
    tail : {"one", "two"}
    name : str
        Key of the table.
    shown : collection of int, optional
        How many stars stand beside each other in some cell; all levels by default.

    Examples
    --------
    >>> print(star_note([0.05], "one", "alliance"))
    \**p* < [.05]{.choice data-key="study.tables.alliance.stars"}, one-tailed.
    """
    key = f"study.tables.{name}.stars"
    meanings = [
        f"{with_mark('*' * rank, 'stars')}*p* < {choice(apa.level_of(level), key)}"
        for rank, level in enumerate(levels, start=1)
        if shown is None or rank in shown
    ]
    return f"{', '.join(meanings)}, {tail}-tailed." if meanings else ""


def whole_note(
    general: Text,
    remarks: Sequence[str],
    stars: str,
    reasons: Mapping[str, str],
    places: Mapping[str, str] | None = None,
    not_applicable: bool = False,
) -> str:
    """A table's note in APA's order: general, then probability.

    Parameters
    ----------
    general : Text
        The study's own note; may be empty.
    remarks : sequence of str
        Markdown sentences that the table's kind adds.
    stars : str
        Markdown; may be empty.
    reasons : mapping of str to str
        Why statistics are undefined, as plain text -> id of the first one with that reason.
    places : mapping of str to str, optional
        Where the dashes of a reason are, as Markdown, such as `for the tipping point at month 2`.
    not_applicable : bool, optional
        Whether the table has other dashes, of cells without a statistic.

    Examples
    --------
    >>> places = {"Nobody left.": "for bias at month 2"}
    >>> whole_note(Text(), ["*M* = mean."], "", {"Nobody left.": "a.b"}, places, True)
    '*Note.* *M* = mean. A dash for bias at month 2: nobody left. Any other dash: not applicable.'
    >>> whole_note(Text(), [], "", {"Nobody left.": "a.b", "HAM-D: constant.": "a.c"})
    '*Note.* A dash stands for what cannot be computed: nobody left; HAM-D: constant.'
    """
    dashes = _dash_sentences(reasons, places or {}, not_applicable)
    sentences = [_closed(general), *remarks, *dashes]
    remark = " ".join(filter(None, sentences))
    return "\n\n".join(filter(None, [remark and f"*Note.* {remark}", stars]))


def places_of_dashes(
    reasons: Mapping[str, Sequence[str]],
    places: Mapping[str, tuple[str, str, str]],
    not_applicable: bool = False,
) -> dict[str, str]:
    """Where the dashes of each reason are, where a table has dashes of several kinds.

    Parameters
    ----------
    reasons : mapping of str to sequence of str
        Why statistics are undefined -> their ids.
    places : mapping of str to (str, str, str)
        Id -> what its row shows, the group of the row, or nothing, and when (`Row.place`).
    not_applicable : bool, optional
        Whether the table has other dashes, of cells without a statistic.

    Examples
    --------
    >>> places = {key: ("bias", "", f"at month {n}") for key, n in (("a", 2), ("b", 3), ("c", 5))}
    >>> places_of_dashes({"Nobody left.": ["a"], "It is small.": ["b", "c"]}, places)
    {'Nobody left.': 'for bias at month 2', 'It is small.': 'for bias at months 3 and 5'}
    >>> places = {"a": ("bias", "anxiety", "after"), "b": ("bias", "bond", "after")}
    >>> places_of_dashes({"It is small.": ["a", "b"], "Nobody left.": []}, places)["It is small."]
    'for bias in anxiety and bond after'
    >>> places_of_dashes({"Nobody left.": ["a", "b", "c"]}, places)
    {}
    """
    if len(reasons) < 2 and not not_applicable:
        return {}
    return {
        reason: _listed_places(list(dict.fromkeys(places[one] for one in ids)))
        for reason, ids in reasons.items()
        if all(one in places for one in ids)
    }


def _listed_places(places: Sequence[tuple[str, str, str]]) -> str:
    shown: dict[str, list[tuple[str, str]]] = {}
    for what, *where in places:
        shown.setdefault(what, []).append((where[0], where[1]))
    parts = [f"for {what} {_listed_groups(where)}" for what, where in shown.items()]
    return listing(parts, ";" if any("," in part for part in parts) else ",")


def _listed_groups(places: Sequence[tuple[str, str]]) -> str:
    groups: dict[str, list[str]] = {}
    for group, when in places:
        groups.setdefault(when, []).append(group)
    if not any(group for group, _ in places):
        return occasion_listing(groups)
    parts = [f"{preposition(those)} {listing(those)} {when}" for when, those in groups.items()]
    return listing(parts, ";" if any("," in part for part in parts) else ",")


def _dash_sentences(
    reasons: Mapping[str, str], places: Mapping[str, str], not_applicable: bool
) -> Iterator[str]:
    """What the dashes of a table stand for: by their places, or all in one sentence."""
    for reason, where in places.items():
        yield f"A dash {where}: {_as_clause(reason.rstrip('.'), reasons)}."
    others = {reason: one for reason, one in reasons.items() if reason not in places}
    if others:
        clauses = (_as_clause(clause, others) for clause in without_repetition(others))
        what = "Any other dash" if places else "A dash"
        yield f"{what} stands for what cannot be computed: {'; '.join(clauses)}."
    elif places and not_applicable:
        yield "Any other dash: not applicable."


def remarks_of_analyses(remarks: Iterable[tuple[str, str]]) -> list[str]:
    """What is said of several analyses of a table, each sentence once, with those that it is about.

    Parameters
    ----------
    remarks : iterable of (str, str)
        Title of an analysis and a sentence that begins in lower case, as Markdown.

    Examples
    --------
    >>> remarks_of_analyses([("Hope", "robust errors."), ("Trust", "robust errors.")])
    ['Both analyses: robust errors.']
    >>> remarks_of_analyses([("Hope", "robust errors."), ("Trust", "a flaw.")])
    ['Hope: robust errors.', 'Trust: a flaw.']
    >>> remarks_of_analyses([("Hope", "robust errors.")])
    ['Robust errors.']
    """
    known = list(remarks)
    every = list(dict.fromkeys(title for title, _ in known))
    sentences: dict[str, list[str]] = {}
    for title, sentence in known:
        sentences.setdefault(sentence, []).append(title)
    found = []
    for sentence, titles in sentences.items():
        if len(every) == 1:
            first = sentence[0].upper() if sentence[0].isascii() else sentence[0]
            found.append(first + sentence[1:])
        elif len(titles) == len(every):
            found.append(f"{'Both' if len(every) == 2 else 'All'} analyses: {sentence}")
        else:
            found.append(f"{'; '.join(titles)}: {sentence}")
    return found


def without_repetition(reasons: Iterable[str]) -> list[str]:
    """Reasons that differ in their details only are given once, without the details.

    Examples
    --------
    >>> without_repetition(["Too few, found 2 of 4.", "Too few, found 3 of 4.", "Constant: all 1"])
    ['Too few', 'Constant: all 1']
    """
    clauses: dict[str, list[str]] = {}
    for reason in reasons:
        clauses.setdefault(_DETAILS.split(reason)[0], []).append(reason.rstrip("."))
    return [full[0] if len(full) == 1 else clause for clause, full in clauses.items()]


def _as_clause(clause: str, reasons: Mapping[str, str]) -> str:
    """A reason behind a colon; one with numbers carries the id of the statistic that has it."""
    opening = _ORDINARY.match(clause)
    first = opening[0].lower() if opening else ""
    rest = literal(clause[len(first) :])
    if any(map(str.isdigit, clause)):
        identifier = next(known for reason, known in reasons.items() if reason.startswith(clause))
        rest = sourced(rest, identifier, "reason")
    return str(joined([literal(first), rest]))


def _closed(sentence: Text) -> str:
    markdown = str(sentence)
    return markdown if not markdown or markdown[-1] in ".!?" else f"{markdown}."
