"""Formulas: arrays in, numbers out; one module per subject."""
