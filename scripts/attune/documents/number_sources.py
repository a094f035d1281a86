"""Sources of the numbers of a document: statistics, choices, scoring keys and names."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import pandas as pd

from attune.analyses.kinds import KINDS
from attune.documents.consort_topics import CONSORT_TOPICS
from attune.printing import apa
from attune.printing.context import occasion_words
from attune.printing.printed_table import PrintedTable
from attune.printing.quarto import parse_text
from attune.printing.text import Source, Text, literal, one_line, with_commands
from attune.printing.wording import OCCASION_UNITS
from attune.specs.authors import Fact
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.statistic_kinds import StatisticKinds

OTHER_SYMBOLS = ("*R*^2^", "*p*~1~", "*p*~2~", "BF~d0~")
"""Symbols that tables print besides those of the statistics themselves, as Markdown."""

COMMON_NAMES = (
    *("COVID-19", "DSM-5", "ICD-10", "ICD-11", "Axis 1", "Axis 2", "HC3"),
    *(topic.words.partition(":")[0] for topic in CONSORT_TOPICS),
)
"""Names with digits that any study may use; more are declared in the study's `names`."""

_PERIOD = re.compile(r"^(day|week|month|year)_(\d+)$")


@dataclass(frozen=True)
class NumberSources:
    """What a number may come from.

    Attributes
    ----------
    statistics : mapping of str to collection of (str or Text)
        Id -> everything that print makes of the statistic; a string is Markdown.
    choices : mapping of str to collection of str
        Key of a choice -> how it may be printed.
    keys : mapping of str to collection of str
        The same of the scoring keys.
    facts : mapping of str to collection of str
        The same of the author's facts.
    names : sequence of str
        Names with digits in them, as a reader sees them.
    kinds : StatisticKinds
        Whose symbols may be printed, such as BF~10~.
    """

    statistics: Mapping[str, Collection[str | Text]] = field(default_factory=dict)
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)
    keys: Mapping[str, Collection[str]] = field(default_factory=dict)
    names: Sequence[str] = ()
    kinds: StatisticKinds = KINDS
    facts: Mapping[str, Collection[str]] = field(default_factory=dict)

    def with_facts(self, facts: Mapping[str, Fact]) -> "NumberSources":
        """The same with the facts of an author."""
        printed = {
            name: {str(literal(text)) for text in (fact.printed, fact.source, in_print(name))}
            for name, fact in facts.items()
        }
        return replace(self, facts=printed)

    @property
    def symbols(self) -> frozenset[tuple[str, str]]:
        """Symbols of statistics with digits in them: letters, and what is lowered or raised."""
        return _symbols(self.kinds)

    @cached_property
    def named(self) -> re.Pattern[str]:
        """Finds every name; the longest first, at the borders of words."""
        names = [name for name in self.names if _is_name(name)]
        longest_first = sorted({*COMMON_NAMES, *names}, key=len, reverse=True)
        patterns = [r"\s+".join(map(re.escape, name.split())) for name in longest_first]
        patterns = [*_series(names), *patterns]
        return re.compile(rf"(?<![\w.])(?:{'|'.join(patterns)})(?!\w|[.,]\d)", re.IGNORECASE)

    def problem(self, source: Source, content: Text) -> str:
        """Why a source does not give the text that names it; empty if it does."""
        if source.kind == "name":
            known_name = content.characters in self.names
            return (
                "" if known_name else f"{content.characters!r} is not a name of the study or cohort"
            )
        by_kind = {"stat": self.statistics, "choice": self.choices, "key": self.keys}
        known = {**by_kind, "fact": self.facts}[source.kind]
        for key in source.ids or [""]:
            if key not in known:
                return f"{key!r} is not a {'statistic' if source.kind == 'stat' else 'source'}"
        allowed = [_as_value(text) for key in source.ids for text in known[key]]
        in_part = source.part in ("reason", "interval")
        if content.without_sources() in allowed or (
            in_part and any(content.characters in text.characters for text in allowed)
        ):
            return ""
        # The number alone, behind the sign of a bound of several p.
        bound = f" {content.characters}"
        if source.part == "p" and any(text.characters.endswith(bound) for text in allowed):
            return ""
        return f"{source.ids[0]!r} does not print this"

    def printing(self, word: str) -> list[str]:
        """Ids of the statistics that print a word, at most three, the plainest first."""
        ids = [
            key
            for key, texts in self.statistics.items()
            if any(_as_value(text).characters == word for text in texts)
        ]
        sizes = (".n", ".count", ".missing")
        return sorted(ids, key=lambda key: (not key.endswith(sizes), key.count(".")))[:3]


def _as_value(text: str | Text) -> Text:
    return text if isinstance(text, Text) else parse_text(text)


@cache
def _symbols(kinds: StatisticKinds) -> frozenset[tuple[str, str]]:
    known = [kind.symbol for kind in kinds]
    values = (parse_text(symbol) for symbol in (*known, *OTHER_SYMBOLS))
    return frozenset(
        ("".join(span.text for span in value.spans[:-1]), value.spans[-1].text)
        for value in values
        if any(map(is_digit, value.characters))
    )


def is_digit(sign: str) -> bool:
    """Whether a sign is a digit, a superscript or subscript digit, or a fraction.

    Examples
    --------
    >>> [is_digit(sign) for sign in "7²½x"]
    [True, True, True, False]
    """
    return unicodedata.category(sign) in ("Nd", "No")


def in_print(fact: str) -> str:
    """The name of a fact as a list of facts prints it."""
    return fact.replace("_", " ").capitalize()


def number_sources(
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    printed: pd.DataFrame,
    tables: Mapping[str, PrintedTable],
    settings: Mapping[str, Any],
    software: Sequence[str] = (),
) -> NumberSources:
    """Everything that a number of a study's documents may come from.

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
    return NumberSources(
        printed_texts(printed, tables),
        forms_by_key(_choices(study, cohort, settings)),
        forms_by_key(fact for instrument in instruments.values() for fact in key_facts(instrument)),
        names_with_digits(names),
    )


def typed_numbers(
    study: Study, cohort: Cohort, instruments: Mapping[str, Instrument]
) -> Iterator[str]:
    """Digits in the titles and headings of a plan that no declared name holds, one sentence each.

    The documents print these texts among results, where every number needs a source; what the
    build of the documents would refuse is found here before anything is computed.
    """
    texts = [("title", study.title)]
    texts += [(f"{name}.title", title) for name, title in study.titles().items()]
    texts += [(f"tables.{name}.title", table.title) for name, table in study.tables.items()]
    texts += [(f"figures.{name}.title", figure.title) for name, figure in study.figures.items()]
    texts += [(f"figures.{name}.alt", figure.alt) for name, figure in study.figures.items()]
    texts += [
        (f"tables.{name}.headings.{column}", heading)
        for name, table in study.tables.items()
        for column, heading in table.headings.items()
    ]
    texts = [(place, text) for place, text in texts if any(map(is_digit, text))]
    if not texts:
        return
    known = [*_names_of_study(study), *_names_of_cohort(cohort)]
    known += [name for key in instruments.values() for name in _names_of_key(key)]
    named = NumberSources(names=names_with_digits(known)).named
    for place, text in texts:
        rest = named.sub(" ", one_line(text))
        words = [word.strip(".,;:()") for word in rest.split() if any(map(is_digit, word))]
        if words:
            yield (
                f"{place}: {words[0]!r} is a number without a source, which the documents would"
                " refuse. Write it in words, or, where it is part of a name, add the name to"
                f" `names:` of the study, such as `names: [{_around(text, words[0])!r}]`"
            )


def _around(text: str, word: str) -> str:
    """A word with the one behind it, as a name that holds it might read."""
    words = text.split()
    place = next(n for n, one in enumerate(words) if word in one)
    return " ".join(words[place : place + 2]).strip(".,;:()")


def names_with_digits(names: Iterable[str]) -> list[str]:
    """Names that hold digits, in every form in which documents print them, each once."""
    held = [name for name in names if any(map(str.isdecimal, name))]
    forms = (form for name in held for form in (one_line(name), with_commands(name).characters))
    return list(dict.fromkeys(forms))


def printed_texts(
    printed: pd.DataFrame, tables: Mapping[str, PrintedTable]
) -> dict[str, set[str | Text]]:
    """Id -> every part of the statistic, and every cell that prints it."""
    texts: dict[str, set[str | Text]] = {}
    parts = [name for name in printed.columns if name not in ("id", "significant", "plain")]
    for row in printed.to_dict("records"):
        texts[row["id"]] = {row[part] for part in parts if isinstance(row[part], str)}
    for table in tables.values():
        for cells in (row.cells for row in table.rows):
            for cell in cells.values():
                if cell.id is not None:
                    number = cell.of_source().without_sources()
                    texts.setdefault(cell.id, set()).add(number)
    return texts


def _choices(
    study: Study, cohort: Cohort, settings: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for section, value in settings.items():
        if isinstance(value, Mapping):
            yield from ((f"{section}.{key}", entry) for key, entry in value.items())
        else:
            yield section, value
    for name, table in study.tables.items():
        for level in table.stars:
            yield f"study.tables.{name}.stars", level
    if cohort.smallest_cell is not None:
        yield "cohort.smallest_cell", cohort.smallest_cell.count
    for name, variable in cohort.sample.variables.items():
        for end, value in (("minimum", variable.minimum), ("maximum", variable.maximum)):
            if value is not None:
                yield f"cohort.sample.variables.{name}.{end}", value
        if variable.description:
            yield f"cohort.sample.variables.{name}.description", variable.description


def key_facts(key: Instrument) -> Iterator[tuple[str, Any]]:
    """Facts of a scoring key that documents print, with their key in the instrument file."""
    of = key.instrument
    yield f"{of}.version", key.version
    yield f"{of}.n_items", key.n_items
    yield f"{of}.response.minimum", key.response.minimum
    yield f"{of}.response.maximum", key.response.maximum
    for (low, high), items in key.items_by_range().items():
        yield f"{of}.item_ranges.{low}_{high}.n_items", len(items)
        yield f"{of}.item_ranges.{low}_{high}.minimum", low
        yield f"{of}.item_ranges.{low}_{high}.maximum", high
    for scale in key.scales:
        lowest, highest = key.score_range(scale)
        yield f"{of}.scales.{scale}.lowest", lowest
        yield f"{of}.scales.{scale}.highest", highest
        yield f"{of}.scales.{scale}.missing", key.missing_rule(scale).max_missing_share
        for item in key.items_of(scale):
            yield f"{of}.items.{item}", item


def forms_by_key(facts: Iterable[tuple[str, Any]]) -> dict[str, set[str]]:
    """Key of a choice or of a scoring key -> every way in which its value may be printed."""
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
    # The title is the author's own text; those of tables and analyses stand among results.
    yield from (study.title, *study.authors, *study.names)
    for measure in study.measures.values():
        # In sentences "IIP-32, intake" is "the IIP-32 at intake".
        yield from (measure.label, measure.label.partition(", ")[0])
    yield from (outcome.label for outcome in study.outcomes.values())
    yield from (name.replace("_", " ") for name in study.datasets)


def _names_of_cohort(cohort: Cohort) -> Iterator[str]:
    yield from (cohort.title, cohort.synthetic_notice, cohort.source, cohort.licence)
    for variable in cohort.sample.variables.values():
        yield from (variable.label, variable.unit, *variable.levels.values())
    yield cohort.publication or ""
    for selection in cohort.selections():
        yield from (occasion_words(selection.occasion), occasion_words(selection.state))
        period = _PERIOD.match(selection.occasion)
        if period:
            unit, number = period.groups()
            yield from (f"{number} {unit}", f"{number} {unit}s", f"{number}-{unit}")
    yield from (rule.source for rule in cohort.missing_rules.values())
    yield from (entry.reason for entry in cohort.exclude)


def _names_of_key(key: Instrument) -> Iterator[str]:
    yield from (key.name, key.abbreviation, key.instrument)
    if not key.citation_key:
        yield key.printed_citation
    for name, scale in key.scales.items():
        yield from (scale.label, key.missing_rule(name).source)


def _series(names: Sequence[str]) -> Iterator[str]:
    """Patterns of occasions that share a noun: "months 3, 5, or 8", "3 and 5 weeks"."""
    for unit in OCCASION_UNITS:
        for form, before, behind in ((rf"{unit} (\d+)", rf"{unit}s\s+", ""),
                                     (rf"(\d+) {unit}s?", "", rf"\s+{unit}s")):  # fmt: skip
            numbers = {match[1] for name in names if (match := re.fullmatch(form, name))}
            if len(numbers) > 1:
                number = f"(?:{'|'.join(sorted(numbers, key=len, reverse=True))})"
                series = rf"{number}(?:,\s+{number})*,?\s+(?:and|or)\s+{number}"
                yield f"{before}{series}{behind}"


def _is_name(name: str) -> bool:
    """A name has a letter; an equation is none."""
    return bool(re.search(r"[^\W\d_]", name)) and not re.search(r"=\s*[-−.]?\d", name)
