"""Two raters of one instrument whose answers were exchanged on one occasion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, in_frame, occasions, row_means
from attune.intake.agreement.permutation import FEWEST_PEOPLE, critical_z
from attune.intake.agreement.retest import Retest, retests
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level: probability of a report in a sound cohort."""

FEWEST_ITEMS = 6
"""Items from which the raters' mean differences are compared."""

MIRRORED = -0.6
"""Correlation of the items' mean differences between the raters with those on other occasions,
from which on they are mirrored."""


@dataclass(frozen=True)
class RaterPair:
    """Two raters' sheets of one occasion, and a sheet of the differences between them."""

    one: AnswerSheet
    other: AnswerSheet
    difference: AnswerSheet


def exchanged_raters(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[tuple[Violation, list[AnswerSheet]]]:
    """Rule `raters_exchanged`: the forms of two raters exchanged on one occasion.

    The difference between two raters' answers about the same dyad is related to that on other
    occasions; where the forms were exchanged, its sign is turned. Three standard normal values are
    looked at, all of which are positive in sound files if anything tells the raters apart:

    * the agreement of the differences with those on the other occasions (z of `Agreement`);
    * the t value of the persons' differences, in deviations from their mean over the items,
      projected on the items' mean differences elsewhere, if the items' mean differences correlate
      `MIRRORED` or less with those elsewhere;
    * their sum divided by the root of 2, if the mean differences correlate negatively.

    Reported where the first is not positive and one of them is negative beyond the family-wise
    level `FALSE_ALARMS`, corrected for the three, pairs of raters and occasions.

    Yields
    ------
    (Violation, list of AnswerSheet)
        The finding and the sheets that it is about: of two occasions, if they are the only ones.
    """
    pairs = {id(pair.difference): pair for pair in rater_pairs(sheets, n_people)}
    tested = retests([pair.difference for pair in pairs.values()], n_people)
    values = [(_lowest(retest), retest) for retest in tested]
    done: set[int] = set()
    for z, retest in sorted(values, key=lambda value: value[0]):
        rest = retest.without(done)
        if z > -critical_z(FALSE_ALARMS / (3 * len(tested))) or not rest.others:
            continue
        if id(retest.sheet) in done:
            continue
        concerned = [retest.sheet, *(rest.others if len(rest.others) == 1 else [])]
        done |= {id(sheet) for sheet in concerned}
        own = [pairs[id(sheet)] for sheet in concerned]
        finding = _violation(pairs[id(retest.sheet)], rest, len(concerned) > 1, cohort)
        yield finding, [sheet for pair in own for sheet in (pair.one, pair.other)]


def rater_pairs(sheets: Sequence[AnswerSheet], n_people: int) -> Iterator[RaterPair]:
    """Every two raters of an instrument, state and scale on one occasion."""
    for one, other in combinations(sheets, 2):
        same = (one.key[0], *one.key[2:], one.scale) == (other.key[0], *other.key[2:], other.scale)
        if not same or one.key[1] == other.key[1]:
            continue
        first, second = sorted((one, other), key=lambda sheet: sheet.key[1])
        answers, totals = (
            in_frame(a, first, n_people) - in_frame(b, second, n_people)
            for a, b in ((first.answers, second.answers), (first.total, second.total))
        )
        people = np.flatnonzero(np.isfinite(totals))
        if len(people) < FEWEST_PEOPLE:
            continue
        # The two raters stand for one, so that differences of the same raters make a series.
        raters = replace(
            first,
            declared=first.declared.model_copy(
                update={"state": f"{first.key[3]} {second.key[1]}".strip()}
            ),
            people=people,
            answers=answers[people],
            total=totals[people],
            numbers=people,
        )
        yield RaterPair(first, second, raters)


def _lowest(retest: Retest) -> float:
    """The most negative of the three values; 0 where the first is positive."""
    total = retest.total
    if total is None or total.z > 0:
        return 0.0
    r, t = _mean_differences(retest)
    values = [total.z]
    if r <= MIRRORED:
        values.append(t)
    if r < 0:
        values.append((total.z + t) / np.sqrt(2))
    return float(min(values))


def _mean_differences(retest: Retest) -> tuple[float, float]:
    """Correlation of the items' mean differences with those elsewhere, and t of the projection."""
    own = retest.sheet.answers
    if retest.sheet.scale or own.shape[1] < FEWEST_ITEMS:
        return 0.0, 0.0
    here = _profile(retest.sheet)
    elsewhere = np.mean([_profile(other) for other in retest.others], axis=0)
    size = float(np.sqrt((elsewhere**2).sum()) * np.sqrt((here**2).sum()))
    if not np.isfinite(size) or size < 1e-9:
        return 0.0, 0.0
    centred = own - row_means(own)[:, None]
    projected = np.nan_to_num(centred) @ elsewhere
    error = float(projected.std(ddof=1)) / np.sqrt(len(projected))
    return float(here @ elsewhere) / size, float(projected.mean()) / max(error, 1e-9)


def _profile(sheet: AnswerSheet) -> NDArray[np.float64]:
    """Mean difference of each item, in deviations from the mean of all."""
    means = row_means(sheet.answers.T)
    return means - means.mean()


def _violation(pair: RaterPair, retest: Retest, only_two: bool, cohort: Cohort) -> Violation:
    first, second = pair.one.key[1], pair.other.key[1]
    others = occasions(retest.others)
    z = 0.0 if retest.total is None else retest.total.z
    where = f"{pair.one.occasion} or {others}" if only_two else pair.one.occasion
    return Violation(
        "raters_exchanged",
        cohort.severity("raters_exchanged"),
        pair.one.path,
        f"the answers of {first} and {second} to {pair.one.instrument.abbreviation} on"
        f" {pair.one.occasion} differ the other way round than on {others}: the difference between"
        f" the two raters is negatively related to that of the same dyads there (z = {z:.1f}).",
        f"Probably the forms of {first} and {second} were exchanged on {where}: compare some with"
        " the original questionnaires, and exchange the columns or files in cohort.yaml.",
    )
