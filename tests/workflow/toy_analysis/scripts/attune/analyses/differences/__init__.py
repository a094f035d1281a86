"""Distances between two measures of the same dyads."""
