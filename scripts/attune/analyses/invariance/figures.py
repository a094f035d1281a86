"""Figure of measurement invariance: loadings and intercepts of the items, set beside set."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from attune.analyses.invariance.declaration import Invariance, invariance_tests
from attune.analyses.invariance.design import set_words
from attune.printing.figure_context import FigureContext
from attune.printing.style import SMALL, as_typed, letter_panels, new_figure, series_style
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.statistic_rows import statistic_id

PANELS = (("item_loading", "Standardised loading"), ("item_intercept", "Intercept (points)"))
"""Statistic and axis of each panel."""

_BAND = 0.5
"""Height of the band of an item that its sets share; the rest keeps items apart."""


def draw_invariance_items(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """Loading and intercept of every item in each set of answers, with their intervals.

    Raises
    ------
    AnalysisError
        The study declares no test of invariance, or its first model could not be fitted.
    """
    found = invariance_tests(context.study)
    names = [name for name in declared.analyses or found if name in found]
    if not names:
        raise AnalysisError("the figure needs a test of invariance, and none is declared")
    name, test = names[0], found[names[0]]
    prefix = f"{statistic_id(name)}."
    items = list(
        dict.fromkeys(
            identifier.split(".")[2]
            for identifier, row in context.store.items()
            if row["statistic"] == "item_loading" and identifier.startswith(prefix)
        )
    )
    if not items:
        raise AnalysisError("the configural model could not be fitted, so that it has no loadings")
    items.sort(key=int)
    figure = new_figure(height=0.9 + 0.33 * len(items))
    panels = list(figure.subplots(1, len(PANELS), sharey=True))
    for axes, (statistic, words) in zip(panels, PANELS, strict=True):
        for place in range(len(test.sets(context.cohort))):
            _draw_set(axes, context, (name, test, statistic), items, place)
        axes.set_xlabel(words)
        axes.set_yticks(range(len(items)), [f"Item {item}" for item in items], fontsize=SMALL)
        axes.set_ylim(len(items) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
    letter_panels(panels)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="outside upper center",
        ncols=len(labels),
        fontsize=SMALL,
        frameon=False,
    )
    return figure


def _draw_set(
    axes: Axes,
    context: FigureContext,
    of: tuple[str, Invariance, str],
    items: list[str],
    place: int,
) -> None:
    """Points and intervals of one condition, rater or occasion."""
    name, test, statistic = of
    sets = test.sets(context.cohort)
    if test.across == "conditions":
        style = context.arm_style(context.cohort.sample.conditions()[sets[place]])
    else:
        style = series_style(place)
    shift = _BAND * (place / max(len(sets) - 1, 1) - 0.5)
    points, heights = [], []
    for height, item in enumerate(items):
        identifier = statistic_id(name, sets[place], item, statistic)
        row = context.store.get(identifier)
        if row is None or row["estimate"] is None:
            continue
        points.append(row["estimate"])
        heights.append(height + shift)
        if row["ci_low"] is not None:
            ends = [row["ci_low"], row["ci_high"]]
            axes.plot(ends, [heights[-1]] * 2, color=style.colour, linewidth=1.2)
    axes.plot(
        points,
        heights,
        color=style.colour,
        marker=style.marker,
        markersize=4.5,
        markerfacecolor="white",
        linestyle="none",
        label=as_typed(set_words(sets[place], test, context.cohort)),
    )


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "invariance_items": draw_invariance_items,
}
