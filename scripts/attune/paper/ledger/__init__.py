"""What a paper printed, each value bound to the statistic that should give it: the ledger."""
