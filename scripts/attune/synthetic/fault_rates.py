"""How often the checks of whole files see a corruption, and how often they doubt a sound study."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from attune.intake.agreement.agreement import check_agreement
from attune.intake.agreement.answer_sheets import answer_sheets
from attune.intake.agreement.lost_rows import unanswered_items
from attune.intake.agreement.sorted_rows import running_one_way, sorted_rows
from attune.intake.reading.raw_cohort import read_raw_cohort
from attune.specs.instrument import Instrument
from attune.synthetic.corruptions import CORRUPTIONS, findings
from attune.synthetic.simulated_study import (
    Design,
    SimulatedStudy,
    random_design,
    simulated_study,
)

FEWEST_JUDGED = 10
"""People from whom a share of sorted answers is computed."""

Fault = Literal["reversed", "shifted", "shuffled"]


@dataclass(frozen=True)
class Seen:
    """Corruptions of one kind.

    Attributes
    ----------
    made, seen : int
        All corruptions, and those that gave an error or warning which the sound study did not have.
    visible, visible_seen : int
        The same of those that can be seen in principle.
    """

    made: int = 0
    seen: int = 0
    visible: int = 0
    visible_seen: int = 0

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(
            self.made + other.made,
            self.seen + other.seen,
            self.visible + other.visible,
            self.visible_seen + other.visible_seen,
        )

    @property
    def share(self) -> float:
        """Share that is seen of what can be seen in principle; NaN if nothing can."""
        return self.visible_seen / self.visible if self.visible else float("nan")


def agreement_rules(study: SimulatedStudy, instruments: Mapping[str, Instrument]) -> list[str]:
    """The rules of the checks of whole files that a study breaks."""
    raw = read_raw_cohort(study.sheets, study.cohort, instruments, study.pretests)
    found = [*check_agreement(raw), *unanswered_items(raw)]
    return [violation.rule for violation in found]


def sound_studies(
    n: int,
    seeds: Iterable[int],
    instruments: Mapping[str, Instrument],
    **changes: float | tuple[float, float],
) -> Iterator[SimulatedStudy]:
    """One sound study of n dyads for each seed; `changes` as in `false_alarms`."""
    for seed in seeds:
        rng = np.random.default_rng([n, seed])
        design = replace(random_design(rng, n), **changes)  # type: ignore[arg-type]
        yield simulated_study(design, instruments, rng)


def false_alarms(
    n: int,
    seeds: Iterable[int],
    instruments: Mapping[str, Instrument],
    **changes: float | tuple[float, float],
) -> Counter[str]:
    """Sound studies that break each rule; under "" those that break any.

    Parameters
    ----------
    n : int
        Dyads of each study.
    seeds : iterable of int
        One study for each.
    instruments : mapping of id to Instrument
    **changes
        Other fields of the design, the same in all studies, as `retest=0.0`.
    """
    counts: Counter[str] = Counter()
    for study in sound_studies(n, seeds, instruments, **changes):
        rules = set(agreement_rules(study, instruments))
        counts.update(rules)
        counts[""] += bool(rules)
    return counts


def sorted_by_chance(
    n: int,
    seeds: Iterable[int],
    instruments: Mapping[str, Instrument],
    **changes: float | tuple[float, float],
) -> tuple[int, float]:
    """Sound studies in which answers seem to be sorted, and the largest share of such people.

    Parameters
    ----------
    n : int
        Dyads of each study.
    seeds : iterable of int
        One study for each.
    instruments : mapping of id to Instrument
    **changes
        Other fields of the design, the same in all studies.

    Returns
    -------
    reported : int
        Studies that break `answers_sorted`.
    share : float
        Of all questionnaires with ten people or more who can be judged, the largest share of them
        whose answers run one way.
    """
    reported, largest = 0, 0.0
    for study in sound_studies(n, seeds, instruments, **changes):
        raw = read_raw_cohort(study.sheets, study.cohort, instruments, study.pretests)
        sheets = answer_sheets(raw)
        reported += bool(sorted_rows(sheets))
        for sheet in sheets:
            running, judged = running_one_way(sheet)
            if judged >= FEWEST_JUDGED:
                largest = max(largest, running / judged)
    return reported, largest


def corruptions_seen(
    n: int, seeds: Iterable[int], instruments: dict[str, Instrument]
) -> dict[str, Seen]:
    """Of each kind of corruption, how many are seen: one of each kind in one study per seed."""
    seen = dict.fromkeys(CORRUPTIONS, Seen())
    for seed in seeds:
        rng = np.random.default_rng([n, seed])
        study = simulated_study(random_design(rng, n), instruments, rng)
        before = findings(study, instruments)
        for place, (name, corruption) in enumerate(CORRUPTIONS.items()):
            spoiled = corruption.apply(
                study, instruments, np.random.default_rng([n, seed, place + 1])
            )
            if spoiled is None:
                continue
            new = bool(findings(spoiled.study, instruments) - before)
            seen[name] += Seen(1, new, spoiled.visible, new and spoiled.visible)
    return seen


def power(
    n: int,
    retest: float,
    fault: Fault,
    seeds: Iterable[int],
    instruments: Mapping[str, Instrument],
    *,
    waves: int = 2,
) -> float:
    """Share of studies in which a fault of one file is seen from one questionnaire alone.

    The studies consist of ces_d at intake and termination (three waves: and between them); their
    files have rows in orders of their own, so that only the answers can show the fault.

    Parameters
    ----------
    n : int
    retest : float
        Correlation of the factor between neighbouring waves.
    fault : {"reversed", "shifted", "shuffled"}
        All answers at termination reversed; its ids shifted by three rows; its ids in random order.
    seeds : iterable of int
    instruments : mapping of id to Instrument
    waves : {2, 3}
    """
    hits = []
    design = Design(n, False, "own", retest, 0.3, 0.0, 0.0, dated=False)
    for seed in seeds:
        rng = np.random.default_rng([n, round(1000 * retest), seed])
        study = simulated_study(design, instruments, rng)
        occasions = {"intake", "termination"} | ({"middle"} if waves > 2 else set())
        entries = [
            entry
            for entry in study.cohort.questionnaires
            if entry.instrument == "ces_d" and entry.occasion in occasions
        ]
        study = replace(study, cohort=study.cohort.model_copy(update={"questionnaires": entries}))
        hits.append(bool(agreement_rules(_with_fault(study, fault, rng), instruments)))
    return float(np.mean(hits))


def shifted_items_seen(
    n: int,
    loading: tuple[float, float],
    seeds: Iterable[int],
    instruments: dict[str, Instrument],
) -> float:
    """Share of studies in which an item column that was shifted by a row is named as such.

    Parameters
    ----------
    n : int
        Dyads.
    loading : (float, float)
        Lowest and highest loading of an item on its scale.
    seeds : iterable of int
        One study, with one shifted column of any questionnaire, for each.
    instruments : mapping of id to Instrument
    """
    hits = []
    for seed in seeds:
        rng = np.random.default_rng([n, seed])
        design = replace(random_design(rng, n), loading=loading)
        study = simulated_study(design, instruments, rng)
        spoiled = CORRUPTIONS["shift an item by a row"].apply(study, instruments, rng)
        if spoiled is not None:
            hits.append("item_rows_shifted" in agreement_rules(spoiled.study, instruments))
    return float(np.mean(hits))


def _with_fault(study: SimulatedStudy, fault: Fault, rng: np.random.Generator) -> SimulatedStudy:
    sheet = study.sheets["termination"].copy()
    if fault == "shifted":
        sheet["id"] = np.roll(sheet["id"].to_numpy(), 3)
    elif fault == "shuffled":
        sheet["id"] = rng.permutation(sheet["id"].to_numpy())
    else:
        for name in sheet.columns[sheet.columns.str.startswith("cesd_")]:
            sheet[name] = [str(3 - int(cell)) for cell in sheet[name]]
    return study.with_sheets(termination=sheet)
