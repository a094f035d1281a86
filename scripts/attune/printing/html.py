"""Makes a self-contained page of a template: styles, scripts and data inside, texts escaped."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")


def render_page(
    templates: Mapping[str, str],
    css: str,
    script: str = "",
    *,
    facts: Mapping[str, Any],
    shown: Callable[[str], str] = str,
) -> str:
    """The page as HTML text.

    Parameters
    ----------
    templates : mapping of str to str
        `page` and what it imports, by name.
    css, script : str
        Styles and scripts of the project, which the page holds itself.
    facts : mapping
        Everything that the page prints.
    shown : callable, optional
        Makes each printed text ready to read, such as its apostrophes; markup stays as it is.
    """
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(dict(templates)),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=lambda value: shown(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Neither can hold an end tag; both come from the project, not from a lab's files.
    return environment.get_template("page").render(
        css=Markup(css.replace("</", "<\\/")), script=Markup(script.replace("</", "<\\/")), **facts
    )


def json_text(content: object) -> Markup:
    r"""JSON that cannot end the script element that holds it.

    Examples
    --------
    >>> print(json_text({"a": "</script>"}))
    {"a":"\u003c/script>"}
    """
    # Nothing in it may end the element or begin a comment.
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def css_text(text: str) -> str:
    r"""A text as a string of a style sheet; whatever it holds, it stays one.

    Examples
    --------
    >>> print(css_text('a "b"'))
    "a\20 \22 b\22 "
    """
    signs = [sign if sign.isalnum() else f"\\{ord(sign):x} " for sign in text]
    return '"' + "".join(signs) + '"'


def with_code(text: str) -> Markup:
    """Escaped text whose `words in backticks` are code.

    Examples
    --------
    >>> with_code("add `answers:` if a < b")
    Markup('add <code>answers:</code> if a &lt; b')
    """
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
