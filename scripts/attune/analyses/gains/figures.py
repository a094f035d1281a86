"""Pretest and posttest of each outcome: a line per dyad, or clouds of many dyads."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from attune.analyses.analysis import MOST_LINES
from attune.printing.figure_context import FigureContext, with_units
from attune.printing.style import (
    BLUE,
    INK,
    SMALL,
    VERMILLION,
    as_typed,
    letter_panels,
    new_figure,
)  # fmt: skip
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure

_GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, spread evenly however many there are; no random number is needed."""


def draw_prepost(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per outcome, with the means of both occasions and their t intervals.

    Only dyads with both values, as observed where the gains hold observed values.

    Raises
    ------
    AnalysisError
        The study declares no outcome.
    """
    outcomes = declared.outcomes or list(context.study.outcomes)
    if not outcomes:
        raise AnalysisError("a prepost figure needs an outcome, and the study declares none")
    n_columns = min(2, len(outcomes))
    n_rows = -(-len(outcomes) // n_columns)
    figure = new_figure(height=3.9 if n_columns == 1 else 3.4 * n_rows)
    panels = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    any_lines = False
    for axes, name in zip(panels, outcomes, strict=False):
        pairs = _pairs(context, name)
        lines = len(pairs) <= MOST_LINES
        any_lines |= lines
        withheld = context.withheld(len(pairs))
        if withheld:
            axes.set_yticks([])
        else:
            _draw_lines(axes, pairs) if lines else _draw_clouds(axes, pairs)
            _draw_means(axes, pairs, context.interval, inside=lines)
        _name_axes(axes, context, name, withheld or f"$n$ = {len(pairs)}")
    for axes in panels[len(outcomes) :]:
        axes.set_visible(False)
    letter_panels(panels[: len(outcomes)])
    handles = _legend(context.interval, any_lines, context.case)
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
    return figure


def mean_interval(values: NDArray[np.float64], interval: float) -> tuple[float, float]:
    """Mean and half width of its t interval; the width of a single value is not defined (NaN).

    Examples
    --------
    >>> mean, half_width = mean_interval(np.array([1.0, 2.0, 3.0]), 0.95)
    >>> mean, round(half_width, 4)
    (2.0, 2.4841)
    """
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return (float(values.mean()) if n else math.nan), math.nan
    standard_error = values.std(ddof=1) / math.sqrt(n)
    return float(values.mean()), float(stdtrit(n - 1, 0.5 + interval / 2) * standard_error)


def _pairs(context: FigureContext, outcome: str) -> pd.DataFrame:
    gains = context.gains[context.gains["outcome"] == outcome]
    first = gains[gains["imputation"] == gains["imputation"].min()]
    return first[["pretest", "posttest"]].dropna().astype(float)


def _draw_lines(axes: Axes, pairs: pd.DataFrame) -> None:
    rises = pairs["posttest"] > pairs["pretest"]
    for chosen, colour, style in ((~rises, BLUE, "-"), (rises, VERMILLION, (0, (4, 2)))):
        heights = pairs.loc[chosen, ["pretest", "posttest"]].to_numpy().T
        axes.plot([0, 1], heights, color=colour, linestyle=style, linewidth=0.9, alpha=0.6)


def _draw_clouds(axes: Axes, pairs: pd.DataFrame) -> None:
    spread = (np.arange(len(pairs)) * _GOLDEN) % 1
    for place, column, side in ((0, "pretest", "low"), (1, "posttest", "high")):
        values = pairs[column].to_numpy()
        outwards = -1 if side == "low" else 1
        if np.ptp(values) > 0:
            violin: dict[str, Any] = axes.violinplot(
                [values],
                positions=[place + outwards * 0.06],
                widths=0.7,
                side=side,  # type: ignore[arg-type]
                showextrema=False,
            )
            violin["bodies"][0].set(facecolor=BLUE, alpha=0.35, edgecolor=BLUE, linewidth=0.8)
        x = place - outwards * (0.04 + 0.18 * spread)
        axes.scatter(x, values, s=6, color=BLUE, alpha=0.5, linewidth=0)


def _draw_means(axes: Axes, pairs: pd.DataFrame, interval: float, inside: bool) -> None:
    intervals = [
        mean_interval(pairs[name].to_numpy(), interval) for name in ("pretest", "posttest")
    ]
    means, half_widths = zip(*intervals, strict=True)
    places = [-0.06, 1.06] if inside else [0, 1]
    axes.plot(places, means, color=INK, linewidth=1.8, zorder=4)
    axes.errorbar(
        places,
        means,
        yerr=np.nan_to_num(half_widths),
        color=INK,
        linestyle="none",
        marker="o",
        markersize=5,
        capsize=3,
        elinewidth=1.4,
        zorder=5,
    )


def _name_axes(axes: Axes, context: FigureContext, outcome: str, title: str) -> None:
    declared = context.study.outcomes[outcome]
    occasions = [
        str(context.study.measures[name].occasion or context.study.label_of(name))
        for name in (declared.pretest, declared.posttest)
    ]
    labels = [as_typed(name.replace("_", " ").capitalize()) for name in occasions]
    axes.set_xticks([0, 1], labels)
    axes.set_xlim(-0.5, 1.5)
    units = context.units(declared.pretest)
    axes.set_ylabel(with_units(declared.label, f"({units})" if units else "", 38))
    axes.set_title(title, loc="right", fontsize=SMALL + 0.5)


def _legend(interval: float, lines: bool, case: str) -> list[Line2D]:
    mean = f"mean with {100 * interval:g}% interval"
    handles = [Line2D([], [], color=INK, marker="o", markersize=5, linewidth=1.8, label=mean)]
    if lines:
        dashed = (0, (4, 2))
        return [
            *handles,
            Line2D([], [], color=BLUE, label="not higher at the second occasion"),
            Line2D([], [], color=VERMILLION, linestyle=dashed, label="higher"),
        ]
    label = f"one {case}"
    dot = Line2D([], [], color=BLUE, marker="o", markersize=3, linestyle="none", label=label)
    return [*handles, dot]


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {"prepost": draw_prepost}
