"""Words that depend on numbers: template functions that describe statistics."""

import math
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from attune.printing.apa import MINUS
from attune.printing.quarto import parse_text
from attune.printing.text import Text, literal, sourced
from attune.stats.effect_sizes import pooled_interval_error
from attune.stats.score_distribution import misleads_normal_intervals

if TYPE_CHECKING:
    from attune.printing.store import PrintedStore

Words = TypeVar("Words", Text, str)
"""Text or a string, which stays what it is."""

ASSOCIATIONS = {
    "positive": "was positively associated with",
    "negative": "was negatively associated with",
}
NO_ASSOCIATION = "was not significantly associated with"


@dataclass
class Wording:
    """Statistics as text; requests that cannot be answered are collected as problems.

    Attributes
    ----------
    printed : PrintedStore
    problems : list of str
        One sentence per unanswered request; the returned text is then arbitrary, since a document
        with problems is never written.
    """

    printed: "PrintedStore"
    problems: list[str]

    def stat(self, identifier: str, part: str = "result") -> str:
        """A part of a statistic as print has it, carrying its id."""
        value = self._part(identifier, part)
        return "" if value is None else str(sourced(parse_text(value), identifier, part))

    def because(self, identifier: str) -> str:
        """Why a statistic has no value, as the end of a sentence: with one full stop."""
        reason = str(self._part(identifier, "reason") or "").rstrip(".")
        return f"{sourced(parse_text(reason), identifier, 'reason')}."

    def significant(self, identifier: str) -> bool:
        """Whether the p that decides is below the level."""
        return bool(self._part(identifier, "significant"))

    def was(self, identifier: str) -> str:
        """`was` or `was not`, as in "the difference was not significant"."""
        return "was" if self.significant(identifier) else "was not"

    def direction(self, identifier: str) -> str:
        """Direction: positive, negative or zero, of the number as printed."""
        return str(self._part(identifier, "direction") or "")

    def magnitude(self, identifier: str) -> str:
        """Size of the effect in Cohen's words, of the number as printed."""
        return str(self._part(identifier, "magnitude") or "")

    def associated(self, identifier: str) -> str:
        """Whether and in which direction a correlation was significant, as a verb."""
        if not self.significant(identifier):
            return NO_ASSOCIATION
        return ASSOCIATIONS.get(self.direction(identifier), NO_ASSOCIATION)

    def state(self, identifier: str) -> str:
        """The finding: significant, not_significant or undefined; unknown ids are problems."""
        row = self.printed.row(identifier)
        if row is not None and (row["estimate"] is None or row["significant"] is None):
            return "undefined"
        return "significant" if self.significant(identifier) else "not_significant"

    def findings(self, items: Iterable[Any], statistic: str) -> dict[str, list[Any]]:
        """Items sorted by the `state` of one of their statistics; items have a `prefix`."""
        by_state: dict[str, list[Any]] = {"significant": [], "not_significant": [], "undefined": []}
        for item in items:
            by_state[self.state(f"{item.prefix}.{statistic}")].append(item)
        return by_state

    def has(self, identifier: str, part: str = "estimate") -> bool:
        """Whether there is such a statistic and it has the part."""
        # An absent id is asked for often; the search for a close one would take most of the time.
        return identifier in self.printed and self.printed.problem(identifier, part) is None

    def holds_zero(self, identifier: str) -> bool:
        """Whether the interval of a statistic includes zero; not where it has none."""
        row = self.printed.row(identifier)
        return bool(row and row["interval"] and row["holds_zero"])

    def ran(self, statistic: str) -> bool:
        """Whether any statistic of this name was computed, such as `partial_r`."""
        return self.printed.computed(statistic)

    def ran_in(self, analyses: Iterable[str], statistic: str) -> bool:
        """Whether one was computed in any of some analyses."""
        return any(self.printed.computed(statistic, analysis) for analysis in analyses)

    def counted(self, identifier: str, singular: str, plural: str) -> str:
        """A count with its noun, as in "1 warning" and "2 warnings"."""
        number = self._part(identifier, "estimate")
        return f"{self.stat(identifier, 'estimate')} {singular if number == '1' else plural}"

    def in_few(
        self, identifier: str, singular: str = "", plural: str = "", part: str = "estimate"
    ) -> str:
        """A count with its noun, in words below ten, carrying its id."""
        number = str(self._part(identifier, part) or "")
        noun = singular if number == "1" else plural
        if len(number) != 1 or not number.isdigit():
            shown = self.stat(identifier, part)
        else:
            word = _UNITS[int(number)] if int(number) else "zero"
            shown = str(sourced(literal(word), identifier, part))
        return f"{shown} {noun}".strip()

    def sample_size(self, identifiers: Iterable[str]) -> str:
        """The n of some statistics, as in "*n* = 25", or from the least to the largest."""
        sizes = {identifier: self._part(identifier, "n") for identifier in identifiers}
        known = {
            identifier: count for identifier, n in sizes.items() if (count := _count(n)) is not None
        }
        if not known:
            return "no *n*"
        least, most = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
        if known[least] == known[most]:
            return f"*n* = {self.stat(least, 'n')}"
        return f"*n* from {self.stat(least, 'n')} to {self.stat(most, 'n')}"

    def bound_of_p(self, identifiers: Iterable[str], largest: bool = False) -> str:
        """The bound of several *p*: "*p*s ≥ .159", or "*p*s ≤ .017" for the largest.

        The number is that of the statistic which has it; one statistic gives its own *p*.
        """
        printed = {identifier: str(self._part(identifier, "p") or "") for identifier in identifiers}
        one_tailed = all(self.has(identifier, "p_one_tailed") for identifier in printed)
        if not all(printed.values()) or (len(printed) == 1 and not one_tailed):
            return ", ".join(self.stat(identifier, "p") for identifier in printed)
        pick = max if largest else min
        bound = pick(printed, key=lambda identifier: _size_of_p(printed[identifier]))
        relation, number = _P.search(printed[bound]).groups()  # type: ignore[union-attr]
        shown = str(sourced(parse_text(number), bound, "p"))
        tail = ", one-tailed" if one_tailed else ""
        if len(printed) == 1:
            return f"*p* \\{relation} {shown}{tail}"
        if relation == ("<" if not largest else ">"):
            return f"the {'largest' if largest else 'smallest'} {self.stat(bound, 'p')}"
        sign = f"\\{relation}" if relation != "=" else "≤" if largest else "≥"
        return f"*p*s {sign} {shown}{tail}"

    def same_number(self, identifiers: Sequence[str], part: str) -> str:
        """A part that several statistics print alike, carrying the ids of all."""
        value = self._part(identifiers[0], part)
        shown = parse_text(str(value or ""))
        return str(sourced(shown, " ".join(identifiers), part))

    def range_of(self, identifiers: Iterable[str], symbol: str) -> str:
        """Several estimates from the least to the largest, as in "*d*s from −0.18 to 0.08"."""
        numbers = {identifier: self._number(identifier) for identifier in identifiers}
        if len(numbers) == 1:
            return f"{symbol} = {self.stat(next(iter(numbers)), 'estimate')}"
        least, most = min(numbers, key=numbers.__getitem__), max(numbers, key=numbers.__getitem__)
        shown = [self.stat(identifier, "estimate") for identifier in (least, most)]
        if numbers[least] == numbers[most]:
            return f"{symbol}s = {shown[0]}"
        return f"{symbol}s from {shown[0]} to {shown[1]}"

    def fewer(self, identifier: str, than: str, part: str = "estimate") -> bool:
        """Whether a count, or the n of a statistic (part="n"), is below another count."""
        first = _count(self._part(identifier, part))
        second = _count(self._part(than, "estimate"))
        return (first or 0) < (second or 0)

    def below(self, identifier: str, bound: int) -> bool:
        """Whether a count is below a bound, which the text gives in words."""
        count = _count(self._part(identifier, "estimate"))
        return count is not None and count < bound

    def count_of(self, identifier: str) -> int | None:
        """A count; None where there is no such statistic or the count is not shown."""
        return _count(self._part(identifier, "estimate")) if self.has(identifier) else None

    def is_zero(self, identifier: str) -> bool:
        """Whether a count is zero."""
        return _count(self._part(identifier, "estimate")) == 0

    def at_floor(self, prefix: str) -> bool:
        """Whether many scores of a measure are the lowest possible one (`LARGE_SHARE`)."""
        return misleads_normal_intervals(at_minimum=self._number(f"{prefix}.floor_percent") / 100)

    def at_ceiling(self, prefix: str) -> bool:
        """Whether many scores of a measure are the highest possible one (`LARGE_SHARE`)."""
        return misleads_normal_intervals(at_maximum=self._number(f"{prefix}.ceiling_percent") / 100)

    def skewed(self, prefix: str) -> bool:
        """Whether the skewness of a measure is large in size (`LARGE_SKEWNESS`)."""
        return misleads_normal_intervals(skewness=self._number(f"{prefix}.skewness"))

    def pooled_interval(self, groups: Iterable[str]) -> str:
        """How the pooled interval of a difference errs: narrow, wide or "" where it does not.

        `groups` are the beginnings of the ids of n and SD of two groups, such as `arms.bdi.drug`.
        """
        prefixes = list(groups)
        numbers = [self._number(f"{group}.{part}") for part in ("n", "sd") for group in prefixes]
        return pooled_interval_error(*numbers) if len(prefixes) == 2 else ""

    def _number(self, identifier: str) -> float:
        """A printed estimate as a number; NaN where there is none or it is suppressed."""
        row = self.printed.row(identifier)
        printed = (row and row["estimate"]) or ""
        digits = printed.removesuffix("%").replace(",", "").replace(MINUS, "-")
        return float(digits) if _NUMBER.fullmatch(digits) else math.nan

    def _part(self, identifier: str, part: str) -> Any:
        problem = self.printed.problem(identifier, part)
        if problem:
            self.problems.append(problem)
            return None
        row = self.printed.row(identifier)
        return row and row[part]


_NUMBER = re.compile(r"-?\d*\.?\d+")
_P = re.compile(r"([<=>]) (\d?\.\d+)$")
"""The end of a printed p: its sign and number."""


def _size_of_p(printed: str) -> tuple[float, bool]:
    """What a printed p is sorted by; below .001 is less than .001 itself."""
    found = _P.search(printed)
    return (float(found[2]), found[1] != "<") if found else (math.nan, False)


def _count(printed: str | None) -> int | None:
    """A printed count as a number; None where it is suppressed."""
    digits = (printed or "").replace(",", "")
    return int(digits) if digits.isdecimal() else None


def paragraph(sentences: Iterable[Text | str]) -> str:
    """One paragraph of sentences of which any may be empty.

    Examples
    --------
    >>> print(paragraph(["One. ", "", "Two."]))
    One.
    Two.
    """
    stripped = (str(sentence).strip() for sentence in sentences)
    return re.sub(r"\n\s*\n", "\n", "\n".join(filter(None, stripped)))


_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
          "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
          "eighteen", "nineteen")  # fmt: skip


def in_words(count: int, singular: str, plural: str) -> str:
    """A number of the plan with its noun, in words below one hundred.

    Examples
    --------
    >>> in_words(1, "test", "tests"), in_words(42, "test", "tests"), in_words(140, "test", "tests")
    ('one test', 'forty-two tests', 'all tests')
    """
    tens, units = divmod(count, 10)
    if count < len(_UNITS):
        number = _UNITS[count]
    elif tens < len(_TENS):
        number = _TENS[tens] + (f"-{_UNITS[units]}" if units else "")
    else:
        number = "all"
    return f"{number} {singular if count == 1 else plural}"


def listing(items: Iterable[Text | str], separator: str = ",", word: str = "and") -> str:
    """Words in a series, with the serial comma; `;` where the items hold commas themselves.

    Two items need no semicolon, unless their names hold commas. `word` is "or" after a negation.

    Examples
    --------
    >>> listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])
    ('a', 'a and b', 'a, b, and c')
    >>> listing(["r = 1, p = 2", "r = 3, p = 4"], ";"), listing(["a (one)", "b"], ";", "or")
    ('r = 1, p = 2, and r = 3, p = 4', 'a (one) or b')
    >>> listing(["attention", "not judging, accepting"], ";")
    'attention; and not judging, accepting'
    >>> listing(["r = 1, p = 2", "r = 3, p = 4", "r = 5, p = 6"], ";")
    'r = 1, p = 2; r = 3, p = 4; and r = 5, p = 6'
    """
    *first, last = [str(item) for item in items] or [""]
    if not first:
        return last
    if len(first) == 1:
        both = first[0] + last
        mark = "" if separator == "," or "," not in both else "," if "=" in both else separator
        return f"{first[0]}{mark} {word} {last}"
    return f"{separator} ".join(first) + f"{separator} {word} {last}"


OCCASION_UNITS = ("session", "day", "week", "month", "year", "visit", "wave")
"""Nouns whose number names an occasion, as in "session 3"."""

_NUMBERED = re.compile(rf"(?P<unit>{'|'.join(OCCASION_UNITS)}) (?P<number>\d+)")
_COUNTED = re.compile(rf"(?P<number>\d+) (?P<unit>{'|'.join(OCCASION_UNITS)})s?")
_PREPOSITIONS = ("at ", "after ", "before ")


def occasion_listing(occasions: Iterable[Text | str], word: str = "and") -> str:
    """Occasions in a series; one noun serves all numbers with which the series ends.

    `word` is "or" after a negation. A preposition with which every occasion begins is printed once.

    Examples
    --------
    >>> occasion_listing(["baseline", "month 6", "month 12"]), occasion_listing(["session 3"])
    ('baseline and months 6 and 12', 'session 3')
    >>> occasion_listing(["at month 3", "at month 5", "at month 8"], word="or")
    'at months 3, 5, or 8'
    >>> occasion_listing(["after 2 months", "after 3 months"]), occasion_listing(["after 1 week"])
    ('after 2 and 3 months', 'after 1 week')
    """
    names = [str(occasion) for occasion in occasions]
    opening = next((one for one in _PREPOSITIONS if names and all(map(_opens(one), names))), "")
    names = [name.removeprefix(opening) for name in names]
    for pattern, words in ((_NUMBERED, "{unit}s {numbers}"), (_COUNTED, "{numbers} {unit}s")):
        found = _at_the_end(names, pattern)
        if len(found) > 1:
            numbers = listing((match["number"] for match in found), word=word)
            names[-len(found) :] = [words.format(unit=found[0]["unit"], numbers=numbers)]
    return f"{opening}{listing(names, word=word)}"


def _opens(opening: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(opening)


def _at_the_end(names: list[str], pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """Matches of the names with which a series ends, as long as they have one unit."""
    found: list[re.Match[str]] = []
    for name in reversed(names):
        match = pattern.fullmatch(name)
        if match is None or (found and match["unit"] != found[0]["unit"]):
            break
        found.insert(0, match)
    return found


_LONGEST_HEAD = 50
"""Longest running head in characters, with spaces (APA 7, section 2.8)."""

_UNFINISHED = {"a", "after", "an", "and", "at", "by", "for", "from", "in", "its", "of", "on",
               "or", "the", "their", "to", "with"}  # fmt: skip


def running_head(title: str) -> str:
    """A title short enough for the header of a page.

    Examples
    --------
    >>> running_head("Calm therapists")
    'Calm therapists'
    >>> running_head("Support, health and residual change in symptoms of depression")
    'Support, health and residual change in symptoms'
    """
    if len(title) <= _LONGEST_HEAD:
        return title
    words = textwrap.shorten(title, _LONGEST_HEAD, placeholder="").split()
    while words and words[-1].lower().rstrip(",;:") in _UNFINISHED:
        words.pop()
    return " ".join(words).rstrip(",;:")


_MINOR = frozenset(
    {
        *("a", "an", "the", "and", "as", "but", "for", "if", "nor", "or", "so", "yet", "at"),
        *("by", "in", "of", "off", "on", "per", "to", "up", "via", "vs"),
        *("et", "al"),  # of authors
    }
)
"""Words of three letters or fewer that stay small in a title (APA 7, section 6.17)."""

_TITLE_WORD = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)*")
_LETTER = re.compile(r"[^\W_]")
_NEW_PART = re.compile(r"[:?!\N{EM DASH}]\W*$")
"""What ends the first part of a title; a subtitle follows."""
_IN_WORD = re.compile(r"[\d_./]$")
_OF_WORD = re.compile(r"[\d_/]|\.\w")
"""Digits, paths and names of files, whose letters are not words."""


_APOSTROPHE = re.compile(r"(?<=\w)'")


def with_apostrophes(text: str) -> str:
    """A text with typographic apostrophes.

    Examples
    --------
    >>> with_apostrophes("Patients' and therapists' view of what's 'new'")
    "Patients’ and therapists’ view of what’s 'new’"
    """
    return _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", text)


_ESCAPED_APOSTROPHE = re.compile(r"(?<=\w)\\{1,2}'")
"""In running text and, with its backslash escaped, in the header."""


def document_apostrophes(markdown: str) -> str:
    r"""Typographic apostrophes in the literal texts of a document.

    Those of the template are typeset by the document program, which leaves escaped ones alone.

    Examples
    --------
    >>> print(document_apostrophes(str(literal("Patients' view of what's 'new'"))))
    Patients’ view of what’s \'new’
    """
    return _ESCAPED_APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", markdown)


def title_case(text: Text | str) -> Text | str:
    """A title in APA's title case: capitals are added, none is taken away.

    Apostrophes are typographic, as in running text.

    Words of four letters or more begin with a capital, as does the first word of a title, of a
    subtitle and after a hyphen. Symbols of statistics, which are single letters, words with digits
    beside them and words with a capital inside stay as they are.

    Examples
    --------
    >>> title_case("Social support and residual change from baseline to 6 months")
    'Social Support and Residual Change From Baseline to 6 Months'
    >>> title_case("a one-to-one follow-up: the p values of eHealth in their words")
    'A One-to-One Follow-Up: The p Values of eHealth in Their Words'
    """
    if isinstance(text, str):
        return _title_case(text, "")
    spans, before = [], ""
    for span in text.spans:
        kept = span.marks & {"code", "citation"}
        spans.append(span if kept else replace(span, text=_title_case(span.text, before)))
        before += span.text
    return Text(tuple(spans))


def _title_case(text: str, before: str) -> str:
    """Part of a title, which other parts may come before."""

    def capitalised(match: re.Match[str]) -> str:
        word, preceding, following = match[0], before + text[: match.start()], text[match.end() :]
        is_symbol = len(word) == 1 and word != "a"
        if is_symbol or _IN_WORD.search(preceding) or _OF_WORD.match(following):
            return word
        opens = not _LETTER.search(preceding) or _NEW_PART.search(preceding)
        begins_compound = following[:1] == "-" and preceding[-1:] != "-"
        minor = word in _MINOR and not (begins_compound or (preceding[-1:] == "-" and word == "up"))
        return word[:1].upper() + word[1:] if word.islower() and (opens or not minor) else word

    return with_apostrophes(_TITLE_WORD.sub(capitalised, text))


def sentence_case(text: Words) -> Words:
    """A text that begins a sentence; the rest keeps its case.

    Examples
    --------
    >>> sentence_case("total mindfulness (KIMS)")
    'Total mindfulness (KIMS)'
    """
    return _opening_with(text, lambda words: words[:1].upper() + words[1:])


def in_sentence(label: Words) -> Words:
    """A label inside a sentence: its capital goes, unless it begins an abbreviation or a title.

    Examples
    --------
    >>> in_sentence("Support from friends"), in_sentence("CES-D, baseline")
    ('support from friends', 'CES-D, baseline')
    >>> in_sentence("Act with Awareness"), in_sentence("QoL")
    ('Act with Awareness', 'QoL')
    """
    return _opening_with(label, _lower_opening)


def with_article(label: Words) -> Words:
    """A label as the noun of a sentence, with "the" where English wants one.

    The names of questionnaires and the nouns that can be counted have an article ("the CES-D",
    "the mental component score"), those of constructs have none ("depression", "PTSD"). An occasion
    after a comma is read with "at".

    Examples
    --------
    >>> with_article("CES-D, 6 months"), with_article("Mental component score")
    ('the CES-D at 6 months', 'the mental component score')
    >>> with_article("Support from friends"), with_article("PTSD symptoms")
    ('support from friends', 'PTSD symptoms')
    """
    return _opening_with(label, _as_noun)


def _as_noun(label: str) -> str:
    if label.count(",") == 1:
        label = _OCCASION.sub(" at ", label)
    if label.startswith("the "):
        return label
    article = "the " if _QUESTIONNAIRE.match(label) or _COUNTABLE.match(label) else ""
    return article + _lower_opening(label)


def preposition(labels: Iterable[Words] | Words) -> str:
    """The word before measures in which people differ or change: "on" before questionnaires.

    Parameters
    ----------
    labels : str, Text, or several
        Measures as `with_article` gives them; numbers may follow.

    Examples
    --------
    >>> preposition("the BDI-II at month 2"), preposition(["the CES-D (*d* = 0.1)", "the GAF"])
    ('on', 'on')
    >>> preposition("the residual gain in the CES-D"), preposition(["the BDI-II", "anxiety"])
    ('in', 'in')
    """
    those = [labels] if isinstance(labels, str | Text) else list(labels)
    names = [str(label).removeprefix("the ") for label in those]
    return "on" if names and all(_QUESTIONNAIRE.match(name) for name in names) else "in"


def on_or_in(label: Words) -> str:
    """One label as a noun after its preposition, as Markdown.

    Examples
    --------
    >>> on_or_in("BDI-II after 2 months"), on_or_in("Somatization")
    ('on the BDI-II after 2 months', 'in somatization')
    """
    noun = with_article(label)
    return f"{preposition(noun)} {noun}"


def _opening_with(text: Words, change: Callable[[str], str]) -> Words:
    return text.opening_with(change) if isinstance(text, Text) else change(text)


def _lower_opening(words: str) -> str:
    title = _CAPITALISED.search(words[1:])
    first, *_ = words.split(maxsplit=1) or [""]
    is_word = words[1:2].islower() and first[1:] == first[1:].lower()
    return words[:1].lower() + words[1:] if is_word and not title else words


_CAPITALISED = re.compile(r"\b[A-Z][a-z]")

_OCCASION = re.compile(
    r", (?=(?:baseline|intake|termination|follow-up|(?:session|month|week|visit) \d+"
    r"|\d+ (?:months?|weeks?|days?))$)"
)
"""The comma before an occasion that ends a label."""

_CONSTRUCTS = "PTSD|OCD|ADHD|MDD|GAD|BPD|SAD|PD|QoL|QOL|HRQoL|HRQOL|IQ"
"""Abbreviations that name what is measured, which have no article, not a questionnaire. GAD-7 and
the like are questionnaires by their digits."""

_QUESTIONNAIRE = re.compile(
    rf"(?!(?:{_CONSTRUCTS})\b(?!-))(?![\w.-]*[a-z]{{3}})[A-Z](?=[\w.-]*[A-Z\d])[\w.-]*"
    r"(?: [A-Z]{2,}| total| score)?"
    r"(?=$|,| \(| (?:at|after|before|in|by|from|of|rated)\b)"
)
"""An abbreviation with two capitals or a digit that is all of a label, or that an occasion, a rater
or numbers follow: BDI-II, SCL-90-R GSI, PHQ9 after treatment; not `MCBI group`."""

_COUNTABLE = re.compile(
    r"(?:[\w()/-]+ ){0,4}(?:score|total|sum|mean|index|level|rating|number|amount|change|gain"
    r"|posttest|pretest|rate)(?=$|,| \(| (?:at|after|before|in|by|from|of)\b)",
    re.IGNORECASE,
)
"""Labels whose noun can be counted, with at most four words before it."""
