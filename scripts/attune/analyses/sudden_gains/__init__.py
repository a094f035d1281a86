"""Sudden gains and losses between sessions, and early response."""
