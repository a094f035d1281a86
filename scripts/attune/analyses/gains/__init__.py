"""Residual gains: the posttest with what the pretest predicts taken out."""
