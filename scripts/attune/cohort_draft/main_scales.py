"""Main scales of an instrument, from which a drafted study is built."""

from attune.specs.instrument import Instrument

MAIN = ("total", "gsi", "mean", "affiliation")
"""Scales over the whole instrument; the first that exists is used."""

MOST_SCALES = 5
"""Largest number of scales that are used if an instrument has no overall score."""


def main_scales(instrument: Instrument) -> list[str]:
    """The overall score of an instrument, or its scales if its authors recommend no total.

    Parameters
    ----------
    instrument : Instrument
    """
    overall = [scale for scale in MAIN if scale in instrument.scales]
    if overall and not instrument.no_total:
        return overall[:1]
    return [scale for scale in instrument.scales if scale not in overall][:MOST_SCALES]
