"""KIMS scores that can be checked by hand."""

import pytest

# Item i is answered 1 + i mod 5: 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, ...
CYCLE = [1 + item % 5 for item in range(1, 40)]


def scores(scored: dict) -> dict[str, float | None]:
    return {scale: row["score"] for scale, row in scored.items()}


def test_all_ones(score_one) -> None:
    # A reversed item answered 1 counts 6 - 1 = 5.
    assert scores(score_one("kims", [1] * 39)) == {
        "observe": 12,  # 12 items, none reversed
        "describe": 20,  # 5 x 1 + 3 reversed x 5
        "act_with_awareness": 34,  # 4 x 1 + 6 reversed x 5
        "accept_without_judgment": 45,  # 9 reversed x 5
        "total": 111,  # 21 x 1 + 18 reversed x 5 = 12 + 20 + 34 + 45
    }


def test_cycle(score_one) -> None:
    assert scores(score_one("kims", CYCLE)) == {
        # items 1 5 9 13 17 21 25 29 30 33 37 39
        "observe": 2 + 1 + 5 + 4 + 3 + 2 + 1 + 5 + 1 + 4 + 3 + 5,
        # items 2 6 10 14R 18R 22R 26 34
        "describe": 3 + 2 + 1 + (6 - 5) + (6 - 4) + (6 - 3) + 2 + 5,
        # items 3R 7 11R 15 19 23R 27R 31R 35R 38
        "act_with_awareness": (6 - 4)
        + 3
        + (6 - 2)
        + 1
        + 5
        + (6 - 4)
        + (6 - 3)
        + (6 - 2)
        + (6 - 1)
        + 4,
        # items 4R 8R 12R 16R 20R 24R 28R 32R 36R
        "accept_without_judgment": 1 + 2 + 3 + 4 + 5 + 1 + 2 + 3 + 4,
        "total": 36 + 19 + 33 + 25,
    }


def test_two_of_twelve_items_left_out_are_prorated(score_one) -> None:
    scored = score_one("kims", CYCLE, left_out=[1, 5])  # answered 2 and 1
    assert scored["observe"]["score"] == pytest.approx((36 - 2 - 1) * 12 / 10)
    assert (scored["observe"]["n_answered"], scored["observe"]["n_items"]) == (10, 12)
    assert scored["total"]["score"] == pytest.approx((113 - 2 - 1) * 39 / 37)
    assert scored["describe"]["score"] == 19


def test_a_left_out_reversed_item_counts_neither_way(score_one) -> None:
    scored = score_one("kims", CYCLE, left_out=[4])  # keyed 6 - 5 = 1
    assert scored["accept_without_judgment"]["score"] == pytest.approx((25 - 1) * 9 / 8)


def test_three_of_twelve_items_left_out_give_no_score(score_one) -> None:
    scored = score_one("kims", CYCLE, left_out=[1, 5, 9])
    assert scored["observe"]["score"] is None
    assert scored["observe"]["reason"] == "9 of 12 items answered, 10 needed"
    assert scored["total"]["score"] == pytest.approx((113 - 2 - 1 - 5) * 39 / 36)
    assert scored["total"]["reason"] is None


def test_nothing_answered(score_one) -> None:
    scored = score_one("kims", CYCLE, left_out=range(1, 40))
    assert set(scores(scored).values()) == {None}
    assert scored["total"]["reason"] == "0 of 39 items answered, 32 needed"
