"""The verdicts on a paper as one self-contained HTML page."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd
from markupsafe import Markup

from attune.paper.ledger.ledger import Publication
from attune.paper.verdicts.conclusions import conclusions, conclusions_in_words
from attune.paper.verdicts.finding_rows import (
    check_counts,
    contradictions,
    finding_rows,
    paper_in_words,
    sharing,
    sort_key,
)
from attune.paper.verdicts.page_words import (
    AUTO_ACCEPTED_REASONS,
    GROUPS,
    KINDS,
    ORDER,
    SIGNS,
    SOURCE_WORDS,
    counts,
    fails,
    gate_in_words,
    meanings,
    other_counts,
    printed_counts,
    reasons_example,
    state,
    word,
)
from attune.paper.verdicts.proofs import OF_WORDS
from attune.paper.verdicts.sentences import CANNOT_HOLD
from attune.printing.apa import counted
from attune.printing.html import css_text, json_text, render_page, with_code
from attune.record.provenance.explanation_text import explanation_entries
from attune.specs.cohort import Cohort
from attune.specs.verdict_kinds import MATCHING
from attune.store.frame_rows import frame_rows

MOST_ROWS = 40
"""Largest number of rows per group of values that do not match; the table lists all values."""

_SAME = ("printed", "shown", "cause", "explained", "reason_text", "accepted")
"""Values that agree in all of these share a row."""

Row = dict[str, Any]


def verdict_page(
    verdicts: pd.DataFrame,
    findings: pd.DataFrame,
    publication: Publication,
    cohort: Cohort,
    explanations: Mapping[str, Any],
    *,
    templates: Mapping[str, str],
    css: str,
    script: str,
) -> str:
    """The page as HTML text.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        Contract `VERDICTS`.
    findings : pandas.DataFrame
        Contract `FINDINGS`.
    publication : Publication
    cohort : Cohort
    explanations : mapping
        Provenance of every statistic (`attune.record.provenance.explanations`). The page embeds
        those of the statistics that it shows.
    templates : mapping of str to str
        `page` (reports/verdict.html.j2) and `macros` (reports/page_macros.html.j2).
    css, script : str

    Returns
    -------
    str
        All text from files is escaped; the page loads no other file.
    """
    rows = _rows(verdicts, publication)
    findings_shown = finding_rows(publication, frame_rows(findings))
    found = conclusions(rows, publication)
    in_words = conclusions_in_words(found)
    numbers = [printed_counts(rows), *other_counts(rows)]
    shown = {row["id"] for entry in found for row in entry["failing"]}
    used = {row["statistic"] for row in rows if row["shown"]}
    notice = cohort.synthetic_notice
    file = f"data/{cohort.cohort}/reasons.yaml"
    facts = {
        "publication": publication,
        "cohort": cohort,
        "notice": notice,
        "every_page": Markup(css_text(notice.partition(". ")[0])),
        "headline": in_words or numbers[0],
        "numbers": numbers if in_words else numbers[1:],
        "conclusions": [_with_causes(entry, findings_shown) for entry in found],
        "sources": [(source.name, SOURCE_WORDS[source.kind][0]) for source in publication.sources],
        "given": "Printed" if publication.is_all_printed else "Held against",
        "state": state(rows),
        "counts": counts(rows),
        "gate": gate_in_words(rows, file, enforced=not cohort.is_twin),
        "paper": paper_in_words(findings_shown, is_all_printed=publication.is_all_printed),
        "failing": _mismatches([row for row in rows if row["id"] not in shown], findings_shown),
        "doubtful_words": _contradicted_matches(rows, findings_shown),
        "groups": _by_place(rows),
        "verdicts": [(name, text) for name, _, _, text in counts(rows)],
        "kinds": _options(row["kind_word"] for row in rows),
        "places": _options(place for row in rows for place in row["places_list"]),
        "reasons_example": reasons_example(cohort.cohort, publication.publication, rows),
        "contradictions": contradictions(findings_shown),
        "checks": check_counts(findings_shown),
        "meanings": meanings(),
        "reasons_file": file,
        "explanations": json_text(explanation_entries(explanations, sorted(used))),
    }
    return render_page(templates, css, script, facts=facts)


def _rows(verdicts: pd.DataFrame, publication: Publication) -> list[Row]:
    """The verdicts in the order of the ledger, every cell ready to print."""
    rows = frame_rows(verdicts.sort_values("position"))
    for row in rows:
        sign, kind = SIGNS[row["verdict"]]
        places = [_place(place, publication) for place in row["places"].split("; ")]
        row |= {
            "places": "; ".join(places),
            "sign": sign,
            "class": kind,
            "word": word(row["verdict"]),
            "rank": ORDER.index(row["verdict"]),
            "kind_word": KINDS.get(row["kind"], row["kind"]),
            "places_list": places,
            "place": places[0],
            "printed_order": sort_key(publication.value(row["id"])),
            "computed_order": "" if row["computed"] is None else repr(float(row["computed"])),
            "shown": row["shown"] or "",
            "why_text": with_code((row["why"] or "").removeprefix(CANNOT_HOLD)),
            "reason_text": _reason(row),
            "missing_reason": fails(row) and not row["accepted"],
        }
    return rows


def _place(name: str, publication: Publication) -> str:
    """A place, with what it is where it is not in the paper."""
    kinds = [source.kind for source in publication.sources if name in source.places]
    return f"{name} ({SOURCE_WORDS[kinds[0]][0]})" if kinds else name


def _reason(row: Row) -> str:
    """The accepted reason of a verdict."""
    if row["verdict"] in MATCHING or not row["reason"] or row["reason"] in AUTO_ACCEPTED_REASONS:
        return ""
    reason = f"{word(row['reason'])}. {row['note']} ({row['by']})"
    return reason if row["accepted"] else f"given for another verdict: {reason}"


def _mismatches(rows: Sequence[Row], findings: Sequence[Row]) -> list[Row]:
    """Values that do not match, grouped by verdict from the most severe on."""
    own = _own_contradictions(findings)
    groups = []
    for verdict, (title, meaning) in GROUPS.items():
        causes = [
            row | _cause(row, own.get(row["id"]))
            for row in rows
            if fails(row) and row["verdict"] == verdict
        ]
        if causes:
            shared = sharing(causes, _SAME)
            rest = sum(row["n_values"] for row in shared[MOST_ROWS:])
            groups.append(
                {
                    "title": f"{title} ({len(causes):,})",
                    "sign": SIGNS[verdict][0],
                    "class": SIGNS[verdict][1],
                    "meaning": meaning,
                    "rows": shared[:MOST_ROWS],
                    "rest": f"{rest:,} more are in the table of all values." if rest > 0 else "",
                }
            )
    return groups


def _own_contradictions(findings: Sequence[Row]) -> dict[str, Row]:
    """The first finding that rules a value out, by value."""
    return {
        row["value"]: row
        for row in reversed(findings)
        if row["outcome"] == "inconsistent" and row["check"] not in OF_WORDS
    }


def _with_causes(conclusion: Row, findings: Sequence[Row]) -> Row:
    """A conclusion with why its values do not match; the same words are given once."""
    own = _own_contradictions(findings)
    causes = [row | _cause(row, own.get(row["id"])) for row in conclusion["failing"]]
    return conclusion | {
        "causes": list(dict.fromkeys((row["cause"], row["explained"]) for row in causes)),
        "reasons": list(dict.fromkeys(filter(None, (row["reason_text"] for row in causes)))),
        "missing_reason": any(row["missing_reason"] for row in causes),
    }


def _cause(row: Row, finding: Row | None) -> Row:
    """Why a value does not match: the finding that rules it out, else the verdict's reason."""
    if finding is None:
        return {"cause": row["why_text"], "explained": ""}
    ruled_out = row["verdict"] == "not_recoverable"
    cause = finding["sentence"] if ruled_out else row["why_text"]
    return {"cause": cause, "explained": finding["explained"]}


def _contradicted_matches(rows: Sequence[Row], findings: Sequence[Row]) -> str:
    """Sentence that counts the matching values which a check of the paper contradicts."""
    holding = {row["id"] for row in rows if row["verdict"] in MATCHING}
    broken = {row["value"] for row in findings if row["outcome"] == "inconsistent"}
    n = len(holding & broken)
    if not n:
        return ""
    what = "1 value holds" if n == 1 else f"{n:,} values hold"
    return (
        f"{what} all the same: the data give the printed digits, but what else is printed, such as"
        " the number of cases, does not fit them."
    )


def _by_place(rows: Sequence[Row]) -> list[Row]:
    """The values by the first place that prints them, places in the order of the paper."""
    order: dict[str, int] = {}
    for row in rows:
        order.setdefault(row["place"], len(order))
    groups = []
    for place, group in groupby(
        sorted(rows, key=lambda row: order[row["place"]]), key=lambda row: row["place"]
    ):
        values = list(group)
        broken = sum(fails(row) for row in values)
        count = counted(len(values), "value")
        count += f", {broken:,} of them not held" if broken else ""
        groups.append({"place": place, "count": count, "rows": values})
    return groups


def _options(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in dict.fromkeys(values)]
