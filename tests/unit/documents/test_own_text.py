"""The author's own text: what it prints, where, and what is refused with file and line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.documents.test_manuscript import FIGURE, MATRIX, SETTINGS

from attune.documents.manuscript import render_template
from attune.documents.number_sources import key_facts
from attune.documents.own_text import OWN_FILES, OwnNumbers, OwnText
from attune.documents.own_text_checks import own_text_problems
from attune.documents.reporting_checklist import KNOWN_TOPICS
from attune.printing.quarto import parse_document
from attune.printing.store import PrintedStore
from attune.specs.authors import Authors, Fact
from attune.specs.errors import ManuscriptError

REPORTS = Path(__file__).parents[3] / "reports"
FACTS = {"sessions": Fact(value=30, source="protocol")}
BOND = "alliance.calm.bond.pearson_r"


def own(authors: Mapping[str, Any] | None = None, **texts: str) -> OwnText:
    paths = {name: f"data/small/text/{name}.md" for name in texts}
    return OwnText(texts, paths, Authors.model_validate(authors or {}), FACTS)


def numbers(small: Any) -> OwnNumbers:
    keys = dict(key_facts(small.instruments()["toy"]))
    return OwnNumbers(SETTINGS, FACTS, keys, PrintedStore(small.printed(small.store())))


def printed(small: Any, text: str, name: str = "acknowledgements") -> str:
    sections, problems = own(**{name: text}).sections(numbers(small))
    assert problems == []
    return sections.get(name, "")


def found(small: Any, text: str, name: str = "procedure", **study: Any) -> list[str]:
    """Problems before the run, without the path of the file."""
    problems = own_text_problems(
        own(**{name: text}),
        small.study(**study),
        small.cohort(),
        small.instruments(),
        SETTINGS,
        ["ryan2012", "nobody2000"],
    )
    return [problem.removeprefix(f"data/small/text/{name}.md, ") for problem in problems]


def manuscript(small: Any, texts: OwnText, template: str = "", document: str = "manuscript") -> str:
    return render_template(
        template or (REPORTS / "generic.qmd.j2").read_text(encoding="utf-8"),
        document,
        small.study(tables={}, figures={}),
        small.cohort(),
        small.instruments(),
        small.printed(small.store()),
        {},
        SETTINGS,
        ["scipy 1.0"],
        small.shared_templates(),
        "reports/ours.qmd.j2",
        own=texts,
    )


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("{sessions}", '[30]{.fact data-key="sessions"}'),
        ("{ sessions }", '[30]{.fact data-key="sessions"}'),
        ("{toy.n_items}", '[3]{.key data-key="toy.n_items"}'),
        ("{build_tables.level:level}", '[.05]{.choice data-key="build_tables.level"}'),
        (f"{{{BOND}:estimate}}", f'[.456]{{.stat data-id="{BOND}" data-part="estimate"}}'),
        (f"{{{BOND}}}", f'[*r*(23) = .456, *p* = .011, one-tailed]{{.stat data-id="{BOND}"}}'),
        ("[text]{.smallcaps}", "[text]{.smallcaps}"),
        ("\\{no id}", "\\{no id}"),
        ("<!-- {no} comment -->Seen.", "Seen."),
    ],
)
def test_an_id_prints_its_number_with_the_source(small: Any, typed: str, shown: str) -> None:
    assert printed(small, typed) == shown


def test_a_prompt_without_text_prints_nothing_and_is_named(small: Any) -> None:
    text = "<!-- topic collection: how. -->\n\n<!-- topic assignment: who. -->\nBy lot.\n"
    written = own(procedure=text, introduction="<!-- all of it -->\n")
    sections, _ = written.sections(numbers(small))
    assert sections == {"procedure": '[By lot.]{.reported data-topic="assignment"}'}
    assert list(written.open_prompts()) == [
        ("data/small/text/procedure.md", ["collection"]),
        ("data/small/text/introduction.md", []),
    ]


def test_texts_are_about_the_topic_above_them(small: Any) -> None:
    text = (
        "First.\n\nSecond [@ryan2012].\n\n# Design\n\n* an item\n\n"
        "<!-- topic assignment: who. -->\n\n## By lot\n\nThird, in [0, 1).\n"
    )
    assert printed(small, text, "procedure").split("\n\n") == [
        '[First.]{.reported data-topic="collection"}',
        '[Second [@ryan2012].]{.reported data-topic="collection"}',
        "### Design",
        '::: {.reported data-topic="collection"}\n* an item\n:::',
        "#### By lot",
        '::: {.reported data-topic="assignment"}\nThird, in [0, 1).\n:::',
    ]


def test_every_prompt_is_a_topic_of_one_file() -> None:
    topics = [topic for file in OWN_FILES.values() for topic in file.topics]
    assert len(topics) == len(set(topics)) > 10
    assert set(topics) <= set(KNOWN_TOPICS)


def test_the_spelling_of_the_author_stays(small: Any) -> None:
    text = "Behaviour towards the centre, {sessions} sessions.\nCentred *analyses* [@ryan2012]."
    printed_text = manuscript(small, own(discussion=text))
    assert "Behaviour towards the centre, [30]" in printed_text
    assert "\nCentred *analyses* [@ryan2012]." in printed_text


def test_footnotes_of_two_files_do_not_meet(small: Any) -> None:
    assert printed(small, "A[^1].\n\n[^1]: B.") == (
        "A[^acknowledgements-1].\n\n[^acknowledgements-1]: B."
    )


@pytest.mark.parametrize(
    "text",
    [
        "As [@ryan2012, p. 12; @nobody2000] found in 2012, see @tbl-matrix, @fig-heat and Table 2.",
        "The SCID for DSM-5 (2013) took {sessions} sessions, {sample.all.n:estimate} dyads.",
        "{build_tables.level:level}, {toy.n_items}, {retention.calm.n}.",
        "Write to a.b@c.org, or see <https://x.org/12>.",
    ],
)
def test_a_right_text_has_no_problem(small: Any, text: str) -> None:
    tables, figures = {"matrix": MATRIX}, {"heat": FIGURE}
    assert found(small, text, tables=tables, figures=figures) == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("One\ntwo in 26 dyads.", 2, "'26' in \"two in 26 dyads.\" has no source"),
        ("A ²/₃ share.", 1, "has no source"),
        ("One\n\n<!-- topic assignment: x -->\n\nr = .46", 5, "'.46'"),
        ('[.46]{.stat data-id="a.b"}', 1, "'a.b' is not a statistic"),
        ("One\n{sesions}", 2, "facts.yaml has no fact 'sesions'. Did you mean 'sessions'?"),
        ("{sessions:n}", 1, "it has no part 'n'"),
        ("{Sessions}", 1, "'{Sessions}' is not an id"),
        ("{alliance.cal.bond.pearson_r}", 1, "names 'cal', which the analysis 'alliance' does not"),
        ("{aliance.calm.bond.pearson_r}", 1, "Did you mean 'alliance'?"),
        ("{alliance.calm.bond.pearsonr}", 1, "Did you mean 'pearson_r'?"),
        ("{sample.all.pearson_r}", 1, "is not of the form"),
        (f"{{{BOND}:estimat}}", 1, "has no part 'estimat'. Did you mean 'estimate'?"),
        ("{toy.n_item}", 1, "Did you mean 'toy.n_items'?"),
        ("{build_tables.levl}", 1, "Did you mean 'build_tables.level'?"),
        ("{build_tables.level:percnt}", 1, "Did you mean 'percent'?"),
        ("One\n[@ryan2102]", 2, "@ryan2102 has no entry in the bibliography"),
        ("One\n\nTwo @ryan2102.", 3, "Did you mean 'ryan2012'?"),
        ("@tbl-matrx", 1, "@tbl-matrx is not a table or figure of the study. Did you mean"),
        ("@tbl-more", 1, "@tbl-more is in the supplement"),
        ("<!-- topic asignment: x -->", 1, "Did you mean 'assignment'?"),
        ("One\n\ue000two", 2, "the character U+E000"),
        ("One\x07", 1, "the character U+0007"),
        ("<script>x</script>", 1, "HTML"),
        ("{{< video x >}}", 1, "a command of templates"),
        ("`x`{=html}", 1, "raw text"),
        ("::: {.x}", 1, "a division"),
        ("![x](y.png)", 1, "a picture"),
        ("---\ntitle: x\n---", 1, "a header"),
        ("One\n<!-- open", 2, "a comment without its end"),
        ("```{python}\n```", 1, "code that would run"),
    ],
)
def test_what_would_stop_the_documents_is_named_with_its_line(
    small: Any, text: str, line: int, words: str
) -> None:
    tables = {"matrix": MATRIX, "more": MATRIX | {"document": "supplement"}}
    problems = found(small, text, tables=tables)
    assert any(one.startswith(f"line {line}: ") and words in one for one in problems), problems


def test_the_manuscript_places_every_text(small: Any) -> None:
    texts = own(**{name: f"Of {name}." for name in OWN_FILES})
    text = manuscript(small, texts)
    order = [
        *("# Abstract", "# Introduction", "Of introduction.", "# The Present Study", "# Method"),
        *("## Participants", "Of participants.", "## Measures", "Of measures.", "## Procedure"),
        *("Of procedure.", "## Missing Data", "# Results", "# Discussion", "Of discussion."),
        *("\n## Limitations", "# Data Availability", "# Acknowledgments", "Of acknowledgements."),
        "# References",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    without = manuscript(small, OwnText())
    for heading in ("# Introduction", "Procedure", "# Discussion", "Acknowledgments"):
        assert heading not in without
    assert "\n# Limitations" in without


def test_the_supplement_lists_the_facts_with_their_sources(small: Any) -> None:
    template = (REPORTS / "supplement.qmd.j2").read_text(encoding="utf-8")
    facts = {
        "weeks_at_8": Fact(value="1,200", source="protocol, p. 12"),
        "b": Fact(value=".5", source="Behaviour towards the centre"),
    }
    text = manuscript(small, OwnText(facts=facts), template, "supplement")
    listed = parse_document(text.partition("# Numbers That the Author Gave")[2]).lines()
    assert (
        "Weeks at 8: 1,200 (protocol, p. 12)" in listed
        and "B: .5 (Behaviour towards the centre)" in listed
    )
    assert "Author Gave" not in manuscript(small, OwnText(), template, "supplement")


@pytest.mark.parametrize("name", ["ryan2012", "synthesis"])
def test_other_templates_place_the_texts_too(name: str) -> None:
    template = (REPORTS / f"{name}.qmd.j2").read_text(encoding="utf-8")
    macros = (REPORTS / "macros.qmd.j2").read_text(encoding="utf-8")
    for text in ("introduction", "procedure", "discussion", "acknowledgements"):
        calls = f'own_text("{text}")' in template
        assert calls or (f"say.{text}()" in template and f'written("{text}"' in macros)


def test_a_text_that_the_template_does_not_place_stops_the_build(small: Any) -> None:
    with pytest.raises(ManuscriptError) as error:
        manuscript(small, own(procedure="By lot."), "{{ header() }}\n\nNo text.")
    [problem] = error.value.problems
    assert problem.startswith("data/small/text/procedure.md holds text, but the template of the")
    assert '{{ own_text("procedure") }}' in problem


def test_at_the_build_an_unknown_statistic_has_its_file_and_line(small: Any) -> None:
    with pytest.raises(ManuscriptError) as error:
        manuscript(small, own(procedure="One\n{alliance.calm.bond.pearson_rr} in 26 dyads."))
    first, second = error.value.problems
    assert first.startswith("data/small/text/procedure.md, line 2: 'alliance.calm.bond.pearson_rr'")
    assert "Did you mean" in first
    assert second.startswith("data/small/text/procedure.md, line 2: '26'")


AUTHORS = {
    "authors": [{"given": "Ada *", "family": "B_yron", "orcid": "0000-0002-1825-0097"}],
    "affiliations": {"a_b": {"name": "Clinic & Co."}},
    "keywords": ["alliance"],
    "note": {"funding": "Grant X-12.", "ethics": "Approved, number 7."},
}


def test_the_header_holds_authors_keywords_and_note(small: Any) -> None:
    header = manuscript(small, own(AUTHORS)).split("---")[1]
    assert (
        'author: [{"name": "Ada \\\\* B\\\\_yron", "given": "Ada \\\\*", "family": "B\\\\_yron",'
        ' "orcid": "0000-0002-1825-0097"}]'
    ) in header
    assert 'affiliations: [{"id": "a_b", "name": "Clinic \\\\& Co."}]' in header
    assert 'keywords: ["alliance"]' in header
    assert 'author-note: {"funding": "Grant X-12.", "ethics": "Approved, number 7."}' in header
    supplement = (REPORTS / "supplement.qmd.j2").read_text(encoding="utf-8")
    header = manuscript(small, own(AUTHORS), supplement, "supplement").split("---")[1]
    assert "Ada" in header and "keywords" not in header and "Grant" not in header
    assert 'author: ["Doe, J."]' in manuscript(small, OwnText())
    assert 'author: ["Doe, J."]' in manuscript(small, own({"keywords": ["alliance"]}))


def test_the_header_is_read_as_its_readers_see_it(small: Any) -> None:
    blocks = {
        b.key: b.text.to_plain() for b in parse_document(manuscript(small, own(AUTHORS))).blocks
    }
    assert blocks["author"] == "Ada * B_yron"
    assert blocks["author-note.funding"] == "Grant X-12."
