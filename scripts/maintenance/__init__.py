"""Tools behind make's targets; no rule of the workflow runs them."""
