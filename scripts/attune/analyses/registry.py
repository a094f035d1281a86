"""All analyses, found from the folders of this package; see `attune.analyses.analysis`.

Reading the registry imports the declarations and nothing else: no pandas, matplotlib or pingouin.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

import attune.analyses
from attune.analyses.analysis import Analysis, FigureKind, StatisticGroup, TableKind
from attune.specs.study import Study


def analysis_modules(module: str) -> dict[str, ModuleType]:
    """The modules of this name of all analyses, by analysis, imported now.

    Parameters
    ----------
    module : str
        Such as "tables". Written out where it is called: the files that a step depends on are found
        from the source text (`attune_files.steps.step_code`).
    """
    found = {}
    for analysis in pkgutil.iter_modules(attune.analyses.__path__):
        if analysis.ispkg:
            package = import_module(f"attune.analyses.{analysis.name}")
            if module in {
                found_module.name for found_module in pkgutil.iter_modules(package.__path__)
            }:
                found[analysis.name] = import_module(f"{package.__name__}.{module}")
    return found


def in_order(found: Mapping[str, ModuleType]) -> list[ModuleType]:
    """Modules of analyses in the order of the analyses."""
    return [found[analysis.name] for analysis in ANALYSES if analysis.name in found]


ANALYSES: tuple[Analysis, ...] = tuple(
    sorted(
        (module.ANALYSIS for module in analysis_modules("declaration").values()),
        key=lambda analysis: (analysis.place, analysis.name),
    )
)
"""All analyses in the order of documents."""

STATISTIC_GROUPS: dict[str, StatisticGroup] = {
    name: group for analysis in ANALYSES for name, group in analysis.groups.items()
}
"""Statistics that every study has, by the first part of their ids."""

TABLE_KINDS: dict[str, TableKind] = {
    kind: declared for analysis in ANALYSES for kind, declared in analysis.tables.items()
}
FIGURE_KINDS: dict[str, FigureKind] = {
    kind: declared for analysis in ANALYSES for kind, declared in analysis.figures.items()
}


def analysis_of(identifier: str, study: Study) -> str:
    """The analysis whose file of statistics holds an id; "" where the study has no such analysis.

    Parameters
    ----------
    identifier : str
        Its first part is a group of statistics, or the id of a declared analysis.
    study : Study
    """
    first = identifier.partition(".")[0]
    sections = {key for key, entries in study.sections().items() if first in entries}
    for analysis in ANALYSES:
        fields = analysis.sections.model_fields if analysis.sections else {}
        if first in analysis.groups or sections & set(fields):
            return analysis.name
    return ""
