"""The verdicts on a paper as one self-contained HTML page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from attune.paper.ledger.ledger import PAPER, Publication
from attune.paper.verdicts.computed import NOT_COMPARED
from attune.paper.verdicts.conclusions import by_outcome, conclusions, conclusions_in_words
from attune.paper.verdicts.effects import direction_text, effect_text
from attune.paper.verdicts.finding_rows import (
    check_counts,
    contradictions,
    finding_rows,
    paper_in_words,
    sharing,
    sort_key,
)
from attune.paper.verdicts.page_words import (
    GROUPS,
    KINDS,
    ORDER,
    SIGNS,
    SOURCE_TITLES,
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
from attune.paper.verdicts.proofs import LABEL_CHECKS, inherited_sentence
from attune.paper.verdicts.sentences import CANNOT_HOLD
from attune.printing.apa import counted, with_minus_signs
from attune.printing.html import css_text, json_text, render_page, with_code
from attune.printing.notes import fill
from attune.printing.store import PrintedStore
from attune.printing.wording import listing, with_apostrophes
from attune.record.provenance.explanation_text import explanation_entries
from attune.specs.cohort import Cohort
from attune.specs.verdict_kinds import MATCHING, NEEDING_NO_REASON
from attune.store.frame_rows import frame_rows

MOST_ROWS = 40
"""Largest number of rows per group of values that do not match; the table lists all values."""

_SAME = ("printed", "shown", "cause", "explained", "reason_text", "accepted")
"""Values that agree in all of these share a row."""

REJECTED = "in a model that the data reject"
"""Qualifier of a conclusion that is estimated in such a model."""

UNADJUSTED = "not significant after Holm's adjustment within its analysis"
"""Qualifier of a correlation that is significant only without it."""

NOT_SIGNIFICANT = "Not significant here either"
"""What the data have in common with a finding of no effect."""

ASSUMPTIONS = {
    method: method.replace("_", " ")
    for method in ("jump_to_reference", "copy_increments", "copy_reference")
}
"""Imputations of the outcomes that a trial misses -> words."""

Row = dict[str, Any]


def verdict_page(
    verdicts: pd.DataFrame,
    findings: pd.DataFrame,
    publication: Publication,
    cohort: Cohort,
    printed: pd.DataFrame,
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
    printed : pandas.DataFrame
        Contract `PRINTED`: the statistics as running text prints them.
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
    checks = finding_rows(publication, frame_rows(findings))
    found = conclusions(rows, publication, synthetic=cohort.synthetic)
    store = PrintedStore(printed)
    concluded = [_concluded(entry, checks, publication, store) for entry in found]
    used = {row["statistic"] for row in rows if row["shown"]}
    notes = [fill(with_apostrophes(note), store)[0] for note in publication.conclusion_notes]
    shown_texts = [*(entry["effect"] for entry in concluded), *notes]
    used |= {source.id for text in shown_texts for _, source, _ in text.by_source()}
    file = f"data/{cohort.cohort}/reasons.yaml"
    facts = {
        "publication": publication,
        "cohort": cohort,
        "every_page": Markup(css_text(cohort.synthetic_notice.partition(". ")[0])),
        "state": state(rows),
        "counts": counts(rows),
        "gate": gate_in_words(rows, file, enforced=not cohort.is_twin),
        "conclusions": concluded,
        "outcomes": by_outcome(concluded),
        "conclusion_notes": notes,
        "failing": _by_source(rows, found, checks, publication),
        "doubtful_words": _contradicted_matches(rows, checks),
        "paper": paper_in_words(checks, is_all_printed=publication.is_all_printed),
        "contradictions": contradictions(checks),
        "checks": check_counts(checks),
        "meanings": meanings(),
        "reasons_file": file,
        "reasons_example": escape(reasons_example(cohort.cohort, publication.publication, rows)),
        "explanations": json_text(explanation_entries(explanations, sorted(used))),
    }
    facts |= _headline(concluded, rows) | {"reservations": _reservations(concluded)}
    facts |= _table_of_values(rows, publication)
    return render_page(templates, css, script, facts=facts, shown=with_apostrophes)


def _headline(found: Sequence[Row], rows: Sequence[Row]) -> Row:
    """The headline, and how many values match, a sentence for each source."""
    in_words = conclusions_in_words(found)
    numbers = [printed_counts(rows), *other_counts(rows)]
    if not in_words:
        return {"headline": numbers[0], "numbers": numbers[1:]}
    return {"headline": in_words, "numbers": numbers}


def _table_of_values(rows: Sequence[Row], publication: Publication) -> Row:
    """The table of all values, and what it can be filtered by."""
    return {
        "given": "Printed" if publication.is_all_printed else "Given",
        "sources": [(source.name, SOURCE_WORDS[source.kind][0]) for source in publication.sources],
        "groups": _by_place(rows),
        "verdicts": [(name, text) for name, _, _, text in counts(rows)],
        "kinds": _options(row["kind_word"] for row in rows),
        "places": _options(place for row in rows for place in row["places_list"]),
    }


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
            "printed": _as_read(row["printed"], row["kind"]),
            "why_text": _why(row, publication),
            "reason_text": _reason(row),
            "missing_reason": fails(row) and not row["accepted"],
        }
    return rows


def _why(row: Row, publication: Publication) -> str:
    """Why a value has its verdict; of a finding of no effect, what the verdict compared."""
    why = _readable(_without_repetition(row["why"] or ""))
    if row["kind"] == "finding" and row["verdict"] in MATCHING:
        absent = publication.value(row["id"]).states_no_effect
        return f"{NOT_SIGNIFICANT}. {why}".strip() if absent else why
    return why


def _readable(sentence: str) -> str:
    """A sentence of a verdict as HTML, with the apostrophes and minus signs of print."""
    return with_code(with_apostrophes(with_minus_signs(sentence)))


def _as_read(printed: str, kind: str) -> str:
    """A printed value as a reader expects it: with a minus sign, and a bare p with its symbol.

    Examples
    --------
    >>> _as_read("-.481", "r"), _as_read("0.0003", "p"), _as_read("no effect", "finding")
    ('−.481', 'p = 0.0003', 'no effect')
    """
    shown = with_minus_signs(printed)
    return f"p = {shown}" if kind == "p" and shown[:1] in {*".0123456789"} else shown


def _without_repetition(why: str) -> str:
    """Why a value has its verdict, without what the word of the verdict says already."""
    return why.removeprefix(CANNOT_HOLD).removeprefix(NOT_COMPARED)


def _place(name: str, publication: Publication) -> str:
    """A place, with what it is where it is not in the paper."""
    kinds = [source.kind for source in publication.sources if name in source.places]
    return f"{name} ({SOURCE_WORDS[kinds[0]][0]})" if kinds else name


def _reason(row: Row) -> str:
    """The accepted reason of a verdict."""
    if row["verdict"] in NEEDING_NO_REASON or not row["reason"]:
        return ""
    reason = f"{word(row['reason'])}. {with_minus_signs(row['note'])} ({row['by']})"
    return reason if row["accepted"] else f"given for another verdict: {reason}"


def _by_source(
    rows: Sequence[Row],
    found: Sequence[Row],
    findings: Sequence[Row],
    publication: Publication,
) -> list[Row]:
    """Values that do not match, grouped by what gives them and then by verdict.

    A data file and a re-analysis are not the paper: what differs from them is not wrong in print.
    Those behind a conclusion stand with it.
    """
    own = _own_contradictions(findings)
    concluded = {row["id"] for entry in found for row in entry["failing"]}
    sections = []
    for source, title in SOURCE_TITLES.items():
        of_source = [row for row in rows if row["source"] == source]
        groups = _mismatches([row for row in of_source if row["id"] not in concluded], own)
        for group in groups:
            group["title"] += (
                f" ({group['n']:,}{_with_conclusions(group['verdict'], source, found)})"
            )
        if groups:
            sections.append(
                {
                    "title": title,
                    "note": "" if source == PAPER else _compared_with(groups, publication),
                    "given": "Printed" if source == PAPER else SOURCE_WORDS[source][0].capitalize(),
                    "groups": groups,
                }
            )
    return sections


def _with_conclusions(verdict: str, source: str, found: Sequence[Row]) -> str:
    """Clause that counts further values of a verdict, which stand with conclusions; "" without."""
    behind = {
        row["id"]: place
        for place, entry in enumerate(found)
        for row in entry["failing"]
        if (row["verdict"], row["source"]) == (verdict, source)
    }
    n, places = len(behind), set(behind.values())
    if not n:
        return ""
    which = "conclusions above" if len(places) > 1 else "a conclusion above"
    which = "the first conclusion above" if places == {0} else which
    return f"; the other {f'{n:,} belong' if n > 1 else 'one belongs'} to {which}"


def _compared_with(groups: Sequence[Row], publication: Publication) -> str:
    """Sentence that names the sources of values that the paper does not print."""
    values = [publication.value(row["id"]) for group in groups for row in group["rows"]]
    sources = filter(None, map(publication.source_of, values))
    names = dict.fromkeys(source.name for source in sources)
    return f"The paper does not print these values; they are compared with {'; '.join(names)}."


def _mismatches(rows: Sequence[Row], own: Mapping[str, Row]) -> list[Row]:
    """Values that do not match, grouped by verdict from the most severe on."""
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
                    "title": title,
                    "verdict": verdict,
                    "n": len(causes),
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
        if row["outcome"] == "inconsistent" and row["check"] not in LABEL_CHECKS
    }


def _concluded(
    conclusion: Row, findings: Sequence[Row], publication: Publication, store: PrintedStore
) -> Row:
    """A conclusion with its effect and why values do not match; the same words are given once."""
    own = _own_contradictions(findings)
    causes = _causes_once(conclusion["failing"], own, publication)
    rejected = any(_rejected(row["statistic"], store) for row in conclusion["values"])
    lost = [words for row in conclusion["values"] for words in _lost_under(row["statistic"], store)]
    doubts = [conclusion["qualifier"], REJECTED if rejected else ""]
    not_apart = [*_not_apart(conclusion["values"], publication, store)]
    unadjusted = any(_only_unadjusted(row["statistic"], store) for row in conclusion["values"])
    if unadjusted:
        doubts.append(UNADJUSTED)
    if lost:
        doubts.append(f"not significant under {listing(dict.fromkeys(lost), word='or')}")
    doubts += [f"the difference between {what} is not significant" for what in not_apart]
    return conclusion | {
        "impossible": conclusion["coefficient"] == "impossible",
        "differs": conclusion["coefficient"] == "differs",
        "not_apart": bool(not_apart),
        "rejected": rejected,
        "lost": bool(lost),
        "unadjusted": unadjusted,
        "qualifier": "; ".join(filter(None, doubts)),
        "effect": effect_text(conclusion["values"], store),
        "direction": direction_text(conclusion["values"], publication, store),
        "causes": list(dict.fromkeys((row["cause"], row["explained"]) for row in causes)),
        "reasons": list(dict.fromkeys(filter(None, (row["reason_text"] for row in causes)))),
        "missing_reason": any(row["missing_reason"] for row in causes),
    }


def _rejected(statistic: str | None, store: PrintedStore) -> bool:
    """Whether a statistic belongs to a structural model whose test of fit is significant."""
    fit = f"{(statistic or '').partition('.')[0]}.model_chi_square"
    row = store.row(fit) if fit in store else None
    return bool(row and row["significant"])


def _only_unadjusted(statistic: str | None, store: PrintedStore) -> bool:
    """Whether a significant correlation is not so after Holm's adjustment in its family."""
    effect, _, name = (statistic or "").rpartition(".")
    if not statistic or name.startswith("p_"):
        return False
    adjusted_p = f"{effect}.p_holm"
    if statistic not in store or adjusted_p not in store:
        return False
    row, adjusted = store.row(statistic), store.row(adjusted_p)
    return bool(row and row["significant"] and adjusted and adjusted["significant"] is False)


def _lost_under(statistic: str | None, store: PrintedStore) -> Iterator[str]:
    """Declared assumptions about missing outcomes under which an effect loses significance."""
    effect, _, name = (statistic or "").rpartition(".")
    row = store.row(statistic) if statistic and statistic in store else None
    if name != "arm_difference_t" or not (row and row["significant"]):
        return
    for method, words in ASSUMPTIONS.items():
        identifier = f"{effect}.{method}.imputed_difference_t"
        imputed = store.row(identifier) if identifier in store else None
        if imputed and imputed["significant"] is not None and not imputed["significant"]:
            other = f"{effect}.{method}.resampled_difference_t"
            kept = other in store and (store.row(other) or {}).get("significant")
            yield f"{words} by Rubin's rules" if kept else words


def _not_apart(
    values: Sequence[Row], publication: Publication, store: PrintedStore
) -> Iterator[str]:
    """What a paper contrasts although the difference between the two is not significant."""
    for row in values:
        contrast = publication.value(row["id"]).contrast
        tested = store.row(contrast.statistic) if contrast and contrast.statistic in store else None
        if contrast and tested and tested["significant"] is False:
            yield contrast.between


RESERVATIONS: dict[str, tuple[str, str]] = {
    "rejected": (
        "{n} is estimated in a structural model that the data reject",
        "{n} are estimated in structural models that the data reject",
    ),
    "unadjusted": (
        "{n} is no longer significant after Holm's adjustment for the number of tests",
        "{n} are no longer significant after Holm's adjustment for the number of tests",
    ),
    "lost": (
        "{n} is no longer significant under a declared assumption about missing outcomes",
        "{n} are no longer significant under a declared assumption about missing outcomes",
    ),
    "not_apart": (
        "{n} implies a difference between two effects that is not significant",
        "{n} imply a difference between two effects that is not significant",
    ),
    "impossible": (
        "for {n}, only the absence of significance is compared, since its printed coefficient"
        " cannot hold",
        "for {n}, only the absence of significance is compared, since their printed coefficients"
        " cannot hold",
    ),
    "differs": (
        "for {n}, only the absence of significance is compared, since its printed coefficient does"
        " not match",
        "for {n}, only the absence of significance is compared, since their printed coefficients do"
        " not match",
    ),
}
"""Kind of reservation -> the words for one and for many conclusions; n: how many."""


def _reservations(concluded: Sequence[Row]) -> str:
    """Sentence that counts the conclusions with each reservation; empty where there is none."""
    counts_by_kind = {key: sum(entry[key] for entry in concluded) for key in RESERVATIONS}
    parts: list[str] = []
    for key, n in counts_by_kind.items():
        if n:
            number = f"{n:,}" if parts else counted(n, "conclusion")
            parts.append(RESERVATIONS[key][0 if n == 1 else 1].format(n=number))
    return f"Reservations: {'; '.join(parts)}." if parts else ""


def _causes_once(
    failing: Sequence[Row], own: Mapping[str, Row], publication: Publication
) -> list[Row]:
    """Values of a conclusion that do not match, with their causes.

    That a value rests on another one which cannot hold is left out where that one is among them.
    """
    values = {row["id"]: publication.value(row["id"]) for row in failing}
    causes = []
    for row in failing:
        cause = _cause(row, own.get(row["id"]))
        above = values.get(str(values[row["id"]].of))
        if above and above.id in own:
            cause["cause"] = (
                cause["cause"].replace(_readable(inherited_sentence(above)), "").strip()
            )
        causes.append(row | cause)
    return causes


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
    recovered = any(row["verdict"] == "recovered" for row in rows)
    kind = "recovered" if recovered else "matching"
    what = (
        f"The one {kind} value is"
        if len(holding) == 1
        else f"Of the {len(holding):,} {kind} values, {n:,} {'is' if n == 1 else 'are'}"
    )
    return (
        f"{what} also contradicted by other printed numbers or words; the data can follow only one"
        " side of each contradiction."
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
        count += f", {broken:,} of them without a match" if broken else ""
        groups.append({"place": place, "count": count, "rows": values})
    return groups


def _options(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in dict.fromkeys(values)]
