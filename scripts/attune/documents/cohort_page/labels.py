"""Sentences about a cohort, shared by the text summary and the page."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from attune.analyses.analysis import AnalysisCheck
from attune.documents.cohort_page.cohort_check import (
    CohortCheck,
    ItemCheck,
    Place,
    ScaleCheck,
    missing_totals,
)
from attune.printing.apa import bounded, counted, percentage
from attune.specs.rules import Severity

MOST_RUNS = 8
"""Row numbers or ranges that one line of text lists."""

EMPTY_TEXTS = "Still empty in the author's text, and left out of the documents:"
"""Above the files, each with its empty prompts."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def headline(check: CohortCheck) -> str:
    """Whether the cohort can be used, and if not, the number of problems.

    Examples
    --------
    >>> headline(CohortCheck("a", "A", "s", "S", "", 2, 1, 0.95))
    'This cohort can be used.'
    """
    ways = []
    if check.unreadable:
        ways.append("a raw file cannot be read")
    if check.count("error"):
        ways.append(counted(check.count("error"), "error"))
    if check.plan_problems:
        things = counted(len(check.plan_problems), "thing")
        ways.append(f"the study needs {things} that it does not hold")
    if check.obstacles:
        things = counted(len(check.obstacles), "contradiction")
        ways.append(f"{things} of plan and data would stop an analysis")
    if check.text_problems:
        things = counted(len(check.text_problems), "problem")
        ways.append(f"{things} in the author's text would stop the documents")
    if ways:
        return f"This cohort cannot be used yet: {'; '.join(ways)}."
    if not check.has_measures:
        return (
            "This cohort can be read, but no questionnaire and no score is mapped: a manuscript"
            " would describe its sample only. If its files hold answers, map them in"
            f" data/{check.cohort}/cohort.yaml; in a draft, remove the # of the lines under"
            " `questionnaires:`."
        )
    unread = check.count("warning", "unread_answers")
    if unread:
        they = "1 group of columns looks" if unread == 1 else f"{unread} groups of columns look"
        return (
            f"This cohort can be used, but not all of it: {they} like a questionnaire and"
            f" {'is' if unread == 1 else 'are'} read by nothing (`unread_answers`)."
        )
    return "This cohort can be used."


def plan_remedy(check: CohortCheck) -> str:
    """Remedies where the study needs data that the cohort does not have.

    Examples
    --------
    >>> plan_remedy(CohortCheck("a", "A", "a", "S", "", 2, 1, 0.95))
    'Correct it in `workflow/studies/a.yaml`, or map what is missing in `cohort.yaml`.'
    """
    shared = ""
    if check.study != check.cohort:
        shared = " (in a copy that `study:` names, if other cohorts use that plan)"
    return (
        f"Correct it in `workflow/studies/{check.study}.yaml`{shared}, or map what is missing in"
        " `cohort.yaml`."
    )


def open_in_words(check: CohortCheck) -> str:
    """Open questions of the draft: a wrong guess would not show in any number."""
    files = " and ".join(check.open_remarks)
    return f"Still open: {files}. Correct each, or delete the remark."


def who(check: CohortCheck) -> str:
    """Number of people and questionnaires in the files."""
    parts = [counted(check.n_dyads, check.case)]
    if check.n_therapists is not None:
        parts.append(counted(check.n_therapists, "therapist"))
    parts.append(counted(len(check.questionnaires), "questionnaire"))
    # Sheets of a workbook are one file.
    n_files = len({file.path.partition(", sheet ")[0] for file in check.files})
    return f"{', '.join(parts)} in {counted(n_files, 'file')}"


def where(place: Place, rows: Sequence[int] = ()) -> str:
    """File, rows, column and item of a violation."""
    parts = [place.path]
    if rows:
        parts.append(f"{'row' if len(rows) == 1 else 'rows'} {runs(rows)}")
    parts += [f"column {place.column}"] if place.column is not None else []
    parts += [f"item {place.item}"] if place.item is not None else []
    return ", ".join(parts)


def runs(rows: Sequence[int]) -> str:
    """Row numbers, those in a row as a range; at most `MOST_RUNS` of them.

    Examples
    --------
    >>> runs([2, 4, 5, 6, 9])
    '2, 4 to 6, 9'
    >>> runs(range(2, 60, 2))
    '2, 4, 6, 8, 10, 12, 14, 16 and 21 more'
    """
    ranges: list[list[int]] = []
    for row in rows:
        if ranges and row - ranges[-1][-1] == 1:
            ranges[-1].append(row)
        else:
            ranges.append([row])
    texts = [
        f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in ranges[:MOST_RUNS]
    ]
    rest = sum(map(len, ranges[MOST_RUNS:]))
    return ", ".join(texts) + (f" and {rest:,} more" if rest else "")


def odd_items(check: CohortCheck) -> Iterator[str]:
    """Items to look at, one sentence each; an item of several scales once, with its worst scale."""
    places_of_item: dict[tuple[str, int], list[tuple[ScaleCheck, ItemCheck]]] = {}
    for scale in check.scales:
        for item in scale.items:
            if item.finding:
                places_of_item.setdefault((scale.questionnaire, item.item), []).append(
                    (scale, item)
                )
    for (name, number), places in places_of_item.items():
        scale, item = min(places, key=lambda place: place[1].item_rest or 0)
        others = [other.label for other, _ in places if other.label != scale.label]
        also = f" (also in {', '.join(others)})" if others else ""
        yield (
            f"{name}, item {number} (column {item.column}) {item.finding}, {scale.label}{also}"
            f"{_in_numbers(scale, item)}"
        )


def _in_numbers(scale: ScaleCheck, item: ItemCheck) -> str:
    if item.item_rest is None:
        return ""
    words = f": item-rest r = {bounded(item.item_rest, 2)}"
    if item.low is not None and item.high is not None:
        words += f" [{bounded(item.low, 2)}, {bounded(item.high, 2)}]"
    if item.alpha_if_reversed is not None and scale.alpha is not None:
        words += (
            f"; alpha {bounded(scale.alpha, 2)} would be {bounded(item.alpha_if_reversed, 2)} if"
            " the item were reverse-scored"
        )
    return words


def odd_measures(check: CohortCheck) -> str:
    """Measures with a floor, a ceiling or skew, and what follows for their intervals."""
    odd = [measure.label for measure in check.measures if measure.odd]
    if not odd:
        return (
            "No measure has a tenth or more of its scores at one end of the scale, or a skewness of"
            " 1 or more in size."
        )
    return (
        "At least a tenth of the scores lie at one end of the scale, or the skewness is 1 or more"
        f" in size, in: {'; '.join(odd)}. Intervals that assume normal scores (Fisher's of"
        " correlations, Feldt's of alpha) can then be too narrow, however large the sample is; the"
        " supplement gives robust intervals beside those that the study uses."
    )


def skipped(check: CohortCheck) -> Iterator[tuple[str, list[AnalysisCheck]]]:
    """Skipped analyses by reason, each reason once."""
    order = sorted((a for a in check.analyses if a.reason), key=lambda a: a.reason)
    for reason, group in groupby(order, key=lambda a: a.reason):
        yield reason, list(group)


def estimable_in_words(check: CohortCheck) -> str:
    """Number of the study's analyses that can be estimated."""
    n, all_of = sum(analysis.estimable for analysis in check.analyses), len(check.analyses)
    if not all_of:
        return "The study declares no analysis."
    if all_of == 1:
        return f"The one analysis of the study can{'' if n else 'not'} be estimated."
    which = f"all {all_of:,}" if n == all_of else f"{n:,} of {all_of:,}"
    return f"{which[0].upper()}{which[1:]} analyses of the study can be estimated."


def missing_in_words(check: CohortCheck) -> str:
    """Questionnaires that were not returned, and items left out in the others, as a sentence."""
    shares = missing_totals(check.missing_items)
    not_returned, left_out = (percentage(100 * share) for share in shares)
    return (
        f"Of all questionnaires, {not_returned} were not returned; in those that were, {left_out}"
        " of the items were left out."
    )
