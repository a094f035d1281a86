"""Markdown without the marks that say where its numbers come from."""

import re

_SOURCED = re.compile(
    r"\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\{\.(?:stat|choice|key|name)\b[^}]*\}"
)


def as_words(markdown: str) -> str:
    """What a reader sees of the numbers."""
    return _SOURCED.sub(r"\1", markdown)
