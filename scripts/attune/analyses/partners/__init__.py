"""Partners in dyads: one-with-many designs, and actor and partner effects."""
