"""Figures of one-with-many models: shares of variance with their intervals."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from attune.analyses.partners.declaration import one_with_many_designs
from attune.analyses.partners.estimate import RATERS
from attune.printing.context import occasion_words
from attune.printing.figure_context import FigureContext
from attune.printing.style import BLUE, PALE, SMALL, VERMILLION, new_figure, wrapped
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.statistic_rows import statistic_id

_MARKERS = {"patient": (BLUE, "o"), "therapist": (VERMILLION, "s")}
"""Colour and marker of each rater's reports, told apart without colour too."""

_ROW_HEIGHT = 0.42
"""Inches per report."""


def draw_variance_shares(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One line per report and occasion: shares between therapists and between dyads.

    Raises
    ------
    AnalysisError
        None of the named analyses is a one-with-many design.
    """
    designs = one_with_many_designs(context.study)
    names = [name for name in declared.analyses or designs if name in designs]
    lines = [
        (name, report, rater, occasion)
        for name in names
        for occasion in designs[name].times
        for report, rater in zip(designs[name].reports, RATERS, strict=True)
    ]
    if not lines:
        raise AnalysisError("a figure of variance shares needs a one-with-many design")
    figure = new_figure(height=0.9 + _ROW_HEIGHT * len(lines))
    axes = figure.subplots()
    labels = []
    for place, (name, report, rater, occasion) in enumerate(lines):
        words = context.study.label_of(report)
        when = f"\n{occasion_words(occasion)}" if occasion else ""
        labels.append(f"{wrapped(words, 34)}{when}")
        axes.axhline(place, color=PALE, linewidth=0.4, zorder=0)
        prefix = statistic_id(name, report, occasion)
        colour, marker = _MARKERS[rater]
        for shift, statistic, face in (
            (-0.13, "therapist_share", colour),
            (0.13, "dyad_share", "white"),
        ):
            row = context.statistic(f"{prefix}.{statistic}")
            if row["estimate"] is None:
                continue
            low, high = row["ci_low"], row["ci_high"]
            if low is not None and high is not None:
                axes.plot(np.array([low, high]), [place + shift] * 2, color=colour, linewidth=1.3)
            axes.plot(
                [row["estimate"]],
                [place + shift],
                marker=marker,
                markersize=5,
                markerfacecolor=face,
                markeredgecolor=colour,
                linestyle="none",
                zorder=3,
            )
    axes.set_yticks(range(len(lines)), labels, fontsize=SMALL)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".50", ".75", "1"])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Share of the variance")
    return figure


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "variance_shares": draw_variance_shares,
}
