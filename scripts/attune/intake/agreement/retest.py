"""A questionnaire against the same questionnaire on other occasions: reversed, or unrelated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, in_words, occasions, over_occasions
from attune.intake.agreement.permutation import (
    Agreement,
    agreement_of,
    correlation,
    critical_z,
    summed,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

MOST_NEIGHBOURS = 4
"""Occasions before and after one that it is compared with."""

FALSE_ALARMS = 0.01
"""Family-wise level in a cohort: probability of any report where all retest correlations are 0 (for
`retest_negative`) or as expected (for `retest_near_zero`)."""

EXPECTED = 0.35
"""Retest correlation that is expected where no other questionnaire of the cohort has one: the
lowest of 22 in the shipped and reference cohorts, months apart, is .37 (CES-D, two years)."""

SPREAD = 0.15
"""How far a retest correlation may fall below the mean of the others: their standard deviation in
these cohorts is .12."""

NEAR_ZERO = 2.0
"""The z up to which answers are as unrelated as those of other people, of whom 98 in 100 reach no
more."""

ANCHORED = 3.5
"""z of a correlation with another questionnaire from which the answers are of the people under
whose ids they stand: of other people's, one in two thousand reaches it."""

FEWEST_ITEMS = 6
"""Items from which the means of the items are compared."""

MIRRORED = -0.5
"""Cosine of the two profiles of item means, taken from the middle of the codes, from which on they
lie on opposite sides."""

FROM_MIDDLE = 0.1
"""Root mean square distance of item means from the middle, as a share of the range, below which
they lie on neither side."""


@dataclass(frozen=True)
class Retest:
    """A questionnaire with its agreement with the same one on other occasions."""

    sheet: AnswerSheet
    others: list[AnswerSheet]
    agreements: list[Agreement]

    def without(self, flagged: set[int]) -> "Retest":
        """Without the occasions that have a finding of their own."""
        return self.within(lambda other, _: id(other) not in flagged)

    def within(self, belongs: Callable[[AnswerSheet, AnswerSheet], bool]) -> "Retest":
        """Only with the occasions that belong: a function of another sheet and this one."""
        kept = [
            (other, agreement)
            for other, agreement in zip(self.others, self.agreements, strict=True)
            if belongs(other, self.sheet)
        ]
        return Retest(self.sheet, [other for other, _ in kept], [entry for _, entry in kept])

    @property
    def total(self) -> Agreement | None:
        """Agreement with all of them together."""
        return summed(self.agreements)


def retests(sheets: Sequence[AnswerSheet], n_people: int) -> list[Retest]:
    """Every sheet that has an occasion to be compared with, in their order."""
    found: dict[int, Retest] = {}
    for series in over_occasions(sheets):
        for sheet in series:
            found[id(sheet)] = Retest(sheet, [], [])
        for place, sheet in enumerate(series):
            for other in series[place + 1 : place + 1 + MOST_NEIGHBOURS]:
                agreement = agreement_of(sheet, other, n_people)
                if agreement is None:
                    continue
                for one, two, own in (
                    (sheet, other, agreement),
                    (other, sheet, agreement.transposed()),
                ):
                    found[id(one)].others.append(two)
                    found[id(one)].agreements.append(own)
    return [found[id(sheet)] for sheet in sheets if id(sheet) in found and found[id(sheet)].others]


def negative_retests(
    tested: Sequence[Retest], cohort: Cohort, n_people: int
) -> Iterator[tuple[Violation, list[AnswerSheet]]]:
    """Rule `retest_negative`: a whole questionnaire that is reversed on one occasion.

    Reported where its answers correlate negatively with those of the same people on the other
    occasions (one-sided, family-wise level `FALSE_ALARMS`); or not positively, and the means of its
    items lie mirrored at the middle of the codes. The second needs fewer people.

    Yields
    ------
    (Violation, list of AnswerSheet)
        The finding and the sheets that it is about: two, if they are the only occasions.
    """
    done: set[int] = set()
    if not tested:
        return
    limit = -critical_z(FALSE_ALARMS / len(tested))
    suspects = []
    for retest in tested:
        total = retest.total
        if total is None:
            continue
        mirrored = all(_mirrored(retest.sheet, other) for other in retest.others)
        if total.z <= limit or (total.z <= 0 and mirrored):
            suspects.append((total.z, retest))
    for _, retest in sorted(suspects, key=lambda suspect: suspect[0]):
        rest = retest.without(done)
        if id(retest.sheet) in done or not rest.others:
            continue
        pair = [retest.sheet, *rest.others] if len(rest.others) == 1 else [retest.sheet]
        done.update(id(sheet) for sheet in pair)
        yield _negative(rest, pair, cohort, n_people), pair


def _negative(
    retest: Retest, pair: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Violation:
    sheet = pair[-1]
    which = sheet.name if len(pair) == 1 else "one of the two"
    low, high = sheet.codes
    kind = "mean scores are" if sheet.scale else "mean keyed answers are"
    means = [f"{_mean(entry):.2f} ({entry.key[2]})" for entry in (retest.sheet, *retest.others)]
    totals = [correlation(retest.sheet, other, n_people)[0] for other in retest.others]
    # Judged are ranks, or the means of the items; the printed correlation may be above 0.
    against = "does not agree with" if max(totals) > 0 else "runs against"
    return Violation(
        "retest_negative",
        cohort.severity("retest_negative"),
        sheet.path,
        f"{retest.sheet.name} {against} the same questionnaire on other occasions: its total"
        f" correlates {_correlations(retest, n_people)}; the {kind} {in_words(means)}, and may go"
        f" from {low:g} to {high:g}.",
        f"Probably the answers of {which} are reversed, or are not answers to this form (scores of"
        " change, codes in another order or of other labels): compare some with the original"
        " questionnaires. Turn the codes back in the file only if they are reversed.",
    )


def unrelated_retests(
    tested: Sequence[Retest],
    flagged: set[int],
    cohort: Cohort,
    n_people: int,
    likely: frozenset[str] = frozenset(),
) -> Iterator[Violation]:
    """Rule `retest_near_zero`: answers that seem to be other people's.

    Tested are all questionnaires in the same rows of a file together, since wrong ids move them
    together, then each questionnaire alone. Compared with the retest correlations between the other
    rows and files (their median less `SPREAD`), or with `EXPECTED` where there are none. Reported
    where z is at most `NEAR_ZERO` and below the expected z by more than the family-wise level
    `FALSE_ALARMS` explains. Of `likely` files, as the only sorted one, each is tested at that
    level: such a file is rare where nothing is wrong.
    """
    own = [retest.without(flagged) for retest in tested if id(retest.sheet) not in flagged]
    own = [retest for retest in own if retest.others]
    units = _units(own)
    done: set[int] = set()
    for unit in sorted(units, key=lambda unit: (len(unit) == 1, _effect(unit))):
        rest = [retest.without(done) for retest in unit if id(retest.sheet) not in done]
        rest = [retest for retest in rest if retest.others]
        total = summed([part for retest in rest for part in retest.agreements])
        if total is None or len(rest) < len(unit):
            continue
        expected = _expected(unit, own, done)
        n_tests = 1 if unit[0].sheet.path in likely else len(units)
        smallest = expected * np.sqrt(total.n - 1) - critical_z(FALSE_ALARMS / n_tests)
        if total.z > min(NEAR_ZERO, smallest):
            continue
        others = [other for retest in rest for other in retest.others]
        done |= {id(retest.sheet) for retest in rest}
        if len({other.rows for other in others}) == 1:
            done |= {id(other) for other in others}
        sheets = [retest.sheet for retest in tested]
        if len(rest) == len(others) == 1:
            yield _near_zero_of_two(rest[0], sheets, expected, cohort, n_people)
        else:
            yield _near_zero(rest, others, expected, cohort, n_people)


def _units(own: Sequence[Retest]) -> list[list[Retest]]:
    """The questionnaires in the same rows of a file, and each alone where there are several."""
    by_rows: dict[object, list[Retest]] = {}
    for retest in own:
        by_rows.setdefault(retest.sheet.rows, []).append(retest)
    units = [[retest] for retest in own]
    for group in by_rows.values():
        # Ids cannot separate what is in the same rows.
        outside = [retest.within(lambda sheet, own: sheet.rows != own.rows) for retest in group]
        outside = [retest for retest in outside if retest.others]
        if len(outside) > 1:
            units.append(outside)
    return units


def _near_zero(
    unit: Sequence[Retest],
    others: Sequence[AnswerSheet],
    expected: float,
    cohort: Cohort,
    n_people: int,
) -> Violation:
    found = "; ".join(
        f"the total of {retest.sheet.name} correlates {_correlations(retest, n_people)}"
        for retest in unit
    )
    return Violation(
        "retest_near_zero",
        cohort.severity("retest_near_zero"),
        unit[0].sheet.path,
        f"hardly related to the same questionnaire on other occasions: {found}. About"
        f" {_printed(expected)} or more was expected.",
        f"The answers may be those of other people, here or on {occasions(others)}: compare the"
        " ids and some answers with the original questionnaires.",
    )


def _near_zero_of_two(
    retest: Retest,
    sheets: Sequence[AnswerSheet],
    expected: float,
    cohort: Cohort,
    n_people: int,
) -> Violation:
    """Two occasions of one questionnaire: which of the two is wrong, and whether the ids are.

    Answers that go along with another questionnaire of the same people (`ANCHORED`) are theirs: of
    the two, the other one is named, and if both do, the columns are doubted and not the ids.
    """
    (other,) = retest.others
    mine, its = (_anchor(sheet, sheets, n_people) for sheet in (retest.sheet, other))
    if mine and not its:
        retest = Retest(other, [retest.sheet], [retest.agreements[0].transposed()])
    found = _near_zero([retest], retest.others, expected, cohort, n_people)
    if not mine and not its:
        return found
    if mine and its:
        remedy = (
            f"The ids seem to be right: {mine[0]}, and {its[0]}. Look whether these columns hold"
            " another questionnaire, such as one whose headings were exchanged with these on one"
            " occasion, or the items in another order or coded backwards in some of the rows."
        )
    else:
        remedy = (
            f"The answers of {retest.sheet.path} to this questionnaire may be those of other people"
            f" ({(mine or its)[0]}): were some columns of the file sorted or pasted without the"
            " others? Compare some rows with the original questionnaires. If the ids are right,"
            " look whether the columns hold another questionnaire or its items in another order."
        )
    return replace(found, remedy=remedy)


def _anchor(sheet: AnswerSheet, sheets: Sequence[AnswerSheet], n_people: int) -> list[str]:
    """The other questionnaire of this rater and occasion that it is related to most, in words.

    None where |r| sqrt(n - 1) is below `ANCHORED` for each.
    """
    found = []
    for other in sheets:
        if other.series[0] == sheet.series[0] or other.key[1:] != sheet.key[1:]:
            continue
        r, n = correlation(sheet, other, n_people)
        z = abs(r) * float(np.sqrt(max(n - 1, 0)))
        if np.isfinite(z) and z >= ANCHORED:
            words = f"{sheet.name} correlates {_printed(r)} with {other.name} of the same people"
            found.append((z, words))
    return [max(found)[1]] if found else []


def _effect(unit: Sequence[Retest]) -> float:
    """Divide z by its root n, for the scale of a correlation; infinite if undefined."""
    total = summed([part for retest in unit for part in retest.agreements])
    return np.inf if total is None else total.z / float(np.sqrt(total.n - 1))


def _expected(unit: Sequence[Retest], own: Sequence[Retest], done: set[int]) -> float:
    """The smallest plausible retest correlation, from those that wrong ids here do not touch."""
    rows = {retest.sheet.rows for retest in unit}
    touched = done | {id(retest.sheet) for retest in unit}
    effects = [
        agreement.z / np.sqrt(agreement.n - 1)
        for retest in own
        if id(retest.sheet) not in touched
        for other, agreement in zip(retest.others, retest.agreements, strict=True)
        if id(other) not in touched and (other.rows in rows) == (retest.sheet.rows in rows)
    ]
    if not effects:
        return EXPECTED
    return max(EXPECTED, min(float(np.median(effects)), 0.9) - SPREAD)


def _mirrored(one: AnswerSheet, other: AnswerSheet) -> bool:
    """Whether the item means of one are those of the other, mirrored at the middle of the codes."""
    if one.scale or one.answers.shape[1] < FEWEST_ITEMS:
        return False
    low, high = one.codes
    profiles = [_item_means(sheet) - (low + high) / 2 for sheet in (one, other)]
    if not np.isfinite(profiles).all():
        return False
    sizes = [float(np.sqrt((profile**2).mean())) for profile in profiles]
    if min(sizes) < FROM_MIDDLE * (high - low):
        return False
    cosine = float((profiles[0] * profiles[1]).mean()) / (sizes[0] * sizes[1])
    first, second = (profile - profile.mean() for profile in profiles)
    return cosine <= MIRRORED and float(first @ second) <= 0


def _item_means(sheet: AnswerSheet) -> NDArray[np.float64]:
    given = np.isfinite(sheet.answers)
    sums = np.where(given, sheet.answers, 0.0).sum(axis=0)
    n = given.sum(axis=0)
    return np.divide(sums, n, out=np.full(len(n), np.nan), where=n > 0)


def _mean(sheet: AnswerSheet) -> float:
    known = sheet.total[np.isfinite(sheet.total)]
    return float(known.mean()) if len(known) else np.nan


def _correlations(retest: Retest, n_people: int) -> str:
    """The correlations with the other occasions in words."""
    parts = []
    for other in retest.others:
        r, n = correlation(retest.sheet, other, n_people)
        parts.append(f"{_printed(r)} with {other.occasion} of {other.path} (n = {n})")
    return ", ".join(parts)


def _printed(r: float) -> str:
    return "not at all" if np.isnan(r) else f"{r:.2f}"
