"""Tables, figures and the document of a synthesis."""

import math
from dataclasses import replace
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from tests.conftest import ROOT
from tests.unit.synthesis.synthetic_studies import (
    FORMAT,
    evidence_of,
    nested,
    nested_in_two,
    nested_with_levels,
    odds_ratios,
    study,
    synthesis_of,
    with_errors,
)

from attune.documents.own_text import OwnText
from attune.printing.printed_statistics import printed_statistics, records
from attune.printing.printed_table import PrintedTable
from attune.specs.authors import Fact
from attune.specs.errors import ManuscriptError
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.stats.meta_analysis import random_effects
from attune.synthesis.document import synthesis_document
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import Evidence
from attune.synthesis.figures import SynthesisFigureContext, synthesis_figures
from attune.synthesis.kinds import KINDS
from attune.synthesis.tables import synthesis_tables
from attune.synthesis.wording import NOTICE
from attune_files.project import read_model
from attune_files.yaml_file import read_instruments

TEMPLATE = (ROOT / "reports/synthesis.qmd.j2").read_text(encoding="utf-8")
RS = [0.1, 0.25, 0.3, 0.42, 0.05, 0.2, 0.35, 0.15, 0.28, 0.5]
FLOW = {
    "identified": {"Databases": 30},
    "screened": 30,
    "excluded": 10,
    "sought": 20,
    "assessed": 20,
    "reasons": {"No outcome of clients": 9},
    "included_studies": 11,
    "included_reports": 11,
}


def mixed() -> Evidence:
    """Ten studies with a number, one that speaks against, one without a relation."""
    studies = [
        study(s.key, s.estimate, s.n, features={"format": ("group", "single")[place % 2]})
        for place, s in enumerate(evidence_of(RS).studies)
    ]
    studies.append(study("y", None, 144, direction="against", features={"format": "single"}))
    studies.append(study("z", None, None, direction="none", features={"format": "group"}))
    return Evidence(studies, [])


def tables_and_text(
    evidence: Evidence, synthesis: Synthesis, template: str = TEMPLATE
) -> tuple[dict[str, Any], str]:
    """The printed tables and the document."""
    statistics = synthesis_statistics(synthesis, evidence, [])
    printed = printed_statistics(statistics, KINDS, 0.05)
    tables = synthesis_tables(synthesis, evidence, statistics, printed)
    text = synthesis_document(template, synthesis, evidence, {}, [], printed, tables)
    return tables, text


def test_texts_of_the_author_are_placed_with_their_facts() -> None:
    evidence, synthesis = mixed(), synthesis_of()
    statistics = synthesis_statistics(synthesis, evidence, [])
    printed = printed_statistics(statistics, KINDS, 0.05)
    tables = synthesis_tables(synthesis, evidence, statistics, printed)
    texts = {name: f"Of {name}." for name in ("introduction", "procedure", "acknowledgements")}
    texts["discussion"] = "Over {years} years, {pooled.all.k:estimate} studies."
    facts = {"years": Fact(value=12, source="search")}

    def made(**changed: str) -> str:
        own = OwnText(
            texts | changed, {name: f"{name}.md" for name in texts | changed}, facts=facts
        )
        return synthesis_document(TEMPLATE, synthesis, evidence, {}, [], printed, tables, own=own)

    text = made()
    order = [
        "# Introduction",
        "Of introduction",
        "# Sources",
        "# Method",
        "## Procedure",
        "Of procedure",
        "# Results",
        "# Discussion",
        "Over [12]",
        "# Acknowledgments",
    ]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert '[10]{.stat data-id="pooled.all.k" data-part="estimate"} studies.' in text
    with pytest.raises(ManuscriptError, match=r"discussion\.md, line 2: '11'"):
        made(discussion="Of\n11 studies.")
    with pytest.raises(ManuscriptError, match=r"measures\.md holds text, but the template"):
        made(measures="Questionnaires.")


def figures_of(evidence: Evidence, synthesis: Synthesis) -> dict[str, Figure]:
    statistics = records(synthesis_statistics(synthesis, evidence, []))
    context = SynthesisFigureContext(synthesis, evidence, {row["id"]: row for row in statistics})
    return synthesis_figures(context)


def words_of(figure: Figure) -> list[str]:
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    return [*texts, *(text.get_text() for text in figure.texts)]


class TestDemonstration:
    """Synthetic data: said on every page, table and figure."""

    def test_every_table_and_the_document_say_so(self) -> None:
        tables, text = tables_and_text(mixed(), synthesis_of(moderators=FORMAT))
        names = {"studies", "votes", "pooled", "heterogeneity", "sensitivity", "influence"}
        assert set(tables) == names
        for table in tables.values():
            assert table.notice == NOTICE
        assert f'synthetic-notice: "{NOTICE}"' in text

    def test_every_figure_says_so(self) -> None:
        figures = figures_of(mixed(), synthesis_of(moderators=FORMAT, flow=FLOW))
        assert set(figures) == {"forest", "funnel", "flow"}
        for figure in figures.values():
            assert "Synthetic data" in words_of(figure)

    def test_real_data_have_no_notice(self) -> None:
        synthesis = synthesis_of(demonstration=False, moderators=FORMAT)
        tables, text = tables_and_text(mixed(), synthesis)
        assert NOTICE not in text
        assert all(NOTICE not in table.note for table in tables.values())
        assert "Synthetic data" not in words_of(figures_of(mixed(), synthesis)["forest"])


class TestFewStudies:
    """The document says what few studies cannot tell."""

    def test_of_none_nothing_is_pooled(self) -> None:
        tables, text = tables_and_text(Evidence([study("a", None)], []), synthesis_of())
        assert "so that nothing is pooled" in text
        assert set(tables) == {"studies", "votes"}

    def test_of_one(self) -> None:
        tables, text = tables_and_text(evidence_of([0.3]), synthesis_of())
        assert "can be estimated from one study" in text
        assert [*tables["pooled"].headings] == ["label", "k", "n", "effect", "interval", "p"]

    def test_of_two(self) -> None:
        assert "With two studies" in tables_and_text(evidence_of([0.3, 0.1]), synthesis_of())[1]

    def test_several_effects_of_one_study_alone(self) -> None:
        evidence = Evidence(nested().studies[:2], [])
        tables, text = tables_and_text(evidence, synthesis_of())
        assert "effects with their precision are of one study, so that nothing is pooled" in text
        assert [*tables["pooled"].headings][:3] == ["label", "k", "effects"]
        assert "nothing to pool" in words_of(figures_of(evidence, synthesis_of())["forest"])

    def test_of_nine(self) -> None:
        _, text = tables_and_text(evidence_of(RS[:9]), synthesis_of())
        assert "Fewer than ten studies have a number" in text
        assert "Egger" not in text


def test_without_a_search_the_document_says_so_and_draws_nothing() -> None:
    _, text = tables_and_text(mixed(), synthesis_of(moderators=FORMAT))
    assert "No systematic search is declared" in text
    assert "flow" not in figures_of(mixed(), synthesis_of(moderators=FORMAT))
    _, searched = tables_and_text(mixed(), synthesis_of(moderators=FORMAT, flow=FLOW))
    assert "No systematic search" not in searched


def test_why_levels_of_a_moderator_are_not_compared() -> None:
    studies = [replace(entry, features={"format": "group"}) for entry in evidence_of(RS).studies]
    _, text = tables_and_text(Evidence(studies, []), synthesis_of(moderators=FORMAT))
    assert "By format, nothing is tested: all studies with a number have the same level" in text


def test_slopes_name_their_unit() -> None:
    slopes = [replace(s, se=0.05 + (s.estimate or 0) / 9) for s in evidence_of(RS).studies]
    evidence, synthesis = Evidence(slopes, []), synthesis_of("b")
    tables, text = tables_and_text(evidence, synthesis)
    assert "Slopes are pooled as they are; all of them are in points per session." in text
    assert tables["pooled"].headings["effect"] == "*b*"
    figures = figures_of(evidence, synthesis)
    assert figures["forest"].axes[0].get_xlabel().startswith("Slope (points per session)")


def test_mixed_results_are_counted_apart_and_explained() -> None:
    studies = [study("a", None, direction="for"), study("b", None, direction="mixed")]
    tables, text = tables_and_text(Evidence(studies, []), synthesis_of())
    assert "Mixed: a relation with some outcomes and not with others." in tables["studies"].note
    assert [str(row.label) for row in tables["votes"].rows] == [
        *("For", "Against", "No relation", "Mixed")
    ]
    assert "mixed results; such a count" in text
    tables, text = tables_and_text(Evidence(studies[:1], []), synthesis_of())
    assert "Mixed" not in tables["studies"].note and "mixed results" not in text
    assert len(tables["votes"].rows) == 3


def test_risk_of_bias_and_certainty_are_columns_where_they_are_given() -> None:
    studies = evidence_of(RS[:4]).studies
    judged = replace(
        studies[0], risk_tool="RoB 2", risk_of_bias="some concerns", certainty="moderate"
    )
    tables, text = tables_and_text(Evidence([judged, *studies[1:]], []), synthesis_of())
    table = tables["studies"]
    assert [*table.headings][-2:] == ["risk_of_bias", "certainty"]
    assert str(table.rows[0].cells["risk_of_bias"]) == "some concerns"
    assert str(table.rows[0].cells["certainty"]) == "moderate"
    assert str(table.rows[1].cells["certainty"]) == "—"
    assert "overall judgement by RoB 2" in table.note
    assert "overall judgment by RoB 2" in text
    assert "of the evidence, by GRADE" in table.note
    tables, _ = tables_and_text(Evidence(studies, []), synthesis_of())
    assert "certainty" not in tables["studies"].headings


LOGARITHMS = [0.3, 0.9, 0.1, 0.6, 0.4, 0.8, 0.2, 0.7, 0.5, 1.1]


class TestOddsRatios:
    """Pooled as logarithms, printed as ratios: no effect is one."""

    def test_the_document_and_its_tables(self) -> None:
        tables, text = tables_and_text(odds_ratios(LOGARITHMS), synthesis_of("or"))
        assert "Effects are coded so that an odds ratio above one means that" in text
        assert "one half is added to all four cells" in text
        assert "*OR* = " in text and "which excludes one" in text
        assert str(tables["pooled"].headings["effect"]) == "*OR*"
        assert "on the scale of log odds ratios" in tables["heterogeneity"].note
        pooled = dict(tables["pooled"].frame.iloc[0])
        found = random_effects(LOGARITHMS, [(0.2 + place / 100) ** 2 for place in range(10)])
        assert pooled["effect"] == f"{math.exp(found.effect.estimate):.2f}"

    def test_an_interval_around_one_leaves_the_question_open(self) -> None:
        evidence = odds_ratios([0.4, -0.5, 0.3, -0.2])
        _, text = tables_and_text(evidence, synthesis_of("or"))
        assert "these data leave open whether" in text and "which includes one" in text

    def test_a_ratio_below_one_is_negative(self) -> None:
        evidence = odds_ratios([-value for value in LOGARITHMS])
        _, text = tables_and_text(evidence, synthesis_of("or"))
        assert "if the synthetic data were real: more of the predictor (empathy) goes along with a"\
            " worse outcome" in text  # fmt: skip

    def test_figures_are_logarithmic_with_a_line_at_one(self) -> None:
        studies = [*odds_ratios(LOGARITHMS).studies]
        studies.append(study("y", None, 144, direction="against"))
        studies.append(study("z", None, None, direction="none"))
        figures = figures_of(Evidence(studies, []), synthesis_of("or"))
        (axes,) = figures["forest"].axes
        assert axes.get_xscale() == "log"
        low, high = axes.get_xlim()
        assert low * high == pytest.approx(1)
        ticks = dict(
            zip([t.get_text() for t in axes.get_xticklabels()], axes.get_xticks(), strict=True)
        )
        assert ticks["1"] == 1 and ticks["2"] == 2
        assert any(list(line.get_xdata()) == [1, 1] for line in axes.lines)
        (arrow,) = [text for text in axes.texts if getattr(text, "arrow_patch", None)]
        assert arrow.xy[0] < 1 and arrow.xyann[0] == 1
        (funnel,) = figures["funnel"].axes
        places = [tick.get_text() for tick in funnel.get_xticklabels()]
        assert "1" in places and funnel.get_xticks()[places.index("1")] == pytest.approx(0)


def test_the_axis_is_spelled_as_the_document() -> None:
    differences = with_errors(evidence_of(RS))
    for language, words in (("en-US", "Standardized"), ("en-GB", "Standardised")):
        statistics = records(synthesis_statistics(synthesis_of("g"), differences, []))
        by_id = {row["id"]: row for row in statistics}
        context = SynthesisFigureContext(synthesis_of("g"), differences, by_id, language=language)
        axes = synthesis_figures(context)["forest"].axes[0]
        assert axes.get_xlabel().startswith(f"{words} difference")


class TestPooledEffect:
    """What the tables say of the pooled effect beside its number."""

    @pytest.mark.parametrize(
        ("prediction", "words"),
        [
            ("t(k-1)", "by the *t* distribution with one degree of freedom fewer than there are"),
            ("t(k-2)", "by the *t* distribution with two degrees of freedom fewer than there are"),
            ("z", "would lie, by the normal distribution"),
        ],
    )
    def test_the_convention_of_the_prediction_interval(self, prediction: str, words: str) -> None:
        synthesis = synthesis_of(model={"prediction": prediction})
        tables, _ = tables_and_text(evidence_of(RS), synthesis)
        assert words in tables["pooled"].note

    def test_heterogeneity_has_its_intervals(self) -> None:
        tables, _ = tables_and_text(mixed(), synthesis_of(moderators=FORMAT))
        table = tables["heterogeneity"]
        headings = [str(value) for value in table.headings.values()]
        for ending in (" CI of τ", " CI of *I*^2^", "*H*", "*Q*"):
            assert any(heading.endswith(ending) for heading in headings), ending
        [row, *_] = table.rows
        for column in ("tau", "tau_interval", "i_squared", "i_interval", "h", "q"):
            assert str(row.cells[column]) not in ("", "—"), column
        assert "Q-profile" in table.note

    def test_a_truncated_test_is_named_below_the_tables(self) -> None:
        near = evidence_of([0.30, 0.301, 0.302], [40, 60, 50])
        tables, text = tables_and_text(near, synthesis_of())
        assert "since it would be shorter than Wald's: all." in tables["pooled"].note
        assert "as declared" in tables["sensitivity"].note
        assert "would be shorter than that of a Wald test" in text
        tables, text = tables_and_text(evidence_of(RS), synthesis_of())
        assert "Wald" not in tables["pooled"].note
        assert "would be shorter than that of a Wald test" not in text

    def test_the_test_of_the_model_is_named(self) -> None:
        tables, text = tables_and_text(nested_in_two(0.19, 0.21, 0.2), synthesis_of())
        assert "The test of the multilevel model itself, since cluster-robust ones have fewer" in (
            tables["pooled"].note
        )
        assert "instead of a cluster-robust one, since cluster-robust ones have fewer than" in text
        assert "and with the test of this model" in text
        assert "these data leave open whether" in text


def test_the_pooled_effect_by_assumed_correlation() -> None:
    tables, text = tables_and_text(nested(), synthesis_of(model={"rho": 0.5}))
    rows = rows_of_table(tables["rho"])
    assert [row[0] for row in rows] == [".00", ".20", ".40", ".50", ".60", ".80"]
    assert "assumes other correlations, with which the pooled effect lies between" in text
    assert "rho" not in tables_and_text(evidence_of(RS), synthesis_of())[0]
    of_one = Evidence(nested().studies[:2], [])
    assert "rho" not in tables_and_text(of_one, synthesis_of())[0]


def rows_of_table(table: PrintedTable) -> list[list[str]]:
    """Plain text of the rows of a table, label first."""
    return [
        [row.label.to_plain(), *(cell.to_plain() for cell in row.cells.values())]
        for row in table.rows
    ]


def test_limit_meta_analysis_and_p_curve_where_they_are_asked_for() -> None:
    asked = synthesis_of(small_studies=["limit", "p_curve"])
    tables, text = tables_and_text(evidence_of(RS), asked)
    labels = [row[0] for row in rows_of_table(tables["sensitivity"])]
    assert "Limit meta-analysis" in labels
    assert "Right skew of the p-curve" in labels
    for words in (
        "limit meta-analysis assumes",
        "the p-curve assumes",
        "Egger's test assumes",
        "PET-PEESE assumes",
        "trim and fill assumes",
        "the selection model assumes",
    ):
        assert words in tables["sensitivity"].note.replace("’", "'")
    assert "The p-curve of" in text
    tables, text = tables_and_text(evidence_of(RS), synthesis_of())
    assert "Limit meta-analysis" not in [row[0] for row in rows_of_table(tables["sensitivity"])]
    assert "p-curve" not in text
    tables, text = tables_and_text(evidence_of(RS[:5]), asked)
    assert "p-curve of" not in text
    assert "assumes" not in tables["sensitivity"].note


def test_several_effects_of_a_study() -> None:
    tables, text = tables_and_text(nested(), synthesis_of())
    assert "a multilevel model is fitted" in text
    assert "effects" in tables["pooled"].headings
    assert "tau_within" in tables["heterogeneity"].headings
    assert set(tables) == {"studies", "votes", "pooled", "heterogeneity", "rho"}
    assert set(figures_of(nested(), synthesis_of())) == {"forest"}


def test_columns_of_words_stand_at_the_left_and_numbers_at_the_right() -> None:
    """Study, direction, n, r, interval, weight."""
    _, text = tables_and_text(mixed(), synthesis_of(moderators=FORMAT))
    assert "|:--|:--|--:|--:|--:|--:|" in text


def test_the_document_names_the_source_of_every_number() -> None:
    _, text = tables_and_text(mixed(), synthesis_of(moderators=FORMAT, flow=FLOW))
    assert 'data-id="pooled.all.r"' in text
    assert 'data-id="moderator.format.f"' in text


def test_a_typed_number_stops_the_document() -> None:
    with pytest.raises(ManuscriptError, match="numbers without a source"):
        tables_and_text(mixed(), synthesis_of(), TEMPLATE + "\nIn 47 studies.\n")


class TestForest:
    """A number is a square, a direction an arrow, no relation a ring."""

    def test_directions_are_arrows_and_never_points(self) -> None:
        figure = figures_of(mixed(), synthesis_of(moderators=FORMAT))["forest"]
        [axes] = figure.axes
        arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None)]
        assert len(arrows) == 1
        assert arrows[0].xy[0] < 0
        squares = [line for line in axes.lines if line.get_marker() == "s"]
        assert sorted(round(float(line.get_xdata()[0]), 2) for line in squares) == sorted(RS)
        rings = [line for line in axes.lines if line.get_marker() == "o"]
        assert len(rings) == 1

    def test_diamonds_of_all_and_of_each_level(self) -> None:
        figure = figures_of(mixed(), synthesis_of(moderators=FORMAT))["forest"]
        diamonds = [p for axes in figure.axes for p in axes.patches if isinstance(p, Polygon)]
        assert len(diamonds) == 3
        words = words_of(figure)
        assert "All with a number, k = 10" in words
        assert "against, n = 144" in words

    def test_one_study_has_no_diamond(self) -> None:
        figure = figures_of(evidence_of([0.3]), synthesis_of())["forest"]
        assert not [p for axes in figure.axes for p in axes.patches if isinstance(p, Polygon)]
        assert "nothing to pool" in words_of(figure)

    def test_the_direction_of_a_published_study_is_drawn_beside_its_twin(self) -> None:
        measured = {"concept": "warmth", "label": "warmth"}
        cohort = {"cohort": "a", "statistic": "family.x.y.pearson_r", "label": "A"}
        cohort |= {"predictor": measured, "outcome": measured, "better": "higher"}
        cohort |= {"source": "text.a"}
        synthesis = synthesis_of(cohorts=[cohort], literature=["text"])
        twin = study("a", -0.03, 24, direction="for", label="A, synthetic")
        figure = figures_of(Evidence([twin], []), synthesis)["forest"]
        arrows = [text for text in figure.axes[0].texts if getattr(text, "arrow_patch", None)]
        assert [arrow.xy[0] > 0 for arrow in arrows] == [True]
        assert {"A, synthetic", "A, published", "for"} <= set(words_of(figure))
        _, text = tables_and_text(Evidence([twin], []), synthesis)
        words = " ".join(text.split())
        assert "has an arrow of its own, for the direction that is counted." in words
        assert "The direction is what the text that was read states" in words

    def test_the_heaviest_study_has_the_largest_square(self) -> None:
        figure = figures_of(evidence_of([0.1, 0.2, 0.3], [20, 400, 50]), synthesis_of())["forest"]
        sizes = {
            round(float(line.get_xdata()[0]), 1): line.get_markersize()
            for axes in figure.axes
            for line in axes.lines
            if line.get_marker() == "s"
        }
        assert max(sizes, key=sizes.__getitem__) == 0.2


def test_the_flow_shows_every_declared_count() -> None:
    words = words_of(figures_of(mixed(), synthesis_of(moderators=FORMAT, flow=FLOW))["flow"])
    for line in (
        "Databases (n = 30)",
        "No outcome of clients (n = 9)",
        "Studies included (n = 11)",
    ):
        assert line in words


def test_the_maas_measures_attention_only() -> None:
    path = ROOT / "workflow/crosswalks/mindfulness.yaml"
    crosswalk = read_model(path, Crosswalk, "crosswalk")
    assert set(crosswalk.instruments["maas"].values()) == {"attention"}
    keys = [ROOT / f"workflow/instruments/{name}.yaml" for name in crosswalk.instruments]
    for name, key in read_instruments(keys).items():
        assert set(crosswalk.instruments[name]) <= set(key.scales)
    synthesis = synthesis_of()
    statistics = records(synthesis_statistics(synthesis, evidence_of(RS), []))
    context = SynthesisFigureContext(
        synthesis,
        evidence_of(RS),
        {row["id"]: row for row in statistics},
        crosswalk,
        read_instruments(keys),
    )
    figure = synthesis_figures(context)["facets"]
    filled = [p for p in figure.axes[0].patches if p.get_facecolor()[:3] != (1.0, 1.0, 1.0)]
    pairs = {(name, facet) for name, s in crosswalk.instruments.items() for facet in s.values()}
    assert len(filled) == len(pairs)


def test_levels_of_studies_with_several_effects() -> None:
    _, text = tables_and_text(nested_with_levels(), synthesis_of(moderators=FORMAT))
    assert "Individuals less groups, on the scale of Fisher's *z*: " in text
    assert 'data-id="moderator.format.single.difference"' in text
