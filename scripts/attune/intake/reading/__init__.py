"""Reading a cohort's raw sheets: cells, questionnaires, sample sheet, given scores, ids."""
