"""Markdown without the marks that say where its numbers come from."""

import re

_CLOSING = re.compile(r"\]\{\.(?:stat|choice|key|name|reported)(?:\s+[a-z-]+=\"[^\"]*\")*\}")


def as_words(markdown: str) -> str:
    """The Markdown of what a reader sees."""
    left: list[str] = list(markdown)
    for closing in _CLOSING.finditer(markdown):
        depth, place = 0, closing.start()
        while True:
            if markdown[place] in "[]" and markdown[place - 1 : place] != "\\":
                depth += 1 if markdown[place] == "]" else -1
            if not depth:
                break
            place -= 1
        left[place] = ""
        left[closing.start() : closing.end()] = [""] * (closing.end() - closing.start())
    return "".join(left)
