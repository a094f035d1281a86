"""Quarto Markdown as a reader sees it: words and numbers without markup."""

import re

_SPAN = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*\])*)\]\{[^{}]*\}")
"""`[text]{.stat data-id="..."}`; the text may hold an interval in brackets."""
_LINK = re.compile(r"!?(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\([^()]*\)(?:\{[^{}]*\})?")
_REFERENCE = re.compile(r"(?<![\w\\])@(tbl|fig)-([\w-]+)")
_ESCAPE = re.compile(r"\\(.)")
_EMPHASIS = re.compile(r"\*+")
_SUPERSCRIPT = re.compile(r"\^([^\^\s]+)\^")
_SUBSCRIPT = re.compile(r"~([^~\s]+)~")
_RAISED = str.maketrans("0123456789−-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def plain_text(markdown: str) -> str:
    r"""Text of a piece of Markdown, on one line.

    Parameters
    ----------
    markdown : str
        A cell, a printed statistic or a paragraph: emphasis, sub- and superscripts, spans with
        ids, links, references to tables and figures, escaped signs.

    Returns
    -------
    str
        What a reader sees; a reference to a table or figure shows its name in place of its number.

    Examples
    --------
    >>> plain_text('[*r*(23) = .456, *p* = .022]{.stat data-id="a.b.c.pearson_r"}')
    'r(23) = .456, p = .022'
    >>> plain_text(r"*r*^2^ = .21, BF~10~ = 1.23 × 10^−5^, \< 5")
    'r² = .21, BF10 = 1.23 × 10⁻⁵, < 5'
    >>> plain_text("@tbl-sample shows the sample.")
    'Table "sample" shows the sample.'
    """
    text = _without_spans(markdown)
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        # Escaped signs are no markup: they wait until the markup is gone.
        held.append(found[1])
        return f"\ue000{len(held) - 1}\ue001"

    text = _ESCAPE.sub(hold, text)
    text = _REFERENCE.sub(_named_reference, text)
    text = _EMPHASIS.sub("", text)
    text = _SUPERSCRIPT.sub(lambda found: found[1].translate(_RAISED), text)
    text = _SUBSCRIPT.sub(r"\1", text)
    text = re.sub(r"\ue000(\d+)\ue001", lambda found: held[int(found[1])], text)
    return " ".join(text.split())


def _without_spans(markdown: str) -> str:
    before = None
    while before != markdown:
        before, markdown = markdown, _SPAN.sub(r"\1", markdown)
    return _LINK.sub(r"\1", markdown)


def _named_reference(found: re.Match[str]) -> str:
    what = "Table" if found[1] == "tbl" else "Figure"
    return f'{what} "{found[2]}"'
