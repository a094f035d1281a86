"""A finished run in one file that others can check: what goes in, how it is described, compared."""
