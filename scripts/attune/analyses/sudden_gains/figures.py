"""Figures of sudden gains: the mean course of the sessions around them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from attune.analyses.sudden_gains.declaration import gain_searches
from attune.analyses.sudden_gains.estimate import POSITIONS
from attune.printing.figure_context import FigureContext, with_units
from attune.printing.style import BLUE, GREY, SMALL, letter_panels, new_figure
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.statistic_rows import statistic_id

_TICKS = {
    -2: "2 before",
    -1: "1 before",
    0: "last before",
    1: "first after",
    2: "1 later",
    3: "2 later",
}
"""Distance from the session before the gain -> words on the axis."""


def draw_sudden_gains(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per measure: mean scores three sessions before to three after the first gain.

    Raises
    ------
    AnalysisError
        The study looks for no sudden gains.
    """
    entries = gain_searches(context.study)
    panels = [
        (name, measure)
        for name in declared.analyses or entries
        if entries[name].gains is not None
        for measure in entries[name].measures
    ]
    if not panels:
        raise AnalysisError("a figure of sudden gains needs an analysis with the key 'gains'")
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(height=3.4 if columns == 1 else 3.0 * rows)
    every = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, (name, measure) in zip(every, panels, strict=False):
        _draw_course(axes, context, statistic_id(name, measure, "gains", "course"))
        units = context.units(measure)
        label = context.study.label_of(measure)
        axes.set_ylabel(with_units(label, f"({units})" if units else "", 38))
    for axes in every[len(panels) :]:
        axes.set_visible(False)
    letter_panels(every[: len(panels)])
    return figure


def _draw_course(axes: Axes, context: FigureContext, prefix: str) -> None:
    """Means with standard errors; sessions of too few patients are left out."""
    found: dict[int, dict[str, Any]] = {}
    for position, distance in POSITIONS.items():
        identifier = f"{prefix}.{position}.course_mean"
        if identifier in context.store:
            row = context.statistic(identifier)
            if row["estimate"] is not None:
                found[distance] = row
    if not found:
        axes.text(
            0.5,
            0.5,
            f"not shown: no gains, or fewer than {context.smallest} {context.case}s"
            if context.smallest
            else "no gains",
            transform=axes.transAxes,
            ha="center",
            fontsize=SMALL,
        )
        axes.set(xticks=[], yticks=[])
        return
    places = [*found]
    means = np.array([row["estimate"] for row in found.values()], dtype=float)
    errors = np.array([row["se"] or 0.0 for row in found.values()], dtype=float)
    axes.axvspan(0, 1, color=GREY, alpha=0.15, linewidth=0)
    axes.errorbar(
        places,
        means,
        yerr=errors,
        color=BLUE,
        marker="o",
        markersize=5,
        linewidth=1.4,
        elinewidth=0.9,
        capsize=2,
    )
    axes.set_xticks([*_TICKS], [words.replace(" ", "\n") for words in _TICKS.values()])
    axes.set_xlabel("Sessions around the sudden gain")


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "sudden_gains": draw_sudden_gains,
}
