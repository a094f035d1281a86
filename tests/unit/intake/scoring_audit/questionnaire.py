"""An answered questionnaire made of arrays, for tests of the scoring audit."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.specs.closed_model import read_as
from attune.specs.cohort import Questionnaire
from attune.specs.instrument import Instrument

KEY = {
    "instrument": "mood",
    "version": "1.0",
    "name": "Mood",
    "abbreviation": "MOOD",
    "citation": "none",
    "citation_key": "none",
    "raters": ["patient"],
    "response": {"minimum": 1, "maximum": 5},
    "missing": {"rule": "complete", "source": "test"},
    "confidence": {"level": "mixed", "note": "test"},
    "licence": "none",
}
TOTAL = {"total": {"label": "Total", "aggregation": "sum", "items": "all"}}


def key(n_items: int, **changes: Any) -> Instrument:
    """A key of one total over all items, unless told otherwise."""
    return read_as(Instrument, KEY | {"n_items": n_items, "scales": TOTAL} | changes, "mood.yaml")


def answered(
    responses: ArrayLike, instrument: Instrument | None = None, **declared: Any
) -> AnsweredQuestionnaire:
    """Responses in the codes of the instrument, rows 2, 3, ... of mood.csv."""
    matrix = np.asarray(responses, dtype=np.int16)
    instrument = instrument or key(matrix.shape[1])
    entry = {"instrument": instrument.instrument, "rater": "patient", "occasion": "intake"}
    entry |= {"file": "mood", "columns": "mood_{item}"} | declared
    questionnaire = read_as(Questionnaire, entry, "cohort.yaml")
    columns = tuple(str(questionnaire.column_of(i)) for i in range(1, instrument.n_items + 1))
    index = pd.RangeIndex(2, 2 + len(matrix))
    dyads = pd.Series([f"d{row}" for row in index], index=index, name="id")
    return AnsweredQuestionnaire(questionnaire, instrument, "mood.csv", columns, dyads, matrix)
