"""Score coverage: number of answers per score, and the scoring keys."""
