"""Checks of a cohort's raw files: functions of a `RawCohort` that return violations."""
