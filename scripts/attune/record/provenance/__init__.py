"""Where a statistic comes from: its formula, its source, its step and the files behind it."""
