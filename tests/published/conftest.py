"""Score responses by a shipped scoring key."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from attune.scoring.scores import score_scales
from attune.store.contracts import ITEM_COLUMNS, RESPONSES, conform
from attune_files.yaml_file import read_instruments

INSTRUMENTS = Path(__file__).parents[2] / "workflow" / "instruments"

Row = dict[str, float | str | None]
Scorer = Callable[..., dict[str, Row]]


@pytest.fixture
def score_one() -> Scorer:
    """Scores of one questionnaire: scale -> score, n_answered, n_items, reason.

    Called with an instrument's id, its responses (item 1 first) and the items that were left out.
    """

    def score(instrument: str, responses: Sequence[int], left_out: Sequence[int] = ()) -> dict:
        row: dict[str, object] = {"dyad": "d", "instrument": instrument, "rater": "patient"}
        row |= {"occasion": "intake", "state": ""}
        for item, (column, response) in enumerate(zip(ITEM_COLUMNS, responses, strict=False), 1):
            row[column] = None if item in left_out else response
        table = conform(pa.Table.from_pylist([row]), RESPONSES)
        keys = read_instruments([INSTRUMENTS / f"{instrument}.yaml"])
        return {scored["scale"]: scored for scored in score_scales(table, keys).to_pylist()}

    return score
