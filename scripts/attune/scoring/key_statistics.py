"""Statistics that follow from a scoring key alone: number of items, range of answers and scores.

Papers print them beside their results ("39 items, 1 to 5, up to 195"); they are statistics of the
store like any other, so that these prints can be compared too.
"""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.store.contracts import STATISTICS
from attune.store.statistic_rows import software, statistic_row

ANALYSIS = "key"
METHOD = "scoring key"


def key_statistics(instruments: Mapping[str, Instrument], cohort: Cohort) -> pa.Table:
    """Numbers of the design of each instrument of a cohort and of each of its scales.

    Ids of an instrument are `key.<instrument>.<statistic>`:

    * `n_items`: items that are answered once; `n_answers`: items times the states in which they
      are rated (at best and at worst: twice as many);
    * `lowest_answer`, `highest_answer`: ends of the response scale;
    * `n_scales`: scores of the key; `n_subscales`: those from a part of the items;
      `n_global_scales`: those from all items.

    Ids of a scale are `key.<instrument>.<scale>.<statistic>`: `n_items`, `lowest_score`,
    `highest_score`, the latter two with every item answered.

    Parameters
    ----------
    instruments : mapping of id to Instrument
        Scoring keys, those of the cohort among them.
    cohort : Cohort

    Returns
    -------
    pyarrow.Table
        Contract `STATISTICS`, instruments in alphabetical order; `n` is empty, since no
        people are counted.
    """
    rows = [
        statistic_row(
            ANALYSIS,
            terms,
            statistic,
            number,
            x=name,
            level=terms[1] if len(terms) > 1 else None,
            software=software("attune"),
            instruments=f"{name} {instruments[name].version}",
            method=METHOD,
        )
        for name in sorted({selection.instrument for selection in cohort.selections()})
        for terms, statistic, number in numbers_of_key(instruments[name])
    ]
    return pa.Table.from_pylist(rows, schema=STATISTICS.schema)


def with_key_statistics(
    statistics: pa.Table, instruments: Mapping[str, Instrument], cohort: Cohort
) -> pa.Table:
    """Statistics, followed by those of the cohort's scoring keys."""
    return pa.concat_tables([statistics, key_statistics(instruments, cohort)])


def numbers_of_key(key: Instrument) -> Iterator[tuple[tuple[str, ...], str, float]]:
    """Terms, name and number of each statistic of one key.

    Parameters
    ----------
    key : Instrument

    Yields
    ------
    tuple of (tuple of str, str, float)
        The instrument, and the scale where it is one's; the statistic; its number.
    """
    own = (key.instrument,)
    n_global = sum(len(key.items_of(scale)) == key.n_items for scale in key.scales)
    yield own, "n_items", key.n_items
    yield own, "n_answers", key.n_items * max(1, len(key.states))
    yield own, "lowest_answer", key.response.minimum
    yield own, "highest_answer", key.response.maximum
    yield own, "n_scales", len(key.scales)
    yield own, "n_subscales", len(key.scales) - n_global
    yield own, "n_global_scales", n_global
    for scale in sorted(key.scales):
        lowest, highest = key.score_range(scale)
        yield (*own, scale), "n_items", len(key.items_of(scale))
        yield (*own, scale), "lowest_score", lowest
        yield (*own, scale), "highest_score", highest
