"""Known mistakes of scoring scripts, and which keying the search says was used."""

import numpy as np
import pytest
from tests.conftest import ROOT
from tests.unit.intake.scoring_audit.questionnaire import key

from attune.intake.scoring_audit.keying_search import KeyingSearch, search_keyings
from attune.intake.scoring_audit.printed_targets import printed_target
from attune.specs.errors import AnalysisError, ConfigurationError
from attune.specs.instrument import Instrument
from attune_files.yaml_file import read_instruments

INSTRUMENTS = read_instruments(sorted((ROOT / "workflow/instruments").glob("*.yaml")))
KIMS, CES_D, SCL = (INSTRUMENTS[name] for name in ("kims", "ces_d", "scl_90_r"))


def responses(instrument: Instrument, n: int = 60, seed: int = 1) -> np.ndarray:
    codes = instrument.response
    drawn = np.random.default_rng(seed).integers(
        codes.minimum, codes.maximum + 1, (n, instrument.n_items)
    )
    return drawn.astype(float)


def total(given: np.ndarray, items: list[int], turned: tuple[int, ...] = (), ends: int = 6):
    """The sum of some items, by hand."""
    return sum(ends - given[:, i - 1] if i in turned else given[:, i - 1] for i in items)


def words(search: KeyingSearch) -> str:
    assert search.complete
    assert search.unique, [equal.in_words() for equal in search.equals]
    return search.best.keying.in_words()


def without(instrument: Instrument, scale: str, left_out: int) -> list[int]:
    return [item for item in instrument.items_of(scale) if item != left_out]


def test_observing_without_item_21() -> None:
    given = responses(KIMS)
    scores = total(given, without(KIMS, "observe", 21))
    found = words(search_keyings(given, KIMS, "observe", scores))
    assert found == "if item 21 is left out"


def test_all_of_kims_without_reversals_and_without_an_item() -> None:
    given = responses(KIMS)
    scores = total(given, without(KIMS, "describe", 22))
    found = words(search_keyings(given, KIMS, "describe", scores))
    assert found == "if item 22 is left out and nothing is reversed"


def test_an_item_of_another_scale_is_added() -> None:
    given = responses(KIMS)
    reverse = tuple(i for i in KIMS.items_of("describe") if i in KIMS.reverse)
    scores = total(given, [*KIMS.items_of("describe"), 30], reverse)
    assert words(search_keyings(given, KIMS, "describe", scores)) == "if item 30 is added"


def test_a_total_without_reversals() -> None:
    given = responses(CES_D)
    scores = given.sum(axis=1)
    assert words(search_keyings(given, CES_D, "total", scores)) == "if nothing is reversed"


def test_one_item_is_not_reversed() -> None:
    given = responses(CES_D)
    scores = total(given, CES_D.items_of("total"), (4, 12, 16), 3)
    found = words(search_keyings(given, CES_D, "total", scores))
    assert found == "if item 8 is not reversed"


def test_two_items_are_turned() -> None:
    given = responses(CES_D)
    scores = total(given, CES_D.items_of("total"), (4, 7, 8, 12), 3)
    found = words(search_keyings(given, CES_D, "total", scores))
    assert found == "if item 7 is reversed and item 16 is not reversed"


def test_codes_begin_one_higher_and_a_mean() -> None:
    given = responses(CES_D)
    scores = (total(given, CES_D.items_of("total"), (4, 8, 12, 16), 3) + 20) / 20
    found = words(search_keyings(given, CES_D, "total", scores))
    assert found == (
        "if the lowest answer counts 1 instead of 0 and the items are averaged instead of added up"
    )


def test_depression_of_the_scl_without_item_71() -> None:
    given = responses(SCL)
    scores = given[:, np.array(without(SCL, "depression", 71)) - 1].mean(axis=1).round(2)
    search = search_keyings(given, SCL, "depression", scores, allowed=0.005)
    assert words(search) == "if item 71 is left out"


def test_numbers_off_by_one() -> None:
    given = responses(KIMS)
    reverse = tuple(i + 1 for i in KIMS.items_of("act_with_awareness") if i in KIMS.reverse)
    scores = total(given, [i + 1 for i in KIMS.items_of("act_with_awareness")], reverse)
    found = words(search_keyings(given, KIMS, "act_with_awareness", scores))
    assert found == "if the columns of the next items are taken"


def test_a_sum_that_silently_skips_missing_items() -> None:
    given = responses(CES_D)
    given[::3, 4] = np.nan
    given[1::4, 7] = np.nan  # one that is reversed
    keyed = given.copy()
    keyed[:, [3, 7, 11, 15]] = 3 - keyed[:, [3, 7, 11, 15]]
    found = words(search_keyings(given, CES_D, "total", np.nansum(keyed, axis=1)))
    assert found == "if missing items are skipped"
    prorated = np.nanmean(keyed, axis=1) * 20
    found = words(search_keyings(given, CES_D, "total", prorated))
    assert found == "if the mean of the answered items replaces missing ones"


def test_the_declared_key_comes_first_and_ties_are_reported() -> None:
    given = responses(key(5))
    given[:, 4] = 3  # turned or not, it counts 3
    search = search_keyings(given, key(5), "total", given.sum(axis=1))
    assert search.best.keying.in_words() == "by the key as it is declared"
    assert search.complete
    assert not search.unique
    assert search.equals[0].keying.in_words() == "if item 5 is reversed"


def test_a_few_wrong_scores_do_not_hide_the_key() -> None:
    given = responses(CES_D, n=1000)
    scores = given.sum(axis=1)
    scores[::100] += 1
    search = search_keyings(given, CES_D, "total", scores)
    assert search.best.in_words() == "990 of 1000 are reproduced if nothing is reversed"
    assert not search.complete
    assert not search.unique


def test_printed_mean_sd_and_alpha() -> None:
    rng = np.random.default_rng(3)
    level = rng.normal(size=(200, 1))
    given = np.clip(np.round(3 + level + rng.normal(size=(200, 39))), 1, 5)
    used = given[:, np.array(without(KIMS, "observe", 21)) - 1]
    sums = used.sum(axis=1)
    alpha = 11 / 10 * (1 - used.var(axis=0, ddof=1).sum() / sums.var(ddof=1))
    printed = [
        printed_target("mean", f"{sums.mean():.3f}"),
        printed_target("sd", f"{sums.std(ddof=1):.3f}"),
        printed_target("alpha", f"{alpha:.3f}"),
    ]
    search = search_keyings(given, KIMS, "observe", printed=printed)
    assert words(search) == "if item 21 is left out"
    # A mean alone cannot tell this keying from others.
    vague = search_keyings(given, KIMS, "observe", printed=[printed_target("mean", "33")])
    assert vague.complete
    assert not vague.unique


def test_printed_statistics_with_missing_answers_are_those_of_numpy() -> None:
    given = responses(KIMS, n=80, seed=2)
    given[::7, 0] = np.nan
    used = given[:, np.array(KIMS.items_of("observe")) - 1]
    complete = used[np.isfinite(used).all(axis=1)]
    sums = complete.sum(axis=1)
    alpha = 12 / 11 * (1 - complete.var(axis=0, ddof=1).sum() / sums.var(ddof=1))
    printed = [
        printed_target("mean", f"{sums.mean():.6f}"),
        printed_target("sd", f"{sums.std(ddof=1):.6f}"),
        printed_target("alpha", f"{alpha:.6f}"),
    ]
    search = search_keyings(given, KIMS, "observe", printed=printed)
    assert words(search) == "if only complete questionnaires have a score"


@pytest.mark.parametrize(
    ("text", "low", "high"), [("2.33", 2.325, 2.335), (".9", 0.85, 0.95), ("29", 28.5, 29.5)]
)
def test_a_printed_number_covers_the_values_that_round_to_it(
    text: str, low: float, high: float
) -> None:
    target = printed_target("mean", text)
    assert (target.low, target.high) == pytest.approx((low, high), abs=1e-8)


def test_what_is_no_number() -> None:
    with pytest.raises(ConfigurationError, match="found '2,3'"):
        printed_target("sd", "2,3")


def test_what_cannot_be_searched() -> None:
    given = responses(SCL)
    with pytest.raises(AnalysisError, match="not a sum or mean"):
        search_keyings(given, SCL, "pst", np.ones(60))
    with pytest.raises(AnalysisError, match="no score and no printed number"):
        search_keyings(given, SCL, "gsi", np.full(60, np.nan))


def test_ninety_items_and_a_thousand_people() -> None:
    given = responses(SCL, n=1000)
    scores = given[:, :89].mean(axis=1)
    found = words(search_keyings(given, SCL, "gsi", scores))
    assert found == "if item 90 is left out"


def test_a_few_missing_answers_among_many_people() -> None:
    """The people on whom all keyings are tried first may have answered everything."""
    given = responses(CES_D, 2000)
    given[[3, 7, 1001], 4] = np.nan
    reverse = tuple(CES_D.reverse)
    scores = total(np.nan_to_num(given), CES_D.items_of("total"), reverse, 3)
    found = search_keyings(given, CES_D, "total", scores)
    assert words(found) == "if missing items are skipped"
    assert len(found.found) <= 50


def test_what_only_all_people_tell_apart() -> None:
    """Everybody among the first answers each item alike; one other person does not."""
    instrument = key(30, reverse=[2])
    given = np.full((1200, 30), 2.0)
    given[1::3] = responses(instrument, 400)
    scores = total(given, [item for item in range(1, 31) if item != 17], (2, 23), 6)
    found = search_keyings(given, instrument, "total", scores)
    assert words(found) == "if item 17 is left out and item 23 is reversed"
