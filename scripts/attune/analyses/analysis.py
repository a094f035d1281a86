"""What an analysis declares: the types of its module `declaration`.

A folder `attune/analyses/<name>/` is one analysis. Its module `declaration` holds `ANALYSIS`, an
`Analysis`: everything that other parts of the project need to know before a number is computed.
Code with heavy imports is in modules with fixed names, which are imported only where they are
needed (`attune.analyses.registry.analysis_modules`):

============  =====================================================================================
estimate      the computation, called by the step of its rule; and `statistics(inputs, resampling)`,
              the same from `AnalysisInputs`, for `attune.pipeline`
kinds         `KINDS`: a `StatisticKind` for each kind of statistic that it gives
tables        `TABLES`: kind of table -> function (Table, Context) -> Body
figures       `FIGURES`: kind of figure -> function (Figure, FigureContext) -> matplotlib Figure
facts         `facts(study, cohort, labels, written)`: what templates may use of the plan
estimable     `estimable(study, cohort, values)`: what a cohort can estimate, for its page;
              `obstacles(study, cohort, values)`, where data can stop the step: why, in sentences
draft         `sections(plan)`, `tables(plan)`: lines of the study file that `new-cohort` drafts
============  =====================================================================================

Every module but `declaration` may be absent.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from attune.printing.text import Text
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.config import Choices
from attune.specs.instrument import Instrument
from attune.specs.study import DeclaredAnalysis, Figure, Study, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from attune.scoring.score_coverage import ScoreCoverage


def measures_and_outcomes(study: Study) -> list[str]:
    """Names of all measures and outcomes of a study."""
    return [*study.measures, *study.outcomes]


def nothing(*_: object) -> list[str]:
    """No names and no problems."""
    return []


@dataclass(frozen=True)
class TableKind:
    """A kind of table that a study file may ask for.

    Attributes
    ----------
    section : str
        Section of the study file whose entries the table's `analyses` must name; empty: the kind
        takes no analyses.
    rows : callable
        Names that the table's `rows` may hold, from the study alone.
    printable : callable, optional
        Names that a table can print, given its declaration, study and cohort; None: the builder
        reports unknown names itself.
    needs_rows : str
        What the plan lacks where nothing is printable, as a clause; empty: the table may be empty.
    columns_are_measures : bool
        Whether the table's `columns` name measures or outcomes; otherwise they choose among the
        columns of the kind.
    needs_items : bool
        Whether it needs answers to items, which a cohort of scores does not have.
    of_measures : bool
        Whether a row is a measure, so that a study without measures has no such table.
    interval : str
        Key of config.yaml that sets the coverage of its intervals; empty: the statistic's own.
    power : str
        Key of config.yaml that sets the power of the smallest effects that it prints; empty: none.
    """

    section: str = ""
    rows: Callable[[Study], list[str]] = measures_and_outcomes
    printable: Callable[[Table, Study, Cohort], list[str]] | None = nothing
    needs_rows: str = ""
    columns_are_measures: bool = False
    needs_items: bool = False
    of_measures: bool = False
    interval: str = ""
    power: str = ""


MOST_LINES = 100
"""More dyads than these are drawn as clouds instead of a line each."""

CountOf = Callable[[str], int | None]
"""A count of the statistics store by its id; None where it is unknown or not shown."""


@dataclass(frozen=True)
class FigureKind:
    """A kind of figure that a study file may ask for.

    Attributes
    ----------
    remark : str
        How to read it, as Markdown; `{interval}` is the coverage of the intervals that it draws,
        `{cases}` what a row of the sample sheet is called, in the plural.
    needs_items : bool
        Whether it needs answers to items.
    interval : str
        Key of config.yaml that sets the coverage of the intervals that it computes itself; empty:
        it computes none.
    further : callable
        A second remark, about what only some figures of the kind show; empty: none. Its arguments
        are the figure, the study, and a function that gives a count by its id, None where it is not
        known.
    """

    remark: str
    needs_items: bool = False
    interval: str = ""
    further: Callable[[Figure, Study, CountOf], str] = lambda figure, study, count_of: ""


@dataclass(frozen=True)
class StatisticGroup:
    """Statistics of every study whose ids begin with the same word, as `retention.<measure>.n`.

    Attributes
    ----------
    title : str
        Heading in the notebook.
    of_questionnaires : bool
        Whether the next part of the ids is an instrument; otherwise a measure or variable.
    terms : callable
        Names that may follow in the ids, part by part, from the study; what is not listed is not
        checked.
    """

    title: str
    of_questionnaires: bool = False
    terms: Callable[[Study], list[list[str]]] = lambda study: []


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One analysis, as the rest of the project knows it.

    Attributes
    ----------
    name : str
        Its folder, its file results/<cohort>/statistics/<name>.parquet and its template part
        reports/analyses/<name>.qmd.j2, if it has one.
    title : str
        In words.
    place : int
        Order among the analyses: in documents, figures and the notebook.
    rule : str
        The rule, and step, that computes its statistics.
    sections : type, optional
        Model with the keys that it adds to the study file.
    plan_problems : callable
        What a study asks of it that a cohort cannot give, one sentence each.
    asked_for : callable
        Whether a study asks for it.
    not_asked_for : str
        Why topics of the reporting checklist do not apply to a study that does not.
    groups : mapping of str to StatisticGroup
        Its statistics that every study has, by the first part of their ids. (Statistics of declared
        analyses begin with the id that the study gives them.)
    tables : mapping of str to TableKind
    figures : mapping of str to FigureKind
    shared_tables : tuple of str
        Tables of results/<cohort>/ that it writes and an archive shares, besides its statistics.
    columns : mapping of str to str
        Meaning of the columns of these tables that no other table has, for the codebook.
    """

    name: str
    title: str
    place: int = 100
    rule: str
    sections: type[ClosedModel] | None = None
    plan_problems: Callable[[Study, Cohort], Iterable[str]] = nothing
    asked_for: Callable[[Study], bool] = lambda study: True
    not_asked_for: str = ""
    groups: Mapping[str, StatisticGroup] = field(default_factory=dict)
    tables: Mapping[str, TableKind] = field(default_factory=dict)
    figures: Mapping[str, FigureKind] = field(default_factory=dict)
    shared_tables: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    def runs_for(self, study: Study) -> bool:
        """Whether its rule runs: the study asks for it, or other steps read a table of it."""
        return self.asked_for(study) or bool(self.shared_tables)


@dataclass(frozen=True)
class AnalysisInputs:
    """What the analyses of a study are computed from (`attune.pipeline.prepare`).

    Attributes
    ----------
    cohort, instruments, study, choices
        As given; `study` names the one data set of all analyses where one was chosen.
    coverage : ScoreCoverage or None
        How many questionnaires gave each score; None where no analysis reports it.
    answers : pyarrow.Table
        Contract `RESPONSES`.
    sample, measures, gains : pandas.DataFrame
        Contracts `SAMPLE`, `MEASURES`, `GAINS`.
    regressions : pandas.DataFrame
        Contract `STATISTICS`: the regressions behind the residual gains.
    datasets : dict of str to pandas.DataFrame
        See `attune.store.datasets.analysis_datasets`.
    """

    cohort: Cohort
    instruments: Mapping[str, Instrument]
    study: Study
    choices: Choices
    coverage: "ScoreCoverage | None"
    answers: "pa.Table"
    sample: "pd.DataFrame"
    measures: "pd.DataFrame"
    gains: "pd.DataFrame"
    regressions: "pd.DataFrame"
    datasets: "dict[str, pd.DataFrame]"

    @cached_property
    def responses(self) -> "pd.DataFrame":
        """The answers as a frame, made once for the analyses that look at items."""
        return self.answers.to_pandas()


@dataclass(frozen=True)
class Level:
    """A level of a category, or a measure: the ids of its statistics begin with `prefix`."""

    label: Text
    prefix: str


class Tested:
    """What is tested, in the facts of an analysis: `prefix` begins the ids of its statistics."""

    prefix: str
    tested: str
    """Statistic whose p decides."""

    @property
    def tested_id(self) -> str:
        """Id of the statistic whose p decides."""
        return f"{self.prefix}.{self.tested}"


class TestedEffect(Tested):
    """A tested effect whose size is another statistic."""

    __test__ = False  # not one of pytest's

    effect_size: str
    """Statistic of the size."""

    @property
    def size_id(self) -> str:
        """Id of the size."""
        return f"{self.prefix}.{self.effect_size}"


@dataclass(frozen=True)
class AnalysisCheck:
    """Whether a cohort can estimate one number that the study asks for."""

    analysis: str
    """Id in the study."""
    title: str
    kind: str
    """What it is, in a word: outcome, correlation, comparison."""
    terms: str
    """What is analysed, in printed labels."""
    dataset: str
    n: int
    """Dyads with all that the analysis needs."""
    reason: str = ""
    """Why it is skipped; empty where it can be estimated."""

    @classmethod
    def of(
        cls, name: str, declared: DeclaredAnalysis, kind: str, terms: str, n: int, reason: str
    ) -> "AnalysisCheck":
        """Whether a number of the analysis that a study declares under a name can be estimated."""
        return cls(name, declared.title, kind, terms, declared.dataset, n, reason)

    @property
    def estimable(self) -> bool:
        """Whether it can be estimated."""
        return not self.reason


@dataclass(frozen=True)
class MeasureValues:
    """The data sets of a study, without the measures that the cohort does not hold.

    Attributes
    ----------
    datasets : dict of str to pandas.DataFrame
        `available` and, where the study imputes, `imputed`: one row per dyad, the column condition
        and one column per measure or outcome.
    measures : pandas.DataFrame
        Contract `MEASURES`: also those that change between occasions.
    sample : pandas.DataFrame
        The sample sheet, one row per dyad.
    absent : dict of str to str
        Measure or outcome -> why it is missing.
    instruments : mapping of str to Instrument
    responses : callable
        Contract `RESPONSES`, made when called, since they are many: answers to the items; without
        rows where the raw files hold errors.
    """

    datasets: "dict[str, pd.DataFrame]"
    measures: "pd.DataFrame"
    sample: "pd.DataFrame"
    absent: dict[str, str]
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    responses: "Callable[[], pd.DataFrame] | None" = None


NOT_IMPUTED = "the study uses imputed data, but imputes nothing (`imputation.method: none`)"
"""Why an analysis is skipped whose data set does not exist."""


def why_absent(names: Iterable[str], dataset: str, study: Study, values: MeasureValues) -> str:
    """Why an analysis of measures and outcomes has no data; empty where all of them are there."""
    if dataset not in values.datasets:
        return NOT_IMPUTED
    absent = values.absent
    return "; ".join(f"{study.label_of(one)}: {absent[one]}" for one in names if one in absent)


def is_about(problem: str, place: str) -> bool:
    """Whether a problem of a plan is about an entry of the study file, or a key of it.

    Examples
    --------
    >>> is_about("trial.efficacy.visits: no", "trial.efficacy"), is_about("trial.b: no", "trial.a")
    (True, False)
    """
    return problem.startswith((f"{place}:", f"{place}."))


@dataclass(frozen=True)
class DraftPlan:
    """What the drafted study file of a new cohort holds before its analyses.

    Attributes
    ----------
    measures, outcomes : list of str
        Their ids.
    measures_of_outcomes : set of str
        Measures that are the pretest or posttest of an outcome.
    variables, categories : list of str
        Variables of the sample sheet, and those of them that are categories, as YAML writes them.
    n_conditions : int
        Treatment conditions; 0 where none is recorded.
    has_items : bool
        Whether the cohort has answers to items.
    """

    measures: list[str]
    outcomes: list[str]
    measures_of_outcomes: set[str]
    variables: list[str]
    categories: list[str]
    n_conditions: int
    has_items: bool
    repeated: Mapping[str, list[str]] = field(default_factory=dict)
    """Keys of a measure that was given three times or more, as YAML writes them -> its
    occasions."""
    shares_therapists: bool = False
    """Whether a therapist has two patients or more."""


def drafted_table(
    name: str, document: str, kind: str, title: str, rows: Iterable[str] = ()
) -> Iterator[str]:
    """Lines of a table in a drafted study file."""
    yield f"  {name}:"
    yield f"    document: {document}"
    yield f"    kind: {kind}"
    yield f"    title: {title}"
    if rows:
        yield f"    rows: [{', '.join(rows)}]"
