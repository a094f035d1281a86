"""All scores of the cohort, measure by measure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from attune.synthetic.draws import Draws, Integers
from attune.synthetic.search import Target
from maintenance.ryan2012 import experience, outcome
from maintenance.ryan2012.alliance import alliance_scores
from maintenance.ryan2012.design import N_DYADS, Design
from maintenance.ryan2012.mindfulness import mindfulness_scores
from maintenance.ryan2012.self_affiliation import affiliation_scores

OUTCOMES = (outcome.SYMPTOMS, outcome.PROBLEMS)
WAI_ITEMS = 12


@dataclass(frozen=True)
class Scores:
    """The scores that were searched, each in its own units, in the order of the dyads.

    Attributes
    ----------
    mindfulness : numpy.ndarray of int64, shape (4, 25)
    affiliation : numpy.ndarray of int64, shape (26,)
    totals : mapping of measure to numpy.ndarray of int64, shape (25,) or (26,)
        Sums of the answered items of the alliance and outcome questionnaires, of those who
        returned them.
    reporting, quarters : numpy.ndarray of int64, shape (21,)
        Dyads whose therapists report their experience, and quarters of a year of it.
    """

    mindfulness: Integers
    affiliation: Integers
    totals: Mapping[str, Integers]
    reporting: Integers
    quarters: Integers


def find_scores(targets: Mapping[str, Target], plan: Design, seed: int) -> Scores:
    """Scores that meet every target; mindfulness comes first, and the others depend on it."""
    scored = plan.with_mindfulness()
    groups = plan.brief_relational[scored]
    kims = mindfulness_scores(targets, groups, Draws(seed, 1))
    totals = {}
    for number, rater in enumerate(("wai_therapist", "wai_patient")):
        proration = plan.proration(rater, WAI_ITEMS).of(scored)
        totals[rater] = alliance_scores(
            rater, targets, kims, groups, proration, Draws(seed, 2 + number)
        )
    # The therapist without KIMS has an attitude towards the self all the same.
    known = affiliation_scores(targets, kims, Draws(seed, 4))
    affiliation = np.insert(known, plan.without_mindfulness, int(np.sort(known)[len(known) // 2]))
    totals |= _outcomes(targets, kims, plan, seed)
    reporting = _reporting(plan, Draws(seed, 10))
    both = reporting[reporting != plan.without_mindfulness]
    quarters = experience.quarters_of_experience(
        targets,
        kims[:, np.searchsorted(scored, both)],
        np.flatnonzero(reporting != plan.without_mindfulness),
        Draws(seed, 11),
    )
    return Scores(kims, affiliation, totals, reporting, quarters)


def _outcomes(
    targets: Mapping[str, Target], kims: Integers, plan: Design, seed: int
) -> dict[str, Integers]:
    """Totals at intake and termination; missing mindfulness scores are the series mean here."""
    scored, returned = plan.with_mindfulness(), plan.with_termination()
    # In units of 1 / 25, in which the mean of 25 whole numbers is whole.
    everyone = np.zeros((4, N_DYADS), dtype=np.int64)
    everyone[:, scored] = len(scored) * kims
    everyone[:, plan.without_mindfulness] = kims.sum(axis=1)
    totals = {}
    for number, questionnaire in enumerate(OUTCOMES):
        intake, termination = f"{questionnaire.name}_intake", f"{questionnaire.name}_termination"
        before = plan.proration(intake, questionnaire.n_items)
        after = plan.proration(termination, questionnaire.n_items).of(returned)
        totals[intake] = outcome.pretest_scores(questionnaire, before, Draws(seed, 6 + number))
        known = outcome.Known(
            everyone,
            totals[intake] * before.units,
            plan.brief_relational,
            plan.without_termination,
        )
        totals[termination] = outcome.posttest_scores(
            questionnaire, targets, known, after, Draws(seed, 8 + number)
        )
    return totals


def _reporting(plan: Design, draws: Draws) -> Integers:
    """Dyads whose therapists report their experience; the one without KIMS is among them."""
    count = experience.UNDER_2 + experience.FROM_2_TO_5 + 1
    others = draws.shuffled(list(plan.with_mindfulness()))[: count - 1]
    return np.sort(np.array([plan.without_mindfulness, *others], dtype=np.int64))
