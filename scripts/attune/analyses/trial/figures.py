"""Figures of trials: the flow of participants, and the adjusted means of the arms."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from attune.analyses.trial.declaration import Trial, trials
from attune.printing import apa
from attune.printing.context import occasion_words
from attune.printing.figure_context import FigureContext, with_units
from attune.printing.style import (
    INK,
    SMALL,
    WIDTH,
    as_typed,
    letter_panels,
    new_figure,
    wrapped,
)
from attune.printing.wording import in_sentence
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.small_cells import WITHHELD, marked
from attune.store.statistic_rows import statistic_id

_LINE = 0.135
"""Inches of a line of type in a box."""
_PADDING = 0.08
_GAP = 0.22
"""Inches between two boxes, long enough for an arrow."""
_BETWEEN = 0.25
"""Inches between the columns of two arms."""
_MARGIN = 0.2
"""Inches below the boxes, for the mark of synthetic data."""

_SIGNS = 11
"""Signs of a label per inch of a panel, of which title and ticks take a part."""

HIGHEST = 7.6
"""Inches of the highest figure that leaves room for title and note on a letter page."""


@dataclass(frozen=True)
class _Box:
    """A box of the flow: its lines, the first in bold."""

    lines: list[str]

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 2 * _PADDING


def _chosen(declared: DeclaredFigure, context: FigureContext) -> tuple[str, Trial]:
    found = trials(context.study)
    names = [name for name in declared.analyses or found if name in found]
    if not names:
        raise AnalysisError("the figure needs a trial, and none is declared")
    return names[0], found[names[0]]


def draw_participant_flow(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """The flow of participants as CONSORT draws it: randomised, assessed, lost, analysed.

    Raises
    ------
    AnalysisError
        The study declares no trial.
    """
    name, trial = _chosen(declared, context)
    arms = [*context.cohort.sample.conditions().values()]
    width = (WIDTH - 0.1 - (len(arms) - 1) * _BETWEEN) / len(arms)
    characters = int(width * 15)
    columns = [_boxes(name, trial, arm, context, characters) for arm in arms]
    top = _Box(["Randomised, in the data", *_totals(name, trial, arms, context)])
    heights = [max(column[row].height for column in columns) for row in range(len(columns[0]))]
    total = top.height + sum(heights) + (len(heights) + 1) * _GAP
    figure = Figure(figsize=(WIDTH, total + 0.1 + _MARGIN))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(-total - _MARGIN, 0.1)
    axes.axis("off")
    _draw_box(axes, top, WIDTH / 2, 0.0, 3.2, top.height)
    above = -top.height
    for place, column in enumerate(columns):
        centre = 0.05 + width / 2 + place * (width + _BETWEEN)
        y = above - 1.5 * _GAP
        _draw_line(axes, (WIDTH / 2, above), (WIDTH / 2, above - 0.6 * _GAP), arrow=False)
        _draw_line(axes, (WIDTH / 2, above - 0.6 * _GAP), (centre, above - 0.6 * _GAP), arrow=False)
        _draw_line(axes, (centre, above - 0.6 * _GAP), (centre, y), arrow=True)
        for row, box in enumerate(column):
            _draw_box(axes, box, centre, y, width, heights[row])
            below = y - heights[row]
            if row + 1 < len(column):
                _draw_line(axes, (centre, below), (centre, below - _GAP), arrow=True)
            y = below - _GAP
    return figure


def _draw_box(axes: Axes, box: _Box, x: float, y: float, width: float, height: float) -> None:
    """A box whose upper edge is at y and whose centre is at x."""
    axes.add_patch(
        Rectangle((x - width / 2, y - height), width, height, fill=False, lw=0.8, edgecolor=INK)
    )
    for number, line in enumerate(box.lines):
        axes.text(
            x - width / 2 + _PADDING,
            y - _PADDING - number * _LINE,
            as_typed(line),
            fontsize=SMALL,
            fontweight="bold" if number == 0 else "normal",
            va="top",
            ha="left",
        )


def _draw_line(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], *, arrow: bool
) -> None:
    style = "-|>" if arrow else "-"
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=style, mutation_scale=8, lw=0.8, color=INK, shrinkA=0, shrinkB=0
        )
    )


def _count(context: FigureContext, identifier: str) -> str:
    """A count as print shows it: suppressed ones by their mark."""
    if identifier in context.hidden:
        why = context.hidden[identifier]
        return marked(why, context.smallest) if why == "small" else WITHHELD
    return apa.number(float(context.statistic(identifier)["estimate"]), 0)


def _number_of(context: FigureContext, identifier: str, unit: str) -> str:
    """A count with its unit, in the singular where it is one."""
    count = _count(context, identifier)
    return f"{count} {unit}{'' if count == '1' else 's'}"


def _totals(name: str, trial: Trial, arms: list[str], context: FigureContext) -> Iterator[str]:
    for unit in trial.levels:
        ids = [statistic_id(name, unit, arm, "randomised_n") for arm in arms]
        if any(identifier in context.hidden for identifier in ids):
            total = WITHHELD
        else:
            counts = [float(context.statistic(identifier)["estimate"]) for identifier in ids]
            total = apa.number(sum(counts), 0)
        yield f"{total} {unit}s"


def _boxes(
    name: str, trial: Trial, arm: str, context: FigureContext, characters: int
) -> list[_Box]:
    """The boxes of one arm, from the allocation to the analysis."""

    def lines(text: str, first: str = "") -> list[str]:
        return [first + line for line in wrapped(text, characters).split("\n")]

    allocated = [
        _number_of(context, statistic_id(name, unit, arm, "randomised_n"), unit)
        for unit in trial.levels
    ]
    received = statistic_id(name, "received", arm, "received_n")
    if received in context.store:
        unit = trial.randomised
        allocated += lines(f"{_number_of(context, received, unit)} received it as planned")
    boxes = [_Box([f"Allocated to {in_sentence(arm)}", *allocated])]
    for visit in (trial.baseline, *trial.visits):
        words = occasion_words(visit)
        box = _Box([words[0].upper() + words[1:]])
        for unit in trial.levels:
            box.lines.extend(_visit_lines((name, unit, arm, visit), context, characters))
        boxes.append(box)
    analysed = []
    led = {one.level for one in trial.outcomes.values() if one.primary}
    for outcome, declared in trial.outcomes.items():
        # Primary outcomes alone, but of patients and of therapists.
        if declared.level in led and not declared.primary:
            continue
        identifier = statistic_id(name, outcome, arm, "analysed_n")
        if identifier in context.store:
            label = context.study.label_of(outcome)
            text = f"{_number_of(context, identifier, declared.level)}: {label}"
            analysed += lines(text)
    boxes.append(_Box(["Analysed", *analysed]))
    return boxes


def _visit_lines(
    parts: tuple[str, str, str, str], context: FigureContext, characters: int
) -> Iterator[str]:
    """How many of a unit have a score at a visit, and why the others have none."""
    unit = parts[1]
    prefix = statistic_id(*parts)
    yield f"{_number_of(context, f'{prefix}.assessed_n', unit)} with a score"
    if not context.store[f"{prefix}.not_assessed_n"]["estimate"]:
        return
    reasons = [
        row
        for row in context.store.values()
        if row["statistic"] == "lost_n"
        and row["id"].startswith(f"{prefix}.")
        and (row["estimate"] or row["id"] in context.hidden)
    ]
    gone = _number_of(context, f"{prefix}.not_assessed_n", unit)
    yield f"{gone} without a score{':' if reasons else ''}"
    for row in reasons:
        text = f"{_count(context, row['id'])} {in_sentence(str(row['level']))}"
        yield from (f"   {line}" for line in wrapped(text, characters - 3).split("\n"))


def draw_trial_means(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per outcome: adjusted means of each arm at each visit, with their intervals.

    Raises
    ------
    AnalysisError
        The study declares no trial, or no outcome of it could be modelled.
    """
    name, trial = _chosen(declared, context)
    arms = [*context.cohort.sample.conditions().values()]
    outcomes = [
        outcome
        for outcome in trial.outcomes
        if any(
            statistic_id(name, outcome, visit, arms[-1], "adjusted_visit_mean") in context.store
            for visit in trial.visits
        )
    ]
    if not outcomes:
        raise AnalysisError("no outcome of the trial has adjusted means")
    n_columns = min(2, len(outcomes))
    n_rows = -(-len(outcomes) // n_columns)
    height = 3.6 if len(outcomes) == 1 else min(2.5 * n_rows, HIGHEST)
    figure = new_figure(height=height)
    panels = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    for axes, outcome in zip(panels, outcomes, strict=False):
        for place, arm in enumerate(arms):
            _draw_arm(axes, context, (name, outcome, arm), trial, place)
        occasions = [trial.baseline, *trial.visits]
        axes.set_xticks(range(len(occasions)), [occasion_words(one) for one in occasions])
        axes.set_xlim(-0.3, len(occasions) - 0.7)
        units = context.units(outcome)
        axes.set_ylabel(
            with_units(
                context.study.label_of(outcome),
                f"({units})" if units else "",
                max(int(height / n_rows * _SIGNS), 12),
            ),
            fontsize=SMALL,
        )
    for axes in panels[len(outcomes) :]:
        axes.set_visible(False)
    letter_panels(panels[: len(outcomes)])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=len(arms), fontsize=SMALL, frameon=False
    )
    return figure


def _draw_arm(
    axes: Axes, context: FigureContext, ids: tuple[str, str, str], trial: Trial, place: int
) -> None:
    """The line of one arm; arms are set apart a little, so that their intervals do not meet."""
    name, outcome, arm = ids
    style = context.arm_style(arm)
    ids_of = [statistic_id(name, outcome, arm, "baseline_mean")] + [
        statistic_id(name, outcome, visit, arm, "adjusted_visit_mean") for visit in trial.visits
    ]
    # A visit that the model leaves out is a gap.
    rows: list[Mapping[str, Any]] = [
        context.statistic(identifier) if identifier in context.store else {}
        for identifier in ids_of
    ]
    means, low, high = (
        np.array([row.get(part) for row in rows], dtype=float)
        for part in ("estimate", "ci_low", "ci_high")
    )
    x = np.arange(len(rows)) + 0.08 * (place - 0.5)
    axes.plot(
        x,
        means,
        color=style.colour,
        linestyle=style.dash,
        linewidth=1.4,
        marker=style.marker,
        markersize=5,
        markerfacecolor="white",
        label=as_typed(arm),
    )
    axes.vlines(x, low, high, color=style.colour, linewidth=1.2)


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "participant_flow": draw_participant_flow,
    "trial_means": draw_trial_means,
}
