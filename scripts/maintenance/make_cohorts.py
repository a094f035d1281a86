"""Make a folder of synthetic cohorts whose correlation is known and differs between them.

Run by `make simulate-cohorts`; `attune batch` analyses them. Every cohort has the questionnaires of
data/ryan2012_synthetic and the study ryan2012. In cohort i, therapists' mindfulness (KIMS total)
correlates tanh(zeta_i) with the residual gain in symptoms (SCL-90-R) in the population, where

    zeta_i = atanh(rho) + tau * e_i, with e_i of mean 0 and standard deviation 1.

Scores are whole numbers that the responses add up to, so that nothing is lost to measurement error:
rho and tau are those of the scores that are correlated. Patients leave before the end at random.
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort, Questionnaire
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.growth_data import whole_scores
from attune.synthetic.items import left_out, responses_with_sums, ticked_cells
from attune_files.yaml_file import read_instruments, read_yaml

ROOT = Path(__file__).resolve().parents[2]
PATTERN = ROOT / "data/ryan2012_synthetic/cohort.yaml"

STATISTIC = "outcome_observed.kims_total.scl_gain.pearson_r"
"""Id of the correlation whose truth is known."""

CONSISTENCY = {"kims": 0.97, "scl_90_r": 0.99, "iip_32": 0.97, "wai_s": 0.95}
"""Cronbach's alpha of all items that is aimed at; rounding the answers leaves .92 to .97."""

SEVERITIES = {"item_against_scale": "note", "numbering_shifted": "note"}
"""The key of these answers is known to be right. In 30 dyads and nine questionnaires the scoring
audit takes one or two cohorts in a hundred for miskeyed (docs/scoring_audit.md)."""

LEAVES = 0.05
"""Share of patients without termination questionnaires."""

ITEM_LEFT_OUT = 0.01
"""Share of items left out of the alliance and interpersonal problems, which have no known truth."""

NOTICE = (
    "Synthetic data: no real person answered these questionnaires. They were drawn by"
    " `make simulate-cohorts` with a known correlation and are evidence of nothing."
)


@dataclass(frozen=True)
class Truth:
    """The population that all cohorts come from.

    Attributes
    ----------
    rho : float
        Mean correlation: the inverse Fisher transform of the mean of Fisher's z.
    tau : float
        Standard deviation of Fisher's z between cohorts.
    seed : int
    dyads : int
        Of each cohort.
    """

    rho: float = -0.3
    tau: float = 0.15
    seed: int = 2012
    dyads: int = 30

    def fisher_z(self, number: int) -> float:
        """The population value of one cohort."""
        own = Draws(self.seed, 10 * number).bell((1,))
        return math.atanh(self.rho) + self.tau * float(own[0])


def main(words: Sequence[str] | None = None) -> None:
    """Write the cohorts, their true correlations and a README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="new, or empty")
    parser.add_argument("--cohorts", type=int, default=1000)
    parser.add_argument("--dyads", type=int, default=Truth.dyads)
    parser.add_argument("--rho", type=float, default=Truth.rho)
    parser.add_argument("--tau", type=float, default=Truth.tau)
    parser.add_argument("--seed", type=int, default=Truth.seed)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args(words)
    truth = Truth(given.rho, given.tau, given.seed, given.dyads)
    make_cohorts(given.folder, given.cohorts, truth, given.workers)
    print(f"{given.folder}: {given.cohorts:,} synthetic cohorts of {given.dyads} dyads.")


def make_cohorts(folder: Path, n: int, truth: Truth, workers: int = 2) -> None:
    """Write `n` cohorts to a folder.

    Raises
    ------
    ConfigurationError
        The folder is not empty.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty. Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    digits = max(4, len(str(n)))
    names = {number: f"synthetic_{number:0{digits}d}" for number in range(1, n + 1)}
    with ProcessPoolExecutor(workers) as pool:
        write = partial(write_cohort, folder, truth)
        list(pool.map(write, names, names.values(), chunksize=max(1, n // (8 * workers))))
    values = [truth.fisher_z(number) for number in names]
    known = {"cohort": [*names.values()], "fisher_z": values, "r": np.tanh(values)}
    pd.DataFrame(known).to_csv(folder / "truth.csv", index=False, lineterminator="\n")
    (folder / "README.md").write_text(_readme(n, truth), encoding="utf-8")


def write_cohort(folder: Path, truth: Truth, number: int, name: str) -> None:
    """Write one cohort: its cohort file and its raw files."""
    content = cohort_content(name, number)
    cohort = read_as(Cohort, content, f"{name}/cohort.yaml")
    own = folder / name
    own.mkdir()
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    (own / "cohort.yaml").write_text(text, encoding="utf-8")
    for file, frame in raw_files(cohort, _keys(), truth, number).items():
        frame.to_csv(own / cohort.files[file].path, index=False, lineterminator="\n")


def cohort_content(name: str, number: int) -> dict[str, Any]:
    """What the cohort file holds: that of the pattern, under another name."""
    pattern = {
        key: value
        for key, value in _pattern().items()
        if key not in ("publication", "smallest_cell")
    }
    return pattern | {
        "cohort": name,
        "title": f"Synthetic cohort {number}",
        "synthetic_notice": NOTICE,
        "source": "synthetic data, generated with the command `make simulate-cohorts`",
        "severities": SEVERITIES,
    }


def raw_files(
    cohort: Cohort, instruments: Mapping[str, Instrument], truth: Truth, number: int
) -> dict[str, pd.DataFrame]:
    """Every raw file of one cohort.

    Parameters
    ----------
    cohort : Cohort
    instruments : mapping of str to Instrument
    truth : Truth
    number : int
        Of the cohort, which chooses its draws.

    Returns
    -------
    dict of str to pandas.DataFrame of str
        By the id of the file in the cohort file; cells as they are written, "" for no answer.
    """
    n = truth.dyads
    draws = Draws(truth.seed, 10 * number + 1)
    latent = latent_scores(n, math.tanh(truth.fisher_z(number)), draws)
    stays = draws.uniform((n,)) >= LEAVES
    dyads = np.array([f"D{dyad:02d}" for dyad in range(1, n + 1)])
    sheets: dict[str, dict[str, np.ndarray]] = {
        name: {"dyad_id": dyads} for name in cohort.files if name != cohort.sample.file
    }
    for entry in cohort.questionnaires:
        key = instruments[entry.instrument]
        keyed, given = _answers(entry, key, latent, draws)
        if entry.occasion == "termination":
            given = given & stays[:, None]
        sheets[entry.file] |= ticked_cells(entry, key, keyed, given)
    files = {name: pd.DataFrame(columns) for name, columns in sheets.items()}
    return {cohort.sample.file: _sample_sheet(cohort, dyads, draws), **files}


def latent_scores(n: int, correlation: float, draws: Draws) -> dict[str, Reals]:
    """Standardised variables of each dyad, by what they stand for.

    The residual of symptoms is independent of symptoms at intake, so that its correlation with
    mindfulness is that of the residual gain.
    """
    residual, intake, own = (draws.bell((n,)) for _ in range(3))
    mindful = correlation * residual + math.sqrt(1 - correlation**2) * own
    return {
        "mindfulness": mindful,
        "intake": intake,
        "residual": residual,
        "problems": 0.6 * intake + 0.8 * draws.bell((n,)),
        "problems_residual": 0.6 * residual + 0.8 * draws.bell((n,)),
        "alliance_therapist": 0.3 * mindful + 0.95 * draws.bell((n,)),
        "alliance_patient": -0.3 * residual + 0.95 * draws.bell((n,)),
        "self_affiliation": 0.4 * mindful + 0.92 * draws.bell((n,)),
    }


def _sum_scores(entry: Questionnaire, latent: Mapping[str, Reals]) -> Reals:
    """Sum of all items of a questionnaire, of each dyad.

    Means lie three standard deviations and more from the ends of the scales, so that no score with
    a known truth is cut off.
    """
    pre = entry.occasion == "intake"
    if entry.instrument == "kims":
        return 125 + 14 * latent["mindfulness"]
    if entry.instrument == "scl_90_r":
        return (
            130 + 30 * latent["intake"]
            if pre
            else 110 + 18 * latent["intake"] + _CHANGE * (latent["residual"])
        )
    if entry.instrument == "iip_32":
        after = 44 + 7 * latent["problems"] + 9 * latent["problems_residual"]
        return 50 + 12 * latent["problems"] if pre else after
    return 60 + 7 * latent[f"alliance_{entry.rater}"]


_CHANGE = 20
"""Standard deviation of the residual of the sum of the SCL-90-R at termination."""


def _answers(
    entry: Questionnaire, key: Instrument, latent: Mapping[str, Reals], draws: Draws
) -> tuple[Integers, np.ndarray]:
    """Keyed answers, and which of them were given, both of shape (n, n_items)."""
    low, high = key.response.minimum, key.response.maximum
    n = len(latent["mindfulness"])
    if entry.instrument == "intrex":
        return _introject(entry, key, latent, draws), np.ones((n, key.n_items), dtype=bool)
    sums = whole_scores(_sum_scores(entry, latent), low * key.n_items, high * key.n_items)
    every = np.ones((n, key.n_items), dtype=bool)
    keyed = responses_with_sums(sums, every, low, high, CONSISTENCY[key.instrument], draws)
    if entry.instrument not in ("wai_s", "iip_32"):
        return keyed, every
    blanks = (draws.uniform((n,)) < ITEM_LEFT_OUT * key.n_items).astype(np.int64)
    return keyed, left_out(blanks, key.n_items, draws)


def _introject(
    entry: Questionnaire, key: Instrument, latent: Mapping[str, Reals], draws: Draws
) -> Integers:
    """Ratings of the clusters from 0 to 100: friendly ones rise with self-affiliation."""
    weights = key.scales["affiliation"].weights
    direction = np.sign([weights.get(item, 0) for item in range(1, key.n_items + 1)])
    worst = 12 if entry.state == "worst" else 0
    centre = 50 + (15 - worst) * direction
    own = 12 * np.outer(latent["self_affiliation"], direction)
    drawn = centre + own + 12 * draws.bell(own.shape)
    return 10 * whole_scores(drawn / 10, 0, 10)


def _sample_sheet(cohort: Cohort, dyads: np.ndarray, draws: Draws) -> pd.DataFrame:
    """One row per dyad: everybody with a therapist of their own, levels drawn evenly."""
    n = len(dyads)
    years = np.round(np.abs(4 + 4 * draws.bell((n,))), 1)
    age = whole_scores(41 + 11 * draws.bell((n,)), 18, 80)
    numbers = {"therapist_experience": years.astype(str), "patient_age": age.astype(str)}
    columns: dict[str, np.ndarray] = {
        "dyad_id": dyads,
        "therapist_id": np.char.replace(dyads, "D", "T"),
        "patient_id": np.char.replace(dyads, "D", "P"),
    }
    for name, variable in cohort.sample.variables.items():
        levels = [*variable.levels]
        columns[variable.column] = (
            np.array(levels)[draws.integers(len(levels), (n,))] if levels else numbers[name]
        )
    return pd.DataFrame(columns)


@cache
def _pattern() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(PATTERN)
    return content


@cache
def _keys() -> dict[str, Instrument]:
    used = sorted({entry["instrument"] for entry in _pattern()["questionnaires"]})
    return read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in used])


def _readme(n: int, truth: Truth) -> str:
    return f"""# Synthetic cohorts

{NOTICE}

{n:,} cohorts of {truth.dyads} dyads, seed {truth.seed}. Therapists' mindfulness and the residual
gain in symptoms (`{STATISTIC}`) correlate {truth.rho:g} on average in the population; Fisher's z
differs between cohorts with a standard deviation of {truth.tau:g}. `truth.csv` holds the value of
each cohort. Analyse them with

    attune batch FOLDER --pool {STATISTIC}
"""


if __name__ == "__main__":
    main()
