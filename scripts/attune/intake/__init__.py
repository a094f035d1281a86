"""The check of a cohort before its line runs: what mapped, what is wrong, what can be estimated."""

from attune.intake.check import check_cohort
from attune.intake.cohort_check import CohortCheck
from attune.intake.disclosure import ShowValues

__all__ = ["CohortCheck", "ShowValues", "check_cohort"]
