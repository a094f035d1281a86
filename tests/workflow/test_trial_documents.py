"""What the finished documents report of each randomised trial: the checklist and the flow."""

import re
from pathlib import Path

import pandas as pd
import pytest

from attune.documents.consort_topics import CONSORT_TOPICS
from attune_files.project import read_parts

TRIALS = {"mcbi_synthetic": "efficacy", "btheb": "beat_the_blues", "help": "clinic"}
"""Cohort -> its trial."""

REPORTED = {"2b", "3a", "5", "6a", "12a", "12b", "13a", "13b", "15", "16", "17a", "17b", "18", "20"}
"""Items that every shipped trial reports."""

OWN = {"mcbi_synthetic": {"19", "23"}, "btheb": set(), "help": set()}
"""Items that only one of them reports."""


def checklist_of(folder: Path) -> dict[str, tuple[str, str]]:
    """State and place of each item in the checklist of the supplement."""
    source = (folder / "supplement.qmd").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| CONSORT (\w+): [^|]*\| ([^|]+?) \| ([^|]*?) \|", source)
    return {item: (state, where) for item, state, where in rows}


def flow_of(folder: Path) -> pd.DataFrame:
    """Counts of the participant flow: unit, arm, visit, statistic, estimate."""
    rows = pd.read_parquet(folder / "statistics" / "trial.parquet")
    names = ["randomised_n", "assessed_n", "not_assessed_n", "lost_n"]
    return rows[rows["statistic"].isin(names)]


@pytest.fixture(params=TRIALS)
def folder(request, finished) -> Path:
    return finished / "results" / request.param


def test_the_checklist_has_every_item_once(folder):
    items = [topic.id.removeprefix("consort-") for topic in CONSORT_TOPICS]
    assert list(checklist_of(folder)) == items


def test_the_checklist_says_what_is_reported_and_where(folder):
    found = checklist_of(folder)
    assert {state for state, _ in found.values()} == {"in the text", "absent"}
    filled = {item for item, (state, _) in found.items() if state == "in the text"}
    assert {item.upper() for item in filled} == {
        item.upper() for item in REPORTED | OWN[folder.name]
    }
    for item, (_, where) in found.items():
        assert where.startswith(("Manuscript, ", "Supplement, ")) == (item in filled)


def test_what_the_checklist_calls_reported_is_in_the_manuscript(folder):
    """The arms' sizes and the flow are numbers of the manuscript, not only of the supplement."""
    text = (folder / "manuscript.qmd").read_text(encoding="utf-8")
    trial = TRIALS[folder.name]
    flow = flow_of(folder)
    for name in flow.loc[flow["statistic"] == "randomised_n", "id"]:
        assert f'data-id="{name}"' in text
    assert re.search(rf'data-id="{trial}\.[^"]+\.arm_difference"', text)


def test_the_registration_is_that_of_the_ledger(finished):
    text = (finished / "results/mcbi_synthetic/manuscript.qmd").read_text(encoding="utf-8")
    ledger = (finished / "workflow/publications/mcbi2023.yaml").read_text(encoding="utf-8")
    [number] = set(re.findall(r"NCT\d{8}", ledger))
    assert number in text


def test_the_flow_adds_up(folder):
    """Randomised = assessed + not assessed, and these = their reasons, by unit, arm and visit."""
    flow = flow_of(folder)
    checked = 0
    for (_unit, _arm), rows in flow.groupby(["y", "contrast"]):
        [randomised] = rows.loc[rows["statistic"] == "randomised_n", "estimate"]
        for _visit, here in rows[rows["occasion"] != ""].groupby("occasion"):
            count = here.set_index("id")["estimate"].groupby(here["statistic"].to_numpy()).sum()
            assert count["assessed_n"] + count["not_assessed_n"] == randomised
            assert count.get("lost_n", count["not_assessed_n"]) == count["not_assessed_n"]
            assert (here["estimate"] >= 0).all()
            checked += 1
    assert checked >= 2 * 3


def test_the_arms_add_up_to_the_sample(folder, finished):
    """Of patients and therapists; with excluded arms, to those of the arms compared."""
    cohort, *_ = read_parts(folder.name, lambda path: str(finished / path))
    sample = pd.read_parquet(folder / "sample.parquet")
    flow = flow_of(folder)
    sizes = flow[flow["statistic"] == "randomised_n"].groupby("y")["estimate"].sum()
    assert sizes["patient"] == sample["condition"].isin(cohort.sample.conditions()).sum()
    if "therapist" in sizes:
        assert sizes["therapist"] == sample["therapist"].nunique()


def test_no_model_holds_more_than_were_assessed(folder):
    """Analysed: at one visit or more, so at least as many as at each visit, at most all."""
    rows = pd.read_parquet(folder / "statistics" / "trial.parquet")
    flow = rows[rows["statistic"] == "randomised_n"]
    for _, model in rows[rows["statistic"] == "analysed_n"].iterrows():
        name, arm = model["id"].split(".")[1:3]
        trial = model["id"].partition(".")[0]
        visits = rows[rows["id"].str.fullmatch(rf"{trial}\.{name}\.\w+\.{arm}\.visit_n")]
        sizes = flow.loc[flow["id"].str.endswith(f".{arm}.randomised_n"), "estimate"]
        assert visits["estimate"].max() <= model["estimate"] <= sizes.max()
        assert len(visits) >= 2
