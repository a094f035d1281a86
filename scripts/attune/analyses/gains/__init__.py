"""Residual gains: posttest scores adjusted for the pretest by regression."""
