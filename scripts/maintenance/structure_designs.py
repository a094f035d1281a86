"""What the simulation of docs/structural_models.md draws, and what it computes from it.

A training of therapists raises their mindfulness skills, these the empathy that their patients
perceive, this the bond and this lowers the symptoms: changes from before to after, by known paths.
"""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.sem_effects import bootstrap_intervals, monte_carlo_intervals
from attune.stats.sem_fit import SemFit, fit_sem, with_standard_errors
from attune.stats.sem_tests import fit_indices

LEVEL = 0.05

MODEL = """
level: within
  bond ~ wc*empathy
  symptoms ~ wd*bond
level: between
  skills ~ a*training
  empathy ~ b*skills
  bond ~ c*empathy
  symptoms ~ d*bond
indirect := a*b*c*d
"""

PATHS = {"a": 5.5, "b": 0.6, "c": 0.17, "d": -0.6, "wc": 0.17, "wd": -0.45}
"""About those of the synthetic trial: points of the FFMQ-SF, EUS, bond of the WAI-SR and BSI-18."""

WITHIN = {"empathy": 41.0, "bond": 3.0, "symptoms": 7.5}
BETWEEN = {"skills": 38.0, "empathy": 12.0, "bond": 0.4, "symptoms": 0.8}
"""Variances of what paths leave, of patients and of therapists. About two fifths of the
variance of empathy, a fifth of the bond's and an eighth of the symptoms' lie between."""

LARGEST_CASELOAD = 4

DROPOUT = 0.12
"""Share of patients without any score after the training, at random."""

RESAMPLES = 200
"""Of the cluster bootstrap; more make its limits less random, and the simulation longer."""

Outcomes = dict[str, list[float]]
"""Values of every replication by name, such as `covers robust | a`; NaN where undefined."""


@dataclass(frozen=True)
class Cell:
    """One condition of the simulation.

    Attributes
    ----------
    n_therapists, n_patients : int
    truth : str
        chain: all paths; no last link: d and its path within are 0, so that there is no indirect
        effect; no training: a is 0.
    dropout : bool
    bootstrap : bool
        Whether the cluster bootstrap is computed, too.
    share : float
        Of the replications.
    """

    n_therapists: int
    n_patients: int
    truth: str
    dropout: bool = False
    bootstrap: bool = False
    share: float = 1.0

    @property
    def name(self) -> str:
        """Of its files and random numbers."""
        words = [f"{self.n_therapists}_{self.n_patients}", self.truth.replace(" ", "_")]
        words += ["dropout"] * self.dropout + ["bootstrap"] * self.bootstrap
        return "_".join(words)

    @property
    def paths(self) -> dict[str, float]:
        """True values by label, and of the indirect effect."""
        found = dict(PATHS)
        if self.truth == "no last link":
            found |= {"d": 0.0, "wd": 0.0}
        if self.truth == "no training":
            found |= {"a": 0.0}
        return found | {"indirect": found["a"] * found["b"] * found["c"] * found["d"]}


def draw(cell: Cell, generator: np.random.Generator) -> pd.DataFrame:
    """One data set: therapist, training (0 or 1) and the changes of four scores."""
    n = cell.n_therapists
    sizes = caseloads(n, cell.n_patients, generator)
    therapist = np.repeat(np.arange(n), sizes)
    true = cell.paths

    def noise(variance: float, size: int) -> NDArray[np.float64]:
        return generator.normal(scale=np.sqrt(variance), size=size)

    training = np.zeros(n)
    training[generator.permutation(n)[: round(n * 33 / 63)]] = 1.0
    skills = true["a"] * training + noise(BETWEEN["skills"], n)
    empathy = true["b"] * skills + noise(BETWEEN["empathy"], n)
    bond = true["c"] * empathy + noise(BETWEEN["bond"], n)
    symptoms = true["d"] * bond + noise(BETWEEN["symptoms"], n)
    m = len(therapist)
    own_empathy = noise(WITHIN["empathy"], m)
    own_bond = true["wc"] * own_empathy + noise(WITHIN["bond"], m)
    own_symptoms = true["wd"] * own_bond + noise(WITHIN["symptoms"], m)
    frame = pd.DataFrame(
        {
            "therapist": therapist,
            "training": training[therapist],
            "skills": skills[therapist],
            "empathy": empathy[therapist] + own_empathy,
            "bond": bond[therapist] + own_bond,
            "symptoms": symptoms[therapist] + own_symptoms,
        }
    )
    if cell.dropout:
        lost = generator.random(m) < DROPOUT
        frame.loc[lost, ["empathy", "bond", "symptoms"]] = np.nan
    return frame


def caseloads(
    n_therapists: int, n_patients: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """Patients of each therapist: one at least, `LARGEST_CASELOAD` at most where they suffice.

    Examples
    --------
    >>> found = caseloads(63, 121, np.random.default_rng(1))
    >>> int(found.sum()), int(found.min()), int(found.max()) <= 4
    (121, 1, True)
    """
    most = max(LARGEST_CASELOAD, -(-n_patients // n_therapists))
    sizes = np.ones(n_therapists, dtype=np.intp)
    while sizes.sum() < n_patients:
        place = int(generator.integers(n_therapists))
        if sizes[place] < most:
            sizes[place] += 1
    return sizes


def replicate(cell: Cell, generator: np.random.Generator, replications: int) -> Outcomes:
    """Outcomes of some replications of a condition."""
    found: Outcomes = {}
    for _ in range(replications):
        frame = draw(cell, generator)
        for name, value in _outcomes(cell, frame, generator).items():
            found.setdefault(name, []).append(value)
    return found


def _names(cell: Cell) -> list[str]:
    methods = ["delta", "monte carlo", *(["bootstrap"] if cell.bootstrap else [])]
    names = [f"{what} {kind} | {one}" for one in PATHS for kind in ("observed", "robust")
             for what in ("covers", "rejects")]  # fmt: skip
    names += [f"{what} {kind} | indirect" for kind in methods for what in ("covers", "rejects")]
    names += [f"estimate | {one}" for one in (*PATHS, "indirect")]
    return [*names, "se | indirect", "heywood", "rejects chi2", "resamples"]


def _outcomes(cell: Cell, frame: pd.DataFrame, generator: np.random.Generator) -> dict[str, float]:
    found = dict.fromkeys(_names(cell), np.nan) | {"converged": 0.0}
    try:
        plain = fit_sem(frame, MODEL, cluster="therapist")
    except AnalysisError:
        return found
    found["converged"] = float(plain.converged and plain.identified)
    if not found["converged"]:
        return found
    found["heywood"] = float(any("Heywood" in message for message in plain.messages))
    with suppress(AnalysisError):
        found["rejects chi2"] = float(fit_indices(plain).p < LEVEL)
    for kind, fit in (("observed", plain), ("robust", with_standard_errors(plain, "robust"))):
        for name in PATHS:
            _judge(found, fit, name, kind, cell.paths[name])
    found["estimate | indirect"] = float(plain.estimate("indirect")["estimate"])
    found["se | indirect"] = float(plain.estimate("indirect")["se"])
    _judge(found, plain, "indirect", "delta", cell.paths["indirect"])
    intervals = {"monte carlo": monte_carlo_intervals(plain, generator, draws=4000)}
    if cell.bootstrap:
        with suppress(AnalysisError):
            intervals["bootstrap"] = bootstrap_intervals(plain, generator, replicates=RESAMPLES)
            found["resamples"] = float(intervals["bootstrap"]["n_replicates"].iloc[0]) / RESAMPLES
    for kind, table in intervals.items():
        low, high = (float(table[end].iloc[0]) for end in ("ci_low", "ci_high"))
        found[f"covers {kind} | indirect"] = float(low <= cell.paths["indirect"] <= high)
        found[f"rejects {kind} | indirect"] = float(low > 0 or high < 0)
    return found


def _judge(found: dict[str, float], fit: SemFit, name: str, kind: str, true: float) -> None:
    """Whether the interval of a parameter holds the true value, and whether its z rejects 0."""
    row = fit.estimate(name)
    if not np.isfinite(row["se"]):
        return
    found[f"estimate | {name}"] = float(row["estimate"])
    found[f"covers {kind} | {name}"] = float(row["ci_low"] <= true <= row["ci_high"])
    found[f"rejects {kind} | {name}"] = float(row["p"] < LEVEL)
