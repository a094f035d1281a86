"""Reading raw sheets: cells, questionnaires, sample sheet, identifiers."""
