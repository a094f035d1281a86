"""Comparisons of the treatment conditions."""
