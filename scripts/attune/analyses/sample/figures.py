"""Which share of each questionnaire's items is missing, dyad by dyad."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from attune.printing import apa
from attune.printing.caterpillar import draw_caterpillar
from attune.printing.figure_context import FigureContext, with_units
from attune.printing.style import GREY, INK, PALE, SMALL, as_typed, letter_panels, new_figure
from attune.specs.cohort import Questionnaire
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.store.contracts import item_column
from attune.store.datasets import one_row_per_dyad
from attune.store.small_cells import WITHHELD
from attune.store.statistic_rows import statistic_id

_MOST_GAPS = 120
"""More dyads than these leave no room for a line between them."""

# Equal steps in lightness, so that the classes also differ in a print in grey.
_CLASSES = (
    ("complete", "#EAF1F6"),
    ("up to 20% of items missing", "#8FBBD9"),
    ("more missing", "#2C6DA4"),
    ("not filled in", "#0B2239"),
)
_BOUNDS = [-0.5, 0.5, 1.5, 2.5, 3.5]


def draw_missingness(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One row per questionnaire of the cohort, one column per dyad, most complete dyads first.

    Dyads are sorted and not named. The percentage at the right is of all item responses.
    """
    questionnaires = context.cohort.questionnaires
    shares = missing_shares(context)
    visible = np.array([not _is_hidden(context, entry) for entry in questionnaires])
    visible_shares = shares[visible]
    dyads = np.lexsort([*visible_shares[::-1], visible_shares.sum(axis=0)])
    classes = np.digitize(shares[:, dyads], [1e-9, 0.2 + 1e-9, 1 - 1e-9])
    # Suppressed questionnaires do not affect the drawing.
    classes = np.ma.masked_array(classes, np.broadcast_to(~visible[:, None], classes.shape))
    figure = new_figure(height=1.25 + 0.24 * len(questionnaires))
    axes = figure.subplots()
    colours = ListedColormap([colour for _, colour in _CLASSES]).with_extremes(bad=PALE)
    norm = BoundaryNorm(_BOUNDS, colours.N)
    axes.imshow(classes, cmap=colours, norm=norm, aspect="auto", interpolation="nearest")
    _draw_gaps(axes, *classes.shape)
    axes.set_yticks(
        range(len(questionnaires)),
        [_label(context, entry) for entry in questionnaires],
        fontsize=SMALL,
    )
    axes.set_xticks([])
    axes.set_xlabel(f"{classes.shape[1]} {context.case}s, most complete first")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    right = axes.secondary_yaxis("right")
    right.set_yticks(
        range(len(questionnaires)), [_percent(context, entry) for entry in questionnaires]
    )
    right.tick_params(length=0, labelsize=SMALL)
    right.spines[:].set_visible(False)
    right.set_ylabel("item responses missing", fontsize=SMALL, color=GREY)
    handles = [
        Patch(facecolor=colour, edgecolor=INK, linewidth=0.3, label=name)
        for name, colour in [*_CLASSES, *([] if visible.all() else [("not shown", PALE)])]
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), columnspacing=1.2)
    return figure


def missing_shares(context: FigureContext) -> NDArray[np.float64]:
    """Share of missing items, shape (questionnaires of the cohort, dyads); 1 where not given.

    Dyads are in the order of the measures table.
    """
    measures = one_row_per_dyad(context.measures)
    observed = measures[measures["imputation"] == 0]
    dyads = observed["dyad"]
    shares = np.ones((len(context.cohort.questionnaires), len(dyads)))
    for number, questionnaire in enumerate(context.cohort.questionnaires):
        n_items = context.instruments[questionnaire.instrument].n_items
        items = [item_column(item) for item in range(1, n_items + 1)]
        answers = context.responses
        for part in ("instrument", "rater", "occasion", "state"):
            answers = answers[answers[part] == getattr(questionnaire, part)]
        share = answers.set_index("dyad")[items].isna().mean(axis=1)
        shares[number] = share.reindex(dyads).fillna(1).to_numpy()
    return shares


def _draw_gaps(axes: Axes, n_questionnaires: int, n_dyads: int) -> None:
    axes.set_yticks(np.arange(n_questionnaires + 1) - 0.5, minor=True)
    axes.grid(which="minor", axis="y", color="white", linewidth=2.5)
    if n_dyads <= _MOST_GAPS:
        axes.set_xticks(np.arange(n_dyads + 1) - 0.5, minor=True)
        axes.grid(which="minor", axis="x", color="white", linewidth=0.8)
    axes.tick_params(which="minor", length=0)


def _label(context: FigureContext, questionnaire: Questionnaire) -> str:
    words = [questionnaire.rater, questionnaire.occasion.replace("_", " ")]
    words += [f"at {questionnaire.state}"] if questionnaire.state else []
    return as_typed(
        f"{context.instruments[questionnaire.instrument].abbreviation}, {', '.join(words)}"
    )


def _is_hidden(context: FigureContext, questionnaire: Questionnaire) -> bool:
    return _id(questionnaire, "n_questionnaires") in context.hidden


def _id(questionnaire: Questionnaire, statistic: str) -> str:
    parts = (
        questionnaire.instrument,
        questionnaire.rater,
        questionnaire.occasion,
        questionnaire.state,
    )
    return statistic_id("missingness", *parts, statistic)


def _percent(context: FigureContext, questionnaire: Questionnaire) -> str:
    if _is_hidden(context, questionnaire):
        return WITHHELD
    row = context.store.get(_id(questionnaire, "missing_percent"))
    return "" if row is None or row["estimate"] is None else apa.percentage(row["estimate"])


def draw_therapist_deviations(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per score: deviations of therapists with intervals, in ascending order.

    Therapists with fewer scores than the smallest count that is shown are left out, and scores in
    which the variance between therapists is estimated as 0.

    Raises
    ------
    AnalysisError
        No therapist has two scores.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in context.store.values():
        is_deviation = row["analysis"] == "therapists" and row["statistic"] == "deviation"
        if is_deviation and not context.withheld(row["n"]):
            found.setdefault(row["outcome"], []).append(row)
    if not found:
        raise AnalysisError("in no score do therapists with several patients differ")
    n_columns = min(2, len(found))
    n_rows = -(-len(found) // n_columns)
    figure = new_figure(height=3.4 if n_rows == 1 else 2.8 * n_rows)
    axes_of = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
    for axes, (name, rows) in zip(axes_of, found.items(), strict=False):
        draw_caterpillar(axes, rows)
        axes.set_ylabel(with_units(context.study.label_of(name), "(deviation)", 34))
    for axes in axes_of[len(found) :]:
        axes.set_visible(False)
    letter_panels(axes_of[: len(found)])
    return figure


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "missingness": draw_missingness,
    "therapist_deviations": draw_therapist_deviations,
}
