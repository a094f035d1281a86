"""One cohort of many: read, validated, scored and analysed in memory, or the reason why not."""

import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from attune.analyses.study import check_plan
from attune.pipeline import ANALYSES, study_statistics, validated_data
from attune.specs.cohort import Cohort
from attune.specs.config import Choices
from attune.specs.errors import AnalysisError, AttuneError, ConfigurationError, RawDataError
from attune.specs.instrument import Instrument, with_missing_rules
from attune.specs.study import Study
from attune.store.contracts import STATISTICS, conform
from attune_files.batch.failures import Failure
from attune_files.project import read_cohort, read_study_and_keys
from attune_files.raw.notes import read_dictionaries
from attune_files.raw.sheets import read_raw_sheets


@dataclass(frozen=True)
class BatchSettings:
    """What holds for every cohort.

    Attributes
    ----------
    find : callable
        Where a file of the project lies, given its path in the project.
    study : str or None
        The study of all cohorts; None: each has the one that its cohort file names.
    choices : Choices
    resampling : bool
        Whether bootstrap intervals and permutation tests are computed.
    analyses : collection of str
    """

    find: Callable[[str], str]
    study: str | None = None
    choices: Choices = field(default_factory=Choices)
    resampling: bool = False
    analyses: Collection[str] = ANALYSES


@dataclass(frozen=True)
class CohortOutcome:
    """What became of one cohort.

    Attributes
    ----------
    cohort, folder : str
    title, study : str or None
        None where the cohort file cannot be read.
    synthetic : bool or None
    dyads : int or None
        None where it was not analysed.
    statistics : pyarrow.Table or None
        Contract `STATISTICS`.
    content_sum : str
        As `CohortData.content_sum`.
    failure : Failure or None
    """

    cohort: str
    folder: str
    title: str | None = None
    study: str | None = None
    synthetic: bool | None = None
    dyads: int | None = None
    statistics: pa.Table | None = None
    content_sum: str = ""
    failure: Failure | None = None


def analyse_cohorts(
    cohorts: Sequence[tuple[str, str, Path]], settings: BatchSettings
) -> list[CohortOutcome]:
    """Analyse some cohorts, one after the other; one that fails does not stop the others.

    Parameters
    ----------
    cohorts : sequence of (str, str, Path)
        Name, place for messages, and folder of each.
    settings : BatchSettings
    """
    return [analyse_cohort(name, place, path, settings) for name, place, path in cohorts]


def analyse_cohort(name: str, place: str, path: Path, settings: BatchSettings) -> CohortOutcome:
    """The statistics of a cohort, as the steps of the workflow give them, or why there are none.

    Parameters
    ----------
    name, place : str
        Name of the cohort, and its folder as messages show it.
    path : Path
        The folder with cohort.yaml.
    settings : BatchSettings
    """
    cohort: Cohort | None = None
    try:
        cohort = read_cohort(path / "cohort.yaml")
        if settings.study is not None:
            cohort = cohort.model_copy(update={"study": settings.study})
        return _analysed(cohort, place, path, settings)
    except AttuneError as error:
        reason = "cohort_file" if cohort is None else _reason(error)
        sentence = "\n".join([error.heading, *error.problems])
    except Exception as error:
        # A cell's content may stand in the message of a defect, so that only its place is kept.
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        reason = "defect"
        sentence = (
            f"{type(error).__name__} in {where}. `attune check` and a run of this cohort alone show"
            " more; please report it."
        )
    failure = Failure(name, place, reason, sentence)
    if cohort is None:
        return CohortOutcome(name, place, failure=failure)
    return CohortOutcome(
        name, place, cohort.title, cohort.study, bool(cohort.synthetic), failure=failure
    )


def _analysed(cohort: Cohort, place: str, path: Path, settings: BatchSettings) -> CohortOutcome:
    study, keys = _study_and_keys(cohort, settings.find)
    check_plan(study, cohort, keys)
    if not settings.resampling:
        refuse_bootstrap_intervals(study)
    data, counts = validated_data(
        read_raw_sheets(path, cohort), cohort, keys, study, read_dictionaries(path, cohort)
    )
    found = study_statistics(
        data,
        cohort,
        keys,
        study,
        settings.choices,
        analyses=settings.analyses,
        resampling=settings.resampling,
    )
    rows = [part for part in (counts, found) if len(part)]
    return CohortOutcome(
        cohort=cohort.cohort,
        folder=place,
        title=cohort.title,
        study=cohort.study,
        synthetic=bool(cohort.synthetic),
        dyads=len(data.sample),
        statistics=conform(pd.concat(rows, ignore_index=True), STATISTICS),
        content_sum=data.content_sum(),
    )


def refuse_bootstrap_intervals(study: Study) -> None:
    """Refuse a study whose declared intervals need the resamples that are left out.

    Raises
    ------
    AnalysisError
        With every analysis that declares them.
    """
    declared = [
        f"{section}.{name}.interval: found 'bca', which needs bootstrap samples. Add --resampling,"
        " or declare fisher_z or robust"
        for section, entries in study.sections().items()
        for name, entry in entries.items()
        if getattr(entry, "interval", None) == "bca"
    ]
    if declared:
        raise AnalysisError(f"workflow/studies/{study.study}.yaml cannot be used here.", declared)


def _reason(error: AttuneError) -> str:
    if isinstance(error, RawDataError):
        return "raw_files"
    return "plan" if isinstance(error, ConfigurationError) else "analysis"


def _study_and_keys(
    cohort: Cohort, find: Callable[[str], str]
) -> tuple[Study, dict[str, Instrument]]:
    """Study and scoring keys, with the cohort's own missing rules; files are read once."""
    used = frozenset(selection.instrument for selection in cohort.selections())
    scored = frozenset(score.instrument for score in cohort.scores)
    known = _files_read(find)
    if (cohort.study, used, scored) not in known:
        known[cohort.study, used, scored] = read_study_and_keys(cohort, find)
    study, keys = known[cohort.study, used, scored]
    return study, with_missing_rules(keys, cohort.missing_rules)


_Files = dict[tuple[str, frozenset[str], frozenset[str]], tuple[Study, dict[str, Instrument]]]


@cache
def _files_read(find: Callable[[str], str]) -> _Files:
    """What this process has read already, by study and instruments."""
    return {}
