"""All figures that a study declares, each drawn by the analysis that its kind belongs to.

Colours are distinguishable for colour-blind readers and differ in lightness, also in grey print. No
figure names a dyad. Every printed number comes from the statistics store. Functions
return figures and save none.
"""

from collections.abc import Callable

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text as MatplotlibText

from attune.analyses.registry import FIGURE_KINDS, analysis_modules
from attune.printing.figure_context import FigureContext
from attune.printing.spelling import respelled_document, texts_of, with_nouns
from attune.printing.style import RC, mark_as_synthetic
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure

__all__ = ["FigureContext", "draw_figure", "draw_figures"]


def draw_figures(context: FigureContext) -> dict[str, Figure]:
    """Every figure that a study declares.

    Parameters
    ----------
    context : FigureContext
        The study, the cohort, and the tables that the figures are drawn from.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        By the figure's id, in the study's order.

    Raises
    ------
    AnalysisError
        Figures that ask for what the study or the statistics store do not hold; all at once.
    """
    drawn: dict[str, Figure] = {}
    problems: list[str] = []
    for name, declared in context.study.figures.items():
        try:
            drawn[name] = draw_figure(declared, context)
        except AnalysisError as error:
            problems += [f"figures.{name}: {line}" for line in error.problems or [error.heading]]
    if problems:
        raise AnalysisError(f"The figures of {context.study.study} cannot be drawn.", problems)
    return drawn


def draw_figure(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One declared figure, marked where the data are synthetic."""
    key = FIGURE_KINDS[declared.kind].interval
    if key:
        context = context.with_interval(context.intervals[key])
    drawers: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {}
    for module in analysis_modules("figures").values():
        drawers |= module.FIGURES
    with mpl.rc_context(RC):
        figure = drawers[declared.kind](declared, context)
        if context.cohort.synthetic:
            mark_as_synthetic(figure)
    own_texts = texts_of(context.study.model_dump(), context.cohort.model_dump())
    for label in figure.findobj(match=MatplotlibText):
        text = with_nouns(label.get_text(), context.study.nouns, own_texts)
        label.set_text(respelled_document(text, context.language, own_texts))
    return figure
