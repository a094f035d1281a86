"""The check of a cohort before its line runs: what mapped, what is wrong, what can be estimated."""

from attune.documents.cohort_page.check import check_cohort
from attune.documents.cohort_page.cohort_check import CohortCheck
from attune.documents.cohort_page.disclosure import ShowValues

__all__ = ["CohortCheck", "ShowValues", "check_cohort"]
