"""Figures of correlations: scatter plots, a heat map, and a forest plot of intervals."""

import math
import textwrap
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from attune.analyses.correlations.declaration import Correlations, families
from attune.analyses.correlations.kinds import R_FORMAT
from attune.printing import apa
from attune.printing.correlation_forest import Line, forest_of_correlations
from attune.printing.figure_context import FigureContext
from attune.printing.style import (
    BLUE,
    INK,
    SMALL,
    WIDTH,
    letter_panels,
    new_figure,
    wrapped,
)
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.stats.regression import regress
from attune.store.statistic_rows import statistic_id

_CURVE_POINTS = 101
_MINIMUM_FOR_BAND = 3
"""Two points fix a line and leave no degree of freedom for its band."""

Curve = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def regression_band(x: NDArray[np.float64], y: NDArray[np.float64], interval: float) -> Curve:
    r"""Least squares line and the confidence band of its mean, over the range of x.

    .. math:: \hat y(x) \pm t_{n-2}\, s\, \sqrt{1/n + (x - \bar x)^2 / \sum_i (x_i - \bar x)^2}

    with s the residual standard deviation on n - 2 degrees of freedom.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Complete pairs, n > 2, x not constant.
    interval : float
        Coverage of the band at each x.

    Returns
    -------
    grid, fitted, half_width : ndarray, shape (101,)

    References
    ----------
    Draper, N. R., & Smith, H. (1998). Applied regression analysis (3rd ed.), section 3.1.
    https://doi.org/10.1002/9781118625590

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0, 3.0])
    >>> grid, fitted, half_width = regression_band(x, np.array([0.0, 1.0, 1.0, 2.0]), 0.95)
    >>> fitted[[0, -1]].round(3).tolist(), half_width[50].round(4).item()
    ([0.1, 1.9], 0.6803)
    """
    from scipy.special import stdtrit

    n = len(x)
    centred = x - x.mean()
    spread = centred @ centred
    slope = centred @ (y - y.mean()) / spread
    residual = y - y.mean() - slope * centred
    deviation = math.sqrt(residual @ residual / (n - 2))
    grid = np.linspace(x.min(), x.max(), _CURVE_POINTS)
    fitted = y.mean() + slope * (grid - x.mean())
    t = float(stdtrit(n - 2, 0.5 + interval / 2))
    return grid, fitted, t * deviation * np.sqrt(1 / n + (grid - x.mean()) ** 2 / spread)


def draw_scatter(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per declared pair; points that rest on a replaced score are hollow.

    Raises
    ------
    AnalysisError
        The figure does not name exactly one family of correlations, or names a pair that is not
        in it.
    """
    if len(declared.analyses) != 1:
        raise AnalysisError("a scatter figure names one analysis, whose pairs it shows")
    [(analysis, family)] = _families(context, declared.analyses).items()
    every = set(family.pairs())
    pairs = declared.pairs or [(x, y) for x in family.x for y in family.y if (x, y) in every]
    strangers = [pair for pair in pairs if tuple(pair) not in every]
    if strangers:
        raise AnalysisError(
            "the figure cannot be drawn",
            [f"the pair {x}, {y} is not part of the analysis {analysis}" for x, y in strangers],
        )
    n_columns = 1 if len(pairs) == 1 else 2
    n_rows = -(-len(pairs) // n_columns)
    figure = new_figure(height=3.5 if n_columns == 1 else 3.1 * n_rows)
    grid = figure.subplots(n_rows, n_columns, squeeze=False)
    panels = list(grid.flat)
    hollow = False
    for axes, (x, y) in zip(panels, pairs, strict=False):
        points = _pairs(context, x, y, family)
        withheld = context.withheld(len(points))
        if withheld:
            axes.set_title(withheld, loc="right", fontsize=SMALL + 0.5)
            axes.set(xticks=[], yticks=[])
        else:
            hollow |= bool(points["imputed"].any())
            _draw_points(axes, points)
            _draw_line(axes, points, context.interval)
            adjusted = family.tested(y, context.study.outcomes) == "ancova_r"
            row = _correlation(context, analysis, x, y)
            _print_correlation(axes, row, "pr" if adjusted else "r", narrow=n_columns > 1)
        axes.set_xlabel(context.axis_label(x, width=62 if n_columns == 1 else 38))
        axes.set_ylabel(context.axis_label(y, width=38))
    for axes in panels[len(pairs) :]:
        axes.set_visible(False)
    letter_panels(panels[: len(pairs)])
    if hollow:
        figure.legend(handles=_legend(), loc="outside lower left", ncols=2)
    return figure


def _pairs(context: FigureContext, x: str, y: str, family: Correlations) -> pd.DataFrame:
    """The points of a pair; where the analysis of covariance is tested, x and posttest adjusted.

    The correlation of the adjusted scores is the partial correlation that is tested.
    """
    first, second = context.values(x, family.dataset), context.values(y, family.dataset)
    points = pd.DataFrame(
        {"x": first["value"], "y": second["value"], "imputed": first["imputed"] | second["imputed"]}
    )
    if family.tested(y, context.study.outcomes) == "pearson_r":
        return points.dropna()
    outcome = context.study.outcomes[y]
    pretest, posttest = (
        context.values(name, family.dataset)["value"]
        for name in (outcome.pretest, outcome.posttest)
    )
    points = points.assign(pretest=pretest, posttest=posttest).dropna()
    if len(points) > _MINIMUM_FOR_BAND and np.ptp(points["pretest"]) > 0:
        before = points[["pretest"]].to_numpy(dtype=float)
        mean = points["x"].mean()
        points["x"] = mean + regress(points["x"].to_numpy(dtype=float), before).residual
        points["y"] = regress(points["posttest"].to_numpy(dtype=float), before).residual
    return points


def _draw_points(axes: Axes, points: pd.DataFrame) -> None:
    many = len(points) > 100
    size, alpha = (9, 0.45) if many else (22, 0.85)
    for imputed, face in ((False, BLUE), (True, "white")):
        chosen = points[points["imputed"].astype(bool) == imputed]
        axes.scatter(
            chosen["x"],
            chosen["y"],
            s=size,
            alpha=1.0 if imputed else alpha,
            facecolor=face,
            edgecolor=BLUE if imputed else "white",
            linewidth=0.9 if imputed else 0.3,
            zorder=3,
        )


def _draw_line(axes: Axes, points: pd.DataFrame, interval: float) -> None:
    x, y = points["x"].to_numpy(dtype=float), points["y"].to_numpy(dtype=float)
    if len(x) < _MINIMUM_FOR_BAND or np.ptp(x) == 0:
        return
    grid, fitted, half_width = regression_band(x, y, interval)
    axes.fill_between(
        grid, fitted - half_width, fitted + half_width, color=INK, alpha=0.13, linewidth=0, zorder=1
    )
    axes.plot(grid, fitted, color=INK, linewidth=1.4, zorder=4)


def _print_correlation(axes: Axes, row: dict[str, Any], symbol: str, narrow: bool) -> None:
    """Print the correlation above the panel, where points do not overlap it."""
    if row["estimate"] is None:
        reason = f"${symbol}$ not defined: {row['reason']}"
        text = "\n".join(textwrap.wrap(reason, 40 if narrow else 60))
    else:
        text = f"${symbol}$ = {apa.plain_estimate(row, R_FORMAT, {})}"
        if row["ci_low"] is not None and row["ci_high"] is not None:
            places = apa.decimals_of(row, R_FORMAT, {})
            limits = apa.limits(row["ci_low"], row["ci_high"], R_FORMAT, places)
            text += f", {apa.coverage(row['ci_level'])} CI {limits}"
        if row["n"] is not None:
            text += (",\n" if narrow else ", ") + f"$n$ = {apa.number(row['n'], 0)}"
    axes.set_title(text, loc="right", fontsize=SMALL + 0.5)


def _legend() -> list[Line2D]:
    style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5}
    return [
        Line2D([], [], color=BLUE, label="as observed", **style),
        Line2D([], [], color=BLUE, markerfacecolor="white", label="a score replaced", **style),
    ]


_DARK = 0.6
"""Size of a correlation from which its cell needs white print."""


def draw_heatmap(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """Rows are the first measures of the families, columns the second; undefined cells a dash.

    The sign is printed in every cell, so that a print in grey loses nothing.
    """
    chosen = _families(context, declared.analyses)
    rows = list(dict.fromkeys(x for family in chosen.values() for x in family.x))
    columns = list(dict.fromkeys(y for family in chosen.values() for y in family.y))
    size = np.full((len(rows), len(columns)), np.nan)
    printed: dict[tuple[int, int], str] = {}
    for analysis, family in chosen.items():
        for x, y in family.pairs():
            cell = rows.index(x), columns.index(y)
            row = _correlation(context, analysis, x, y)
            size[cell] = np.nan if row["estimate"] is None else row["estimate"]
            printed[cell] = apa.plain_estimate(row, R_FORMAT, {})
    # A few columns across the whole page would look like bars.
    width = min(WIDTH, 3.6 + 0.75 * len(columns))
    figure = new_figure(height=1.5 + 0.36 * len(rows), width=width)
    axes = figure.subplots()
    colours = mpl.colormaps["RdBu_r"].with_extremes(bad="#F2F2F2")
    image = axes.imshow(size, cmap=colours, norm=Normalize(-1, 1), aspect="auto")
    for (row_number, column), text in printed.items():
        dark = abs(size[row_number, column]) > _DARK
        axes.text(
            column, row_number, text, ha="center", va="center", fontsize=8.5,
            color="white" if dark else INK,
        )  # fmt: skip
    labels = [wrapped(context.short_label(name), max(10, 60 // len(columns))) for name in columns]
    axes.set_xticks(range(len(columns)), labels, fontsize=SMALL)
    axes.set_yticks(range(len(rows)), [wrapped(context.short_label(name), 30) for name in rows])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="minor", length=0)
    bar = figure.colorbar(image, ax=axes, shrink=0.9, aspect=18, ticks=[-1, -0.5, 0, 0.5, 1])
    bar.ax.set_yticklabels(["−1", "−.5", "0", ".5", "1"])
    bar.set_label("Correlation")
    bar.outline.set_visible(False)
    return figure


def draw_forest(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """Estimates and intervals as stored, grouped by analysis, with their numbers at the right."""
    lines: list[Line] = []
    for analysis, family in _families(context, declared.analyses).items():
        lines.append((family.title, None))
        for x, y in family.pairs():
            label = f"{context.short_label(x)} – {context.short_label(y)}"
            lines.append((label, _correlation(context, analysis, x, y)))
    return forest_of_correlations(lines, R_FORMAT)


def _families(context: FigureContext, names: list[str]) -> dict[str, Correlations]:
    """The named families of correlations; all where none is named.

    Raises
    ------
    AnalysisError
        A name is not that of a family, or the study declares none.
    """
    known = families(context.study)
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        raise AnalysisError(
            f"{unknown or 'the study'} declares no correlations. Known: {list(known)}."
        )
    return {name: known[name] for name in names or known}


def _correlation(context: FigureContext, analysis: str, x: str, y: str) -> dict[str, Any]:
    """The row of the tested correlation of a pair; without its numbers where suppressed."""
    tested = families(context.study)[analysis].tested(y, context.study.outcomes)
    return context.statistic(statistic_id(analysis, x, y, tested))


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "scatter": draw_scatter,
    "heatmap": draw_heatmap,
    "forest": draw_forest,
}
