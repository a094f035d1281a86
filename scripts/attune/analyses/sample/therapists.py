"""How much therapists differ: shares of variance of every score, in studies that share therapists.

Nothing is declared for it: wherever a therapist has two patients, tests that take patients as
independent rest on these shares being small.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study
from attune.store.statistic_rows import Row, software, statistic_row

if TYPE_CHECKING:
    from attune.stats.group_share import GroupShare

FEW_PATIENTS = 5
"""Therapists with fewer patients say little about differences between therapists: Schiefele et al.
(2017, 10.1007/s10488-016-0736-3) found shares of variance to be biased below four or five each."""


NO_VARIANCE = 1e-6
"""Share of therapists up to which their variance is estimated as 0, and so is every deviation."""


@dataclass(frozen=True)
class TherapistScore:
    """A score whose variance between therapists is described.

    Attributes
    ----------
    name : str
        Outcome or measure of the study.
    measure : str
    pretest : str
        Measure that the share is given; "" for none.
    by_occasion : bool
        Whether the measure has one value per occasion, of which the last is taken.
    """

    name: str
    measure: str
    pretest: str = ""
    by_occasion: bool = False


def therapist_scores(study: Study) -> list[TherapistScore]:
    """Outcomes given their pretests, then all other measures that are not their pretests."""
    outcomes = study.outcomes.items()
    used = {name for _, one in outcomes for name in (one.pretest, one.posttest)}
    by_occasion = study.measures_by_occasion()
    return [
        *(TherapistScore(name, one.posttest, one.pretest) for name, one in outcomes),
        *(
            TherapistScore(name, name, by_occasion=name in by_occasion)
            for name in study.measures
            if name not in used
        ),
    ]


def therapist_rows(
    sample: pd.DataFrame,
    measures: pd.DataFrame,
    study: Study,
    cohort: Cohort,
    *,
    interval: float = 0.95,
    seed: int = 2012,
) -> list[Row]:
    """Numbers of therapists by caseload, and the share of therapists in every score.

    Parameters
    ----------
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    measures : pandas.DataFrame
        Contract `MEASURES`, imputation 0, with all occasions.
    study : Study
    cohort : Cohort
    interval : float
        Coverage.
    seed : int
        Start of the random numbers of the intervals.

    Returns
    -------
    list of rows of the contract `STATISTICS`
        `therapists.several.n` (therapists with two patients or more) and `therapists.few.n` (with
        fewer than five), where therapists are recorded. Where one has two patients, for each score
        `therapists.<score>.therapists_in_model|variance_share|variance_test` and, for each
        therapist with two scores or more, `therapists.<score>.<rank>.deviation`, unless their
        variance is estimated as 0. Scores that are the same for all patients of each therapist,
        which describe therapists, have none of these.
    """
    recorded = sample.dropna(subset=["therapist"])
    if recorded.empty:
        return []
    patients = recorded.groupby("therapist")["patient"].nunique()
    several = int((patients > 1).sum())
    rows = [
        statistic_row("therapists", ["several"], "n", several, x="several"),
        statistic_row("therapists", ["few"], "n", int((patients < FEW_PATIENTS).sum()), x="few"),
    ]
    if several:
        for score in therapist_scores(study):
            rows += _score_rows(score, recorded, measures, study, cohort, interval, seed)
    return rows


def _score_rows(
    score: TherapistScore,
    people: pd.DataFrame,
    measures: pd.DataFrame,
    study: Study,
    cohort: Cohort,
    interval: float,
    seed: int,
) -> Iterator[Row]:
    # The formulas import scipy, which cohorts without shared therapists need not wait for.
    from attune.stats.group_share import group_share
    from attune.stats.resampling import stream

    rows, occasion = _rows_of(score, measures, study)
    people = people.drop_duplicates("dyad").set_index("dyad").reindex(rows["dyad"])
    values, therapists = _numbers(rows[score.measure]), people["therapist"]
    if _describes_therapists(values, therapists):
        return
    shared: dict[str, Any] = {"x": score.name, "outcome": score.name, "dataset": "available"}
    shared |= {"occasion": occasion, "software": software("attune", "scipy")}
    given, words = _covariates(score, rows, people, cohort)
    try:
        found = group_share(
            values,
            therapists,
            stream(seed, f"therapists, {score.name}"),
            given,
            interval,
        )
    except AnalysisError as error:
        reason = f"{error.heading} {'; '.join(error.problems)}".strip()
        place = (score.name,)
        yield statistic_row(
            "therapists", place, "variance_share", None, reason=reason, n=None, **shared
        )
        return
    method = f"Random intercepts of therapists{words}, restricted maximum likelihood"
    shared |= {"method": method}
    yield from _share_rows(score, found, interval, shared | {"seed": seed})
    if found.share.estimate > NO_VARIANCE:
        yield from _deviations(score, found.deviations, interval, shared)


def _share_rows(
    score: TherapistScore, found: "GroupShare", interval: float, shared: dict[str, Any]
) -> Iterator[Row]:
    """Therapists in the model, their share of the variance, and its test."""
    place, n, share, test = (score.name,), found.n, found.share, found.test
    seed, method = shared.pop("seed"), shared.pop("method")
    yield statistic_row(
        "therapists", place, "therapists_in_model", found.n_groups, n=n, method=method, **shared
    )
    limits: dict[str, Any] = {
        "ci_low": share.ci_low,
        "ci_high": share.ci_high,
        "ci_level": interval,
    }
    yield statistic_row(
        "therapists",
        place,
        "variance_share",
        share.estimate,
        n=n,
        seed=seed,
        method=f"{method}; Monte Carlo interval",
        **(shared | (limits if np.isfinite(share.ci_low) else {})),
    )
    yield statistic_row(
        "therapists",
        place,
        "variance_test",
        test.chi2,
        n=n,
        df=float(test.df),
        p_two_tailed=test.p,
        method=f"{method}; likelihood ratio, reference {test.distribution}",
        **shared,
    )


def _deviations(
    score: TherapistScore, deviations: pd.DataFrame, interval: float, shared: dict[str, Any]
) -> Iterator[Row]:
    """The deviation of each therapist, in ascending order and without an id.

    That of a therapist with one score would say something about one patient.
    """
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + interval / 2))
    shown = deviations[deviations["n"] > 1].sort_values("deviation", kind="stable")
    columns = (shown[name].tolist() for name in ("n", "deviation", "se"))
    for rank, (n, deviation, se) in enumerate(zip(*columns, strict=True), start=1):
        yield statistic_row(
            "therapists",
            (score.name, f"therapist_{rank:02d}"),
            "deviation",
            deviation,
            n=n,
            se=se,
            ci_low=deviation - reach * se,
            ci_high=deviation + reach * se,
            ci_level=interval,
            level=f"therapist {rank}",
            **shared,
        )


def _rows_of(
    score: TherapistScore, measures: pd.DataFrame, study: Study
) -> tuple[pd.DataFrame, str | None]:
    """One row per dyad: of a measure by occasion, those of its last occasion."""
    if not study.occasions:
        return measures, None
    if not score.by_occasion:
        return measures.drop_duplicates("dyad"), None
    has = measures.loc[measures[score.measure].notna(), "occasion"]
    held = [occasion for occasion in study.occasions if (has == occasion).any()]
    last = held[-1] if held else study.occasions[-1]
    return measures[measures["occasion"] == last], last


def _numbers(values: pd.Series) -> NDArray[np.float64]:
    return values.to_numpy(dtype=float, na_value=np.nan)


def _describes_therapists(values: NDArray[np.float64], therapists: pd.Series) -> bool:
    """Whether a score is the same for all patients of each therapist, among those who have it."""
    groups = pd.Series(values).groupby(therapists.to_numpy(), dropna=True)
    several = groups.count() > 1
    return bool(several.any()) and bool(((groups.max() - groups.min())[several] == 0).all())


def _covariates(
    score: TherapistScore, rows: pd.DataFrame, people: pd.DataFrame, cohort: Cohort
) -> tuple[NDArray[np.float64], str]:
    """What the share is given: the pretest and the treatment condition; and these in words."""
    columns, words = [], []
    if score.pretest:
        columns.append(_numbers(rows[score.pretest]))
        words.append("pretest")
    conditions = [*cohort.sample.conditions()]
    if len(conditions) > 1:
        own = people["condition"].to_numpy(dtype=object)
        known = people["condition"].notna().to_numpy()
        columns += [np.where(known, (own == code).astype(float), np.nan) for code in conditions[1:]]
        words.append("condition")
    table = np.column_stack(columns) if columns else np.empty((len(rows), 0))
    return table, f", given the {' and the '.join(words)}" if words else ""
