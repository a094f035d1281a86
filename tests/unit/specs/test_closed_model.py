"""A YAML file that does not fit its model: every problem, with its place and remedy."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from attune.specs.closed_model import ClosedModel, did_you_mean, read_as
from attune.specs.errors import ConfigurationError


class Part(ClosedModel):
    """A part."""

    name: str
    kind: Literal["a", "b"] = "a"
    count: int | None = Field(default=None, ge=1)


class Whole(ClosedModel):
    """Everything that the files use: mappings, lists, unions, pairs."""

    title: str
    parts: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Part] = {}
    rows: list[Part] = []
    columns: str | dict[int, str] = ""
    items: list[int] | Literal["all"] = "all"
    pairs: list[tuple[str, str]] = []
    share: float = Field(default=0.5, gt=0, lt=1)
    active: bool = True

    @model_validator(mode="after")
    def _checked(self) -> "Whole":
        if self.title == "two":
            raise ValueError("first problem; second problem")
        return self


def problems(**content: object) -> list[str]:
    with pytest.raises(ConfigurationError, match=r"^file\.yaml cannot be used\.") as caught:
        read_as(Whole, {"title": "t"} | content, "file.yaml")
    return caught.value.problems


def test_what_fits_is_read() -> None:
    whole = read_as(Whole, {"title": "t", "parts": {"x": {"name": "n"}}, "active": False}, "f")
    assert whole.parts["x"].kind == "a"
    assert not whole.active


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"titel": 1}, "unknown key 'titel'. Did you mean 'title'?"),
        (
            {"parts": {"x": {"name": "n", "cuont": 1}}},
            "unknown key 'cuont' in parts.x. Did you mean 'count'?",
        ),
        # A part that is called as one of the keys of a part is still a part.
        (
            {"parts": {"kind": {"name": "n", "nmae": "m"}}},
            "unknown key 'nmae' in parts.kind. Did you mean 'name'?",
        ),
        (
            {"rows": [{"name": "n"}, {"name": "n", "zzz": 1}]},
            "unknown key 'zzz' in rows.1. Known: 'name', 'kind', 'count'.",
        ),
        ({"rows": [{}]}, "rows.0.name is missing"),
        ({"rows": {}}, "rows: should be a list, found {}"),
        ({"rows": ["x"]}, "rows.0: should be keys and values, found 'x'"),
        (
            {"parts": {"x": {"name": 1}}},
            'parts.x.name: should be text, found 1. Write it in quotes: "1"',
        ),
        (
            {"parts": {"x": {"name": "n", "kind": "c"}}},
            "parts.x.kind: should be 'a' or 'b', found 'c'",
        ),
        (
            {"parts": {"A b": {"name": "n"}}},
            "the key 'A b' of parts should be lower case letters, digits and underscores, a letter"
            " first, found 'A b'",
        ),
        ({"columns": 5}, "columns: should be text or keys and values, found 5"),
        (
            {"columns": {"one": "a"}},
            "the key 'one' of columns should be a whole number, found 'one'",
        ),
        ({"columns": {1: 2}}, 'columns.1: should be text, found 2. Write it in quotes: "2"'),
        ({"items": "some"}, "items: should be a list or 'all', found 'some'"),
        ({"items": [1, "b"]}, "items.1: should be a whole number, found 'b'"),
        ({"pairs": [["a"]]}, "pairs.0.1 is missing"),
        ({"pairs": [["a", "b", "c"]]}, "pairs.0: should be a list of at most 2"),
        ({"share": 95}, "share: should be less than 1, found 95"),
        ({"share": "big"}, "share: should be a number, found 'big'"),
        ({"share": True}, "share: found true, where true and false have no meaning"),
        ({"active": "maybe"}, "active: should be true or false, found 'maybe'"),
        ({"title": None}, 'title: should be text, found nothing. An empty text is written ""'),
    ],
)
def test_one_problem(content: dict[str, object], said: str) -> None:
    (problem,) = problems(**content)
    assert problem.startswith(said)


def test_problems_are_told_at_once_and_one_by_one() -> None:
    assert len(problems(titel=1, share=3, rows=[{}], active="x")) == 4
    assert problems(title="two") == ["first problem", "second problem"]


def test_long_content_is_cut() -> None:
    (problem,) = problems(share="x" * 500)
    assert len(problem) < 120


def test_of_many_unknown_keys_the_first_are_compared_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Comparing each of 200,000 with the known ones took more than a minute."""
    compared: list[str] = []

    def count(found: str, known: list[str]) -> str:
        compared.append(found)
        return f"Did you mean {known[0]!r}?"

    monkeypatch.setattr("attune.specs.closed_model.did_you_mean", count)
    found = problems(share=3, **{f"k{number}": 1 for number in range(5_000)})
    assert compared == [f"k{number}" for number in range(20)]
    assert found[0] == "unknown key 'k0'. Did you mean 'title'?"
    assert found[20:] == [
        "share: should be less than 1, found 3",
        "... and 4,980 more unknown keys",
    ]


def test_of_many_wrong_values_the_first_are_named() -> None:
    found = problems(rows=[{"name": 3}] * 5_000)
    assert found[199].startswith("rows.199.name: should be text, found 3")
    assert found[200:] == ["... and 4,800 more problems"]


@pytest.mark.parametrize(("content", "shown"), [(None, "nothing"), ([], "[]"), ("a", "'a'")])
def test_a_file_that_is_no_mapping(content: object, shown: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_as(Whole, content, "f.yaml")
    assert caught.value.problems == [f"it should hold keys and values, but holds {shown}"]


def test_did_you_mean() -> None:
    assert did_you_mean("kim", ["kims", "wai_s"]) == "Did you mean 'kims'?"
    assert did_you_mean("x", ["kims", "wai_s"]) == "Known: 'kims', 'wai_s'."
    assert did_you_mean("x", []) == "Known: none."
