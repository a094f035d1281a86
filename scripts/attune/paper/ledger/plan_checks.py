"""Whether a ledger and the accepted verdicts fit a cohort, its study and its results."""

from collections.abc import Collection, Iterator

from attune.analyses.planned_ids import planned_problem
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.ledger_checks import similar_name
from attune.printing.notes import PLACEHOLDER
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError
from attune.specs.reasons import Reasons
from attune.specs.study import Study


def plan_problems(publication: Publication, study: Study) -> list[str]:
    """Values whose statistic the study will not compute, as far as the study file shows.

    The whole id can only be checked against results (see `ledger_problems`).

    Parameters
    ----------
    publication : Publication
    study : Study

    Returns
    -------
    list of str
        One sentence per value.
    """
    problems = [
        f"{value.id}: {problem}"
        for value in publication.values
        if value.statistic is not None
        and (problem := planned_problem(value.statistic, "estimate", study))
    ]
    if not any(value.statistic for value in publication.values):
        problems.append(
            "no value names the statistic that should give it, so there is nothing to compare."
            " Give the values the key 'statistic', or remove 'publication' from the cohort."
        )
    return problems


def ledger_problems(publication: Publication, known_statistics: Collection[str]) -> list[str]:
    """Values whose statistic is not among those of a study's results.

    Parameters
    ----------
    publication : Publication
    known_statistics : collection of str
        Ids of the result store.

    Returns
    -------
    list of str
        One sentence per value, empty where every statistic exists.

    Examples
    --------
    >>> value = {"id": "age", "printed": "48", "kind": "median", "places": ["Participants"]}
    >>> paper = Publication.model_validate(
    ...     {"publication": "a", "citation": "A", "values": [value | {"statistic": "sample.age.m"}]}
    ... )
    >>> ledger_problems(paper, ["sample.age.mean", "sample.age.sd"])
    ["age: the results have no statistic 'sample.age.m'. Did you mean 'sample.age.mean'?"]
    """
    known = set(known_statistics)
    names = sorted(known)
    unknown = [v for v in publication.values if v.statistic and v.statistic not in known]
    problems = [
        f"conclusion_notes: the results have no statistic {name!r}. {did_you_mean(name, names)}"
        for note in publication.conclusion_notes
        for name, _ in PLACEHOLDER.findall(note)
        if name not in known
    ]
    problems += [
        f"{value.id}.contrast: the results have no statistic {name!r}. {did_you_mean(name, names)}"
        for value in publication.values
        if value.contrast and (name := value.contrast.statistic) not in known
    ]
    for number, value in enumerate(unknown):
        problem = f"{value.id}: the results have no statistic {value.statistic!r}."
        problems.append(f"{problem} {similar_name(value.statistic or '', names, number)}".strip())
    if not any(value.statistic for value in publication.values):
        problems.append(
            "no value names the statistic that should give it, so there is nothing to compare."
            " Give the values the key 'statistic'."
        )
    return problems


def stop_on_unknown_statistics(publication: Publication, known_statistics: Collection[str]) -> None:
    """Reject a ledger that names statistics which the results do not have.

    Raises
    ------
    ConfigurationError
        With every value whose statistic is unknown (see `ledger_problems`).
    """
    problems = ledger_problems(publication, known_statistics)
    if problems:
        raise ConfigurationError(
            f"workflow/publications/{publication.publication}.yaml names statistics that the"
            " results do not have. Correct the ids; where the study does not compute a statistic,"
            " write 'not_asked' or 'quoted' with the reason instead.",
            problems,
        )


def reasons_problems(reasons: Reasons, publication: Publication, cohort: Cohort) -> Iterator[str]:
    """Problems between the accepted verdicts of a cohort and its ledger.

    Yields
    ------
    str
        One sentence per problem.
    """
    if reasons.cohort != cohort.cohort:
        yield f"cohort: found {reasons.cohort!r}, but the file belongs to {cohort.cohort!r}"
    if reasons.publication != publication.publication:
        yield (
            f"publication: found {reasons.publication!r}, but the cohort names"
            f" {publication.publication!r}"
        )
        return
    ids = [value.id for value in publication.values]
    for reason in reasons.reasons:
        if reason.value not in ids:
            hint = did_you_mean(reason.value, ids)
            hint = hint if hint.startswith("Did") else "Remove the entry."
            yield f"reasons: {reason.value!r} is not a printed value of the ledger. {hint}"
