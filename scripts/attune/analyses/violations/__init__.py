"""Quality of the raw data: what the validation of the raw files found."""
