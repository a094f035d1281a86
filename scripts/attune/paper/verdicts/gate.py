"""Check that every verdict is a match or was accepted in reasons.yaml."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from attune.paper.ledger.ledger import PAPER
from attune.specs.closed_model import did_you_mean
from attune.specs.errors import VerdictError
from attune.specs.reasons import Reasons
from attune.specs.verdict_kinds import MATCHING, NEEDING_NO_REASON


def check_verdicts(
    cohort: str,
    publication: str,
    verdicts: Sequence[Mapping[str, Any]],
    reasons: Reasons | None,
) -> None:
    """Fail the run if a verdict is neither a match nor accepted, or an accepted one is outdated.

    Parameters
    ----------
    cohort, publication : str
        Ids.
    verdicts : sequence of mapping
        Rows of contract `VERDICTS`, with None for missing cells.
    reasons : Reasons or None
        Contents of reasons.yaml, if the cohort has one.

    Raises
    ------
    VerdictError
        With every changed verdict, every outdated reason, and the entries to add.
    """
    file = f"data/{cohort}/reasons.yaml"
    records = sorted(verdicts, key=itemgetter("position"))
    open_rows = [row for row in records if not row["accepted"]]
    known = {reason.value: reason.verdict for reason in reasons.reasons} if reasons else {}
    problems = [_changed(row, known.get(row["id"])) for row in open_rows]
    problems += list(_stale(records, reasons, publication, file))
    if not problems:
        return
    if open_rows:
        problems.append(_entries_to_add(cohort, publication, open_rows, reasons, file))
    raise VerdictError(
        f"{cohort}: the verdicts on {publication} are not those that were accepted. Look at"
        f" results/{cohort}/verdict.html, then correct the data, the plan or the code, or give the"
        f" reason in {file}.",
        problems,
    )


def _changed(row: Mapping[str, Any], accepted: str | None) -> str:
    computed = row["shown"] if isinstance(row["shown"], str) else "nothing"
    until_now = f"accepted was {accepted}" if accepted else "it needs a reason"
    why = f" {row['why']}" if isinstance(row["why"], str) else ""
    given = "printed" if row["source"] == PAPER else "recorded"
    return (
        f"{row['id']}: {given} {row['printed']}, computed {computed}: {row['verdict']};"
        f" {until_now}.{why}"
    )


def _stale(
    records: list[Mapping[str, Any]], reasons: Reasons | None, publication: str, file: str
) -> Iterator[str]:
    """Problems of outdated reasons: for unknown values, and for values that now match."""
    if reasons is None:
        return
    if reasons.publication != publication:
        yield (
            f"{file} is about {reasons.publication!r}, but the cohort's publication is"
            f" {publication!r}"
        )
    by_id = {row["id"]: row for row in records}
    for reason in reasons.reasons:
        if reason.value not in by_id:
            hint = did_you_mean(reason.value, sorted(by_id))
            hint = hint if hint.startswith("Did") else "The ledger has no such id."
            yield f"{file}: {reason.value!r} is not a printed value. {hint}"
        elif (verdict := by_id[reason.value]["verdict"]) in NEEDING_NO_REASON:
            now = "matches again" if verdict in MATCHING else "needs no reason any more"
            yield f"{file}: {reason.value} {now} ({verdict}); remove its entry"


def _entries_to_add(
    cohort: str,
    publication: str,
    rows: list[Mapping[str, Any]],
    reasons: Reasons | None,
    file: str,
) -> str:
    known = {reason.value for reason in reasons.reasons} if reasons else set()
    lines = []
    if reasons is None:
        lines += [f"cohort: {cohort}", f"publication: {publication}", "reasons:"]
    elif not reasons.reasons:
        lines.append("reasons:")
    for row in rows:
        lines += [
            f"  - value: {row['id']}",
            f"    verdict: {row['verdict']}",
            "    code: unresolved",
            '    note: ""',
            '    by: ""',
        ]
    instead = " (in place of their old entries)" if known & {row["id"] for row in rows} else ""
    return (
        f"to accept a verdict that you have checked, add its entry to {file}{instead} and fill in"
        " code, note and by:\n\n" + "\n".join(lines) + "\n"
    )


def accepted_summary(
    cohort: str, publication: str, verdicts: Sequence[Mapping[str, Any]], *, enforced: bool = True
) -> str:
    """The accepted verdicts as JSON: counts of each verdict, and every one that is not a match.

    Parameters
    ----------
    cohort, publication : str
        Ids.
    verdicts : sequence of mapping
        Rows of contract `VERDICTS`, with None for missing cells.
    enforced : bool, optional
        False for the twin of restricted data, whose verdicts are reported but never fail the run.
    """
    records = sorted(verdicts, key=itemgetter("position"))
    accepted = [
        {key: row[key] for key in ("id", "verdict", "reason", "by")}
        for row in records
        if row["verdict"] not in MATCHING
    ]
    content: dict[str, Any] = {
        "cohort": cohort,
        "publication": publication,
        "enforced": enforced,
        "values": len(records),
        "verdicts": dict(sorted(Counter(row["verdict"] for row in records).items())),
        "accepted": accepted,
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
