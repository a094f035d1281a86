"""Checks of a paper against itself; each carries the rounding of every printed number through."""
