"""The check of a cohort as one HTML page that needs no other file."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from markupsafe import Markup

from attune.analyses.analysis import AnalysisCheck
from attune.documents.cohort_page.cohort_check import (
    CohortCheck,
    Finding,
    MeasureCheck,
    Place,
    ScaleCheck,
)
from attune.documents.cohort_page.labels import (
    EMPTY_TEXTS,
    SEVERITIES,
    estimable_in_words,
    headline,
    missing_in_words,
    odd_items,
    odd_measures,
    open_in_words,
    plan_remedy,
    skipped,
    who,
)
from attune.documents.cohort_page.small_plots import (
    histogram,
    interval_mark,
    item_rest_plot,
    missing_plot,
)
from attune.printing.apa import bounded, counted, level_of, number, percentage
from attune.printing.html import css_text, render_page, with_code
from attune.specs.rules import Severity

MOST_PLACES = 100
"""Most places that the page lists per rule."""

DYAD_LABELS = ("nothing", *(f"up to {tenth}0%" for tenth in range(1, 11)), "everything")
"""Labels of the histogram's bars: the share of all items that a dyad lacks."""

SYMBOLS = {"error": "✕", "warning": "!", "note": "i"}
"""Signs of the severities, next to their names: colour alone would not be accessible."""

_PLACE = (
    ("row", "Row", "right"),
    ("column", "Column", ""),
    ("item", "Item", "right"),
    ("value", "Value", ""),
)
"""Columns of the table of places: attribute, heading, alignment."""

_DASH = "\N{EM DASH}"


def intake_page(check: CohortCheck, template: str, css: str) -> str:
    """The page as HTML text.

    Parameters
    ----------
    check : CohortCheck
    template : str
        Jinja2 template of the page (reports/intake.html.j2).
    css : str
        Styles, which the page holds itself.

    Returns
    -------
    str
        Everything that comes from files is escaped; nothing is fetched from anywhere.
    """
    return render_page({"page": template}, css, facts={"check": check, **page_facts(check)})


def page_facts(check: CohortCheck) -> dict[str, Any]:
    """Every word, number and plot of the page, ready to print."""
    groups = [
        (severity, [f for f in check.findings if f.severity == severity]) for severity in SEVERITIES
    ]
    return {
        "headline": headline(check),
        "every_page": Markup(css_text(check.synthetic_notice.partition(". ")[0])),
        "who": who(check),
        "open_remarks": open_in_words(check) if check.open_remarks else "",
        "coverage": level_of(check.interval).removeprefix("."),
        "counts": [_count(check, severity) for severity in SEVERITIES],
        "estimable": estimable_in_words(check),
        "severities": [
            (f"{name.capitalize()}s", name, SYMBOLS[name], [_finding(f) for f in findings])
            for name, findings in groups
            if findings
        ],
        "plan_problems": [with_code(problem) for problem in check.plan_problems],
        "obstacles": [with_code(problem) for problem in check.obstacles],
        "text_problems": check.text_problems,
        "empty_texts": check.empty_texts,
        "empty_texts_title": EMPTY_TEXTS,
        "plan_remedy": with_code(plan_remedy(check)),
        "keys": _keys(check),
        "reliability": _by_questionnaire(scale for scale in check.scales if scale.consistent),
        "coverages": _by_questionnaire(check.scales),
        "items": _item_plots(check),
        "odd_items": list(odd_items(check)),
        "measures": [_measure(measure) for measure in check.measures],
        "odd_measures": odd_measures(check),
        "missing": [_missing(missing_item) for missing_item in check.missing_items],
        "missing_totals": missing_in_words(check),
        "dyads": _dyads(check),
        "analyses": _analyses(check),
        "skipped": [
            (with_code(reason), [f"{entry.analysis}: {entry.terms}" for entry in group])
            for reason, group in skipped(check)
        ],
    }


def _count(check: CohortCheck, severity: Severity) -> tuple[str, str, str]:
    """Class, sign and words of a count."""
    n = check.count(severity)
    return severity if n else "none", SYMBOLS[severity], counted(n, severity)


def _finding(finding: Finding) -> dict[str, Any]:
    files = [f"{path} ({n:,})" for path, n in finding.by_file.items()]
    places = finding.places[:MOST_PLACES]
    # Columns that would be empty in all rows are left out.
    columns = [
        part for part in _PLACE if any(getattr(place, part[0]) is not None for place in places)
    ]
    rest = finding.n - sum(place.n for place in places)
    return {
        "finding": finding,
        "what": _shared_message(finding),
        "columns": [(heading, side) for _, heading, side in columns],
        "places": [
            (place, [(heading, side, _cell(place, name)) for name, heading, side in columns])
            for place in places
        ],
        "remedies": [with_code(remedy) for remedy in finding.remedies],
        "count": counted(finding.n, "place"),
        "files": ", ".join(files),
        "rest": counted(rest, "more place") if rest else "",
    }


def _cell(place: Place, name: str) -> str:
    value = getattr(place, name)
    return "" if value is None else str(value)


def _shared_message(finding: Finding) -> Markup | str:
    """The message, printed once above the places where it is the same in all of them."""
    messages = {place.what for place in finding.places}
    is_shared = len(messages) == 1 and finding.n == len(finding.places) > 1
    return with_code(messages.pop()) if is_shared else ""


def _keys(check: CohortCheck) -> list[dict[str, Any]]:
    """Each instrument once, with the pitfalls of its key."""
    keys: dict[str, dict[str, Any]] = {}
    for questionnaire in check.questionnaires:
        keys[questionnaire.abbreviation] = {
            "name": questionnaire.instrument,
            "abbreviation": questionnaire.abbreviation,
            "version": questionnaire.version,
            "key": questionnaire.key,
            "pitfalls": [with_code(pitfall) for pitfall in questionnaire.pitfalls],
        }
    return [keys[name] for name in sorted(keys)]


def _by_questionnaire(scales: Iterable[ScaleCheck]) -> list[tuple[str, list[dict[str, Any]]]]:
    groups = groupby(scales, key=lambda scale: scale.questionnaire)
    return [(name, [_scale(entry) for entry in group]) for name, group in groups]


def _scale(scale: ScaleCheck) -> dict[str, Any]:
    alpha, interval, mark = _DASH, "", ""
    if scale.alpha is not None and scale.low is not None and scale.high is not None:
        alpha = bounded(scale.alpha, 2)
        interval = f"[{bounded(scale.low, 2)}, {bounded(scale.high, 2)}]"
        mark = interval_mark(scale.alpha, scale.low, scale.high, f"alpha {alpha} {interval}")
    return {
        "scale": scale,
        "alpha": alpha,
        "interval": interval,
        "mark": Markup(mark),
        "omega": bounded(scale.omega, 2) if scale.omega is not None else _DASH,
        "lowest": _lowest(scale),
    }


def _lowest(scale: ScaleCheck) -> str:
    known = [(item.item_rest, item.item) for item in scale.items if item.item_rest is not None]
    if not known:
        return _DASH
    low, item = min(known)
    return f"{bounded(low, 2)} (item {item})"


def _item_plots(check: CohortCheck) -> list[dict[str, Any]]:
    """The plots of each questionnaire, its scales in the order of the key."""
    questionnaires = []
    for name, scales in groupby(check.scales, key=lambda scale: scale.questionnaire):
        plots = []
        odd = 0
        for scale in scales:
            if not any(item.item_rest is not None for item in scale.items):
                continue
            title = f"Item-rest correlations of {scale.label}, {name}"
            odd += sum(bool(item.finding) for item in scale.items)
            caption = f"{scale.label} (n = {scale.n:,})"
            plots.append((caption, Markup(item_rest_plot(scale.items, title))))
        if plots:
            count = f"{counted(len(plots), 'scale')}, {counted(odd, 'item')} to look at"
            questionnaires.append({"name": name, "count": count, "odd": odd, "plots": plots})
    return questionnaires


def _measure(measure: MeasureCheck) -> dict[str, Any]:
    floor, ceiling = (
        _DASH if share is None else percentage(100 * share)
        for share in (measure.at_minimum, measure.at_maximum)
    )
    skewness = _DASH if measure.skewness is None else number(measure.skewness, 2)
    return {"measure": measure, "floor": floor, "ceiling": ceiling, "skewness": skewness}


def _missing(items: Any) -> dict[str, Any]:
    returned = items.n_returned or 1
    shares = [n / returned for n in items.missing]
    plot = missing_plot(shares, f"Missing answers per item, {items.questionnaire}")
    return {
        "name": items.questionnaire,
        "returned": f"{items.n_returned:,} of {items.n_expected:,}",
        "complete": f"{items.n_complete:,}",
        "share": percentage(100 * items.share),
        "plot": Markup(plot) if any(items.missing) else "",
        "count": counted(sum(items.missing), "answer"),
    }


def _dyads(check: CohortCheck) -> Markup | str:
    counts = check.missing_by_dyad.counts
    if not counts:
        return ""
    title = f"{check.case.capitalize()}s by the share of all items they lack"
    return Markup(histogram(counts, DYAD_LABELS, title))


def _analyses(check: CohortCheck) -> list[dict[str, Any]]:
    """Analyses of the study in its order, each with its parts."""
    analyses = []
    for (_, title), group in groupby(check.analyses, key=lambda a: (a.analysis, a.title)):
        parts: list[AnalysisCheck] = list(group)
        n = sum(part.estimable for part in parts)
        analyses.append({"title": title, "parts": parts, "count": f"{n:,} of {len(parts):,}"})
    return analyses
