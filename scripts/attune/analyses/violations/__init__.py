"""Quality of the raw data: counts of the violations in the raw files."""
