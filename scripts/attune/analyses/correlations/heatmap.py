"""A grid of correlations, coloured by sign and size, each printed in its cell."""

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from attune.analyses.correlations.kinds import R_FORMAT
from attune.printing import apa
from attune.printing.figure_context import FigureContext
from attune.printing.style import INK, SMALL, WIDTH, new_figure, wrapped
from attune.specs.study import Figure as DeclaredFigure

_DARK = 0.6
"""Size of a correlation from which its cell needs white print."""


def draw_heatmap(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """Rows are the first measures of the families, columns the second; undefined cells a dash.

    The sign is printed in every cell, so that a print in grey loses nothing.
    """
    families = context.families(declared.analyses)
    rows = list(dict.fromkeys(x for family in families.values() for x in family.x))
    columns = list(dict.fromkeys(y for family in families.values() for y in family.y))
    size = np.full((len(rows), len(columns)), np.nan)
    printed: dict[tuple[int, int], str] = {}
    for analysis, family in families.items():
        for x in family.x:
            for y in family.y:
                cell = rows.index(x), columns.index(y)
                row = context.correlation(analysis, x, y)
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
    bar.set_label("Pearson's $r$")
    bar.outline.set_visible(False)
    return figure
