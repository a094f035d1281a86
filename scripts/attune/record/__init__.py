"""The record of a run: provenance of each number, comparison of two runs, archive."""
