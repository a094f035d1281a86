"""What every step does besides its work: log, record, list of library files."""
