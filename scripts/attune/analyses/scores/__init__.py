"""How scores came about: how many answers each rests on, and the scoring keys."""
