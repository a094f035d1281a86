"""Mistakes in the ledger of a paper are told at once, with the value that they are in."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.bad_input.sound_ledger import (
    FILE,
    SOUND,
    R,
    entry,
    ledger,
    one,
    problems,
    relation,
    tail,
)
from tests.conftest import ROOT, run_step

from attune.paper.checks.audit import audit_publication, findings_frame
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.ledger_checks import MOST_VALUES
from attune.paper.ledger.load_publication import load_publication
from attune.paper.ledger.plan_checks import ledger_problems
from attune.specs.errors import ConfigurationError
from attune.stats.intervals import rounding_interval
from attune.store.contracts import FINDINGS, STATISTICS
from attune.store.statistic_rows import statistic_row, statistics_frame
from attune_files.parquet import write_parquet
from attune_files.project import LARGEST_LEDGER, read_publication


def test_the_sound_ledger_is_read() -> None:
    assert len(load_publication(ledger(), FILE).values) == len(SOUND["values"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        # Ids.
        (
            one("r_kims_p", of="r_kim"),
            "r_kims_p: of: 'r_kim' is not a printed value. Did you mean 'r_kims'?",
        ),
        (
            relation("parts_of_whole", whole="dyad", parts=["women", "men"]),
            "relations.parts_of_whole.0: 'dyad' is not a printed value. Did you mean 'dyads'?",
        ),
        (
            relation("same_quantity", values=["zzz_0", "women"]),
            "relations.same_quantity.0: 'zzz_0' is not a printed value. No name resembles it.",
        ),
        (one("men", id="women"), "values: the id 'women' occurs more than once"),
        (
            one("lowest", of="kims_mean"),
            "lowest: the key 'of' is for p, stars, df, r_squared, r_squared_percent, t, z, se, sd,"
            " ci_low, ci_high, eta_squared; this value is of kind 'minimum'.",
        ),
        (
            one("r_kims_p", of="kims_sd"),
            "r_kims_p: of names 'kims_sd', which is of kind 'sd'; a value of kind 'p' can belong"
            " to r, t, F, z, chi2, d, g, mean, difference, coefficient, count, percent.",
        ),
        (
            relation("percentage", percent="women", base="dyads"),
            "relations.percentage.0.percent: 'women' is of kind 'count', expected percent.",
        ),
        # Digits that YAML loses.
        (
            one("r_kims", printed=0.1),
            "r_kims (values.8.printed): found the number 0.1 without quotes, whose last zeros are"
            ' lost. Write it exactly as printed, in quotes, such as "0.1"',
        ),
        (
            one("r_kims_star", below=0.05),
            "r_kims_star (values.10.below): found the number 0.05 without quotes, whose last zeros"
            ' are lost. Write it exactly as printed, in quotes, such as "0.05"',
        ),
        (
            lambda content: content.update(level=0.05),
            "level: found the number 0.05 without quotes, whose last zeros are lost. Write it"
            ' exactly as printed, in quotes, such as "0.05"',
        ),
        # n.
        (
            one("r_kims", n=None),
            "r_kims: n is missing. 'r_kims_star' is checked against it, which needs the number of"
            " cases that the paper states, such as n: 26.",
        ),
        (
            one("r_kims", n=0),
            "r_kims (values.8.n): should be greater than or equal to 1, found 0",
        ),
        # Numbers that can be read in two ways, or in none.
        (
            one("kims_mean", printed="3,452"),
            "kims_mean: found '3,452', in which the comma may be a decimal comma or separate"
            " thousands. Say which the paper uses: decimal_mark: comma or decimal_mark: point at"
            " the top of the file.",
        ),
        (
            one("kims_mean", printed="1.2e3"),
            "kims_mean: found '1.2e3', which is neither a number nor a bound",
        ),
        (
            one("kims_mean", covariates=2),
            "kims_mean: the key 'covariates' is for r; this value is of kind 'mean'.",
        ),
        # Levels.
        (
            one("r_kims_star", below="5"),
            "r_kims_star: found the level '5', but a p lies between 0 and 1. Check the digits"
            " against the paper.",
        ),
        (
            one("lowest", printed="107 to 169"),
            "lowest: found '107 to 169', which is neither a number nor a bound such as"
            ' "p < .05". One value holds one number; a range is two values, a minimum and a'
            " maximum.",
        ),
        # Tails.
        (
            one("r_kims_p", **tail("two", "negative")),
            "r_kims_p: it is two-tailed and has the direction 'negative'; two tails have none."
            " Remove the direction, or write tail: one.",
        ),
        (
            one("r_kims_p", direction=None),
            "r_kims_p: it is one-tailed, but no direction is given. Write the sign that the paper"
            " predicted, direction: positive or negative.",
        ),
        (
            one("r_kims_p", tail=None),
            "r_kims_p: it has the direction 'negative' but no tail. Write tail: one.",
        ),
        (
            one("r_kims_star", direction="positive"),
            "r_kims_star: one-tailed and positive, but 'r_kims_p' of the same 'r_kims' is"
            " one-tailed and negative. Give both what the paper declares.",
        ),
        (
            one("r_kims_p", field="p_two_tailed"),
            "r_kims_p: tail 'one' contradicts field 'p_two_tailed'; a one-tailed p is field:"
            " p_one_tailed.",
        ),
        (
            one("kims_mean", tail="two"),
            "kims_mean: the key 'tail' is for p and stars; this value is of kind 'mean'.",
        ),
        # Bounds.
        (
            one("r_kims_p", below=".01"),
            "r_kims_p: the printed text 'p < .05' contradicts below: '.01'. Write"
            ' below: ".05", or correct the text.',
        ),
        (
            one("r_kims_p", printed="p > .05"),
            "r_kims_p: the printed text 'p > .05' contradicts below: '.05'. Write"
            ' at_least: ".05", or correct the text.',
        ),
        (
            one("r_kims_p", printed=".04"),
            "r_kims_p: '.04' is printed in digits, so it does not need 'below'. Remove it.",
        ),
        (
            one("r_kims_star", at_least=".05"),
            "r_kims_star: at_least '.05' must be smaller than below '.05'.",
        ),
        (
            one("r_kims_star", below=None),
            "r_kims_star: stars need the key 'below' (or 'at_least' for \"no star\"): the level"
            " that the note of the table gives them, in quotes.",
        ),
        (
            one("r_kims_star", printed=".04"),
            "r_kims_star: stars are printed as marks such as \"*\", or as 'no star', found '.04'.",
        ),
        # Findings in words.
        (
            one("effect", significant=None),
            "effect: a finding needs the key 'significant': true if the words state an effect,"
            " false if they state that there is none.",
        ),
        (
            one("r_kims", contrast={"statistic": "a.b.t", "between": "the two raters"}),
            "r_kims: only a finding has the key 'contrast', and its kind is 'r'. Remove it.",
        ),
        (
            one("effect", direction=None, direction_assumed=True),
            "effect: direction_assumed says that the direction is assumed, and none is given.",
        ),
        (
            one("r_kims", direction_assumed=True),
            "r_kims: the key 'direction_assumed' is for findings, and its kind is 'r'.",
        ),
        (
            one("effect", significant=False),
            "effect: it states that there is no effect, and has the direction 'negative'. Remove"
            " the direction.",
        ),
        (
            one("effect", field=None),
            "effect: a finding is compared with a p; write field: p_two_tailed (or p_one_tailed),"
            " found 'estimate'.",
        ),
        (
            one("effect", printed="p < .05"),
            "effect: a finding is printed in words, found 'p < .05'. Give a printed number the"
            " kind that it is of, such as p.",
        ),
        (
            one("effect", below=".05"),
            "effect: the bound of a finding is the paper's 'level'. Remove 'below'.",
        ),
        (
            one("effect", tail="two"),
            "effect: the key 'tail' is for p and stars; this value is of kind 'finding'.",
        ),
        (
            one("kims_mean", significant=True),
            "kims_mean: the key 'significant' is for findings; this value is of kind 'mean'.",
        ),
        # What gives it.
        (
            one("kims_alpha", quoted=None),
            "kims_alpha: it has neither 'statistic' nor 'quoted'. Name the statistic that should"
            " give it, or say in 'quoted' why no data could, in 'not_asked' why the study did not"
            " compute it.",
        ),
        (
            one("kims_alpha", statistic="reliability.kims.alpha"),
            "kims_alpha: it has both 'statistic' and 'quoted'. Keep the statistic that should give"
            " it, or say why no data could.",
        ),
        (
            one("kims_alpha", not_asked="no reliability was asked for"),
            "kims_alpha: it has both 'quoted' and 'not_asked'. Keep 'not_asked' where the data"
            " could give it, 'quoted' where they could not.",
        ),
        # Other sources.
        (
            lambda content: content.update(
                sources=[
                    {"kind": "data_file", "name": "A file", "places": ["Tabel 1"]},
                    {"kind": "other", "name": "A registration", "places": ["Tabel 1"]},
                ]
            ),
            "sources.1.places: 'Tabel 1' is a place of sources.0, too. Give each place to one",
        ),
        (
            lambda content: content.update(
                sources=[{"kind": "other", "name": "A file", "places": ["Tabel 1"]}]
            ),
            "sources.0.places: no value has the place 'Tabel 1'.",
        ),
        (
            lambda content: content.update(
                sources=[{"kind": "paper", "name": "A paper", "places": ["Text"]}]
            ),
            "sources.0.kind: should be 'data_file', 'reanalysis' or 'other', found 'paper'",
        ),
        # Relations.
        (
            relation(
                "sum_score",
                total_sd="kims_sd",
                part_sds=["kims_sd", "kims_sd"],
                correlations=[{"total": "r_kims", "parts": ["r_kims"] * 3}],
            ),
            "relations.sum_score.0: correlations of 'r_kims': it has 3 parts, but part_sds has 2."
            " Give both in the same order",
        ),
        (
            relation(
                "correlation_matrix",
                name="all",
                variables=["kims", "iip", "wai"],
                cells={"kims, ipp": "r_kims"},
            ),
            "relations.correlation_matrix.0: the cell 'kims, ipp' names 'ipp'. Did you mean 'iip'?",
        ),
        (
            relation(
                "correlation_matrix",
                name="all",
                variables=["kims", "iip", "wai"],
                cells={"kims, iip": "r_kims", "iip, kims": "r_kims"},
            ),
            "relations.correlation_matrix.0: the cell 'iip, kims' is given twice",
        ),
        (
            one("kims_mean", kind="average"),
            "kims_mean (values.6.kind): should be",
        ),
        (
            relation("comparison", design="independent", n=["dyads"], means=["kims_mean"]),
            "relations.comparison.0: the key 'means' needs both groups, found 1",
        ),
        (
            relation("comparison", design="paired", n=["women", "men"], confidence="95"),
            "relations.comparison.0: the key 'n' needs one number of pairs, found 2",
        ),
        # Ends the wrong way round, sizes that no sample has.
        (
            relation(
                "granularity",
                mean="kims_mean",
                n="dyads",
                items=39,
                lowest=5,
                highest=1,
                score="sum",
            ),
            "relations.granularity.0: the lowest answer 5 lies above the highest, 1. Swap the two",
        ),
        (
            relation("range", mean="kims_mean", lowest="195", highest="39"),
            "relations.range.0: the limit 'lowest' is 195, above 'highest', 39. Swap the two.",
        ),
        (
            relation("effect_label", value="r_kims", measure="d", label="large"),
            "relations.effect_label.0.value: 'r_kims' is of kind 'r', expected d.",
        ),
        (one("r_kims", n=10**400), "r_kims (values.8.n): should be less than or equal to"),
        (one("dyads", printed="1" * 5000), "dyads: found '111"),
        (
            one("kims_mean", place="Text"),
            "kims_mean: unknown key 'place' in values.6. Did you mean 'places'?",
        ),
    ],
)
def test_what_is_wrong_is_told(change: Callable[[Any], object], message: str) -> None:
    # Semicolons set problems apart, so inside of one they become commas.
    wanted = message.replace("; ", ", ")
    found = [problem.replace("; ", ", ") for problem in problems(change)]
    assert [element for element in found if element.startswith(wanted)], found


IMPOSSIBLE = [
    ("r_kims", "1.60", "a correlation is -1 to 1"),
    ("r_kims", "-60", "a correlation is -1 to 1"),
    ("kims_sd", "-15", "an SD is at least 0"),
    ("women_percent", "175.0", "a percentage is 0 to 100"),
    ("r_kims_p", "1.04", "a p is 0 to 1"),
    ("r_kims_p", "-.04", "a p is 0 to 1"),
    ("kims_alpha", "1.83", "an alpha is at most 1"),
    ("men", "-3", "a count is at least 0"),
    ("men", "3.5", "a count is a whole number"),
]


@pytest.mark.parametrize(("name", "printed", "words"), IMPOSSIBLE)
def test_an_impossible_number_is_a_finding_and_the_rest_is_audited(
    name: str, printed: str, words: str
) -> None:
    change = one(name, printed=printed, **({"below": None} if name == "r_kims_p" else {}))
    found = audit_publication(load_publication(ledger(change), FILE))
    broken = [finding for finding in found if finding.outcome == "inconsistent"]
    assert [(finding.check, finding.value) for finding in broken] == [("possible_number", name)]
    assert broken[0].sentence == (f"Impossible number: the paper prints {printed}, but {words}.")
    assert any(finding.check == "range" for finding in found)


def test_an_alpha_has_no_lower_bound() -> None:
    paper = load_publication(ledger(one("kims_alpha", printed="-1.043")), FILE)
    assert not [f for f in audit_publication(paper) if f.outcome == "inconsistent"]


def test_a_minimum_above_the_maximum_is_a_finding() -> None:
    paper = load_publication(ledger(one("lowest", printed="180")), FILE)
    broken = [f for f in audit_publication(paper) if f.outcome == "inconsistent"]
    assert [(f.check, f.value, f.possible) for f in broken] == [("range", "lowest", "at most 170")]


def test_a_printed_limit_above_the_other_is_a_finding() -> None:
    def change(content: Any) -> None:
        content["values"].append(entry("youngest", "65", "constant", quoted="criterion"))
        relation("range", mean="kims_mean", lowest="youngest", highest="18")(content)

    broken = [
        f
        for f in audit_publication(load_publication(ledger(change), FILE))
        if f.outcome == "inconsistent"
    ]
    assert [(f.value, f.possible) for f in broken] == [("youngest", "at most 18")]


def test_the_decimal_mark_answers_how_a_number_is_read() -> None:
    def paper(mark: str) -> Any:
        def change(content: Any) -> None:
            content["decimal_mark"] = mark
            one("kims_mean", printed="3,452")(content)
            one("kims_sd", printed="0,640")(content)

        return load_publication(ledger(change), FILE)

    assert paper("comma").value("kims_mean").reading.digits == "3.452"
    assert paper("point").value("kims_mean").reading.digits == "3452"
    assert paper("comma").value("kims_sd").reading.digits == "0.640"
    assert paper("point").value("kims_sd").reading.digits == "0.640"


def test_the_decimal_mark_counts_beside_entries_that_cannot_be_read() -> None:
    def change(content: Any) -> None:
        content["decimal_mark"] = "comma"
        one("kims_mean", printed="3,452")(content)
        one("r_kims", printed=0.1)(content)

    assert not [problem for problem in problems(change) if problem.startswith("kims_mean")]


def test_a_comma_in_a_text_without_quotes_is_told() -> None:
    """{label: Mean, in points} is the label "Mean" and a key without a value."""
    found = problems(lambda content: content["values"][6].update({"in points": None}))
    assert found[0].startswith("kims_mean: unknown key 'in points' in values.6. Known: 'id',")
    assert found[0].endswith("write that text in quotes: a comma ends it.")


def test_numbers_may_stand_for_a_whole_and_a_dash_for_a_minus() -> None:
    def change(content: Any) -> None:
        relation("parts_of_whole", whole=".5", parts=["women", "men"])(content)
        relation("parts_of_whole", whole="-1.5", parts=["women", "men"])(content)
        one("r_kims", printed="\u2013.60")(content)

    paper = load_publication(ledger(change), FILE)
    assert paper.value("r_kims").reading.interval == rounding_interval("-0.60")


def test_a_count_that_is_only_bounded_is_not_judged() -> None:
    content = copy.deepcopy(SOUND)
    one("women", printed="< 10")(content)
    findings = audit_publication(load_publication(content, FILE))
    assert not [finding for finding in findings if finding.check == "percentage"]


def test_everything_is_told_at_once_even_beside_entries_that_cannot_be_read() -> None:
    def change(content: Any) -> None:
        for element in (
            one("r_kims", printed=0.1),
            one("kims_mean", kind="average"),
            one("kims_sd", printed="3,415"),
            one("r_kims_p", of="r_kim"),
            relation("percentage", percent="women_percent", base="dyad"),
        ):
            element(content)

    found = problems(change)
    starts = [
        "r_kims (values",
        "kims_mean (values.6.kind)",
        "kims_sd: found '3,415'",
        "r_kims_p: of:",
    ]
    starts += ["relations.percentage.0: 'dyad'"]
    assert [
        start for start in starts if not any(element.startswith(start) for element in found)
    ] == []
    assert len(found) == len(set(found)) == len(starts)


def test_a_paper_without_data_needs_no_statistics() -> None:
    def change(content: Any) -> None:
        for value in content["values"]:
            value.pop("statistic", None)
            value.pop("field", None)
            value.pop("quoted", None)

    paper = load_publication(ledger(change), FILE)
    (problem,) = ledger_problems(paper, ["sample.all.n"])
    assert problem.startswith("no value names the statistic that should give it")


def test_statistics_that_the_results_do_not_have() -> None:
    paper = load_publication(ledger(one("dyads", statistic="sample.all.number")), FILE)
    known = {value.statistic for value in paper.values if value.statistic} - {"sample.all.number"}
    assert ledger_problems(paper, [*known, "sample.all.n"]) == [
        "dyads: the results have no statistic 'sample.all.number'. Did you mean 'sample.all.n'?"
    ]


def test_the_step_stops_where_the_results_have_no_such_statistic(tmp_path: Path) -> None:
    path = tmp_path / "paper.yaml"
    path.write_text(yaml.safe_dump(SOUND), encoding="utf-8")
    rows = [
        statistic_row("sample", ("all",), "n", 12, software="attune", method="count"),
        statistic_row("sample", ("kims",), "means", 133, software="attune", method="mean"),
    ]
    files = {name: tmp_path / f"{name}.parquet" for name in ("statistics", "findings", "verdicts")}
    write_parquet(statistics_frame(rows), files["statistics"], STATISTICS)
    write_parquet(findings_frame([]), files["findings"], FINDINGS)
    done = run_step(
        "judge_values",
        {
            "statistics": [str(files["statistics"])],
            "publication": str(path),
            "findings": str(files["findings"]),
            "cohort": str(ROOT / "data/btheb/cohort.yaml"),
            "reasons": [],
        },
        {"verdicts": str(files["verdicts"]), "record": str(tmp_path / "record.json")},
        {"smallest_cell": 5},
    )
    assert done.status == 1
    assert not files["verdicts"].exists()
    assert "paper.yaml names statistics that the results do not have." in done.said
    assert "kims_mean: the results have no statistic 'sample.kims.mean'. Did you mean" in done.said
    assert f"r_kims: the results have no statistic {R!r}. No name resembles it." in done.said
    assert "dyads:" not in done.said


class TestManyValues:
    @staticmethod
    def many(number: int) -> Any:
        values = [
            entry(f"mean_{place}", "3.1", "mean", statistic="sample.kims.mean")
            for place in range(number)
        ]
        return ledger(lambda content: content["values"].extend(values))

    def test_hundreds_are_fine(self) -> None:
        assert len(load_publication(self.many(500), FILE).values) > 500

    def test_a_table_of_data_is_refused_with_one_sentence(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            load_publication(self.many(MOST_VALUES), FILE)
        (problem,) = caught.value.problems
        assert "found 5,013 values, at most 5,000 are read" in problem

    def test_of_thousands_of_unknown_names_the_first_get_a_hint(self) -> None:
        """Looking for a name that resembles one takes time."""

        def change(content: Any) -> None:
            for number in range(2_000):
                content["values"].append(
                    entry(f"p_{number}", ".04", "p", of=f"r_{number}", **tail("two"))
                )

        found = problems(change)
        assert len(found) == 2_000
        assert sum(element.endswith("is not a printed value.") for element in found) == 1_970

    def test_a_huge_file_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "paper.yaml"
        path.write_text("#" * (LARGEST_LEDGER + 1), encoding="utf-8")
        with pytest.raises(ConfigurationError, match="bytes, at most 5,000,000 are read"):
            read_publication(path)


def test_a_note_on_the_conclusions_names_statistics_that_exist() -> None:
    values = [{"id": "n", "kind": "count", "printed": "26", "places": ["Text"]}]
    content = {"publication": "a", "citation": "A", "values": values}
    notes = ["The difference is {sample.all.n}, {sample.al.n:p}."]
    paper = Publication.model_validate(content | {"conclusion_notes": notes})
    [problem, *_] = ledger_problems(paper, ["sample.all.n"])
    assert problem == (
        "conclusion_notes: the results have no statistic 'sample.al.n'. Did you mean"
        " 'sample.all.n'?"
    )
