"""What pandoc leaves undone in an HTML page: the explanation of every number, within the page."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attune.printing.html import json_text
from attune.record.provenance.explanation_text import explanation_entries
from attune.specs.errors import ManuscriptError

_STATISTIC = re.compile(r'<span class="stat"[^>]*?\bdata-id="([^"]+)"')
_OFFERED = 5


def finish_html_page(page: Path, explanations: Mapping[str, Any], assets: Path) -> None:
    """Let every number of a page explain itself, without the network.

    Parameters
    ----------
    page : Path
        An HTML page written by pandoc or Quarto; changed in place.
    explanations : mapping
        See `attune.record.provenance.explanations.explain_statistics`.
    assets : Path
        Folder with explain.css and explain.js.

    Raises
    ------
    ManuscriptError
        The page prints a statistic that the explanations do not know.
    """
    text = page.read_text(encoding="utf-8")
    ids = list(dict.fromkeys(each for ids in _STATISTIC.findall(text) for each in ids.split()))
    unknown = [each for each in ids if each not in explanations["statistics"]]
    if unknown:
        raise ManuscriptError(
            f"{len(unknown)} of the printed statistics have no explanation. Run all again.",
            unknown[:_OFFERED],
        )
    style = (assets / "explain.css").read_text(encoding="utf-8")
    script = (assets / "explain.js").read_text(encoding="utf-8")
    entries = json_text(explanation_entries(explanations, ids))
    data = f'<script type="application/json" id="explanations">{entries}</script>'
    text = _before("</head>", f"<style>\n{style}</style>\n", text)
    text = _before("</body>", f"{data}\n<script>\n{script}</script>\n", text)
    page.write_text(text, encoding="utf-8")


def _before(end: str, new: str, text: str) -> str:
    head, found, tail = text.rpartition(end)
    if not found:
        raise ManuscriptError(f"The page has no {end}, so that its numbers cannot be explained.")
    return f"{head}{new}{found}{tail}"
