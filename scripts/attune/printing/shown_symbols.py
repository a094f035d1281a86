"""Notes that explain exactly what a table shows.

Remarks of tables are written for every table of a kind. A clause such as `*SE* = standard error` is
dropped where the table does not show the symbol, and what is shown without an explanation gets one.
"""

import re
from collections.abc import Iterator, Sequence

from attune.printing.apa import NOT_APPLICABLE
from attune.printing.quarto import parse_text
from attune.printing.text import Text

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\sa-z(])")
_DEFINITION = re.compile(r"^(?P<symbols>[^=;:.()]{1,60}?) = ")
_BETWEEN_SYMBOLS = re.compile(r"(, | and )")
_PLAIN_WORD = re.compile(r"[a-z]{3}")
_EXPLAINED_CI = re.compile(r"\bCI(?: =|\))")


def explained(remarks: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Remarks without explanations of symbols that the table does not show.

    Parameters
    ----------
    remarks : sequence of str
        Markdown sentences; clauses are separated by semicolons, and one that defines symbols
        begins with them and an equals sign.
    shown : sequence of str
        The words of title, headings, labels and cells, as plain text.

    Examples
    --------
    >>> remarks = ["*b* = slope; *SE* = standard error; *p* is two-tailed.", "NNT = a number."]
    >>> explained(remarks, ["Path", "b", "p", ".02"])
    ['*b* = slope; *p* is two-tailed.']
    >>> explained(["*p*~Holm~ and *p*~BH~ = adjusted *p*."], ["pHolm", "-.12"])
    ['*p*~Holm~ = adjusted *p*.']
    """
    text = "\n".join(shown)
    kept = (
        " ".join(filter(None, (_sentence(part, text) for part in _SENTENCE.split(remark))))
        for remark in remarks
    )
    return [remark for remark in kept if remark]


def missing_explanations(note: str, shown: Sequence[str], has_reasons: bool) -> Iterator[str]:
    """Explanations of what the table shows and its note leaves open, as sentences.

    Parameters
    ----------
    note : str
        The note so far, as plain text.
    shown : sequence of str
        As for `explained`.
    has_reasons : bool
        Whether the note says why statistics are undefined, which explains dashes.

    Examples
    --------
    >>> list(missing_explanations("SD = standard deviation.", ["95% CI", "SD", "—"], False))
    ['CI = confidence interval.', '— = not applicable.']
    >>> list(missing_explanations("profile likelihood intervals (CI).", ["95% CI"], False))
    []
    >>> list(missing_explanations("A dash stands for what is not printed.", ["—"], False))
    []
    """
    if any(re.search(r"\bCI\b", text) for text in shown) and not _EXPLAINED_CI.search(note):
        yield "CI = confidence interval."
    if NOT_APPLICABLE in shown and not has_reasons and "dash stands for" not in note:
        yield f"{NOT_APPLICABLE} = not applicable."


def words_of(*texts: Text | str | None) -> list[str]:
    """Texts as plain words; strings are Markdown."""
    parsed = (parse_text(text) if isinstance(text, str) else text for text in texts if text)
    return [text.characters for text in parsed]


def _sentence(sentence: str, shown: str) -> str:
    """A sentence with the clauses that hold; empty if none does."""
    ends = sentence[-1:] if sentence[-1:] in ".!?" else ""
    clauses = sentence.removesuffix(ends).split("; ")
    kept = [clause for clause in (_clause(clause, shown) for clause in clauses) if clause]
    if not kept:
        return ""
    if kept[0] != clauses[0] and clauses[0][:1].isupper() and _PLAIN_WORD.match(kept[0]):
        kept[0] = kept[0][0].upper() + kept[0][1:]
    return "; ".join(kept) + ends


def _clause(clause: str, shown: str) -> str:
    """A clause as it is, with those of its symbols that are shown, or nothing."""
    definition = _DEFINITION.match(clause)
    if definition is None:
        return clause
    pieces = _BETWEEN_SYMBOLS.split(definition["symbols"])
    symbols = [symbol for symbol in pieces[::2] if symbol]
    known = [symbol for symbol in symbols if is_shown(parse_text(symbol).characters, shown)]
    if known == symbols:
        return clause
    if not known:
        return ""
    return (
        f"{', '.join(known[:-1])}{' and ' if known[:-1] else ''}{known[-1]} = "
        + (clause[definition.end() :])
    )


def is_shown(symbol: str, shown: str) -> bool:
    """Whether a text has a symbol as a word of its own.

    Examples
    --------
    >>> [is_shown(symbol, "95% CI of b, ΔCFI") for symbol in ("CI", "C", "b", "Δ", "of B")]
    [True, False, True, True, True]
    """
    if len(symbol) == 1 and not symbol.isascii():
        return symbol in shown
    # Words may begin a row with a capital; a symbol of one or two letters is another one then.
    flags = re.IGNORECASE if len(symbol) > 3 else 0
    return bool(re.search(rf"(?<!\w){re.escape(symbol.strip())}(?!\w)", shown, flags))
