"""Reliable and clinically significant change: the source's example, both directions, edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.reliable_change import (
    Cutoff,
    change_criteria,
    classify_change,
    difference_error,
    published_criteria,
)

scores = st.floats(0, 63).map(lambda value: round(value, 1))


def test_denominators():
    assert difference_error("jacobson_truax", 5, 0.84) == pytest.approx(np.sqrt(2) * 5 * 0.4)
    assert difference_error("two_errors", 3, 0.75, 4) == pytest.approx(2.5)
    assert difference_error("christensen_mendoza", 3, None, 4, 0.0) == pytest.approx(5)
    # With equal spreads and the correlation as reliability all three are the same.
    same = [
        difference_error("jacobson_truax", 6, 0.8),
        difference_error("two_errors", 6, 0.8, 6),
        difference_error("christensen_mendoza", 6, None, 6, 0.8),
    ]
    assert same == pytest.approx([same[0]] * 3)
    draw = np.random.default_rng(2)
    before, after = draw.normal(size=(2, 50)) + draw.normal(size=50)
    r = np.corrcoef(before, after)[0, 1]
    found = difference_error("christensen_mendoza", before.std(ddof=1), None, after.std(ddof=1), r)
    assert found == pytest.approx((after - before).std(ddof=1))


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (("jacobson_truax", 5.0), "the reliability is None"),
        (("jacobson_truax", 5.0, 1.0), "the reliability is 1.0"),
        (("jacobson_truax", 0.0, 0.8), "before treatment is 0.0"),
        (("two_errors", 5.0, 0.8), "after treatment is None"),
        (("christensen_mendoza", 5.0, 0.8, 5.0, 1.2), "correlation of both occasions is 1.2"),
        (("other", 5.0), "no denominator 'other'"),
        (("two_errors", np.nan, 2.0), "before treatment is nan.*after.*reliability is 2.0"),
    ],
)
def test_denominators_that_cannot_be_computed(choices, message):
    with pytest.raises(AnalysisError, match=message):
        difference_error(*choices)


def test_categories():
    criteria = change_criteria("lower", 2.0, Cutoff("c", 14.0))
    before = [25, 25, 25, 25, 13, 13, 14, np.nan, 25]
    after = [13, 14, 21.5, 29, 8, 17, 10, 10, np.nan]
    found = classify_change(before, after, criteria)
    assert found["category"].tolist() == [
        *("recovered", "improved", "unchanged", "deteriorated"),
        *("improved", "deteriorated", "recovered", None, None),
    ]
    assert found["rci"][0] == -6
    assert found["clinical_before"].tolist()[4:7] == [False, False, True]
    assert found["clinical_after"].isna().tolist() == [False] * 8 + [True]


def test_edges_of_computed_and_published_criteria():
    """Computed criteria must be exceeded, published ones reached; rounding errors count as none."""
    computed = change_criteria("higher", 3.0, Cutoff("a", 50.0), z=1.0)
    published = published_criteria("higher", 3.0, 50.0)
    before, after = [1.3, 1.0, 47.1], [4.3, 4.0, 50.1]
    assert classify_change(before, after, computed)["category"].tolist() == ["unchanged"] * 3
    found = classify_change(before, after, published)["category"].tolist()
    assert found == ["improved", "improved", "recovered"]


def test_without_a_cutoff_or_a_reliable_change():
    no_cutoff = published_criteria("lower", reliable_points=5)
    assert no_cutoff.cutoff.reason == "No cut-off is given."
    found = classify_change([20, 20], [10, 18], no_cutoff)
    assert found["category"].tolist() == ["improved", "unchanged"]
    assert found["clinical_before"].isna().all()
    unknown = published_criteria("lower", cutoff=10)
    assert "reliable change" in unknown.reason
    assert classify_change([20], [5], unknown)["category"].tolist() == [None]
    for call in (
        lambda: published_criteria("lower", 0),
        lambda: change_criteria("lower", 0.0, Cutoff("a", 1.0)),
        lambda: classify_change([1, 2], [1], no_cutoff),
    ):
        with pytest.raises(AnalysisError):
            call()


@given(st.lists(st.tuples(scores, scores), min_size=1), st.floats(0.5, 8), scores)
def test_turning_the_scale_around_changes_no_category(pairs, error, cutoff):
    before, after = (np.array(values) for values in zip(*pairs, strict=True))
    lower = change_criteria("lower", error, Cutoff("c", cutoff))
    higher = change_criteria("higher", error, Cutoff("c", -cutoff))
    one, other = classify_change(before, after, lower), classify_change(-before, -after, higher)
    assert one["category"].tolist() == other["category"].tolist()
    back = classify_change(after, before, lower)["category"]
    worse = one["category"] == "deteriorated"
    assert (worse == back.isin(["improved", "recovered"])).all()
