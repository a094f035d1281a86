"""Tables of facets: pooled correlations, importance, and pairs of facets."""

from collections.abc import Iterator

from attune.printing.context import Body
from attune.printing.printed_table import LABEL, Row
from attune.printing.store import EMPTY, StatisticsStore
from attune.printing.text import Text, literal
from attune.specs.synthesis import Crosswalk
from attune.synthesis.facets import RESAMPLED, Compared

DOMINANCE_WORDS = {1.0: "first", 0.0: "second", 0.5: "neither"}
"""Verdict on complete dominance -> which of the two dominates."""


def facets_table(store: StatisticsStore, compared: Compared, crosswalk: Crosswalk) -> Body:
    """One row per facet: studies, pooled correlations with the outcome, partial correlation."""
    body = Body(
        {
            LABEL: "Facet",
            "k": "*k*",
            "n": "*n*",
            "alone": "*r* by itself",
            "alone_interval": "{level} CI",
            "r": "*r* jointly",
            "interval": "{level} CI",
            "tau": "τ",
            "partial": "*pr*",
            "partial_interval": "{level} CI",
        },
        [],
    )
    for facet, label in _labels(compared, crosswalk):
        prefix = f"facets.{facet}"
        cells = {
            "k": store.cell(f"{prefix}.k"),
            "n": store.cell(f"{prefix}.people"),
            "alone": store.cell(f"{prefix}.r_alone"),
            "alone_interval": store.cell(f"{prefix}.r_alone", "interval"),
            "r": store.cell(f"{prefix}.r"),
            "interval": store.cell(f"{prefix}.r", "interval"),
            "tau": store.cell(f"{prefix}.tau"),
            "partial": store.cell(f"{prefix}.partial_r"),
            "partial_interval": store.cell(f"{prefix}.partial_r", "interval"),
        }
        body.rows.append(Row(label, None, cells))
    if len(compared.studies) == 1:
        del body.headings["tau"]
        body.remarks.append(
            "Correlations of the only study; nothing is pooled. By itself: with the interval of"
            " Fisher's *z*. Jointly: as part of the matrix of all correlations, with the interval"
            " that generalised least squares gives. *pr* = partial correlation, all other facets"
            " held constant."
        )
        return body
    body.remarks.append(
        "By itself: the correlations of one facet with the outcome, pooled without the others."
        " Jointly: all correlations of all studies, pooled as one matrix. *pr* = partial"
        " correlation, all other facets held constant. τ = standard deviation of the true"
        " correlations between studies."
    )
    return body


def importance_table(store: StatisticsStore, compared: Compared, crosswalk: Crosswalk) -> Body:
    """One row per compared facet: general dominance, its share, relative weight, what it adds."""
    sizes = range(len(compared.facets))
    body = Body(
        {
            LABEL: "Facet",
            "dominance": "Dominance",
            "dominance_interval": "{level} CI",
            "share": "%",
            "weight": "Weight",
            "weight_interval": "{level} CI",
        },
        [],
    )
    body.headings |= {f"beside_{size}": _beside(size, len(sizes)) for size in sizes}
    for facet in compared.facets:
        prefix = f"facets.{facet}"
        cells = {
            "dominance": store.cell(f"{prefix}.general_dominance"),
            "dominance_interval": store.cell(f"{prefix}.general_dominance", "interval"),
            "share": store.cell(f"{prefix}.dominance_share"),
            "weight": store.cell(f"{prefix}.relative_weight"),
            "weight_interval": store.cell(f"{prefix}.relative_weight", "interval"),
        }
        cells |= {
            f"beside_{size}": store.cell_if_known(f"facet_beside.{facet}.{size}.r_squared_added")
            for size in sizes
        }
        body.rows.append(Row(literal(crosswalk.facets[facet]), None, cells))
    body.remarks.append(
        "Dominance = general dominance, with its percentage of the explained variance; weight ="
        " relative weight. Both divide the explained variance among the facets."
        " The last columns show what a facet explains alone and what it adds, on average, to"
        " further facets. As shares of variance cannot be negative, their simulated intervals lie"
        " above zero even if the facets explain nothing; they are not tests."
    )
    return body


def resampled_table(store: StatisticsStore, compared: Compared, crosswalk: Crosswalk) -> Body:
    """One row per compared facet: its weight in the rows of the only cohort, and above chance."""
    body = Body(
        {
            LABEL: "Facet",
            "weight": "Weight",
            "interval": "{level} BCa CI",
            "above": "Above random",
            "above_interval": "{level} BCa CI",
        },
        [],
    )
    for facet in compared.facets:
        weight, above = (f"facets.{facet}.{name}" for name in RESAMPLED)
        cells = {
            "weight": store.cell(weight),
            "interval": store.cell(weight, "interval"),
            "above": store.cell(above),
            "above_interval": store.cell(above, "interval"),
        }
        body.rows.append(Row(literal(crosswalk.facets[facet]), None, cells))
    body.remarks.append(
        "BCa intervals are from resampled rows of the only cohort. Above random: weight less that"
        " of a variable of random numbers beside the facets; a facet whose interval lies above zero"
        " explains more than chance."
    )
    return body


def _beside(size: int, facets: int) -> str:
    """Heading of what a facet adds beside others.

    Examples
    --------
    >>> [_beside(size, 4) for size in range(4)]
    ['Alone', 'Beside one', 'Beside two', 'Beside all']
    """
    if size == 0:
        return "Alone"
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}
    return "Beside all" if size == facets - 1 else f"Beside {words.get(size, 'more')}"


def pairs_table(store: StatisticsStore, compared: Compared, crosswalk: Crosswalk) -> Body:
    """One row per pair of facets: correlation, difference in dominance, complete dominance."""
    body = Body(
        {
            LABEL: "Second facet",
            "r": "*r*",
            "interval": "{level} CI",
            "difference": "Difference",
            "difference_interval": "{level} CI",
            "complete": "Completely dominant",
            "reproduced": "Reproduced, %",
        },
        [],
    )
    for place, one in enumerate(compared.facets):
        for two in compared.facets[place + 1 :]:
            prefix = f"facet_pairs.{one}.{two}"
            cells = {
                "r": store.cell(f"{prefix}.r"),
                "interval": store.cell(f"{prefix}.r", "interval"),
                "difference": store.cell_if_known(f"{prefix}.dominance_difference"),
                "difference_interval": _interval(store, f"{prefix}.dominance_difference"),
                "complete": _verdict(store, f"{prefix}.complete_dominance"),
                "reproduced": store.cell_if_known(f"{prefix}.complete_reproduced"),
            }
            first = literal(f"{crosswalk.facets[one]} (first) and")
            body.rows.append(Row(literal(crosswalk.facets[two]), first, cells))
    body.remarks.append(
        "Difference: general dominance of the first facet less that of the second. Completely"
        " dominant: the facet that adds more to every subset of the others. Reproduced: share of"
        " the drawn matrices with the same verdict."
    )
    return body


def _interval(store: StatisticsStore, identifier: str) -> Text:
    return store.cell(identifier, "interval") if identifier in store else EMPTY


def _verdict(store: StatisticsStore, identifier: str) -> Text:
    if identifier not in store:
        return EMPTY
    row = store.row(identifier)
    return literal(DOMINANCE_WORDS[float(row["estimate"])]) if row else EMPTY


def _labels(compared: Compared, crosswalk: Crosswalk) -> Iterator[tuple[str, Text]]:
    """Facets in the order of the crosswalk, those that are left out among them."""
    for facet, label in crosswalk.facets.items():
        if facet in compared.facets or facet in compared.left_out:
            yield facet, literal(label)
