"""The terms of a growth model: what each coefficient is about, and its name in ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from attune.analyses.growth.declaration import Growth
from attune.store.statistic_rows import snake_case


@dataclass(frozen=True)
class Term:
    """One coefficient of one outcome.

    Attributes
    ----------
    name : str
        Part of the ids of its statistics: `time`, `anxiety`, `anxiety_by_time`.
    base : str
        What it is about, without the interaction with time: `anxiety`; `time` and `intercept`
        stand for themselves.
    slope : str
        The term of time whose slope it changes; "" for a term of the level.
    part : str
        within or between, of a predictor that is split; the level, of a category with more than
        two.
    """

    name: str
    base: str
    slope: str = ""
    part: str = ""


def level_parts(levels: Sequence[str]) -> list[str]:
    """Parts of the names of a category's terms, one per level but the first.

    Examples
    --------
    >>> level_parts(["No", "Yes"]), level_parts(["Oslo", "Bergen", "Tromsø"])
    ([''], ['bergen', 'troms'])
    """
    return [""] if len(levels) == 2 else [snake_case(level) for level in levels[1:]]


def model_terms(
    model: Growth, conditions: Mapping[str, str], categories: Mapping[str, Mapping[str, str]]
) -> tuple[Term, ...]:
    """The terms of a growth model: those of the level, then those of growth.

    Parameters
    ----------
    model : Growth
    conditions : mapping of str to str
        Label of each treatment condition by its code.
    categories : mapping of str to mapping of str to str
        Label of each level by its code, of the categories of the sample sheet.
    """
    own: list[tuple[str, str, bool]] = []
    for key, predictor in model.predictors.items():
        if predictor.variable is not None:
            parts = level_parts([*categories[predictor.variable].values()])
        else:
            parts = ["within", "between"] if predictor.is_split else [""]
        own += [(key, part, predictor.growth) for part in parts]
    if model.condition:
        own += [("condition", part, True) for part in level_parts([*conditions.values()])]
    time = [Term("intercept", "intercept"), *(Term(name, name) for name in model.time.terms)]
    level = [Term(f"{key}_{part}" if part else key, key, part=part) for key, part, _ in own]
    growing = [
        replace(term, name=f"{term.name}_by_{slope}", slope=slope)
        for term, (_, _, grows) in zip(level, own, strict=True)
        for slope in model.time.terms
        if grows
    ]
    return (*time, *level, *growing)
