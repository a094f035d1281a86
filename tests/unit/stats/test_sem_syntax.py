"""The model language: what is read, and what is refused with which words."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.sem_syntax import Modifier, parse_model


def named(text: str) -> list[tuple[str, str, str, str]]:
    return [(t.level, t.left, t.operator, t.right) for t in parse_model(text).terms]


def test_operators_levels_comments_and_continued_lines():
    text = """
    level: within   # sessions
      f =~ a + b +
           c; f ~ x
    level: 2
      a + b ~ 1 + w
      a ~~ b
    """
    assert named(text) == [
        ("within", "f", "=~", "a"),
        ("within", "f", "=~", "b"),
        ("within", "f", "=~", "c"),
        ("within", "f", "~", "x"),
        ("between", "a", "~1", ""),
        ("between", "a", "~", "w"),
        ("between", "b", "~1", ""),
        ("between", "b", "~", "w"),
        ("between", "a", "~~", "b"),
    ]
    assert parse_model(text).two_level
    assert not parse_model("y ~ x").two_level


def test_modifiers():
    [a, b, c, d, e] = parse_model("y ~ a*u + -.5*v + NA*w + c(l, 1)*x + 1e+1*z").terms
    assert a.modifier(0) == Modifier(label="a")
    assert b.modifier(0) == Modifier(fixed=-0.5)
    assert c.modifier(0) == Modifier(freed=True)
    assert [d.modifier(group) for group in (0, 1)] == [Modifier(label="l"), Modifier(fixed=1.0)]
    assert e.modifier(1) == Modifier(fixed=10.0)
    [both, other] = parse_model("f =~ NA*x + l*x + y").terms
    assert both.modifier(0) == Modifier(label="l", freed=True)
    assert other.right == "y"


def test_defined_parameters_are_arithmetic_with_exact_derivatives():
    model = parse_model("y ~ a*x + b*z; first := a*b/2 - (1 - -a)/b; second := +first*2e1 + 1")
    values = {"a": 0.3, "b": -0.7}
    first, second = model.definitions
    assert first.value(values) == pytest.approx(0.3 * -0.7 / 2 - 1.3 / -0.7)
    draws = first.value({"a": np.array([0.3, 0.3]), "b": np.array([-0.7, 1.0])})
    assert draws == pytest.approx([first.value(values), 0.15 - 1.3])
    slopes = {"a": np.array([1.0, 0.0]), "b": np.array([0.0, 1.0])}
    assert first.slope(values, slopes) == pytest.approx([-0.35 - 1 / -0.7, 0.15 + 1.3 / 0.49])
    known = {**values, "first": first.value(values)}
    slopes["first"] = first.slope(values, slopes)
    assert second.slope(known, slopes) == pytest.approx(20 * slopes["first"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("y ~ x\nz", ["Line 2", "'z'", "no operator"]),
        ("y ~ x; y == 1", ["'=='", "Allowed are"]),
        ("y | t1", ["'|'", "Allowed are"]),
        ("y ~ x ~ z", ["'~' is not allowed here"]),
        ("y ~", ["nothing stands after ~"]),
        ("y ~ x + ", ["name of a variable is missing"]),
        ("y ~ x*z*w", ["modifier 'x*z'"]),
        ("y ~ start(1)*x", ["modifier 'start(1)'", "label"]),
        ("y ~ x y", ["'x y' is not a name"]),
        ("level: third\ny ~ x", ["level 'third'", "within", "between"]),
        ("y ~ x\nlevel: between\ny ~ w", ["terms stand before"]),
        ("y ~ x; y ~ x", ["already named"]),
        ("x ~~ y; y ~~ x", ["already named"]),
        ("y ~ x + x", ["twice"]),
        ("y ~ a*x; i := a*b", ["'b', which is not a label", "labels: a"]),
        ("y ~ a*x; a := a*2", ["'a' is already a label"]),
        ("y ~ a*x; i j := a", ["'i j' cannot be the name"]),
        ("", ["names no parameter"]),
    ],
)
def test_refused_texts_name_line_and_remedy(text, words):
    with pytest.raises(AnalysisError) as error:
        parse_model(text)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').getcwd()",
        "a.real",
        "abs(a)",
        "[a]",
        "a if a else a",
        "(lambda: a)()",
        "a ** 2",
        "a > 1",
        "'text'",
        "True",
        "1j",
        "a := 2",
        "f'{a}'",
    ],
)
def test_definitions_run_no_code(code):
    with pytest.raises(AnalysisError, match=r"Allowed are|not allowed|no arithmetic"):
        parse_model(f"y ~ a*x; i := {code}")


def test_all_problems_are_named_at_once():
    with pytest.raises(AnalysisError) as error:
        parse_model("y ~ ?x\nz\nlevel: 3")
    assert len(error.value.problems) == 3
