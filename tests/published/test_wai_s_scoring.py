"""WAI-S scores that can be checked by hand."""

import pytest

# Item i is answered 1 + i mod 7.
CYCLE = [2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6]


def scores(scored: dict) -> dict[str, float | None]:
    return {scale: row["score"] for scale, row in scored.items()}


def test_all_sevens(score_one) -> None:
    assert scores(score_one("wai_s", [7] * 12)) == {
        "task": 28,
        "bond": 28,
        "goal": 16,  # 7 + 7 + two reversed x (8 - 7)
        "total": 72,
    }


def test_cycle(score_one) -> None:
    assert scores(score_one("wai_s", CYCLE)) == {
        "task": 2 + 3 + 2 + 6,  # items 1 2 8 12
        "bond": 4 + 6 + 1 + 3,  # items 3 5 7 9
        "goal": (8 - 5) + 7 + (8 - 4) + 5,  # items 4R 6 10R 11
        "total": 13 + 14 + 19,
    }


def test_missing_items(score_one) -> None:
    scored = score_one("wai_s", CYCLE, left_out=[4])
    assert scored["goal"]["score"] is None  # one of four is more than a fifth
    assert scored["goal"]["reason"] == "3 of 4 items answered, 4 needed"
    assert scored["total"]["score"] == pytest.approx((46 - 3) * 12 / 11)
    assert score_one("wai_s", CYCLE, left_out=[4, 1])["total"]["n_answered"] == 10
    assert score_one("wai_s", CYCLE, left_out=[4, 1, 2])["total"]["score"] is None
