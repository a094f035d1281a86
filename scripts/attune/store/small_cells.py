"""Small cells: counts of so few people that they could be recognised, and what gives them away."""

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from attune.specs.cohort import Cohort

Hidden = Literal["small", "beside"]
"""small: the count itself is too small; beside: it would give a small count away."""


def hidden_counts(counts: Mapping[str, int], smallest: int) -> dict[str, Hidden]:
    """Which counts of a group are not shown, where the group's total is known.

    Parameters
    ----------
    counts : mapping of str to int
        Cell -> people; together they are the group.
    smallest : int
        Counts from 1 to one less are hidden; 0 hides nothing.

    Returns
    -------
    dict of str to {"small", "beside"}
        Small counts and, from the next larger on, as many others as it takes that no small count
        follows from the total: whoever knows that small counts lie between 1 and `smallest` - 1,
        and the others at or above it, still has at least two values to choose from. Where no others
        are left for that, all cells are hidden as `beside`, which says nothing about any of them.

    Examples
    --------
    >>> hidden_counts({"single": 20, "married": 12, "widowed": 2, "divorced": 0}, 5)
    {'widowed': 'small', 'married': 'beside'}
    >>> hidden_counts({"yes": 9, "no": 1}, 5)
    {'no': 'small', 'yes': 'beside'}
    >>> hidden_counts({"yes": 5, "no": 1}, 5)
    {'no': 'beside', 'yes': 'beside'}
    """
    small = {cell: count for cell, count in counts.items() if 0 < count < smallest}
    if not small:
        return {}
    others = sorted((cell for cell in counts if counts[cell] >= smallest), key=counts.__getitem__)
    for more in range(len(others) + 1):
        beside = others[:more]
        total = sum(small.values()) + sum(counts[cell] for cell in beside)
        if len(small) + more > 1 and _values_left(len(small), more, total, smallest) > 1:
            hidden: dict[str, Hidden] = dict.fromkeys(small, "small")
            return hidden | dict.fromkeys(beside, "beside")
    return dict.fromkeys([*small, *(cell for cell in counts if cell not in small)], "beside")


def _values_left(n_small: int, n_others: int, total: int, smallest: int) -> int:
    """How many values a small count may still have, given the sum of all hidden ones."""
    left = 0
    for value in range(1, smallest):
        rest = total - value
        lowest = (n_small - 1) + n_others * smallest
        highest = (n_small - 1) * (smallest - 1)
        left += lowest <= rest and (n_others > 0 or rest <= highest)
    return left


def smallest_cell(cohort: Cohort, default: int) -> int:
    """The smallest count of people that is shown: the cohort's own limit, or the default."""
    return default if cohort.smallest_cell is None else cohort.smallest_cell.count


def hidden_statistics(
    statistics: pd.DataFrame, smallest: int, condition: str | None = None
) -> dict[str, Hidden]:
    """Statistics that nothing shared may print.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`: the whole store.
    smallest : int
        Smallest count of people that is shown.
    condition : str, optional
        The variable that holds the treatment condition. How many have none follows from every
        comparison, whose sizes lack them, so that hiding it would only seem to protect them.

    Returns
    -------
    dict of str to {"small", "beside"}
        By id: counts of people in a level, condition or occasion that are too small, what would
        give them away, the percentages of both, and whatever else is computed over fewer people
        than `smallest`. A comparison of groups of which one is hidden is hidden whole: sizes
        follow from t beside d, and a mean of few from the difference. Counts of answers, such as
        missing items, of questionnaires without a score and of findings are not counts of people
        and stay.
    """
    if not smallest:
        return {}
    counts = statistics[statistics["statistic"].isin(["count", "n", "n_questionnaires"])]
    counts = counts[counts["analysis"] != "violations"].dropna(subset=["estimate"])
    hidden = _hidden_levels(statistics, counts[counts["level"].notna()], smallest, condition)
    single = counts[counts["level"].isna() & ~counts["id"].isin(SIZES)]
    few = single[(single["estimate"] > 0) & (single["estimate"] < smallest)]
    for identifier in few["id"]:
        hidden |= {f"{_stem(identifier)}.{part}": "beside" for part in OF_A_VARIABLE}
        hidden[identifier] = "small"
        if identifier.startswith("missingness."):
            hidden |= {f"missingness.all.{part}": "beside" for part in OF_A_VARIABLE}
    over = statistics[(statistics["n"] > 0) & (statistics["n"] < smallest)]
    for identifier in over["id"]:
        hidden.setdefault(identifier, "beside")
    known = set(statistics["id"])
    return {identifier: why for identifier, why in hidden.items() if identifier in known}


def _hidden_levels(
    statistics: pd.DataFrame, counts: pd.DataFrame, smallest: int, condition: str | None
) -> dict[str, Hidden]:
    """What is hidden of the levels of variables and of the conditions."""
    hidden: dict[str, Hidden] = {}
    counts = counts[counts["id"] != f"sample.{condition}.missing.count"]
    for name, group in counts.groupby(counts["id"].map(_group_of), sort=False):
        found = hidden_counts(_cells(group["id"], group["estimate"]), smallest)
        if group["analysis"].iloc[0] == "retention":
            # A percentage beside its count tells how many the condition has.
            for identifier in hidden_counts(_cells(group["id"], group["n"]), smallest):
                found.setdefault(identifier, "beside")
        elif found:
            ids = statistics["id"]
            hidden |= dict.fromkeys(ids[ids.map(_stem) == name], "beside")
        for identifier in found:
            hidden |= {f"{_stem(identifier)}.{part}": "beside" for part in OF_A_LEVEL}
        hidden |= found
    return hidden


def _cells(ids: pd.Series, counts: pd.Series) -> dict[str, int]:
    return dict(zip(ids, counts.astype(int), strict=True))


SIZES = ("sample.all.n", "sample.therapists.n")
"""How many dyads and therapists there are: what every cohort tells."""

OF_A_LEVEL = ("count", "n", "percent", "mean", "sd", "median", "minimum", "maximum")
"""Statistics of one level or condition."""

OF_A_VARIABLE = (*OF_A_LEVEL, "n_questionnaires", "missing_items", "missing_percent")
"""Statistics of one variable, measure or questionnaire."""


def _stem(identifier: str) -> str:
    """An id without its statistic: variable and level."""
    return identifier.rpartition(".")[0]


def _group_of(identifier: str) -> str:
    """An id without level and statistic: what the levels share."""
    return _stem(_stem(identifier))


def marked(why: Hidden, smallest: int) -> str:
    """What stands in print in place of a hidden statistic."""
    return f"< {smallest}" if why == "small" else WITHHELD


def reason_of(why: Hidden, smallest: int) -> str:
    """Why a statistic is hidden, as a clause."""
    if why == "small":
        return f"fewer than {smallest} people, whose number is not shown to protect them"
    return f"the numbers are withheld, as they would tell about fewer than {smallest} people"


def meaning_of(mark: str, reason: str) -> str:
    """What a mark in a table says, for the note below it; both as Markdown.

    Examples
    --------
    >>> meaning_of("–", reason_of("beside", 5))
    '– = the numbers are withheld, as they would tell about fewer than 5 people.'
    """
    return f"{mark} = {reason}."


WITHHELD = "\N{EN DASH}"
"""In print, what is hidden beside a small count."""
