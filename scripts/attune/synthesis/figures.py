"""Figures of a synthesis: forest plots, funnel plot, flow diagram, facets by questionnaire.

Every number comes from the statistics store. Colours differ in lightness, too; a direction without
a number is an arrow, never a point.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from attune.printing import apa
from attune.printing.quarto import parse_text
from attune.printing.spelling import AMERICAN, Language, respelled_document, texts_of
from attune.printing.style import (
    BLUE,
    GREY,
    INK,
    RC,
    SMALL,
    VERMILLION,
    WIDTH,
    as_typed,
    mark_as_synthetic,
)
from attune.specs.instrument import Instrument
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.stats.effect_conversion import EffectSize
from attune.synthesis.estimate import flow_counts
from attune.synthesis.evidence import (
    SYNTHETIC,
    Evidence,
    ReportedEffect,
    StudyEffect,
    is_twin,
    n_studies,
)
from attune.synthesis.facet_figures import draw_facets, draw_importance
from attune.synthesis.kinds import KINDS
from attune.synthesis.parts import declared_figures
from attune.synthesis.pooling import ALL, effect_size, group_name, is_nested
from attune.synthesis.wording import DIRECTION_WORDS, NO_EFFECT, SYMBOLS, level_label

_LINE = 0.2
"""Inches per row of a forest plot."""

_LEFT, _RIGHT = 2.6, 1.75
"""Inches for the labels at the left of a forest plot and for the numbers at its right."""


@dataclass(frozen=True)
class SynthesisFigureContext:
    """What the figures of a synthesis are drawn from.

    Attributes
    ----------
    synthesis : Synthesis
    evidence : Evidence
    statistics : mapping of str to mapping
        Rows of the contract `STATISTICS` by id, missing as None.
    crosswalk : Crosswalk or None
    instruments : mapping of str to Instrument
        Those of the crosswalk.
    language : {"en-US", "en-GB"}
        Spelling of the axes; words of the authors stay as typed.
    """

    synthesis: Synthesis
    evidence: Evidence
    statistics: Mapping[str, Mapping[str, Any]]
    crosswalk: Crosswalk | None = None
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    language: Language = AMERICAN


def synthesis_figures(context: SynthesisFigureContext) -> dict[str, Figure]:
    """Every figure of a synthesis by name; a demonstration is marked as synthetic."""
    drawn = {}
    declared = declared_figures(context.synthesis, context.evidence, context.crosswalk)
    for name in declared:
        with mpl.rc_context(RC):
            drawn[name] = DRAWERS[name](context)
            if context.synthesis.demonstration:
                # Printed values and facets are not synthetic data, but part of a demonstration.
                made_up = name not in ("reported", "facets")
                mark_as_synthetic(drawn[name], "Synthetic data" if made_up else "Demonstration")
        for axes in drawn[name].axes:
            label = axes.xaxis.label
            own = texts_of(context.synthesis.model_dump())
            label.set_text(respelled_document(label.get_text(), context.language, own))
    return drawn


@dataclass(frozen=True)
class _Line:
    """One row of a forest plot."""

    label: str
    row: Mapping[str, Any] | None = None
    weight: float | None = None
    direction: str = ""
    bold: bool = False
    shape: str = "square"
    right: str = ""


def draw_forest(context: SynthesisFigureContext) -> Figure:
    """Studies by level of the first moderator, then the pooled effect."""
    lines: list[_Line] = []
    for heading, studies in _by_level(context):
        lines += [_Line(heading, bold=True)] if heading else []
        lines += [line for study in studies for line in _study_lines(study, context)]
        lines += _subtotal(heading, studies, context)
    lines += _total(context)
    metric = context.synthesis.metric
    symbol = parse_text(SYMBOLS[metric]).to_plain()
    interval = f"{symbol} [{apa.coverage(context.synthesis.model.interval)} CI]"
    varied = n_studies(context.evidence.pooled) > 1 and not is_nested(context.evidence.pooled)
    weight = "Weight" if varied else ""
    heads = ("Study", interval, weight) if context.evidence.pooled else ("Study", "Direction", "")
    figure = _forest(lines, metric, _axis_words(context), heads)
    return _with_sides(figure, context)


def _with_sides(figure: Figure, context: SynthesisFigureContext) -> Figure:
    """What the two sides of zero mean, below the axis."""
    axes = figure.axes[0]
    below = -0.46 / (axes.get_position().height * figure.get_figheight())
    for x, words, side in ((0.0, "◂ against", "left"), (1.0, "for ▸", "right")):
        axes.text(
            x, below, words, transform=axes.transAxes, ha=side, va="top", fontsize=SMALL, color=GREY
        )
    return figure


def _axis_words(context: SynthesisFigureContext) -> str:
    words = {"r": "Correlation", "g": "Standardised difference (g)", "or": "Odds ratio"}
    metric = words.get(context.synthesis.metric) or f"Slope ({context.synthesis.unit})"
    return f"{metric} with {apa.coverage(context.synthesis.model.interval)} interval"


def _by_level(context: SynthesisFigureContext) -> list[tuple[str, list[StudyEffect]]]:
    """Studies with and without a number by level of the first moderator; one group without it."""
    studies = sorted(context.evidence.studies, key=lambda study: not study.pooled)
    for moderator in context.synthesis.levelled:
        levels = dict.fromkeys(study.features[moderator] for study in studies)
        return [
            (
                level_label(context.synthesis, moderator, level),
                [study for study in studies if study.features[moderator] == level],
            )
            for level in levels
        ]
    return [("", studies)]


def _study_lines(study: StudyEffect, context: SynthesisFigureContext) -> list[_Line]:
    """The line of a study; of a synthetic twin, also the direction of the published study."""
    line = _study_line(study, context)
    if not is_twin(study, context.synthesis):
        return [line]
    label = f"{study.label.removesuffix(SYNTHETIC)}, published"
    words = DIRECTION_WORDS[study.direction]
    return [line, _Line(label, direction=study.direction, right=words)]


def _study_line(study: StudyEffect, context: SynthesisFigureContext) -> _Line:
    if not study.pooled:
        people = context.statistics.get(f"studies.{study.key}.people")
        n = f", n = {apa.number(people['estimate'], 0)}" if people else ""
        words = DIRECTION_WORDS[study.direction]
        return _Line(study.label, direction=study.direction, right=f"{words}{n}")
    row = context.statistics[f"studies.{study.key}.{context.synthesis.metric}"]
    weight = context.statistics.get(f"studies.{study.key}.weight")
    return _Line(study.label, row, weight["estimate"] if weight else None)


def _subtotal(
    heading: str, studies: Sequence[StudyEffect], context: SynthesisFigureContext
) -> list[_Line]:
    """The pooled effect of a level, where levels are compared."""
    pooled = [study for study in studies if study.pooled]
    if not heading or len(pooled) < 2:
        return []
    moderator = next(iter(context.synthesis.levelled))
    name = group_name(moderator, pooled[0].features[moderator])
    row = context.statistics.get(f"pooled.{name}.{context.synthesis.metric}")
    k = n_studies(pooled)
    return [_Line(f"Pooled, k = {k}", row, shape="diamond")] if row else []


def _total(context: SynthesisFigureContext) -> list[_Line]:
    metric = context.synthesis.metric
    row = context.statistics[f"pooled.{ALL}.{metric}"]
    k = apa.number(context.statistics[f"pooled.{ALL}.k"]["estimate"], 0)
    if n_studies(context.evidence.pooled) < 2:
        return [_Line(f"All with a number, k = {k}", bold=True, right="nothing to pool")]
    lines = [_Line(f"All with a number, k = {k}", row, bold=True, shape="diamond")]
    prediction = context.statistics[f"pooled.{ALL}.prediction_{metric}"]
    if prediction["estimate"] is not None:
        lines.append(_Line("Prediction interval", prediction, shape="bar"))
    return lines


def draw_reported(context: SynthesisFigureContext) -> Figure:
    """Printed values as correlations, by source; the source's own direction where none is."""
    lines: list[_Line] = []
    label = ""
    for entry in context.evidence.reported:
        if entry.source.label != label:
            label = entry.source.label
            lines.append(_Line(label, bold=True))
        row = context.statistics[f"reported.{entry.key}.converted_r"]
        if row["estimate"] is None:
            words = {"none": "no relation", "mixed": "mixed", "not_stated": "inconclusive"}
            right = words.get(entry.effect.direction, "")
            right = _range(entry, context) or right
            direction = entry.effect.direction
            lines.append(_Line(entry.effect.title, direction=direction, right=right))
        else:
            lines.append(_Line(entry.effect.title, row, shape="point"))
    heads = ("Source and effect", "r [printed CI]", "")
    return _forest(lines, "r", "Correlation as printed, or converted", heads)


def _range(entry: ReportedEffect, context: SynthesisFigureContext) -> str:
    """A printed range of effects, such as "g = 0.14 to 0.49"; empty where none is printed."""
    value = next((value for value in entry.effect.sizes if value.up_to), None)
    if value is None:
        return ""
    ends = (f"reported.{entry.key}.{name}" for name in (value.measure, f"{value.measure}_up_to"))
    rows = [context.statistics[identifier] for identifier in ends]
    style = KINDS.of_id(str(rows[0]["id"])).print_format
    low, high = (apa.plain_estimate(row, style, {}) for row in rows)
    return f"{value.measure} = {low} to {high}"


def _forest(lines: Sequence[_Line], metric: str, words: str, heads: tuple[str, str, str]) -> Figure:
    """Rows with labels at the left, the drawing in the middle and the numbers at the right."""
    height = 0.95 + _LINE * len(lines)
    figure = Figure(figsize=(WIDTH, height))
    bottom = 0.62 / height
    axes = figure.add_axes(
        (_LEFT / WIDTH, bottom, (WIDTH - _LEFT - _RIGHT) / WIDTH, 1 - bottom - 0.28 / height)
    )
    if metric == "or":
        axes.set_xscale("log")
    low, high = _limits(lines, metric)
    axes.set_xlim(low, high)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.axvline(NO_EFFECT[metric], color=GREY, linewidth=0.8, zorder=1)
    heaviest = max((line.weight for line in lines if line.weight), default=1)
    with_weights = any(line.weight is not None for line in lines)
    for place, line in enumerate(lines):
        _draw_line(axes, place, line, metric, heaviest, with_weights)
    _draw_heads(axes, heads)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    _format_ticks(axes, metric)
    axes.set_xlabel(words, fontsize=SMALL)
    return figure


def _draw_heads(axes: Axes, heads: tuple[str, str, str]) -> None:
    """Headings of the columns, above a rule over the whole width."""
    width = axes.get_position().width * WIDTH
    places = (-(_LEFT - 0.05) / width, 1 + 0.1 / width, 1 + (_RIGHT - 0.05) / width)
    for x, words, side in zip(places, heads, ("left", "left", "right"), strict=True):
        axes.text(
            x, -1.2, words, transform=axes.get_yaxis_transform(), ha=side, va="center",
            fontsize=SMALL, color=GREY,
        )  # fmt: skip
    axes.plot(
        [places[0], places[2]], [-0.72, -0.72], transform=axes.get_yaxis_transform(), color=INK,
        lw=0.6, clip_on=False,
    )  # fmt: skip


def _limits(lines: Sequence[_Line], metric: str) -> tuple[float, float]:
    rows = [line.row for line in lines if line.row is not None]
    ends = [row[name] for row in rows for name in ("ci_low", "ci_high", "estimate")]
    if metric == "or":
        widest = max([abs(np.log(end)) for end in ends if end], default=np.log(2)) * 1.08
        return float(np.exp(-widest)), float(np.exp(widest))
    known = [abs(end) for end in ends if end is not None]
    reach = max([*known, 0.3]) * 1.08
    if metric == "r":
        reach = min(1.0, max(0.5, np.ceil(reach * 10) / 10))
    return -reach, reach


def _format_ticks(axes: Axes, metric: str) -> None:
    low, high = axes.get_xlim()
    if metric == "or":
        _format_ratios(axes, low, high)
        return
    ticks = [
        tick
        for tick in mpl.ticker.MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
        if low <= tick <= high
    ]
    form: Callable[[float, int], str] = apa.bounded if metric == "r" else apa.number
    labels = ["0" if abs(tick) < 1e-9 else form(tick, 1) for tick in ticks]
    axes.set_xticks(ticks, labels, fontsize=SMALL)


def _format_ratios(axes: Axes, low: float, high: float, scale: Callable[..., Any] = float) -> None:
    """Ticks of odds ratios on a logarithmic scale: 1 and round numbers beside it.

    `scale`: where the axis holds the logarithms themselves, the function that makes them.
    """
    decades = 10.0 ** np.arange(-6, 7)
    fine = np.log10(high / low) < 2.5
    steps = decades[:, None] * ([1.0, 2.0, 5.0] if fine else [1.0])
    ticks = [tick for tick in np.round(steps, 6).ravel() if low <= tick <= high]
    labels = [np.format_float_positional(tick, trim="-") for tick in ticks]
    axes.set_xticks([scale(tick) for tick in ticks], labels, fontsize=SMALL)
    axes.set_xticks([], minor=True)


def _draw_line(
    axes: Axes, place: int, line: _Line, metric: str, heaviest: float, with_weights: bool
) -> None:
    right = axes.get_yaxis_transform()
    width = axes.get_position().width * WIDTH
    axes.text(
        -(_LEFT - 0.05) / width, place, as_typed(_shortened(line.label)), transform=right,
        va="center", fontsize=SMALL, fontweight="bold" if line.bold else "normal",
    )  # fmt: skip
    if line.direction and line.row is None:
        _draw_direction(axes, place, line.direction, metric)
    if line.row is not None and line.row["estimate"] is not None:
        _draw_effect(axes, place, line, heaviest)
    text = line.right or _numbers(line, metric)
    axes.text(1 + 0.1 / width, place, text, transform=right, va="center", fontsize=SMALL)
    if with_weights and line.weight is not None:
        axes.text(
            1 + (_RIGHT - 0.05) / width, place, f"{apa.number(line.weight, 1)}%",
            transform=right, va="center", ha="right", fontsize=SMALL, color=GREY,
        )  # fmt: skip


def _shortened(label: str, width: int = 46) -> str:
    return label if len(label) <= width else label[: width - 1].rstrip() + "…"


def _numbers(line: _Line, metric: str) -> str:
    row = line.row
    if row is None or row["estimate"] is None:
        return ""
    style = KINDS.of_id(str(row["id"])).print_format
    text = "" if line.shape == "bar" else apa.plain_estimate(row, style, {})
    if row["ci_low"] is not None and row["ci_high"] is not None:
        places = apa.decimals_of(row, style, {})
        text += " " + apa.limits(row["ci_low"], row["ci_high"], style, places)
    return text.strip()


def _draw_direction(axes: Axes, place: int, direction: str, metric: str) -> None:
    """An arrow for a direction without a number; a ring for no relation."""
    low, high = axes.get_xlim()
    middle = NO_EFFECT[metric]
    length = 0.16 * (high - low)
    if direction in ("mixed", "not_stated"):
        return
    if direction == "none":
        axes.plot(
            [middle], [place], marker="o", markersize=4.5, markerfacecolor="white",
            markeredgecolor=GREY, linestyle="none", zorder=3,
        )  # fmt: skip
        return
    end = length if direction == "for" else -length
    if metric == "or":
        end = (high / low) ** (0.16 if direction == "for" else -0.16)
    colour = BLUE if direction == "for" else VERMILLION
    axes.annotate(
        "", xy=(end, place), xytext=(middle, place), zorder=3,
        arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.0, "ls": (0, (2, 1.2)),
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def _draw_effect(axes: Axes, place: int, line: _Line, heaviest: float) -> None:
    row = line.row or {}
    low, high, estimate = row["ci_low"], row["ci_high"], row["estimate"]
    known = low is not None and high is not None
    if line.shape == "diamond" and known:
        corners = [(low, place), (estimate, place - 0.32), (high, place), (estimate, place + 0.32)]
        axes.add_patch(Polygon(corners, closed=True, facecolor=INK, edgecolor=INK, zorder=3))
        return
    if line.shape == "bar" and known:
        axes.add_patch(
            Rectangle((low, place - 0.14), high - low, 0.28, facecolor=VERMILLION, edgecolor="none",
                      zorder=2)
        )  # fmt: skip
        return
    if known:
        axes.plot([low, high], [place, place], color=BLUE, linewidth=1.1, zorder=2)
    share = (line.weight / heaviest) if line.weight else 0.35
    axes.plot(
        [estimate], [place], marker="o" if line.shape == "point" else "s",
        markersize=2.5 + 5 * float(np.sqrt(share)) if line.shape != "point" else 4.5,
        color=BLUE, linestyle="none", zorder=3,
    )  # fmt: skip


def draw_funnel(context: SynthesisFigureContext) -> Figure:
    """Effects against standard errors on the scale of pooling, ticks in the printed metric."""
    metric, studies = context.synthesis.metric, context.evidence.pooled
    sizes = [effect_size(study) for study in studies]
    x, se = np.array([s.estimate for s in sizes]), np.array([s.se for s in sizes])
    pooled = context.statistics[f"pooled.{ALL}.{metric}"]["estimate"]
    onto_scale = {"r": math.atanh, "or": math.log}.get(metric, float)
    centre = onto_scale(pooled)
    quantile = float(abs(EffectSize("g", 0.0, 1.0).interval(context.synthesis.model.interval)[0]))
    figure = Figure(figsize=(WIDTH * 0.72, 3.3), layout="constrained")
    axes = figure.subplots()
    deepest = float(se.max()) * 1.12
    for sign in (-1, 1):
        axes.plot(
            [centre, centre + sign * quantile * deepest], [0, deepest], color=GREY, lw=0.9,
            ls=(0, (4, 2)),
        )  # fmt: skip
    axes.axvline(centre, color=GREY, lw=0.9)
    axes.plot(x, se, marker="o", markersize=5, color=BLUE, markeredgecolor="white", ls="none")
    axes.set_ylim(deepest, 0)
    of_scale = {"r": " of Fisher's z", "or": " of the log odds ratio"}
    axes.set_ylabel("Standard error" + of_scale.get(metric, ""))
    if metric == "r":
        low, high = axes.get_xlim()
        ticks = [t for t in np.arange(-0.9, 0.95, 0.1) if low <= np.arctanh(t) <= high]
        ticks = ticks[:: max(1, len(ticks) // 6)]
        labels = ["0" if abs(t) < 1e-9 else apa.bounded(float(t), 1) for t in ticks]
        axes.set_xticks([float(np.arctanh(t)) for t in ticks], labels)
    if metric == "or":
        low, high = axes.get_xlim()
        _format_ratios(axes, math.exp(low), math.exp(high), math.log)
    words = {"r": "Correlation (scale of Fisher's z)", "or": "Odds ratio (logarithmic scale)"}
    axes.set_xlabel(words.get(metric, metric))
    return figure


def draw_flow(context: SynthesisFigureContext) -> Figure:
    """The flow diagram of PRISMA 2020: what goes on at the left, what leaves at the right."""
    counts = flow_counts(context.synthesis)

    def lines(*names: str) -> list[str]:
        shown = []
        for name in names:
            number = context.statistics[f"flow.{name}.count"]["estimate"]
            shown.append(f"{counts[name][0]} (n = {apa.number(number, 0)})")
        return shown

    found = [name for name in counts if name.startswith("identified_")]
    reasons = [name for name in counts if name.startswith("reason_")]
    rows = [
        (["Identified from:", *lines(*found)], lines("duplicates")),
        (lines("screened"), lines("excluded")),
        (lines("sought"), lines("not_retrieved")),
        (lines("assessed"), ["Reports excluded:", *lines(*reasons)] if reasons else []),
        (lines("included_studies", "included_reports"), []),
    ]
    line, padding, gap, width = 0.15, 0.1, 0.26, 2.95
    heights = [max(len(a), len(b)) * line + 2 * padding for a, b in rows]
    total = sum(heights) + gap * (len(rows) - 1) + 0.3
    figure = Figure(figsize=(WIDTH, total))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(-total + 0.05, 0.05)
    axes.axis("off")
    top = 0.0
    for place, (main, aside) in enumerate(rows):
        _draw_box(axes, main, 0.1, top, width, heights[place], padding, line)
        middle = top - heights[place] / 2
        if aside:
            _draw_box(axes, aside, 3.45, top, width, heights[place], padding, line)
            _draw_arrow(axes, (0.1 + width, middle), (3.45, middle))
        if place + 1 < len(rows):
            start = top - heights[place]
            _draw_arrow(axes, (0.1 + width / 2, start), (0.1 + width / 2, start - gap))
        top -= heights[place] + gap
    return figure


def _draw_box(
    axes: Axes, lines: Sequence[str], x: float, top: float, width: float, height: float,
    padding: float, line: float,
) -> None:  # fmt: skip
    axes.add_patch(Rectangle((x, top - height), width, height, fill=False, lw=0.8, edgecolor=INK))
    for place, text in enumerate(lines):
        axes.text(
            x + padding, top - padding - place * line, as_typed(_shortened(text, 58)),
            fontsize=SMALL, va="top",
        )  # fmt: skip


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", xy=end, xytext=start,
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.8, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def _facets(context: SynthesisFigureContext) -> Figure:
    crosswalk = context.crosswalk
    return draw_facets(crosswalk, context.instruments) if crosswalk else Figure()


def _importance(context: SynthesisFigureContext) -> Figure:
    if context.crosswalk is None:
        return Figure()
    return draw_importance(
        context.crosswalk, context.instruments, context.statistics, context.evidence.facets
    )


DRAWERS: dict[str, Callable[[SynthesisFigureContext], Figure]] = {
    "forest": draw_forest,
    "reported": draw_reported,
    "funnel": draw_funnel,
    "flow": draw_flow,
    "facets": _facets,
    "importance": _importance,
}
"""Kind of figure -> the function that draws it."""
