"""The author's own text: which files there are, their prompts, ids of numbers and topics.

A file is Markdown. `{sessions}` prints a fact, `{alliance.kims_total.wai_therapist.pearson_r}` a
statistic, `{kims.n_items}` a fact of a scoring key and `{build_tables.level}` a choice of
config.yaml; `{id:part}` prints a part of a statistic or another form of a choice. Comments are not
printed. A comment that begins with `topic` and the name of a topic of the reporting checklist says
what the text below it is about, up to the next one:

    <!-- topic eligibility: Who could take part and who could not. -->
    Patients were adults who could read the questionnaires.

"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from attune.printing import apa
from attune.printing.quarto import parse_text
from attune.printing.store import PrintedStore
from attune.printing.text import Text, choice, key_fact, literal, sourced
from attune.specs.authors import Authors, Fact
from attune.specs.closed_model import did_you_mean


@dataclass(frozen=True)
class OwnFile:
    """One Markdown file that an author may write.

    Attributes
    ----------
    place : str
        Where the manuscript prints it.
    topics : tuple of str
        Topics of the reporting checklist that belong into it: its prompts, in their order. Text
        above the first prompt is about the first of them.
    level : int
        Level of its highest heading in the document.
    """

    place: str
    topics: tuple[str, ...] = ()
    level: int = 2


OWN_FILES = {
    "abstract": OwnFile("as the first sentences of the abstract", ("abstract-question",)),
    "introduction": OwnFile("after the abstract", ("problem", "exploratory")),
    "participants": OwnFile(
        "Method, Participants",
        ("recruitment", "setting", "eligibility", "flow", "intended-size"),
        level=3,
    ),
    "measures": OwnFile("Method, Measures", ("validity",), level=3),
    "procedure": OwnFile(
        "Method, Procedure",
        ("collection", "conditions", "assignment", "registration", "outliers", "missing-causes"),
        level=3,
    ),
    "discussion": OwnFile("Discussion", ("interpretation", "limits", "generality")),
    "acknowledgements": OwnFile("before the references"),
}
"""Name of a file without its ending -> what it is for."""

OF_AUTHOR_NOTE = {
    "ethics": "consent",
    "funding": "interests",
    "conflicts": "interests",
    "data": "data",
}
"""Key of `note` in authors.yaml -> the topic that its text reports on."""

NUMBER_FORMS: dict[str, Callable[[float], str]] = {
    "shortest": lambda value: format(value, "g"),
    "percent": apa.coverage,
    "level": apa.level_of,
    "whole": lambda value: apa.number(value, 0),
}
"""How a number of config.yaml may be printed."""

_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_TOPIC = re.compile(r"\s*topic\s+([\w-]+)")
_BRACES = re.compile(r"(?<!\\)\{([^{}\n]*)\}")
_ATTRIBUTES = re.compile(r"\s*(?:[#.=]|-\s*$|[\w-]+=)")
_ID = re.compile(r"\s*([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)(?::([a-z_]+))?\s*")
_HEADING = re.compile(r"^(#{1,6})(?=\s)")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_EMPTY_LINES = re.compile(r"\n[ \t]*\n\s*")
_BRACKET = re.compile(r"(?<!\\)[\[\]]")
_NO_PARAGRAPH = re.compile(
    r"[-+*]\s|\(?\w{1,4}[.)]\s|[>|:=]|`{3}|~{3}|\[\^[^\]]+\]:|#\.|-{3}|.*\n[-=:| ]+(?:\n|\Z)"
)
"""Lists, quotations, tables, code, notes, rules, underlined headings."""
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]")


def home_of(topic: str, texts: Sequence[str] = ()) -> str:
    """Where an author writes on a topic: `text/procedure.md`; empty where no file is for it.

    Parameters
    ----------
    topic : str
    texts : sequence of str
        Further topics whose texts report it.

    Examples
    --------
    >>> home_of("eligibility"), home_of("interests"), home_of("title")
    ('text/participants.md', 'text/authors.yaml', '')
    """
    for name in (topic, *texts):
        for stem, file in OWN_FILES.items():
            if name in file.topics:
                return f"text/{stem}.md"
        if name in OF_AUTHOR_NOTE.values():
            return "text/authors.yaml"
    return ""


@dataclass(frozen=True)
class OwnNumbers:
    """What ids in braces may stand for.

    Attributes
    ----------
    choices : mapping
        The choices of config.yaml by section.
    facts : mapping of str to Fact
        Of facts.yaml.
    keys : mapping of str to object
        Facts of the scoring keys.
    statistics : PrintedStore, optional
        None: before the run.
    planned : callable
        Before the run: what is wrong with an id and part as those of a statistic, or "".
    """

    choices: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    statistics: PrintedStore | None = None
    planned: Callable[[str, str], str] = lambda identifier, part: ""

    def text(self, identifier: str, part: str = "") -> tuple[Text, str]:
        """What an id prints, and the problem if it prints nothing."""
        if identifier in self.facts:
            printed = literal(self.facts[identifier].printed)
            return self._whole(sourced(printed, identifier, kind="fact"), part)
        if self.statistics is not None and identifier in self.statistics:
            problem = self.statistics.problem(identifier, part or "result")
            row = self.statistics.row(identifier) or {}
            shown = parse_text("" if problem else str(row[part or "result"]))
            return sourced(shown, identifier, part or "result"), problem or ""
        number = _choice_of(self.choices, identifier)
        if number is not None:
            if (form := part or "shortest") in NUMBER_FORMS:
                return choice(NUMBER_FORMS[form](number), identifier), ""
            return (
                Text(),
                f"{part!r} is not a form of a choice. {did_you_mean(part, [*NUMBER_FORMS])}",
            )
        if identifier in self.keys:
            return self._whole(key_fact(_plainly(self.keys[identifier]), identifier), part)
        return literal("…"), self._unknown(identifier, part)

    def _whole(self, text: Text, part: str) -> tuple[Text, str]:
        return text, f"it has no part {part!r}: write it without" if part else ""

    def _unknown(self, identifier: str, part: str) -> str:
        first, dot, _ = identifier.partition(".")
        if not dot:
            known = [*self.facts]
            return f"facts.yaml has no fact {identifier!r}. {did_you_mean(identifier, known)}"
        keys = [key for key in self.keys if key.startswith(f"{first}.")]
        if keys:
            return f"{identifier!r} is not in the scoring key. {did_you_mean(identifier, keys)}"
        if isinstance(self.choices.get(first), Mapping):
            known = [f"{first}.{key}" for key in self.choices[first]]
            return f"{identifier!r} is not a choice. {did_you_mean(identifier, known)}"
        if self.statistics is not None:
            return self.statistics.problem(identifier, part or "result") or ""
        return self.planned(identifier, part or "result")


def _choice_of(settings: Mapping[str, Any], key: str) -> float | None:
    """A number of config.yaml by its key; None where the key names none."""
    value: Any = settings
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if number else None


def _plainly(value: object) -> str:
    return format(value, "g") if isinstance(value, (int, float)) else str(value)


@dataclass(frozen=True)
class Piece:
    """A part of a file about one topic.

    Attributes
    ----------
    topic : str
        Empty: no topic.
    line : int
        Of the file, from 1, at which it begins.
    text : str
        Markdown without comments; as many lines as in the file.
    """

    topic: str
    line: int
    text: str


@dataclass(frozen=True)
class OwnText:
    """Everything that an author wrote about a cohort or a synthesis.

    Attributes
    ----------
    texts : mapping of str to str
        Name of a file without its ending -> its Markdown as typed.
    paths : mapping of str to str
        The same names -> the path that messages show.
    authors : Authors
    facts : mapping of str to Fact
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    authors: Authors = field(default_factory=Authors)
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def pieces(self, name: str) -> list[Piece]:
        """The parts of a file, those without text included, in their order."""
        text = self.texts.get(name, "")
        first = (*OWN_FILES[name].topics, "")[0]
        found: list[Piece] = []
        topic, start, line = first, 0, 1
        for comment in _COMMENT.finditer(text):
            about = _TOPIC.match(comment[1])
            if about:
                found.append(Piece(topic, line, _without_comments(text[start : comment.start()])))
                topic, start = about[1], comment.end()
                line = text.count("\n", 0, start) + 1
        return [*found, Piece(topic, line, _without_comments(text[start:]))]

    def sections(self, numbers: OwnNumbers) -> tuple[dict[str, str], list[str]]:
        """Markdown of every file that holds text, and every id that prints nothing.

        Returns
        -------
        sections : dict of str to str
            Name of a file -> what the document prints: numbers with their sources, texts marked for
            the topics of the reporting checklist.
        problems : list of str
            File, line, id, near names.
        """
        sections, problems = {}, []
        for name in self.texts:
            parts = [piece for piece in self.pieces(name) if piece.text.strip()]
            depths = [len(marks) for piece in parts for _, marks in _lines(piece.text) if marks]
            deeper = OWN_FILES[name].level - min(depths, default=1)
            printed = []
            for piece in parts:
                filled, unfilled = filled_text(piece.text, numbers)
                problems += [
                    f"{self.paths[name]}, line {piece.line + line}: {problem}"
                    for line, problem in unfilled
                ]
                filled = _FOOTNOTE.sub(rf"[^{name}-\1]", filled)
                printed.append(_marked(_deeper(filled, deeper), piece.topic))
            if printed:
                sections[name] = "\n\n".join(printed)
        return sections, problems

    def open_prompts(self, needless: Collection[str] = ()) -> Iterator[tuple[str, list[str]]]:
        """Path of each file with prompts that have no text below them, and their topics.

        Parameters
        ----------
        needless : collection of str
            Topics that the study has nothing to report on.
        """
        for name in self.texts:
            pieces = self.pieces(name)
            empty = [
                piece.topic
                for piece in pieces[1:]
                if not piece.text.strip() and piece.topic not in needless
            ]
            if empty or not any(piece.text.strip() for piece in pieces):
                yield self.paths[name], empty


def filled_text(text: str, numbers: OwnNumbers) -> tuple[str, list[tuple[int, str]]]:
    r"""Markdown with its ids in braces replaced by what they print.

    Returns
    -------
    text : str
        With as many lines as before; ids that print nothing become an ellipsis.
    problems : list of (int, str)
        Line from 0, and what is wrong.

    Examples
    --------
    >>> facts = {"sessions": Fact(value=30, source="protocol")}
    >>> filled_text("Over {sessions} weeks.", OwnNumbers(facts=facts))
    ('Over [30]{.fact data-key="sessions"} weeks.', [])
    >>> filled_text("Over {sesions} weeks.", OwnNumbers(facts=facts))[1]
    [(0, "facts.yaml has no fact 'sesions'. Did you mean 'sessions'?")]
    """
    problems = []

    def replaced(match: re.Match[str]) -> str:
        if _ATTRIBUTES.match(match[1]) or not match[1].strip():
            return match[0]
        line = text.count("\n", 0, match.start())
        named = _ID.fullmatch(match[1])
        if named is None:
            problems.append(
                (
                    line,
                    f"{match[0]!r} is not an id. Ids have lower case letters, digits, underscores"
                    f" and"
                    " dots; a brace that is to be printed is written \\{",
                )
            )
            return "…"
        printed, problem = numbers.text(named[1], named[2] or "")
        if problem:
            problems.append((line, problem))
            return "…"
        return str(printed)

    return _BRACES.sub(replaced, text), problems


def _without_comments(text: str) -> str:
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Every line with the marks of its heading, which are empty for other lines."""
    fence = ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        if opened and fence in ("", opened[1]):
            fence = "" if fence else opened[1]
        heading = None if fence else _HEADING.match(line)
        yield line, heading[1] if heading else ""


def _deeper(text: str, levels: int) -> str:
    """The same with its headings some levels deeper."""
    return "\n".join(
        "#" * min(max(len(marks) + levels, 1), 6) + line[len(marks) :] if marks else line
        for line, marks in _lines(text)
    )


def _marked(text: str, topic: str) -> str:
    """A text marked for a topic, but for its headings.

    Paragraphs are marked one by one; what is not a plain paragraph makes a division, whose first
    line would not be indented as those of paragraphs are.
    """
    if not topic:
        return text.strip()
    blocks = []
    for is_heading, group in groupby(_lines(text), key=lambda entry: bool(entry[1])):
        content = "\n".join(line for line, _ in group).strip()
        paragraphs = [part.strip() for part in _EMPTY_LINES.split(content)]
        if is_heading or not content:
            blocks.append(content)
        elif all(map(_is_paragraph, paragraphs)):
            blocks += [f'[{part}]{{.reported data-topic="{topic}"}}' for part in paragraphs]
        else:
            blocks.append(f'::: {{.reported data-topic="{topic}"}}\n{content}\n:::')
    return "\n\n".join(filter(None, blocks))


def _is_paragraph(text: str) -> bool:
    """Whether a block is a plain paragraph whose brackets are closed.

    Examples
    --------
    >>> [_is_paragraph(text) for text in ("Adults [@a].", "* Adults", "1. Adults", "In [0, 1).")]
    [True, False, False, False]
    """
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth += 1 if bracket == "[" else -1
        if depth < 0:
            return False
    return depth == 0 and not _NO_PARAGRAPH.match(text)
