"""Ties between printed values that a ledger does not declare, but that allow no other reading."""

from collections.abc import Iterator

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.ledger.relations import Comparison

IMPLIED = " The ledger declares no comparison; its only means and only t are taken as one."


def implied_comparisons(publication: Publication) -> Iterator[Comparison]:
    """The comparison of a ledger with exactly two means, two SDs and one t that fit each other.

    Each mean and SD states its n, the sizes are printed counts, the df of t is n1 + n2 - 2, and
    all are printed in one place. A d or g is part of it if it is the only one there.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Comparison
        At most one; none where the ledger declares any comparison.
    """
    if publication.relations.comparison:
        return
    of_kind = {
        kind: [value for value in publication.values if value.kind == kind]
        for kind in ("mean", "sd", "t", "d", "g", "count")
    }
    means, sds, tests = of_kind["mean"], of_kind["sd"], of_kind["t"]
    if len(means) != 2 or len(sds) != 2 or len(tests) != 1 or tests[0].of:
        return
    sizes = [mean.n for mean in means if mean.n]
    if [sd.n for sd in sds] != sizes or not _one_place([*means, *sds, *tests]):
        return
    counts = [_count(of_kind["count"], n) for n in sizes]
    df = [value for value in publication.values if value.of == tests[0].id and value.kind == "df"]
    if None in counts or len(df) != 1 or df[0].reading.digits != f"{sum(sizes) - 2}":
        return
    yield Comparison(
        design="independent",
        n=[count.id for count in counts if count],
        means=[mean.id for mean in means],
        sds=[sd.id for sd in sds],
        t=tests[0].id,
        d=of_kind["d"][0].id if len(of_kind["d"]) == 1 else None,
        g=of_kind["g"][0].id if len(of_kind["g"]) == 1 else None,
        because=IMPLIED,
    )


def implied_estimates(
    publication: Publication,
) -> Iterator[tuple[PrintedValue, PrintedValue]]:
    """The one coefficient and the one t or z of a ledger, if both are printed in one place.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    tuple of PrintedValue
        Coefficient and test, at most once; none where the test belongs to a value already.
    """
    tests = [value for value in publication.values if value.kind in ("t", "z")]
    coefficients = [value for value in publication.values if value.kind == "coefficient"]
    if len(tests) != 1 or len(coefficients) != 1 or tests[0].of:
        return
    if _one_place([*coefficients, *tests]):
        yield coefficients[0], tests[0]


def _one_place(values: list[PrintedValue]) -> bool:
    return bool(set.intersection(*(set(value.places) for value in values)))


def _count(counts: list[PrintedValue], n: int | None) -> PrintedValue | None:
    return next((count for count in counts if count.reading.digits == f"{n}"), None)
