"""Measures and outcomes that can be analysed with the draft of a cohort."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from attune.cohort_draft.column_names import identifier
from attune.cohort_draft.draft import CohortDraft
from attune.cohort_draft.instrument_text import abbreviation
from attune.cohort_draft.layout import time_rank
from attune.cohort_draft.main_scales import main_scales
from attune.intake.checks.dyads import check_dyads
from attune.intake.reading.raw_cohort import read_raw_cohort
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.specs.study_checks import pretests


@dataclass(frozen=True)
class DraftMeasure:
    """A measure of the drafted study."""

    name: str
    label: str
    instrument: str
    scale: str
    rater: str
    occasion: str
    state: str = ""
    variable: str = ""
    """The variable of the sample sheet that it is, in place of all other keys."""


@dataclass(frozen=True)
class DraftOutcome:
    """A residual gain of the drafted study."""

    name: str
    label: str
    pretest: str
    posttest: str
    sure: bool
    """Whether the occasions' names say before and after, or only their order does."""


@dataclass(frozen=True)
class DraftStudy:
    """The measures and outcomes that the questionnaires and scores of a cohort give."""

    measures: list[DraftMeasure] = field(default_factory=list)
    outcomes: list[DraftOutcome] = field(default_factory=list)
    open_measures: list[DraftMeasure] = field(default_factory=list)
    """Totals of questionnaires whose key has to be filled in; commented out."""


def draft_study(draft: CohortDraft, instruments: Mapping[str, Instrument]) -> DraftStudy:
    """The main scales of every questionnaire, and the change of those asked early and late.

    Parameters
    ----------
    draft : CohortDraft
    instruments : mapping of id to Instrument
    """
    sources = [
        ((q.instrument, q.rater, occasion, q.state), scale)
        for q in draft.questionnaires
        for occasion in occasions_of(q.occasion, q.sessions)
        for scale in main_scales(instruments[q.instrument])
    ]
    sources += [((s.instrument, s.rater, s.occasion, ""), s.scale) for s in draft.scores]
    raters: dict[str, set[str]] = {}
    for (name, rater, *_), _ in sources:
        raters.setdefault(name, set()).add(rater)
    measures: list[DraftMeasure] = []
    for (name, rater, occasion, state), scale in sources:
        instrument = instruments[name]
        alone = len(main_scales(instrument)) == 1 and scale in main_scales(instrument)
        parts = [name, "" if alone else scale, state, occasion]
        parts.insert(2, rater if len(raters[name]) > 1 else "")
        label = " ".join([instrument.abbreviation, "" if alone else instrument.scales[scale].label])
        about = ", ".join(filter(None, [rater if len(raters[name]) > 1 else "", state]))
        words = [label.strip(), about, occasion.replace("_", " ")]
        identity = identifier("_".join(filter(None, parts)))
        label = ", ".join(filter(None, words))
        measures.append(DraftMeasure(identity, label, name, scale, rater, occasion, state))
    measures += _without_key(draft)
    return DraftStudy(measures, _outcomes(measures), list(_open_measures(draft)))


def _without_key(draft: CohortDraft) -> Iterator[DraftMeasure]:
    """Finished scores of which no key is registered, from the sample sheet."""
    for name, variable in draft.sample.variables.items():
        if variable.score:
            when = variable.occasion
            label = f"{variable.score}, {when.replace('_', ' ')}" if when else variable.label
            yield DraftMeasure(name, label, "", variable.score, "", when, variable=name)


def _open_measures(draft: CohortDraft) -> Iterator[DraftMeasure]:
    """The total of each questionnaire without a key, at each of its occasions."""
    raters: dict[str, set[str]] = {}
    for entry in draft.open_questionnaires:
        raters.setdefault(entry.instrument, set()).add(entry.rater)
    for entry in draft.open_questionnaires:
        rater = entry.rater if len(raters[entry.instrument]) > 1 else ""
        for occasion in occasions_of(entry.occasion, entry.sessions):
            name = identifier("_".join(filter(None, [entry.instrument, rater, occasion])))
            words = [abbreviation(entry.instrument), rater, occasion.replace("_", " ")]
            label = ", ".join(filter(None, words))
            yield DraftMeasure(name, label, entry.instrument, "total", entry.rater, occasion)


def lone_posttests(
    cohort: Cohort,
    study: Study,
    instruments: Mapping[str, Instrument],
    sheets: Mapping[str, pd.DataFrame],
) -> int:
    """Number of posttests of the drafted outcomes whose dyads have no pretest.

    Parameters
    ----------
    cohort : Cohort
    study : Study
    instruments : mapping of id to Instrument
    sheets : mapping of file id to pandas.DataFrame of str
    """
    if not study.outcomes:
        return 0
    raw = read_raw_cohort(sheets, cohort, instruments, pretests(study))
    return sum(found.rule == "posttest_without_pretest" for found in check_dyads(raw))


def occasions_of(occasion: str, sessions: Sequence[int]) -> list[str]:
    """The occasions of an entry, one per session.

    Examples
    --------
    >>> occasions_of("session_{session}", [3, 12])
    ['session_3', 'session_12']
    """
    if not sessions:
        return [occasion]
    return [occasion.replace("{session}", str(session)) for session in sessions]


def _outcomes(measures: Sequence[DraftMeasure]) -> list[DraftOutcome]:
    """From the first occasion to the end of treatment: the last one before the follow-ups."""
    families: dict[tuple[str, str, str, str], list[DraftMeasure]] = {}
    for measure in measures:
        if not measure.occasion:
            continue
        key = (measure.instrument, measure.scale, measure.rater, measure.state)
        families.setdefault(key, []).append(measure)
    found = []
    for family in families.values():
        ordered = sorted(family, key=lambda entry: time_rank(entry.occasion))
        first, late = ordered[0], [m for m in ordered[1:] if time_rank(m.occasion)[0] < 3]
        last = (late or ordered[1:])[-1:]
        if not last or last[0].instrument in _OF_SESSIONS:
            continue
        stem = first.scale if first.variable else first.name.removesuffix(f"_{first.occasion}")
        name = identifier(f"{stem}_gain")
        label = first.label.rpartition(", ")[0]
        sure = (time_rank(first.occasion)[0], time_rank(last[0].occasion)[0]) == (0, 2)
        found.append(DraftOutcome(name, label, first.name, last[0].name, sure))
    return found


_OF_SESSIONS = ("srs", "wai_36", "wai_s", "wai_sr", "wai_srt", "tes")
"""Instruments that rate sessions and the relationship, which are not outcomes of treatment."""
