"""Which scales of an instrument an analysis starts from."""

from attune.specs.instrument import Instrument

MAIN = ("total", "gsi", "mean", "affiliation")
"""Scales that stand for the whole instrument, the first that exists."""

MOST_SCALES = 5
"""Scales of an instrument that has no score for the whole."""


def main_scales(instrument: Instrument) -> list[str]:
    """The score for the whole instrument, or its scales where it has none.

    Parameters
    ----------
    instrument : Instrument
    """
    for scale in MAIN:
        if scale in instrument.scales:
            return [scale]
    return list(instrument.scales)[:MOST_SCALES]
