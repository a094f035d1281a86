"""Digits without a source are found wherever they stand, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.documents.test_manuscript import FIGURE, MATRIX, SETTINGS

from attune.documents.manuscript import render_template
from attune.documents.number_lint import numbers_typed_into, numbers_without_source
from attune.documents.number_sources import NumberSources, number_sources
from attune.printing.text import named
from attune.specs.errors import ManuscriptError

REPORTS = Path(__file__).parents[3] / "reports"
TEMPLATES = sorted(REPORTS.glob("*.qmd.j2"))
SOURCES = NumberSources(
    statistics={"a.b.pearson_r": {".456", "*r*(23) = .456"}, "a.b.d": {"95% CI [0.07, 0.88]"}},
    choices={"build_tables.level": {".05"}},
    keys={"kims.n_items": {"39"}},
    names=["SCL-90-R", "Therapy at session 3", "session 3", "session 12", "18–24", "p = .05"],
)


def words(markdown: str) -> list[str]:
    return [number.word for number in numbers_without_source(markdown, SOURCES)]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("# Results\n\nCalm fell, *r* = .48, in 26 dyads.", [".48", "26"]),
        ("# Results of 26 dyads", ["26"]),
        ("| Scale | *r* |\n|:--|--:|\n| Calm | .48 |", [".48"]),
        ("| Scale | *r* |\n|:--|--:|\n| Calm | [.456]{.stat data-id=\"a.b.pearson_r\"}7 |", ["7"]),
        ("::: {.table-note}\n*Note.* *N* = 26.\n:::", ["26"]),
        ("![Calm in 26 dyads](figures/x1.png){#fig-x fig-alt=\"Dots.\"}", ["26"]),
        ("![Calm](figures/x.png){#fig-x fig-alt=\"Dots of 26 dyads.\"}", ["26"]),
        (": Calm in 26 dyads {#tbl-x1}", ["26"]),
        ("A superscript² and a half ½ and CO₂.", ["superscript²", "½", "CO₂"]),
        ("A [link to 26 dyads](https://x.org/12)", ["26"]),
        ("A note.^[26 dyads]", ["note.^[26"]),
        ("A note.[^1]\n\n[^1]: In 26 dyads.", ["26"]),
        ("A term `r = .48` as code and $r = .47$.", [".48", ".47$"]),
        ("As &#50;6 entities", ["26"]),
        ("[26]{.foo} and <span>27</span>", ["26", "<span>27</span>"]),
        ('---\ntitle: "Calm in 26"\nrunning-head: "Calm in 2"\n---\n\nText.', ["26"]),
        ('---\ntitle: "Calm"\nrunning-head: "Calm in 26"\n---\n\nText.', ["26"]),
        ('---\ntitle: "Calm in 26 dyads"\nlang: "en"\n---\n\nText.', ['26']),
        ("Arabic ٢٦ digits", ["٢٦"]),
        ("see [26 dyads, @ryan2012]", ["26"]),
        ("SCL-90-R 26, XSCL-90-R, SCL-90-R2", ["26", "XSCL-90-R", "SCL-90-R2"]),
        ("*p* = .05 and p = .05", [".05", ".05"]),
        ("Rated at sessions 3 and 13, and at weeks 3 and 12.", ["3", "13", "3", "12"]),
    ],
)  # fmt: skip
def test_a_typed_in_digit_is_found(markdown: str, found: list[str]) -> None:
    assert words(markdown) == found


@pytest.mark.parametrize(
    "markdown",
    [
        'Calm fell, [*r*(23) = .456]{.stat data-id="a.b.pearson_r"}, in two dyads.',
        '[95% CI [0.07, 0.88]]{.stat data-id="a.b.d" data-part="interval"}',
        '[95%]{.stat data-id="a.b.d" data-part="interval"}',
        'below [.05]{.choice data-key="build_tables.level"} of [39]{.key data-key="kims.n_items"}',
        "Rated at sessions 3 and 12, not at sessions 12, 3, or 12.",
        "SCL-90-R at Session 3, BF~10~, *R*^2^ and [18–24]{.name}",
        "Ryan et al. (2012), (Ryan et al., 2012; Baer, 2004), [@ryan2012, p. 14], in 2012.",
        "@tbl-alliance2 and Tables 1 and 2, Figure S3 of @ryan2012",
        "https://doi.org/10.1037/amp0000191 and 10.1037/amp0000191",
        "1. A list\n2. of things\n\n<!-- 26 -->",
        '![Calm](figures/x1.png){#fig-x1 width="70%" fig-alt="A grid."}',
        "&#123;braces&#125;",
        ": A title {#tbl-x1}",
    ],
)
def test_what_has_a_source_is_left_alone(markdown: str) -> None:
    assert words(markdown) == []


@pytest.mark.parametrize("text", ["Ryan et al. (2012)", "in 2012", "Table 3", "1. point"])
def test_in_results_nothing_but_statistics_may_stand(text: str) -> None:
    assert words(f"# Method\n\n{text}") == []
    assert words(f"# Results\n\n{text}\n\n# Limits\n\n{text}") == words(f"# Results\n\n{text}")
    assert len(words(f"# Results\n\n{text}")) == 1
    assert len(words(f"::: {{.table-note}}\n{text}\n:::")) == 1


@pytest.mark.parametrize(
    ("span", "problem"),
    [
        ('[.457]{.stat data-id="a.b.pearson_r"}', "'a.b.pearson_r' does not print this"),
        ('[.456]{.stat data-id="a.b.pearsonr"}', "'a.b.pearsonr' is not a statistic"),
        ("[.456]{.stat}", "'' is not a statistic"),
        ('[.01]{.choice data-key="build_tables.level"}', "does not print this"),
        ('[38]{.key data-key="kims.n_items"}', "does not print this"),
        ("[26]{.name}", "is not a name"),
    ],
)
def test_markup_typed_by_hand_is_found(span: str, problem: str) -> None:
    [found] = numbers_without_source(f"# Results\n\nCalm: {span}.", SOURCES)
    assert problem in found.problem
    assert (found.line, found.place) == (3, "text")


def test_a_hundred_digits_have_their_lines() -> None:
    text = "\n".join(f"Line\u2028of {n} dyads" for n in range(100))
    assert [number.line for number in numbers_without_source(text, SOURCES)] == [*range(1, 101)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_number_is_typed_into_a_template(path: Path) -> None:
    assert numbers_typed_into(path.read_text(encoding="utf-8"), NumberSources()) == []


def test_branches_that_are_not_taken_are_read_too() -> None:
    template = "{# 3 #}{% if false %}in 26 dyads{% endif %}{{ stat('a.1') }}"
    assert [entry.word for entry in numbers_typed_into(template, SOURCES)] == ["26"]


def document(small: Any, template: str, **sections: Any) -> str:
    """The small study's manuscript by a template of a laboratory of its own."""
    tables, figures = sections.pop("tables", {}), sections.pop("figures", {})
    return render_template(
        template,
        "manuscript",
        small.study(tables=tables, figures=figures, **sections),
        small.cohort(),
        small.instruments(),
        small.printed(small.store()),
        small.tables(tables),
        SETTINGS,
        ["scipy 1.0"],
        small.shared_templates(),
        "reports/ours.qmd.j2",
    )


def problems_of(small: Any, template: str, **sections: Any) -> list[str]:
    with pytest.raises(ManuscriptError, match="numbers without a source") as error:
        document(small, template, **sections)
    return error.value.problems


def test_a_template_of_a_laboratory_is_refused_with_line_text_and_what_to_do(small: Any) -> None:
    with pytest.raises(ManuscriptError) as error:
        document(small, "# Results\n\nCalm was found in 25 dyads, *r* = .48.")
    first, second = error.value.problems
    assert first.startswith(
        "reports/ours.qmd.j2, line 3 (text): '25' in \"Calm was found in 25 dyads,"
    )
    assert first.endswith("; sample.all.n, sample.therapists.n, sample.calm.n would print it")
    assert "'.48'" in second
    assert '{{ stat("id") }}' in error.value.heading


def test_digits_of_the_study_are_refused(small: Any) -> None:
    shown = '{{ table("matrix") }} {{ table_reference("matrix") }}'
    found = problems_of(small, shown, tables={"matrix": MATRIX | {"note": "N = 25 dyads."}})
    assert [entry.split(":")[0] for entry in found] == [
        "manuscript.qmd, line 8 (note of tbl-matrix)"
    ]
    found = problems_of(small, shown, tables={"matrix": MATRIX | {"title": "All 25"}})
    assert "caption of tbl-matrix" in found[0]
    found = problems_of(small, shown, tables={"matrix": MATRIX | {"headings": {"bond": "r 3"}}})
    assert "(table): '3'" in found[0]
    shown = '{{ figure("grid") }} {{ figure_reference("grid") }}'
    found = problems_of(small, shown, figures={"grid": FIGURE | {"title": "All 25"}})
    assert "caption of fig-grid" in found[0]
    found = problems_of(small, shown, figures={"grid": FIGURE | {"alt": "All 25"}})
    assert "caption of fig-grid" in found[0]


def test_the_title_is_the_author_s_own_text(small: Any) -> None:
    assert "12 Weeks" in document(small, "{{ header() }}", title="Calm: 12 weeks, 25 dyads")
    assert "(header)" in problems_of(small, "{{ header() }}", title="Calm: r = .48")[0]


def test_a_string_inside_an_expression_is_refused(small: Any) -> None:
    assert "'25'" in problems_of(small, '{{ listing(["25 dyads"]) }}')[0]


def test_a_placeholder_in_a_note_or_reason_has_a_source(small: Any) -> None:
    note = MATRIX | {"note": "N = {sample.all.n:estimate} dyads."}
    text = document(
        small, '{{ table("matrix") }} {{ table_reference("matrix") }}', tables={"matrix": note}
    )
    assert '*N* = [25]{.stat data-id="sample.all.n" data-part="estimate"} dyads.' in text
    family = {"title": "Alliance", "x": ["calm"], "y": ["bond", "gain"], "dataset": "available"}
    reason = family | {"reason": "Because of {sample.all.n:estimate}."}
    template = '{{ analysis("alliance").reason }}'
    text = document(small, template, correlations={"alliance": reason})
    assert text == 'Because of [25]{.stat data-id="sample.all.n" data-part="estimate"}.\n'
    wrong = family | {"reason": "Because of {sample.all.m:estimate}."}
    with pytest.raises(ManuscriptError, match="is not a statistic"):
        document(small, template, correlations={"alliance": wrong})


def test_names_that_the_study_declares_may_stand(small: Any) -> None:
    template = "# Results\n\nBy Protocol 7, calm rose."
    assert "'7'" in problems_of(small, template)[0]
    assert document(small, template, names=["Protocol 7"]).endswith("calm rose.\n")


def test_choices_are_printed_with_their_key(small: Any) -> None:
    text = document(small, '{{ choice("correlate_measures.permutations", "whole") }}')
    assert text == '[99,999]{.choice data-key="correlate_measures.permutations"}\n'
    assert document(small, '{{ choice("seed") }}') == '[2012]{.choice data-key="seed"}\n'
    with pytest.raises(ManuscriptError, match=r"Did you mean 'correlate_measures\.permutations'"):
        document(small, '{{ choice("correlate_measures.permutation", "whole") }}')
    assert (
        "'99,999'" in problems_of(small, "{{ settings.correlate_measures.permutations|whole }}")[0]
    )


def test_levels_that_are_only_numbers_are_marked_as_names(small: Any) -> None:
    cohort = small.cohort()
    sex = cohort.sample.variables["sex"].model_copy(update={"levels": {"1": "1", "2": "18–24"}})
    sample = cohort.sample.model_copy(update={"variables": cohort.sample.variables | {"sex": sex}})
    sources = number_sources(
        small.study(),
        cohort.model_copy(update={"sample": sample}),
        small.instruments(),
        small.printed(small.store()),
        {},
        SETTINGS,
    )
    assert numbers_without_source(f"| {named('18–24')} | {named('1')} |", sources) == []
    assert [number.word for number in numbers_without_source("18–24 and 1", sources)] == [
        "18–24",
        "1",
    ]


def test_conditions_that_are_only_numbers_do_not_stop_a_build(small: Any) -> None:
    cohort = small.cohort()
    arm = cohort.sample.variables["arm"].model_copy(update={"levels": {"A": "1", "C": "2"}})
    variables = cohort.sample.variables | {"arm": arm}
    sample = cohort.sample.model_copy(update={"variables": variables})
    cohort = cohort.model_copy(update={"sample": sample})
    store = small.store()
    for old, new in (("active", "1"), ("control", "2")):
        store["id"] = store["id"].str.replace(f".{old}.", f".{new}.", regex=False)
    declared = {"document": "manuscript", "kind": "comparisons", "title": "Arms",
                "analyses": ["arms"]}  # fmt: skip
    text = render_template(
        '{% import "analyses/conditions.qmd.j2" as conditions with context %}'
        '{{ conditions.found_in(analysis("arms")) }} {{ table("t") }} {{ table_reference("t") }}',
        "manuscript",
        small.study(tables={"t": declared}),
        cohort,
        small.instruments(),
        small.printed(store),
        small.tables({"t": declared}, cohort, store),
        SETTINGS,
        shared=small.shared_templates(),
    )
    assert "[1]{.name} and [2]{.name} did not differ significantly" in text
    assert "[1]{.name} >> *M*" in text


def test_occasions_that_share_a_noun_are_names_in_both_orders() -> None:
    sources = NumberSources(names=["month 6", "month 12", "6 months", "12 months"])
    for text in ("at months 6 and 12", "at 6 and 12 months", "at 6, 12, and 6 months"):
        assert numbers_without_source(text, sources) == []
    assert numbers_without_source("at 6 and 13 months", sources) != []
