"""Measurement invariance of questionnaires across conditions, raters or occasions."""
