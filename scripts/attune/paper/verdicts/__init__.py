"""Verdicts: printed values compared with computed ones, and the check that fails the run."""
