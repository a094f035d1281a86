"""Whether a study will compute a statistic, as far as its file shows before anything runs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attune.analyses.kinds import KINDS
from attune.analyses.registry import ANALYSES
from attune.printing.notes import PLACEHOLDER
from attune.specs.closed_model import did_you_mean
from attune.specs.study import Study
from attune.store.contracts import PRINTED

FILLED_KEYS = ("note", "reason", "population", "source")
"""Keys of a study file whose texts are printed with the statistics that they name in braces."""

_PRINTED_PARTS = [name for name in PRINTED.schema.names if name not in ("id", "plain")]
_LIKE_AN_ID = re.compile(r"\{\s*[A-Za-z_][\w.]*\s*(?::\s*\w*\s*)?\}")
_FORM = (
    "Ids of statistics have lower case letters, digits and underscores with dots between, and a"
    " part stands behind a colon: {sample.all.n:estimate}"
)


def planned_problem(identifier: str, part: str, study: Study) -> str:
    """Why a study will not have a part of a statistic; empty as far as its file shows that it will.

    Parameters
    ----------
    identifier : str
    part : str
        A column of the contract `PRINTED`, such as `estimate`.
    study : Study
    """
    problem = next(id_problems(identifier, study), "") or form_problem(identifier)
    if not problem and part not in _PRINTED_PARTS:
        return f"{identifier!r} has no part {part!r}. {did_you_mean(part, _PRINTED_PARTS)}"
    return problem


def unprintable_ids(study: Study) -> Iterator[str]:
    """Ids in braces in the texts of a study file that will print nothing, one sentence each.

    They are filled in notes of tables and reasons of analyses (`FILLED_KEYS`); in any other text
    of the file the braces would be printed as they stand.
    """
    for place, text in _texts("", study.model_dump()):
        for found in _LIKE_AN_ID.finditer(text):
            problem = _unprintable(place, found[0], study)
            if problem:
                yield f"{place}: {problem}"


def _unprintable(place: str, found: str, study: Study) -> str:
    named = PLACEHOLDER.fullmatch(found)
    if place.rpartition(".")[2] not in FILLED_KEYS:
        where = "notes of tables and reasons of analyses"
        remark = f"{found!r} would be printed as it stands; only {where} print statistics"
        return remark if named else ""
    if named is None:
        return f"{found!r} would be printed as it stands. {_FORM}"
    return planned_problem(named[1], named[2] or "result", study)


def _texts(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every text of a study with its place, such as tables.sample.note."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _texts(f"{place}.{key}".lstrip("."), entry)
    elif isinstance(value, (list, tuple)):
        yield from _texts(place, dict(enumerate(value, start=1)))


def id_problems(identifier: str, study: Study) -> Iterator[str]:
    """Parts of an id that no statistic of a study has, one sentence each.

    The whole id can only be compared with results.

    Parameters
    ----------
    identifier : str
        `<analysis>.<terms...>.<statistic>`.
    study : Study
    """
    groups = {name: group for analysis in ANALYSES for name, group in analysis.groups.items()}
    known = [*study.analyses(), *groups]
    analysis, *terms = identifier.split(".")
    if analysis not in known:
        yield (
            f"statistic {identifier!r} starts with {analysis!r}, which is not an analysis of the"
            f" study"
            f" {study.study}. {did_you_mean(analysis, known)}"
        )
    for term, names in zip(terms, _terms(study, analysis), strict=False):
        if term not in names:
            yield (
                f"statistic {identifier!r} names {term!r}, which the analysis {analysis!r} does"
                f" not have. {did_you_mean(term, names)}"
            )


def form_problem(identifier: str) -> str:
    """Why no kind of statistic has ids of this form; empty where one has.

    Examples
    --------
    >>> form_problem("alliance.calm.bond.pearson_r")
    ''
    >>> form_problem("alliance.calm.bond.pearsonr")
    "'alliance.calm.bond.pearsonr' ends with 'pearsonr'. Did you mean 'pearson_r'?"
    """
    if any(kind.matches(identifier) for kind in KINDS):
        return ""
    last = identifier.rpartition(".")[2]
    names = sorted({kind.statistic for kind in KINDS})
    if last in names:
        forms = sorted({kind.id for kind in KINDS if kind.statistic == last})
        return f"{identifier!r} is not of the form {' or '.join(forms[:3])}"
    hint = did_you_mean(last, names)
    hint = hint if hint.startswith("Did") else "No statistic is called so."
    return f"{identifier!r} ends with {last!r}. {hint}"


def _terms(study: Study, analysis: str) -> list[list[str]]:
    """Names that may follow the first part of the ids of an analysis, part by part."""
    declared = study.analyses()
    if analysis in declared:
        return declared[analysis].terms()
    groups = (entry.groups[analysis] for entry in ANALYSES if analysis in entry.groups)
    return next((group.terms(study) for group in groups), [])
