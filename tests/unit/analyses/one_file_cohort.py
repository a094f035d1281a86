"""A made-up cohort of one file: the cohort of all plans of this folder."""

from collections.abc import Iterable
from typing import Any

from attune.specs.cohort import Cohort

ARMS = {"column": "arm", "label": "Arm", "kind": "category", "levels": {"a": "A", "b": "B"}}


def one_file_cohort(
    variables: dict[str, Any], therapist: bool = True, condition: bool = True, **keys: Any
) -> Cohort:
    """The cohort, with or without therapists and the condition `arm`; further keys of its file."""
    sample: dict[str, Any] = {"file": "f", "patient": "p", "variables": variables}
    if therapist:
        sample["therapist"] = "t"
    if condition:
        sample["condition"] = "arm"
    content = {
        "cohort": "c",
        "title": "C",
        "study": "s",
        "synthetic": True,
        "synthetic_notice": "Synthetic data: made by a test.",
        "source": "a test",
        "licence": "CC0-1.0",
        "files": {"f": {"path": "f.csv", "dyad": "id"}},
        "sample": sample,
    }
    return Cohort.model_validate(content | keys)


def questionnaires(
    forms: Iterable[tuple[str, str, str]], occasions: Iterable[str]
) -> list[dict[str, str]]:
    """Questionnaires of the file, each given at every occasion.

    Parameters
    ----------
    forms : iterable of (str, str, str)
        Instrument, rater, and the beginning of the names of its columns.
    occasions : iterable of str
    """
    occasions = list(occasions)
    return [
        {
            "instrument": instrument,
            "rater": rater,
            "occasion": occasion,
            "file": "f",
            "columns": f"{column}{occasion}_{{item}}",
        }
        for instrument, rater, column in forms
        for occasion in occasions
    ]
