"""Kinds of statistics: one record per kind, found by the id of a row of the statistics store.

The kinds are declared where the statistics are computed (`kinds.py` of each analysis, of `scoring`
and of `intake`) and put together by `attune.analyses.kinds.KINDS`. Printing, provenance, run
comparison and small-cell suppression look up a statistic's kind and keep no lists of their own.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from attune.specs.errors import StatisticError
from attune.store.tolerances import ARITHMETIC, Tolerance

Style = Literal["number", "bounded", "count", "percent", "p", "bayes_factor"]

ANY = (-math.inf, math.inf)
"""Range of a statistic that may take every finite value."""

NOT_NEGATIVE = (0.0, math.inf)
"""Range of counts, standard deviations, F and Bayes factors."""

CORRELATION = (-1.0, 1.0)
"""Range of correlations."""

SHARE = (0.0, 1.0)
"""Range of probabilities and shares."""

PERCENT = (0.0, 100.0)
"""Range of percentages."""

_NOISE = 1e-9
"""Allowance for rounding error at both ends of an allowed range."""


@dataclass(frozen=True)
class PrintFormat:
    """How a statistic is printed (APA 7, sections 6.36 to 6.45).

    Attributes
    ----------
    style : {"number", "bounded", "count", "percent", "p", "bayes_factor"}
        bounded: without a leading zero, as the size never exceeds 1; p: exact to three decimals,
        `< .001` below; bayes_factor: more decimals or powers of ten where two decimals are not
        enough.
    decimals : int, optional
        None: the decimals of the measure that the statistic describes.
    averaged : bool
        Whether it is an average or a spread, which has a decimal even where it is whole: a mean
        age of 48.0, but a median of 48.
    interval : str
        Name of the interval: `CI`, `BCa CI`.
    signed : bool
        Whether the sign is a finding, so that the statistic has a direction.
    sizes : tuple of (float, str)
        Lower bounds of the words for effect sizes, the largest first.
    share : bool
        A share of variance, printed in running text as a percentage.
    with_df : bool
        Whether the degrees of freedom follow the symbol in brackets.
    as_given : bool
        Whether a number of the plan is printed with the decimals that it has there.
    no_effect : float
        The value of no effect, from which direction and interval are judged: 1 of a ratio.
    """

    style: Style = "number"
    decimals: int | None = 2
    averaged: bool = False
    interval: str = "CI"
    signed: bool = False
    sizes: tuple[tuple[float, str], ...] = ()
    share: bool = False
    with_df: bool = False
    as_given: bool = False
    no_effect: float = 0.0


P_VALUE = PrintFormat("p", 3)
"""A p value as the estimate itself: adjusted or from a permutation test."""

COUNT = PrintFormat("count", 0)
"""A whole number of people, questionnaires, answers or findings."""

PERCENTAGE = PrintFormat("percent", 1)
"""A percentage with one decimal."""

IN_UNITS = PrintFormat(decimals=None)
"""A number in the units of its measure, with the decimals of the measure."""

AVERAGE_IN_UNITS = PrintFormat(decimals=None, averaged=True)
"""A mean or standard deviation in the units of its measure."""


@dataclass(frozen=True, kw_only=True)
class StatisticKind:
    """Definition, computation, print format and tolerance of one kind of statistic.

    Attributes
    ----------
    id : str
        Pattern of the ids of its rows: `<analysis>.<terms...>.<statistic>`. A name in angle
        brackets stands for any one part; what is in square brackets may be absent
        (`retention.<measure>[.<condition>].n`). Other parts are spelled out.
    rule : str
        The rule of the workflow whose step computes it.
    label : str
        Its name in words, as it reads in the middle of a sentence.
    formula : str
        The formula, readable without typesetting.
    function : str
        The function of the library that computes it, by its dotted name.
    doi : str, optional
        Source of the formula; None where it is common knowledge, as of a mean.
    symbol : str
        Markdown; "" for a number that needs none in running text.
    print_format : PrintFormat
    allowed : (float, float)
        Smallest and largest possible estimate.
    tolerance : Tolerance
        Allowed difference between two runs on different machines in estimate, standard error,
        degrees of freedom, p and limits of the interval.
    test : {"planned", "additional"}, optional
        planned: the test that the study declares for an analysis; additional: a further test or p
        value reported beside it. None: no test, rows have no p.
    people : {"count", "rest", "part", "derived", "share"}, optional
        count: a number of people, to which small-cell suppression applies; rest: the number of
        those outside a count with the same terms, suppressed with it and shown otherwise, however
        small (who was not assessed); part: a number of people, of a group whose size is printed
        beside it and with statistics of its own, which are shown (a category of change in an arm of
        a trial); derived: a number from which a suppressed count with the same terms could be
        derived; it is suppressed with it; share: derived, and a percentage of the n people of its
        row whose number is not stored, so that it is suppressed where it stands for too few of
        them.

    Examples
    --------
    >>> median = StatisticKind(
    ...     id="sample.<variable>.median", rule="describe_sample", label="median",
    ...     formula="the middle value", function="numpy.median", symbol="*Mdn*",
    ...     print_format=IN_UNITS,
    ... )
    >>> median.statistic, median.matches("sample.age.median"), median.matches("sample.age.mean")
    ('median', True, False)
    """

    id: str
    rule: str
    label: str
    formula: str
    function: str
    doi: str | None = None
    symbol: str = ""
    print_format: PrintFormat = PrintFormat()
    allowed: tuple[float, float] = ANY
    tolerance: Tolerance = ARITHMETIC
    test: Literal["planned", "additional"] | None = None
    people: Literal["count", "rest", "part", "derived", "share"] | None = None

    @property
    def statistic(self) -> str:
        """Its name: the last part of its ids."""
        return self.id.rpartition(".")[2]

    @cached_property
    def spelled_out(self) -> tuple[str, ...]:
        """The parts of the pattern that stand for themselves."""
        parts = self.id.replace("[", "").replace("]", "").split(".")
        return tuple(part for part in parts if not part.startswith("<"))

    @property
    def key(self) -> str:
        """Rule and spelled-out parts: the name of the kind in records of provenance.

        Examples
        --------
        >>> alpha = StatisticKind(
        ...     id="reliability.<scale>.alpha", rule="estimate_reliability", label="alpha",
        ...     formula="", function="",
        ... )
        >>> alpha.key
        'estimate_reliability.reliability.alpha'
        """
        return ".".join((self.rule, *self.spelled_out))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        escaped = re.escape(self.id).replace(r"\[", "(?:").replace(r"\]", ")?")
        return re.compile(re.sub(r"<[^<>]+>", "[^.]+", escaped))

    def matches(self, identifier: str) -> bool:
        """Whether an id has the form of this kind's ids."""
        return self._pattern.fullmatch(identifier) is not None

    def allows(self, estimate: float | None) -> bool:
        """Whether an estimate lies in the allowed range; an undefined one does.

        Examples
        --------
        >>> r = StatisticKind(
        ...     id="<family>.<x>.<y>.r", rule="", label="", formula="", function="",
        ...     allowed=CORRELATION,
        ... )
        >>> r.allows(1.0000000000000002), r.allows(1.01), r.allows(None)
        (True, False, True)
        """
        if estimate is None:
            return True
        low, high = self.allowed
        return low - _NOISE <= estimate <= high + _NOISE


class StatisticKinds:
    """All kinds of statistics, each found by the id of a row.

    Parameters
    ----------
    kinds : iterable of StatisticKind

    Raises
    ------
    StatisticError
        Two kinds share a pattern or a key.

    Examples
    --------
    >>> from attune.store.statistic_kinds import StatisticKind, StatisticKinds
    >>> shared = {"rule": "describe_sample", "formula": "", "function": ""}
    >>> kinds = StatisticKinds([
    ...     StatisticKind(id="sample.<variable>.n", label="number of values", **shared),
    ...     StatisticKind(id="sample.all.n", label="size of the sample", **shared),
    ... ])
    >>> kinds.of_id("sample.age.n").label, kinds.of_id("sample.all.n").label
    ('number of values', 'size of the sample')
    """

    def __init__(self, kinds: Iterable[StatisticKind]):
        self._kinds = tuple(kinds)
        self._by_statistic: dict[str, list[StatisticKind]] = {}
        self._found: dict[str, StatisticKind | None] = {}
        for kind in self._kinds:
            self._by_statistic.setdefault(kind.statistic, []).append(kind)
        problems = [
            f"{name!r} is declared by more than one kind"
            for attribute in ("id", "key")
            for name in _repeated(getattr(kind, attribute) for kind in self._kinds)
        ]
        if problems:
            raise StatisticError("Kinds of statistics must differ.", problems)

    def __iter__(self) -> Iterator[StatisticKind]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def find(self, identifier: str) -> StatisticKind | None:
        """The kind of a statistic, by id; None where this version of attune does not compute it.

        Where several patterns fit, the one with the most parts spelled out counts: `sample.all.n`
        before `sample.<variable>.n`, `gains.<outcome>.<dataset>.r_squared` before
        `<family>.<x>.<y>.r_squared`.

        Raises
        ------
        StatisticError
            Several patterns fit equally well.
        """
        if identifier not in self._found:
            self._found[identifier] = self._search(identifier)
        return self._found[identifier]

    def _search(self, identifier: str) -> StatisticKind | None:
        candidates = self._by_statistic.get(identifier.rpartition(".")[2], [])
        fitting = [kind for kind in candidates if kind.matches(identifier)]
        most = max((len(kind.spelled_out) for kind in fitting), default=0)
        best = [kind for kind in fitting if len(kind.spelled_out) == most]
        if len(best) > 1:
            patterns = " and ".join(kind.id for kind in best)
            raise StatisticError(
                f"The statistic {identifier!r} has more than one kind: {patterns}. Name the"
                " analysis in one of the patterns."
            )
        return best[0] if best else None

    def of_id(self, identifier: str) -> StatisticKind:
        """The one kind of a statistic, by id.

        Raises
        ------
        StatisticError
            No kind, or more than one, has ids of this form.
        """
        kind = self.find(identifier)
        if kind is None:
            raise StatisticError(self._unknown(identifier))
        return kind

    def kind_of(self, row: Mapping[str, Any]) -> StatisticKind:
        """The one kind of a row of the contract `STATISTICS`.

        Raises
        ------
        StatisticError
            No kind, or more than one, has ids of this form; or the row's column `statistic` is
            not the last part of its id.
        """
        kind = self.of_id(row["id"])
        if row["statistic"] != kind.statistic:
            raise StatisticError(
                f"The statistic {row['id']!r} is called {row['statistic']!r} in its row; the name"
                " must be the last part of the id."
            )
        return kind

    def kinds_of(self, rows: Iterable[Mapping[str, Any]]) -> list[StatisticKind]:
        """The kind of every row, each estimate checked against the allowed range of its kind.

        Raises
        ------
        StatisticError
            Rows without a kind or with an impossible estimate: all of them at once.
        """
        found, problems = [], []
        for row in rows:
            try:
                kind = self.kind_of(row)
            except StatisticError as error:
                problems.append(error.heading)
                continue
            if not kind.allows(row["estimate"]):
                low, high = kind.allowed
                problems.append(
                    f"{row['id']!r} is {row['estimate']}; a {kind.label} lies between {low:g} and"
                    f" {high:g}"
                )
            found.append(kind)
        if problems:
            raise StatisticError("The statistics store holds what no kind describes.", problems)
        return found

    def _unknown(self, identifier: str) -> str:
        statistic = identifier.rpartition(".")[2]
        same = [kind.id for kind in self._by_statistic.get(statistic, [])]
        hint = f"ids of {statistic!r} look like {' or '.join(same)}" if same else ""
        return (
            f"The statistic {identifier!r} has no kind{f' ({hint})' if hint else ''}. Declare it"
            " as a StatisticKind in kinds.py of the analysis that computes it."
        )


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    repeated = []
    for name in names:
        if name in seen and name not in repeated:
            repeated.append(name)
        seen.add(name)
    return repeated
