"""Reference values of R: how a result is held against them."""

import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

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


@pytest.fixture(scope="session")
def stored() -> Path:
    """The folder with reference fits that are not shipped: data/*.csv, expected/*.json."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    path = Path(os.environ["ATTUNE_REFERENCE"], "reference", "oracles")
    if not path.is_dir():
        pytest.skip("the folder of references has no reference/oracles")
    return path
