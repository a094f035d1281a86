"""Documents of a study: manuscript, supplement, notebook, cohort page."""
