"""Authors and facts: what is refused, and what the header of a document holds."""

from typing import Any

import pytest

from attune.specs.authors import CREDIT_ROLES, Authors, Fact, FactsFile, orcid_check_digit
from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError

ADA = {"given": "Ada", "family": "Byron"}
PUBLISHED = ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"]
"""Examples that ORCID publishes."""


def read(content: dict[str, Any]) -> Authors:
    return read_as(Authors, content, "authors.yaml")


def problems(content: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        read(content)
    return error.value.problems


@pytest.mark.parametrize("orcid", PUBLISHED)
def test_an_orcid_is_read_with_its_address_too(orcid: str) -> None:
    for given in (orcid, f"https://orcid.org/{orcid}"):
        assert read({"authors": [ADA | {"orcid": given}]}).authors[0].orcid == orcid


@pytest.mark.parametrize("orcid", PUBLISHED)
@pytest.mark.parametrize("place", [0, 3, 7, 11, 14])
def test_one_wrong_digit_of_an_orcid_is_found(orcid: str, place: int) -> None:
    signs = list(orcid.replace("-", ""))
    signs[place] = str((int(signs[place]) + 1) % 10)
    wrong = "-".join("".join(signs[n : n + 4]) for n in range(0, 16, 4))
    [problem] = problems({"authors": [ADA | {"orcid": wrong}]})
    assert problem.startswith(f"authors.0.orcid: {wrong!r} does not end in its check digit")


def test_the_check_digit_may_be_an_x() -> None:
    assert orcid_check_digit("000000021694233") == "X"


def test_every_problem_is_named_at_once_with_near_names() -> None:
    found = problems(
        {
            "authors": [
                ADA | {"orcid": "0000", "roles": ["Visualisation"], "email": "nobody"},
                {"affiliations": ["clinic"]},
                ADA | {"corresponding": True},
            ],
        }
    )
    assert [problem.partition(": ")[0] for problem in found] == [
        *("authors.0.orcid", "authors.0.email", "authors.0.roles"),
        *("authors.1", "authors.2"),
    ]
    assert "Did you mean 'Visualization'?" in found[2]
    [unknown] = problems(
        {
            "authors": [ADA | {"affiliations": ["clinc"]}],
            "affiliations": {"clinic": {"name": "A clinic"}},
        }
    )
    assert "'clinc' is not declared under `affiliations`. Did you mean 'clinic'?" in unknown


def test_roles_are_the_fourteen_whatever_their_dashes_and_case() -> None:
    assert len(set(CREDIT_ROLES)) == 14
    typed = ["writing - original draft", "Writing – review and editing", "SOFTWARE"]
    [author] = read({"authors": [ADA | {"roles": typed}]}).authors
    assert author.roles == [CREDIT_ROLES[-2], CREDIT_ROLES[-1], "Software"]


def test_the_front_matter_holds_what_is_filled_in_and_nothing_else() -> None:
    assert read({}).front_matter() == {}
    assert read({"authors": None, "note": {"funding": None}}).front_matter() == {}
    authors = read(
        {
            "authors": [
                ADA | {"affiliations": ["clinic"], "corresponding": True, "email": "ada@x.org"},
                {"name": "Plato"},
            ],
            "affiliations": {"clinic": {"name": "A clinic", "city": "Oslo"}},
            "keywords": ["alliance"],
            "note": {"funding": "Nobody paid."},
        }
    )
    assert authors.front_matter() == {
        "author": [
            {"name": "Ada Byron", "given": "Ada", "family": "Byron", "affiliations": ["clinic"],
             "email": "ada@x.org", "corresponding": True},
            {"name": "Plato"},
        ],
        "affiliations": [{"id": "clinic", "name": "A clinic", "city": "Oslo"}],
        "keywords": ["alliance"],
        "author-note": {"funding": "Nobody paid."},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "printed"),
    [(30, "30"), (2012, "2012"), ("1,200", "1,200"), (2.5, "2.5"), (".67", ".67"), ("30", "30")],
)
def test_a_fact_is_printed_as_it_was_typed(value: Any, printed: str) -> None:
    assert Fact(value=value, source="protocol").printed == printed


def test_a_fact_without_its_source_is_refused() -> None:
    with pytest.raises(ConfigurationError) as error:
        read_as(FactsFile, {"facts": {"sessions": {"value": 30}}}, "facts.yaml")
    assert error.value.problems == ["facts.sessions.source is missing"]
