"""Structural equation models of the study: paths, indirect effects, fit."""
