"""Tables of effects: the Metapsy format and plain CSV, with file, row and column of every fault."""

import math
import re
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.unit.synthesis.synthetic_studies import FORMAT, synthesis_of

from attune.specs.errors import ConfigurationError
from attune.specs.synthesis import EffectTable
from attune.synthesis.effect_table import effects_of_table
from attune.synthesis.evidence import StudyEffect
from attune_files.synthesis_files import read_synthesis, read_table_rows

CSV = "study,r,n\nAmber 2001,.30,40\nBirch 2002,-.10,60\n"
METAPSY = "study,instrument,n_arm1,n_arm2,.g,.g_se\nAmber,phq-9,20,20,-0.40,0.2\n"


def read(
    text: str, folder: Path, metric: str = "r", format: str = "csv", **table: object
) -> tuple[list[StudyEffect], list[str]]:
    """Effects and problems of a CSV file with this text."""
    path = folder / "effects.csv"
    path.write_text(text, encoding="utf-8")
    model = table.pop("model", {})
    declared = {"path": "effects.csv", "format": format, "better": "higher"} | table
    columns, rows = read_table_rows(path)
    keys: dict[str, object] = {"moderators": FORMAT} if "format" in columns else {}
    keys["model"] = model
    return effects_of_table(
        "effects", EffectTable.model_validate(declared), columns, rows, synthesis_of(metric, **keys)
    )


def test_plain_csv(tmp_path: Path) -> None:
    effects, problems = read(CSV, tmp_path)
    assert problems == []
    assert [(e.key, e.estimate, e.n, e.direction) for e in effects] == [
        ("amber_2001", 0.3, 40, "for"),
        ("birch_2002", -0.1, 60, "against"),
    ]
    assert effects[1].place == "effects.csv, row 3"


def test_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    effects, problems = read("\ufeff" + CSV.replace(",", ";"), tmp_path)
    assert (len(effects), problems) == (2, [])


def test_lower_is_better_turns_the_sign(tmp_path: Path) -> None:
    effects, _ = read(CSV, tmp_path, better="lower")
    assert [effect.estimate for effect in effects] == [-0.3, 0.1]


@pytest.mark.parametrize("columns", [(".g", ".g_se"), ("precalc_g", "precalc_g_se")])
def test_metapsy(tmp_path: Path, columns: tuple[str, str]) -> None:
    text = METAPSY.replace(".g,.g_se", ",".join(columns))
    effects, problems = read(text, tmp_path, "g", "metapsy", better={"phq-9": "lower"})
    assert problems == []
    assert [(e.estimate, e.se, e.n) for e in effects] == [(0.4, 0.2, 40)]


def test_years_are_read_where_a_table_has_them(tmp_path: Path) -> None:
    text = "study,r,n,year\nAmber,.3,40,2001\nBirch,.1,60,in press\n"
    effects, problems = read(text, tmp_path)
    assert problems == []
    assert [effect.year for effect in effects] == [2001, None]


def test_a_moderator_without_its_level_is_named(tmp_path: Path) -> None:
    text = "study,r,n,format\nAmber,.3,40,group\nBirch,.1,60,\n"
    _, problems = read(text, tmp_path)
    needed = "is empty; every study needs its level of this moderator"
    assert problems == [f"effects.csv, row 3, column format: {needed}"]


def test_a_row_without_a_number_is_counted_by_its_direction(tmp_path: Path) -> None:
    effects, problems = read("study,r,n,direction\nAmber,NA,,against\n", tmp_path)
    assert problems == []
    assert [(e.estimate, e.direction) for e in effects] == [(None, "against")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("study,r,n\nAmber,1,40\n", "effects.csv, row 2, column r: found 1"),
        ("study,r,n\nAmber,-1.2,40\n", "effects.csv, row 2, column r: found -1.2"),
        ("study,r,n\nAmber,.3,3\n", "effects.csv, row 2, column n: found 3"),
        ("study,r,n\nAmber,.3,40.5\n", "effects.csv, row 2, column n: found 40.5"),
        ("study,r,n\nAmber,.3,\n", "effects.csv, row 2, column n: is empty"),
        ("study,r,n\nAmber,o.3,40\n", "effects.csv, row 2, column r: found 'o.3'"),
        ("study,r,n\n,.3,40\n", "effects.csv, row 2, column study: is empty"),
        ("study,r,n,year\nAmber,.3,40,201\n", "effects.csv, row 2, column year: found '201'"),
        ("study,r,n,year\nAmber,.3,40,2011a\n", "column year: found '2011a'"),
        ("study,r,n\nAmber,,40\n", "column r: is empty, and the column `direction` states"),
        ("study,r,n,direction\nAmber,,,up\n", "row 2, column direction: found 'up'"),
        ("study,r,n\nAmber,.3,1e30\n", "effects.csv, row 2, column n: found 1e+30"),
        (
            "study,r,n,direction\nAmber,.3,40,against\n",
            "row 2, column direction: found 'against', but the number of this row",
        ),
        ("study,r\nAmber,.3\n", "effects.csv: has no column 'n'"),
        ("study,r,n\n", "effects.csv: holds no rows"),
        (CSV + "Amber 2001,.2,30\n", "rows 2, 4: the study 'amber_2001' has several effects"),
    ],
)
def test_faults_name_file_row_and_column(tmp_path: Path, text: str, problem: str) -> None:
    _, problems = read(text, tmp_path)
    assert any(problem in found for found in problems), problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (METAPSY.replace("0.2\n", "0\n"), "column .g_se: found 0; a standard error is above 0"),
        (METAPSY.replace("0.2\n", "-1\n"), "column .g_se: found -1"),
        (METAPSY.replace("0.2\n", "\n"), "column .g_se: is empty"),
        (METAPSY.replace("phq-9", "bdi"), "column instrument: found 'bdi', of which"),
        (METAPSY.replace("-0.40", "-25"), "column .g: found -25; no two arms lie 10 standard"),
    ],
)
def test_faults_of_metapsy_tables(tmp_path: Path, text: str, problem: str) -> None:
    _, problems = read(text, tmp_path, "g", "metapsy", better={"phq-9": "lower"})
    assert any(problem in found for found in problems), problems


def test_metapsy_holds_no_correlations(tmp_path: Path) -> None:
    _, problems = read(METAPSY, tmp_path, "r", "metapsy")
    assert "holds g and events, but the synthesis pools r" in problems[0]


ODDS = "study,event_arm1,totaln_arm1,event_arm2,totaln_arm2,or,or_low,or_high,log_or,se,n,level\n"
"""One row of each kind: events of the arms, a printed ratio, a logarithm."""


def odds(text: str, folder: Path, **table: object) -> tuple[list[StudyEffect], list[str]]:
    given: dict[str, object] = {"better": None, "events": "better"}
    return read(ODDS + text, folder, "or", **(given | table))


def test_odds_ratios_of_three_kinds(tmp_path: Path) -> None:
    text = "Amber,10,15,5,15,,,,,,,\nBirch,,,,,2.0,1.0,4.0,,,80,\nCedar,,,,,,,,0.5,0.25,60,\n"
    effects, problems = odds(text, tmp_path)
    assert problems == []
    assert [e.estimate for e in effects] == pytest.approx([math.log(4), math.log(2), 0.5])
    width = math.log(4) / (2 * 1.959963984540054)
    assert [e.se for e in effects] == pytest.approx([math.sqrt(0.6), width, 0.25])
    assert [e.n for e in effects] == [30, 80, 60]
    assert [e.direction for e in effects] == ["for"] * 3
    turned, _ = odds(text, tmp_path, events="worse")
    assert [e.estimate for e in turned] == [-e.estimate for e in effects if e.estimate]


def test_the_interval_of_an_odds_ratio_may_have_another_coverage(tmp_path: Path) -> None:
    (effect,), problems = odds("Birch,,,,,2.0,1.0,4.0,,,80,90\n", tmp_path)
    assert problems == []
    assert effect.se == pytest.approx(math.log(4) / (2 * 1.6448536269514722))


def test_an_empty_cell_has_one_half_added_to_all_cells(tmp_path: Path) -> None:
    (effect,), _ = odds("Amber,0,10,4,10,,,,,,,\n", tmp_path)
    assert effect.estimate == pytest.approx(math.log((0.5 / 10.5) / (4.5 / 6.5)))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A,,,,,0,1.0,4.0,,,,", "row 2, column or: found 0; odds ratios and their limits"),
        ("A,,,,,2.0,1.0,,,,,", "column or_high: is empty; an odds ratio needs both limits"),
        ("A,,,,,5.0,1.0,4.0,,,,", "column or: found 5, which its interval 1 to 4 excludes"),
        ("A,,,,,2.0,1.0,4.0,,,,80", "column level: found '80'"),
        ("A,,,,,,,,0.5,,,", "column se: is empty; an effect needs its standard error"),
        ("A,,,,,,,,,,,", "column log_or: is empty, and the column `direction`"),
        ("A,0,10,0,10,,,,,,,", "nobody has the event in either arm"),
        ("A,3,,1,10,,,,,,,", "column totaln_arm1: is empty; an effect from events needs"),
    ],
)
def test_odds_ratios_that_cannot_be(tmp_path: Path, row: str, problem: str) -> None:
    effects, problems = odds(f"{row}\n", tmp_path)
    assert effects == []
    assert any(problem in found for found in problems), problems


def test_odds_ratios_need_to_know_whether_events_are_good(tmp_path: Path) -> None:
    _, problems = odds("A,3,10,1,10,,,,,,,\n", tmp_path, events=None)
    assert (
        "effects.csv: nothing says whether the event of its odds ratios is a better" in problems[0]
    )
    _, problems = read("study,r,n\nA,.3,40\n", tmp_path, "or", better=None, events="better")
    assert "One of these is needed: event_arm1, totaln_arm1" in problems[0]


TWICE = "study,r,n,instrument\nAmber,.3,40,phq-9\nAmber,.2,40,bdi\nBirch,.1,50,bdi\n"


def test_several_effects_of_a_study_where_they_are_declared(tmp_path: Path) -> None:
    effects, problems = read(TWICE, tmp_path, model={"several_effects": "multilevel"})
    assert problems == []
    assert [(e.key, e.of_study, e.label) for e in effects] == [
        ("amber_effect_1", "amber", "Amber, effect 1"),
        ("amber_effect_2", "amber", "Amber, effect 2"),
        ("birch", "birch", "Birch"),
    ]


def test_only_some_rows(tmp_path: Path) -> None:
    effects, problems = read(TWICE, tmp_path, only={"instrument": ["bdi"]})
    assert problems == []
    assert [(effect.key, effect.estimate) for effect in effects] == [("amber", 0.2), ("birch", 0.1)]


@pytest.mark.parametrize(
    ("only", "problem"),
    [
        ({"instrument": ["scl"]}, "holds no rows below its heading that `only` keeps"),
        ({"scale": ["bdi"]}, "has no column 'scale'"),
    ],
)
def test_only_what_is_there(tmp_path: Path, only: dict[str, list[str]], problem: str) -> None:
    _, problems = read(TWICE, tmp_path, only=only)
    assert any(problem in found for found in problems), problems


class TestDirectionOfScales:
    """A higher score may mean more symptoms: without a declaration nothing is pooled."""

    def test_nothing_declared_is_refused(self, tmp_path: Path) -> None:
        _, problems = read(CSV, tmp_path, better=None)
        assert "nothing says which end of its outcomes is the better one" in problems[0]

    def test_mixed_directions_by_column(self, tmp_path: Path) -> None:
        text = "study,r,n,better\nAmber,.3,40,higher\nBirch,.3,40,lower\n"
        effects, problems = read(text, tmp_path, better=None)
        assert problems == []
        assert [effect.estimate for effect in effects] == [0.3, -0.3]

    def test_an_empty_cell_is_refused(self, tmp_path: Path) -> None:
        text = "study,r,n,better\nAmber,.3,40,higher\nBirch,.3,40,\n"
        _, problems = read(text, tmp_path, better=None)
        assert problems == [
            "effects.csv, row 3, column better: is empty; it says which end of the outcome is the"
            " better one"
        ]

    def test_a_contradiction_is_refused(self, tmp_path: Path) -> None:
        text = "study,r,n,better\nAmber,.3,40,lower\n"
        _, problems = read(text, tmp_path, better="higher")
        assert "found 'lower', but the synthesis file declares 'higher'" in problems[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"study,r,r\nA,1,2\n", "row 1: the column 'r' occurs 2 times"),
        (b"study,r,n\nA,1\n", "row 2: holds 2 cells, the heading 3"),
        ("study,r,n\nA,.1,9\nMuñoz,.3,9\n".encode("latin-1"), "line 3: holds .* not UTF-8"),
        (b"study,r,n\nA,.1," + b"9" * 140_000 + b"\n", "line 2: field larger"),
    ],
)
def test_a_file_that_is_no_table(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "effects.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as refused:
        read_table_rows(path)
    assert re.search(words, str(refused.value))
    assert "codec" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_in_unicode_and_cells_of_several_lines(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "effects.csv"
    path.write_bytes('study,note,r\nMuñoz,"a\nb",.3\n\nA,,.1\n'.encode(encoding))
    _, rows = read_table_rows(path)
    assert [(row.line, row.cells["study"]) for row in rows] == [(2, "Muñoz"), (4, "A")]


def test_the_example_says_that_it_is_made_up() -> None:
    for path in (ROOT / "workflow/syntheses").glob("*.yaml"):
        synthesis = read_synthesis(path)
        for table in synthesis.tables.values():
            assert table.synthetic, table.path
            assert synthesis.demonstration


class TestRiskOfBias:
    """Columns with the risk of bias and the certainty of a study."""

    TEXT = (
        "study,r,n,risk_of_bias_tool,risk_of_bias,certainty\n"
        "Amber 2001,.30,40,RoB 2,some concerns,moderate\nBirch 2002,.10,60,,,\n"
    )

    def test_they_are_read(self, tmp_path: Path) -> None:
        effects, problems = read(self.TEXT, tmp_path)
        assert problems == []
        assert [(e.risk_tool, e.risk_of_bias, e.certainty) for e in effects] == [
            ("RoB 2", "some concerns", "moderate"),
            ("", "", ""),
        ]

    def test_bad_words_are_refused_with_those_allowed(self, tmp_path: Path) -> None:
        text = self.TEXT.replace("some concerns", "serious").replace("moderate", "fair")
        _, problems = read(text, tmp_path)
        assert any(
            "row 2, column risk_of_bias" in problem and "low, some concerns, high" in problem
            for problem in problems
        )
        assert any("row 2, column certainty: found 'fair'" in problem for problem in problems)

    def test_without_a_tool_the_column_may_be_a_moderator(self, tmp_path: Path) -> None:
        text = "study,r,n,risk_of_bias\nAmber 2001,.30,40,unclear to us\n"
        effects, problems = read(text, tmp_path)
        assert problems == []
        assert effects[0].risk_of_bias == ""
