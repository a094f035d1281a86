"""Why a cohort of many has no statistics, or no place in a synthesis."""

from dataclasses import dataclass

REASONS = {
    "same_name": "another cohort has the same name",
    "same_sample": "another cohort has the same data",
    "no_cohort_file": "the folder has no cohort file",
    "cohort_file": "the cohort file cannot be used",
    "raw_files": "the raw files hold errors",
    "plan": "the study needs what the cohort does not have",
    "analysis": "an analysis cannot be carried out",
    "defect": "a defect of attune, or a damaged file that it does not recognise",
    "ended": "the process that analysed it ended",
    "not_pooled": "it does not enter a synthesis",
    "synthesis": "a synthesis cannot be made",
}
"""Reason code of a failure -> what it means."""


@dataclass(frozen=True)
class Failure:
    """A cohort that was not analysed, or does not enter a synthesis.

    Attributes
    ----------
    cohort, folder : str
        The folder is given below the folder of all cohorts.
    reason : str
        One of `REASONS`.
    sentence : str
        What is wrong, where, and what to do; one problem a line.
    """

    cohort: str
    folder: str
    reason: str
    sentence: str
