import numpy as np
import pandas as pd
import pytest

from attune.analyses.reliability.estimate import estimate_reliability
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.stats.alpha import cronbach_alpha, feldt_interval, item_rest_correlations
from attune.stats.omega import omega_total, one_factor_model
from attune.stats.robust_intervals import robust_omega_interval
from attune.store.contracts import ITEM_COLUMNS, RELIABILITY, RESPONSES, STATISTICS, conform

random = np.random.default_rng(11)
TRAIT = random.normal(size=(60, 1))
ITEMS = np.clip(np.round(4 + TRAIT + random.normal(size=(60, 5))), 1, 7)

MOOD = Instrument.model_validate(
    {
        "instrument": "mood",
        "version": "1.0",
        "name": "Mood",
        "abbreviation": "M",
        "citation": "none",
        "citation_key": "none",
        "raters": ["patient"],
        "states": ["best", "worst"],
        "n_items": 5,
        "response": {"minimum": 1, "maximum": 7},
        "reverse": [2, 5],
        "scales": {
            "total": {"label": "Total", "aggregation": "sum", "items": "all"},
            "late": {"label": "Late", "aggregation": "mean", "items": [3, 4, 5]},
            "circle": {"label": "Circle", "aggregation": "weighted", "weights": {1: 2, 2: -1}},
        },
        "missing": {"rule": "complete", "source": "test"},
        "confidence": {"level": "1-source", "note": "test"},
        "licence": "none",
    }
)


def questionnaires(items: np.ndarray, **place: str) -> pd.DataFrame:
    """Rows of RESPONSES whose reversed items are reversed back, as patients would answer."""
    given = items.copy()
    given[:, [1, 4]] = 8 - given[:, [1, 4]]
    where = {"instrument": "mood", "rater": "patient", "occasion": "intake", "state": "best"}
    frame = pd.DataFrame(given, columns=ITEM_COLUMNS[:5]).assign(**(where | place))
    frame["dyad"] = [f"d{number:03d}" for number in range(len(items))]
    return conform(frame, RESPONSES).to_pandas()


def test_every_scale_of_every_occasion():
    responses = pd.concat(
        [questionnaires(ITEMS), questionnaires(ITEMS[:20], state="worst")], ignore_index=True
    )
    reliability, statistics = estimate_reliability(responses, {"mood": MOOD})
    table = conform(reliability, RELIABILITY).to_pandas()
    assert table[["state", "scale", "n"]].to_numpy().tolist() == [
        ["best", "late", 60],
        ["best", "total", 60],
        ["worst", "late", 20],
        ["worst", "total", 20],
    ]
    total = table.iloc[1]
    assert total["alpha"] == pytest.approx(cronbach_alpha(ITEMS))
    assert total["omega"] == pytest.approx(omega_total(ITEMS))
    rest = item_rest_correlations(ITEMS)
    assert total["lowest_item"] == rest.argmin() + 1
    assert total["mean_item_rest_correlation"] == pytest.approx(rest.mean())
    conform(statistics, STATISTICS)
    rows = statistics.set_index("id")
    alpha = rows.loc["reliability.mood.total.patient.intake.best.alpha"]
    assert alpha["estimate"] == pytest.approx(cronbach_alpha(ITEMS))
    assert [alpha["ci_low"], alpha["ci_high"]] == pytest.approx(
        feldt_interval(alpha["estimate"], 60, 5)
    )
    assert "reliability.mood.late.patient.intake.worst.omega" in rows.index
    assert len(rows) == 12


def test_the_lowest_item_has_its_number_in_the_instrument():
    items = ITEMS.copy()
    items[:, 4] = random.integers(1, 8, size=60)
    reliability, _ = estimate_reliability(questionnaires(items), {"mood": MOOD})
    assert reliability.set_index("scale")["lowest_item"].to_dict() == {"total": 5, "late": 5}


def test_an_instrument_without_states_has_no_state_in_its_ids():
    _, statistics = estimate_reliability(questionnaires(ITEMS, state=""), {"mood": MOOD})
    assert statistics["id"].iloc[0] == "reliability.mood.total.patient.intake.alpha"


def test_undefined_scales_are_null_with_their_reason():
    reliability, statistics = estimate_reliability(questionnaires(ITEMS[:4]), {"mood": MOOD})
    table = conform(reliability, RELIABILITY).to_pandas().set_index("scale")
    assert np.isfinite(table.loc["total", "alpha"])
    assert np.isnan(table.loc["total", "omega"])
    assert table.loc["total", "reason"].startswith("Omega needs more complete questionnaires")
    reliability, statistics = estimate_reliability(questionnaires(ITEMS[:2]), {"mood": MOOD})
    table = conform(reliability, RELIABILITY).to_pandas()
    assert (
        table[["alpha", "alpha_ci_low", "omega", "lowest_item", "ci_level"]].isna().all(axis=None)
    )
    assert (table["n"] == 2).all()
    assert statistics["estimate"].isna().all()
    assert statistics["reason"].str.contains("at least 3 questionnaires").all()


def test_no_responses_give_no_rows():
    reliability, statistics = estimate_reliability(questionnaires(ITEMS[:0]), {"mood": MOOD})
    assert len(conform(reliability, RELIABILITY)) == len(conform(statistics, STATISTICS)) == 0


def test_responses_without_a_scoring_key_are_an_error():
    with pytest.raises(AnalysisError, match=r"\['mood'\] have no scoring key"):
        estimate_reliability(questionnaires(ITEMS), {})


def test_a_therapist_with_several_patients_counts_once():
    """30 therapists answer once, and the data repeat it for both patients of each."""
    twice = questionnaires(np.repeat(ITEMS[:30], 2, axis=0), rater="therapist")
    therapists = [f"t{number // 2}" for number in range(60)]
    people = pd.DataFrame({"dyad": twice["dyad"], "therapist": therapists})
    found = estimate_reliability(twice, {"mood": MOOD}, people=people)[1].set_index("id")
    once = questionnaires(ITEMS[:30], rater="therapist")
    alone = estimate_reliability(once, {"mood": MOOD})[1].set_index("id")
    columns = ["estimate", "ci_low", "ci_high", "n"]
    pd.testing.assert_frame_equal(found[columns], alone[columns])
    assert found["method"].str.endswith("without a missing item, each therapist once").all()
    # Ratings of each patient by the same therapists are questionnaires of the dyads.
    rated = questionnaires(ITEMS, rater="therapist")
    ratings = estimate_reliability(rated, {"mood": MOOD}, people=people)[1]
    assert ratings["n"].eq(60).all() and not ratings["method"].str.contains("once").any()


def test_each_scale_is_fitted_once(monkeypatch):
    fitted = []

    def counted(covariance):
        fitted.append(len(covariance))
        return one_factor_model(covariance)

    monkeypatch.setattr("attune.stats.omega.one_factor_model", counted)
    _, statistics = estimate_reliability(questionnaires(ITEMS), {"mood": MOOD})
    assert fitted == [5, 3]
    row = statistics.set_index("id").loc["reliability.mood.total.patient.intake.best.omega"]
    found = robust_omega_interval(ITEMS)
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (
        omega_total(ITEMS),
        found.low,
        found.high,
    )
