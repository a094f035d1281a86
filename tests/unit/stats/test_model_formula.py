import numpy as np
import pandas as pd
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.model_formula import (
    build_design,
    formula_columns,
    require_full_rank,
    split_formula,
)

ROWS = pd.DataFrame(
    {
        "time": [0.0, 1.0, 2.0, 0.0, 1.0, 2.0],
        "arm": ["b", "b", "b", "a", "a", "a"],
        "bdi.pre": [1, 2, 3, 4, 5, 7],
        "digits": ["1", "2", "3", "1", "2", "3"],
        "on": [True, False, True, False, True, False],
    },
    index=[5, 5, 5, 6, 6, 6],
)
ROWS["order"] = pd.Categorical(ROWS["arm"], categories=["b", "a", "c"])


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("1", []),
        ("0 + time", ["time"]),
        ("time*arm - time:arm", ["time", "arm"]),
        ("(time + arm) * `bdi.pre`", ["time", "arm", "bdi.pre"]),
        ("I(time ** 2) + I(-time / (2 * age))", ["time", "age"]),
        ("log(time) + sqrt(age) + C(site)", ["time", "age", "site"]),
        ("größe", ["größe"]),
    ],
)
def test_columns_of_a_formula(formula, columns):
    assert formula_columns(formula) == columns


@pytest.mark.parametrize(
    ("formula", "token"),
    [
        ("__import__('os')", "'__import__('"),
        ("time + os.system", "'.'"),
        ("exec(time)", "'exec('"),
        ("I(open(time))", "'open('"),
        ("I(time.real)", "'.'"),
        ("C(time, levels)", "','"),
        ("{time}", "'{'"),
        ("time[0]", "'['"),
        ("time ** 2", "'**'"),
        ("time | patient", "'|'"),
        ("2 * time", "'2'"),
        ("time +", "its end"),
        ("(time", "its end"),
        ("time time", "'time'"),
        ("log(log(time))", "'log('"),
        ("time; arm", "';'"),
        ("`a` `b`", "'`b`'"),
        ("y ~ time", "'~'"),
        ("lambda: 1", "':'"),
    ],
)
def test_other_tokens_are_refused_and_named(formula, token):
    if formula == "lambda: 1":
        assert formula_columns(formula) == ["lambda"]  # a column of that name; nothing is run
        return
    with pytest.raises(AnalysisError) as caught:
        formula_columns(formula)
    assert f"has {token} where that is not allowed" in str(caught.value)


def test_empty_formula():
    with pytest.raises(AnalysisError, match="empty"):
        formula_columns("  ")


@pytest.mark.parametrize(
    "formula", ["time", "~ time", "y ~ a ~ b", "log(y) ~ time", "a + b ~ time"]
)
def test_outcome_is_one_column(formula):
    with pytest.raises(AnalysisError):
        split_formula(formula)
    assert split_formula("`bdi.post` ~ time") == ("bdi.post", "time")


def test_design_of_factors_and_powers():
    design = build_design(ROWS, "time * arm + I(time ** 2) + `bdi.pre`")
    names = ["Intercept", "time", "arm[T.b]", "I(time ** 2)", "bdi.pre", "time:arm[T.b]"]
    assert list(design.names) == names
    time, b = ROWS["time"].to_numpy(), np.array([1, 1, 1, 0, 0, 0])
    expected = np.column_stack([np.ones(6), time, b, time**2, ROWS["bdi.pre"], time * b])
    assert design.matrix == pytest.approx(expected)
    assert design.terms["time:arm"] == [5]
    assert design.levels == {"arm": ["a", "b"]}
    assert design.at(pd.DataFrame({"time": [2.0], "arm": ["b"], "bdi.pre": [9]})) == pytest.approx(
        np.array([[1, 2, 1, 4, 9, 2]])
    )


def test_sums_of_columns_are_those_of_formulaic():
    from formulaic import model_matrix

    for formula in ("1 + time", "0 + time", "time", "1"):
        design = build_design(ROWS, formula)
        expected = model_matrix(formula, ROWS.reset_index())
        assert list(design.names) == list(expected.columns)
        assert design.matrix == pytest.approx(np.asarray(expected, dtype=float))
        assert design.at(ROWS[:2]) == pytest.approx(design.matrix[:2])


def test_order_of_categories_and_levels_without_rows():
    messages: list[str] = []
    design = build_design(ROWS, "order", messages)
    assert design.names == ("Intercept", "order[T.a]")
    assert messages == ["No row has the level 'c' of 'order'; it is left out."]
    assert build_design(ROWS, "on").matrix[:, 1].tolist() == [1, 0, 1, 0, 1, 0]


def test_unknown_levels_of_new_rows():
    design = build_design(ROWS, "arm")
    with pytest.raises(AnalysisError, match="level 'c', which no fitted row has"):
        design.at(pd.DataFrame({"arm": ["c"]}))


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("age", "column 'age', which does not exist"),
        ("digits", "numbers stored as text"),
        ("log(time)", "not finite"),
    ],
)
def test_columns_that_cannot_be_used(formula, message):
    with pytest.raises(AnalysisError, match=message):
        build_design(ROWS, formula)


def test_codes_of_categories_and_text():
    assert build_design(ROWS, "C(digits)").names == (
        "Intercept",
        "C(digits)[T.2]",
        "C(digits)[T.3]",
    )
    assert build_design(ROWS, "C(time)").levels == {"time": [0.0, 1.0, 2.0]}
    with pytest.raises(AnalysisError, match="holds text; random slopes need numbers"):
        build_design(ROWS, "1 + arm", text_is_factor=False)
    assert build_design(ROWS, "0 + C(arm)", text_is_factor=False).matrix.sum() == 6
    with pytest.raises(AnalysisError, match="one level"):
        build_design(ROWS[:3], "arm")
    with pytest.raises(AnalysisError, match="infinite"):
        build_design(ROWS.assign(time=np.inf), "time")


def test_dependent_columns_are_named():
    matrix = np.column_stack([np.ones(6), ROWS["time"], 3 - 2 * ROWS["time"], np.zeros(6)])
    with pytest.raises(AnalysisError, match="predictors 'twice', 'none' are a linear"):
        require_full_rank(matrix, ["Intercept", "time", "twice", "none"])
    require_full_rank(matrix[:, :2], ["Intercept", "time"])
