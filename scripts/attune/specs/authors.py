"""Authors, author note, keywords and facts: the YAML files among the author's own texts."""

import re
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.instrument import Identifier

CREDIT_ROLES = (
    *("Conceptualization", "Data curation", "Formal analysis", "Funding acquisition"),
    *("Investigation", "Methodology", "Project administration", "Resources", "Software"),
    *("Supervision", "Validation", "Visualization"),
    *("Writing – original draft", "Writing – review & editing"),
)
"""Contributor Roles Taxonomy, ANSI/NISO Z39.104-2022, doi 10.3789/ansi.niso.z39.104-2022."""

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?")
_EMAIL = re.compile(r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}")


def orcid_check_digit(digits: str) -> str:
    """The last sign of an ORCID iD: ISO 7064, mod 11-2, of the fifteen digits before it.

    Examples
    --------
    >>> orcid_check_digit("000000021825009")
    '7'
    """
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    remainder = (12 - total % 11) % 11
    return "X" if remainder == 10 else str(remainder)


class Author(ClosedModel):
    """One author."""

    given: str = ""
    family: str = ""
    name: str = ""
    """Printed name, where it is not the given and the family name."""
    affiliations: list[Identifier] = []
    """Keys of `affiliations`, in the order in which they are printed."""
    orcid: str = ""
    """ORCID iD, such as 0000-0002-1825-0097; its check digit is verified."""
    email: str = ""
    """Printed for corresponding authors."""
    corresponding: bool = False
    """Whether readers may write to this author; needs an e-mail address."""
    roles: list[str] = []
    """Contributions, in the words of the CRediT taxonomy."""

    @property
    def printed_name(self) -> str:
        """The name as print shows it."""
        return self.name or " ".join(filter(None, [self.given, self.family]))

    @field_validator("orcid")
    @classmethod
    def _orcid_is_valid(cls, value: str) -> str:
        if not value:
            return value
        match = _ORCID.fullmatch(value.strip())
        if match is None:
            raise ValueError(
                f"{value!r} is not an ORCID iD. It has sixteen signs, as in 0000-0002-1825-0097"
            )
        signs = match[1].replace("-", "")
        if orcid_check_digit(signs[:-1]) != signs[-1]:
            raise ValueError(
                f"{value!r} does not end in its check digit, so that one of its digits is wrong or"
                " two are exchanged. Copy it from orcid.org"
            )
        return match[1]

    @field_validator("email")
    @classmethod
    def _email_is_valid(cls, value: str) -> str:
        if value and not _EMAIL.fullmatch(value):
            raise ValueError(f"{value!r} is not an e-mail address")
        return value

    @field_validator("roles")
    @classmethod
    def _roles_are_of_the_taxonomy(cls, value: list[str]) -> list[str]:
        known = {_plain(role): role for role in CREDIT_ROLES}
        unknown = [role for role in value if _plain(role) not in known]
        if unknown:
            raise ValueError(
                "; ".join(
                    f"{role!r} is not a role of the CRediT taxonomy."
                    f" {did_you_mean(role, list(CREDIT_ROLES))}"
                    for role in unknown
                )
            )
        return [known[_plain(role)] for role in value]

    @model_validator(mode="after")
    def _has_name_and_address(self) -> "Author":
        if not self.printed_name.strip():
            raise ValueError("needs given and family, or name")
        if self.corresponding and not self.email:
            raise ValueError("a corresponding author needs email")
        return self


def _plain(role: str) -> str:
    """A role whatever its case, dashes and ampersand are."""
    return " ".join(re.sub(r"[-–—]", " ", role.lower().replace(" and ", " & ")).split())


class Affiliation(ClosedModel):
    """An institution."""

    name: str
    city: str = ""
    country: str = ""


class AuthorNote(ClosedModel):
    """Paragraphs of the author note; what is empty is not printed."""

    disclosure: str = ""
    """What readers should know of the study, such as earlier reports of the same data."""
    funding: str = ""
    """Who paid for the study, with the numbers of grants."""
    ethics: str = ""
    """Which committee approved the study, with its number, and how participants consented."""
    conflicts: str = ""
    """Conflicts of interest, or that there are none."""
    data: str = ""
    """Where data, materials and code are, and who may have them."""
    correspondence: str = ""
    """To whom letters go; empty: the corresponding author with affiliation and address."""


class Authors(ClosedModel):
    """One file text/authors.yaml."""

    authors: list[Author] = []
    """In the order of the title page; empty: the `authors` of the plan."""
    affiliations: dict[Identifier, Affiliation] = {}
    keywords: list[str] = []
    """Printed below the abstract."""
    note: AuthorNote = AuthorNote()

    @model_validator(mode="before")
    @classmethod
    def _without_empty_sections(cls, content: Any) -> Any:
        # A heading above comments only, as in a draft.
        if not isinstance(content, dict):
            return content
        sections = {key: value for key, value in content.items() if value is not None}
        note = sections.get("note")
        if isinstance(note, dict):
            sections["note"] = {key: value for key, value in note.items() if value is not None}
        return sections

    @model_validator(mode="after")
    def _affiliations_exist(self) -> "Authors":
        problems = [
            f"authors.{number}.affiliations: {name!r} is not declared under `affiliations`."
            f" {did_you_mean(name, list(self.affiliations))}"
            for number, author in enumerate(self.authors)
            for name in author.affiliations
            if name not in self.affiliations
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def front_matter(self) -> dict[str, object]:
        """Keys of a document's header: author, affiliations, keywords, author-note.

        Keys without content are left out; `author` is absent where the file names nobody.

        Examples
        --------
        >>> one = Authors(authors=[{"given": "Ada", "family": "Byron"}], keywords=["alliance"])
        >>> one.front_matter()["author"]
        [{'name': 'Ada Byron', 'given': 'Ada', 'family': 'Byron'}]
        """
        keys: dict[str, object] = {
            "author": [
                _filled({"name": author.printed_name} | author.model_dump(exclude={"name"}))
                for author in self.authors
            ],
            "affiliations": [
                _filled({"id": key} | affiliation.model_dump())
                for key, affiliation in self.affiliations.items()
            ],
            "keywords": self.keywords,
            "author-note": _filled(self.note.model_dump()),
        }
        return _filled(keys)


def _filled(keys: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value}


class Fact(ClosedModel):
    """A number that the author knows and the data do not hold."""

    value: int | float | str
    """As it is printed; in quotes where the digits matter, such as ".67"."""
    source: Annotated[str, Field(min_length=1)]
    """Where it is from: the protocol, a page of a paper."""

    @property
    def printed(self) -> str:
        """The value in print, as it was typed: 2012 may be a year, which has no comma.

        Examples
        --------
        >>> [Fact(value=value, source="protocol").printed for value in (2012, 2.5, "1,200", ".67")]
        ['2012', '2.5', '1,200', '.67']
        """
        return str(self.value)


class FactsFile(ClosedModel):
    """The file text/facts.yaml: `sessions: {value: 30, source: protocol}`."""

    facts: dict[Identifier, Fact] = {}
