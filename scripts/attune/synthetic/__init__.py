"""Synthetic cohorts: random draws, searches and roundings that meet printed numbers, and twins."""
