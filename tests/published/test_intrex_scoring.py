"""INTREX introject scores that can be checked by hand; items are the clusters 1 to 8."""

import pytest

RISING = [20, 30, 40, 50, 60, 70, 80, 90]


def test_rising_profile(score_one) -> None:
    scored = score_one("intrex", RISING)
    # 4.5 x 30 + 7.8 x 40 + 4.5 x 50 = 672; 4.5 x 70 + 7.8 x 80 + 4.5 x 90 = 1344
    assert scored["affiliation"]["score"] == pytest.approx((672 - 1344) / 16.8)
    assert scored["affiliation"]["score"] == pytest.approx(-40)
    # 7.8 x 20 + 4.5 x 30 + 4.5 x 90 = 696; 4.5 x 50 + 7.8 x 60 + 4.5 x 70 = 1008
    assert scored["autonomy"]["score"] == pytest.approx((696 - 1008) / 16.8)
    assert scored["attachment_group"]["score"] == (30 + 40 + 50) / 3
    assert scored["disrupted_attachment_group"]["score"] == (70 + 80 + 90) / 3


@pytest.mark.parametrize(
    ("profile", "affiliation", "autonomy"),
    [
        ([0, 100, 100, 100, 0, 0, 0, 0], 100, 0),  # friendly; autonomy 4.5 - 4.5
        ([0, 0, 0, 0, 0, 100, 100, 100], -100, 0),  # hostile
        ([100, 100, 0, 0, 0, 0, 0, 100], 0, 100),  # free; affiliation 4.5 - 4.5
        ([0, 0, 0, 100, 100, 100, 0, 0], 0, -100),  # controlled
        ([50] * 8, 0, 0),
    ],
)
def test_ends_of_the_axes(score_one, profile, affiliation, autonomy) -> None:
    scored = score_one("intrex", profile)
    assert scored["affiliation"]["score"] == pytest.approx(affiliation, abs=1e-12)
    assert scored["autonomy"]["score"] == pytest.approx(autonomy, abs=1e-12)


def test_a_missing_cluster_leaves_the_scales_without_it(score_one) -> None:
    scored = score_one("intrex", RISING, left_out=[1])
    assert scored["autonomy"]["score"] is None
    assert scored["autonomy"]["reason"] == "5 of 6 items answered, 6 needed"
    assert scored["affiliation"]["score"] == pytest.approx(-40)
