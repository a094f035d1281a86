"""What changed between two runs: statistics, verdicts, decisions, cells, sentences, and why."""

from attune.run_diff.changes import Comparison, RunDifference
from attune.run_diff.comparison import compare_runs
from attune.run_diff.letter import letter_text
from attune.run_diff.run import Run, TableRows
from attune.run_diff.words import comparison_text

__all__ = [
    "Comparison",
    "Run",
    "RunDifference",
    "TableRows",
    "compare_runs",
    "comparison_text",
    "letter_text",
]
