"""Id and version of the scoring keys that each statistic is based on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from attune.specs.instrument import Instrument
from attune.specs.study import Study

if TYPE_CHECKING:
    import pandas as pd


def name_instruments(
    statistics: "pd.DataFrame", study: Study, instruments: Mapping[str, Instrument]
) -> "pd.DataFrame":
    """Statistics with the scoring keys that they are based on.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`, with any `instruments`.
    study : Study
        Its measures and outcomes say which instrument a term is computed from.
    instruments : mapping of id to Instrument

    Returns
    -------
    pandas.DataFrame
        The same rows; `instruments` holds every scoring key as id and version, such as
        "kims 1.0, wai_s 1.0", and is missing if a number is based on no questionnaire.
    """
    versions = {name: f"{name} {key.version}" for name, key in instruments.items()}
    known: dict[tuple[object, ...], str | None] = {}
    named = []
    identifiers, every_x, every_y = (statistics[name].tolist() for name in ("id", "x", "y"))
    for identifier, x, y in zip(identifiers, every_x, every_y, strict=True):
        key = identifier.split(".", 2)[1], x, y
        if key not in known:
            terms = [term.partition(".")[0] for term in key if isinstance(term, str)]
            used = {name for term in terms for name in _instruments_of(term, study)}
            chosen = [versions[name] for name in sorted(used) if name in versions]
            known[key] = ", ".join(chosen) or None
        named.append(known[key])
    found = statistics.copy(deep=False)
    found["instruments"] = _with_totals(identifiers, named)
    return found


def _with_totals(identifiers: Iterable[str], named: list[str | None]) -> list[str | None]:
    """Give `missingness.all` the keys of all questionnaires."""
    rows = list(zip(identifiers, named, strict=True))
    asked = {name for identifier, names in rows if names and identifier.startswith("missingness.")
             for name in names.split(", ")}  # fmt: skip
    every = ", ".join(sorted(asked)) or None
    return [
        every if identifier.startswith("missingness.all.") else names for identifier, names in rows
    ]


def _instruments_of(term: str, study: Study) -> Iterator[str]:
    """The instruments of a term: a measure, an outcome, or an instrument itself."""
    if term in study.measures:
        yield str(study.measures[term].instrument)
    elif term in study.outcomes:
        outcome = study.outcomes[term]
        for measure in (outcome.pretest, outcome.posttest):
            yield str(study.measures[measure].instrument)
    else:
        yield term
