"""What a paper prints: its ledger, checks within the paper, verdicts against the data."""
