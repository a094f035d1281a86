"""Sites that may not share rows: moments of each, disclosure rules, the signed file, pooling."""
