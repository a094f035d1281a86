"""Differences of two arms from means, changes and events of a Metapsy table, and slopes."""

import json
import math
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.unit.synthesis.test_effect_table import read

from attune.stats.effect_conversion import small_sample_factor
from attune.synthesis.evidence import StudyEffect

METAFOR = json.loads((ROOT / "tests/oracle/expected/effect_conversion.json").read_text())
MEANS = "study,mean_arm1,sd_arm1,n_arm1,mean_arm2,sd_arm2,n_arm2"
CHANGES = (
    "study,mean_change_arm1,sd_change_arm1,n_change_arm1,mean_change_arm2,sd_change_arm2,"
    "n_change_arm2"
)
EVENTS = "study,event_arm1,totaln_arm1,event_arm2,totaln_arm2"


def metapsy(text: str, folder: Path, **table: object) -> tuple[list[StudyEffect], list[str]]:
    return read(text, folder, "g", "metapsy", **table)


@pytest.mark.parametrize("case", METAFOR["means"])
def test_means_as_metafor(tmp_path: Path, case: dict[str, list[float]]) -> None:
    row = ",".join(map(str, case["groups"]))
    for columns in (MEANS, CHANGES):
        [effect], problems = metapsy(f"{columns}\nAmber,{row}\n", tmp_path)
        assert problems == []
        assert effect.estimate == pytest.approx(case["SMD"][0], abs=1e-12)
        assert effect.se == pytest.approx(math.sqrt(case["SMD"][1]), abs=1e-12)
        assert effect.n == case["groups"][2] + case["groups"][5]
    assert effect.place == ("effects.csv, row 2, from mean changes and their standard deviations")


@pytest.mark.parametrize("case", METAFOR["tables"])
@pytest.mark.parametrize(("events", "sign"), [("better", 1), ("worse", -1)])
def test_events_as_metafor(
    tmp_path: Path, case: dict[str, list[float]], events: str, sign: int
) -> None:
    """The scale's own direction does not matter: a response is better on every scale."""
    a, b, c, d = case["cells"]
    text = f"{EVENTS}\nAmber,{a},{a + b},{c},{c + d}\n"
    for better in ("higher", "lower"):
        [effect], problems = metapsy(text, tmp_path, events=events, better=better)
        assert problems == []
        factor = small_sample_factor(a + b + c + d - 2)
        assert effect.estimate == pytest.approx(sign * factor * case["OR2DL"][0], abs=1e-12)
        assert effect.n == a + b + c + d


def test_events_by_the_kind_of_outcome(tmp_path: Path) -> None:
    text = f"{EVENTS},outcome_type\nAmber,9,20,5,20,response\nBirch,9,20,5,20,relapse\n"
    events = {"response": "better", "relapse": "worse"}
    (amber, birch), problems = metapsy(text, tmp_path, events=events, better=None)
    assert problems == []
    assert amber.estimate is not None and amber.estimate > 0
    assert birch.estimate == -amber.estimate


def test_what_is_read_first(tmp_path: Path) -> None:
    """g of the table, then the arms, then a g from elsewhere; row by row."""
    text = (
        f"{MEANS},.g,.g_se,precalc_g,precalc_g_se\n"
        "Amber,5,2,20,4,2,20,0.9,0.3,0.7,0.3\n"
        "Birch,5,2,20,4,2,20,NA,NA,0.7,0.3\n"
        "Cedar,NA,NA,20,NA,NA,20,NA,NA,0.7,0.3\n"
    )
    effects, problems = metapsy(text, tmp_path)
    assert problems == []
    assert [effect.estimate for effect in effects] == [
        0.9,
        pytest.approx(0.5 * small_sample_factor(38)),
        0.7,
    ]
    assert [effect.n for effect in effects] == [40, 40, 40]


def test_plain_csv_holds_arms_as_well(tmp_path: Path) -> None:
    text = f"{MEANS}\nAmber,5,2,20,4,2,20\n"
    [effect], problems = read(text, tmp_path, "g", "csv")
    assert (problems, effect.n) == ([], 40)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            f"{MEANS}\nAmber,5,0,20,4,-2,20.5\n",
            [
                "row 2, column sd_arm1: found 0; a standard deviation is above 0",
                "row 2, column sd_arm2: found -2; a standard deviation is above 0",
                "row 2, column n_arm2: found 20.5; an arm has a whole number of people",
            ],
        ),
        (
            f"{MEANS}\nAmber,5,2,,4,,20\n",
            [
                "row 2, column n_arm1: is empty; an effect from means and standard deviations",
                "row 2, column sd_arm2: is empty",
            ],
        ),
        (f"{MEANS}\nAmber,5,2,1,4,2,20\n", ["column n_arm1: found 1; an arm has a whole number"]),
        (
            f"{EVENTS}\nAmber,21,20,-1,20\n",
            [
                "column event_arm1: found 21; a whole number from 0 to the 20 of its arm",
                "column event_arm2: found -1",
            ],
        ),
        (f"{EVENTS}\nAmber,0,20,0,20\n", ["column event_arm1: nobody has the event"]),
        (f"{EVENTS}\nAmber,20,20,20,20\n", ["column event_arm1: everybody has the event"]),
        ("study,mean_arm1\nAmber,5\n", ["has no complete set of columns that give an effect"]),
    ],
)
def test_faults_of_arms(tmp_path: Path, text: str, problems: list[str]) -> None:
    _, found = metapsy(text, tmp_path, events="better")
    assert len(found) == len(problems)
    for words, sentence in zip(problems, found, strict=True):
        assert words in sentence


@pytest.mark.parametrize("events", [None, {"relapse": "worse"}])
def test_events_whose_direction_nobody_declared(tmp_path: Path, events: object) -> None:
    text = f"{EVENTS},outcome_type\nAmber,9,20,5,20,response\n"
    _, [problem] = metapsy(text, tmp_path, events=events)
    assert "nothing says whether an event of the outcome_type 'response' is a better" in problem
    assert "`events: better` or `events: worse`" in problem


def test_slopes(tmp_path: Path) -> None:
    text = "study,b,se,n,direction\nAmber,0.4,0.1,50,\nBirch,-0.2,0.2,,\nCedar,,,,none\n"
    effects, problems = read(text, tmp_path, "b", better="lower")
    assert problems == []
    assert [(e.estimate, e.se, e.n) for e in effects] == [
        (-0.4, 0.1, 50),
        (0.2, 0.2, None),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Amber,0.4,0", "column se: found 0; a standard error is above 0"),
        ("Amber,0.4,", "column se: is empty; an effect needs its standard error"),
    ],
)
def test_faults_of_slopes(tmp_path: Path, row: str, problem: str) -> None:
    _, problems = read(f"study,b,se\n{row}\n", tmp_path, "b")
    assert [problem in found for found in problems] == [True]
