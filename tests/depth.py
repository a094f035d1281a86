"""How many examples tests take that search, simulate or ask many cohorts: a sample, or many more.

`make test` takes the fixed sample. `make test-deep` sets ATTUNE_TESTS=deep and runs only these.
"""

import os

import hypothesis
import pytest

DEEP = os.environ.get("ATTUNE_TESTS") == "deep"

deep = pytest.mark.deep
"""Mark of a test whose number of examples depends on the depth; property tests have it anyway."""


def examples(fixed: int, *, many: int) -> int:
    """Number of examples, papers or simulated scales at the depth of this run."""
    return many if DEEP else fixed


def load_hypothesis_profile() -> None:
    """Fixed examples, the same on every machine; or many, other ones in each run.

    There is no deadline: how long an example takes depends on what else the machine does.
    """
    hypothesis.settings.register_profile(
        "fixed", derandomize=True, deadline=None, max_examples=50, database=None
    )
    hypothesis.settings.register_profile("deep", deadline=None, max_examples=1_000)
    hypothesis.settings.load_profile("deep" if DEEP else "fixed")
