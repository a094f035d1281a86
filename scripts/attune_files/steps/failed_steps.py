"""Summary of the failed steps at the end of a run, from the logs of the steps."""

import re
from collections.abc import Iterator
from pathlib import Path

_ERROR = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ (ERROR|CRITICAL) ", re.MULTILINE)
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ [A-Z]+ ", re.MULTILINE)

MOST_LINES = 12
"""Lines of one error that the summary repeats; the log has all."""


def failed_steps(logs: Path, since: float) -> Iterator[tuple[str, str, str]]:
    """Folder, step and error of each step that failed.

    Parameters
    ----------
    logs : Path
        Folder of the logs: logs/<cohort>/<step>.log, logs/synthesis/<synthesis>/<step>.log.
    since : float
        Seconds of the epoch. Older logs belong to earlier runs.
    """
    for path in sorted(logs.rglob("*.log")):
        if path.stat().st_mtime < since:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        begin = _ERROR.search(text)
        if begin:
            end = _ENTRY.search(text, begin.end())
            error = text[begin.end() : end.start() if end else None].rstrip()
            yield path.parent.relative_to(logs).as_posix(), path.stem, error


def failure_summary(logs: Path, since: float, cohorts: list[str]) -> str:
    """Failed steps with reasons, by cohort, then the cohorts without failures.

    Empty without a logged error.

    Parameters
    ----------
    logs : Path
    since : float
        As for `failed_steps`.
    cohorts : list of str
        All that were asked for.
    """
    failures: dict[str, list[str]] = {}
    for place, step, error in failed_steps(logs, since):
        lines = error.splitlines()
        more = len(lines) - MOST_LINES
        shown = lines[:MOST_LINES] + ([f"... and {more:,} more lines"] if more > 0 else [])
        entry = [
            f"    step {step} ({logs / place / step}.log)",
            *(f"      {line}" for line in shown),
        ]
        failures.setdefault(place, []).append("\n".join(entry))
    if not failures:
        return ""
    parts = [f"  {place}\n" + "\n".join(steps) for place, steps in failures.items()]
    complete = [name for name in cohorts if name not in failures]
    end = f"No step failed for: {', '.join(complete)}." if complete else ""
    return "\n".join(filter(None, ["What failed, and why:", *parts, end]))
