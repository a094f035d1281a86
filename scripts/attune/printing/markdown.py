"""Text from files as Quarto Markdown that means nothing but itself.

Labels, notices, file names and cell contents may hold anything: HTML, Markdown, shortcodes, what a
spreadsheet would take for a formula. Everything of that kind goes through `literal` (running text
and table cells) or `attribute` (inside the quotes of an attribute) and comes out as it was typed.
"""

import re
import unicodedata

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#!|$^~@&])")
"""Characters that open markup anywhere in pandoc's Markdown, or a shortcode in Quarto's."""

_RUN = re.compile(r"-{2,}|\.{3,}|:{2,}|:(?=//)")
"""Runs that would become dashes, an ellipsis, a fence or a link."""

_OPENING = re.compile(r"^([-+=:%])|^(\(?\w{1,9})([.)])(?=\s|$)")
"""What makes a list, a heading's underline, a definition or a formula at the start of a text."""

_COMMAND = re.compile(r"`[A-Za-z0-9][A-Za-z0-9 ._/-]*`")
"""A command in backticks that holds no sign with a meaning of its own."""

_SYMBOL = re.compile(r"\b(N|n|M|SD|p|r|t|d)\b(?= (?:[=≤≥]|\\[<>]|(?:values?|below)\b))")
"""A statistic's symbol, known by what follows it, which APA sets in italics."""

_TYPOGRAPHIC = str.maketrans({'"': '\\"', "'": "\\'"})


def plain(text: str) -> str:
    r"""One line without control characters, for titles of files and attributes.

    Line breaks and tabs become spaces; characters that are not seen but act (control characters
    and the marks that reverse the direction of writing) are dropped.

    Examples
    --------
    >>> plain("two\nlines\x07")
    'two lines'
    """
    one_line = " ".join(text.split())
    return "".join(sign for sign in one_line if unicodedata.category(sign) not in ("Cc", "Cf"))


def literal(text: str) -> str:
    r"""Markdown that prints a text exactly as it is.

    Parameters
    ----------
    text : str
        Any text; line breaks become spaces, control characters are dropped.

    Returns
    -------
    str
        One line, safe in paragraphs, headings, captions and cells of pipe tables.

    Examples
    --------
    >>> print(literal("<b>a|b</b> *c*"))
    \<b\>a\|b\</b\> \*c\*
    >>> print(literal("=1+1"))
    \=1+1
    """
    escaped = _SPECIAL.sub(r"\\\1", plain(text)).translate(_TYPOGRAPHIC)
    escaped = _RUN.sub(lambda run: "".join("\\" + sign for sign in run.group()), escaped)
    return _OPENING.sub(_escaped_opening, escaped)


def with_commands(text: str) -> str:
    r"""The same, but commands in backticks are set as code instead of printing their backticks.

    Examples
    --------
    >>> print(with_commands("made by `make twin`, *twice*"))
    made by `make twin`, \*twice\*
    >>> print(with_commands("`{{< video >}}`"))
    \`\{\{\< video \>\}\}\`
    """
    held = {f"\ue000{n}\ue001": code for n, code in enumerate(_COMMAND.findall(plain(text)))}
    for mark, code in held.items():
        text = text.replace(code, mark, 1)
    escaped = literal(text)
    for mark, code in held.items():
        escaped = escaped.replace(mark, code)
    return escaped


def with_symbols(markdown: str) -> str:
    """Escaped text in which the symbols of statistics are in italics.

    Examples
    --------
    >>> with_symbols("The p values of all r = .5 in plan p")
    'The *p* values of all *r* = .5 in plan p'
    """
    return _SYMBOL.sub(r"*\1*", markdown)


def _escaped_opening(found: re.Match[str]) -> str:
    if found.group(1):
        return "\\" + found.group(1)
    return f"{found.group(2)}\\{found.group(3)}"


def attribute(text: str) -> str:
    """A text for the inside of a double-quoted Markdown attribute such as fig-alt.

    Braces would end the attribute list and angle brackets begin a shortcode, so that they, the
    quotation mark and the ampersand are written as entities.

    Examples
    --------
    >>> attribute('a "b" {c}')
    'a &quot;b&quot; &#123;c&#125;'
    """
    entities = {
        "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;",
        "{": "&#123;", "}": "&#125;", "\\": "&#92;", "|": "&#124;",
    }  # fmt: skip
    return "".join(entities.get(sign, sign) for sign in plain(text))


def named(text: str) -> str:
    """A name from a file; one that is nothing but numbers is marked as a name.

    Examples
    --------
    >>> named("Session 3"), named("18-24")
    ('Session 3', '[18-24]{.name}')
    """
    markdown = literal(text)
    only_numbers = any(map(str.isnumeric, text)) and not any(map(str.isalpha, text))
    return f"[{markdown}]{{.name}}" if only_numbers else markdown


def choice(markdown: str, key: str) -> str:
    """A number of config.yaml, the study or the cohort file, with its key.

    Examples
    --------
    >>> choice("95%", "correlate_measures.interval")
    '[95%]{.choice data-key="correlate_measures.interval"}'
    """
    return f'[{markdown}]{{.choice data-key="{key}"}}'


def key_fact(markdown: str, key: str) -> str:
    """A number of a scoring key, with the instrument and the key of its file.

    Examples
    --------
    >>> key_fact("39", "kims.n_items")
    '[39]{.key data-key="kims.n_items"}'
    """
    return f'[{markdown}]{{.key data-key="{key}"}}'


def span(markdown: str, identifier: str, part: str = "result") -> str:
    """A printed statistic with the id of where it comes from.

    Examples
    --------
    >>> span("*r* = .456", "alliance.a.b.pearson_r")
    '[*r* = .456]{.stat data-id="alliance.a.b.pearson_r"}'
    """
    suffix = "" if part == "result" else f' data-part="{part}"'
    return f'[{markdown}]{{.stat data-id="{identifier}"{suffix}}}'
