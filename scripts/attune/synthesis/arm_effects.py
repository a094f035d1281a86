"""Standardised differences and odds ratios from what a table of trials holds of each arm.

The columns are those of the public Metapsy standard (https://docs.metapsy.org): means and standard
deviations, changes, events. The formulas are those of `attune.stats.effect_conversion`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from attune.stats.effect_conversion import EffectSize, convert, d_from_means, log_odds_ratio

Values = Mapping[str, float]
"""Column -> number."""


@dataclass(frozen=True)
class ArmColumns:
    """Columns of both arms from which an effect can be computed.

    Attributes
    ----------
    what : str
        As a method section says it.
    columns : tuple of str
        All of them are needed: of arm 1, then of arm 2.
    marks : tuple of str
        A row with one of these uses the columns; the others may be there for other reasons.
    sizes : tuple of str
        Those with the sizes of the arms.
    convert : callable
        Numbers by column -> difference arm 1 minus arm 2, as Hedges' g or a log odds ratio.
    """

    what: str
    columns: tuple[str, ...]
    marks: tuple[str, ...]
    sizes: tuple[str, str]
    convert: Callable[[Values], EffectSize]

    def people(self, values: Values) -> int:
        """Number of people in both arms."""
        return int(sum(values[name] for name in self.sizes))


def _both(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_arm{arm}" for arm in (1, 2) for name in names)


def _from_means(names: tuple[str, ...]) -> Callable[[Values], EffectSize]:
    return lambda values: convert(d_from_means(*(values[name] for name in names)), "g")


def log_odds_of_arms(values: Values) -> EffectSize:
    """Log odds ratio of the events of both arms, arm 1 to arm 2; see `log_odds_ratio`.

    Examples
    --------
    >>> counts = {"event_arm1": 10, "totaln_arm1": 15, "event_arm2": 5, "totaln_arm2": 15}
    >>> round(log_odds_of_arms(counts).estimate, 6)
    1.386294
    """
    first, n_first, second, n_second = (values[name] for name in EVENTS)
    return log_odds_ratio(first, n_first - first, second, n_second - second)


def _from_events(values: Values) -> EffectSize:
    return convert(log_odds_of_arms(values), "g")


MEANS = _both("mean", "sd", "n")
CHANGES = _both("mean_change", "sd_change", "n_change")
EVENTS = _both("event", "totaln")

SOURCES = (
    ArmColumns(
        "means and standard deviations",
        MEANS,
        _both("mean", "sd"),
        ("n_arm1", "n_arm2"),
        _from_means(MEANS),
    ),
    ArmColumns(
        "mean changes and their standard deviations",
        CHANGES,
        _both("mean_change", "sd_change"),
        ("n_change_arm1", "n_change_arm2"),
        _from_means(CHANGES),
    ),
    ArmColumns("events", EVENTS, _both("event"), ("totaln_arm1", "totaln_arm2"), _from_events),
)
"""In the order of reading, which is that of metapsyTools. A change is the later score minus the
earlier one, so that it has the direction of the score. Odds ratios become g by way of d (Chinn,
2000, doi:10.1002/1097-0258(20001130)19:22<3127::aid-sim784>3.0.co;2-m)."""

ODDS = replace(SOURCES[-1], convert=log_odds_of_arms)
"""Events as a log odds ratio."""


def value_problems(values: Values) -> Iterator[tuple[str, str]]:
    """Column and sentence of every number that no arm can have.

    Examples
    --------
    >>> list(value_problems({"sd_arm1": 0.0, "n_arm1": 20.0}))
    [('sd_arm1', 'found 0; a standard deviation is above 0')]
    """
    for name, value in values.items():
        if name.startswith("sd_") and value <= 0:
            yield name, f"found {value:g}; a standard deviation is above 0"
        if name.startswith(("n_", "totaln_")) and (value < 2 or value != int(value)):
            yield name, f"found {value:g}; an arm has a whole number of people, at least 2"
        if name.startswith("event_"):
            n = values[name.replace("event", "totaln")]
            if value < 0 or value > n or value != int(value):
                yield name, f"found {value:g}; a whole number from 0 to the {n:g} of its arm"
    if "event_arm1" in values:
        events = values["event_arm1"] + values["event_arm2"]
        if events in (0, values["totaln_arm1"] + values["totaln_arm2"]):
            yield (
                "event_arm1",
                f"{'nobody' if events == 0 else 'everybody'} has the event in either arm, which"
                " says nothing of a difference; leave the row out",
            )
