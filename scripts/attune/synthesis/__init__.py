"""Syntheses of studies: effects from literature, tables and cohorts, pooled and counted."""
