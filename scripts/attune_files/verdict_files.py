"""Reads the parts of the verdict page and the audit page, and writes the pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from attune.paper.checks.finding import Finding
from attune.paper.ledger.ledger import Publication
from attune.paper.verdicts.audit_page import audit_page
from attune.paper.verdicts.verdict_page import verdict_page
from attune.specs.cohort import Cohort
from attune_files.text_file import read_joined, write_text


def write_verdict_page(
    path: str | Path,
    verdicts: pd.DataFrame,
    findings: pd.DataFrame,
    publication: Publication,
    cohort: Cohort,
    printed: pd.DataFrame,
    explanations: Mapping[str, Any],
    *,
    templates: Mapping[str, str | Path],
    styles: Sequence[str | Path],
    scripts: Sequence[str | Path],
) -> None:
    """The verdicts on a paper as one HTML file that needs no other.

    Raises
    ------
    AttuneError
        The file cannot be written there.
    """
    text = verdict_page(
        verdicts,
        findings,
        publication,
        cohort,
        printed,
        explanations,
        **_parts(templates, styles, scripts),
    )
    write_text(path, text)


def write_audit_page(
    path: str | Path,
    publication: Publication,
    findings: Sequence[Finding],
    *,
    templates: Mapping[str, str | Path],
    styles: Sequence[str | Path],
    scripts: Sequence[str | Path],
) -> None:
    """A paper checked against itself as one HTML file that needs no other.

    Raises
    ------
    AttuneError
        The file cannot be written there.
    """
    text = audit_page(
        publication,
        findings,
        **_parts(templates, styles, scripts),
    )
    write_text(path, text)


def _parts(
    templates: Mapping[str, str | Path],
    styles: Sequence[str | Path],
    scripts: Sequence[str | Path],
) -> dict[str, Any]:
    return {
        "templates": {name: read_joined([file]) for name, file in templates.items()},
        "css": read_joined(styles),
        "script": read_joined(scripts),
    }
