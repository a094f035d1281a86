"""Forest plots of correlations: one line of print each, with the numbers at the right."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from attune.printing import apa
from attune.printing.style import BLUE, GREY, INK, PALE, SMALL, as_typed, new_figure
from attune.store.statistic_kinds import PrintFormat

Line = tuple[str, dict[str, Any] | None]
"""A label with the row of its correlation; without one, a heading."""

_ROW_HEIGHT = 0.19
"""Inches per line of print."""


def forest_of_correlations(lines: Sequence[Line], print_format: PrintFormat) -> Figure:
    """Estimates and intervals as stored; a marker is filled where the interval leaves out zero.

    Parameters
    ----------
    lines : sequence of (str, dict or None)
        From top to bottom. Rows are those of the statistics store.
    print_format : PrintFormat
        Of the numbers at the right.
    """
    figure = new_figure(height=0.7 + _ROW_HEIGHT * len(lines))
    axes = figure.subplots()
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    labels = [as_typed(label) for label, _ in lines]
    axes.set_yticks(range(len(lines)), labels, fontsize=SMALL)
    for place, (tick, (_, row)) in enumerate(zip(axes.get_yticklabels(), lines, strict=True)):
        if row is None:
            tick.set_fontweight("bold")
        else:
            _draw_interval(axes, place, row, print_format)
    axes.set_xlim(-1, 1)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−.5", "0", ".5", "1"])
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"Correlation with {_coverages(lines)} interval")
    return figure


def _draw_interval(axes: Axes, place: int, row: dict[str, Any], print_format: PrintFormat) -> None:
    transform = blended_transform_factory(axes.transAxes, axes.transData)
    axes.axhline(place, color=PALE, linewidth=0.4, zorder=0)
    text = apa.plain_estimate(row, print_format, {})
    if row["estimate"] is not None:
        low, high = row["ci_low"], row["ci_high"]
        known = low is not None and high is not None
        if known:
            places = apa.decimals_of(row, print_format, {})
            text += "  " + apa.limits(low, high, print_format, places)
            axes.plot([low, high], [place, place], color=BLUE, linewidth=1.4, zorder=2)
        clear = known and not low <= 0 <= high
        axes.plot(
            [row["estimate"]],
            [place],
            marker="o",
            markersize=4.5,
            markerfacecolor=BLUE if clear else "white",
            markeredgecolor=BLUE,
            linestyle="none",
            zorder=3,
        )
    axes.text(1.02, place, text, transform=transform, va="center", fontsize=SMALL, color=INK)


def _coverages(lines: Sequence[Line]) -> str:
    levels = {apa.coverage(row["ci_level"]) for _, row in lines if row and row["ci_level"]}
    return " or ".join(sorted(levels)) or "no"
