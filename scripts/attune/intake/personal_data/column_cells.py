"""Cells of one column as the rules of personal data look at them."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import filterfalse

from attune.intake.personal_data.cell_patterns import NUMBER
from attune.intake.personal_data.headings import Heading, heading_of
from attune.intake.reading.cell_values import COMMON_MISSING_CODES

MOST_JUDGED = 500
"""Distinct cells from which shares are estimated, evenly spread: their standard error is below
2.3 percentage points. Single conspicuous cells are searched in all."""

MOST_KINDS = 8
"""Distinct cells up to which a heading such as `employer_type` is believed."""

_FEW = 100
"""Texts up to which telling shapes apart costs more than it saves."""

_ONES = str.maketrans("23456789", "11111111")


@dataclass(frozen=True)
class ColumnCells:
    """Heading and distinct cells of one column.

    Attributes
    ----------
    heading : Heading
    cells : tuple of str
        Distinct contents that are not missing codes, at most `MOST_JUDGED`.
    texts : tuple of str
        All distinct contents that are not numbers.
    """

    heading: Heading
    cells: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def of_kinds(self) -> bool:
        """Whether the heading announces kinds of a thing, and the cells are as few as kinds."""
        few = len(self.cells) <= MOST_KINDS
        return few and self.headed("kind") and not any(map(str.isdigit, "".join(self.texts)))

    @cached_property
    def text(self) -> str:
        """All texts, one a line."""
        return "\n".join(self.texts)

    @cached_property
    def shapes(self) -> tuple[str, ...]:
        """Distinct texts with 1 for every digit but 0.

        Searches that do not depend on digits beside 0 take these: `code 17` and `code 39` are one.
        """
        if len(self.texts) < _FEW:
            return self.texts
        return tuple(dict.fromkeys(self.text.translate(_ONES).split("\n")))

    @cached_property
    def shape_text(self) -> str:
        """All shapes, one a line."""
        return "\n".join(self.shapes)

    def headed(self, *kinds: str) -> bool:
        """Whether the heading has a word of one of these kinds."""
        return not self.heading.kinds.isdisjoint(kinds)

    def mostly(self, fits: Callable[[str], object], share: float, fewest: int = 1) -> bool:
        """Whether at least this share of the distinct cells fits, and at least so many."""
        n, allowed, hits = len(self.cells), (1 - share) * len(self.cells) + 1e-9, 0
        if n < fewest:
            return False
        for position, cell in enumerate(self.cells):
            if fits(cell):
                hits += 1
            elif position + 1 - hits > allowed:
                return False
        return hits >= max(fewest, 1)

    def some(self, fits: Callable[[str], object], share: float, fewest: int) -> bool:
        """Whether at least so many cells fit, and this share of them."""
        hits = sum(1 for cell in self.cells if fits(cell))
        return hits >= fewest and hits >= share * len(self.cells)


def column_cells(name: str, label: str, contents: Iterable[object]) -> ColumnCells:
    """The cells of a column.

    Parameters
    ----------
    name, label : str
    contents : iterable
        Distinct contents of its cells.

    Examples
    --------
    >>> column = column_cells("tlf", "", ["91234567", " ", "NA", "٠٥٠١٢٣٤"])
    >>> column.cells, column.texts
    (('91234567', '0501234'), ())
    """
    stripped = [str(content).strip() for content in contents]
    if not "".join(stripped).isascii():
        stripped = [_in_plain_characters(text) for text in stripped]
    kept = dict.fromkeys(stripped)
    for code in ("", *COMMON_MISSING_CODES):
        kept.pop(code, None)
    cells = tuple(kept)
    texts = tuple(filterfalse(NUMBER.fullmatch, cells))
    sampled = cells[:: -(-len(cells) // MOST_JUDGED)] if cells else cells
    return ColumnCells(heading_of(name, label), sampled, texts)


def _in_plain_characters(text: str) -> str:
    """Full-width characters and digits of other scripts as plain ones."""
    if text.isascii():
        return text
    normal = unicodedata.normalize("NFKC", text).replace("\u00a0", " ").strip()
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in normal
        if character not in "\u200b\u200e\u200f\ufeff"
    )
