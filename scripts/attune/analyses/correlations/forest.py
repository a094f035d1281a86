"""Every correlation of some analyses with its interval, one below the other."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from attune.analyses.correlations.kinds import R_FORMAT
from attune.printing import apa
from attune.printing.figure_context import FigureContext
from attune.printing.style import BLUE, GREY, INK, PALE, SMALL, as_typed, new_figure
from attune.specs.study import Figure as DeclaredFigure

_ROW_HEIGHT = 0.19
"""Inches per line of print."""


def draw_forest(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """Estimates and intervals as stored, grouped by analysis, with the numbers beside them.

    A marker is filled where the interval leaves out zero.
    """
    families = context.families(declared.analyses)
    lines: list[tuple[str, dict[str, Any] | None]] = []
    for analysis, family in families.items():
        lines.append((family.title, None))
        for y in family.y:
            for x in family.x:
                label = f"{context.short_label(x)} – {context.short_label(y)}"
                lines.append((label, context.correlation(analysis, x, y)))
    figure = new_figure(height=0.7 + _ROW_HEIGHT * len(lines))
    axes = figure.subplots()
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    labels = [as_typed(label) for label, _ in lines]
    axes.set_yticks(range(len(lines)), labels, fontsize=SMALL)
    for place, (tick, (_, row)) in enumerate(zip(axes.get_yticklabels(), lines, strict=True)):
        if row is None:
            tick.set_fontweight("bold")
        else:
            _draw_interval(axes, place, row)
    axes.set_xlim(-1, 1)
    axes.set_xticks([-1, -0.5, 0, 0.5, 1], ["−1", "−.5", "0", ".5", "1"])
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"Pearson's $r$ with {_coverages(lines)} interval")
    return figure


def _draw_interval(axes: Axes, place: int, row: dict[str, Any]) -> None:
    beside = blended_transform_factory(axes.transAxes, axes.transData)
    axes.axhline(place, color=PALE, linewidth=0.4, zorder=0)
    text = apa.plain_estimate(row, R_FORMAT, {})
    if row["estimate"] is not None:
        low, high = row["ci_low"], row["ci_high"]
        known = low is not None and high is not None
        if known:
            text += "  " + apa.limits(low, high, R_FORMAT, decimals=2)
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
    axes.text(1.02, place, text, transform=beside, va="center", fontsize=SMALL, color=INK)


def _coverages(lines: list[tuple[str, dict[str, Any] | None]]) -> str:
    found = {apa.coverage(row["ci_level"]) for _, row in lines if row and row["ci_level"]}
    return " or ".join(sorted(found)) or "no"
