"""Markdown without the marks that say where its numbers come from."""

from attune.printing.sourced_spans import sourced_spans


def as_words(markdown: str) -> str:
    """What a reader sees."""
    kinds = ("stat", "choice", "key", "name", "reported")
    left: list[str] = list(markdown)
    for span in sourced_spans(markdown, kinds):
        left[span.start] = ""
        closing = span.start + 1 + len(span.held)
        left[closing : span.end] = [""] * (span.end - closing)
    return "".join(left)
