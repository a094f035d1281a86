"""IIP-32 scores that can be checked by hand."""

import pytest

# Item i is answered i mod 5.
CYCLE = [item % 5 for item in range(1, 33)]


def test_cycle(score_one) -> None:
    scored = score_one("iip_32", CYCLE)
    assert {scale: row["score"] for scale, row in scored.items()} == {
        "pa": 2 + 0 + 3 + 0,  # items 22 25 28 30
        "bc": 4 + 1 + 2 + 3,  # items 14 16 17 18
        "de": 0 + 1 + 3 + 0,  # items 10 11 13 15
        "fg": 2 + 0 + 4 + 4,  # items 2 5 9 19
        "hi": 4 + 1 + 2 + 2,  # items 4 6 7 12
        "jk": 1 + 3 + 0 + 1,  # items 1 8 20 31
        "lm": 3 + 1 + 2 + 2,  # items 23 26 27 32
        "no": 3 + 1 + 4 + 4,  # items 3 21 24 29
        "total": 5 + 10 + 4 + 10 + 9 + 5 + 8 + 12,
        "mean": 63 / 32,
    }


def test_missing_items(score_one) -> None:
    scored = score_one("iip_32", CYCLE, left_out=[22])  # answered 2
    assert scored["pa"]["score"] is None
    assert scored["total"]["score"] == pytest.approx((63 - 2) * 32 / 31)
    assert scored["mean"]["score"] == pytest.approx((63 - 2) / 31)
    assert score_one("iip_32", CYCLE, left_out=range(1, 7))["mean"]["score"] is not None
    seven = score_one("iip_32", CYCLE, left_out=range(1, 8))
    assert seven["mean"]["reason"] == "25 of 32 items answered, 26 needed"
