"""The list of the numbers of a document, each with its statistic, value and rule.

The documents leave it out: it is a table of its own, as a file for programs and as a page for
readers. PDF pages link each number to its row of the page.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from attune.printing.quarto import parse_document
from attune.record.provenance.explanation_text import origins, title

COLUMNS = ("number", "statistic", "title", "printed", "value", "rule", "data")
"""Columns of the file, in their order."""

Row = dict[str, str]


def number_rows(markdown: str, explanations: Mapping[str, Any], *, synthetic: bool) -> list[Row]:
    """Every statistic that a document prints, once, in the order of the text.

    Parameters
    ----------
    markdown : str
        The document's source, in which each printed number names its statistic.
    explanations : mapping
        See `attune.record.provenance.explanations.explain_statistics`.
    synthetic : bool
        Whether the data are made up; each row says so, as the file may travel alone.

    Returns
    -------
    list of dict
        number: place in the list; statistic: its id; title: its name in words; printed: as the
        document prints it first; value: before rounding, or the mark of a suppressed one; rule:
        the rule of the workflow that computes it; data: real or synthetic.

    Examples
    --------
    >>> text = 'It was [*r* = .46]{.stat data-id="a.r"}, again [.46]{.stat data-id="a.r"}.'
    >>> known = {"statistics": {"a.r": {"value": 0.456, "record": "m", "formula": "r"}},
    ...     "records": {"m": {"rule": "correlate"}}, "formulas": {"r": {"label": "r"}},
    ...     "labels": {}}
    >>> [row] = number_rows(text, known, synthetic=True)
    >>> row["printed"], row["value"], row["rule"], row["data"]
    ('r = .46', '0.456', 'correlate', 'synthetic')
    """
    printed: dict[str, str] = {}
    for block in parse_document(markdown).blocks:
        for _, source, content in block.text.by_source():
            if source.kind == "stat":
                for identifier in source.ids:
                    printed.setdefault(identifier, content.to_plain())
    sources = origins(explanations)
    known = [name for name in printed if name in sources]
    return [
        {
            "number": str(number),
            "statistic": name,
            "title": title(explanations, name),
            "printed": printed[name],
            "value": sources[name]["value"],
            "rule": sources[name]["rule"],
            "data": "synthetic" if synthetic else "real",
        }
        for number, name in enumerate(known, start=1)
    ]


def numbers_as_csv(rows: Sequence[Row]) -> str:
    """The list as comma-separated values with a row of headings.

    Examples
    --------
    >>> print(numbers_as_csv([dict.fromkeys(COLUMNS, "1")]), end="")
    number,statistic,title,printed,value,rule,data
    1,1,1,1,1,1,1
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
