"""Simulated raw files of whole studies: sound, and different in each seed.

They are what the checks of raw files are measured on: several waves with dropout, related
questionnaires of patients and therapists, one file per wave or one row per visit, rows in one order
or in an order of each file's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.scoring.scores import reverse_key
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey

RowOrder = Literal["sorted", "common", "own"]
"""Rows of all files sorted by id, in one order that is not sorted, or in an order of each file."""

LOADING = (0.5, 0.85)
"""Lowest and highest loading of an item on its scale."""

SPECIFIC = 0.4
"""Retest correlation of what is particular to an item."""

BETWEEN = {"ces_d": 1.0, "phq_9": 0.8, "wai_s": -0.4}
"""How far the patient's distress moves the factor of each instrument."""

DATES = pd.Timestamp("2024-01-08")


@dataclass(frozen=True)
class Design:
    """What a study looks like.

    Attributes
    ----------
    n : int
        Dyads.
    long : bool
        One file of all the waves, with a row per visit, in place of one file per wave.
    order : {"sorted", "common", "own"}
    retest : float
        Correlation of a factor between neighbouring waves.
    change : float
        Decrease of distress from wave to wave, in standard deviations.
    dropout : float
        Share of people lost from wave to wave.
    left_out : float
        Share of single answers left out.
    dated : bool
        Whether the files of waves have a column with the date.
    well : float
        How many standard deviations the distress lies below its usual mean, and the alliance above:
        answers at the end of the codes.
    loading : (float, float)
        Lowest and highest loading of an item on its scale.
    mild_to_severe : bool
        Whether the items of each instrument run from those that most people affirm to the rarest.
    """

    n: int
    long: bool
    order: RowOrder
    retest: float
    change: float
    dropout: float
    left_out: float
    dated: bool
    well: float = 0.0
    loading: tuple[float, float] = LOADING
    mild_to_severe: bool = False


@dataclass(frozen=True)
class SimulatedStudy:
    """The raw files of a study, with what its cohort file declares."""

    design: Design
    cohort: Cohort
    sheets: Mapping[str, pd.DataFrame]
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey]

    def with_sheets(self, **sheets: pd.DataFrame) -> "SimulatedStudy":
        """The same study with other sheets, whose rows are numbered again."""
        numbered = {
            name: sheet.set_axis(range(2, 2 + len(sheet)), axis=0) for name, sheet in sheets.items()
        }
        return replace(self, sheets={**self.sheets, **numbered})


WAVES = ("intake", "middle", "termination")
THERAPIST_COLUMN = "therapist"


def random_design(rng: np.random.Generator, n: int) -> Design:
    """A design of n dyads: usual retest correlations (.4 to .8), change, dropout and layout."""
    return Design(
        n=n,
        long=bool(rng.random() < 0.3),
        order=("sorted", "common", "own")[rng.integers(3)],
        retest=float(rng.uniform(0.4, 0.8)),
        change=float(rng.uniform(0.0, 0.8)),
        dropout=float(rng.choice([0.0, 0.05, 0.15])),
        left_out=float(rng.choice([0.0, 0.01])),
        dated=bool(rng.random() < 0.5),
    )


def simulated_study(
    design: Design, instruments: Mapping[str, Instrument], rng: np.random.Generator
) -> SimulatedStudy:
    """The raw files of a sound study.

    Patients answer ces_d and phq_9 at three waves, patients and therapists wai_s at the last two,
    therapists kims once.

    Parameters
    ----------
    design : Design
    instruments : mapping of id to Instrument
        With the scoring keys of ces_d, phq_9, wai_s and kims.
    rng : numpy.random.Generator
    """
    ids = np.array([f"D{number:04d}" for number in range(1, design.n + 1)], dtype=object)
    common = rng.permutation(design.n) if design.order == "common" else np.arange(design.n)
    ids = ids[np.argsort(common)] if design.order == "common" else ids
    present = _present(design, rng)
    blocks = _answers(design, instruments, rng)
    waves = {}
    first_days = rng.integers(0, 400, design.n)
    for wave, name in enumerate(WAVES):
        rows = np.flatnonzero(present[wave])
        columns = {"id": ids, "visit": np.full(design.n, str(wave + 1), dtype=object)}
        if design.dated:
            days = first_days + 90 * wave + rng.integers(0, 14, design.n)
            columns["date"] = np.array(
                [str((DATES + pd.Timedelta(days=int(day))).date()) for day in days], dtype=object
            )
        frame = pd.DataFrame(columns).join(blocks[wave])
        waves[name] = frame.iloc[rows]
    therapists = pd.DataFrame({"id": ids}).join(blocks[-1])
    sample = _sample(ids, rng)
    sheets = {"sample": sample, "therapists": therapists}
    if design.long:
        whole = pd.concat(list(waves.values())).sort_index(kind="stable")
        sheets["visits"] = whole
    else:
        sheets |= {
            name: frame.drop(columns="visit") if design.dated else frame
            for name, frame in waves.items()
        }
    if design.order == "own":
        sheets = {name: _shuffled(sheet, rng) for name, sheet in sheets.items()}
    numbered = {
        name: sheet.set_axis(range(2, 2 + len(sheet)), axis=0) for name, sheet in sheets.items()
    }
    cohort = _cohort(design, numbered)
    pretest = {
        (name, "patient", later, ""): (name, "patient", "intake", "")
        for name in ("ces_d", "phq_9")
        for later in ("termination",)
    }
    return SimulatedStudy(design, cohort, numbered, pretest)


def _present(design: Design, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Who takes part in each wave: dropout is monotone, but for one in forty who misses one."""
    stays = rng.random((len(WAVES), design.n)) >= design.dropout
    stays[0] = True
    present = np.logical_and.accumulate(stays, axis=0)
    missed = rng.random(design.n) < (0.025 if design.dropout else 0.0)
    present[1] &= ~missed
    return present


def _answers(
    design: Design, instruments: Mapping[str, Instrument], rng: np.random.Generator
) -> list[pd.DataFrame]:
    """Per wave the columns of all questionnaires; last those of the therapists' own."""
    n = design.n
    distress = _over_waves(rng, n, design.retest)
    frames = []
    makers = {
        prefix: _Maker(instruments[name], prefix, rng, design)
        for name, prefix in (
            ("ces_d", "cesd"),
            ("phq_9", "phq"),
            ("wai_s", "wai_p"),
            ("wai_s", "wai_t"),
            ("kims", "kims"),
        )
    }
    bonds = _over_waves(rng, n, design.retest)
    own = {prefix: _over_waves(rng, n, design.retest) for prefix in ("wai_p", "wai_t")}
    for wave, _ in enumerate(WAVES):
        level = design.change * wave + design.well
        columns = []
        for name, prefix in (("ces_d", "cesd"), ("phq_9", "phq")):
            columns.append(makers[prefix].frame(BETWEEN[name] * distress[wave] - level))
        if wave > 0:
            for prefix in ("wai_p", "wai_t"):
                bond = BETWEEN["wai_s"] * distress[wave] + 0.6 * bonds[wave]
                columns.append(
                    makers[prefix].frame(0.3 + design.well + bond + 0.7 * own[prefix][wave])
                )
        frames.append(pd.concat(columns, axis=1))
    frames.append(makers["kims"].frame(rng.standard_normal(n)))
    return frames


def _over_waves(rng: np.random.Generator, n: int, retest: float) -> NDArray[np.float64]:
    """A factor on all waves, as a first-order autoregression, shape (waves, n)."""
    values = [rng.standard_normal(n)]
    for _ in WAVES[1:]:
        values.append(retest * values[-1] + np.sqrt(1 - retest**2) * rng.standard_normal(n))
    return np.stack(values)


class _Maker:
    """Answers of one rater to one instrument, with the same items at each wave."""

    def __init__(
        self, instrument: Instrument, prefix: str, rng: np.random.Generator, design: Design
    ) -> None:
        self.instrument, self.prefix, self.rng, self.design = instrument, prefix, rng, design
        k = instrument.n_items
        self.loading = rng.uniform(*design.loading, k)
        self.easy = rng.uniform(-0.8, 0.8, k)
        if design.mild_to_severe:
            self.easy = np.sort(self.easy)
        self.specific = rng.standard_normal((design.n, k))
        self.factors = rng.standard_normal((design.n, k))
        self.scale = _scale_numbers(instrument)

    def frame(self, level: NDArray[np.float64]) -> pd.DataFrame:
        """Columns of text; "" for an answer left out."""
        rng, key = self.rng, self.instrument
        noise = np.sqrt(SPECIFIC) * self.specific + np.sqrt(1 - SPECIFIC) * rng.standard_normal(
            self.specific.shape
        )
        own = self.factors[:, self.scale]
        factor = 0.85 * level[:, None] + np.sqrt(1 - 0.85**2) * own
        latent = self.loading * factor + np.sqrt(1 - self.loading**2) * noise
        codes = key.response
        edges = np.linspace(-1.5, 1.5, codes.maximum - codes.minimum)
        keyed = codes.minimum + (latent[:, :, None] > edges + self.easy[:, None]).sum(axis=-1)
        reverse_scored = np.isin(np.arange(1, key.n_items + 1), key.reverse)
        turned = reverse_key(keyed, codes.minimum, codes.maximum)
        given = np.where(reverse_scored, turned, keyed)
        text = given.astype(str).astype(object)
        text[rng.random(text.shape) < self.design.left_out] = ""
        return pd.DataFrame(text, columns=[f"{self.prefix}_{i}" for i in range(1, key.n_items + 1)])


def _scale_numbers(instrument: Instrument) -> NDArray[np.int64]:
    """Number of the shortest scale of each item."""
    scales = sorted(instrument.scales, key=lambda name: -len(instrument.items_of(name)))
    number = np.zeros(instrument.n_items, dtype=np.int64)
    for place, name in enumerate(scales):
        number[np.array(instrument.items_of(name), dtype=int) - 1] = place
    return number


def _sample(ids: NDArray[np.object_], rng: np.random.Generator) -> pd.DataFrame:
    n = len(ids)
    return pd.DataFrame(
        {
            "id": ids,
            THERAPIST_COLUMN: [f"T{number:04d}" for number in range(1, n + 1)],
            "patient": [f"P{number:04d}" for number in range(1, n + 1)],
            "age": [str(age) for age in rng.integers(20, 70, n)],
        }
    ).astype(object)


def _shuffled(sheet: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The rows in another order; those of one person stay together."""
    ids = sheet["id"].unique()
    place = dict(zip(rng.permutation(ids), range(len(ids)), strict=True))
    return sheet.iloc[np.argsort(sheet["id"].map(place).to_numpy(dtype=int), kind="stable")]


def _cohort(design: Design, sheets: Mapping[str, pd.DataFrame]) -> Cohort:
    questionnaires = [_entry("kims", "therapist", "baseline", "therapists", "kims", None)]
    for wave, occasion in enumerate(WAVES):
        file, rows = ("visits", str(wave + 1)) if design.long else (occasion, None)
        for name, rater, prefix in _given_at(wave):
            questionnaires.append(_entry(name, rater, occasion, file, prefix, rows))
    content = {
        "cohort": "simulated",
        "title": "A simulated study",
        "study": "simulated",
        "synthetic": True,
        "synthetic_notice": "Synthetic data: nobody answered these questionnaires.",
        "source": "attune.synthetic.simulated_study",
        "licence": "none",
        "missing_codes": [""],
        "files": {name: {"path": f"{name}.csv", "dyad": "id"} for name in sheets},
        "sample": {
            "file": "sample",
            "therapist": THERAPIST_COLUMN,
            "patient": "patient",
            "variables": {"age": {"column": "age", "label": "Age", "minimum": 18}},
        },
        "questionnaires": questionnaires,
    }
    return read_as(Cohort, content, "data/simulated/cohort.yaml")


def _given_at(wave: int) -> Sequence[tuple[str, str, str]]:
    patients = [("ces_d", "patient", "cesd"), ("phq_9", "patient", "phq")]
    alliance = [("wai_s", "patient", "wai_p"), ("wai_s", "therapist", "wai_t")]
    return patients + (alliance if wave else [])


def _entry(
    instrument: str, rater: str, occasion: str, file: str, prefix: str, visit: str | None
) -> dict[str, object]:
    entry = {"instrument": instrument, "rater": rater, "occasion": occasion, "file": file}
    rows = {"rows": {"visit": visit}} if visit else {}
    return {**entry, "columns": f"{prefix}_{{item}}", **rows}
