"""A caterpillar plot: estimates in ascending order with their intervals, without names."""

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes

from attune.printing.style import BLUE, GREY, SMALL, VERMILLION


def draw_caterpillar(axes: Axes, rows: Iterable[Mapping[str, object]]) -> None:
    """Draw estimates from the lowest to the highest; those whose interval lacks 0 stand out.

    Parameters
    ----------
    axes : matplotlib Axes
    rows : iterable of mapping
        With estimate, ci_low, ci_high and level; the code at its end, which begins with #, is
        written below the estimate.
    """
    ordered = sorted(rows, key=lambda row: float(str(row["estimate"])))
    effects, low, high = (
        np.array([row[part] for row in ordered], dtype=float)
        for part in ("estimate", "ci_low", "ci_high")
    )
    rank = np.arange(1, len(effects) + 1)
    axes.axhline(0, color=GREY, linewidth=0.8)
    colours = np.where((low > 0) | (high < 0), VERMILLION, BLUE)
    axes.vlines(rank, low, high, color=colours, linewidth=0.9)
    axes.scatter(rank, effects, s=9, color=colours, zorder=3)
    axes.set_xlabel("Therapists in ascending order")
    codes = [str(row.get("level") or "").partition("#")[2] for row in ordered]
    named = [place for place, code in zip(rank, codes, strict=True) if code]
    # Codes stand upright below their therapists; the less room each has, the smaller they are.
    grid = axes.get_subplotspec()
    panels = grid.get_gridspec().ncols if grid else 1
    width = axes.figure.get_window_extent().width / axes.figure.dpi * 72 / panels
    size = min(SMALL, max(3.5, 0.8 * width / len(rank)))
    axes.set_xticks(named, [code for code in codes if code], rotation=90, fontsize=size)
    axes.tick_params(axis="x", length=2, pad=1)
