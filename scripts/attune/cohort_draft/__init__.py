"""A first cohort file, drafted from raw files: every guess with its reason, none of them silent."""
