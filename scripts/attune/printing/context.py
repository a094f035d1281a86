"""Input and output of every table builder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from attune.printing import apa
from attune.printing.key_words import CONFIDENCE
from attune.printing.printed_table import Row
from attune.printing.store import StatisticsStore
from attune.printing.text import Text, choice, key_fact, literal, named
from attune.printing.wording import in_sentence, occasion_listing
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study, Table


@dataclass(frozen=True)
class Context:
    """Everything that a table may print.

    Attributes
    ----------
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
    store : StatisticsStore
    violations : pandas.DataFrame
        Contract `VIOLATIONS`.
    powers : mapping of str to float
        Power of the smallest effects that kinds of tables print, by its key of config.yaml.
    """

    study: Study
    cohort: Cohort
    instruments: Mapping[str, Instrument]
    store: StatisticsStore
    violations: pd.DataFrame
    powers: Mapping[str, float] = field(default_factory=dict)

    def power_words(self, key: str) -> str:
        """`a power of 80%`, with the key of config.yaml that sets it."""
        if key not in self.powers:
            return "the declared power"
        return f"a power of {choice(apa.coverage(self.powers[key]), key)}"


@dataclass
class Body:
    """Rows and headings of one table, before its note.

    Attributes
    ----------
    headings : dict of str to str
        `label` and the columns, in the order of print, as Markdown.
    rows : list of Row
    remarks : list of str
        Markdown sentences that the kind of table adds to the note.
    problems : list of str
        What is wrong with the declaration of the table.
    """

    headings: dict[str, str]
    rows: list[Row]
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def without_empty_columns(self) -> "Body":
        """Without the columns for which no row has a statistic."""
        used = {name for row in self.rows for name, cell in row.cells.items() if cell.id}
        used_headings = {
            name: text for name, text in self.headings.items() if name in {"label", *used}
        }
        return Body(used_headings, self.rows, self.remarks, self.problems)


def full_label(table: Table, study: Study, name: str) -> str:
    """Printed name of a measure: the table's own, else its label, "residual gain" for outcomes."""
    if name in table.headings:
        return table.headings[name]
    label = study.label_of(name)
    return f"{label}, residual gain" if name in study.outcomes else label


def when_given(occasions: Iterable[str], study: Study) -> str:
    """When something was answered, in the words that the plan gives its visits."""
    words = {
        visit: when
        for entry in study.analyses().values()
        for visit, when in getattr(entry, "visit_words", {}).items()
    }
    if not words.keys() & set(occasions):
        return f"at {occasion_listing(dict.fromkeys(map(occasion_words, occasions)))}"
    when = dict.fromkeys(words.get(one, f"at {occasion_words(one)}") for one in occasions)
    return occasion_listing(when)


def questionnaire_words(parts: Sequence[str], key: Instrument | None) -> str:
    """Instrument, rater, occasion and state as words.

    Examples
    --------
    >>> questionnaire_words(["kims", "therapist", "session_3"], None)
    'kims, therapist, session 3'
    """
    instrument, *when = parts
    return ", ".join([key.abbreviation if key else instrument, *map(occasion_words, when)])


def scoring_keys(names: Iterable[str], context: Context) -> list[str]:
    """How sure the scoring keys of some instruments are, as the sentences of a note."""
    keys = [context.instruments[name] for name in dict.fromkeys(names)
            if name in context.instruments]  # fmt: skip
    certainty = [
        f"{literal(key.abbreviation)} (version"
        f" {key_fact(key.version, f'{key.instrument}.version')}),"
        f" {CONFIDENCE[key.confidence.level]}"
        for key in keys
    ]
    if not certainty:
        return []
    return [f"Scoring {'key' if len(certainty) == 1 else 'keys'}: {'; '.join(certainty)}."]


def condition_names(cohort: Cohort) -> dict[str, Text]:
    """Each treatment condition as it reads in a sentence, by its label, in the declared order."""
    words = cohort.sample.condition_words
    return {
        label: named(words[code]) if code in words else in_sentence(named(label))
        for code, label in cohort.sample.conditions().items()
    }


def occasion_words(occasion: str) -> str:
    """An occasion's or state's name as words.

    Examples
    --------
    >>> occasion_words("session_3"), occasion_words("follow_up")
    ('session 3', 'follow-up')
    """
    return occasion.replace("follow_up", "follow-up").replace("_", " ")
