"""Columns of items: copied over another, shifted by rows, or pasted in another order.

No answer of such a column is wrong by itself. The other items of the questionnaire, and the same
items on other occasions, show how its answers should go along with theirs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_frame,
    over_occasions,
    people_once,
    row_means,
    standardised,
)
from attune.intake.agreement.equal_content import EQUAL_SHARE
from attune.intake.agreement.permutation import FEWEST_PEOPLE, critical_z
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level of each rule here: probability of a report in a sound cohort."""

FEWEST_ITEMS = 3
"""Items of a questionnaire below which its items are not compared."""

KAPPA = 0.6
"""Lowest agreement beyond chance (Cohen's kappa) that is taken as possible between two different
items. The highest of 10,000 pairs in the shipped and reference cohorts is .70 (CES-D, n = 147)."""

FARTHEST_ROWS = 3
"""Rows up and down by which a column may be shifted."""

SHIFTS = [by for by in range(-FARTHEST_ROWS, FARTHEST_ROWS + 1) if by]
"""Rows by which a column may be shifted; below 0: upwards."""

BETTER_BY = 2.0
"""z by which a shifted column must fit better than the given one."""

PREFERENCE = 3.0
"""How much more of the level a column gets whose z, as it stands, is lower by one."""

MOST_EXTREME = 2.0
"""Standard deviations beyond which a person counts no more."""

FEWEST_OTHER = 8
"""Answers besides the most frequent one from which the rows of an item are compared."""

FEWEST_FOR_ORDER = 20
"""People on both occasions from which the order of the items is compared."""

MOST_FOR_ORDER = 100
"""Items beyond which only the first are compared."""

MEAN_CHANGES = 0.25
"""Standard deviation by which an item's mean changes from occasion to occasion more or less than
those of the others, in standard deviations of people."""

LEAST_LIKE = -3.0
"""Least likeness of two items by their means."""

ANY_ORDER = 2.0
"""z up to which the given order of the items is one of many."""

BEST_BY = 4.0
"""Standard deviations by which the best order must exceed that of noise."""

SIMULATED_ORDERS = 40

Matrix = NDArray[np.float64]


def copied_items(sheets: Sequence[AnswerSheet], cohort: Cohort) -> Iterator[Violation]:
    """Rule `items_alike`: an item column that was copied over another of the same questionnaire.

    Reported are pairs of items with the same answer of 95 % of the people or more, if that is
    improbable for two items that agree as closely as the closest others of this questionnaire. If
    their Cohen's kappa is k (at least `KAPPA`) and two items with these frequencies of codes agree
    by chance in a share c, a person gives both the same answer with probability c + (1 - c) k, and
    the number of such people is binomial. That probability must be at most `FALSE_ALARMS`, divided
    by the questionnaires of the cohort; the number of pairs is allowed for by taking the closest.
    Assumed is that people answer independently: a therapist's repeated row counts once. Where
    nearly everybody gives the lowest answer to both, c is near 1 and nothing can be seen.
    """
    units = [people_once(sheet) for sheet in sheets if has_items(sheet)]
    for sheet in units:
        equal, both, kappa, chance = _pairs(sheet.answers)
        near = np.triu(equal >= EQUAL_SHARE * both, 1) & (both >= FEWEST_PEOPLE)
        if not near.any():
            continue
        others = np.ones(len(near), dtype=bool)
        others[np.flatnonzero(near.any(axis=0) | near.any(axis=1))] = False
        rest = kappa[np.ix_(others, others)]
        closest = float(rest[np.triu_indices(len(rest), 1)].max(initial=KAPPA))
        for one, other in zip(*np.nonzero(near), strict=True):
            n, alike = int(both[one, other]), int(equal[one, other])
            share = chance[one, other] + (1 - chance[one, other]) * closest
            if binomial_tail(alike, n, float(share)) > FALSE_ALARMS / len(units):
                continue
            who = f"all {n}" if alike == n else f"{alike} of {n}"
            yield Violation(
                "items_alike",
                cohort.severity("items_alike"),
                sheet.path,
                f"{who} people gave the same answer to items {one + 1} and {other + 1} of"
                f" {sheet.name}; of the most closely related other items, {share * n:.0f} would"
                " be expected.",
                "One column was probably copied over the other, or cohort.yaml reads one column"
                " twice: compare some answers with the original questionnaires.",
                item=int(other) + 1,
            )


def has_items(sheet: AnswerSheet) -> bool:
    """Whether a sheet holds enough items to compare them with each other."""
    return not sheet.scale and sheet.answers.shape[1] >= FEWEST_ITEMS


def _pairs(answers: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Per pair of items: people with equal answers, with both, kappa, agreement by chance."""
    given = np.isfinite(answers).astype(float)
    both = given.T @ given
    n = np.maximum(both, 1)
    equal = np.zeros_like(both)
    chance = np.zeros_like(both)
    for code in np.unique(answers[np.isfinite(answers)]):
        ticked = (answers == code).astype(float)
        equal += ticked.T @ ticked
        # Frequencies among the people who answered both.
        chance += (ticked.T @ given) * (given.T @ ticked) / n**2
    kappa = np.divide(equal / n - chance, 1 - chance, out=np.zeros_like(n), where=chance < 1 - 1e-9)
    return equal, both, kappa, chance


def binomial_tail(count: int, n: int, probability: float) -> float:
    """Probability of `count` or more of n."""
    from scipy.special import bdtrc

    return float(bdtrc(count - 1, n, min(probability, 1.0))) if count > 0 else 1.0


def shifted_columns(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[Violation]:
    """Rule `item_rows_shifted`: item columns that stand some rows higher or lower than the others.

    Each item is compared with the others of its shortest scale and with the same item on other
    occasions. r_0 is its correlation with their sum, r_s the partial correlation with the sum of
    the people s rows away, given that of the own ones: files whose neighbours resemble each other,
    as those sorted by severity, explain nothing. In sound files, whether an item has much or
    nothing to do with its scale, all shifts by one to `FARTHEST_ROWS` rows have the partial
    correlation 0, and r_s sqrt(df / (1 - r_s^2)) is close to t with df = n - 3, by which its
    probability p_s is found.

    The family-wise level `FALSE_ALARMS` of the cohort is divided among all items and shifts by
    weights w = exp(-`PREFERENCE` max(0, z_0)), z_0 = r_0 sqrt(n - 1): a column that was shifted no
    longer fits its scale where it stands, so that the others need no share. As r_s does not depend
    on r_0 in sound files, the level holds whatever the weights are (Genovese et al., 2006). A
    shifted column must also fit better than the given one by `BETTER_BY` in z.

    Values are limited to `MOST_EXTREME` standard deviations, and items with fewer than
    `FEWEST_OTHER` answers besides the most frequent one are left out: with them, r is not normal.

    References
    ----------
    Genovese, C. R., Roeder, K., & Wasserman, L. (2006). False discovery control with p-value
    weighting. Biometrika, 93, 509-524. https://doi.org/10.1093/biomet/93.3.509
    """
    units = [sheet for sheet in sheets if has_items(sheet) and sheet.declared.rater != "therapist"]
    units += [people_once(s) for s in sheets if has_items(s) and s.declared.rater == "therapist"]
    units = [sheet for sheet in units if len(sheet.people) >= FEWEST_PEOPLE]
    placed = {id(sheet): in_frame(standardised(sheet.keyed), sheet, n_people) for sheet in units}
    fits = []
    for sheet in units:
        own = clipped(standardised(sheet.keyed))
        own[:, rarely_other(sheet.keyed)] = 0
        expected = own @ scale_mates(sheet).T
        for other in units:
            if other.series == sheet.series and other is not sheet:
                again = np.nan_to_num(placed[id(other)][sheet.people])
                expected += again * np.sqrt(own.shape[1])
        fits.append(_fit_of_rows(own, clipped(standardised(expected))))
    shares = sum(float(fit.weights.sum()) for fit in fits) * len(SHIFTS)
    for sheet, fit in zip(units, fits, strict=True):
        best = fit.p.argmin(axis=0)
        moved = (fit.p.min(axis=0) * shares <= FALSE_ALARMS * fit.weights) & (
            np.take_along_axis(fit.z, best[None], axis=0)[0] - fit.given >= BETTER_BY
        )
        for by in sorted(set(best[moved])):
            items = np.flatnonzero(moved & (best == by)) + 1
            yield _shifted(sheet, items, SHIFTS[by], cohort)


@dataclass(frozen=True)
class _RowFit:
    """How the items of a sheet fit what is expected of them.

    Attributes
    ----------
    given : array of float64, shape (n_items,)
        z of the rows as they stand.
    z, p : array of float64, shape (n_shifts, n_items)
        z of the rows shifted, and the probability of so large a partial correlation.
    weights : array of float64, shape (n_items,)
        Of their tests; 0 for items that are left out.
    """

    given: Matrix
    z: Matrix
    p: Matrix
    weights: Matrix


def _fit_of_rows(own: Matrix, expected: Matrix) -> _RowFit:
    """The fit of standardised items to what is expected of them, both shape (n, n_items)."""
    from scipy.special import stdtr

    n = len(own)
    given = (own * expected).mean(axis=0)
    rolled = [np.roll(expected, by, axis=0) for by in SHIFTS]
    r = np.stack([(own * moved).mean(axis=0) for moved in rolled])
    alike = np.stack([(expected * moved).mean(axis=0) for moved in rolled])
    left = np.maximum((1 - alike**2) * (1 - given**2), 1e-9)
    partial = np.clip((r - alike * given) / np.sqrt(left), -0.999, 0.999)
    df = n - 3
    z = given * np.sqrt(n - 1)
    weights = np.exp(-PREFERENCE * np.maximum(z, 0)) * own.any(axis=0)
    p = stdtr(df, -partial * np.sqrt(df / (1 - partial**2)))
    return _RowFit(z, r * np.sqrt(n - 1), p, weights)


def clipped(z: Matrix) -> Matrix:
    """Standardised values without extremes, which make sums of few of them far from normal."""
    return standardised(np.clip(z, -MOST_EXTREME, MOST_EXTREME))


def rarely_other(answers: Matrix) -> NDArray[np.bool_]:
    """Items with fewer than `FEWEST_OTHER` answers besides the most frequent one."""
    codes = np.unique(answers[np.isfinite(answers)])
    times = np.stack([(answers == code).sum(axis=0) for code in codes])
    return np.asarray(times.sum(axis=0) - times.max(axis=0) < FEWEST_OTHER)


def scale_mates(sheet: AnswerSheet) -> Matrix:
    """1 where an item (row) is compared with another (column): its shortest scale, else all."""
    key = sheet.instrument
    mates = np.ones((key.n_items, key.n_items))
    for name in sorted(key.scales, key=lambda name: -len(key.items_of(name))):
        items = np.array(key.items_of(name), dtype=int) - 1
        if key.scales[name].aggregation in ("sum", "mean") and len(items) >= FEWEST_ITEMS:
            mates[items] = 0
            mates[np.ix_(items, items)] = 1
    np.fill_diagonal(mates, 0)
    return mates


def _shifted(sheet: AnswerSheet, items: NDArray[np.int64], by: int, cohort: Cohort) -> Violation:
    which = f"item {items[0]}" if len(items) == 1 else f"items {', '.join(map(str, items))}"
    rows = f"{abs(by)} row{'s' if abs(by) > 1 else ''} {'lower' if by > 0 else 'higher'}"
    return Violation(
        "item_rows_shifted",
        cohort.severity("item_rows_shifted"),
        sheet.path,
        f"{which} of {sheet.name} seem{'s' if len(items) == 1 else ''} to stand {rows} than the"
        " other items: the answers agree with those of other people, not with the own ones.",
        "Compare some rows with the original questionnaires, and move the column back in the file.",
        item=int(items[0]),
    )


def reordered_items(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[Violation]:
    """Rule `items_reordered`: items in another order than on the other occasions.

    What is particular to an item relates it to itself on another occasion more than to the other
    items, and its mean is more like its own one. Both are standardised to noise with the mean 0 and
    the variance 1 for items that have nothing particular (see `_particular`), added over the other
    occasions, and summed over the items for

    * every exchange of two items and every block of items that stand one column off. The gain of
      such an order over the given one is normal with mean 0 if the items have nothing particular,
      and negative if they have; it must exceed the family-wise level `FALSE_ALARMS`, corrected for
      the orders and questionnaires;
    * the best of all orders, where the given one is as good as any (z of at most `ANY_ORDER`). It
      must exceed the best order of noise, found by simulation, by `BEST_BY` standard deviations.

    The items' means may change by `MEAN_CHANGES` from occasion to occasion.
    """
    usable = [sheet for sheet in sheets if has_items(sheet) and not sheet.at_one_end]
    series_of = list(over_occasions(usable))
    n_tests = sum(map(len, series_of))
    for series in series_of:
        found = []
        for sheet in series:
            parts = [_particular(sheet, other, n_people) for other in series if other is not sheet]
            known = [part for part in parts if part is not None]
            if not known:
                continue
            likeness = np.sum(known, axis=0) / np.sqrt(len(known))
            gain, words = _neighbouring_order(likeness)
            k = len(likeness)
            if gain < critical_z(FALSE_ALARMS / (n_tests * 1.5 * k * (k - 1))):
                gain, words = _best_order(likeness)
            if gain > 0:
                found.append((gain, sheet, words))
        if not found:
            continue
        # Of two occasions that differ from each other alone, the later one is named.
        _, sheet, words = max(reversed(found), key=lambda suspect: suspect[0])
        yield Violation(
            "items_reordered",
            cohort.severity("items_reordered"),
            sheet.path,
            f"the items of {sheet.name} seem to be in another order than on other occasions:"
            f" {words}.",
            "Compare the columns with the questionnaire's form"
            + (", on both occasions" if len(series) == 2 else "")
            + "; correct `columns:` in cohort.yaml, or the file.",
        )


def _particular(one: AnswerSheet, other: AnswerSheet, n_people: int) -> Matrix | None:
    """How like each item (row) is to each on another occasion, beyond the rest, in SDs of noise.

    The sum of two parts, divided by the root of 2. Correlations between the answers as ticked, less
    the first principal component of each occasion and the means of rows and columns, divided by the
    standard deviation off the diagonal. And (1 - d^2) / sqrt(2), d being the difference of the
    items' means, in deviations from the mean of all, divided by its standard error with
    `MEAN_CHANGES`; not below `LEAST_LIKE`.
    """
    first, second = (
        in_frame(sheet.answers[:, :MOST_FOR_ORDER], sheet, n_people) for sheet in (one, other)
    )
    both = np.isfinite(first).any(axis=1) & np.isfinite(second).any(axis=1)
    n = int(both.sum())
    if n < FEWEST_FOR_ORDER or first.shape[1] < 4:
        return None
    first, second = first[both], second[both]
    crossed = _without_level(first).T @ _without_level(second) / n
    crossed -= crossed.mean(axis=0) + crossed.mean(axis=1, keepdims=True) - crossed.mean()
    noise = float(crossed[~np.eye(len(crossed), dtype=bool)].std())
    if noise == 0:
        return None
    own, again = (row_means(answers.T) for answers in (first, second))
    spread = np.concatenate([first - own, second - again])
    error = np.sqrt(np.nanmean(spread**2) * (2 / n + MEAN_CHANGES**2))
    apart = (own - np.nanmean(own))[:, None] - (again - np.nanmean(again))
    means = np.maximum((1 - (apart / max(error, 1e-9)) ** 2) / np.sqrt(2), LEAST_LIKE)
    # An item that nobody answered is like any other.
    return np.asarray((crossed / noise + np.nan_to_num(means)) / np.sqrt(2))


def _without_level(answers: Matrix) -> Matrix:
    """Standardised answers less what they share: their first principal component."""
    z = standardised(answers)
    level = np.linalg.eigh(z.T @ z)[1][:, -1]
    return standardised(z - np.outer(z @ level, level))


def _neighbouring_order(likeness: Matrix) -> tuple[float, str]:
    """The exchange or shifted block with the largest gain, in SDs, and the order in words."""
    diagonal = np.diag(likeness)
    exchange = (likeness + likeness.T - diagonal - diagonal[:, None]) / 2
    np.fill_diagonal(exchange, -np.inf)
    one, two = np.unravel_index(int(exchange.argmax()), exchange.shape)
    best = float(exchange[one, two])
    words = f"items {min(one, two) + 1} and {max(one, two) + 1} fit better exchanged"
    for beside, before in (
        (np.diag(likeness, 1) - diagonal[:-1], False),
        (np.diag(likeness, -1) - diagonal[1:], True),
    ):
        sums = np.concatenate([[0.0], np.cumsum(beside)])
        start, end = np.triu_indices(len(sums), 2)
        gains = (sums[end] - sums[start]) / np.sqrt(2 * (end - start))
        at = int(gains.argmax())
        if gains[at] > best:
            best = float(gains[at])
            items = f"{start[at] + 1 + before} to {end[at] + before}"
            way = "before" if before else "after"
            words = f"items {items} fit better as those one place {way} them"
    return best, words


def _best_order(likeness: Matrix) -> tuple[float, str]:
    """The gain of the best of all orders in SDs; 0 if the given order or chance explains it."""
    k = len(likeness)
    given = np.trace(likeness)
    if given / np.sqrt(k) > ANY_ORDER:
        return 0.0, ""
    # Here: most questionnaires do not come so far, and the import takes longer than the checks.
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-likeness)
    best = likeness[rows, columns].sum()
    if best <= _best_by_chance(k):
        return 0.0, ""
    moved = int((rows != columns).sum())
    return float((best - given) / np.sqrt(2 * k)), f"{moved} of {k} items fit better elsewhere"


@cache
def _best_by_chance(k: int) -> float:
    """What the best of all orders of k items must exceed: by simulation, the same in each call."""
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(k)
    by_chance = []
    for _ in range(SIMULATED_ORDERS):
        noise = rng.standard_normal((k, k))
        by_chance.append(noise[linear_sum_assignment(-noise)].sum())
    return float(np.mean(by_chance) + BEST_BY * np.std(by_chance))
