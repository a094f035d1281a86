"""The scoring audit on real answers: silent where the key is right, and each turned item found."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT
from tests.unit.intake.scoring_audit.people import INSTRUMENTS, turned
from tests.unit.intake.scoring_audit.questionnaire import answered
from tests.unit.intake.small_cohort import cohort

from attune.intake.scoring_audit.findings import audit_questionnaire
from attune.intake.scoring_audit.item_findings import miskeyed_items
from attune.intake.scoring_audit.keying_search import search_keyings
from attune.scoring.scores import NO_RESPONSE
from attune.specs.instrument import Instrument
from attune_files.project import read_cohort
from attune_files.raw.sheets import read_raw_sheets

BIS, HSCL, CES_D, AHI = (INSTRUMENTS[name] for name in ("bis_11", "hscl_58", "ces_d", "ahi"))


@pytest.fixture(scope="module")
def data() -> Path:
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    return Path(os.environ["ATTUNE_REFERENCE"]) / "data"


def codes(frame: pd.DataFrame) -> np.ndarray:
    return frame.astype(float).fillna(int(NO_RESPONSE)).to_numpy(np.int16)


def items_of_scales(instrument: Instrument) -> list[int]:
    scales = instrument.consistency_scales()
    return sorted({item for scale in scales for item in instrument.items_of(scale)})


def share_found(responses: np.ndarray, instrument: Instrument) -> tuple[float, float]:
    """Of the items, turned one by one: named, and named or noted."""
    named, noted = [], []
    for item in items_of_scales(instrument):
        found = miskeyed_items(answered(turned_back(responses, instrument, item), instrument))
        named.append(item in found.against)
        noted.append(item in found.against or item in found.unclear)
    return float(np.mean(named)), float(np.mean(noted))


def turned_back(responses: np.ndarray, instrument: Instrument, item: int) -> np.ndarray:
    bent = turned(responses.astype(int), instrument, [item])
    return np.where(responses == NO_RESPONSE, NO_RESPONSE, bent).astype(np.int16)


def check(responses: np.ndarray, instrument: Instrument) -> None:
    violations = audit_questionnaire(answered(responses, instrument), cohort(), INSTRUMENTS)
    assert [violation.sentence() for violation in violations if violation.severity != "note"] == []
    assert len(violations) <= 2
    named, noted = share_found(responses, instrument)
    assert named >= 0.95
    assert noted == 1


@pytest.mark.parametrize("wave", ["baseline", "6", "12", "18", "24"])
def test_ces_d_of_the_help_trial(wave: str) -> None:
    sheets = read_raw_sheets(ROOT / "data/help", read_cohort(ROOT / "data/help/cohort.yaml"))
    columns = [f"cesd_{item}" for item in range(1, 21)]
    check(codes(sheets[f"cesd_{wave}"][columns].replace("", np.nan)), CES_D)


def test_ces_d_of_the_help_trial_without_reversals_and_by_another_rule() -> None:
    sheet = read_raw_sheets(ROOT / "data/help", read_cohort(ROOT / "data/help/cohort.yaml"))
    frame = sheet["cesd_baseline"].replace("", np.nan)
    given = frame[[f"cesd_{item}" for item in range(1, 21)]].astype(float).to_numpy()
    search = search_keyings(given, CES_D, "total", frame["CES_D"].to_numpy(float))
    # The file adds up whatever was answered; the key asks for all items.
    assert search.unique
    assert search.best.in_words() == "470 of 470 are reproduced if missing items are skipped"
    search = search_keyings(given, CES_D, "total", np.nansum(given, axis=1))
    assert search.best.keying.in_words() == "if nothing is reversed and missing items are skipped"
    assert search.unique


@pytest.mark.parametrize(
    ("file", "stem", "instrument"), [("barratt", "barratt", BIS), ("hopkins", "hopkins", HSCL)]
)
def test_ds000030(data: Path, file: str, stem: str, instrument: Instrument) -> None:
    table = pd.read_csv(data / f"ds000030/{file}.tsv", sep="\t", na_values="n/a")
    columns = [f"{stem}{item}" for item in range(1, instrument.n_items + 1)]
    check(codes(table[columns]), instrument)


@pytest.mark.parametrize("occasion", range(6))
def test_ds4psy(data: Path, occasion: int) -> None:
    table = pd.read_csv(data / "ds4psy/posPsy.csv")
    rows = table[table["occasion"] == occasion]
    check(codes(rows[[f"cesd{item:02d}" for item in range(1, 21)]] - 1), CES_D)
    check(codes(rows[[f"ahi{item:02d}" for item in range(1, 25)]]), AHI)


def test_the_files_own_scores_are_those_of_the_key_and_of_no_other(data: Path) -> None:
    table = pd.read_csv(data / "ds000030/barratt.tsv", sep="\t", na_values="n/a")
    given = table[[f"barratt{item}" for item in range(1, 31)]].to_numpy(float)
    for scale, column in [("motor", "bis_2motimp"), ("nonplanning", "bis_2npimp")]:
        search = search_keyings(given, BIS, scale, table[column].to_numpy(float))
        assert search.unique
        assert search.best.in_words() == "272 of 272 are reproduced by the key as it is declared"
    table = pd.read_csv(data / "ds000030/hopkins.tsv", sep="\t", na_values="n/a")
    given = table[[f"hopkins{item}" for item in range(1, 59)]].to_numpy(float)
    scores = table["hopkins_somatization"].to_numpy(float)
    search = search_keyings(given, HSCL, "somatization", scores, allowed=1e-6)
    assert search.unique
    assert search.best.in_words() == "272 of 272 are reproduced by the key as it is declared"


def test_an_unreversed_item_in_the_files_scores(data: Path) -> None:
    table = pd.read_csv(data / "ds000030/barratt.tsv", sep="\t", na_values="n/a")
    given = table[[f"barratt{item}" for item in range(1, 31)]].to_numpy(float)
    scores = table["bis_2npimp"].to_numpy(float) - (5 - given[:, 6]) + given[:, 6]
    search = search_keyings(given, BIS, "nonplanning", scores)
    assert search.unique
    assert search.best.in_words() == "272 of 272 are reproduced if item 7 is not reversed"


def test_scores_of_codes_that_begin_one_higher(data: Path) -> None:
    table = pd.read_csv(data / "ds4psy/posPsy.csv")
    given = table[[f"cesd{item:02d}" for item in range(1, 21)]].to_numpy(float) - 1
    scores = table["cesdTotal"].to_numpy(float)
    search = search_keyings(given, CES_D, "total", scores)
    assert search.unique
    assert search.best.in_words() == "992 of 992 are reproduced by the key as it is declared"
    search = search_keyings(given, CES_D, "total", scores + 20)
    assert search.best.in_words() == (
        "992 of 992 are reproduced if the lowest answer counts 1 instead of 0"
    )
    assert search.unique
