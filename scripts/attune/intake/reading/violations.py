"""Violations: problems of raw files with place, allowed values and remedy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from attune.specs.errors import RawDataError
from attune.specs.rules import Severity
from attune.store.contracts import STATISTICS, VIOLATIONS

if TYPE_CHECKING:
    import pandas as pd

MOST_SHOWN = 100
"""Sentences listed in an error; the log and the table of violations hold all."""

MOST_OF_KIND = 8
"""Errors of one rule in one file up to which all are listed."""

FIRST_OF_KIND = 5
"""The first of more of them, which are listed."""


@dataclass(frozen=True)
class Violation:
    """One problem in one place of the raw files.

    Attributes
    ----------
    rule : str
        Identifier of the broken rule, such as `response_out_of_range`.
    severity : {"error", "warning", "note"}
    file : str
        File name as the cohort file gives it.
    message : str
        What was found and what is allowed.
    remedy : str
        How to correct it, or what was done about it.
    row : int, optional
        Line of the file as a spreadsheet numbers it; the header is 1.
    column, item, dyad, value : optional
        Raw column, item number, dyad and the cell's content.
    places : int
        Cells that it counts for: this one and those of its column that are not listed.
    """

    rule: str
    severity: Severity
    file: str
    message: str
    remedy: str
    row: int | None = None
    column: str | None = None
    item: int | None = None
    dyad: str | None = None
    value: str | None = None
    places: int = 1

    def sentence(self) -> str:
        """The violation in one line.

        Examples
        --------
        >>> Violation("no_dyad", "error", "a.csv", "no dyad.", "Name it.", row=3).sentence()
        'a.csv, row 3: no dyad. Name it.'
        """
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        if self.item is not None:
            place.append(f"item {self.item}")
        return f"{', '.join(place)}: {self.message} {self.remedy}".strip()


Value = TypeVar("Value")


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """Result of reading one place of the raw files: the value and the problems.

    Attributes
    ----------
    value : object or None
        None where a column is missing: nothing could be read.
    problems : list of Violation
        Missing columns and cells that are not values.
    """

    value: Value | None
    problems: list[Violation]


def values_read(readings: Iterable[Reading[Value]]) -> list[Value]:
    """The values of those readings that have one, in the same order."""
    return [reading.value for reading in readings if reading.value is not None]


def violations_frame(violations: Iterable[Violation]) -> "pd.DataFrame":
    """Violations as rows of the contract `VIOLATIONS`, errors first, in order of arrival."""
    import pandas as pd

    order = {"error": 0, "warning": 1, "note": 2}
    rows = sorted(violations, key=lambda violation: order[violation.severity])
    frame = pd.DataFrame([asdict(row) for row in rows], columns=VIOLATIONS.schema.names)
    return frame.astype({"row": "Int64", "item": "Int16"})


def stop_on_errors(cohort: str, violations: Iterable[Violation], hint: str = "") -> None:
    """Refuse a cohort whose raw files hold an error.

    Parameters
    ----------
    cohort : str
    violations : iterable of Violation
    hint : str
        End of the message: where to find more.

    Raises
    ------
    RawDataError
        With one sentence per error, or the first `FIRST_OF_KIND` and the number of the others where
        one rule is broken more than `MOST_OF_KIND` times in a file; at most `MOST_SHOWN` sentences.
    """
    errors = [violation for violation in violations if violation.severity == "error"]
    if not errors:
        return
    sentences = list(_by_kind(errors))
    total = sum(violation.places for violation in errors)
    if len(sentences) > MOST_SHOWN:
        more = len(sentences) - MOST_SHOWN
        sentences = [*sentences[:MOST_SHOWN], f"... and {more:,} more of such lines."]
    sentences += [hint] if hint else []
    count = "1 error" if total == 1 else f"{total:,} errors"
    raise RawDataError(
        f"The raw files of cohort {cohort} have {count}. Nothing was written.", sentences
    )


def _by_kind(errors: Sequence[Violation]) -> Iterator[str]:
    """The errors in sentences: of each rule in each file all, or the first and a count."""
    kinds: dict[tuple[str, str], list[Violation]] = {}
    for violation in errors:
        kinds.setdefault((violation.file, violation.rule), []).append(violation)
    for (file, rule), same in kinds.items():
        few = len(same) <= MOST_OF_KIND
        yield from (violation.sentence() for violation in (same if few else same[:FIRST_OF_KIND]))
        if not few:
            rest = same[FIRST_OF_KIND:]
            number = sum(violation.places for violation in rest)
            yield f"{file}: {number:,} more of this kind ({rule}){_columns_of(rest)}."


def _columns_of(violations: Sequence[Violation]) -> str:
    """The first columns of several violations in words."""
    names = list(dict.fromkeys(v.column for v in violations if v.column is not None))
    if not names:
        return ""
    more = f" and {len(names) - FIRST_OF_KIND:,} more" if len(names) > FIRST_OF_KIND else ""
    plural = "s" if len(names) > 1 else ""
    return f", in column{plural} {', '.join(names[:FIRST_OF_KIND])}{more}"


def violation_counts(violations: "pd.DataFrame") -> "pd.DataFrame":
    """Counts of violations by severity and by rule.

    Parameters
    ----------
    violations : pandas.DataFrame
        Contract `VIOLATIONS`.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`: `violations.<severity>.count` for each severity, also where it is
        0, and `violations.<severity>.<rule>.count` for each rule that was broken.

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"severity": ["note", "note"], "rule": ["constant_item"] * 2})
    >>> counts = violation_counts(found).set_index("id")["estimate"]
    >>> [int(counts[f"violations.{each}.count"]) for each in ("error", "note.constant_item")]
    [0, 2]
    """
    import pandas as pd

    counts = {f"violations.{get_arg}.count": 0 for get_arg in get_args(Severity)}
    for severity, rule in zip(violations["severity"], violations["rule"], strict=True):
        for place in (severity, f"{severity}.{rule}"):
            identifier = f"violations.{place}.count"
            counts[identifier] = counts.get(identifier, 0) + 1
    rows = [
        {
            "id": identifier,
            "analysis": "violations",
            "statistic": "count",
            "estimate": float(number),
        }
        for identifier, number in counts.items()
    ]
    return pd.DataFrame(rows, columns=STATISTICS.schema.names)
