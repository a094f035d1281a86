"""Figures of congruence analyses: the surface over the two ratings, with the dyads on it."""

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from attune.analyses.congruence.declaration import Congruence, congruence_analyses
from attune.analyses.congruence.estimate import TERMS
from attune.printing.figure_context import FigureContext
from attune.printing.style import INK, SMALL, letter_panels, new_figure
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.statistic_rows import statistic_id

_GRID = 241
"""Points of the grid along each rating."""

_LEVELS = 7
"""About as many contours."""

Vector = NDArray[np.float64]


def draw_response_surface(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per surface: predicted outcome, lines of (in)congruence, one point per dyad.

    Raises
    ------
    AnalysisError
        The study declares no surface, or the named analyses have none.
    """
    entries = congruence_analyses(context.study)
    panels = [
        (name, entries[name], outcome)
        for name in declared.analyses or entries
        for outcome in entries[name].outcomes
    ]
    if not panels:
        raise AnalysisError("a figure of a response surface needs a congruence analysis")
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(height=4.4 if columns == 1 else 3.3 * rows)
    every = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, panel in zip(every, panels, strict=False):
        _draw_panel(axes, context, *panel, width=50 if columns == 1 else 36)
    for axes in every[len(panels) :]:
        axes.set_visible(False)
    letter_panels(every[: len(panels)])
    return figure


def _draw_panel(
    axes: Axes, context: FigureContext, name: str, analysis: Congruence, outcome: str, width: int
) -> None:
    x, y = (context.values(rating, analysis.dataset)["value"] for rating in analysis.ratings)
    others = [outcome, *analysis.covariates]
    for other in others:
        known = context.values(other, analysis.dataset)["value"].dropna().index
        x, y = x[x.index.isin(known)], y[y.index.isin(known)]
    both = x.dropna().index.intersection(y.dropna().index)
    across, up = x[both].to_numpy(dtype=float), y[both].to_numpy(dtype=float)
    reason = context.withheld(len(both))
    surface = None if reason or not len(both) else _surface(context, name, outcome)
    axes.set_title(context.short_label(outcome), loc="right", fontsize=SMALL + 0.5)
    if surface is None:
        axes.text(
            0.5,
            0.5,
            reason or "no surface could be estimated",
            transform=axes.transAxes,
            ha="center",
            fontsize=SMALL,
        )
        axes.set(xticks=[], yticks=[])
    else:
        coefficients, centre = surface
        # Other predictors are taken at their means, which moves all contours together.
        means = [context.values(c, analysis.dataset)["value"][both].mean() for c in others[1:]]
        shift = sum(
            _value(context, name, outcome, c) * mean
            for c, mean in zip(others[1:], means, strict=True)
        )
        _draw_surface(axes, across, up, coefficients, centre, shift)
    for side, rating in zip("xy", analysis.ratings, strict=True):
        getattr(axes, f"set_{side}label")(context.axis_label(rating, width=width))


def _value(context: FigureContext, name: str, outcome: str, term: str) -> float:
    found = context.statistic(statistic_id(name, outcome, term, "surface_coefficient"))
    return float("nan") if found["estimate"] is None else float(found["estimate"])


def _surface(context: FigureContext, name: str, outcome: str) -> tuple[Vector, float] | None:
    """Coefficients and centre; None where they are undefined or suppressed."""
    coefficients = np.array([_value(context, name, outcome, term) for term in TERMS])
    centre = context.statistic(statistic_id(name, outcome, "surface_centre"))["estimate"]
    if centre is None or not np.isfinite(coefficients).all():
        return None
    return coefficients, float(centre)


def _draw_surface(
    axes: Axes, x: Vector, y: Vector, coefficients: Vector, centre: float, shift: float
) -> None:
    """Predicted outcome where there are ratings: within the hull of the points."""
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    room = 0.04 * (high - low)
    ends = np.array([low - room, high + room])
    ticks = np.linspace(ends[0], ends[1], _GRID)
    across, up = np.meshgrid(ticks, ticks)
    outside = ~_in_hull(np.column_stack([x, y]), np.column_stack([across.ravel(), up.ravel()]))
    first, second = across - centre, up - centre
    terms = (np.ones_like(first), first, second, first**2, first * second, second**2)
    predicted = shift + sum(b * term for b, term in zip(coefficients, terms, strict=True))
    shown = np.ma.array(predicted, mask=outside.reshape(predicted.shape))
    # Half of the greys: points and lines stay readable on the darkest area.
    greys = mpl.colors.ListedColormap(mpl.colormaps["Greys"](np.linspace(0.05, 0.55, 256)))
    axes.contourf(across, up, shown, levels=_LEVELS, cmap=greys)
    lines = axes.contour(
        across, up, shown, levels=_LEVELS, colors=INK, linewidths=0.6, linestyles="solid"
    )
    axes.clabel(lines, fontsize=SMALL)
    axes.plot(ends, ends, color=INK, linewidth=1.3)
    axes.plot(ends, 2 * centre - ends, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
    small = len(x) > 100
    axes.scatter(
        x, y, s=9 if small else 18, facecolor="white", edgecolor=INK, linewidth=0.6, zorder=4
    )
    axes.set(xlim=ends, ylim=ends, aspect="equal")


def _in_hull(points: Vector, places: Vector) -> NDArray[np.bool_]:
    """Whether places lie in the convex hull of points, its edge included.

    The hull is walked along its corners, lowest point first, always to the rightmost other point.
    """
    corners = _hull(points)
    inside = np.ones(len(places), dtype=bool)
    for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        edge, offset = there - here, places - here
        inside &= edge[0] * offset[:, 1] - edge[1] * offset[:, 0] >= -1e-9
    return inside


def _hull(points: Vector) -> Vector:
    """Corners of the convex hull, against the clock (Andrew's monotone chain)."""

    def half(ordered: Vector) -> list[Vector]:
        chain: list[Vector] = []
        for point in ordered:
            while len(chain) > 1:
                (a, b), (c, d) = chain[-1] - chain[-2], point - chain[-1]
                if a * d - b * c > 0:
                    break
                chain.pop()
            chain.append(point)
        return chain[:-1]

    ordered = np.unique(points, axis=0)
    return np.array([*half(ordered), *half(ordered[::-1])])


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "response_surface": draw_response_surface,
}
