"""Reads what the verdict page and the audit page are made of, and writes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from attune.cohort import Cohort
from attune.consistency.finding import Finding
from attune.errors import AttuneError
from attune.publication.ledger import Publication
from attune.verdicts.audit_page import audit_page
from attune.verdicts.verdict_page import verdict_page


def write_verdict_page(
    path: str | Path,
    verdicts: pd.DataFrame,
    findings: pd.DataFrame,
    publication: Publication,
    cohort: Cohort,
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
        explanations,
        templates={name: _text(file) for name, file in templates.items()},
        css="\n".join(map(_text, styles)),
        script="\n".join(map(_text, scripts)),
    )
    _write(path, text)


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
        templates={name: _text(file) for name, file in templates.items()},
        css="\n".join(map(_text, styles)),
        script="\n".join(map(_text, scripts)),
    )
    _write(path, text)


def _text(path: str | Path) -> str:
    return Path(path).read_text(encoding="utf-8")


def _write(path: str | Path, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AttuneError(f"{path} cannot be written: {reason}.") from None
