"""From rows to moments: validated raw cells, or the measures and responses of a finished run."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from attune.intake.checks.dyads import check_dyads
from attune.intake.checks.sample_sheet import check_sample_sheet
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort, read_raw_cohort
from attune.intake.reading.violations import Violation, stop_on_errors
from attune.scoring.scores import NO_RESPONSE, keyed_responses, response_matrix, scale_scores
from attune.sites.site_moments import AnswerCounts, Flags, SiteMoments, part_moments
from attune.sites.site_plan import SitePlan
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.specs.study_checks import QuestionnaireKey, named, pretests
from attune.stats.moments import SquareSums, square_sums_of_integers
from attune.store.datasets import one_row_per_dyad

_QUESTIONNAIRE = ("instrument", "rater", "occasion", "state")


@dataclass
class PartitionReader:
    """Moments of a cohort that is read in parts, one after the other.

    Cells, ids, conditions and pretests are checked as in every cohort. Checks that compare people
    with each other (copied answers, outliers, the scoring audit) need all rows at once and belong
    to `attune.intake.validation`: `attune check` makes them on a sample of the rows.

    Attributes
    ----------
    cohort : Cohort
        One file, with one row per dyad.
    instruments : mapping of id to Instrument
    study : Study
    plan : SitePlan
    """

    cohort: Cohort
    instruments: Mapping[str, Instrument]
    study: Study
    plan: SitePlan
    _ids: dict[str, list[NDArray[np.uint64]]] = field(default_factory=lambda: defaultdict(list))
    _rows: list[NDArray[np.int64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        problems = []
        if len(self.cohort.files) != 1:
            problems.append(f"its rows are in {len(self.cohort.files)} files, not in one")
        if self.cohort.scores:
            problems.append("it brings scores in place of items (`scores`)")
        if self.cohort.sample.rows or any(one.rows for one in self.cohort.questionnaires):
            problems.append("it has several rows per dyad (`rows`)")
        if problems:
            raise AnalysisError(
                f"The raw file of {self.cohort.cohort} cannot be read in parts.",
                [*problems, "Run Snakemake, then make the site file of the finished run"],
            )

    def moments(self, sheets: Mapping[str, pd.DataFrame]) -> SiteMoments:
        """Validate and score some rows, and return their moments.

        Parameters
        ----------
        sheets : mapping of file id to pandas.DataFrame of str
            Some rows of the file; the index is the row number.

        Raises
        ------
        RawDataError
            A cell, an id or a condition of these rows is wrong, or an id was in earlier rows.
        """
        raw = read_raw_cohort(sheets, self.cohort, self.instruments, pretests(self.study))
        violations = [*check_sample_sheet(raw), *_reading_problems(raw)]
        if not violations:
            violations = check_dyads(raw)
        stop_on_errors(self.cohort.cohort, violations)
        self._remember(raw)
        rows = raw.sample_rows.index.to_numpy()
        sample = raw.sample
        columns: dict[str, object] = {"patient": sample["patient"]}
        for name in ("therapist", "condition"):
            columns[name] = sample[name] if name in sample.columns else None
        for name in self.plan.measures:
            variable = self.study.measures[name].variable
            if variable is not None:
                columns[name] = sample[variable].to_numpy(dtype=float, na_value=np.nan)
        scales: dict[str, tuple[SquareSums, Flags]] = {}
        answers: dict[str, AnswerCounts] = {}
        n_missing: dict[str, NDArray[np.int64]] = {}
        for answered in raw.questionnaires:
            place = np.searchsorted(rows, answered.dyads.index.to_numpy())
            for one in self.plan.prorated:
                if one.questionnaire == answered.key:
                    own = np.zeros(len(rows), np.int64)
                    own[place] = missing_items(answered.responses, answered.instrument, one.scale)
                    n_missing[one.measure] = own
            columns |= self._scores(answered, place, len(rows))
            scales |= self._scales(answered, place, len(rows))
            answers[answered.name] = answer_counts(answered.responses)
        return part_moments(
            pd.DataFrame(columns, index=sample.index),
            self.plan,
            {scale.measure: scales[scale.measure] for scale in self.plan.scales},
            answers,
            n_missing=n_missing,
            patients_return=self.cohort.sample.patient_may_return,
        )

    def finish(self) -> None:
        """Refuse a dyad that is in two parts, and a patient in two dyads unless patients return.

        Raises
        ------
        RawDataError
            With the rows, not the ids.
        """
        rows = np.concatenate(self._rows)
        rules = {"dyad": "duplicate_dyad", "patient": "patient_in_two_dyads"}
        stop_on_errors(
            self.cohort.cohort,
            [
                Violation(
                    rule,
                    self.cohort.severity(rule),
                    self.cohort.files[self.cohort.sample.file].place,
                    f"the {role} is in row {first} already.",
                    f"Keep one row per {role}.",
                    row=again,
                )
                for role, rule in rules.items()
                if role in self._ids
                for first, again in _repeated(np.concatenate(self._ids[role]), rows)
            ],
        )

    def _remember(self, raw: RawCohort) -> None:
        """Keep a number for each id, to find one that comes again; no id itself is kept."""
        roles = ["dyad"] if self.cohort.sample.patient_may_return else ["dyad", "patient"]
        for role in roles:
            self._ids[role].append(pd.util.hash_array(raw.sample[role].to_numpy(dtype=object)))
        self._rows.append(raw.sample_rows.index.to_numpy(dtype=np.int64))

    def _scores(
        self, answered: AnsweredQuestionnaire, place: NDArray[np.intp], n: int
    ) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """Measures that are scores of a questionnaire, one value per row."""
        wanted = {
            name: str(self.study.measures[name].scale)
            for name in self.plan.measures
            if self._key_of(name) == answered.key
        }
        if not wanted:
            return
        scored = scale_scores(answered.responses, answered.instrument)
        for name, scale in wanted.items():
            column = np.full(n, np.nan)
            column[place] = scored.score[scored.scales.index(scale)]
            yield name, column

    def _scales(
        self, answered: AnsweredQuestionnaire, place: NDArray[np.intp], n: int
    ) -> Iterator[tuple[str, tuple[SquareSums, Flags]]]:
        wanted = [one for one in self.plan.scales if one.questionnaire == answered.key]
        if not wanted:
            return
        keyed = keyed_responses(answered.responses, answered.instrument)
        for one in wanted:
            sums, complete = scale_sums(keyed, answered.instrument, one.scale)
            flags = np.zeros(n, dtype=bool)
            flags[place] = complete
            yield one.measure, (sums, flags)

    def _key_of(self, name: str) -> QuestionnaireKey:
        one = self.study.measures[name]
        return (str(one.instrument), str(one.rater), str(one.occasion), one.state)


def _reading_problems(raw: RawCohort) -> Iterator[Violation]:
    for reading in raw.questionnaire_readings:
        yield from reading.problems


def _repeated(ids: NDArray[np.uint64], rows: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Rows of an id, and of the next one that has it."""
    order = np.argsort(ids, kind="stable")
    for place in np.flatnonzero(ids[order][1:] == ids[order][:-1]):
        yield int(rows[order[place]]), int(rows[order[place + 1]])


def run_moments(
    measures: pd.DataFrame,
    responses: Iterable[pa.RecordBatch],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    plan: SitePlan,
) -> SiteMoments:
    """Moments of a cohort from what its run has stored.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`.
    responses : iterable of pyarrow.RecordBatch
        Contract `RESPONSES`; a batch is held at a time.
    cohort : Cohort
    instruments : mapping of id to Instrument
    plan : SitePlan
    """
    observed = one_row_per_dyad(measures[measures["imputation"] == 0]).reset_index(drop=True)
    dyads = pd.Index(observed["dyad"])
    flags = {one.measure: np.zeros(len(dyads), dtype=bool) for one in plan.scales}
    sums: dict[str, SquareSums] = {}
    answers: dict[str, AnswerCounts] = defaultdict(lambda: AnswerCounts(0, 0, 0))
    n_missing = {one.measure: np.zeros(len(dyads), np.int64) for one in plan.prorated}
    for batch in responses:
        for key, rows in _questionnaires(batch):
            instrument = instruments[key[0]]
            given = response_matrix(batch.take(pa.array(rows)), instrument.n_items)
            answers[named(key)] += answer_counts(given)
            keyed = keyed_responses(given, instrument)
            place = dyads.get_indexer(pd.Index(batch["dyad"].take(pa.array(rows)).to_pylist()))
            for one in plan.prorated:
                if one.questionnaire == key:
                    own_missing = missing_items(given, instrument, one.scale)
                    n_missing[one.measure][place[place >= 0]] = own_missing[place >= 0]
            for one in plan.scales:
                if one.questionnaire != key:
                    continue
                known = keyed[place >= 0]
                own, complete = scale_sums(known, instrument, one.scale)
                flags[one.measure][place[place >= 0]] = complete
                sums[one.measure] = sums[one.measure] + own if one.measure in sums else own
    items = {
        one.measure: len(instruments[one.instrument].items_of(one.scale)) for one in plan.scales
    }
    scales = {name: (sums.get(name, no_sums(n + 1)), flags[name]) for name, n in items.items()}
    return part_moments(
        observed,
        plan,
        scales,
        answers,
        n_missing=n_missing,
        patients_return=cohort.sample.patient_may_return,
    )


def _questionnaires(
    batch: pa.RecordBatch,
) -> Iterator[tuple[QuestionnaireKey, NDArray[np.intp]]]:
    """Rows of each questionnaire of a batch."""
    columns = [batch[name].to_pylist() for name in _QUESTIONNAIRE]
    keys = pd.MultiIndex.from_arrays(columns)
    code, found = pd.factorize(keys)
    for number, key in enumerate(found):
        yield (key[0], key[1], key[2], key[3]), np.flatnonzero(code == number)


def missing_items(
    responses: NDArray[np.int16], instrument: Instrument, scale: str
) -> NDArray[np.int64]:
    """Unanswered items of a scale in each questionnaire."""
    items = responses[:, np.array(instrument.items_of(scale)) - 1]
    return (items == NO_RESPONSE).sum(axis=1).astype(np.int64)


def no_sums(p: int) -> SquareSums:
    """Sums of no row."""
    return SquareSums(0, np.zeros(p), np.zeros(p))


def answer_counts(responses: NDArray[np.int16]) -> AnswerCounts:
    """Answered and unanswered items of some questionnaires."""
    answered = int((responses != NO_RESPONSE).sum())
    return AnswerCounts(len(responses), answered, responses.size - answered)


def scale_sums(
    keyed: NDArray[np.int16], instrument: Instrument, scale: str
) -> tuple[SquareSums, Flags]:
    """Sums of squares of a scale's items and of their sum, and the questionnaires that are in them.

    Parameters
    ----------
    keyed : ndarray of int16, shape (n_questionnaires, n_items)
        Keyed responses of the instrument as they are stored; `NO_RESPONSE` where missing.
    instrument : Instrument
    scale : str

    Returns
    -------
    sums : SquareSums
        Of the items in the key's order, then of their sum, in stored codes.
    complete : ndarray of bool, shape (n_questionnaires,)
        Whether every item of the scale was answered.
    """
    items = keyed.T[np.array(instrument.items_of(scale)) - 1]
    complete = (items != NO_RESPONSE).all(axis=0)
    return square_sums_of_integers(items if complete.all() else items[:, complete]), complete
