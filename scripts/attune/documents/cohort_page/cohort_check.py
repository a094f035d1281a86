"""Result of the check of a cohort, in the parts that text summary and page print.

Nothing here holds a row of answers or the name of a dyad: only places, counts and statistics.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from attune.analyses.analysis import AnalysisCheck
from attune.specs.rules import Severity


@dataclass(frozen=True)
class MappedFile:
    """A raw file as it was read."""

    path: str
    kind: str
    """Format of the file, such as spss."""
    n_rows: int
    n_columns: int
    n_unused: int
    """Columns that cohort.yaml does not use."""


@dataclass(frozen=True)
class MappedQuestionnaire:
    """Which columns of which file became which questionnaire."""

    name: str
    """In words, such as `kims (therapist, baseline)`."""
    instrument: str
    """Name of the instrument."""
    abbreviation: str
    version: str
    key: str
    """How well the scoring key is established, in words."""
    pitfalls: tuple[str, ...]
    """What commonly goes wrong with this instrument."""
    rater: str
    occasion: str
    state: str
    path: str
    columns: str
    """The pattern, or the explicit map in short."""
    n_items: int
    """0 for a score that the file holds instead of items."""
    n_answered: int
    """Rows with at least one answer."""
    n_expected: int
    """Dyads of the sample sheet."""


@dataclass(frozen=True)
class Place:
    """Place of one violation, without ids of persons."""

    path: str
    row: int | None
    column: str | None
    item: int | None
    value: str | None
    """Content of the cell as it may be printed; None if the violation is not about one cell."""
    what: str
    """What was found and what is allowed."""
    n: int = 1
    """Number of violations with the same place and message, as those of several dyads."""


@dataclass(frozen=True)
class Finding:
    """All violations of one rule with one severity."""

    rule: str
    severity: Severity
    finds: str
    """What the rule finds, in words."""
    remedies: tuple[str, ...]
    """What to do, each remedy once; at most `findings.MOST_REMEDIES`."""
    n: int
    """All places, also those that are not listed."""
    by_file: dict[str, int]
    """Places per file."""
    places: tuple[Place, ...]
    """The first places by file, row and column."""


@dataclass(frozen=True)
class ItemCheck:
    """One item of one scale."""

    item: int
    column: str
    n: int
    item_rest: float | None
    """Correlation of the keyed item with the sum of the scale's other items."""
    low: float | None
    high: float | None
    """Its interval."""
    alpha_if_reversed: float | None
    """Alpha of the scale if the item were keyed the other way round."""
    finding: str
    """Finding about the item; empty without one."""


@dataclass(frozen=True)
class ScaleCheck:
    """One scale of one questionnaire: internal consistency and number of scores."""

    questionnaire: str
    abbreviation: str
    scale: str
    label: str
    rater: str
    occasion: str
    state: str
    n_complete: int
    """Scores over all items."""
    n_partial: int
    """Scores although items were left out, by the missing rule."""
    n_without: int
    """Questionnaires with answers that have no score."""
    rule: str
    """The missing rule, in words."""
    n_items: int
    consistent: bool
    """Whether internal consistency means anything for this scale."""
    n: int = 0
    alpha: float | None = None
    low: float | None = None
    high: float | None = None
    omega: float | None = None
    reason: str = ""
    """Why alpha or omega is undefined."""
    items: tuple[ItemCheck, ...] = ()


@dataclass(frozen=True)
class MeasureCheck:
    """Floor, ceiling and skewness of one measure of the study."""

    label: str
    n: int
    at_minimum: float | None
    """Share of the scores at the lowest score that the key allows; None where there is no key."""
    at_maximum: float | None
    skewness: float | None
    """None where there are too few scores or they do not vary."""
    odd: bool
    """Whether intervals for normal scores cover too rarely."""


@dataclass(frozen=True)
class MissingItems:
    """How often each item of one questionnaire was left out, of those who returned it."""

    questionnaire: str
    n_expected: int
    n_returned: int
    n_complete: int
    missing: tuple[int, ...]
    """Left out per item, item 1 first."""

    @property
    def share(self) -> float:
        """Share of all answers that are missing in the questionnaires that were returned."""
        expected = self.n_returned * len(self.missing)
        return sum(self.missing) / expected if expected else 0.0


def missing_totals(items: Sequence[MissingItems]) -> tuple[float, float]:
    """Shares of the questionnaires not returned, and of the items left out in returned ones.

    Examples
    --------
    Two questionnaires of two items were expected of two people: three came back, one with an item
    left out.

    >>> first = MissingItems("A", 2, 2, 1, (0, 1))
    >>> missing_totals([first, MissingItems("B", 2, 1, 1, (0, 0))])
    (0.25, 0.16666666666666666)
    """
    expected = sum(one.n_expected for one in items)
    returned = sum(one.n_returned for one in items)
    presented = sum(one.n_returned * len(one.missing) for one in items)
    left_out = sum(sum(one.missing) for one in items)
    return (
        1 - returned / expected if expected else 0.0,
        left_out / presented if presented else 0.0,
    )


@dataclass(frozen=True)
class MissingByDyad:
    """Number of dyads by their share of missing items."""

    counts: tuple[int, ...]
    """Dyads that lack nothing, then per tenth (above 0 to 10 %, ...), then all of it."""

    @property
    def n_dyads(self) -> int:
        """Dyads of the sample sheet."""
        return sum(self.counts)


@dataclass(frozen=True)
class CohortCheck:
    """Result of the check of a cohort, before the pipeline runs."""

    cohort: str
    title: str
    study: str
    study_title: str
    synthetic_notice: str
    n_dyads: int
    """Rows of the sample sheet: dyads, or patients where no therapist is recorded."""
    n_therapists: int | None
    """None where no therapist is recorded."""
    interval: float
    """Coverage of all intervals."""
    unreadable: tuple[str, ...] = ()
    """Why raw files cannot be read; then nothing else is checked."""
    open_remarks: tuple[str, ...] = ()
    """Places of cohort file and study that still hold TODO or CHECK of `attune new-cohort`."""
    plan_problems: tuple[str, ...] = ()
    """What the study needs and the cohort does not hold: the pipeline rejects such a study."""
    findings: tuple[Finding, ...] = ()
    files: tuple[MappedFile, ...] = ()
    questionnaires: tuple[MappedQuestionnaire, ...] = ()
    scales: tuple[ScaleCheck, ...] = ()
    measures: tuple[MeasureCheck, ...] = ()
    missing_items: tuple[MissingItems, ...] = ()
    missing_by_dyad: MissingByDyad = field(default=MissingByDyad(()))
    analyses: tuple[AnalysisCheck, ...] = ()
    obstacles: tuple[str, ...] = ()
    """What of the data contradicts the plan, so that an analysis would stop the run."""
    text_problems: tuple[str, ...] = ()
    """What of the author's own text would stop the documents, with file and line."""
    empty_texts: tuple[str, ...] = ()
    """Files of the author's own text that are still empty, with their empty prompts."""
    has_measures: bool = True
    """Whether a questionnaire, a score or a measure of the plan is mapped."""
    case: str = "dyad"
    """What a row of the sample sheet is called."""

    def count(self, severity: Severity, rule: str | None = None) -> int:
        """Violations of one severity, of one rule if it is given."""
        return sum(
            finding.n
            for finding in self.findings
            if finding.severity == severity and rule in (None, finding.rule)
        )

    @property
    def usable(self) -> bool:
        """Whether the pipeline would run: no error, and study, cohort and data fit together."""
        refused = self.unreadable or self.plan_problems or self.obstacles or self.text_problems
        return not (refused or self.count("error"))
