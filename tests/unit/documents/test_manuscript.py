"""Documents whose words follow the numbers, and that are refused if they ask for what is not."""

from pathlib import Path
from typing import Any

import pandas as pd
import pypandoc
import pytest
from tests.unit.documents.conftest import STUDY
from tests.unit.documents.words import as_words

from attune.documents.document_facts import document_facts
from attune.documents.manuscript import render_template
from attune.printing.printed_table import GROUP, LABEL, PrintedTable
from attune.printing.table_formats import table_markdown, wide_tables_together
from attune.printing.wording import with_article
from attune.specs.errors import ManuscriptError

REPORTS = Path(__file__).parents[3] / "reports"

SETTINGS = {
    "seed": 2012,
    "estimate_reliability": {"interval": 0.9},
    "describe_sample": {"interval": 0.95},
    "correlate_measures": {
        "interval": 0.9,
        "bootstrap_samples": 9999,
        "permutations": 99999,
        "bayes_factor_scale": 1.0,
        "power": 0.8,
    },
    "compare_conditions": {"interval": 0.9, "variances": "pooled"},
    "build_tables": {"level": 0.05},
}

BOND = "alliance.calm.bond.pearson_r"

MATRIX = {
    "document": "manuscript",
    "kind": "correlation_matrix",
    "title": "Calm *and* bond",
    "analyses": ["alliance"],
    "columns": ["bond"],
    "stars": [0.05],
    "tail": "one",
}

FIGURE = {
    "document": "manuscript",
    "kind": "heatmap",
    "title": "Calm | bond",
    "alt": 'A "grid" of {numbers} <b>.',
    "analyses": ["alliance"],
}


def render(small: Any, template: str, **changes: Any) -> str:
    """A template on the small study, of which store, level, cohort, tables, ... may change."""
    store = changes.get("store")
    store = small.store() if store is None else store
    cohort = changes.get("cohort") or small.cohort()
    tables, figures = changes.get("tables", {}), changes.get("figures", {})
    return render_template(
        template,
        changes.get("document", "manuscript"),
        small.study(tables=tables, figures=figures),
        cohort,
        small.instruments(),
        small.printed(store, changes.get("level", 0.05)),
        small.tables(tables, cohort, store),
        SETTINGS,
        ["scipy 1.0"],
        small.shared_templates(),
        "small.qmd.j2",
        language=changes.get("language", "en-US"),
    )


def test_the_language_chooses_the_spelling_of_the_prose(small: Any) -> None:
    tables = {"all": {"document": "supplement", "kind": "correlation_details", "title":
                      "The Centre of Analysed Behaviour", "analyses": ["alliance"]}}  # fmt: skip
    template = (
        '{{ header() }}\n\nAnalysed at the centre by `randomised`, {{ table_reference("all") }}.'
    )
    title = "(*The Centre of Analysed Behaviour*)."
    american = render(small, template, tables=tables)
    assert american.endswith(f"Analyzed at the center by `randomised`, the supplement {title}\n")
    assert 'lang: "en-US"' in american
    british = render(small, template, tables=tables, language="en-GB")
    assert british.endswith(f"Analysed at the centre by `randomised`, the supplement {title}\n")
    assert 'lang: "en-GB"' in british


def test_a_statistic_carries_its_id(small: Any) -> None:
    text = render(small, '{{ stat("alliance.calm.bond.pearson_r") }}')
    assert text == f'[*r*(23) = .456, *p* = .011, one-tailed]{{.stat data-id="{BOND}"}}\n'


SENTENCE = (
    f'Calm {{{{ associated("{BOND}") }}}} bond; the correlation {{{{ was("{BOND}") }}}}'
    f' significant, {{{{ direction("{BOND}") }}}} and {{{{ magnitude("{BOND}") }}}}.'
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {},
            "Calm was positively associated with bond; the correlation was significant,"
            " positive and medium.",
        ),
        (
            {"p_one_tailed": 0.06},
            "Calm was not significantly associated with bond; the correlation was not"
            " significant, positive and medium.",
        ),
        (
            {"estimate": -0.6},
            "Calm was negatively associated with bond; the correlation was significant,"
            " negative and large.",
        ),
    ],
)
def test_words_follow_the_numbers(small: Any, change: dict[str, Any], sentence: str) -> None:
    store = small.store(alliance__calm__bond__pearson_r=change)
    assert render(small, SENTENCE, store=store).strip() == sentence


def test_words_follow_the_level(small: Any) -> None:
    assert "was not significant" in render(small, SENTENCE, level=0.01)


def test_paragraphs_of_a_family_follow_the_numbers(small: Any) -> None:
    template = (
        '{% import "analyses/correlations.qmd.j2" as part with context %}'
        '{{ part.found_in(analysis("alliance")) }}'
    )
    text = as_words(render(small, template))
    assert "Calm was positively associated with bond\\|strength, *r*(23) = .456, *p* = .011" in text
    assert "a medium effect that accounts for 20.8% of the variance." in text
    assert "The association of calm with the residual gain in symptoms was not significant" in text
    store = small.store(alliance__calm__bond__pearson_r={"p_one_tailed": 0.2})
    assert "was positively associated" not in render(small, template, store=store)


def test_an_undefined_correlation_is_printed_with_its_reason(small: Any) -> None:
    template = (
        '{% import "analyses/correlations.qmd.j2" as part with context %}'
        '{{ part.found_in(analysis("alliance")) }}'
    )
    undefined = {"estimate": None, "p_two_tailed": None, "p_one_tailed": None}
    undefined |= {"ci_low": None, "ci_high": None, "df": None, "reason": "Calm is constant."}
    store = small.store(alliance__calm__bond__pearson_r=undefined)
    text = as_words(render(small, template, store=store))
    assert "between calm and bond\\|strength could not be computed: Calm is constant.\n" in text


def test_everything_that_does_not_exist_is_reported_at_once(small: Any) -> None:
    template = (
        '{{ stat("alliance.calm.bond.pearsonr") }} {{ was("sample.calm.mean") }}'
        ' {{ stat("sample.calm.mean", "interval") }} {{ table("matrix") }} {{ figure("x") }}'
        ' {% for pair in analysis("alliances").pairs %}{{ pair.x }}{% endfor %}'
        ' {{ table_reference("matrx") }}'
    )
    with pytest.raises(ManuscriptError, match=r"small\.qmd\.j2") as error:
        render(small, template)
    text = "\n".join(error.value.problems)
    assert f"'alliance.calm.bond.pearsonr' is not a statistic. Did you mean '{BOND}'?" in text
    assert "'sample.calm.mean' has no significant." in text
    assert "'sample.calm.mean' has no interval." in text
    assert "table 'matrix' does not exist." in text
    assert "figure 'x' does not exist." in text
    assert "'alliances' is not one of the analyses. Did you mean 'alliance'?" in text
    assert "table 'matrx' does not exist." in text


def test_undefined_names_are_reported_at_once(small: Any) -> None:
    with pytest.raises(ManuscriptError) as error:
        render(small, "{{ statt('x') }} {{ nothing }}")
    assert error.value.problems[0].startswith("small.qmd.j2: 'nothing' is not defined. ")
    assert "'statt' is not defined. Did you mean 'stat'?" in error.value.problems[1]


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("a\nb {{ facts.titel }}", r"small\.qmd\.j2, line 2: .*titel"),
        ("a\n{% if %}", r"small\.qmd\.j2, line 2: "),
    ],
)
def test_mistakes_of_a_template_have_a_line(small: Any, template: str, problem: str) -> None:
    with pytest.raises(ManuscriptError, match=problem):
        render(small, template)


def test_a_forgotten_table_or_figure_is_an_error(small: Any) -> None:
    with pytest.raises(ManuscriptError) as error:
        render(small, "Nothing.", tables={"matrix": MATRIX}, figures={"grid": FIGURE})
    assert len(error.value.problems) == 2
    assert 'add {{ table("matrix") }}' in error.value.problems[0]
    text = render(small, "Nothing.", tables={"matrix": MATRIX}, document="supplement")
    assert text == "Nothing.\n"


def test_a_table_that_no_sentence_refers_to_is_an_error(small: Any) -> None:
    with pytest.raises(ManuscriptError) as error:
        render(small, '{{ table("matrix") }}', tables={"matrix": MATRIX})
    assert error.value.problems == [
        "no sentence of the manuscript refers to tables.matrix of the study;"
        ' add {{ table_reference("matrix") }}'
    ]


def test_counts_have_their_noun_and_families_their_n(small: Any) -> None:
    template = (
        '{{ counted("violations.warning.count", "warning", "warnings") }},'
        ' {{ counted("violations.note.count", "note", "notes") }},'
        f' {{{{ sample_size(["{BOND}", "alliance.calm.gain.pearson_r"]) }}}}'
    )
    text = as_words(render(small, template)).replace(' data-part="n"', "")
    assert text == "1 warning, 2 notes, *n* = 25\n"
    store = small.store(alliance__calm__gain__pearson_r={"n": 1024})
    assert as_words(render(small, template, store=store)).endswith("*n* from 25 to 1,024\n")


def test_a_table_as_a_pipe_table(small: Any) -> None:
    template = '{{ table("matrix") }}\n\n{{ table_reference("matrix") }}'
    text = render(small, template, tables={"matrix": MATRIX})
    assert text.endswith("\n\n@tbl-matrix\n")
    assert text.startswith(
        "| Measure | Bond\\|strength |\n"
        "|:--|--:|\n"
        f'| Calm | [.456]{{.stat data-id="{BOND}"}}\\* |\n'
        "\n"
        ": Calm \\*and\\* Bond {#tbl-matrix}\n"
        "\n"
        "::: {.table-note}\n"
        "*Note.* Stars are not adjusted for the number of tests.\n\n"
        '\\**p* < [.05]{.choice data-key="study.tables.matrix.stars"}, one-tailed.\n'
        ":::"
    )


def test_groups_of_rows_have_a_heading(small: Any) -> None:
    table = small.table(kind="frequencies", rows=["sex"])
    lines = table_markdown(table).splitlines()
    assert lines[2] == "| \\=Sex |  |  |"
    assert lines[3].startswith("| Female | [15]")


def test_wide_tables_are_landscape(small: Any) -> None:
    table = small.table(kind="comparisons", analyses=["arms"])
    assert "landscape" not in table_markdown(table)
    headings = {LABEL: "Measure"} | {f"x{number}": "*r*" for number in range(11)}
    cells = {LABEL: ["Calm"], GROUP: [None]}
    cells |= {f"x{number}{end}": [""] for number in range(11) for end in ("", "_id")}
    frame = pd.DataFrame(cells)
    one = table_markdown(PrintedTable("wide", "manuscript", "Wide", headings, frame))
    assert one.startswith(":::: {.landscape}\n| Measure |") and one.endswith("\n::::")
    assert wide_tables_together(f"{one}\n\n{one}").count("landscape") == 1


def test_a_figure_and_its_note(small: Any) -> None:
    template = '{{ figure("grid") }}\n\n{{ figure_reference("grid") }}'
    text = render(small, template, figures={"grid": FIGURE})
    assert "*Note.* Pearson's correlations; red cells are positive, blue cells negative.\n" in text
    assert text.startswith(
        "![Calm \\| Bond](figures/grid.png){#fig-grid"
        ' fig-alt="A &quot;grid&quot; of &#123;numbers&#125; &lt;b&gt;."}\n\n::: {.figure-note}'
    )


def test_apostrophes_of_authors_are_typographic(small: Any) -> None:
    figures = {"grid": FIGURE | {"title": "Patients' bond", "alt": "The patients' bond."}}
    cohort = small.cohort(title="The clinic's 'first' cohort")
    template = '{{ figure("grid") }}\n\n{{ figure_reference("grid") }} {{ facts.cohort }}: `x\'`'
    text = render(small, template, figures=figures, cohort=cohort)
    assert "![Patients’ Bond]" in text and 'fig-alt="The patients’ bond."' in text
    assert "The clinic’s \\'first’ cohort: `x'`" in text


def test_references_lead_to_the_other_document(small: Any) -> None:
    template = '{{ table_reference("matrix") }}'
    tables = {"matrix": MATRIX | {"document": "supplement"}}
    assert render(small, template, tables=tables) == "the supplement (*Calm \\*and\\* Bond*)\n"


def test_the_header_is_quoted(small: Any) -> None:
    text = render(small, '{{ header(subtitle="S", table_prefix="S") }}')
    assert text.splitlines() == [
        "---",
        'title: "Calm Therapists \\\\& Their Patients \\\\[Synthetic Data\\\\]"',
        'subtitle: "S"',
        'author: ["Doe, J."]',
        'lang: "en-US"',
        'numbers: "manuscript_numbers"',
        'table-prefix: "S"',
        'synthetic-notice: "Synthetic data: made by \\\\<b\\\\>nobody\\\\</b\\\\>."',
        'engine: "markdown"',
        "---",
    ]


@pytest.mark.parametrize("synthetic", [True, False])
@pytest.mark.parametrize("template", ["generic.qmd.j2", "supplement.qmd.j2"])
def test_the_templates_for_any_study(small: Any, template: str, synthetic: bool) -> None:
    cohort = None if synthetic else small.cohort(synthetic=False, synthetic_notice="")
    document = template.split(".")[0].replace("generic", "manuscript")
    text = render(
        small,
        (REPORTS / template).read_text(encoding="utf-8"),
        document=document,
        cohort=cohort,
        tables={"matrix": MATRIX | {"document": document}},
        figures={"grid": FIGURE | {"document": document}},
    )
    assert ("Synthetic data" in text) == synthetic
    html = pypandoc.convert_text(text, "html", "markdown")
    assert "<b>nobody" not in html
    assert f'data-id="{BOND}"' in html
    assert "{{" not in text and "None" not in text


def test_a_title_of_one_word_carries_its_questionnaire_in_sentences(small: Any) -> None:
    """A scale called `Describe` would read as a verb; a bare `Total` would be anybody's."""
    scales = {"instrument": "toy", "scale": "total", "rater": "patient"}
    labels = {"describe": "Describe", "aware": "Act with Awareness", "total": "Total"}
    titled = {
        name: scales | {"label": label, "occasion": "intake"} for name, label in labels.items()
    }
    facts = document_facts(
        small.study(measures=STUDY["measures"] | titled), small.cohort(), small.instruments()
    )
    shown = {name: str(with_article(facts.labels[name])) for name in (*labels, "calm")}
    assert shown == {
        "describe": "TOY Describe",
        "aware": "Act with Awareness",
        "total": "the TOY total",
        "calm": "TOY Calm",
    }
    plain = document_facts(small.study(), small.cohort(), small.instruments())
    assert str(plain.labels["calm"]) == "Calm"
