"""What a run of Snakemake can make, and which cohorts and syntheses are refused, each with why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attune.specs.errors import AttuneError, ConfigurationError
from attune_files.own_text_files import refuse_own_texts
from attune_files.project import read_cohort_and_study
from attune_files.raw.folder import source_mark, source_sentence

if TYPE_CHECKING:
    from attune.specs.cohort import Cohort
    from attune.specs.config import Config
    from attune.specs.study import Study
    from attune.specs.synthesis import Crosswalk, Synthesis

Find = Callable[[str], str]


@dataclass
class RunPlan:
    """The parts of a run.

    Attributes
    ----------
    cohorts, studies : dict
        By cohort: those of config.yaml and of its syntheses that can be analysed.
    source_marks : dict of str to str
        `attune_files.raw.folder.source_mark` of each cohort that is computed, that is, whose
        statistics are not given.
    syntheses, crosswalks : dict
        By name.
    refused : dict of str to AttuneError
        Why a cohort ("help") or a synthesis ("synthesis/empathy") cannot be made.
    sentences : list of str
        What a user should know before the first job.
    """

    cohorts: "dict[str, Cohort]" = field(default_factory=dict)
    studies: "dict[str, Study]" = field(default_factory=dict)
    source_marks: dict[str, str] = field(default_factory=dict)
    syntheses: "dict[str, Synthesis]" = field(default_factory=dict)
    crosswalks: "dict[str, Crosswalk]" = field(default_factory=dict)
    refused: dict[str, AttuneError] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    def computed(self) -> "list[Cohort]":
        """The cohorts whose statistics are computed."""
        return [self.cohorts[name] for name in self.source_marks]


def read_run_plan(choices: "Config", find: Find) -> RunPlan:
    """The parts of a run, each checked before the first job; those with a fault are set aside.

    Parameters
    ----------
    choices : Config
        config.yaml.
    find : callable
        Where a file of the project lies, given its path in the project.

    Raises
    ------
    ConfigurationError
        Nothing is left to be made; with the problems of all parts.
    """
    plan = RunPlan()
    for name in choices.cohorts:
        _add_cohort(plan, name, choices, find)
    if choices.syntheses:
        _add_syntheses(plan, choices, find)
    plan.sentences[:0] = filter(None, map(source_sentence, plan.computed()))
    asked = {*choices.cohorts, *map(place_of_synthesis, choices.syntheses)}
    if asked <= set(plan.refused):
        heading = "cohorts of config.yaml cannot be analysed"
        if choices.syntheses:
            heading = "cohorts and syntheses of config.yaml cannot be made"
        raise ConfigurationError(f"The {heading}.", list(map(as_problem, plan.refused.values())))
    return plan


def place_of_synthesis(name: str) -> str:
    """The folder of a synthesis in results and logs."""
    return f"synthesis/{name}"


def as_problem(error: AttuneError) -> str:
    """An error with its problems as one entry in the list of another's."""
    return "\n      ".join([error.heading, *error.problems])


def _add_cohort(plan: RunPlan, name: str, choices: "Config", find: Find) -> None:
    """A cohort with its study into the plan, or why it is refused."""
    try:
        cohort, study = read_cohort_and_study(name, find)
        _add_computed(plan, cohort, study, choices, find)
    except AttuneError as error:
        plan.refused[name] = error


def _add_computed(
    plan: RunPlan, cohort: "Cohort", study: "Study", choices: "Config", find: Find
) -> None:
    """A cohort whose statistics are computed into the plan; its source and texts may refuse it."""
    name = cohort.cohort
    mark = source_mark(cohort)
    refuse_own_texts([cohort], {name: study}, [], choices.documented(), find)
    plan.cohorts[name], plan.studies[name], plan.source_marks[name] = cohort, study, mark


def _add_syntheses(plan: RunPlan, choices: "Config", find: Find) -> None:
    """The syntheses and the further cohorts that they name into the plan, or why not."""
    # Imported here: a project without syntheses starts without their models.
    from attune_files.synthesis_files import (
        cohorts_of_syntheses,
        read_further_cohorts,
        read_syntheses,
    )

    # A cohort of a synthesis that cannot be analysed -> the reasons.
    unusable = {name: [plan.refused[name].heading] for name in plan.refused}
    for name, needing in cohorts_of_syntheses(choices.syntheses, choices.cohorts, find).items():
        try:
            cohorts, studies, sentences = read_further_cohorts(
                {name: needing}, choices.given_statistics, find
            )
            if name in choices.given_statistics:
                plan.cohorts |= cohorts
                plan.studies |= studies
            else:
                _add_computed(plan, cohorts[name], studies[name], choices, find)
        except AttuneError as error:
            unusable[name] = [error.heading, *error.problems]
            continue
        plan.sentences += sentences
    for name in choices.syntheses:
        try:
            _refuse_unusable(name, unusable, find)
            syntheses, crosswalks = read_syntheses([name], plan.cohorts, plan.studies, find)
            refuse_own_texts([], {}, [name], choices.documented(), find)
        except AttuneError as error:
            plan.refused[place_of_synthesis(name)] = error
            continue
        plan.syntheses |= syntheses
        plan.crosswalks |= crosswalks


def _refuse_unusable(name: str, unusable: Mapping[str, list[str]], find: Find) -> None:
    """Refuse a synthesis that names a cohort that cannot be analysed."""
    from attune_files.synthesis_files import cohorts_of_syntheses

    problems = [
        "\n      ".join([f"it takes numbers of {cohort}, which cannot be analysed:", *reasons])
        for cohort, reasons in unusable.items()
        if cohort in cohorts_of_syntheses([name], [], find)
    ]
    if problems:
        raise ConfigurationError(
            f"workflow/syntheses/{name}.yaml cannot be made.",
            [*problems, "Correct that cohort, or take it out of the synthesis."],
        )
