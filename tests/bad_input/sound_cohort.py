"""A hundred dyads without a mistake, answered by a factor model, for tests that spoil them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.scoring.scores import scale_scores
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune_files.yaml_file import read_instruments

ROOT = Path(__file__).parents[2]
KEYS = read_instruments(
    [ROOT / f"workflow/instruments/{name}.yaml" for name in ("ces_d", "kims", "wai_s")]
)
DYADS = [f"D{number:03d}" for number in range(1, 101)]
QUESTIONNAIRES = (
    ("kims", "therapist", "baseline", "therapists", "kims_{item}"),
    ("wai_s", "therapist", "session_3", "session_3", "wai_t_{item}"),
    ("wai_s", "patient", "session_3", "session_3", "wai_p_{item}"),
    ("ces_d", "patient", "intake", "intake", "cesd_{item}"),
    ("ces_d", "patient", "termination", "termination", "cesd_{item}"),
)
PRETESTS = {("ces_d", "patient", "termination", ""): ("ces_d", "patient", "intake", "")}


def sound_cohort(with_scores: bool) -> Cohort:
    """The cohort file; `with_scores` declares the scores that the files hold beside the items."""
    questionnaires = []
    for instrument, rater, occasion, file, columns in QUESTIONNAIRES:
        entry = {"instrument": instrument, "rater": rater, "occasion": occasion, "file": file}
        prefix = columns.removesuffix("{item}")
        scores = {scale: f"{prefix}{scale}" for scale in KEYS[instrument].scales}
        entry |= {"columns": columns} | ({"scores_in_file": scores} if with_scores else {})
        questionnaires.append(entry)
    files = ("sample", "therapists", "session_3", "intake", "termination")
    content = {
        "cohort": "sound",
        "title": "A hundred dyads",
        "study": "sound",
        "synthetic": False,
        "source": "a test",
        "licence": "none",
        "missing_codes": [""],
        "files": {name: {"path": f"{name}.csv", "dyad": "id"} for name in files},
        "sample": {
            "file": "sample",
            "therapist": "therapist",
            "patient": "patient",
            "variables": {"age": {"column": "age", "label": "Age", "minimum": 18, "maximum": 90}},
        },
        "questionnaires": questionnaires,
    }
    return read_as(Cohort, content, "data/sound/cohort.yaml")


def sound_sheets(with_scores: bool, seed: int = 7) -> dict[str, pd.DataFrame]:
    """The raw sheets, as text."""
    random = np.random.default_rng(seed)
    n = len(DYADS)
    sheets = {
        "sample": {
            "id": DYADS,
            "therapist": [f"T{number:03d}" for number in range(1, n + 1)],
            "patient": [f"P{number:03d}" for number in range(1, n + 1)],
            "age": [str(age) for age in random.integers(20, 70, n)],
        }
    }
    for instrument, _, _, file, columns in QUESTIONNAIRES:
        sheet = sheets.setdefault(file, {"id": DYADS})
        responses = answers(KEYS[instrument], n, random)
        for item, column in enumerate(responses.T, start=1):
            sheet[columns.format(item=item)] = [str(answer) for answer in column]
        if with_scores:
            scored = scale_scores(responses, KEYS[instrument])
            prefix = columns.removesuffix("{item}")
            for scale, scores in zip(scored.scales, scored.score, strict=True):
                sheet[f"{prefix}{scale}"] = ["" if np.isnan(s) else repr(float(s)) for s in scores]
    index = pd.RangeIndex(2, 2 + n)
    return {name: pd.DataFrame(columns, index=index) for name, columns in sheets.items()}


def answers(
    instrument: Instrument, n: int, random: np.random.Generator, loading: float = 0.7
) -> NDArray[np.int16]:
    """Answers as given: one factor per scale of items, which share a general factor."""
    general = random.standard_normal(n)
    factor_of = _scale_of_each_item(instrument)
    factors = {
        scale: 0.7 * general + np.sqrt(1 - 0.7**2) * random.standard_normal(n)
        for scale in dict.fromkeys(factor_of.values())
    }
    low, high = instrument.response.minimum, instrument.response.maximum
    columns = []
    for item in range(1, instrument.n_items + 1):
        noise = random.standard_normal(n)
        latent = loading * factors[factor_of[item]] + np.sqrt(1 - loading**2) * noise
        edges = np.linspace(-1.6, 1.6, high - low) + random.uniform(-0.3, 0.3)
        keyed = low + np.searchsorted(edges, latent)
        columns.append(low + high - keyed if item in instrument.reverse else keyed)
    return np.column_stack(columns).astype(np.int16)


def _scale_of_each_item(instrument: Instrument) -> Mapping[int, str]:
    """The shortest scale that an item belongs to."""
    scales = sorted(instrument.scales, key=lambda name: -len(instrument.items_of(name)))
    return {item: name for name in scales for item in instrument.items_of(name)}
