"""What changed between two runs: statistics, verdicts, decisions, cells, sentences, and why."""

from attune.record.run_diff.changes import Comparison, RunDifference
from attune.record.run_diff.comparison import compare_runs
from attune.record.run_diff.diff_report import comparison_text
from attune.record.run_diff.letter import letter_text
from attune.record.run_diff.run import Run, TableRows

__all__ = [
    "Comparison",
    "Run",
    "RunDifference",
    "TableRows",
    "compare_runs",
    "comparison_text",
    "letter_text",
]
