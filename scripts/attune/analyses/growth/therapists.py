"""Effects of single therapists in a growth model, under codes that name nobody."""

import hashlib
from collections.abc import Iterator, Mapping

import pandas as pd

from attune.analyses.growth.design import column
from attune.analyses.growth.models import FittedGrowth
from attune.store.statistic_rows import Row

FEWEST_DIGITS = 4
"""Digits of a code; more where two therapists would have the same."""


def therapist_rows(fitted: FittedGrowth, hashed_ids: bool, fewest: int) -> Iterator[Row]:
    """The shrunken intercept of every therapist, in ascending order.

    Parameters
    ----------
    fitted : FittedGrowth
    hashed_ids : bool
        Whether therapists' ids are keyed hashes (`hashed_ids` of the cohort).
    fewest : int
        Patients that a therapist needs to have a code; the others have their rank alone.
    """
    from scipy.special import ndtri

    groups = [one.groups for one in fitted.fit.random_covariances]
    if ("therapist",) not in groups:
        return
    effects = fitted.fit.random_effects(groups.index(("therapist",)))
    codes = therapist_codes(fitted.design.frame, hashed_ids, fewest)
    reach = float(ndtri(0.5 + fitted.interval / 2))
    for outcome in fitted.design.outcomes:
        name = column(outcome, "intercept")
        ordered = effects[["therapist", name, f"se_{name}"]].sort_values(name, kind="stable")
        for rank, (therapist, effect, se) in enumerate(ordered.itertuples(index=False), start=1):
            yield fitted.row(
                (outcome, f"therapist_{rank:02d}"),
                "therapist_effect",
                float(effect),
                se=float(se),
                ci_low=float(effect - reach * se),
                ci_high=float(effect + reach * se),
                ci_level=fitted.interval,
                x=outcome,
                outcome=outcome,
                level=f"therapist {codes.get(str(therapist), rank)}",
                n=None,
            )


def therapist_codes(frame: pd.DataFrame, hashed_ids: bool, fewest: int) -> Mapping[str, str]:
    """Codes of the therapists with enough patients, by their id.

    Hashed ids are cut to their first digits. Otherwise a code is the hash of the therapist's scores
    and not of the id: ids are so few and short that whoever tries them all would find the one with
    a given hash.

    Parameters
    ----------
    frame : pandas.DataFrame
        `GrowthDesign.frame`.
    hashed_ids : bool
    fewest : int
        Patients.

    Examples
    --------
    >>> frame = pd.DataFrame({"therapist": ["a", "a", "b"], "dyad": ["1", "2", "3"],
    ...     "outcome": "wai", "occasion": "end", "score": [50.0, 60.0, 70.0]})
    >>> therapist_codes(frame, False, 2)
    {'a': '#edc6'}
    """
    found = {}
    for therapist, own in frame.groupby("therapist"):
        ratings = own["outcome"].astype(str) + own["occasion"].astype(str)
        scores = "\n".join(sorted(ratings + own["score"].map("{:.6f}".format)))
        found[str(therapist)] = (
            str(therapist) if hashed_ids else hashlib.sha256(scores.encode()).hexdigest()
        )
    digits = FEWEST_DIGITS
    while len({code[:digits] for code in found.values()}) < len({*found.values()}):
        digits += 1
    patients = frame.groupby("therapist")["dyad"].nunique()
    return {
        therapist: f"#{code[:digits]}"
        for therapist, code in found.items()
        if patients[therapist] >= fewest
    }
