"""What may stand behind a number of a document: statistics, choices, scoring keys and names."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from attune.analyses.kinds import KINDS
from attune.printing import apa
from attune.printing.context import occasion_words
from attune.printing.markdown import attribute, literal, plain, with_commands
from attune.printing.pipe_table import value_and_stars
from attune.printing.printed_table import PrintedTable
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study

SYMBOLS = tuple(
    dict.fromkeys(
        [kind.symbol for kind in KINDS if re.search(r"\d", kind.symbol)]
        + ["*R*^2^", "*p*~1~", "*p*~2~", "BF~d0~"]
    )
)
"""Symbols of statistics with digits in them, as Markdown."""

COMMON_NAMES = ("COVID-19", "DSM-5", "ICD-10", "ICD-11", "Axis 1", "Axis 2")
"""Names with digits that any study may use; more are declared in the study's `names`."""

_PERIOD = re.compile(r"^(day|week|month|year)_(\d+)$")


@dataclass(frozen=True)
class NumberSources:
    """What may stand behind a number.

    Attributes
    ----------
    statistics : mapping of str to collection of str
        Id -> everything that print makes of the statistic, as Markdown.
    choices : mapping of str to collection of str
        Key of a choice -> how it may be printed.
    keys : mapping of str to collection of str
        The same of the scoring keys.
    names : sequence of str
        Names with digits in them, as Markdown.
    """

    statistics: Mapping[str, Collection[str]] = field(default_factory=dict)
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)
    keys: Mapping[str, Collection[str]] = field(default_factory=dict)
    names: Sequence[str] = ()

    @cached_property
    def named(self) -> re.Pattern[str]:
        """Finds every name and symbol; the longest first, at the borders of words."""
        names = [name for name in self.names if _is_name(name)]
        found = sorted({*SYMBOLS, *COMMON_NAMES, *names}, key=len, reverse=True)
        patterns = [r"\s+".join(map(re.escape, name.split())) for name in found]
        return re.compile(rf"(?<![\w.])(?:{'|'.join(patterns)})(?!\w|[.,]\d)", re.IGNORECASE)

    def problem(self, kind: str, attributes: Mapping[str, str], held: str) -> str:
        """Why a span is no source of what it holds; empty where it is one."""
        if kind == "name":
            return "" if held in self.names else f"{held!r} is no name of the study or cohort"
        known = {"stat": self.statistics, "choice": self.choices, "key": self.keys}[kind]
        keys = attributes.get("data-id" if kind == "stat" else "data-key", "").split()
        for key in keys or [""]:
            if key not in known:
                return f"{key!r} is no {'statistic' if kind == 'stat' else 'source'}"
        allowed = [text for key in keys for text in known[key]]
        in_part = attributes.get("data-part") in ("reason", "interval")
        if held in allowed or (in_part and any(held in text for text in allowed)):
            return ""
        return f"{keys[0]!r} does not print this"

    def printing(self, word: str) -> list[str]:
        """Ids of the statistics that print a word, at most three, the plainest first."""
        found = [key for key, texts in self.statistics.items() if word in texts]
        sizes = (".n", ".count", ".missing")
        return sorted(found, key=lambda key: (not key.endswith(sizes), key.count(".")))[:3]


def number_sources(
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    printed: pd.DataFrame,
    tables: Mapping[str, PrintedTable],
    settings: Mapping[str, Any],
    software: Sequence[str] = (),
) -> NumberSources:
    """Everything that may stand behind a number of a study's documents.

    Parameters
    ----------
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
    printed : pandas.DataFrame
        Contract `PRINTED`.
    tables : mapping of str to PrintedTable
    settings : mapping
        The analyst's choices: sections of config.yaml.
    software : sequence of str
        Package and version of everything that computed a statistic.
    """
    names = [*_names_of_study(study), *_names_of_cohort(cohort), *software]
    names += [name for key in instruments.values() for name in _names_of_key(key)]
    names = [name for name in names if re.search(r"\d", name)]
    return NumberSources(
        _printed_texts(printed, tables),
        _by_key(_choices(study, cohort, settings)),
        _by_key(fact for each in instruments.values() for fact in _key_facts(each)),
        list(dict.fromkeys(form(name) for name in names for form in _MARKDOWN)),
    )


def _printed_texts(
    printed: pd.DataFrame, tables: Mapping[str, PrintedTable]
) -> dict[str, set[str]]:
    """Id -> every part of the statistic, and every cell that prints it."""
    texts: dict[str, set[str]] = {}
    parts = [name for name in printed.columns if name not in ("id", "significant")]
    for row in printed.to_dict("records"):
        texts[row["id"]] = {row[part] for part in parts if isinstance(row[part], str)}
    for table in tables.values():
        for column in table.columns:
            ids, cells = table.frame[f"{column}_id"], table.frame[column]
            for identifier, cell in zip(ids, cells, strict=True):
                if isinstance(identifier, str):
                    texts.setdefault(identifier, set()).add(value_and_stars(cell)[0])
    return texts


def _choices(
    study: Study, cohort: Cohort, settings: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for section, value in settings.items():
        if isinstance(value, Mapping):
            yield from ((f"{section}.{key}", each) for key, each in value.items())
        else:
            yield section, value
    for name, table in study.tables.items():
        for level in table.stars:
            yield f"study.tables.{name}.stars", level
    if cohort.smallest_cell is not None:
        yield "cohort.smallest_cell", cohort.smallest_cell.count


def _key_facts(key: Instrument) -> Iterator[tuple[str, Any]]:
    """What documents say of a scoring key, by the key under which its file holds it."""
    of = key.instrument
    yield f"{of}.version", key.version
    yield f"{of}.n_items", key.n_items
    yield f"{of}.response.minimum", key.response.minimum
    yield f"{of}.response.maximum", key.response.maximum
    for scale in key.scales:
        lowest, highest = key.score_range(scale)
        yield f"{of}.scales.{scale}.lowest", lowest
        yield f"{of}.scales.{scale}.highest", highest
        yield f"{of}.scales.{scale}.missing", key.missing_rule(scale).max_missing_share


def _by_key(facts: Iterable[tuple[str, Any]]) -> dict[str, set[str]]:
    texts: dict[str, set[str]] = {}
    for key, value in facts:
        texts.setdefault(key, set()).update(_forms(value))
    return texts


def _forms(value: Any) -> set[str]:
    """All ways in which a number of a file may be printed."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return {str(value)}
    forms = {format(value, "g"), apa.number(value, 0), str(value)}
    return forms | ({apa.coverage(value), apa.level_of(value)} if 0 < value < 1 else set())


def _names_of_study(study: Study) -> Iterator[str]:
    yield from study.authors
    yield from study.names
    yield from (each.label for each in study.measures.values())
    yield from (each.label for each in study.outcomes.values())


def _names_of_cohort(cohort: Cohort) -> Iterator[str]:
    yield from (cohort.title, cohort.synthetic_notice, cohort.source, cohort.licence)
    for variable in cohort.sample.variables.values():
        yield from (variable.label, variable.unit, *variable.levels.values())
    yield cohort.publication or ""
    for asked in cohort.selections():
        yield from (occasion_words(asked.occasion), occasion_words(asked.state))
        period = _PERIOD.match(asked.occasion)
        if period:
            unit, number = period.groups()
            yield from (f"{number} {unit}", f"{number} {unit}s", f"{number}-{unit}")
    yield from (rule.source for rule in cohort.missing_rules.values())


def _names_of_key(key: Instrument) -> Iterator[str]:
    yield from (key.name, key.abbreviation, key.instrument)
    for name, scale in key.scales.items():
        yield from (scale.label, key.missing_rule(name).source)


def _is_name(name: str) -> bool:
    """A name has a letter; an equation is none."""
    return bool(re.search(r"[^\W\d_]", name)) and not re.search(r"=\s*[-−.]?\d", name)


def _in_header(name: str) -> str:
    """A name in the YAML header of a document."""
    return json.dumps(literal(name), ensure_ascii=False)[1:-1]


_MARKDOWN = (literal, with_commands, plain, attribute, _in_header)
"""How a document may write a name: in its text, in what is read aloud, in its header."""
