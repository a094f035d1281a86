"""Figures of growth models: trajectories over the occasions, and effects of therapists."""

from collections.abc import Callable, Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from attune.analyses.growth.declaration import Growth, growth_models
from attune.printing.caterpillar import draw_caterpillar
from attune.printing.figure_context import FigureContext, with_units
from attune.printing.style import SMALL, as_typed, letter_panels, new_figure
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.statistic_rows import statistic_id

SIDE_BY_SIDE = 30
"""Therapists up to which two panels stand side by side."""


def _panels(declared: DeclaredFigure, context: FigureContext) -> Iterator[tuple[str, Growth, str]]:
    models = growth_models(context.study)
    for name in declared.analyses or models:
        for outcome in models[name].outcomes:
            yield name, models[name], outcome


def draw_trajectories(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per outcome: predicted means with bands, observed means, each condition a line.

    Raises
    ------
    AnalysisError
        The study declares no growth model.
    """
    panels = [*_panels(declared, context)]
    if not panels:
        raise AnalysisError("a figure of trajectories needs a growth model, none is declared")
    n_columns = min(2, len(panels))
    n_rows = -(-len(panels) // n_columns)
    figure = new_figure(height=3.9 if n_columns == 1 else 3.4 * n_rows)
    axes_of = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    for axes, (name, model, outcome) in zip(axes_of, panels, strict=False):
        conditions = [*context.cohort.sample.conditions().values()] if model.condition else [""]
        for condition in conditions:
            _draw_line(axes, context, (name, model, outcome), condition)
        axes.set_xlabel(as_typed(model.time.unit.capitalize()))
        axes.set_xticks([*model.time.occasions.values()])
        units = context.units(outcome)
        axes.set_ylabel(
            with_units(context.study.label_of(outcome), f"({units})" if units else "", 38)
        )
        if conditions != [""]:
            axes.legend(fontsize=SMALL, frameon=False)
    for axes in axes_of[len(panels) :]:
        axes.set_visible(False)
    letter_panels(axes_of[: len(panels)])
    return figure


def _draw_line(
    axes: Axes, context: FigureContext, panel: tuple[str, Growth, str], condition: str
) -> None:
    name, model, outcome = panel
    style = context.arm_style(condition)
    means, observed = [], []
    for occasion in model.time.occasions:
        prefix = statistic_id(name, outcome, occasion, condition)
        if f"{prefix}.model_mean" not in context.store:
            return
        means.append(context.statistic(f"{prefix}.model_mean"))
        observed.append(context.statistic(f"{prefix}.observed_mean"))
    times = [*model.time.occasions.values()]

    def values(rows: list[dict[str, object]], part: str) -> np.ndarray:
        return np.array([row[part] for row in rows], dtype=float)

    axes.fill_between(
        times,
        values(means, "ci_low"),
        values(means, "ci_high"),
        color=style.colour,
        alpha=0.15,
        lw=0,
    )
    axes.plot(
        times,
        values(means, "estimate"),
        color=style.colour,
        linestyle=style.dash,
        linewidth=1.6,
        label=as_typed(condition) if condition else None,
    )
    axes.plot(
        times,
        values(observed, "estimate"),
        color=style.colour,
        linestyle="none",
        marker=style.marker,
        markersize=5,
        markerfacecolor="white",
        zorder=4,
    )


def draw_therapist_effects(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per outcome: shrunken intercepts of all therapists with intervals, in order.

    Raises
    ------
    AnalysisError
        No growth model has random effects of therapists.
    """
    panels = []
    for name, _, outcome in _panels(declared, context):
        rows = [
            row
            for row in context.store.values()
            if row["id"].startswith(f"{name}.{outcome}.") and row["statistic"] == "therapist_effect"
        ]
        if rows:
            panels.append((outcome, rows))
    if not panels:
        raise AnalysisError("no growth model has random effects of therapists")
    # Codes of many therapists need the whole width.
    stacked = max(len(rows) for _, rows in panels) > SIDE_BY_SIDE
    n_rows, n_columns = (len(panels), 1) if stacked else (1, len(panels))
    figure = new_figure(height=3.6 if len(panels) == 1 else 3.4 if n_rows == 1 else 2.7 * n_rows)
    axes_of = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    for axes, (outcome, rows) in zip(axes_of, panels, strict=True):
        draw_caterpillar(axes, rows)
        axes.set_ylabel(with_units(context.study.label_of(outcome), "(deviation)", 38))
    letter_panels(axes_of)
    return figure


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "trajectories": draw_trajectories,
    "therapist_effects": draw_therapist_effects,
}
