"""SCL-90-R scores that can be checked by hand."""

import pytest

# Item i is answered i mod 5, so that each of 0 to 4 is given 18 times: sum 180, 72 above 0.
CYCLE = [item % 5 for item in range(1, 91)]


def test_cycle(score_one) -> None:
    expected = {
        # items 1 4 12 27 40 42 48 49 52 53 56 58
        "somatization": (1 + 4 + 2 + 2 + 0 + 2 + 3 + 4 + 2 + 3 + 1 + 3) / 12,
        # items 3 9 10 28 38 45 46 51 55 65
        "obsessive_compulsive": (3 + 4 + 0 + 3 + 3 + 0 + 1 + 1 + 0 + 0) / 10,
        # items 6 21 34 36 37 41 61 69 73
        "interpersonal_sensitivity": (1 + 1 + 4 + 1 + 2 + 1 + 1 + 4 + 3) / 9,
        # items 5 14 15 20 22 26 29 30 31 32 54 71 79
        "depression": (0 + 4 + 0 + 0 + 2 + 1 + 4 + 0 + 1 + 2 + 4 + 1 + 4) / 13,
        # items 2 17 23 33 39 57 72 78 80 86
        "anxiety": (2 + 2 + 3 + 3 + 4 + 2 + 2 + 3 + 0 + 1) / 10,
        # items 11 24 63 67 74 81
        "hostility": (1 + 4 + 3 + 2 + 4 + 1) / 6,
        # items 13 25 47 50 70 75 82
        "phobic_anxiety": (3 + 0 + 2 + 0 + 0 + 0 + 2) / 7,
        # items 8 18 43 68 76 83
        "paranoid_ideation": (3 + 3 + 3 + 3 + 1 + 3) / 6,
        # items 7 16 35 62 77 84 85 87 88 90
        "psychoticism": (2 + 1 + 0 + 2 + 2 + 4 + 0 + 2 + 3 + 0) / 10,
        # The nine sums are 159; items 19 44 59 60 64 66 89 add 4 + 4 + 4 + 0 + 4 + 1 + 4 = 21.
        "gsi": (159 + 21) / 90,
        "pst": 72,
        "psdi": 180 / 72,
    }
    scored = score_one("scl_90_r", CYCLE)
    assert {scale: row["score"] for scale, row in scored.items()} == pytest.approx(expected)


def test_missing_items_are_not_counted(score_one) -> None:
    scored = score_one("scl_90_r", CYCLE, left_out=[1, 12, 27, 40])  # answered 1, 2, 2 and 0
    assert scored["somatization"]["score"] == (27 - 5) / 8
    assert scored["gsi"]["score"] == pytest.approx((180 - 5) / 86)
    assert scored["pst"]["score"] == 72 - 3
    assert scored["psdi"]["score"] == pytest.approx((180 - 5) / (72 - 3))


def test_five_of_twelve_items_left_out_give_no_dimension(score_one) -> None:
    scored = score_one("scl_90_r", CYCLE, left_out=[1, 12, 27, 40, 4])
    assert scored["somatization"]["score"] is None
    assert scored["somatization"]["reason"] == "7 of 12 items answered, 8 needed"
    assert scored["gsi"]["score"] is not None


def test_eighteen_of_ninety_items_may_be_left_out(score_one) -> None:
    assert score_one("scl_90_r", CYCLE, left_out=range(1, 19))["gsi"]["n_answered"] == 72
    assert score_one("scl_90_r", CYCLE, left_out=range(1, 19))["gsi"]["score"] is not None
    nineteen = score_one("scl_90_r", CYCLE, left_out=range(1, 20))
    for index in ("gsi", "pst", "psdi"):
        assert nineteen[index]["score"] is None
        assert nineteen[index]["reason"] == "71 of 90 items answered, 72 needed"


def test_without_symptoms_the_distress_index_is_undefined(score_one) -> None:
    scored = score_one("scl_90_r", [0] * 90)
    assert scored["gsi"]["score"] == 0
    assert scored["pst"]["score"] == 0
    assert scored["psdi"]["score"] is None
    assert scored["psdi"]["reason"] == "pst is 0"
