"""Answers of invented people to a whole instrument, as its key says that they go together."""

import numpy as np
from tests.conftest import ROOT

from attune.specs.instrument import Instrument
from attune_files.yaml_file import read_instruments

INSTRUMENTS = read_instruments(sorted((ROOT / "workflow/instruments").glob("*.yaml")))


def answers(instrument: Instrument, n: int, seed: int, common: float = 0.5) -> np.ndarray:
    """A common factor, a factor per scale and noise, cut into the codes of the instrument.

    Items that the key reverses are answered the other way.
    """
    rng = np.random.default_rng(seed)
    n_items = instrument.n_items
    own = np.zeros((n, n_items))
    names = [s for s, each in instrument.scales.items() if each.aggregation in ("sum", "mean")]
    for name in sorted(names, key=lambda name: -len(instrument.items_of(name))):
        own[:, np.array(instrument.items_of(name)) - 1] = rng.standard_normal((n, 1))
    level = common * rng.standard_normal((n, 1)) + 0.5 * own
    latent = rng.uniform(0.7, 1.3, n_items) * level + 0.7 * rng.standard_normal((n, n_items))
    turned = np.array(instrument.reverse, dtype=int) - 1
    latent[:, turned] *= -1
    low, high = instrument.response.minimum, instrument.response.maximum
    middle = (low + high) / 2 + rng.uniform(-0.1, 0.1, n_items) * (high - low)
    return np.clip(np.round(middle + latent * (high - low) / 5), low, high).astype(np.int16)


def turned(responses: np.ndarray, instrument: Instrument, items: list[int]) -> np.ndarray:
    """The answers to some items from the other end."""
    bent = responses.copy()
    columns = np.array(items) - 1
    ends = instrument.response.minimum + instrument.response.maximum
    bent[:, columns] = ends - bent[:, columns]
    return bent
