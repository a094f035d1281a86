"""Reference values of R: how a result is held against them."""

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest

Agree = Callable[[Mapping[str, object], Mapping[str, object], float], None]


@pytest.fixture
def agrees() -> Agree:
    """Every value that R gave is found, and nothing else; all differences are shown at once.

    A reference value that no test looks at would make the set of keys differ.
    """

    def compare(found: Mapping[str, object], expected: Mapping[str, object], tolerance: float):
        assert set(found) == set(expected)
        wrong = {}
        for name, wanted in expected.items():
            got = np.asarray(found[name], dtype=float)
            want = np.asarray(
                [math.nan if entry is None else entry for entry in wanted]
                if isinstance(wanted, list)
                else wanted,
                dtype=float,
            )
            # Relative for large and for tiny values (p down to 1e-9), absolute around zero.
            if got.shape != want.shape or not np.allclose(
                got, want, rtol=tolerance, atol=tolerance * 1e-3, equal_nan=True
            ):
                wrong[name] = (found[name], wanted)
        assert not wrong

    return compare
