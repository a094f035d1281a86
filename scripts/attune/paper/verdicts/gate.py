"""The gate of a run: every printed value holds, or a person accepted that it does not."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import VerdictError
from attune.specs.reasons import Reasons
from attune.specs.verdict_kinds import HOLDS
from attune.store.frame_rows import frame_rows


def check_verdicts(
    cohort: str, publication: str, verdicts: pd.DataFrame, reasons: Reasons | None
) -> None:
    """Stop the run where a verdict is neither good nor accepted, or a reason fits nothing.

    Parameters
    ----------
    cohort, publication : str
        Ids.
    verdicts : pandas.DataFrame
        Contract `VERDICTS`.
    reasons : Reasons or None
        The cohort's file, if it has one.

    Raises
    ------
    VerdictError
        With every changed verdict, every reason that no longer fits, and the lines to paste.
    """
    file = f"data/{cohort}/reasons.yaml"
    records = frame_rows(verdicts.sort_values("position"))
    open_rows = [row for row in records if not row["accepted"]]
    known = {each.value: each.verdict for each in reasons.reasons} if reasons else {}
    problems = [_changed(row, known.get(row["id"])) for row in open_rows]
    problems += list(_stale(records, reasons, publication, file))
    if not problems:
        return
    if open_rows:
        problems.append(_to_paste(cohort, publication, open_rows, reasons, file))
    raise VerdictError(
        f"{cohort}: the verdicts on {publication} are not those that were accepted. Look at"
        f" results/{cohort}/verdict.html, then mend the data, the plan or the code, or say in"
        f" {file} why it is so.",
        problems,
    )


def _changed(row: dict[str, Any], accepted: str | None) -> str:
    shown = row["shown"] if isinstance(row["shown"], str) else "nothing"
    until_now = f"accepted was {accepted}" if accepted else "it needs a reason"
    why = f" {row['why']}" if isinstance(row["why"], str) else ""
    return (
        f"{row['id']}: printed {row['printed']}, computed {shown}: {row['verdict']}; {until_now}."
        f"{why}"
    )


def _stale(
    records: list[dict[str, Any]], reasons: Reasons | None, publication: str, file: str
) -> Iterator[str]:
    """Reasons that fit no value, or a value that holds."""
    if reasons is None:
        return
    if reasons.publication != publication:
        yield (
            f"{file} is about {reasons.publication!r}, but the cohort's publication is"
            f" {publication!r}"
        )
    found = {row["id"]: row for row in records}
    for each in reasons.reasons:
        if each.value not in found:
            hint = did_you_mean(each.value, sorted(found))
            hint = hint if hint.startswith("Did") else "The ledger has no such id."
            yield f"{file}: {each.value!r} is no printed value. {hint}"
        elif found[each.value]["verdict"] in HOLDS:
            yield (
                f"{file}: {each.value} holds again ({found[each.value]['verdict']}); remove its"
                " entry"
            )


def _to_paste(
    cohort: str,
    publication: str,
    rows: list[dict[str, Any]],
    reasons: Reasons | None,
    file: str,
) -> str:
    known = {each.value for each in reasons.reasons} if reasons else set()
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
        f"what was looked at and is to stay goes into {file}{instead}, with code, note and by"
        " filled in:\n\n" + "\n".join(lines) + "\n"
    )


def accepted_summary(
    cohort: str, publication: str, verdicts: pd.DataFrame, *, held: bool = True
) -> str:
    """What the gate let through, as JSON: how many of each verdict, and every one that is not good.

    Parameters
    ----------
    cohort, publication : str
        Ids.
    verdicts : pandas.DataFrame
        Contract `VERDICTS`.
    held : bool, optional
        False for the twin of restricted data, whose verdicts are told but stop nothing.
    """
    records = frame_rows(verdicts.sort_values("position"))
    accepted = [
        {key: row[key] for key in ("id", "verdict", "reason", "by")}
        for row in records
        if row["verdict"] not in HOLDS
    ]
    content: dict[str, Any] = {
        "cohort": cohort,
        "publication": publication,
        "held": held,
        "values": len(records),
        "verdicts": dict(sorted(Counter(row["verdict"] for row in records).items())),
        "accepted": accepted,
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
