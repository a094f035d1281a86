"""Printed Markdown as HTML, for pages that no document program renders: cells, titles, notes."""

import html
import re

_SPAN = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\{([^{}]*)\}")
_IDENTIFIER = re.compile(r'data-id="([^"]*)"')
_MARKUP = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*(.+?)\*"), r"<em>\1</em>"),
    (re.compile(r"\^([^\^\s]+)\^"), r"<sup>\1</sup>"),
    (re.compile(r"~([^~\s]+)~"), r"<sub>\1</sub>"),
)


def inline_html(markdown: str) -> str:
    r"""One line of printed Markdown as HTML.

    Parameters
    ----------
    markdown : str
        What `attune.printing.markdown` and `attune.printing.apa` make: emphasis, sub- and
        superscripts, escaped signs, spans with the id of a statistic.

    Returns
    -------
    str
        HTML in which nothing of the text is markup that was not meant as such; a statistic keeps
        its id in `data-id`.

    Examples
    --------
    >>> print(inline_html("*r*^2^ \\< .05\\* & BF~10~"))
    <em>r</em><sup>2</sup> &lt; .05* &amp; BF<sub>10</sub>
    >>> print(inline_html('[*M* = 1]{.stat data-id="a.b.mean"}'))
    <span class="stat" data-id="a.b.mean" title="a.b.mean"><em>M</em> = 1</span>
    """
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        # Escaped signs are no markup: they wait until the markup is made.
        held.append(html.escape(found[1]))
        return f"\ue000{len(held) - 1}\ue001"

    text = html.escape(re.sub(r"\\(.)", hold, markdown), quote=False)
    before = None
    while before != text:
        before, text = text, _SPAN.sub(_span, text)
    for pattern, made in _MARKUP:
        text = pattern.sub(made, text)
    return re.sub(r"\ue000(\d+)\ue001", lambda found: held[int(found[1])], text)


def _span(found: re.Match[str]) -> str:
    known = _IDENTIFIER.search(found[2])
    if not known:
        return found[1]
    name = html.escape(known[1])
    return f'<span class="stat" data-id="{name}" title="{name}">{found[1]}</span>'
