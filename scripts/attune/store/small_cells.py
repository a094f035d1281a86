"""Small-cell suppression: primary and complementary (secondary) suppression."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from attune.specs.cohort import Cohort
from attune.store.statistic_kinds import StatisticKinds

Hidden = Literal["small", "complementary"]
"""small: the count itself is too small; complementary: it would reveal a small count."""


def hidden_counts(counts: Mapping[str, int], smallest: int) -> dict[str, Hidden]:
    """Counts of a group that are suppressed, where the group's total is known.

    Parameters
    ----------
    counts : mapping of str to int
        Cell -> number of people; the cells add up to the group.
    smallest : int
        Counts from 1 to `smallest` - 1 are suppressed; 0 suppresses nothing.

    Returns
    -------
    dict of str to {"small", "complementary"}
        Small counts and, where they would follow from the total, one larger count
        (`complementary`): the smallest or else the second smallest. Where that does not suffice
        either, and in groups of fewer than 2 `smallest` people, all cells are suppressed as
        `complementary`, which reveals nothing about any of them.

    Notes
    -----
    A reader who knows this rule can invert it; the choice of complementary cells must therefore not
    reveal the suppressed counts. A cell is chosen only if several tables of the same total that
    would be printed alike have different sums of the small counts: for the first candidate every
    sum that needs complementary suppression, for the second at least two. Whether this holds
    depends only on what is printed (`_indistinguishable_sums`), so it holds for all of these
    tables. In F 80, M 5, D 1, hiding M beside D would
    leave 5 and 1 as the only possibility; F is hidden instead, as it is in F 79, M 5, D 2.

    Examples
    --------
    >>> hidden_counts({"single": 20, "married": 12, "widowed": 2, "divorced": 0}, 5)
    {'widowed': 'small', 'married': 'complementary'}
    >>> hidden_counts({"F": 80, "M": 5, "D": 1}, 5)
    {'D': 'small', 'F': 'complementary'}
    >>> hidden_counts({"yes": 9, "no": 1}, 5)
    {'no': 'small', 'yes': 'complementary'}
    >>> hidden_counts({"yes": 5, "no": 1}, 5)
    {'no': 'complementary', 'yes': 'complementary'}
    """
    small = {cell: count for cell, count in counts.items() if 0 < count < smallest}
    if not small:
        return {}
    hidden: dict[str, Hidden] = dict.fromkeys(small, "small")
    others = {cell: count for cell, count in counts.items() if count >= smallest}
    n_small, small_sum = len(small), sum(small.values())
    if small_sum + sum(others.values()) >= 2 * smallest:
        if _alone_suffices(n_small, small_sum, smallest):
            return hidden
        for place, cell in enumerate(_candidates(others)):
            if _suffices(place, n_small, small_sum, others, smallest):
                return hidden | {cell: "complementary"}
    return dict.fromkeys([*small, *(cell for cell in counts if cell not in small)], "complementary")


MOST_CANDIDATES = 2
"""Larger counts that are tried as complementary suppression; each further one would be chosen only
where the reader can exclude nearly all tables but one, as the others were not chosen."""


def _alone_suffices(n_small: int, small_sum: int, smallest: int) -> bool:
    """Whether small counts of this sum have two possible values: neither all 1 nor all largest."""
    return n_small > 1 and n_small < small_sum < n_small * (smallest - 1)


def _candidates(others: Mapping[str, int]) -> list[str]:
    return sorted(others, key=others.__getitem__)[:MOST_CANDIDATES]


def _suffices(
    place: int, n_small: int, small_sum: int, others: Mapping[str, int], smallest: int
) -> bool:
    """Whether suppressing a candidate leaves enough possible sums of the small counts.

    For the first candidate, every sum that needs complementary suppression must remain possible;
    for the second, at least two sums.
    """
    possible = _indistinguishable_sums(place, n_small, small_sum, others, smallest)
    sums = range(n_small, n_small * (smallest - 1) + 1)
    needing = [sum_ for sum_ in sums if not _alone_suffices(n_small, sum_, smallest)]
    return len(possible) >= (max(2, len(needing)) if place == 0 else 2)


def _indistinguishable_sums(
    place: int, n_small: int, small_sum: int, others: Mapping[str, int], smallest: int
) -> list[int]:
    """Sums of the small counts in all tables that would be printed alike.

    These are the tables with the same sum of suppressed counts in which the same cell is the
    candidate at this place, and no candidate before it was chosen.
    """
    cell = _candidates(others)[place]
    found = []
    for sum_ in range(n_small, n_small * (smallest - 1) + 1):
        table = {**others, cell: others[cell] + small_sum - sum_}
        if (
            not _alone_suffices(n_small, sum_, smallest)
            and table[cell] >= smallest
            and _candidates(table)[place] == cell
            and not any(
                _suffices(earlier, n_small, sum_, table, smallest) for earlier in range(place)
            )
        ):
            found.append(sum_)
    return found


def smallest_cell(cohort: Cohort, default: int) -> int:
    """The smallest count of people that is shown: the cohort's limit, or the default."""
    return default if cohort.smallest_cell is None else cohort.smallest_cell.count


@dataclass(frozen=True)
class Suppression:
    """Suppressed statistics of a cohort.

    Attributes
    ----------
    smallest : int
        Smallest count of people that is shown; 0 shows all.
    hidden : dict of str to {"small", "complementary"}
        By id (see `hidden_statistics`).
    """

    smallest: int
    hidden: dict[str, Hidden]

    def marks(self) -> dict[str, tuple[str, str]]:
        """Mark and reason of each suppressed statistic, by id."""
        return {
            identifier: (marked(why, self.smallest), reason_of(why, self.smallest))
            for identifier, why in self.hidden.items()
        }


def suppression(
    statistics: pd.DataFrame, kinds: StatisticKinds, cohort: Cohort, default: int
) -> Suppression:
    """Small-cell suppression of a cohort's statistics.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`: the whole store.
    kinds : StatisticKinds
    cohort : Cohort
        Its limit, if it has one, and its condition variable.
    default : int
        Limit of config.yaml.
    """
    smallest = smallest_cell(cohort, default)
    return Suppression(
        smallest, hidden_statistics(statistics, kinds, smallest, cohort.sample.condition)
    )


def hidden_statistics(
    statistics: pd.DataFrame,
    kinds: StatisticKinds,
    smallest: int,
    condition: str | None = None,
) -> dict[str, Hidden]:
    """Statistics that nothing shared may print.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`: the whole store.
    kinds : StatisticKinds
        Which statistics are counts of people, and which would disclose such a count.
    smallest : int
        Smallest count of people that is shown; 0 suppresses nothing.
    condition : str, optional
        The variable that holds the treatment condition. The number of people without a condition
        follows from the sizes of every comparison, so suppressing it would protect nobody.

    Returns
    -------
    dict of str to {"small", "complementary"}
        By id. Primary suppression (`small`): counts of people in a level, condition or occasion
        that are below `smallest`. Complementary suppression (`complementary`): what would disclose
        them, the percentages of both, the parts that a small group is divided into, and everything
        else that is computed over fewer people than `smallest`. A comparison of conditions of which
        one is suppressed is suppressed as a whole, since group sizes follow from t and d, and a
        group's mean from the difference. Counts of answers (missing items), of questionnaires
        without a score and of findings are not counts of people and are shown.

    Raises
    ------
    StatisticError
        A statistic has no kind.
    """
    if not smallest:
        return {}
    people = pd.Series(
        [kinds.of_id(identifier).people for identifier in statistics["id"]],
        index=statistics.index,
        dtype=object,
    )
    related = statistics.loc[people.notna(), "id"]
    siblings: dict[str, list[str]] = {}
    for identifier in related:
        siblings.setdefault(_stem(identifier), []).append(identifier)
    parts = statistics[people == "part"].dropna(subset=["estimate"])
    counts = statistics[people == "count"].dropna(subset=["estimate"])
    levels = counts[counts["level"].notna()]
    hidden = _hidden_levels(statistics, levels, siblings, smallest, condition)
    single = counts[counts["level"].isna()]
    few = single[(single["estimate"] > 0) & (single["estimate"] < smallest)]
    for identifier in few["id"]:
        stem = _stem(identifier)
        complementary = [
            disclosing
            for other, ids in siblings.items()
            if f"{other}.".startswith(f"{stem}.")
            for disclosing in ids
        ]
        hidden |= dict.fromkeys(complementary, "complementary")
        hidden[identifier] = "small"
        if identifier.startswith("missingness."):
            hidden |= dict.fromkeys(siblings.get("missingness.all", []), "complementary")
    sizes = set(statistics.loc[people.isin(["count", "rest"]), "id"])
    of_parts = {
        stem: [identifier for identifier in ids if identifier not in sizes]
        for stem, ids in siblings.items()
    }
    hidden |= {
        identifier: why
        for identifier, why in _hidden_parts(parts, of_parts, smallest, hidden).items()
        if hidden.get(identifier) != "small"
    }
    for identifier in _small_shares(statistics[people == "share"], smallest):
        hidden.setdefault(identifier, "complementary")
    over = statistics[(statistics["n"] > 0) & (statistics["n"] < smallest)]
    for identifier in over["id"]:
        hidden.setdefault(identifier, "complementary")
    return hidden


def _small_shares(shares: pd.DataFrame, smallest: int) -> list[str]:
    """Percentages of groups of people that do not overlap, from which a small count would follow.

    Small are the people in a group, those outside it, or those in no group of the same terms.
    """
    small = []
    shares = shares.dropna(subset=["estimate", "n"])
    for _, group in shares.groupby(shares["id"].map(_stem), sort=False):
        n = group["n"].astype(float)
        counts = (group["estimate"].astype(float) * n / 100).round()
        rest = n.iloc[0] - counts.sum()
        is_small = counts.between(1, smallest - 1) | (n - counts).between(1, smallest - 1)
        if 0 < rest < smallest:
            is_small[:] = True
        small += group.loc[is_small, "id"].tolist()
    return small


def _hidden_levels(
    statistics: pd.DataFrame,
    counts: pd.DataFrame,
    siblings: Mapping[str, list[str]],
    smallest: int,
    condition: str | None,
) -> dict[str, Hidden]:
    """Suppressed statistics of the levels of variables and of the conditions.

    `siblings` holds, by id without the statistic, the ids of counts of people and of what would
    disclose them.
    """
    hidden: dict[str, Hidden] = {}
    counts = counts[counts["id"] != f"sample.{condition}.missing.count"]
    for name, group in counts.groupby(counts["id"].map(_group_of), sort=False):
        found = hidden_counts(_cells(group["id"], group["estimate"]), smallest)
        if group["analysis"].iloc[0] == "retention":
            # A percentage next to its count reveals the size of the condition.
            for identifier in hidden_counts(_cells(group["id"], group["n"]), smallest):
                found.setdefault(identifier, "complementary")
        elif found:
            ids = statistics["id"]
            hidden |= dict.fromkeys(ids[ids.map(_stem) == name], "complementary")
        for identifier in found:
            hidden |= dict.fromkeys(siblings[_stem(identifier)], "complementary")
        hidden |= found
    return hidden


def _hidden_parts(
    counts: pd.DataFrame,
    siblings: Mapping[str, list[str]],
    smallest: int,
    of_sample: Mapping[str, Hidden],
) -> dict[str, Hidden]:
    """Suppressed parts of groups whose sizes are printed, and what would disclose them.

    Levels of the same variable are suppressed in all arms alike (`_hide_linked`); what is of an
    outcome is printed of arms alone. With a part go the parts that it is divided into, and
    differences between arms. `of_sample` holds what is suppressed in the sample, by id.
    """
    hidden: dict[str, Hidden] = {}
    found: dict[str, dict[str, Hidden]] = {}
    linked: dict[str, list[str]] = {}
    ids: dict[str, list[str]] = {}
    for identifier in counts["id"]:
        ids.setdefault(_group_of(identifier), []).append(identifier)
    for name, group in counts.groupby(counts["id"].map(_group_of), sort=False):
        found[str(name)] = hidden_counts(_cells(group["id"], group["estimate"]), smallest)
        if group["outcome"].isna().all():
            linked.setdefault(_stem(str(name)), []).append(str(name))
    for parent, arms in linked.items():
        _hide_linked({arm: found[arm] for arm in arms}, ids, f"sample.{parent.rpartition('.')[2]}",
                     siblings, of_sample)  # fmt: skip
    stems = set(counts["id"].map(_stem))
    for name, cells in found.items():
        parent = _stem(name)
        if not cells:
            continue
        # The size of a group that is itself a part is suppressed with its own group, or not at all.
        is_part = name in stems
        complementary = [] if is_part else [*siblings.get(name, []), *siblings.get(parent, [])]
        for identifier in cells:
            below = f"{_stem(identifier)}."
            complementary += siblings[_stem(identifier)]
            for stem, disclosing in siblings.items():
                complementary += disclosing if stem.startswith(below) else []
        hidden |= dict.fromkeys(complementary, "complementary")
    for cells in found.values():
        small = {identifier for identifier, why in cells.items() if why == "small"}
        hidden |= {
            identifier: "small" if identifier in small else "complementary" for identifier in cells
        }
    return hidden


def _hide_linked(
    arms: Mapping[str, dict[str, Hidden]],
    ids: Mapping[str, list[str]],
    variable: str,
    siblings: Mapping[str, list[str]],
    of_sample: Mapping[str, Hidden],
) -> None:
    """Suppress levels in all arms that are suppressed in one; `arms` is changed in place.

    If the counts in the sample as a whole are printed too (of `variable`), the arms add up to them:
    then, as soon as one level is suppressed anywhere, all are in all arms, so that nothing shows
    which was small; the sample keeps its own suppression.
    """
    in_sample = any(stem.startswith(f"{variable}.") for stem in siblings)
    if in_sample:
        sample = any(identifier.startswith(f"{variable}.") for identifier in of_sample)
        if sample or any(arms.values()):
            for arm, cells in arms.items():
                cells |= dict.fromkeys(ids[arm], "complementary")
        return
    levels = {_level_of(identifier) for cells in arms.values() for identifier in cells}
    for arm, cells in arms.items():
        for identifier in ids[arm]:
            if _level_of(identifier) in levels:
                cells.setdefault(identifier, "complementary")


def _level_of(identifier: str) -> str:
    """The level of an id: its last part but the statistic."""
    return _stem(identifier).rpartition(".")[2]


def _cells(ids: pd.Series, counts: pd.Series) -> dict[str, int]:
    return dict(zip(ids, counts.astype(int), strict=True))


def _stem(identifier: str) -> str:
    """An id without its statistic: analysis, variable and level."""
    return identifier.rpartition(".")[0]


def _group_of(identifier: str) -> str:
    """An id without level and statistic: the part that all levels share."""
    return _stem(_stem(identifier))


def marked(why: Hidden, smallest: int) -> str:
    """The mark printed in place of a suppressed statistic."""
    return f"< {smallest}" if why == "small" else WITHHELD


def reason_of(why: Hidden, smallest: int) -> str:
    """Why a statistic is suppressed, as a clause."""
    if why == "small":
        return f"fewer than {smallest} people, whose number is not shown to protect them"
    return (
        "the numbers are withheld, as they would disclose information on fewer than"
        f" {smallest} people"
    )


def meaning_of(mark: str, reason: str) -> str:
    """Explanation of a mark for the note below a table; mark and reason as Markdown.

    Examples
    --------
    >>> meaning_of("–", reason_of("complementary", 5))
    '– = the numbers are withheld, as they would disclose information on fewer than 5 people.'
    """
    return f"{mark} = {reason}."


WITHHELD = "\N{EN DASH}"
"""Mark of complementary suppression."""
