"""Lost answers: an item that nobody answered, and the last people of a file."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import in_words
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import not_in, quoted_list
from attune.intake.reading.violations import Violation
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Selection
from attune.specs.study_checks import named

FEWEST_FOR_ITEM = 4
"""Answered questionnaires below which an item without an answer is not reported."""

FALSE_ALARMS = 0.01
"""Probability, in a cohort whose missing questionnaires are spread over the files by chance, that
any questionnaire is reported."""


def unanswered_items(raw: RawCohort) -> Iterator[Violation]:
    """Rule `unanswered_item`: items that nobody answered in questionnaires that were answered."""
    for answered in raw.questionnaires:
        if len(answered.dyads) < FEWEST_FOR_ITEM:
            continue
        nobody = _unanswered(answered.responses)
        if not nobody.any():
            continue
        items = np.flatnonzero(nobody) + 1
        which = f"item {items[0]}" if len(items) == 1 else f"items {quoted_list(items)}"
        yield Violation(
            "unanswered_item",
            raw.cohort.severity("unanswered_item"),
            answered.path,
            f"nobody answered {which} of {answered.name}, although {len(answered.dyads)}"
            f" {raw.cohort.case}s answered others.",
            "If the form has the item, export the file again; if the column is another one, correct"
            " cohort.yaml.",
            column=answered.columns[items[0] - 1],
            item=int(items[0]),
        )


def _unanswered(responses: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Items without an answer; the first rows nearly always show that there are some."""
    nobody = (responses[:100] == NO_RESPONSE).all(axis=0)
    for item in np.flatnonzero(nobody):
        nobody[item] = (responses[:, item] == NO_RESPONSE).all()
    return np.asarray(nobody)


def last_rows_missing(raw: RawCohort) -> Iterator[Violation]:
    """Rule `last_rows_missing`: the last people of the other files lack a questionnaire.

    If m of N people lack it and the missing ones are spread by chance, the last k lack it with the
    probability m (m - 1) ... (m - k + 1) / (N (N - 1) ... (N - k + 1)). Reported where that, times
    the questionnaires and orders, is at most `FALSE_ALARMS`; not where the last people are those of
    one condition, all of whom lack it.
    """
    cohort = raw.cohort
    blocks = _answering_dyads(raw)
    orders = _distinct_orders(raw)
    for (file, _), (names, answered) in blocks.items():
        place = cohort.files[file].place
        for path, order in orders.items():
            absent = not_in(order, answered)
            k = _length_at_end(absent)
            if path == place or not 2 <= k < len(order):
                continue
            if _chance(len(order), int(absent.sum()), k) * len(blocks) * len(orders) > FALSE_ALARMS:
                continue
            if _one_condition(raw.sample, order[absent], k):
                continue
            yield Violation(
                "last_rows_missing",
                cohort.severity("last_rows_missing"),
                place,
                f"{in_words(names)}: the last {k} of {len(order)} {cohort.case}s in"
                f" the order of {path} have no answers; {int(absent.sum()) - k} of the others have"
                " none.",
                "If the file was cut off, export it again. Nothing, if the last ones were not yet"
                " due.",
            )
            break


def _answering_dyads(
    raw: RawCohort,
) -> dict[tuple[str, str], tuple[list[str], pd.Index]]:
    """Per file and selection of rows: its questionnaires, and the dyads that answered any."""
    found: dict[tuple[str, str], tuple[list[str], pd.Index]] = {}
    entries: list[tuple[Selection, str, pd.Series]] = [
        (entry.declared, entry.name, entry.dyads) for entry in raw.questionnaires
    ]
    entries += [(entry.declared, named(entry.key), entry.dyads) for entry in raw.given_scores]
    for declared, name, dyads in entries:
        key = (declared.file, str(sorted(declared.rows.items())))
        names, known = found.get(key, ([], pd.Index([], dtype=object)))
        own = pd.Index(dyads.drop_duplicates())
        found[key] = ([*names, name], known.append(own[not_in(own, known)]))
    return {key: value for key, value in found.items() if len(value[1])}


def _distinct_orders(raw: RawCohort) -> Mapping[str, pd.Index]:
    """The dyads of the sample sheet, then of the other files, in their order of rows."""
    known = pd.Index(raw.sample["dyad"])
    orders: dict[str, pd.Index] = {}
    for name in [raw.cohort.sample.file, *raw.sheets]:
        if name not in raw.named_ids:
            continue
        order = pd.Index(raw.named_ids[name].drop_duplicates())
        order = order[~not_in(order, known.drop_duplicates())]
        if not any(order.equals(other) for other in orders.values()):
            orders[raw.cohort.files[name].place] = order
    return orders


def _length_at_end(absent: NDArray[np.bool_]) -> int:
    """Number of True at the end.

    Examples
    --------
    >>> _length_at_end(np.array([True, False, True, True]))
    2
    """
    return len(absent) - int(np.flatnonzero(~absent)[-1]) - 1 if not absent.all() else len(absent)


def _chance(n: int, missing: int, k: int) -> float:
    """Probability that the last k of n people are among the missing ones.

    Examples
    --------
    >>> round(1 / _chance(30, 2, 2))
    435
    """
    at = np.arange(min(k, missing))
    return float(np.prod((missing - at) / (n - at)))


def _one_condition(sample: pd.DataFrame, absent: pd.Index, k: int) -> bool:
    """Whether the last k absent people are all of a condition, which is absent as a whole."""
    if "condition" not in sample:
        return False
    condition = sample.drop_duplicates("dyad").set_index("dyad")["condition"]
    last = condition.reindex(absent[-k:]).unique()
    if len(last) != 1 or len(condition.unique()) == 1:
        return False
    return bool(not not_in(condition.index[condition == last[0]], absent).any())
