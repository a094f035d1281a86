"""Scoring keys applied to responses: scores, missing-data rules, coverage, measures."""
