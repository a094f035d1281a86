"""Path diagrams of structural equation models, drawn from the parsed model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, Rectangle

from attune.analyses.structural_models.declaration import (
    StructuralModel,
    drawn_curves,
    structural_models,
)
from attune.analyses.structural_models.design import variable_label
from attune.printing import apa
from attune.printing.figure_context import FigureContext
from attune.printing.style import GREY, INK, SMALL, WIDTH, new_figure, wrapped
from attune.specs.errors import AnalysisError
from attune.specs.study import Figure as DeclaredFigure
from attune.stats.sem_syntax import Term
from attune.store.statistic_rows import statistic_id

STARS = [0.05, 0.01]
"""Levels of one and two stars, as the remark of the kind says, and as tables have them."""

_LINE = 0.13
"""Inches per line of the smallest type."""

_NODE = 1.16
_INDICATOR = 0.74
"""Inches: widest box of a variable, and of an indicator of a factor."""

_STEP, _DROP = 1.15, 1.05
"""Inches between rows of variables, and from factors down to their indicators."""


@dataclass
class _Node:
    """A variable: centre and size in inches from the lower left."""

    name: str
    label: str
    round: bool
    x: float = 0.0
    y: float = 0.0
    width: float = _NODE
    height: float = 0.46


@dataclass
class _Part:
    """One level, of one group: its variables and what ties them."""

    level: str
    group: str
    title: str
    nodes: dict[str, _Node]
    arrows: list[Term]
    curves: list[Term]
    height: float = 0.0
    below: dict[str, list[str]] = field(default_factory=dict)
    """Factor -> indicators that are drawn below it."""


def draw_path_diagram(declared: DeclaredFigure, context: FigureContext) -> Figure:
    """One panel per level (and group) of one model.

    Raises
    ------
    AnalysisError
        The figure does not name exactly one structural equation model.
    """
    known = structural_models(context.study)
    names = [name for name in declared.analyses or known if name in known]
    if len(names) != 1:
        raise AnalysisError("a path diagram needs exactly one structural equation model")
    [name] = names
    parts = [*_parts(name, known[name], context)]
    for part in parts:
        _place(part, known[name])
    heights = [part.height for part in parts]
    figure = new_figure(height=sum(heights) + 0.3 * len(parts))
    panels = figure.subplots(len(parts), 1, squeeze=False, gridspec_kw={"height_ratios": heights})
    for part, axes in zip(parts, panels[:, 0], strict=True):
        _draw(axes, part, name, context)
    return figure


def _parts(name: str, model: StructuralModel, context: FigureContext) -> Iterator[_Part]:
    parsed = model.parsed()
    levels = ["within", "between"] if parsed.two_level else ["within"]
    groups = [""]
    if model.group is not None:
        ids = (row["id"].split(".") for row in context.store.values() if row["analysis"] == name)
        groups = [*dict.fromkeys(p[1] for p in ids if p[-1] in ("path", "loading"))] or [""]
    for group in groups:
        for level in levels:
            terms = [term for term in parsed.terms if term.level == level]
            nodes = _nodes(terms, level, parsed.terms, model, context)
            arrows = [t for t in terms if t.operator in ("~", "=~")]
            curves = drawn_curves(terms)
            words = [group.replace("_", " ")] if group else []
            words += [f"{level} therapists"] if parsed.two_level else []
            title = ", ".join(words)
            place = level if parsed.two_level else ""
            heading = f"{title[:1].upper()}{title[1:]}"
            yield _Part(place, group, heading, nodes, arrows, curves)


def _nodes(
    terms: list[Term],
    level: str,
    every: tuple[Term, ...],
    model: StructuralModel,
    context: FigureContext,
) -> dict[str, _Node]:
    """Variables of a level; factors, and parts of row variables between clusters, are round."""
    latent = {t.left for t in terms if t.operator == "=~"}
    within = {v for t in every if t.level == "within" for v in (t.left, t.right)}
    found = {}
    for name in dict.fromkeys(v for t in terms for v in (t.left, t.right) if v):
        curved = name in latent or (level == "between" and name in within)
        label = variable_label(name, model, context.study, context.cohort)
        found[name] = _Node(name, label, curved)
    return found


def _place(part: _Part, model: StructuralModel) -> None:
    """Give every variable its centre."""
    if model.cross_lagged is not None:
        _place_panel(part, model)
        return
    structural = [t for t in part.arrows if t.operator == "~"]
    inner = {v for t in structural for v in (t.left, t.right)}
    loadings = [t for t in part.arrows if t.operator == "=~"]
    factors = {t.left for t in loadings}
    for term in loadings:
        if term.right not in inner and term.right not in factors:
            owned = [i for own in part.below.values() for i in own]
            if term.right not in owned:
                part.below.setdefault(term.left, []).append(term.right)
    hanging = {name for own in part.below.values() for name in own}
    upper = [name for name in part.nodes if name not in hanging]
    columns = _columns(upper, structural)
    _spread(part, columns)
    if part.below:
        _hang(part)


def _columns(names: list[str], arrows: list[Term]) -> list[list[str]]:
    """Variables by the length of the longest chain of arrows that leads to them."""
    depth = dict.fromkeys(names, 0)
    for _ in names:  # a loop of arrows ends here, too
        for term in arrows:
            depth[term.left] = max(depth[term.left], min(depth[term.right] + 1, len(names)))
    if not arrows and len(names) <= 5:
        return [[name] for name in names]
    levels = sorted(set(depth.values()))
    return [[name for name in names if depth[name] == one] for one in levels]


def _spread(part: _Part, columns: list[list[str]]) -> None:
    """Columns from left to right, neighbours at different heights, so that labels have room."""
    zigzag = len(columns) > 2 and bool(part.arrows) and not part.below
    most = max(len(own) for own in columns)
    rows = most + (1 if zigzag else 0)
    part.height = 0.75 + _STEP * (rows - 1) + 0.25
    middle = part.height / 2
    width = min(_NODE, 6.2 / len(columns) - 0.12)
    span = WIDTH - 0.3 - width
    for place, own in enumerate(columns):
        x = 0.15 + width / 2 + (span * place / (len(columns) - 1) if len(columns) > 1 else span / 2)
        shift = (_STEP / 2 if place % 2 else -_STEP / 2) if zigzag else 0.0
        for row, name in enumerate(own):
            node = part.nodes[name]
            node.x, node.width = x, width
            node.y = middle + shift + _STEP * ((len(own) - 1) / 2 - row)
            node.height = _height(node)


def _height(node: _Node) -> float:
    lines = wrapped(node.label, _signs(node)).count("\n") + 1
    return _LINE * lines + (0.26 if node.round else 0.16)


def _signs(node: _Node) -> int:
    """How many signs of the smallest type fit into a line of a box."""
    return max(6, int((node.width - (0.24 if node.round else 0.08)) / 0.062))


def _hang(part: _Part) -> None:
    """Indicators in a row below their factors."""
    order = [name for owner in part.below for name in part.below[owner]]
    for node in part.nodes.values():
        node.y += _DROP
    part.height += _DROP
    width = min(_INDICATOR, 6.3 / len(order) - 0.06)
    factors = sorted(part.below, key=lambda name: part.nodes[name].x)
    order = [name for owner in factors for name in part.below[owner]]
    fitting = (WIDTH - 0.2 - width) / max(len(order) - 1, 1)
    step = min(width + 0.25, fitting)
    wanted = []
    for owner in factors:
        own = part.below[owner]
        wanted += [part.nodes[owner].x + step * (k - (len(own) - 1) / 2) for k in range(len(own))]
    for place, name in enumerate(order):
        least = 0.1 + width / 2 if place == 0 else part.nodes[order[place - 1]].x + step
        most = WIDTH - 0.1 - width / 2 - step * (len(order) - 1 - place)
        node = part.nodes[name]
        node.x, node.width = min(max(wanted[place], least), most), width
        node.height = _height(node)
        node.y = 0.3 + node.height / 2


def _place_panel(part: _Part, model: StructuralModel) -> None:
    """A cross-lagged panel: one row per measure, one column per occasion, stable levels left."""
    short = model.cross_lagged
    if short is None:
        return
    kept = {}
    part.height = 3.1
    columns = len(short.occasions) + 1
    width = min(_NODE, 5.9 / columns - 0.36)
    for row, measure in enumerate((short.first, short.second)):
        names = [f"stable_{measure}", *(f"own_{measure}_{t + 1}" for t in range(columns - 1))]
        for place, name in enumerate(names):
            node = part.nodes[name]
            node.label = node.label.replace(", deviation", "").replace(" level", "")
            node.width = width
            node.x = 0.4 + width / 2 + (WIDTH - 0.8 - width) * place / (columns - 1)
            node.y = part.height - 0.6 if row == 0 else 0.6
            node.height = _height(node)
            kept[name] = node
    part.nodes = kept
    part.arrows = [t for t in part.arrows if t.operator == "~"]
    part.curves = [t for t in part.curves if t.left in kept and t.right in kept]


def _draw(axes: Axes, part: _Part, name: str, context: FigureContext) -> None:
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, part.height)
    axes.set_aspect("equal")
    axes.axis("off")
    if part.title:
        axes.set_title(part.title, loc="left", fontsize=9, fontweight="bold")
    taken: list[tuple[float, float]] = []
    for term in part.arrows:
        _draw_arrow(axes, part, term, name, context, taken)
    for term in part.curves:
        _draw_curve(axes, part, term, name, context, taken)
    for node in part.nodes.values():
        corner = (node.x - node.width / 2, node.y - node.height / 2)
        shape = (
            Ellipse((node.x, node.y), node.width, node.height)
            if node.round
            else Rectangle(corner, node.width, node.height)
        )
        shape.set(facecolor="white", edgecolor=INK, linewidth=0.9, zorder=4)
        axes.add_patch(shape)
        text = wrapped(node.label, _signs(node))
        axes.text(node.x, node.y, text, ha="center", va="center", fontsize=SMALL, zorder=5)


@dataclass(frozen=True)
class _Printed:
    """What stands at a line: its text, and whether it is significant."""

    text: str
    significant: bool


def _printed(prefix: str, statistic: str, context: FigureContext) -> _Printed:
    """A coefficient as printed, with stars, and its standardised value in brackets."""
    identifier = f"{prefix}.{statistic}"
    if identifier not in context.store:
        return _Printed("", False)
    row = context.statistic(identifier)
    if row["estimate"] is None:
        return _Printed("?", False)
    tested = context.store.get(f"{identifier}_z")
    p = tested["p_two_tailed"] if tested else None
    stars = apa.significance_stars(p, STARS)
    found = context.store.get(f"{identifier}_standardised")
    scaled = ""
    if found is not None and found["estimate"] is not None:
        scaled = f" ({_number(found, context)})"
    if statistic == "model_covariance" and scaled:
        return _Printed(f"{scaled.strip(' ()')}{stars}", p is not None and p < STARS[0])
    text = f"{_number(row, context)}{stars}{scaled}"
    return _Printed(text, p is None or p < STARS[0])


def _number(row: dict[str, object], context: FigureContext) -> str:
    return apa.plain_estimate(row, context.kinds.kind_of(row).print_format, {})


def _prefix(part: _Part, term: Term, name: str) -> str:
    return statistic_id(name, part.group, part.level, term.left, term.right)


def _draw_arrow(
    axes: Axes,
    part: _Part,
    term: Term,
    name: str,
    context: FigureContext,
    taken: list[tuple[float, float]],
) -> None:
    loads = term.operator == "=~"
    start, end = (term.left, term.right) if loads else (term.right, term.left)
    found = _printed(_prefix(part, term, name), "loading" if loads else "path", context)
    a, b = part.nodes[start], part.nodes[end]
    bend = 0.0
    if not loads and _blocked(part, a, b):
        bend = 0.28
    line = FancyArrowPatch(
        _edge(a, b),
        _edge(b, a),
        arrowstyle="-|>",
        mutation_scale=9,
        linewidth=1.1 if found.significant else 0.8,
        linestyle="-" if found.significant else (0, (4, 3)),
        color=INK if found.significant else GREY,
        connectionstyle=f"arc3,rad={bend}",
        shrinkA=0,
        shrinkB=0,
        zorder=2,
    )
    axes.add_patch(line)
    if found.text:
        _label(axes, _edge(a, b), _edge(b, a), bend, found, taken)


def _blocked(part: _Part, a: _Node, b: _Node) -> bool:
    """Whether a straight line between two variables runs through a third."""
    for node in part.nodes.values():
        if node in (a, b):
            continue
        for share in np.linspace(0.1, 0.9, 17):
            x, y = a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)
            if abs(x - node.x) < node.width / 2 and abs(y - node.y) < node.height / 2:
                return True
    return False


def _edge(a: _Node, b: _Node) -> tuple[float, float]:
    """Where the line from the centre of a to that of b leaves a."""
    dx, dy = b.x - a.x, b.y - a.y
    w, h = a.width / 2, a.height / 2
    if dx == dy == 0:
        return a.x, a.y
    if a.round:
        share = 1 / np.hypot(dx / w, dy / h)
    else:
        share = min(w / abs(dx) if dx else np.inf, h / abs(dy) if dy else np.inf)
    return float(a.x + share * dx), float(a.y + share * dy)


def _label(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    bend: float,
    found: _Printed,
    taken: list[tuple[float, float]],
) -> None:
    """A coefficient on its line, where no other one is."""
    (x1, y1), (x2, y2) = start, end
    best = None
    for share in (0.5, 0.38, 0.62, 0.3, 0.7, 0.22, 0.78):
        swell = 4 * share * (1 - share) * bend / 2
        x = x1 + share * (x2 - x1) + swell * (y2 - y1)
        y = y1 + share * (y2 - y1) - swell * (x2 - x1)
        gap = min((abs(x - u) / 0.8 + abs(y - v) / 0.16 for u, v in taken), default=9.0)
        if best is None or gap > best[0] + 0.2:
            best = (gap, x, y)
        if gap >= 1.3:
            break
    if best is None:
        return
    _, x, y = best
    text = found.text.replace(" (", "\n(") if abs(x2 - x1) < 0.9 else found.text
    if abs(y2 - y1) < 0.1 and abs(x2 - x1) < 0.9:
        y += 0.19  # Above a short level line, which a label on it would hide.
    taken.append((x, y))
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=SMALL,
        color=INK if found.significant else GREY,
        linespacing=0.95,
        zorder=3,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )


def _draw_curve(
    axes: Axes,
    part: _Part,
    term: Term,
    name: str,
    context: FigureContext,
    taken: list[tuple[float, float]],
) -> None:
    """A covariance, to the left or below, where no arrows are."""
    a, b = part.nodes[term.left], part.nodes[term.right]
    found = _printed(_prefix(part, term, name), "model_covariance", context)
    column = abs(a.x - b.x) < 0.05
    if column:
        upper, lower = (a, b) if a.y > b.y else (b, a)
        side = 1 if a.x > WIDTH / 2 else -1
        start = (upper.x + side * 0.18 * upper.width, upper.y - upper.height / 2)
        end = (lower.x + side * 0.18 * lower.width, lower.y + lower.height / 2)
        bend = -0.22 * side
    else:
        left, right = (a, b) if a.x < b.x else (b, a)
        start = (left.x, left.y - left.height / 2)
        end = (right.x, right.y - right.height / 2)
        bend = 0.35
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="<|-|>",
            mutation_scale=7,
            linewidth=0.8,
            linestyle="-" if found.significant else (0, (4, 3)),
            color=INK if found.significant else GREY,
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
    if found.text:
        _label(axes, start, end, bend, found, taken)


FIGURES: dict[str, Callable[[DeclaredFigure, FigureContext], Figure]] = {
    "path_diagram": draw_path_diagram,
}
