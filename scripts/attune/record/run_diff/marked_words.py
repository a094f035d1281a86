"""Two versions of a sentence in one: deletions, insertions and unchanged words."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

Piece = tuple[Literal["same", "out", "in"], str]

_MOST_SAME = 9
"""Longer runs of unchanged words are shortened."""
_KEPT = 3
_BEGINNING = 5
"""Words kept at the beginning, so that a reader finds the sentence."""


def word_pieces(before: str, after: str) -> list[Piece]:
    """Runs of unchanged, deleted and inserted words, in their order.

    Examples
    --------
    >>> word_pieces("t(95) = 2.32, d = 0.47.", "t(95) = 1.63, d = 0.33.")
    [('same', 't(95) ='), ('out', '2.32,'), ('in', '1.63,'), ('same', 'd ='), ('out', '0.47.'), \
('in', '0.33.')]
    """
    old, new = before.split(), after.split()
    pieces: list[Piece] = []
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    start = (0, 0, 0)
    for last, block in pairwise([start, *blocks]):
        removed, came = old[last[0] + last[2] : block[0]], new[last[1] + last[2] : block[1]]
        kept = old[block[0] : block[0] + block[2]]
        for kind, words in (("out", removed), ("in", came), ("same", kept)):
            if words:
                pieces.append((kind, " ".join(words)))  # type: ignore[arg-type]
    return pieces


def marked(before: str, after: str) -> str:
    """Both versions on one line: deletions in `[-...-]`, insertions in `{+...+}`.

    Examples
    --------
    >>> marked("They had t(95) = 2.32.", "They had t(95) = 1.63.")
    'They had t(95) = [-2.32.-]{+1.63.+}'
    """
    return "".join(_marked_pieces(word_pieces(before, after))).strip()


def _marked_pieces(pieces: list[Piece]) -> Iterator[str]:
    for place, (kind, text) in enumerate(pieces):
        follows = place and not (kind == "in" and pieces[place - 1][0] == "out")
        yield " " if follows else ""
        if kind == "same":
            yield _shortened(text, first=place == 0, last=place == len(pieces) - 1)
        else:
            yield f"[-{text}-]" if kind == "out" else f"{{+{text}+}}"


def _shortened(text: str, first: bool, last: bool) -> str:
    """The ends of a run of unchanged words, next to the changes."""
    words = text.split()
    if len(words) <= _MOST_SAME:
        return text
    head = " ".join(words[: _BEGINNING if first else _KEPT]) + " "
    tail = "" if last else " " + " ".join(words[-_KEPT:])
    return f"{head}…{tail}"
