"""Figures of facets: what each questionnaire measures, and which facets carry the association."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from attune.printing import apa
from attune.printing.style import BLUE, GREY, INK, PALE, SMALL, VERMILLION, WIDTH, wrapped
from attune.specs.instrument import Instrument
from attune.specs.synthesis import Crosswalk
from attune.synthesis.evidence import FacetStudy

Statistics = Mapping[str, Mapping[str, Any]]


def draw_facets(crosswalk: Crosswalk, instruments: Mapping[str, Instrument]) -> Figure:
    """Questionnaires down, facets across; a cell names the scales that measure the facet."""
    facets, names = [*crosswalk.facets], [*crosswalk.instruments]
    figure = Figure(figsize=(WIDTH, 0.75 + 0.42 * len(names)), layout="constrained")
    axes = figure.subplots()
    for down, name in enumerate(names):
        key = instruments[name]
        for across, facet in enumerate(facets):
            scales = [s for s, other in crosswalk.instruments[name].items() if other == facet]
            axes.add_patch(
                Rectangle((across - 0.48, down - 0.45), 0.96, 0.9, edgecolor=PALE, lw=0.6,
                          facecolor=BLUE if scales else "white")
            )  # fmt: skip
            words = "\n".join(key.scales[scale].label for scale in scales)
            axes.text(
                across, down, wrapped(words, 16) if len(scales) == 1 else words, color="white",
                ha="center", va="center", fontsize=SMALL - 1,
            )  # fmt: skip
    axes.set_xlim(-0.5, len(facets) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks(range(len(facets)), [wrapped(crosswalk.facets[facet], 14) for facet in facets])
    axes.set_yticks(range(len(names)), [instruments[name].abbreviation for name in names])
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure


def draw_importance(
    crosswalk: Crosswalk,
    instruments: Mapping[str, Instrument],
    statistics: Statistics,
    studies: Sequence[FacetStudy],
) -> Figure:
    """Facets down; correlations, shares of the explained variance, and studies by questionnaire.

    Parameters
    ----------
    crosswalk : Crosswalk
    instruments : mapping of str to Instrument
        Those of the crosswalk.
    statistics : mapping of str to mapping
        Rows of the contract `STATISTICS` by id, missing as None.
    studies : sequence of FacetStudy
    """
    facets = [facet for facet in crosswalk.facets if f"facets.{facet}.k" in statistics]
    figure = Figure(figsize=(WIDTH, 1.5 + 0.42 * len(facets)), layout="constrained")
    correlations, shares, measured = figure.subplots(
        1, 3, sharey=True, width_ratios=[1.25, 0.95, 1.2]
    )
    _draw_correlations(correlations, facets, statistics)
    _draw_shares(shares, facets, statistics)
    _draw_measured(measured, facets, crosswalk, instruments, studies)
    labels = [
        f"{wrapped(crosswalk.facets[facet], 20)}\n{_studies(statistics, facet)}" for facet in facets
    ]
    correlations.set_yticks(range(len(facets)), labels, fontsize=SMALL)
    correlations.set_ylim(len(facets) - 0.5, -0.5)
    for axes in (shares, measured):
        axes.tick_params(axis="y", length=0, labelleft=False)
        axes.spines["left"].set_visible(False)
    return figure


def _studies(statistics: Statistics, facet: str) -> str:
    k = statistics[f"facets.{facet}.k"]["estimate"]
    n = statistics[f"facets.{facet}.people"]["estimate"]
    return f"k = {apa.number(k, 0)}, n = {apa.number(n, 0)}" if k else "no study"


def _draw_correlations(axes: Axes, facets: Sequence[str], statistics: Statistics) -> None:
    """Pooled r and partial r with their intervals."""
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    marks = (("r", -0.13, "o", INK, "r"), ("partial_r", 0.13, "D", BLUE, "partial r"))
    reach = 0.3
    for statistic, offset, marker, colour, label in marks:
        rows = [statistics[f"facets.{facet}.{statistic}"] for facet in facets]
        known = [(place, row) for place, row in enumerate(rows) if row["estimate"] is not None]
        for place, row in known:
            axes.plot(
                [row["ci_low"], row["ci_high"]], [place + offset] * 2, color=colour, linewidth=1.1
            )
            reach = max(reach, *(abs(row[end]) for end in ("ci_low", "ci_high")))
        axes.plot(
            [row["estimate"] for _, row in known], [place + offset for place, _ in known],
            linestyle="none", marker=marker, markersize=4.5, color=colour,
            markerfacecolor=colour if statistic == "r" else "white", label=label,
        )  # fmt: skip
    limit = min(1.0, reach * 1.08)
    axes.set_xlim(-limit, limit)
    ticks = mpl.ticker.MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(-limit, limit)
    ticks = [tick for tick in ticks if -limit <= tick <= limit]
    axes.set_xticks(ticks, ["0" if abs(t) < 1e-9 else apa.bounded(t, 1) for t in ticks])
    axes.set_xlabel("Correlation with the outcome\n◂ against      for ▸", fontsize=SMALL)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=SMALL
    )


def _draw_shares(axes: Axes, facets: Sequence[str], statistics: Statistics) -> None:
    """General dominance in percent of the explained variance."""
    for place, facet in enumerate(facets):
        row = statistics[f"facets.{facet}.dominance_share"]
        if row["estimate"] is None:
            axes.text(2, place, "not compared", va="center", fontsize=SMALL, color=GREY)
            continue
        axes.barh(place, row["estimate"], height=0.5, color=BLUE, alpha=0.85)
        axes.plot([row["ci_low"], row["ci_high"]], [place] * 2, color=INK, linewidth=1.1)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 50, 100], ["0", "50", "100"])
    axes.set_xlabel("General dominance,\n% of R²", fontsize=SMALL)


def _draw_measured(
    axes: Axes,
    facets: Sequence[str],
    crosswalk: Crosswalk,
    instruments: Mapping[str, Instrument],
    studies: Sequence[FacetStudy],
) -> None:
    """Studies that enter with a facet, by questionnaire; a cross where it has no scale."""
    names = [*crosswalk.instruments]
    for across, name in enumerate(names):
        used = [study for study in studies if study.pooled and study.instrument == name]
        for place, facet in enumerate(facets):
            has_scale = facet in crosswalk.instruments[name].values()
            k = sum(facet in study.measured for study in used)
            axes.add_patch(
                Rectangle((across - 0.47, place - 0.42), 0.94, 0.84, edgecolor=PALE, lw=0.6,
                          facecolor=BLUE if k else PALE if has_scale else "white")
            )  # fmt: skip
            colour = "white" if k else GREY if has_scale else VERMILLION
            text = str(k) if has_scale else "×"
            axes.text(across, place, text, ha="center", va="center", fontsize=SMALL, color=colour)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_xticks(
        range(len(names)), [instruments[name].abbreviation for name in names], rotation=40,
        ha="right", fontsize=SMALL,
    )  # fmt: skip
    axes.set_title(
        "Studies with facet\ncorrelations", fontsize=SMALL, fontweight="normal", loc="center"
    )
    axes.tick_params(axis="x", length=0)
    for side in axes.spines.values():
        side.set_visible(False)
