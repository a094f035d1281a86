"""The rows of a trial: one outcome of one person at one visit, and who is in which arm."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from attune.analyses.trial.declaration import Trial, Unit
from attune.specs.errors import AnalysisError

if TYPE_CHECKING:
    from attune.specs.cohort import Cohort

ID_OF: dict[Unit, str] = {"patient": "dyad", "therapist": "therapist"}
"""Unit -> the column that names one; a patient in two treatments is two."""


@dataclass(frozen=True)
class TrialData:
    """One trial of a study with the data set that it names.

    Attributes
    ----------
    name : str
        Its id in the study.
    trial : Trial
    arms : dict of str to str
        Label of each arm by its code, the reference arm first.
    people : pandas.DataFrame
        Everybody who was randomised, one row per dyad: dyad, therapist, patient, condition (the
        code) and the variables of the sample sheet.
    scores : pandas.DataFrame
        One row per dyad and occasion: dyad, occasion and the outcomes; outcomes after an event
        whose strategy is hypothetical are missing.
    interval : float
        Coverage of all intervals.
    """

    name: str
    trial: Trial
    arms: Mapping[str, str]
    people: pd.DataFrame
    scores: pd.DataFrame
    interval: float

    @cached_property
    def reference(self) -> str:
        """Code of the arm that the others are compared with."""
        return next(iter(self.arms))

    @property
    def treated(self) -> list[str]:
        """Codes of all other arms."""
        return [*self.arms][1:]

    def place(self, *parts: str, arm: str) -> tuple[str, ...]:
        """Parts of the ids of a difference: with the arm where there are several."""
        return (*parts, arm) if len(self.treated) > 1 else parts

    def contrast(self, arm: str) -> str:
        """What is subtracted from what, by the label of an arm."""
        return f"{arm} minus {self.arms[self.reference]}"

    def difference_columns(self, outcome: str, visit: str, arm: str) -> dict[str, Any]:
        """What all rows of a difference between an arm and the reference have in common."""
        return {
            "x": outcome,
            "outcome": outcome,
            "occasion": visit,
            "contrast": self.contrast(arm),
            "dataset": self.trial.dataset,
        }

    def units(self, unit: Unit) -> pd.DataFrame:
        """Everybody of one kind: one row per patient or therapist, indexed by the id.

        Made once; callers do not change it.
        """
        if unit not in self._units:
            rows = self.people.dropna(subset=[ID_OF[unit]]).drop_duplicates(ID_OF[unit])
            self._units[unit] = rows.set_index(ID_OF[unit], drop=False)
        return self._units[unit]

    @cached_property
    def _units(self) -> dict[Unit, pd.DataFrame]:
        """What `units` has made."""
        return {}

    def wide(self, outcome: str) -> pd.DataFrame:
        """One row per person of the outcome's level, one column per occasion, NaN where missing.

        Made once for each outcome; callers do not change it.

        Raises
        ------
        AnalysisError
            An outcome of therapists that differs between the rows of a therapist's patients.
        """
        if outcome not in self._wide:
            self._wide[outcome] = self._spread(outcome)
        return self._wide[outcome]

    @cached_property
    def _wide(self) -> dict[str, pd.DataFrame]:
        """What `wide` has made."""
        return {}

    def _spread(self, outcome: str) -> pd.DataFrame:
        level = self.trial.outcomes[outcome].level
        known = self.scores[["dyad", "occasion", outcome]]
        occasions = [self.trial.baseline, *self.trial.visits]
        if level == "therapist":
            owner = self.people.set_index("dyad")["therapist"]
            known = known.assign(therapist=known["dyad"].map(owner)).dropna()
            _require_one_value(known, outcome)
            known = known.drop_duplicates(["therapist", "occasion"])
        of = known.set_index([ID_OF[level], "occasion"])[outcome]
        ids = self.units(level).index
        return pd.DataFrame(
            {
                occasion: of.xs(occasion, level="occasion").reindex(ids)
                if occasion in of.index.get_level_values("occasion")
                else np.nan
                for occasion in occasions
            },
            index=ids,
        )

    def long(self, outcome: str, people: pd.DataFrame | None = None) -> pd.DataFrame:
        """Rows of the mixed model of an outcome.

        Parameters
        ----------
        outcome : str
        people : pandas.DataFrame, optional
            Rows of `units` of those who are analysed; default: all.

        Returns
        -------
        pandas.DataFrame
            One row per person and visit after the baseline: person, cluster (the therapist; absent
            for outcomes of therapists), arm (label), visit, before (the baseline; the mean of all
            where it is missing, in `baseline_as: covariate`), observed_before (missing where it
            is missing), replaced (bool) and score.
        """
        chosen = self.units(self.trial.outcomes[outcome].level) if people is None else people
        table = self.wide(outcome).loc[chosen.index]
        before = table[self.trial.baseline]
        if self.trial.baseline_as == "covariate":
            before = before.fillna(before.mean())
        replaced = before.notna() & table[self.trial.baseline].isna()
        frames = []
        for visit in self.trial.visits:
            columns = {
                "person": chosen.index.to_numpy(),
                "arm": chosen["condition"].map(self.arms).to_numpy(),
                "visit": visit,
                "before": before.to_numpy(),
                "observed_before": table[self.trial.baseline].to_numpy(),
                "replaced": replaced.to_numpy(),
                "score": table[visit].to_numpy(),
            }
            if self.nested(outcome):
                columns["cluster"] = chosen["therapist"].to_numpy()
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True).astype(
            {"visit": pd.CategoricalDtype(self.trial.visits, ordered=True)}
        )

    def nested(self, outcome: str) -> bool:
        """Whether the persons of an outcome are patients of therapists who have several."""
        if self.trial.outcomes[outcome].level == "therapist":
            return False
        therapists = self.people["therapist"].dropna()
        return len(therapists) > therapists.nunique() > 1


def _require_one_value(known: pd.DataFrame, outcome: str) -> None:
    differing = known.groupby(["therapist", "occasion"])[outcome].nunique()
    n = int((differing > 1).sum())
    if n:
        raise AnalysisError(
            "An outcome of therapists must be the same for all patients of a therapist.",
            [
                f"{outcome} has several values for {n} therapists and occasions; correct the file,"
                " or declare `level: patient`"
            ],
        )


def trial_data(
    name: str,
    trial: Trial,
    measures: pd.DataFrame,
    sample: pd.DataFrame,
    cohort: "Cohort",
    *,
    interval: float = 0.95,
) -> TrialData:
    """The data of a trial.

    Parameters
    ----------
    name : str
    trial : Trial
    measures : pandas.DataFrame
        Contract `MEASURES`, one imputation of it.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    cohort : Cohort
    interval : float

    Raises
    ------
    AnalysisError
        People without an arm, one arm alone, a therapist in two arms of a trial that randomised
        therapists, or without one; variables of therapists that differ between the rows of one;
        events that the plan does not name: all at once.
    """
    arms = cohort.sample.conditions()
    problems = design_problems(trial, sample, arms, named=True)
    if problems:
        sheet = cohort.files[cohort.sample.file].path
        raise AnalysisError(
            f"The trial {name!r} cannot be analysed; see the sample sheet {sheet}.", problems
        )
    outcomes = list(trial.outcomes)
    wanted = measures["occasion"].isin([trial.baseline, *trial.visits])
    scores = measures.loc[wanted, ["dyad", "occasion", *outcomes]].reset_index(drop=True)
    people = sample.copy()
    return TrialData(name, trial, arms, people, _set_aside(trial, scores, people), interval)


def design_problems(
    trial: Trial, sample: pd.DataFrame, arms: Mapping[str, str], *, named: bool = False
) -> list[str]:
    """What of the sample sheet contradicts the design of a trial, one sentence each.

    Parameters
    ----------
    trial : Trial
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    arms : mapping of str to str
        Label of each arm by its code.
    named : bool
        Whether the sentences name dyads and therapists by their ids.
    """

    def some(ids: Iterable[object]) -> str:
        return f" ({_some(ids)})" if named else ""

    return [
        *_arm_problems(trial, sample, arms, some),
        *_differing_variables(trial, sample, some),
        *_unnamed_events(trial, sample),
    ]


def _arm_problems(
    trial: Trial,
    sample: pd.DataFrame,
    arms: Mapping[str, str],
    some: Callable[[Iterable[object]], str],
) -> Iterator[str]:
    lacking = sample.loc[sample["condition"].isna(), "dyad"]
    if len(lacking):
        yield (
            f"the arm is empty in {len(lacking)} of {len(sample)} rows{some(lacking)}; a trial"
            " knows the arm of everybody who was randomised. Fill in the arm, or delete the"
            " rows of those who were not randomised"
        )
    empty = [label for code, label in arms.items() if not (sample["condition"] == code).any()]
    if empty:
        yield f"nobody is in the arm {' or '.join(empty)}; a trial needs two arms"
    if trial.randomised != "therapist":
        return
    several = sample.dropna(subset=["therapist"]).groupby("therapist")["condition"].nunique()
    both = several.index[several > 1]
    if len(both):
        yield (
            f"{len(both)} of {len(several)} therapists have patients in two arms{some(both)}, but"
            " therapists were randomised with all of their patients; correct the arm, or declare"
            " `randomised: patient`"
        )
    unknown = sample.loc[sample["therapist"].isna(), "dyad"]
    if len(unknown):
        yield (
            f"the therapist is empty in {len(unknown)} of {len(sample)} rows{some(unknown)}, but"
            " therapists were randomised; name the therapist, or leave these patients out"
        )


def _differing_variables(
    trial: Trial, sample: pd.DataFrame, some: Callable[[Iterable[object]], str]
) -> Iterator[str]:
    """Variables of therapists, of whom each is counted once, that differ between their patients."""
    places = {
        **{
            f"characteristics.{name}": name
            for name, unit in trial.characteristics.items()
            if unit == "therapist"
        },
        **{
            f"estimand.events.{name}": event.variable
            for name, event in trial.estimand.events.items()
            if event.level == "therapist"
        },
    }
    reasons = trial.reasons_for_loss.get("therapist")
    if reasons is not None:
        places["reasons_for_loss.therapist"] = reasons.variable
    if trial.harms is not None and trial.harms.level == "therapist":
        places["harms"] = trial.harms.variable
    if trial.received is not None and trial.randomised == "therapist":
        places["received"] = trial.received.variable
    for place, variable in places.items():
        values = sample.dropna(subset=["therapist"]).groupby("therapist")[variable]
        differing = values.nunique(dropna=False)
        names = differing.index[differing > 1]
        if len(names):
            yield (
                f"{place}: {variable!r} differs between the patients of {len(names)} of"
                f" {len(differing)} therapists{some(names)}, but the plan takes it as the"
                " therapist's; correct the rows, or declare it of patients"
            )


def _some(names: Iterable[object], most: int = 5) -> str:
    """The first of some names, and how many more there are."""
    every = [*map(repr, names)]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def _unnamed_events(trial: Trial, sample: pd.DataFrame) -> Iterator[str]:
    """Events in the data for which the plan has no strategy."""
    for name, event in trial.estimand.events.items():
        known = {event.none, *event.strategies}
        found = sorted(set(sample[event.variable].dropna()) - known)
        if found:
            yield (
                f"estimand.events.{name} has no strategy for {found}; name treatment_policy or"
                " hypothetical"
            )


def _set_aside(trial: Trial, scores: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Outcomes after an event whose strategy is hypothetical become missing.

    An event of a therapist concerns the outcomes of the therapist and of all patients; one of a
    patient leaves the therapist's own outcomes as they are.
    """
    order = [trial.baseline, *trial.visits]
    place = scores["occasion"].map({occasion: number for number, occasion in enumerate(order)})
    kept = scores.copy()
    for event in trial.estimand.events.values():
        hypothetical = [code for code, how in event.strategies.items() if how == "hypothetical"]
        if not hypothetical or event.from_visit is None:
            continue
        codes = kept["dyad"].map(people.set_index("dyad")[event.variable])
        late = codes.isin(hypothetical) & (place >= order.index(event.from_visit))
        concerned = [
            outcome
            for outcome, one in trial.outcomes.items()
            if event.level == "therapist" or one.level == "patient"
        ]
        kept.loc[late, concerned] = np.nan
    return kept
