"""The study file with the sections of all analyses, and whether it fits a cohort."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast

from pydantic import create_model, model_validator

from attune.analyses.registry import ANALYSES, FIGURE_KINDS, STATISTIC_GROUPS, TABLE_KINDS
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Identifier, Instrument
from attune.specs.study import Figure, Study, Table
from attune.specs.study_checks import check_against_instruments, measure_problems


def _with_kinds(model: type[ClosedModel], kinds: Mapping[str, object]) -> Any:
    """A model of tables or figures that accepts the kinds of all analyses and no other."""
    names = cast(Any, Literal)[tuple(kinds)]
    return create_model(model.__name__, __base__=model, __doc__=model.__doc__, kind=(names, ...))


class _StudyWithKinds(Study):
    """A study whose tables name what their kinds can print, and whose ids are not taken."""

    @model_validator(mode="before")
    @classmethod
    def _without_tables_of_no_measure(cls, content: Any) -> Any:
        # The draft of a cohort whose scoring keys are still to be filled in has such tables.
        if not isinstance(content, dict) or content.get("measures"):
            return content
        tables = content.get("tables")
        if not isinstance(tables, dict):
            return content
        kept = {name: table for name, table in tables.items() if not _lists_all_measures(table)}
        return content | {"tables": kept}

    def _problems_of_ids(self) -> list[str]:
        return super()._problems_of_ids() + [
            f"{section}.{name}: {name!r} is the name of a group of statistics. Choose another id"
            for section, entries in self.sections().items()
            for name in entries
            if name in STATISTIC_GROUPS
        ]

    def _references(self) -> Iterator[tuple[str, str, list[str]]]:
        yield from super()._references()
        for key, table in self.tables.items():
            kind = TABLE_KINDS[table.kind]
            for name in table.rows:
                yield f"tables.{key}.rows", name, kind.rows(self)
            if kind.columns_are_measures:
                for name in table.columns:
                    yield f"tables.{key}.columns", name, [*self.measures, *self.outcomes]


def _lists_all_measures(table: Any) -> bool:
    """Whether the rows of a table, as the study file has it, are all measures of the study."""
    if not isinstance(table, dict) or table.get("rows"):
        return False
    kind = table.get("kind")
    return isinstance(kind, str) and kind in TABLE_KINDS and TABLE_KINDS[kind].of_measures


def _study_file() -> type[Study]:
    # Pydantic lists the fields of the last base first.
    bases: Any = [
        analysis.sections for analysis in reversed(ANALYSES) if analysis.sections is not None
    ]
    fields: dict[str, Any] = {
        "tables": (dict[Identifier, _with_kinds(Table, TABLE_KINDS)], {}),  # type: ignore[misc]
        "figures": (dict[Identifier, _with_kinds(Figure, FIGURE_KINDS)], {}),  # type: ignore[misc]
    }
    made: Any = create_model(
        "Study", __base__=(*bases, _StudyWithKinds), __doc__=Study.__doc__, **fields
    )
    return cast(type[Study], made)


StudyFile: type[Study] = _study_file()
"""Model of workflow/studies/<study>.yaml: `attune.specs.study.Study` with a section for each
analysis that has one, and the kinds of tables and figures that the analyses offer."""


def check_plan(study: Study, cohort: Cohort, instruments: Mapping[str, Instrument]) -> None:
    """Reject a study that needs data which the cohort does not hold.

    Raises
    ------
    ConfigurationError
        With every problem at once: measures without a questionnaire, unknown scales and variables,
        and what each analysis cannot do with this cohort.
    """
    check_against_instruments(cohort, instruments)
    problems = plan_problems(study, cohort, instruments)
    if problems:
        raise ConfigurationError(
            f"workflow/studies/{study.study}.yaml does not fit data/{cohort.cohort}/cohort.yaml.",
            problems,
        )


def plan_problems(study: Study, cohort: Cohort, instruments: Mapping[str, Instrument]) -> list[str]:
    """What a study needs and a cohort does not hold, one sentence each."""
    problems = [
        f"measures.{name}: {problem}"
        for name, entries in measure_problems(study, cohort, instruments).items()
        for problem in entries
    ]
    problems += [*_problems_without_items(study, cohort)]
    for name, table in study.tables.items():
        problems += [f"tables.{name}: {one}" for one in table_problems(table, study, cohort)]
    for analysis in ANALYSES:
        problems += analysis.plan_problems(study, cohort)
    return problems


def _problems_without_items(study: Study, cohort: Cohort) -> Iterator[str]:
    """Tables and figures of answers to items, where the cohort has scores only."""
    if cohort.questionnaires:
        return
    declared = [
        (f"tables.{n}", t.kind, TABLE_KINDS[t.kind].needs_items) for n, t in study.tables.items()
    ]
    declared += [
        (f"figures.{n}", f.kind, FIGURE_KINDS[f.kind].needs_items) for n, f in study.figures.items()
    ]
    for place, kind, needs_items in declared:
        if needs_items:
            yield (
                f"{place}: kind {kind} needs answers to items, and the cohort brings scores only."
                " Remove it; a table of kind retention shows who has a score at which occasion"
            )


def table_problems(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Problems of a table's declaration: missing keys, and names that its kind cannot print."""
    kind = TABLE_KINDS[table.kind]
    problems = _analysis_problems(table, study)
    if kind.columns_are_measures and not table.columns:
        problems.append(f"a table of kind {table.kind} needs the key 'columns'")
    if problems or kind.printable is None:
        return problems
    printable = kind.printable(table, study, cohort)
    if kind.needs_rows and not printable:
        return [f"a table of kind {table.kind} has nothing to print: {kind.needs_rows}"]
    names = [("rows", name) for name in table.rows]
    names += [("columns", name) for name in table.columns if kind.columns_are_measures]
    return [
        f"{key}: {name!r} cannot be printed by this table. {did_you_mean(name, printable)}"
        for key, name in names
        if name not in printable
    ]


def _analysis_problems(table: Table, study: Study) -> list[str]:
    section = TABLE_KINDS[table.kind].section
    if not section:
        return []
    if not table.analyses:
        return [f"a table of kind {table.kind} needs the key 'analyses'"]
    fitting = list(study.sections().get(section, {}))
    return [
        f"analyses: {name!r} does not fit the kind {table.kind}. {did_you_mean(name, fitting)}"
        for name in table.analyses
        if name not in fitting
    ]
