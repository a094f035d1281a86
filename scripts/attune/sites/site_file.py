"""The file that a site hands over: its content, its signature, and every reason to refuse it.

The content is plain JSON without any row. A keyed hash (HMAC-SHA256) over it shows that it was
written by somebody who has the key, and not changed since. It does not show which of those who have
the key wrote it, nor that the numbers are right.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from attune.printing.apa import counted
from attune.sites.moment_set import MomentSet, Rows
from attune.specs.closed_model import ClosedModel, read_as
from attune.specs.errors import SiteFileError
from attune.specs.instrument import Identifier
from attune.stats.moments import Moments, SquareSums

if TYPE_CHECKING:
    from attune.sites.disclosure import Limits, Release
    from attune.sites.site_moments import SiteMoments
    from attune.sites.site_plan import SitePlan

FORMAT = "attune site file"
VERSION = 1

MOST_BYTES = 20_000_000
"""Bytes of a site file; a study of fifty measures needs less than one million."""

DEEPEST = 12
"""Levels of brackets; a site file has six."""

SHORTEST_KEY = 32
"""Characters of a key; half the 64 that `attune site-file --new-key` writes."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class MadeWith(ClosedModel):
    """What made the file."""

    attune: Name
    """Version."""
    lock: Sha256
    """Of envs/lock.txt: the packages with their versions."""


class PlanOf(ClosedModel):
    """The study file: its name and the hash of its content."""

    study: Name
    sha256: Sha256


class KeyOf(ClosedModel):
    """A scoring key with the missing rule that the site applied."""

    version: Name
    sha256: Sha256


class MeasureOf(ClosedModel):
    """A measure, as far as sites must agree about it."""

    label: Name
    unit: str = ""
    """Of a variable of the sample sheet."""


class SetOf(ClosedModel):
    """Moments of the dyads that have some measures."""

    measures: list[Name] = Field(min_length=1)
    condition: str = ""
    n: Count
    means: list[Number]
    products: list[list[Number]]
    """Centred sums of products, the lower triangle row by row."""

    @model_validator(mode="after")
    def _shapes(self) -> "SetOf":
        p = len(self.measures)
        problems = []
        if len(set(self.measures)) < p:
            problems.append("a measure is listed twice")
        if len(self.means) != p or [len(row) for row in self.products] != list(range(1, p + 1)):
            problems.append(f"{p} measures need {p} means and {p} rows of products, 1 to {p} long")
        elif not problems and not self._possible():
            problems.append("no answers have these products: a square is negative, or too small")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _possible(self) -> bool:
        """Whether the products are those of real numbers, up to rounding."""
        products = self.moments().products
        size = products.diagonal()
        if (size < 0).any() or (self.n < 2 and size.any()):
            return False
        scale = np.sqrt(np.where(size > 0, size, 1.0))
        return bool(np.linalg.eigvalsh(products / np.outer(scale, scale))[0] > -1e-6)

    def moments(self) -> Moments:
        """As the statistics use them."""
        p = len(self.means)
        products = np.zeros((p, p))
        for place, row in enumerate(self.products):
            products[place, : place + 1] = row
            products[: place + 1, place] = row
        return Moments(self.n, np.array(self.means, dtype=float), products)


class ScaleOf(ClosedModel):
    """Sums of squares of the items of a measure's scale, and of their sum."""

    measure: Name
    n: Count
    means: list[Number]
    """Of the keyed items, then of their sum."""
    squares: list[Annotated[float, Field(ge=0, allow_inf_nan=False)]]
    """Centred sums of squares, in the same order."""

    @model_validator(mode="after")
    def _shapes(self) -> "ScaleOf":
        if len(self.means) != len(self.squares) or len(self.means) < 3:
            raise ValueError("means and squares need one number for each item and one for the sum")
        return self

    def sums(self) -> SquareSums:
        """As the statistics use them."""
        return SquareSums(self.n, np.array(self.means, float), np.array(self.squares, float))


class StatisticOf(ClosedModel):
    """A statistic of the site's own run."""

    id: Name
    estimate: Number
    se: Number | None = None
    df: Number | None = None
    n: Count | None = None


class AnswersOf(ClosedModel):
    """Answers to one questionnaire; no counts of people but the questionnaires."""

    questionnaires: Count
    answers: Count
    missing: Count


class DisclosureOf(ClosedModel):
    """The rules that were applied, and what they withheld."""

    smallest_cell: Count
    fewest_dyads: Count
    reason: str = ""
    """Why the cohort has another smallest cell than the project."""
    rules: dict[Name, str]
    withheld: dict[Name, Name]
    """What -> the rule."""


class SiteContent(ClosedModel):
    """Everything in a site file but its signature."""

    format: Literal["attune site file"] = "attune site file"
    version: Literal[1] = 1
    site: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    title: Name
    synthetic: bool
    made_with: MadeWith
    plan: PlanOf
    keys: dict[Identifier, KeyOf]
    """By instrument."""
    rows: Rows
    measures: dict[Name, MeasureOf]
    conditions: dict[str, str] = {}
    """Code -> label of the two conditions that are compared, the first one first."""
    n_dyads: Count | None = None
    """Dyads of the sample sheet."""
    sets: list[SetOf]
    scales: list[ScaleOf] = []
    statistics: list[StatisticOf] = []
    answers: dict[Name, AnswersOf] = {}
    disclosure: DisclosureOf

    @model_validator(mode="after")
    def _consistent(self) -> "SiteContent":
        problems = []
        names = [(tuple(one.measures), one.condition) for one in self.sets]
        if len(set(names)) < len(names):
            problems.append("sets: two of them hold the same measures and condition")
        for one in self.sets:
            problems += [
                f"sets: {m!r} is not a measure of the file"
                for m in one.measures
                if m not in self.measures
            ]
            if one.condition and one.condition not in self.conditions:
                problems.append(f"sets: {one.condition!r} is not a condition of the file")
            if self.n_dyads is not None and one.n > self.n_dyads:
                problems.append(f"sets: n is {one.n}, but the site has {self.n_dyads} dyads")
        if self.disclosure.smallest_cell:
            few = self.disclosure.fewest_dyads
            problems += [
                f"sets: {', '.join(one.measures)} is over {one.n} dyads; its rules need {few}"
                for one in self.sets
                if one.n < few
            ]
        if problems:
            raise ValueError("; ".join(dict.fromkeys(problems)))
        return self

    def set_moments(self) -> dict[MomentSet, Moments]:
        """The moments by their set."""
        return {MomentSet(tuple(one.measures), one.condition): one.moments() for one in self.sets}


def site_content(
    site: "SiteMoments",
    plan: "SitePlan",
    released: "Release",
    limits: "Limits",
    about: Mapping[str, Any],
    statistics: Sequence[Mapping[str, Any]] = (),
) -> SiteContent:
    """The content of a site file.

    Parameters
    ----------
    site : SiteMoments
    plan : SitePlan
    released : Release
        What the disclosure rules let through.
    limits : Limits
    about : mapping
        site, title, synthetic, made_with, plan, keys, measures, and the reason of the limits.
    statistics : sequence of mapping
        Those that may leave the house (see `attune.sites.disclosure.shared_statistics`).
    """
    given = {name: value for name, value in about.items() if name != "reason"}
    sets = []
    for one in released.sets:
        moments = site.moments[one]
        rows = [moments.products[place, : place + 1].tolist() for place in range(len(moments.mean))]
        sets.append(
            {
                "measures": list(one.measures),
                "condition": one.condition,
                "n": moments.n,
                "means": moments.mean.tolist(),
                "products": rows,
            }
        )
    scales = [
        {"measure": name, "n": own.n, "means": own.mean.tolist(), "squares": own.squares.tolist()}
        for name, own in site.scales.items()
        if name in released.scales
    ]
    enough = site.n_dyads >= limits.fewest_dyads or not limits.smallest_cell
    return read_as(
        SiteContent,
        {
            **given,
            "rows": plan.rows,
            "conditions": plan.conditions,
            "n_dyads": site.n_dyads if enough else None,
            "sets": sets,
            "scales": scales,
            "statistics": [dict(row) for row in statistics],
            "answers": {name: vars(counts) for name, counts in site.answers.items()}
            if enough
            else {},
            "disclosure": {
                "smallest_cell": limits.smallest_cell,
                "fewest_dyads": limits.fewest_dyads if limits.smallest_cell else 0,
                "reason": about.get("reason", ""),
                "rules": limits.rules(),
                "withheld": released.withheld,
            },
        },
        "The site file",
    )


def content_hash(content: Any) -> str:
    """SHA-256 of plain data in its canonical form, which layout and comments do not change.

    Examples
    --------
    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(content: Any) -> bytes:
    """Plain data as bytes that only their values decide."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def checked_key(key: str, place: str) -> bytes:
    """A key as bytes; the message never holds it.

    Raises
    ------
    SiteFileError
        It is too short.
    """
    stripped = key.strip()
    if len(stripped) < SHORTEST_KEY:
        raise SiteFileError(
            f"{place} holds no key.",
            [
                f"It has {counted(len(stripped), 'character')}; a key has at least {SHORTEST_KEY}."
                " Make one with `attune site-file --new-key FILE`, and share it with the centre"
                " only."
            ],
        )
    return stripped.encode("utf-8")


def key_name(key: bytes) -> str:
    """A name of a key from which the key cannot be found.

    Examples
    --------
    >>> len(key_name(b"0" * 32))
    16
    """
    return hmac.new(key, b"name of this key", hashlib.sha256).hexdigest()[:16]


def signature_of(content: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA256 of the content."""
    return hmac.new(key, canonical(content), hashlib.sha256).hexdigest()


def signed_text(content: SiteContent, key: bytes) -> str:
    """The text of a site file: the content with its signature, one set a line."""
    plain = content.model_dump(mode="json")
    signature = {
        "method": "HMAC-SHA256",
        "key": key_name(key),
        "value": signature_of(plain, key),
    }
    parts = []
    for name, value in {**plain, "signature": signature}.items():
        if isinstance(value, list) and value:
            lines = ",\n  ".join(json.dumps(entry, allow_nan=False) for entry in value)
            parts.append(f"{json.dumps(name)}: [\n  {lines}\n ]")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(value, allow_nan=False)}")
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def read_site_text(text: str, keys: Sequence[bytes], name: str) -> SiteContent:
    """The content of a site file whose signature fits one of the keys.

    Parameters
    ----------
    text : str
    keys : sequence of bytes
        Of the centre, at least one.
    name : str
        Of the file, for messages.

    Raises
    ------
    SiteFileError
        It is not a site file, of another version, signed with another key, or changed after it was
        signed.
    ConfigurationError
        It is signed, but its content does not fit the model.
    """
    plain, signature = _signed_parts(text, name)
    matching = [key for key in keys if hmac.compare_digest(key_name(key), signature["key"])]
    if not matching:
        raise SiteFileError(
            f"{name} is refused: it is signed with a key that is not here.",
            [
                f"The name of its key is {signature['key']}; known are"
                f" {', '.join(map(key_name, keys))}. Give the key of this site with --key."
            ],
        )
    if not hmac.compare_digest(signature_of(plain, matching[0]), signature["value"]):
        raise SiteFileError(
            f"{name} is refused: it was changed after it was signed.",
            [
                "Its signature does not fit its content. Ask the site for the file as `attune"
                " site-file` wrote it; open it in no program that saves it again."
            ],
        )
    return read_as(SiteContent, plain, name)


def unverified_content(text: str, name: str) -> SiteContent:
    """The content of a site file whose hash a person has recorded; no key is needed."""
    return read_as(SiteContent, _signed_parts(text, name)[0], name)


def _signed_parts(text: str, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Content and signature of a file, before either is trusted."""
    content = _parsed(text, name)
    found, version = content.get("format"), content.get("version")
    if found != FORMAT:
        raise SiteFileError(
            f"{name} is not a site file.",
            [f"It lacks `format: {FORMAT}`. Give what `attune site-file` wrote."],
        )
    if version != VERSION or isinstance(version, bool):
        raise SiteFileError(
            f"{name} is refused: it has version {str(version)[:20]} of the format.",
            [f"This attune reads version {VERSION}. Ask the site to write it with the same attune"],
        )
    signature = content.pop("signature", None)
    parts = ("method", "key", "value")
    if (
        not isinstance(signature, dict)
        or set(signature) != set(parts)
        or not all(isinstance(value, str) and value.isascii() for value in signature.values())
        or signature["method"] != "HMAC-SHA256"
    ):
        raise SiteFileError(
            f"{name} is refused: it is not signed.",
            [f"Its signature should hold {', '.join(parts)}, with the method HMAC-SHA256."],
        )
    return content, signature


def _parsed(text: str, name: str) -> dict[str, Any]:
    problem = ""
    if len(text) > MOST_BYTES:
        problem = f"it holds {len(text):,} characters; a site file holds at most {MOST_BYTES:,}"
    elif _depth(text) > DEEPEST:
        problem = f"its brackets are nested more than {DEEPEST} levels deep"
    if problem:
        raise SiteFileError(f"{name} is not a site file: {problem}.")
    try:
        content = json.loads(
            text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_each_once
        )
    except (ValueError, RecursionError) as error:
        raise SiteFileError(
            f"{name} is not a site file: it cannot be read as JSON.", [str(error)[:200]]
        ) from None
    if not isinstance(content, dict):
        raise SiteFileError(f"{name} is not a site file: it should hold keys and values.")
    return content


def _depth(text: str) -> int:
    """Deepest nesting of brackets, those inside of texts included."""
    depth = deepest = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is too large a number")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:40]!r} occurs twice")
    return found
