"""Text values: every format shows the same characters, and stored Markdown reads back as it was."""

import html
import json
from typing import Any

import pandas as pd
import pypandoc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from attune.documents.number_lint import numbers_without_source
from attune.documents.number_sources import NumberSources
from attune.printing.notes import fill
from attune.printing.quarto import loaded_cell, parse_document, parse_text, stored_cell
from attune.printing.store import PrintedStore
from attune.printing.text import (
    Span,
    Text,
    attribute,
    italic,
    joined,
    literal,
    one_line,
    sourced,
    with_commands,
    with_mark,
    with_symbols,
)

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
    "a \ue0000\ue001 b \ue010",
    "[.07, .72] and [1](x)",
    "< .001 > .999",
    "KIMS >> Total",
    '[x]{.stat data-id="a.b.r"}',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_literal_text_reads_back_as_itself(text: str) -> None:
    read = pypandoc.convert_text(
        str(literal(text)), "plain", "markdown", extra_args=["--wrap=none"]
    )
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
        return next((t for entry in node if (t := _alternative_text(entry)) is not None), None)
    return None


def test_unseen_characters_are_dropped() -> None:
    assert str(literal("a\u202eb\x00c\td")) == "abc d"


def test_a_span_names_the_part_it_prints() -> None:
    assert (
        str(sourced(".46", "a.b.r", "estimate"))
        == '[.46]{.stat data-id="a.b.r" data-part="estimate"}'
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_stored_markdown_reads_back_as_the_characters(text: str) -> None:
    value = literal(text)
    assert parse_text(value.to_markdown()) == value
    assert parse_text(value.to_markdown()).to_plain() == one_line(text)
    assert value.to_html() == html.escape(one_line(text), quote=False)


CHARACTERS = st.text(
    "ab9Zé中\ue000\ue001-.,:;=+*_~^`$#|<>[](){}!&@\\\"'/%−–", min_size=1, max_size=8
)
WORDS = (
    st.lists(CHARACTERS, min_size=1, max_size=3).map(" ".join).filter(lambda t: t == one_line(t))
)
SYMBOLS = st.from_regex(r"[A-Za-z0-9]{1,5}", fullmatch=True)


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Text as the project makes it: words, symbols that are set in some way, numbers with ids."""
    pieces = []
    for _ in range(draw(st.integers(1, 5))):
        mark = draw(st.sampled_from(["", "italic", "bold", "subscript", "superscript"]))
        # Between words and symbols stands a sign that cannot run into either.
        piece = with_mark(draw(SYMBOLS), mark) if mark else literal(draw(WORDS))
        if draw(st.booleans()):
            identifier = draw(st.sampled_from(["a.b.r", "a.b.d"]))
            piece = sourced(piece, identifier, draw(st.sampled_from(["result", "estimate"])))
        pieces += [piece, literal("=")]
    return joined(pieces)


@given(texts())
def test_markdown_is_read_back_into_the_same_value(text: Text) -> None:
    assert parse_text(text.to_markdown()) == text


@given(texts(), st.sampled_from(["a.b.r", "x.y.z"]), st.integers(0, 3))
def test_a_cell_is_stored_and_loaded(text: Text, identifier: str, stars: int) -> None:
    cell = sourced(text.without_sources(), identifier, part="") + with_mark("*" * stars, "stars")
    markdown, known = stored_cell(cell)
    assert known == identifier
    assert loaded_cell(markdown, known) == cell
    assert stored_cell(text.without_sources()) == (text.without_sources().to_markdown(), None)


@given(texts())
def test_every_format_shows_the_same_characters(text: Text) -> None:
    assert Markup(text.to_html()).striptags() == " ".join(text.characters.split())


def test_templates_of_documents_print_markdown_and_those_of_pages_html() -> None:
    text = italic("r") + " < " + literal("<b>")
    assert str(text) == r"*r* \< \<b\>"
    assert escape(text) == "<em>r</em> &lt; &lt;b&gt;"


def test_a_label_with_private_use_characters_is_harmless() -> None:
    label = "Calm \ue0000\ue001 of `make` 2"
    printed = PrintedStore(_printed("a.b.r"))
    note, problems = fill(label + " r = {a.b.r:estimate}", printed)
    assert not problems
    assert note.to_plain() == label + " r = .46"
    assert with_commands(label).to_plain() == label.replace("`", "")
    assert with_symbols(label).to_plain() == label
    found = numbers_without_source(f"# Results\n\n{literal(label)}", NumberSources(names=[label]))
    assert found == []
    [number, _] = numbers_without_source(f"# Results\n\n{literal(label)}", NumberSources())
    assert number.word == "\ue0000\ue001"


def _printed(identifier: str) -> Any:
    return pd.DataFrame([{"id": identifier, "estimate": ".46", "result": "*r* = .46",
                          "reason": None}])  # fmt: skip


DOCUMENT = """---
title: "All \\\\*calm\\\\*"
author: ["A", "B"]
---

# Results {.unnumbered}

Calm fell [@ryan2012], [*r* = [.1, .5]
or [.2]{.choice data-key="x.y"}]{.reported data-topic="tests"}.

<!-- no

paragraph -->

## The [KIMS]{.name} [@baer2004; @ryan2012]

| Scale | *r* |
|:--|--:|
| Calm | [.46]{.stat data-id="a.b.r"}\\* |

: Correlations {#tbl-calm}

::: {.table-note}
*Note.* One.
:::

![Dots](figures/x.png){#fig-dots fig-alt="Many &quot;dots&quot;"}

1. A list
"""


def test_a_document_is_read_into_blocks() -> None:
    document = parse_document(DOCUMENT)
    assert [(b.kind, b.line, b.label, b.text.to_plain()) for b in document.blocks] == [
        ("header", 2, "", "All *calm*"),
        ("header", 3, "", "A, B"),
        ("heading", 6, "", "Results"),
        ("text", 8, "", "Calm fell [@ryan2012], r = [.1, .5] or .2."),
        ("heading", 15, "", "The KIMS [@baer2004; @ryan2012]"),
        ("table", 17, "tbl-calm", "Scale"),
        ("table", 17, "tbl-calm", "r"),
        ("table", 19, "tbl-calm", "Calm"),
        ("table", 19, "tbl-calm", ".46*"),
        ("caption", 21, "tbl-calm", "Correlations"),
        ("note", 24, "tbl-calm", "Note. One."),
        ("caption", 27, "fig-dots", "Dots"),
        ("alternative", 27, "fig-dots", 'Many "dots"'),
        ("text", 29, "", "1. A list"),
    ]
    assert {block.section for block in document.blocks[2:]} == {"results"}
    assert document.lines()[6:8] == ["Scale | r", "Calm | .46*"]
    [topic, innermost, _] = [span.sources for span in document.blocks[3].text.spans if span.sources]
    assert [source.kind for source in topic + innermost] == ["reported", "reported"]


def test_a_blank_stays_outside_of_emphasis() -> None:
    assert str(Text((Span(" a ", frozenset(["italic"])), Span("b")))) == " *a* b"
