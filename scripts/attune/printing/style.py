"""What all figures share: size, type, colours, and the mark on synthetic data."""

import textwrap
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from attune.printing.wording import with_apostrophes

WIDTH = 6.5
"""Inches: the text width of a letter page with one-inch margins."""

# Okabe and Ito's palette, safe for colour-blind readers (Wong, 2011, doi:10.1038/nmeth.1618).
BLUE = "#0072B2"
VERMILLION = "#D55E00"
INK = "#1A1A1A"
GREY = "#6E6E6E"
PALE = "#D9D9D9"

SMALL = 7.5
"""Points: the smallest type in any figure."""


@dataclass(frozen=True)
class LineStyle:
    """Colour, dash and marker of a series; told apart without colour too."""

    colour: str
    dash: Any
    marker: str


_SERIES = (
    LineStyle(INK, (0, (4, 2)), "s"),
    LineStyle(BLUE, "-", "o"),
    LineStyle(VERMILLION, (0, (1, 1.5)), "^"),
    LineStyle(GREY, (0, (6, 1.5, 1, 1.5)), "D"),
)

ALONE = _SERIES[1]
"""Style of a series that has no other beside it."""


def series_style(place: int) -> LineStyle:
    """Style of the conditions, raters or occasions of every figure, by their place in the plan.

    The first is the reference.

    Examples
    --------
    >>> [series_style(place).marker for place in (0, 1, 4)]
    ['s', 'o', 's']
    """
    return _SERIES[place % len(_SERIES)]


RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "text.color": INK,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}

_MARK_HEIGHT = 0.18
"""Inches kept free below the drawing for the mark on synthetic data."""


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure in inches whose parts make room for each other."""
    return Figure(figsize=(width, height), layout="constrained")


def mark_as_synthetic(figure: Figure, words: str = "Synthetic data") -> None:
    """Print that data are synthetic below the drawing, outside every panel."""
    share = _MARK_HEIGHT / figure.get_figheight()
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, share, 1, 1 - share))  # type: ignore[call-arg]
    figure.text(0.99, 0.25 * share, words, ha="right", va="bottom", fontsize=SMALL, color=GREY)


def as_typed(text: str) -> str:
    """A label whose dollar signs stay dollar signs instead of starting a formula."""
    return with_apostrophes(text).replace("$", r"\$")


def wrapped(text: str, width: int) -> str:
    """A label broken at blanks into lines of at most `width` signs."""
    return "\n".join(textwrap.wrap(as_typed(text), width, break_long_words=False))


def letter_panels(panels: list[Axes]) -> None:
    """A, B, C, ... above the panels, where there is more than one."""
    if len(panels) < 2:
        return
    for letter, axes in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", panels, strict=False):
        axes.set_title(letter, loc="left", fontsize=9, fontweight="bold")
