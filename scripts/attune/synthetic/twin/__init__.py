"""The synthetic twin of a cohort, made from its published summary alone."""
