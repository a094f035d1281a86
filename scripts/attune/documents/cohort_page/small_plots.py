"""Small plots as SVG text: no file, no request, and a text alternative in each.

Conspicuous items differ in shape, not only in colour. Plots have their natural width; the page lets
a wide plot scroll.
"""

from collections.abc import Iterable, Sequence
from html import escape

from attune.documents.cohort_page.cohort_check import ItemCheck
from attune.printing.apa import bounded

INK, QUIET, ACCENT, ODD = "#1c1c1c", "#595959", "#1a4a7a", "#8a1f11"
_LEFT, _TOP, _HEIGHT, _FOOT = 34, 8, 110, 20


def _step(n_items: int) -> int:
    """Width of one item: all item numbers are printed below few items, every fifth below many."""
    return 20 if n_items <= 13 else 11 if n_items <= 60 else 9


def _width(n_items: int) -> int:
    return _LEFT + max(n_items * _step(n_items), 240) + 8


def item_rest_plot(items: Sequence[ItemCheck], title: str) -> str:
    """Item-rest correlations with their intervals, items from left to right, with a line at zero.

    Parameters
    ----------
    items : sequence of ItemCheck
    title : str
        What the plot shows; its text alternative begins with it.
    """
    width, step = _width(len(items)), _step(len(items))
    marks = [_horizontal(value, width, value == 0) for value in (-1, -0.5, 0, 0.5, 1)]
    for place, check in enumerate(items):
        x = _LEFT + (place + 0.5) * step
        if check.low is not None and check.high is not None:
            marks.append(
                _line(x, _y(check.low), x, _y(check.high), ODD if check.finding else QUIET)
            )
        if check.item_rest is not None:
            marks.append(_mark(x, _y(check.item_rest), bool(check.finding)))
    marks += _item_labels([item.item for item in items], {i.item for i in items if i.finding})
    return _svg(width, _TOP + _HEIGHT + _FOOT, marks, title, _item_rest_in_words(items))


def missing_plot(shares: Sequence[float], title: str) -> str:
    """Share of answers missing per item as bars, item 1 first."""
    width, step = _width(len(shares)), _step(len(shares))
    top = next(number for number in (0.1, 0.25, 0.5, 1.0) if max(shares, default=0) <= number)
    marks = []
    for share in (0.0, top / 2, top):
        y = _TOP + _HEIGHT * (1 - share / top)
        marks.append(_line(_LEFT, y, width - 8, y, "#d5d5d5" if share else INK))
        label = f"{100 * share:.4g}%"
        marks.append(_text(_LEFT - 4, y + 3, label, "end"))
    for place, share in enumerate(shares):
        tall = _HEIGHT * share / top
        marks.append(
            f'<rect x="{_LEFT + (place + 0.5) * step - 3:g}" y="{_TOP + _HEIGHT - tall:.1f}"'
            f' width="6" height="{tall:.1f}" fill="{ACCENT}"/>'
        )
    worst = {place + 1 for place, share in enumerate(shares) if share and share == max(shares)}
    marks += _item_labels(range(1, len(shares) + 1), set())
    lacking = sum(share > 0 for share in shares)
    words = f"{lacking} of {len(shares)} items were left out by someone."
    if worst:
        which = ", ".join(map(str, sorted(worst)[:5]))
        words += f" Most often item {which}: {100 * max(shares):.1f}%."
    return _svg(width, _TOP + _HEIGHT + _FOOT, marks, title, words)


def histogram(counts: Sequence[int], labels: Sequence[str], title: str) -> str:
    """Counts as horizontal bars, each with its label and its number."""
    row, left, longest = 18, 84, 170
    most = max(counts, default=0) or 1
    marks = []
    for place, (count, label) in enumerate(zip(counts, labels, strict=True)):
        y = place * row + 4
        long = longest * count / most
        marks.append(_text(left - 6, y + 10, label, "end"))
        marks.append(f'<rect x="{left}" y="{y}" width="{long:.1f}" height="12" fill="{ACCENT}"/>')
        marks.append(_text(left + long + 5, y + 10, f"{count:,}", "start"))
    words = ", ".join(f"{label}: {count:,}" for count, label in zip(counts, labels, strict=True))
    return _svg(left + longest + 50, len(counts) * row + 8, marks, title, words)


def interval_mark(estimate: float, low: float, high: float, words: str) -> str:
    """A dot with its interval on a line from 0 to 1, for a table's cell."""
    width, height, left = 132, 16, 6
    across = width - 2 * left

    def x(value: float) -> float:
        return left + across * min(max(value, 0), 1)

    marks = [
        _line(left, 8, width - left, 8, "#d5d5d5"),
        *(_line(x(tick), 5, x(tick), 11, "#b5b5b5") for tick in (0, 0.5, 1)),
        _line(x(low), 8, x(high), 8, ACCENT, 3),
        f'<circle cx="{x(estimate):.1f}" cy="8" r="4" fill="{INK}"/>',
    ]
    return _svg(width, height, marks, words, "")


def _item_rest_in_words(items: Sequence[ItemCheck]) -> str:
    known = [(item.item_rest, item.item) for item in items if item.item_rest is not None]
    if not known:
        return "No correlation is defined."
    (low, lowest), (high, highest) = min(known), max(known)
    words = (
        f"{len(known)} items, from {bounded(low, 2)} (item {lowest}) to {bounded(high, 2)}"
        f" (item {highest})."
    )
    odd = [str(item.item) for item in items if item.finding]
    return f"{words} To look at: item {', '.join(odd)}." if odd else words


def _svg(width: float, height: float, marks: Iterable[str], title: str, words: str) -> str:
    spoken = escape(f"{title}. {words}" if words else title)
    return (
        f'<svg role="img" aria-label="{spoken}" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(marks)}</svg>"
    )


def _y(correlation: float) -> float:
    return _TOP + _HEIGHT * (1 - correlation) / 2


def _horizontal(value: float, width: float, strong: bool) -> str:
    y = _y(value)
    label = bounded(value, 1 if value % 1 else 0)
    return _line(_LEFT, y, width - 8, y, INK if strong else "#d5d5d5") + _text(
        _LEFT - 4, y + 3, label, "end"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
        f' stroke-width="{width:g}"/>'
    )


def _mark(x: float, y: float, odd: bool) -> str:
    """A dot, or a larger hollow diamond where the item is odd."""
    if not odd:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ACCENT}"/>'
    points = f"{x:.1f},{y - 5:.1f} {x + 5:.1f},{y:.1f} {x:.1f},{y + 5:.1f} {x - 5:.1f},{y:.1f}"
    return f'<polygon points="{points}" fill="#fff" stroke="{ODD}" stroke-width="2"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = QUIET) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11"'
        f' fill="{colour}">{escape(text)}</text>'
    )


def _item_labels(items: Iterable[int], odd: set[int]) -> list[str]:
    """Numbers below the items: the first, every fifth, and those that are odd."""
    numbers, labels, last = list(items), [], -2
    step = _step(len(numbers))
    for place, item in enumerate(numbers):
        near = odd & set(numbers[max(0, place - 1) : place + 2])
        fifth = (place % 5 == 4 or place == 0) and place - last >= 2 and not near
        regular = fifth or step == 20
        if item in odd or regular:
            x, colour = _LEFT + (place + 0.5) * step, ODD if item in odd else QUIET
            labels.append(_text(x, _TOP + _HEIGHT + 14, str(item), "middle", colour))
            last = place
    return labels
