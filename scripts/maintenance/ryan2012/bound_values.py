"""The printed values that a cohort can give: those that the ledger binds to a statistic."""

import pandas as pd

from attune.paper.ledger.ledger import PrintedValue, Publication
from attune.paper.ledger.reading import given_by, unit
from attune.specs.errors import AttuneError


def bound_values(publication: Publication) -> list[PrintedValue]:
    """Values of a ledger with a statistic, in its order; the others are quoted from elsewhere."""
    return [each for each in publication.values if each.statistic]  # noqa: PD011, no frame


def statistic_of(value: PrintedValue) -> str:
    """Id of the statistic that should give a value.

    Raises
    ------
    AttuneError
        The ledger names none.
    """
    if value.statistic is None:
        raise AttuneError(f"{value.id}: no statistic should give it.")
    return value.statistic


def value_of(value: PrintedValue, statistics: pd.DataFrame) -> float:
    """The number of the store that a printed value is about, in the unit of the print.

    Parameters
    ----------
    value : PrintedValue
    statistics : pandas.DataFrame
        Contract `STATISTICS`, indexed by id.
    """
    return unit(value) * float(statistics[value.field].loc[statistic_of(value)])


def met_by(value: PrintedValue, statistics: pd.DataFrame) -> bool:
    """Whether statistics give a printed value to its last digit."""
    return given_by(value, value_of(value, statistics))
