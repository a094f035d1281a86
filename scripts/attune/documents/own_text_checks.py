"""Check of the author's own text before anything runs: what would stop the documents later."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pandas as pd

from attune.analyses.planned_ids import planned_problem
from attune.documents.number_lint import numbers_without_source
from attune.documents.number_sources import NumberSources, key_facts, number_sources
from attune.documents.own_text import OWN_FILES, OwnNumbers, OwnText, filled_text
from attune.documents.reporting_checklist import KNOWN_TOPICS
from attune.printing.quarto import parse_document
from attune.printing.table_formats import label_of
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.contracts import PRINTED

_REFUSED = (
    (re.compile(r"<(?!https?://|[^\s<>]+@)/?[A-Za-z][^<>]*>"), "HTML; write Markdown"),
    (re.compile(r"\{\{|\{%"), "a command of templates; ids stand in single braces, as {id}"),
    (re.compile(r"\{=\w"), "raw text for one format; write Markdown"),
    (re.compile(r"^\s*:::", re.MULTILINE), "a division; a comment says what a text is about"),
    (re.compile(r"!\["), "a picture; declare a figure in the study file, and refer to it by @fig-"),
    (re.compile(r"^\s*(?:`{3,}|~{3,})\s*\{", re.MULTILINE), "code that would run"),
    (re.compile(r"\A---\s*$", re.MULTILINE), "a header; authors and keywords go to authors.yaml"),
    (re.compile(r"<!--(?!.*?-->)", re.DOTALL), "a comment without its end -->"),
)
"""Markup that does not belong into a text: the same in every format, and nothing that acts."""

_TOPIC_COMMENT = re.compile(r"<!--\s*topic\s+([\w-]+)")
_KEY = re.compile(r"@([\w:./+-]*\w)")
_NO_TEXT = ("Cc", "Co", "Cs")


def own_text_problems(
    own: OwnText,
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    settings: Mapping[str, Any],
    cited: Collection[str],
) -> Iterator[str]:
    """What would stop the documents of a cohort, as far as it is known before the run.

    Parameters
    ----------
    own : OwnText
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
    settings : mapping
        Choices of config.yaml by section.
    cited : collection of str
        Keys of the bibliographies.

    Yields
    ------
    str
        File, line, what was found and what to do. Ids of statistics are compared with the plan;
        the whole id can only be compared with results.
    """
    used = {selection.instrument for selection in cohort.selections()}
    instruments = {name: key for name, key in instruments.items() if name in used}
    numbers = OwnNumbers(
        settings,
        own.facts,
        dict(fact for key in instruments.values() for fact in key_facts(key)),
        planned=lambda identifier, part: planned_problem(identifier, part, study),
    )
    nothing = pd.DataFrame(columns=PRINTED.schema.names)
    sources = number_sources(study, cohort, instruments, nothing, {}, settings)
    labels = _labels(study)
    yield from markup_problems(own)
    _, problems = own.sections(numbers)
    yield from problems
    yield from typed_numbers_of(own, numbers, sources)
    for name in own.texts:
        yield from _citation_problems(own, name, cited, labels)


def markup_problems(own: OwnText) -> Iterator[str]:
    """Markup that is refused, unknown topics, and characters that no document can show."""
    for name, text in own.texts.items():
        path = own.paths[name]
        for pattern, what in _REFUSED:
            for match in pattern.finditer(text):
                yield f"{path}, line {_line(text, match.start())}: {match[0].strip()!r} is {what}"
        for match in _TOPIC_COMMENT.finditer(text):
            if match[1] not in KNOWN_TOPICS:
                hint = did_you_mean(match[1], KNOWN_TOPICS)
                hint = hint if hint.startswith("Did") else f"{path} can use {_own_topics(name)}."
                yield (
                    f"{path}, line {_line(text, match.start())}: {match[1]!r} is not a topic of the"
                    f" reporting checklist. {hint}"
                )
        for number, line in enumerate(text.split("\n"), start=1):
            signs = [s for s in line if unicodedata.category(s) in _NO_TEXT and s != "\t"]
            if signs:
                codes = ", ".join(f"U+{ord(sign):04X}" for sign in dict.fromkeys(signs))
                yield (
                    f"{path}, line {number}: the character {codes} has no meaning that a document"
                    " could show. Delete it, or type the sign that it stands for"
                )


def typed_numbers_of(own: OwnText, numbers: OwnNumbers, sources: NumberSources) -> Iterator[str]:
    """Digits that were typed into a text, with file and line."""
    known = sources.with_facts(own.facts)
    for name in own.texts:
        for piece in own.pieces(name):
            filled, _ = filled_text(piece.text, numbers)
            # The empty line keeps a rule of dashes at the top from being read as a header.
            for number in numbers_without_source("\n" + filled, known):
                why = f" ({number.problem})" if number.problem else ""
                printing = sources.printing(number.word)
                hint = f"; {', '.join(printing)} would print it" if printing else ""
                yield (
                    f"{own.paths[name]}, line {piece.line + number.line - 2}: {number.word!r}{why}"
                    f' in "{number.text}" has no source{hint}. Write the id of a statistic in'
                    " braces, or declare the number in facts.yaml with its source and write its"
                    " name in braces"
                )


def _citation_problems(
    own: OwnText, name: str, cited: Collection[str], labels: Mapping[str, str]
) -> Iterator[str]:
    """Citations and cross-references that lead nowhere."""
    for piece in own.pieces(name):
        for block in parse_document("\n" + piece.text).blocks:
            line = block.line + piece.line - 2
            for span in block.text.spans:
                if "citation" in span.marks:
                    for key in _KEY.findall(span.text):
                        problem = _citation_problem(key, cited, labels)
                        if problem:
                            yield f"{own.paths[name]}, line {line}: {problem}"
                line += span.text.count("\n")


def _citation_problem(key: str, cited: Collection[str], labels: Mapping[str, str]) -> str:
    kind, dash, _ = key.partition("-")
    if dash and kind in ("tbl", "fig"):
        if key not in labels:
            return f"@{key} is not a table or figure of the study. {did_you_mean(key, [*labels])}"
        if labels[key] != "manuscript":
            return f"@{key} is in the {labels[key]}, to which a reference cannot lead"
        return ""
    if key in cited:
        return ""
    close = difflib.get_close_matches(key, sorted(cited), n=1, cutoff=0.8)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return (
        f"@{key} has no entry in the bibliography. Add it to references.bib in the same folder."
        f"{hint}"
    )


def _labels(study: Study) -> dict[str, str]:
    """Label of every table and figure -> its document."""
    tables = {label_of("tbl", name): table.document for name, table in study.tables.items()}
    figures = {label_of("fig", name): figure.document for name, figure in study.figures.items()}
    return {**tables, **figures}


def _own_topics(name: str) -> str:
    return ", ".join(OWN_FILES[name].topics) or "no topic"


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
