"""Texts from files mean nothing but themselves once pandoc has read them."""

import json
from typing import Any

import pypandoc
import pytest

from attune.printing.text import attribute, literal, one_line, sourced

HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- comment -->",
    "&amp; &lt;",
    '=cmd|"/c calc"!A1',
    "+1",
    "-1",
    "@SUM(A1)",
    "*b* _i_ `c` **d**",
    "[x](http://e.org)",
    "![](x.png){width=1}",
    "{{< include /etc/passwd >}}",
    "`r 1 + 1`",
    "$x^2$ H~2~O",
    "a -- b --- c...",
    "::: {.x}",
    "# head",
    "1. one",
    "(a) two",
    "(@) n",
    "i. roman",
    "\\alpha",
    "| a | b |",
    "---",
    "> quote",
    "~~~",
    "[^1] ^[note] [@key] @key",
    "http://x.org",
    '"q" it\'s',
    "%title",
    "two\nlines",
    "{=html}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_literal_text_reads_back_as_itself(text: str) -> None:
    read = pypandoc.convert_text(str(literal(text)), "plain", "markdown", extra_args=["--wrap=none"])
    assert read.strip("\n") == one_line(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_literal_cell_stays_one_cell(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {literal(text)} | x |\n"
    document = json.loads(pypandoc.convert_text(table, "json", "markdown"))
    row = document["blocks"][0]["c"][4][0][3][0]
    assert len(row[1]) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_an_attribute_reads_back_as_itself(text: str) -> None:
    image = f'![c](x.png){{#fig-a fig-alt="{attribute(text)}"}}'
    document = json.loads(pypandoc.convert_text(image, "json", "markdown"))
    assert _alternative_text(document["blocks"]) == one_line(text)


def _alternative_text(node: Any) -> str | None:
    if isinstance(node, dict):
        if node.get("t") == "Image":
            return dict(node["c"][0][2]).get("fig-alt")
        node = list(node.values())
    if isinstance(node, list):
        return next((t for each in node if (t := _alternative_text(each)) is not None), None)
    return None


def test_unseen_characters_are_dropped() -> None:
    assert str(literal("a\u202eb\x00c\td")) == "abc d"


def test_a_span_says_which_part_it_prints() -> None:
    assert str(sourced(".46", "a.b.r", "estimate")) == '[.46]{.stat data-id="a.b.r" data-part="estimate"}'
