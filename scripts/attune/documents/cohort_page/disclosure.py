"""Disclosure control: short codes may be printed, but no names, ids or free text."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from attune.intake.reading.cell_values import COMMON_MISSING_CODES
from attune.intake.reading.violations import Violation

ShowValues = Literal["codes", "all", "none"]
"""Which offending values are printed: short codes only, all of them, or none."""

HIDDEN = "text (not shown)"
HIDDEN_ID = "an id (not shown)"
NO_VALUES = "(not shown)"
EMPTY = "(empty)"

_MANY_IDS = re.compile(
    rf"{re.escape(HIDDEN_ID)}(?:(?:, | and | or ){re.escape(HIDDEN_ID)})+(?: and \d+ more)?"
)

LONGEST_CODE = 12
MOST_DIGITS = 6
"""A code has no more digits; more of them may be a telephone number or a date of birth."""

_QUOTED = re.compile(
    r"""(?P<role>\b(?:dyad|patient|therapist|person)\ )?
        (?<!\w)(?:'(?P<one>(?:[^'\\]|\\.)*)'|"(?P<two>(?:[^"\\]|\\.)*)")(?!\w)""",
    re.VERBOSE,
)
OWN_PHRASES = frozenset({"no answer", "no score"})
"""Quoted phrases of attune's own messages."""

_WORD = re.compile(r"[\w@][\w.@+-]*[\w@]|\w")
_NUMBERED = re.compile(
    r"\b(dyads?|patients?|therapists?|ids?|persons?|people) (\d+(?:(?:, | and | or )\d+)*)\b"
)
_NUMBER = re.compile(r"[+-]?\d*[.,]?\d+")
_SIGNS = re.compile(r"[^\w\s]{1,3}")


def is_code(text: str) -> bool:
    """Whether a cell's content is a short code without personal information.

    Examples
    --------
    >>> [is_code(text) for text in ("99", "-9999", "2,5", "NA", "?", "")]
    [True, True, True, True, True, True]
    >>> [is_code(text) for text in ("Miller", "1980-03-12", "5551234567", "4b")]
    [False, False, False, False]
    """
    if len(text) > LONGEST_CODE:
        return False
    if text == "" or text in COMMON_MISSING_CODES or _SIGNS.fullmatch(text):
        return True
    return bool(_NUMBER.fullmatch(text)) and sum(map(str.isdigit, text)) <= MOST_DIGITS


@dataclass(frozen=True)
class Disclosure:
    """Which contents of a cohort's raw files may be printed.

    Attributes
    ----------
    show_values : {"codes", "all", "none"}
    ids : collection of str
        Every name of a dyad, patient or therapist in the raw files; never printed.
    id_columns : collection of str
        The columns that hold them.
    public : collection of str
        Names that the cohort file itself uses (files, columns, instruments, levels).
    """

    show_values: ShowValues
    ids: Collection[str]
    id_columns: Collection[str]
    public: Collection[str]

    def value(self, violation: Violation) -> str | None:
        """The offending value as it may be printed; None where there is none."""
        text = violation.value
        if text is None:
            return None
        if violation.column in self.id_columns or (text in self.ids and not is_code(text)):
            return HIDDEN_ID if text else EMPTY
        return self._shown(text)

    def sentence(self, text: str, violation: Violation) -> str:
        """A message without ids and without values that may not be printed.

        Quoted words and the names of people are replaced; all others come from attune itself.
        """
        of_value = None if violation.column in self.id_columns else violation.value

        def replaced(match: re.Match[str]) -> str:
            role, inner = match["role"], match["one"] or match["two"] or ""
            if inner in self.ids and (role or inner != of_value):
                return f"a {role.strip()}" if role else HIDDEN_ID
            plain = inner.replace("\\'", "'").replace("\\\\", "\\")
            printable = (
                plain if inner in self.public or inner in OWN_PHRASES else self._shown(plain)
            )
            return match[0] if printable in (plain, EMPTY) else f"{role or ''}{printable}"

        parts, end = [], 0
        for quoted in _QUOTED.finditer(text):
            parts += [self._unquoted(text[end : quoted.start()], of_value), replaced(quoted)]
            end = quoted.end()
        return _MANY_IDS.sub(
            "ids not shown", "".join([*parts, self._unquoted(text[end:], of_value)])
        )

    def _unquoted(self, text: str, value: str | None) -> str:
        """The text with ids outside quotation marks replaced, and with hidden values."""
        if value and self._shown(value) != value:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda _: NO_VALUES, text)

        def replaced(match: re.Match[str]) -> str:
            word = match[0]
            hidden = word in self.ids and not word.isdigit() and word not in self.public
            return HIDDEN_ID if hidden else word

        return _WORD.sub(replaced, _NUMBERED.sub(lambda match: f"{match[1]} {NO_VALUES}", text))

    def _shown(self, text: str) -> str:
        if self.show_values == "none":
            return NO_VALUES
        if self.show_values == "codes" and not is_code(text):
            return HIDDEN
        return text or EMPTY
