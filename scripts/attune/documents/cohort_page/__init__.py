"""The check of a cohort before its analyses run: mapping, violations, estimable analyses."""

from attune.documents.cohort_page.check import check_cohort
from attune.documents.cohort_page.cohort_check import CohortCheck
from attune.documents.cohort_page.disclosure import ShowValues

__all__ = ["CohortCheck", "ShowValues", "check_cohort"]
