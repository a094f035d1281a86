"""Texts of the verdict page: headline, counts and the meaning of every sign."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from attune.paper.ledger.ledger import PAPER
from attune.specs.verdict_kinds import MATCHING, NEEDING_NO_REASON, VERDICTS

Row = dict[str, Any]

SIGNS: dict[str, tuple[str, str]] = {
    "reproduced_exactly": ("✓", "good"),
    "within_rounding": ("≈", "good"),
    "same_decision": ("✓", "good"),
    "recovered": ("✓", "good"),
    "not_recoverable": ("✕", "error"),
    "sign_differs": ("±", "error"),
    "decision_differs": ("⇄", "error"),
    "differs": ("≠", "error"),
    "not_computable": ("?", "error"),
    "not_compared": ("–", "quiet"),
}
"""Verdict -> its sign and class; the sign is shown next to the word, so that colour is not the only
cue."""

ORDER: tuple[str, ...] = tuple(VERDICTS)
"""Verdicts, best first."""

KINDS: dict[str, str] = {
    "r": "correlation",
    "r_squared": "r squared",
    "r_squared_percent": "variance, %",
    "t": "t",
    "F": "F",
    "d": "d",
    "df": "degrees of freedom",
    "p": "p",
    "stars": "stars",
    "mean": "mean",
    "sd": "SD",
    "median": "median",
    "minimum": "minimum",
    "maximum": "maximum",
    "percent": "%",
    "count": "count",
    "alpha": "alpha",
    "coefficient": "coefficient",
    "constant": "design",
    "finding": "finding",
}
"""Kind of a printed number, for readers."""

GROUPS: dict[str, tuple[str, str]] = {
    "not_recoverable": (
        "Incompatible with the paper's other numbers",
        "No data could give these numbers together with the others that the paper prints.",
    ),
    "sign_differs": ("Another sign", "The computed numbers have the opposite sign."),
    "decision_differs": (
        "Another decision",
        "The computed p is on the other side of the significance level, or the computed number is"
        " outside the printed bound.",
    ),
    "differs": (
        "Other numbers",
        "The computed numbers have other digits under every rounding rule.",
    ),
    "not_computable": (
        "Not computable",
        "The statistics that should give these numbers are missing or undefined.",
    ),
}
"""Verdict -> heading and meaning of its group of values that do not match."""

ONE_MANY: dict[str, tuple[str, str]] = {
    "not_recoverable": (
        "is incompatible with the paper's other numbers",
        "are incompatible with the paper's other numbers",
    ),
    "sign_differs": ("has another sign", "have another sign"),
    "decision_differs": ("leads to another decision", "lead to another decision"),
    "differs": ("differs", "differ"),
    "not_computable": ("is not computable", "are not computable"),
    "not_compared": ("is not compared", "are not compared"),
}
"""Verdict on a value that does not match -> the words for one and for many values."""

WORDS = {"not_recoverable": "incompatible with the paper's other numbers"}
"""Verdict -> its word, where that is not its name."""

SOURCE_TITLES: dict[str, str] = {
    PAPER: "Printed Values That Do Not Match",
    "data_file": "Values of the Published Data File That Do Not Match",
    "reanalysis": "Values of Re-Analyses That Do Not Match",
    "other": "Values of Other Sources That Do Not Match",
}
"""Source of a value -> heading of its values that do not match."""

SOURCE_WORDS: dict[str, tuple[str, str]] = {
    "data_file": ("data file", "the published data file"),
    "reanalysis": ("re-analysis", "re-analyses of its data"),
    "other": ("other source", "other sources"),
}
"""Source other than the paper -> word beside a place, and name of all of that kind."""


def word(verdict: str) -> str:
    """A verdict as readers see it.

    Examples
    --------
    >>> word("within_rounding"), word("not_recoverable")
    ('within rounding', "incompatible with the paper's other numbers")
    """
    return WORDS.get(verdict, verdict.replace("_", " "))


def printed_counts(rows: Sequence[Row]) -> str:
    """How many values that the paper prints match, and the verdicts on the others.

    Examples
    --------
    >>> shared = {"reason": None, "source": "paper"}
    >>> rows = [{"verdict": "recovered"} | shared] * 3
    >>> printed_counts([*rows, {"verdict": "not_recoverable"} | shared])
    "3 of 4 printed values are recovered; 1 is incompatible with the paper's other numbers."
    >>> printed_counts([rows[0] | {"source": "data_file"}])
    'The paper prints none of the values.'
    """
    printed = [row for row in rows if row["source"] == PAPER]
    if not printed:
        return "The paper prints none of the values."
    return _counts_in_words(printed, "printed value")


def other_counts(rows: Sequence[Row]) -> list[str]:
    """The same for the values of other sources, a sentence for each kind of source.

    Examples
    --------
    >>> one = {"verdict": "differs", "reason": None, "source": "data_file"}
    >>> other_counts([one, one | {"verdict": "reproduced_exactly"}])
    ['Compared with the published data file: 1 of 2 values is reproduced; 1 differs.']
    """
    sentences = []
    for source, (_, name) in SOURCE_WORDS.items():
        own = [row for row in rows if row["source"] == source]
        if own:
            sentences.append(f"Compared with {name}: {_counts_in_words(own, 'value')}")
    return sentences


def _counts_in_words(rows: Sequence[Row], noun: str) -> str:
    holding = [row["verdict"] for row in rows if row["verdict"] in MATCHING]
    name = "recovered" if "recovered" in holding else "reproduced"
    within = holding.count("within_rounding")
    exactly = f" ({len(holding) - within:,} exactly, {within:,} within rounding)" if within else ""
    be = "is" if len(holding) == 1 else "are"
    whole = f"{len(rows):,} {noun}{'' if len(rows) == 1 else 's'}"
    parts = [f"{len(holding):,} of {whole} {be} {name}{exactly}"]
    for verdict, (one, many) in ONE_MANY.items():
        n = sum(row["verdict"] == verdict for row in rows)
        parts += [f"{n:,} {one if n == 1 else many}"] if n else []
    return "; ".join(parts) + "."


def fails(row: Row) -> bool:
    """Whether a value does not match, although a statistic should give it."""
    return row["verdict"] not in NEEDING_NO_REASON


def state(rows: Sequence[Row]) -> tuple[str, str, str]:
    """Class of the headline, and its sign with its class: good, known and accepted, or bad."""
    failing = [row for row in rows if fails(row)]
    if not failing:
        return "good", "✓", "good"
    if all(row["accepted"] for row in failing):
        return "known", "!", "warning"
    return "bad", "✕", "error"


def counts(rows: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """Verdict, class, sign and words of each verdict that occurs, best first."""
    rows_of_counts = []
    for verdict in ORDER:
        n = sum(row["verdict"] == verdict for row in rows)
        if n:
            sign, kind = SIGNS[verdict]
            words = word(verdict) if n == 1 else word(verdict).replace("differs", "differ")
            rows_of_counts.append((verdict, kind, sign, f"{n:,} {words}"))
    return rows_of_counts


def gate_in_words(rows: Sequence[Row], file: str, enforced: bool) -> str:
    """Whether the verdicts on values that do not match are accepted, and for which reasons.

    Examples
    --------
    >>> gate_in_words([{"verdict": "recovered", "reason": None, "accepted": True}], "r", True)
    ''
    >>> row = {"verdict": "differs", "accepted": True}
    >>> rows = [row | {"reason": code} for code in ("typo", "rounding", "typo")]
    >>> gate_in_words(rows, "r", True)
    'Each of the 3 values that do not match has a reason in r: typo (2), rounding (1).'
    """
    failing = [row for row in rows if fails(row)]
    missing = sum(not row["accepted"] for row in failing)
    if not failing:
        return ""
    if not enforced:
        return "A twin only resembles its data: its verdicts never stop the run."
    if not missing:
        codes = Counter(word(row["reason"]) for row in failing).most_common()
        if len(failing) == 1:
            return f"The value that does not match has a reason in {file}: {codes[0][0]}."
        reasons = ", ".join(f"{code} ({n:,})" for code, n in codes)
        return (
            f"Each of the {len(failing):,} values that do not match has a reason in {file}:"
            f" {reasons}."
        )
    be = "is" if missing == 1 else "are"
    return (
        f"{missing:,} of the values that do not match {be} not accepted: the run stops until {file}"
        " gives a reason."
    )


def meanings() -> list[tuple[str, str, str, str]]:
    """Class, sign, word and meaning of every verdict."""
    return [
        (SIGNS[name][1], SIGNS[name][0], word(name), meaning) for name, meaning in VERDICTS.items()
    ]


def reasons_example(cohort: str, publication: str, rows: Sequence[Row]) -> str:
    """A file of reasons with one entry: the first value that does not match, or an example."""
    failing = [row for row in rows if fails(row)]
    name, verdict = (failing[0]["id"], failing[0]["verdict"]) if failing else ("a_value", "differs")
    return (
        f"cohort: {cohort}\npublication: {publication}\nreasons:\n  - value: {name}\n"
        f"    verdict: {verdict}\n    code: unresolved\n"
        "    note: What you found out, in a sentence.\n    by: Your name\n"
    )
