"""The figure of correlations over occasions: within and between, with their intervals."""

import textwrap
from collections.abc import Callable

from matplotlib.figure import Figure

from attune.analyses.repeated_correlations.declaration import repeated_families
from attune.analyses.repeated_correlations.kinds import R_FORMAT
from attune.printing.correlation_forest import Line, forest_of_correlations
from attune.printing.figure_context import FigureContext
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.statistic_rows import statistic_id

_HEADING_WIDTH = 40
"""Signs of a line of a heading: the axis keeps half of the width."""


def draw_repeated_correlations(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """Under each pair its correlations within and between; several families have their titles.

    Raises
    ------
    AnalysisError
        The study declares no correlations over occasions, or a name is not one of them.
    """
    families = repeated_families(context.study)
    names = declared.analyses or list(families)
    unknown = [name for name in names if name not in families]
    if unknown or not names:
        raise AnalysisError(
            f"{unknown or 'the study'} declares no correlations over occasions. Known:"
            f" {list(families)}."
        )
    lines: list[Line] = []
    for name in names:
        if len(names) > 1:
            lines += _heading(families[name].title)
        for x, y in families[name].pairs():
            lines += _heading(f"{context.short_label(x)} –", context.short_label(y))
            lines += [
                (
                    f"{level} {context.case}s",
                    context.statistic(statistic_id(name, x, y, f"{level}_r")),
                )
                for level in families[name].levels
            ]
    return forest_of_correlations(lines, R_FORMAT)


def _heading(*parts: str) -> list[Line]:
    """The parts of a heading in one line where they fit, else each in lines of its own."""
    whole = " ".join(parts)
    shown = [whole] if len(whole) <= _HEADING_WIDTH else parts
    return [(line, None) for part in shown for line in textwrap.wrap(part, _HEADING_WIDTH)]


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "repeated_correlations": draw_repeated_correlations,
}
