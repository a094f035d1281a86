"""Which codes are used: a questionnaire on another scale than on the other occasions."""

from collections.abc import Iterator, Sequence
from itertools import compress, pairwise

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, in_words, over_occasions
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FEWEST_ITEMS = 3
"""Items of a questionnaire below which its codes are too few to be compared."""

FEWEST_ANSWERS = 100
"""Answers on an occasion below which unused codes are not interpreted."""

USED_ELSEWHERE = 0.05
"""Share of a code on the other occasion from which it should occur."""

BESIDE_GAP = 0.1
"""Share of the code beside an unused one between two used ones from which it should occur, too."""

BESIDE_END = 0.2
"""The same beside an unused end of the codes. It takes more: where symptoms become rarer, the
highest code may vanish. With .1, 2 in 100 simulated sound studies of 30 dyads were reported; with
.2, the table in docs/scoring_audit.md says how many."""

BESIDE_ALONE = 0.25
"""Share of the last code in use from which the next one should occur, whatever the other
occasions are: answers taper off. In the shipped and reference cohorts the next code has a tenth of
it or more."""

FEWEST_ALONE = 200
"""Answers from which that is expected."""

MOST_CODES = 11
"""Codes beyond which they are grouped into `GROUPS` of equal width, as the tenths of the ORS."""

GROUPS = 8


def other_scales(sheets: Sequence[AnswerSheet], cohort: Cohort) -> Iterator[Violation]:
    """Rule `response_scale_differs`: codes that are unused, although they should occur.

    They are common on another occasion, and the code next to them is common on this one; or,
    without another occasion, answers break off (beside a code with a share of `BESIDE_ALONE`, or
    between two of `BESIDE_GAP`), as where they were recoded to fewer codes.
    """
    in_series = {id(sheet): series for series in over_occasions(sheets) for sheet in series}
    for sheet in sheets:
        if sheet.scale or sheet.answers.shape[1] < FEWEST_ITEMS:
            continue
        series = in_series.get(id(sheet), [sheet])
        codes, counts = _use(series)
        place = next(at for at, other in enumerate(series) if other is sheet)
        unused = _unused(counts, place)
        if unused.any():
            elsewhere = max(range(len(series)), key=lambda at: float(counts[at][unused].sum()))
            other = series[elsewhere]
            times, n = int(counts[elsewhere][unused].sum()), int(counts[elsewhere].sum())
            what = "on another scale than on other occasions"
            compared = f"; in {other.name} of {other.path} they occur {times} times in {n}"
        else:
            unused = _breaks_off(counts[place])
            # Items with a range of their own need not use the codes of the others.
            unused &= not sheet.instrument.item_ranges
            what, compared = "stored with fewer codes than it has", ""
        if not unused.any():
            continue
        low, high = sheet.codes
        yield Violation(
            "response_scale_differs",
            cohort.severity("response_scale_differs"),
            sheet.path,
            f"{sheet.name} seems to be {what}: the answers {in_words(compress(codes, unused))}"
            f" never occur in {int(counts[place].sum())} answers, although the next ones are"
            f" common{compared}. The codes of the instrument go from {low:g} to {high:g}.",
            "Look which form and which codes this file has; shift the codes with `lowest_code:`"
            " or `answers:` in cohort.yaml, or convert the file.",
        )


def _use(series: Sequence[AnswerSheet]) -> tuple[list[str], NDArray[np.int64]]:
    """Codes (or groups of codes) in words, and how often each sheet uses them."""
    low, high = series[0].codes
    response = series[0].instrument.response
    step = response.step / response.scale_factor
    n_codes = round((high - low) / step) + 1
    n_groups = n_codes if n_codes <= MOST_CODES else GROUPS
    edges = low + (high - low + step) * np.arange(n_groups + 1) / n_groups
    counts = []
    for sheet in series:
        answers = sheet.answers[np.isfinite(sheet.answers)]
        group = np.floor((answers - low) * n_groups / (high - low + step) + 1e-9).astype(int)
        counts.append(np.bincount(np.clip(group, 0, n_groups - 1), minlength=n_groups))
    if n_codes <= MOST_CODES:
        return [f"{code:g}" for code in edges[:-1]], np.array(counts)
    return [f"{first:.3g} to below {last:.3g}" for first, last in pairwise(edges)], np.array(counts)


def _unused(counts: NDArray[np.int64], place: int) -> NDArray[np.bool_]:
    """Codes that one occasion never uses, although it should.

    Examples
    --------
    >>> _unused(np.array([[50, 40, 30, 20], [60, 60, 60, 0]]), 1).tolist()
    [False, False, False, True]
    """
    own = counts[place]
    total = own.sum()
    if total < FEWEST_ANSWERS:
        return np.zeros(len(own), dtype=bool)
    sums = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    elsewhere = (counts / sums).max(axis=0) >= USED_ELSEWHERE
    used = np.flatnonzero(own)
    at = np.arange(len(own))
    within = (at > used[0]) & (at < used[-1])
    below, above = np.r_[0, own[:-1]], np.r_[own[1:], 0]
    # Of several unused codes at an end, all are on the other side of the one in use.
    beside = np.where(at > used[-1], own[used[-1]], np.where(at < used[0], own[used[0]], 0))
    beside = np.where(within, np.maximum(below, above), beside)
    common = beside >= np.where(within, BESIDE_GAP, BESIDE_END) * total
    return np.asarray((own == 0) & elsewhere & common)


def _breaks_off(own: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Codes that a questionnaire never uses, although the codes beside them are common.

    Above the highest in use, between two others, or below the lowest; not below the two highest, as
    all may be satisfied.

    Examples
    --------
    >>> _breaks_off(np.array([250, 150, 0, 0])).tolist()
    [False, False, True, True]
    >>> _breaks_off(np.array([250, 150, 20, 0])).tolist()
    [False, False, False, False]
    >>> _breaks_off(np.array([0, 0, 150, 250])).tolist()
    [False, False, False, False]

    A single code in use is a constant scale, which the checks of items report.

    >>> _breaks_off(np.array([0, 400, 0, 0])).tolist()
    [False, False, False, False]
    """
    total = own.sum()
    used = np.flatnonzero(own)
    if total < FEWEST_ALONE or len(used) == 1:
        return np.zeros(len(own), dtype=bool)
    at = np.arange(len(own))
    beyond = (at > used[-1]) & (own[used[-1]] >= BESIDE_ALONE * total)
    if used[0] < len(own) - 2:
        beyond |= (at < used[0]) & (own[used[0]] >= BESIDE_ALONE * total)
    common = np.flatnonzero(own >= BESIDE_GAP * total)
    gap = np.zeros(len(own), dtype=bool)
    for first, last in pairwise(used):
        if last > first + 1 and first in common and last in common:
            gap[first + 1 : last] = True
    # A form that forces a choice has no middle.
    gap &= 2 * at != len(own) - 1
    return np.asarray(beyond | gap)
