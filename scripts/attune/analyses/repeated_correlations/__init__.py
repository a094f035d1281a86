"""Correlations of measures over several occasions, within and between dyads."""
