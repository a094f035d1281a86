"""The verdict page and the audit page: whole, readable without script, safe."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.html_outline import Outline, words
from tests.unit.paper.verdicts.small_page import large_paper, page, texts
from tests.unit.paper.verdicts.small_paper import (
    finding,
    paper,
    printed,
    reasons,
    statistic,
)

from attune.paper.checks.audit import audit_publication
from attune.paper.ledger.plan_checks import ledger_problems
from attune.paper.verdicts.audit_page import audit_page
from attune_cli.main import main

HOSTILE = "<img src=x onerror=alert(1)>\"'</script>{{ 7 }}"

LEDGER = paper(
    printed("r", label="r of the total"),
    printed("m", "133", "mean", places=["Table 2", "Abstract"]),
    printed("q", ".83", "alpha", quoted="the scale's authors"),
)
ROWS = (statistic("a.r", estimate=0.456, n=25), statistic("a.m", estimate=131.8, n=25))
BROKEN = finding(
    "m",
    printed="133",
    possible="131.15 to 132.45",
    arithmetic="1 + 2",
    sentence="The parts add up to 131.15 to 132.45.",
    explanation="typo",
    explained="132 instead of 133 would be consistent.",
)

CONCLUDED = paper(
    printed("percent", "34.7", "percent", places=["Table 1"]),
    printed("r", label="Warmth and outcome", places=["Table 2", "Abstract"]),
    printed("r_star", "*", "stars", of="r", below=".05", field="p_two_tailed", statistic="a.r"),
    printed("fallen", "lowered symptoms", "finding", label="Symptoms", significant=True,
            conclusion="Symptoms fall.", direction="negative", places=["Abstract"],
            statistic="a.fallen_t", field="p_two_tailed"),
    printed("open", "no interaction", "finding", significant=False, places=["Abstract"],
            quoted="the plan asks for none"),
)  # fmt: skip
"""A paper whose abstract states three results, of which these data give one."""
CONCLUDED_ROWS = (
    statistic("a.percent", estimate=34.6, n=26),
    statistic("a.r", estimate=0.456, p_two_tailed=0.02, n=26),
    statistic("a.fallen_t", estimate=-1.1, p_two_tailed=0.3, n=26),
)
CONCLUDED_RESULTS = (
    {"id": "a.fallen", "result": "*b* = −0.20", "interval": "95% CI [−0.5, 0.1]"},
    {"id": "a.fallen_t", "result": "*t* = −1.10, *p* = .300", "direction": "negative"},
    {"id": "a.r", "result": "*r*(24) = .46, *p* = .020", "interval": "95% CI [.1, .7]"},
)
REAL: dict[str, Any] = {"synthetic": False, "synthetic_notice": ""}


class TestVerdictPage:
    def test_counts_come_first_in_words(self) -> None:
        text = words(page(LEDGER, *ROWS, found=[BROKEN]))
        assert (
            "1 of 3 printed values is recovered; 1 is incompatible with the paper’s other"
            " numbers; 1 is not compared."
        ) in text
        places = [
            text.index(part) for part in ("1 of 3", "Printed Values That Do Not", "Every Printed")
        ]
        assert places == sorted(places)

    def test_mismatches_are_shown_with_their_reason(self) -> None:
        text = words(page(LEDGER, *ROWS, found=[BROKEN]))
        assert "The parts add up to 131.15 to 132.45. 132 instead of 133 would be" in text
        assert "No reason is accepted." in text
        assert "1 of the values that do not match is not accepted: the run stops until data" in text

    def test_an_accepted_reason_is_shown(self) -> None:
        given = reasons({"value": "m", "verdict": "not_recoverable", "code": "typo"})
        text = page(LEDGER, *ROWS, found=[BROKEN], accepted=given)
        assert "Reason: typo. Nobody knows. (A. Reader)" in words(text)
        assert "The value that does not match has a reason in data/small/reasons.yaml: typo." in (
            words(text)
        )
        assert 'class="verdict known"' in text

    def test_a_contradicted_match_is_reported(self) -> None:
        text = words(page(LEDGER, *ROWS, found=[BROKEN, finding("r")]))
        assert (
            "The one recovered value is also contradicted by other printed numbers or words; the"
            " data can follow only one side of each contradiction."
        ) in text
        assert "also contradicted" not in words(page(LEDGER, *ROWS, found=[BROKEN]))

    def test_conclusions_come_before_everything_else_and_fallen_ones_first(self) -> None:
        text = words(page(CONCLUDED, *CONCLUDED_ROWS, results=CONCLUDED_RESULTS, **REAL))
        assert (
            "Of the 3 conclusions of the abstract, 1 holds; 1 does not hold; 1 was not compared. ⇄"
            " Does not hold: Symptoms fall. ✓ Holds: Warmth and outcome. – Not compared: open. 2 of"
            " 5 printed values are reproduced"
        ) in text
        table = text[text.index("The Conclusions of the Abstract") :]
        places = [table.index(part) for part in (
            "Symptoms fall. lowered symptoms b = −0.20, 95% CI [−0.5, 0.1] , p = .300"
            " , in the stated direction ⇄ does not hold . The data give p = .300",
            "Warmth and outcome .456 * r = .456, 95% CI [.1, .7] , p = .020 ✓ holds",
            "no interaction none – not compared : the plan asks for none.",
            "Printed Values That Do Not Match",
            "34.7 34.6",
        )]  # fmt: skip
        assert places == sorted(places)
        assumed = type(CONCLUDED).model_validate(
            CONCLUDED.model_dump(exclude_unset=True)
            | {
                "values": [
                    value.model_dump(exclude_unset=True)
                    | ({"direction_assumed": True} if value.id == "fallen" else {})
                    for value in CONCLUDED.values
                ]
            }
        )
        other = words(page(assumed, *CONCLUDED_ROWS, results=CONCLUDED_RESULTS, **REAL))
        assert ", in the assumed direction" in other and "stated direction" not in other
        rest = table[places[3] : table.index("Every Printed Value")]
        assert "Symptoms" not in rest[: rest.index("Every printed value")]

    def test_the_estimate_behind_a_conclusion_names_its_statistic(self) -> None:
        outline = Outline(page(CONCLUDED, *CONCLUDED_ROWS, results=CONCLUDED_RESULTS, **REAL))
        named = {a.get("data-id") for _, a in outline.elements if a.get("class") == "stat"}
        assert {"a.fallen", "a.fallen_t", "a.r"} <= named

    @pytest.mark.parametrize(
        ("code", "headline"),
        [
            ("different_data", "1 holds; 1 is not shown by these data; 1 was not compared."),
            ("different_test", "1 holds; 1 does not hold; 1 was not compared."),
        ],
    )
    def test_other_data_cannot_refute_a_conclusion(self, code: str, headline: str) -> None:
        note = "A part of the patients."
        given = reasons(
            {"value": "fallen", "verdict": "decision_differs", "code": code, "note": note}
        )
        text = words(page(CONCLUDED, *CONCLUDED_ROWS, accepted=given, **REAL))
        assert f"Of the 3 conclusions of the abstract, {headline}" in text
        top = text[: text.index("The Conclusions of the Abstract")]
        shown = "? Not shown by these data: Symptoms fall. A part of the patients."
        assert (shown in top) == (code == "different_data")

    def test_a_reason_for_another_verdict_does_not_excuse_a_conclusion(self) -> None:
        given = reasons({"value": "fallen", "verdict": "sign_differs", "code": "different_data"})
        text = words(page(CONCLUDED, *CONCLUDED_ROWS, accepted=given, **REAL))
        assert "1 does not hold; 1 was not compared." in text

    def test_synthetic_data_confirm_and_refute_nothing(self) -> None:
        given = reasons(
            {"value": "fallen", "verdict": "decision_differs", "code": "different_data"}
        )
        text = words(page(CONCLUDED, *CONCLUDED_ROWS, accepted=given))
        assert (
            "1 is recovered from synthetic data, which cannot confirm it; 1 is not recovered;"
        ) in text
        assert "The Paper Compared With Synthetic Data" in text
        assert "data that were made to contain a result cannot confirm it" in text
        concluded = text[: text.index("Printed Values That Do Not Match")]
        assert not re.search(r"\bholds?\b", concluded)

    def test_a_conclusion_without_a_statistic_does_not_fall(self) -> None:
        text = words(page(CONCLUDED, *CONCLUDED_ROWS[:2], **REAL))
        assert "1 holds; 1 is not computable; 1 was not compared." in text

    def test_only_what_the_paper_prints_counts_as_printed(self) -> None:
        sources = [{"kind": "data_file", "name": "table A of package B", "places": ["A"]}]
        ledger = paper(
            printed("r", places=["Table 2", "A"]),
            printed("m", "133", "mean", places=["A"]),
            printed("k", "131.8", "mean", places=["A"], statistic="a.m"),
            sources=sources,
        )
        text = words(page(ledger, *ROWS, synthetic=False, synthetic_notice=""))
        assert "1 of 1 printed value is reproduced." in text
        assert (
            "Compared with the published data file: 1 of 2 values is reproduced; 1 differs." in text
        )
        assert "Also compared with: table A of package B (data file)" in text
        assert "A (data file) (2 values, 1 of them without a match)" in text
        assert "The paper does not print these values; they are compared with table A of" in text
        assert "Values of the Published Data File That Do Not Match" in text
        assert "Printed Values That Do Not Match" not in text
        assert "Every Printed Value" not in text

    def test_real_data_have_no_banner_and_reproduce(self) -> None:
        text = page(LEDGER, *ROWS, synthetic=False, synthetic_notice="")
        assert 'class="banner"' not in text
        assert "1 of 3 printed values is reproduced; 1 differs" in words(text)
        assert '@top-center { content: "' not in text

    def test_synthetic_data_say_so(self) -> None:
        text = page(LEDGER, *ROWS)
        assert re.search(r'class="banner"[^>]*>Synthetic data: made by a test.<', text)

    def test_every_computed_number_names_its_statistic(self) -> None:
        outline = Outline(page(LEDGER, *ROWS))
        named = [attributes.get("data-id") for _, attributes in outline.elements
                 if attributes.get("class") == "stat"]  # fmt: skip
        assert sorted(set(named), key=str) == ["a.m", "a.r"]

    def test_each_value_has_one_row_that_scripts_can_sort(self) -> None:
        outline = Outline(page(LEDGER, *ROWS))
        rows = [a for tag, a in outline.elements if tag == "tr" and "data-verdict" in a]
        assert [row["id"] for row in rows] == ["value-r", "value-q", "value-m"]  # by first place
        assert rows[2]["data-place"] == "Table 2; Abstract"
        assert [row["data-computed"] for row in rows] == ["0.456", "", "131.8"]

    def test_it_is_complete_and_loads_no_other_file(self) -> None:
        text = page(LEDGER, *ROWS, found=[BROKEN])
        outline = Outline(text)
        assert (outline.open, outline.wrong) == ([], [])
        ids = [a["id"] for _, a in outline.elements if "id" in a]
        assert len(ids) == len(set(ids))
        assert not re.search(r"(?:src|href)=\"(?!#)", text)
        heads = [a for tag, a in outline.elements if tag == "th" and "scope" not in a]
        assert heads == []

    def test_without_failures(self) -> None:
        text = page(paper(printed("r")), ROWS[0])
        assert 'class="verdict good"' in text
        assert 'id="failing"' not in text

    def test_a_sign_always_has_words(self) -> None:
        text = page(LEDGER, *ROWS, found=[BROKEN])
        signs = re.findall(r'<span class="sign[^>]*aria-hidden="true">.</span>', text)
        message = r'<span class="sign[^>]*aria-hidden="true">.</span>\s*(?:<[^>]+>)?\s*[\w,]+'
        assert len(signs) > 5
        assert len(re.findall(message, text)) == len(signs)

    def test_hostile_words_are_text(self) -> None:
        ledger = paper(
            printed("r", label=HOSTILE, places=[HOSTILE], note=HOSTILE),
            printed("q", ".83", "alpha", quoted=HOSTILE),
            citation=HOSTILE,
            remarks=[HOSTILE],
            conventions=[HOSTILE],
        )
        given = reasons(
            {"value": "r", "verdict": "not_recoverable", "note": HOSTILE, "by": HOSTILE}
        )
        broken = finding("r", printed=HOSTILE, sentence=HOSTILE, explained=HOSTILE)
        text = page(
            ledger,
            statistic("a.r", estimate=0.3),
            found=[broken | {"explanation": "typo", "arithmetic": HOSTILE, "possible": HOSTILE}],
            accepted=given,
            title=HOSTILE,
            synthetic_notice=f"Synthetic: {HOSTILE}.",
        )
        outline = Outline(text)
        assert (outline.open, outline.wrong) == ([], [])
        assert "img" not in {tag for tag, _ in outline.elements}
        assert not any("onerror" in attributes for _, attributes in outline.elements)
        assert text.count("</script>") == 2
        assert "{{ 7 }}" in text

    def test_embedded_sources_cannot_end_their_element(self) -> None:
        text = page(LEDGER, *ROWS)
        island = re.search(r'id="explanations">(.*?)</script>', text, re.DOTALL)
        assert island and set(json.loads(island[1])) >= {"statistics", "records"}

    def test_500_values_stay_readable(self) -> None:
        ledger, rows = large_paper(500)
        text = page(ledger, *rows)
        assert len(text) < 600_000
        assert text.count("<tr id=") == 500
        assert text.count('class="place"') == 20
        assert "100 have another sign" in words(text)
        assert "60 more are in the table of all values." in words(text)
        assert text.count('data-label="computed"') == 540

    def test_equal_findings_share_a_row(self) -> None:
        names = [f"v{number}" for number in range(60)]
        ledger = paper(*(printed(name, label=f"r of {name}") for name in names))
        text = page(ledger, *(statistic(f"a.{name}", estimate=-0.2) for name in names))
        assert "r of v0 r of v1 r of v2 and 57 more with the same result" in words(text)
        assert "more are in the table" not in text

    def test_the_same_verdicts_make_the_same_page(self) -> None:
        assert page(LEDGER, *ROWS, found=[BROKEN]) == page(LEDGER, *ROWS, found=[BROKEN])


@pytest.mark.parametrize(("p", "said"), [(0.01, True), (0.4, False)])
def test_a_conclusion_of_a_model_that_the_data_reject_is_marked(p: float, said: bool) -> None:
    fit = {"id": "a.model_chi_square", "result": "fit", "significant": p < 0.05}
    text = words(page(CONCLUDED, *CONCLUDED_ROWS, results=(*CONCLUDED_RESULTS, fit)))
    assert ("(in a model that the data reject)" in text) is said
    assert ("estimated in structural models that the data reject." in text) is said


def test_what_the_data_hold_and_the_study_did_not_ask_is_told_apart() -> None:
    open_one = {"significant": False, "places": ["Abstract"]}
    ledger = paper(
        printed("r", places=["Abstract"]),
        printed("drug", "no interaction", "finding", **open_one, not_asked="it was not tested"),
        printed("visits", "no difference", "finding", **open_one, quoted="no visits are known"),
    )
    text = words(page(ledger, statistic("a.r", estimate=0.456, n=26), **REAL))
    assert (
        "1 holds; 1 was left untested by this study, although data for it exist; 1 was not"
        " compared." in text
    )
    assert "– Not asked by this study: drug. – Not compared: visits." in text
    assert "– not asked by this study : it was not tested." in text
    assert "or not asked by this study." in text[text.index("How to Read This Page") :]


def test_neither_of_two_conclusions_was_compared() -> None:
    given = {"significant": True, "places": ["Abstract"], "quoted": "of other data"}
    values = (printed(name, "a difference", "finding", **given) for name in "ab")
    ledger = paper(*values, printed("r"))
    text = words(page(ledger, statistic("a.r", estimate=0.456, n=26), **REAL))
    assert "Neither conclusion of the abstract could be compared with these data." in text


NO_EFFECT = paper(
    printed("r", ".163"),
    printed("r_star", "no star", "stars", of="r", at_least=".05", label="Distress",
            field="p_two_tailed", statistic="a.r", places=["Abstract"]),
    printed("flow", "did not affect it", "finding", label="Flow", significant=False,
            field="p_two_tailed", places=["Abstract"]),
    printed("warmth", "raised it", "finding", label="Warmth", significant=True,
            direction="positive", field="p_two_tailed", places=["Abstract"]),
)  # fmt: skip
NO_EFFECT_ROWS = (
    statistic("a.r", estimate=0.067, p_two_tailed=0.7, n=26),
    statistic("a.flow", estimate=0.1, p_two_tailed=0.6, n=26),
    statistic("a.warmth", estimate=0.6, p_two_tailed=0.001, n=26),
)


def test_several_conclusions_of_one_outcome_are_a_list() -> None:
    html = page(NO_EFFECT, *NO_EFFECT_ROWS, found=[finding("r")])
    _, _, outcomes = html.partition('<ul class="outcomes">')
    one, several = re.split(r"Not significant here either:</strong>", outcomes)[:2]
    assert "<strong>Recovered:</strong> Warmth.</li>" in one
    entries = re.findall(r"<li>(.+?)</li>", several.partition("</ul>")[0])
    assert [entry.partition(" (")[0].rstrip(".") for entry in entries] == ["Distress", "Flow"]


def test_a_p_above_the_level_recovers_the_absence_of_significance_alone() -> None:
    text = words(page(NO_EFFECT, *NO_EFFECT_ROWS, found=[finding("r")]))
    assert (
        "Of the 3 conclusions of the abstract, 1 is recovered from synthetic data, which cannot"
        " confirm it; 2 report or imply no significant effect, and these data show none"
        " either (1 of them with a reservation)."
    ) in text
    assert "✓ Recovered: Warmth. ✓ Not significant here either: Distress" in text
    assert "Where a paper states no effect, only the absence of significance is compared." in text
    values = text[text.index("Every Printed Value") :]
    assert "✓ recovered Not significant here either." in values


def test_a_coefficient_that_cannot_hold_qualifies_its_conclusion() -> None:
    qualifier = "(the absence of significance only; the printed coefficient cannot hold)"
    text = words(page(NO_EFFECT, *NO_EFFECT_ROWS, found=[finding("r")]))
    assert f"Not significant here either: Distress {qualifier}. Flow." in text
    assert f"✓ not significant here either {qualifier}" in text
    real = words(page(NO_EFFECT, *NO_EFFECT_ROWS, **REAL))
    assert "the printed coefficient does not match)" in real


def test_a_finding_in_words_has_no_digits_to_reproduce() -> None:
    text = words(page(NO_EFFECT, *NO_EFFECT_ROWS, **REAL))
    row = text[text.index("raised it p = .001 ✓", text.index("Every Printed Value")) :]
    assert row.startswith("raised it p = .001 ✓ same decision")
    assert "✓ 1 reproduced exactly ✓ 2 same decision ≠ 1 differs" in text


def test_values_behind_a_conclusion_are_announced_in_the_group() -> None:
    ledger = paper(
        printed("m", "133", "mean"),
        printed("r", "-.481", places=["Table 2", "Abstract"]),
        printed("r_star", "*", "stars", of="r", below=".05", field="p_two_tailed",
                statistic="a.r"),
    )  # fmt: skip
    rows = (
        statistic("a.m", estimate=131.8, n=26),
        statistic("a.r", estimate=-0.26, p_two_tailed=0.19, n=26),
    )
    text = words(page(ledger, *rows, found=[finding("m"), finding("r")]))
    title = "Incompatible with the paper’s other numbers"
    assert f"✕ {title} (1; the other 2 belong to the first conclusion above)" in text
    assert "✕ 3 incompatible with the paper’s other numbers" in text
    assert "not recoverable" not in text


def test_notes_on_the_conclusions_stand_on_the_first_screen_with_their_statistics() -> None:
    note = "The raters' difference is tested: {a.r}, {a.r:p}."
    ledger = paper(printed("r", places=["Abstract"]), conclusion_notes=[note])
    results = {"id": "a.r", "result": "*r* = .46", "p": "*p* = .060"}
    shown = page(ledger, statistic("a.r", estimate=0.456, n=26), results=[results])
    top = words(shown)[: words(shown).index("1 of 1 printed value")]
    assert "The raters’ difference is tested: r = .46 , p = .060 ." in top
    assert shown[: shown.index('id="conclusions"')].count('data-id="a.r"') == 2


def test_printed_values_have_minus_signs_and_symbols() -> None:
    ledger = paper(printed("r", "-.481"), printed("p", "0.03", "p", quoted="of other data"))
    text = words(page(ledger, statistic("a.r", estimate=-0.481, n=25)))
    assert "−.481" in text
    assert "p = 0.03" in text


def test_sentences_have_minus_signs() -> None:
    broken = finding("r", printed="-.481", sentence="r is -.285 to -.259 of the IIP-32.",
                     explained="-.281 instead of -.481 would be consistent.")  # fmt: skip
    given = reasons({"value": "r", "verdict": "not_recoverable", "note": "With -.281 it fits."})
    rows = statistic("a.r", estimate=-0.264, n=25)
    shown = page(paper(printed("r", "-.481")), rows, found=(broken,), accepted=given)
    text = words(shown)
    for sentence in ("r is −.285 to −.259 of the IIP-32.", "−.281 instead of −.481",
                     "With −.281 it fits."):  # fmt: skip
        assert sentence in text
    assert not re.search(r"[ (]-\.?\d", text)


def test_a_conclusion_says_once_that_its_coefficient_cannot_hold() -> None:
    ledger = paper(
        printed("r", "-.481", label="r of skills", conclusion="Skills go with calm.",
                places=["Abstract"]),
        printed("r_p", "p < .05", "p", of="r", statistic="a.r", field="p_two_tailed",
                places=["Abstract"]),
    )  # fmt: skip
    broken = finding("r", printed="-.481", sentence="The parts give -.285 to -.259.")
    rows = statistic("a.r", estimate=-0.264, p_two_tailed=0.192, n=25)
    shown = page(ledger, rows, found=(broken,))
    first = shown.index('id="conclusions"')
    table = words(shown[first : shown.index("</table>", first)])
    assert "The parts give −.285 to −.259." in table
    assert "p = .192, which is not below .05" in table
    assert "It rests on" not in table
    assert "It rests on r of skills, printed −.481, which cannot hold." in words(shown)


class TestAuditPage:
    T = (
        printed("t", ".58", "t", label="t of the alliance"),
        printed("df", "23", "df", of="t", statistic="a.t", field="df"),
        printed("p", ".58", "p", of="t", statistic="a.t", field="p_two_tailed"),
    )

    def audit(self, *values: dict[str, Any], **more: Any) -> str:
        ledger = paper(*values, **more)
        return audit_page(ledger, audit_publication(ledger), **texts("audit"))

    def test_a_contradiction_comes_first_with_its_arithmetic(self) -> None:
        text = self.audit(*self.T)
        said = words(text)
        assert "The paper contradicts itself in 1 of 1 check" in said
        assert ".564 to .571" in said
        assert "Simplest explanation: a typo." in said
        assert said.index("contradicts itself") < said.index("Every Check")

    def test_a_paper_that_agrees(self) -> None:
        text = words(self.audit(*self.T[:2], self.T[2] | {"printed": ".57"}))
        assert "The one possible check of the paper against itself agrees." in text
        assert "What Contradicts Itself" not in text

    def test_nothing_to_check(self) -> None:
        assert "No printed value can be checked" in words(self.audit(printed("m", "133", "mean")))

    def test_hostile_words_are_text(self) -> None:
        text = self.audit(
            *(value | {"label": HOSTILE, "places": [HOSTILE]} for value in self.T),
            citation=HOSTILE,
            remarks=[HOSTILE],
        )
        outline = Outline(text)
        assert (outline.open, outline.wrong) == ([], [])
        assert "img" not in {tag for tag, _ in outline.elements}
        assert text.count("</script>") == 1

    def test_the_command_writes_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "audit.html"
        assert main(["audit", "ryan2012", "--page", str(file)]) == 0
        text = words(file.read_text("utf-8"))
        assert "Patients with an anxiety disorder, %" in text
        assert str(file) in capsys.readouterr().out
        assert main(["audit", "ryan2012", "--page", str(tmp_path / "no" / "a.html")]) == 1
        assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("lost", [True, False])
def test_a_conclusion_that_another_assumption_removes_is_marked(lost: bool) -> None:
    effect, name = "a.calm.after.arm_difference_t", "a.calm.after.jump_to_reference"
    value = printed("v", "calm rose", "finding", conclusion="Calm rises.", significant=True,
                    direction="positive", places=["Abstract"], statistic=effect,
                    field="p_two_tailed")  # fmt: skip
    results = (
        {"id": effect, "result": "t", "significant": True},
        {"id": f"{name}.imputed_difference_t", "result": "t", "significant": not lost},
    )
    computed = statistic(effect, estimate=2.5, p_two_tailed=0.02, n=26)
    text = words(page(paper(value), computed, results=results))
    assert ("(not significant under jump to reference)" in text) is lost
    assert ("no longer significant under a declared assumption" in text) is lost


@pytest.mark.parametrize("apart", [True, False])
def test_a_contrast_that_is_not_significant_is_a_reservation_at_the_top(apart: bool) -> None:
    contrast = {"statistic": "a.flow.rater_contrast_t", "between": "the two raters"}
    value = printed("flow", "but not therapists", "finding", conclusion="Flow is unrelated.",
                    significant=False, places=["Abstract"], field="p_two_tailed",
                    contrast=contrast)  # fmt: skip
    test = {"id": contrast["statistic"], "result": "t", "significant": apart}
    computed = statistic("a.flow", estimate=0.1, p_two_tailed=0.6, n=26)
    text = words(page(paper(value), computed, results=(test,)))
    remark = (
        "Reservations: 1 conclusion implies a difference between two effects that is not"
        " significant."
    )
    assert (remark in text) is not apart
    assert ("(the difference between the two raters is not significant)" in text) is not apart
    if not apart:
        assert "none either, with a reservation." in text
        assert text.index(remark) < text.index("1 of 1 printed value")


def test_reservations_come_before_the_list_of_conclusions() -> None:
    text = words(page(NO_EFFECT, *NO_EFFECT_ROWS, found=[finding("r")]))
    start = (
        "Reservations: for 1 conclusion, only the absence of significance is compared, since its"
        " printed coefficient"
    )
    remark = f"{start} cannot hold."
    assert f"{start} does not match." in words(page(NO_EFFECT, *NO_EFFECT_ROWS, **REAL))
    assert text.index("(1 of them with a reservation)") < text.index(remark)
    assert text.index(remark) < text.index("✓ Recovered: Warmth.")


def test_a_contrast_names_a_statistic_of_the_results() -> None:
    contrast = {"statistic": "a.flow.contrast_t", "between": "the two raters"}
    ledger = paper(printed("flow", "but not therapists", "finding", significant=False,
                           field="p_two_tailed", contrast=contrast))  # fmt: skip
    [problem] = ledger_problems(ledger, ["a.flow", "a.flow.contrast_z"])
    assert problem.startswith("flow.contrast: the results have no statistic 'a.flow.contrast_t'.")
    assert ledger_problems(ledger, ["a.flow", "a.flow.contrast_t"]) == []
