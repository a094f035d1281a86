"""Draft of a first cohort file from raw files, with the reason for every guess."""
