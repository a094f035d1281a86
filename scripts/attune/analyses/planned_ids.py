"""Whether a study will compute a statistic, as far as its file shows before anything runs."""

from collections.abc import Iterator

from attune.analyses.kinds import KINDS
from attune.analyses.registry import ANALYSES
from attune.specs.closed_model import did_you_mean
from attune.specs.study import Study


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
            f"statistic {identifier!r} starts with {analysis!r}, which is no analysis of the study"
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
