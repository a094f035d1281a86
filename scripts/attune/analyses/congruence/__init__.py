"""Congruence of two raters: response surfaces, and truth and bias in one rater's judgement."""
