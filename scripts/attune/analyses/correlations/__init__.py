"""Families of correlations between measures and residual gains."""
