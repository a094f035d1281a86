"""Sentences of the documents that changed."""

import re
from collections import Counter, defaultdict

from attune.printing.quarto import parse_document
from attune.record.run_diff.changes import NumberChange, SentenceChange
from attune.record.run_diff.run import Run

NUMBER = re.compile(r"[−-]?(?:\d[\d,]*)?(?:\.\d+|\d)(?:%|\b)")
"""A printed number: .456, −0.53, 1,234, 50.0%."""

_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"(])")
_CLOSEST = 0.5
"""Share of common words from which a new sentence counts as a revision of an old one."""


def sentence_changes(before: Run, after: Run) -> list[SentenceChange]:
    """Sentences that are new, removed or changed, document by document; those of tables are cells.

    Equal sentences are dropped, wherever they are. The rest is paired: first sentences that differ
    only in numbers, then those that share most of their words.
    """
    names = [*before.documents, *(name for name in after.documents if name not in before.documents)]
    return [
        change
        for name in names
        for change in _document_changes(
            name,
            sentences(before.documents.get(name, "")),
            sentences(after.documents.get(name, "")),
        )
    ]


def sentences(source: str) -> list[str]:
    r"""Sentences, headings, captions and notes of a Quarto document, without markup.

    Examples
    --------
    >>> sentences("---\ntitle: A\n---\n\n# Results\n\nThere were [26]{.stat}. None left.")
    ['title: A', 'Results', 'There were 26.', 'None left.']
    """
    found: list[str] = []
    for block in parse_document(source).blocks:
        # Words of a sentence may run over lines; a line that ends one ends it.
        text = block.text.to_plain()
        if block.kind == "header" and block.key != "engine":
            found.append(f"{block.key}: {text}")
        elif block.kind not in ("header", "table"):
            found += [sentence for sentence in _END.split(text) if sentence]
    return found


def _document_changes(name: str, old: list[str], new: list[str]) -> list[SentenceChange]:
    kept = Counter(old) & Counter(new)
    removed, came = _without(old, kept), _without(new, kept)
    pairs = _same_words(removed, came)
    pairs |= _most_words(removed, came, pairs)
    followed = set(pairs.values())
    found = [
        SentenceChange(
            document=name,
            before=text,
            after=came[pairs[place]] if place in pairs else None,
            numbers=_numbers(text, came[pairs[place]]) if place in pairs else [],
        )
        for place, text in enumerate(removed)
    ]
    found += [
        SentenceChange(document=name, before=None, after=text)
        for place, text in enumerate(came)
        if place not in followed
    ]
    return _counted(found)


def _counted(changes: list[SentenceChange]) -> list[SentenceChange]:
    """Each change once, with its number of occurrences."""
    times = Counter((change.before, change.after) for change in changes)
    once = {(change.before, change.after): change for change in changes}
    return [change.model_copy(update={"times": times[key]}) for key, change in once.items()]


def _without(texts: list[str], kept: Counter[str]) -> list[str]:
    left, found = Counter(kept), []
    for text in texts:
        if left[text]:
            left[text] -= 1
        else:
            found.append(text)
    return found


def _same_words(removed: list[str], came: list[str]) -> dict[int, int]:
    """Sentences that differ in numbers only, in their order."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(came):
        waiting[_skeleton(text)].append(place)
    pairs = {}
    for place, text in enumerate(removed):
        if waiting[_skeleton(text)]:
            pairs[place] = waiting[_skeleton(text)].pop(0)
    return pairs


def _most_words(removed: list[str], came: list[str], paired: dict[int, int]) -> dict[int, int]:
    """Closest pairs of the other sentences; symmetric in the two runs."""
    taken = set(paired.values())
    old = {place: _words(text) for place, text in enumerate(removed) if place not in paired}
    new = {place: _words(text) for place, text in enumerate(came) if place not in taken}
    scores = [
        (-len(a & b) / len(a | b), i + j, abs(i - j), i, j)
        for i, a in old.items()
        for j, b in new.items()
        if a | b
    ]
    pairs: dict[int, int] = {}
    for score, *_, i, j in sorted(scores):
        if -score >= _CLOSEST and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def _skeleton(text: str) -> str:
    return NUMBER.sub("#", text)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", text.lower()))


def _numbers(before: str, after: str) -> list[NumberChange]:
    if _skeleton(before) != _skeleton(after):
        return []
    pairs = zip(NUMBER.findall(before), NUMBER.findall(after), strict=True)
    return [NumberChange(before=a, after=b) for a, b in pairs if a != b]
