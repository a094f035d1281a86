"""Main scales of an instrument, from which a drafted study is built."""

from attune.specs.instrument import Instrument

MAIN = ("total", "gsi", "mean", "affiliation")
"""Scales over the whole instrument; the first that exists is used."""

MOST_SCALES = 5
"""Largest number of scales that are used if an instrument has no overall score."""


def main_scales(instrument: Instrument) -> list[str]:
    """The overall score of an instrument, or its scales if it has none.

    Parameters
    ----------
    instrument : Instrument
    """
    for scale in MAIN:
        if scale in instrument.scales:
            return [scale]
    return list(instrument.scales)[:MOST_SCALES]
