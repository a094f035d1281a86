"""What is said about the cohort in its folder: what it meets, what nothing could meet, and why."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from attune.calibration.intervals import Interval
from attune.calibration.proofs import Contradiction
from attune.calibration.recomputation import value_of
from attune.calibration.targets import Targets, as_printed


def unmet_entries(
    contradictions: Sequence[Contradiction], statistics: pd.DataFrame
) -> list[dict[str, Any]]:
    """The proofs as plain values, with what the cohort gives instead.

    Parameters
    ----------
    contradictions : sequence of Contradiction
    statistics : pandas.DataFrame
        What `recomputed_statistics` returns.

    Returns
    -------
    list of dict
        For the file unmet.yaml, in the order of the targets.
    """
    return [
        {
            "id": proof.target.id,
            "printed": proof.target.printed,
            "places": list(proof.target.places),
            "statistic": proof.target.statistic,
            "field": proof.target.field,
            "given": _given(proof, statistics),
            "reason": proof.reason,
            "formula": proof.formula,
            "assumptions": list(proof.assumptions),
            "inputs": [
                {"name": each.name, "printed": each.printed} | _ends(each.interval)
                for each in proof.inputs
            ],
            "possible": _ends(proof.possible),
            "needed": _ends(proof.needed),
        }
        for proof in contradictions
    ]


def readme(targets: Targets, unmet: Sequence[dict[str, Any]], files: dict[str, str]) -> str:
    """The README of the cohort's folder.

    Parameters
    ----------
    targets : Targets
    unmet : sequence of dict
        What `unmet_entries` returns.
    files : dict of str to str
        File name to what it holds.
    """
    lines = [
        "# Synthetic twin of Ryan, Safran, Doran & Muran (2012)",
        "",
        "**These data are synthetic. No person answered any of these questionnaires.** The responses were",
        "made so that the pipeline gives the numbers that the paper prints; they say nothing about therapists,",
        "patients or treatments, and are evidence of nothing. No raw data of the study are public.",
        "",
        "`make calibrate` makes every file of this folder but cohort.yaml and targets.yaml, the same bytes each",
        f"time. targets.yaml holds the {len(targets.targets)} printed values with their places;"
        f" {len(targets.targets) - len(unmet)} of them are met to",
        "the last printed digit. The others contradict printed values that they follow from: whatever the data",
        "were, no value behind the digits of the one goes with the digits of the others. unmet.yaml holds each",
        "proof, by interval arithmetic over the rounding. The parts are kept and what follows from them is given up.",
        "",
        "| printed | where | cannot be met, because | here |",
        "|---|---|---|---|",
        *(
            f"| {entry['printed']} ({entry['id'].replace('_', ' ')}) | {'; '.join(entry['places'])}"
            f" | {entry['reason']} It lies between {entry['possible']['low']} and"
            f" {entry['possible']['high']}. | {entry['given']} |"
            for entry in unmet
        ),
        "",
        "## Files",
        "",
        "| file | what |",
        "|---|---|",
        *(f"| {name} | {what} |" for name, what in files.items()),
        "",
        "Responses are stored as a person would tick them: reversed items are not reversed. An empty cell is no",
        "answer. One therapist left the KIMS blank and is in the dyad without alliance questionnaires; another",
        "dyad returned nothing at termination; some single items are left out, less than 5 % of each questionnaire.",
        "",
        "## How the digits are read",
        "",
        *(f"* {line}" for line in targets.conventions),
        "",
        "## Words of the paper that its own numbers contradict",
        "",
        *(f"* {line}" for line in targets.remarks),
        "",
        "Licence: CC0-1.0.",
    ]
    return "\n".join(lines) + "\n"


def _given(proof: Contradiction, statistics: pd.DataFrame) -> str:
    value = value_of(proof.target, statistics)
    return f"{value:.3f}" if proof.target.bounded else as_printed(value, proof.target.printed)


def _ends(interval: Interval) -> dict[str, float]:
    return {"low": round(float(interval.low), 6), "high": round(float(interval.high), 6)}
