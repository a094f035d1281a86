"""A scoring key in words, for readers who compare it with the printed form."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from attune.printing import apa
from attune.specs.instrument import Instrument, MissingRule, PublishedAlpha

WIDTH = 100

CONFIDENCE = {
    "verified-2-sources": "on which independent sources agree",
    "1-source": "known from a single source",
    "mixed": "known from a single source in some of its parts",
    "unverified": "not verified against a published key",
}
"""How well a key is established, as words that follow those for the key."""


def registry_table(instruments: Mapping[str, Instrument]) -> list[str]:
    """One line per key under a line of headings: id, abbreviation, items, codes, reversals."""
    rows = [("id", "short", "items", "answers", "reversed", "confidence", "name")]
    for name, key in instruments.items():
        codes = f"{key.response.minimum} to {key.response.maximum}"
        count = str(len(key.reverse) or "none")
        sure = key.confidence.level
        rows.append((name, key.abbreviation, str(key.n_items), codes, count, sure, key.name))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def warnings_of(key: Instrument) -> list[str]:
    """Warnings about confusion: other questionnaires of the same name, and look-alikes."""
    warnings = []
    if key.acronym_clashes or key.editions:
        others = "; ".join([*key.editions, *key.acronym_clashes])
        warnings.append(f"{key.instrument}: of the same name: {others}")
    if key.look_alikes:
        warnings.append(f"{key.instrument}: do not confuse with {', '.join(key.look_alikes)}")
    return warnings


def key_in_words(key: Instrument) -> list[str]:
    """All contents of a key, in lines of at most `WIDTH` characters."""
    return [
        *_wrapped(f"{key.name} ({key.abbreviation})"),
        *_wrapped(f"id {key.instrument}, version {key.version}"),
        *_wrapped(
            f"{key.n_items} items, answers {key.ranges_in_words()}; {_reversals(key)}; filled in"
            f" by {' or '.join(key.raters)}{_states(key)}"
        ),
        *_block("Scales", (line for name in key.scales for line in _scale_lines(key, name))),
        *_block("Missing items", _wrapped(_rule_with_source(key.missing), 2)),
        *_block(
            f"Confidence in the key: {key.confidence.level}, a key"
            f" {CONFIDENCE[key.confidence.level]}",
            _wrapped(key.confidence.note, 2),
        ),
        *_block("Common errors", _bullets([*_flips(key), *key.pitfalls])),
        *_block(
            "Other questionnaires of the same name", _bullets([*key.editions, *key.acronym_clashes])
        ),
        *_block("Do not confuse with", _bullets(key.look_alikes)),
        *_block("Names in files", _wrapped(", ".join(key.aliases), 2)),
        *_block("Published alphas", _alpha_lines(key)),
        *_block("Licence", _wrapped(key.licence, 2)),
        *_block("Citation", _wrapped(f"{key.citation}{_doi(key)}", 2, hanging=2)),
    ]


def _scale_lines(key: Instrument, name: str) -> Iterator[str]:
    scale = key.scales[name]
    yield from _wrapped(f"{name} ({scale.label}): {_formula(key, name)}", 2, hanging=4)
    yield from _wrapped(_item_words(key, name), 6, hanging=2)
    if scale.higher_means:
        yield from _wrapped(f"higher: {scale.higher_means}", 6)
    if scale.missing is not None:
        yield from _wrapped(f"missing items: {_rule_with_source(scale.missing)}", 6)
    if scale.note:
        yield from _wrapped(scale.note, 6)


def _formula(key: Instrument, name: str) -> str:
    scale = key.scales[name]
    low, high = (f"{end:g}" for end in key.score_range(name))
    size = len(key.items_of(name))
    how = {
        "sum": f"sum of {size} items",
        "mean": f"mean of {size} items",
        "weighted": f"weighted sum of {size} items, divided by {scale.divisor:g}",
        "count": f"how many of {size} items are {scale.threshold} or more",
        "ratio": f"sum of {size} items, divided by {scale.denominator}",
    }[scale.aggregation]
    return f"{how}, from {low} to {high}"


def _item_words(key: Instrument, name: str) -> str:
    scale = key.scales[name]
    if scale.items == "all" and not key.reverse:
        return f"items: all, 1 to {key.n_items}"
    if not scale.weights:
        return f"items: {', '.join(_marked(key, item) for item in key.items_of(name))}"
    groups: dict[float, list[str]] = {}
    for item, weight in scale.weights.items():
        groups.setdefault(weight, []).append(_marked(key, item))
    return "; ".join(f"{weight:g} x {', '.join(marked)}" for weight, marked in groups.items())


def _marked(key: Instrument, item: int) -> str:
    mark = f"{item}R" if item in key.reverse else str(item)
    return f"{mark} {key.item_names[item]}" if item in key.item_names else mark


def rule_in_words(rule: MissingRule, share: str = "", verb: str = "was") -> str:
    """A missing rule as a clause.

    Parameters
    ----------
    rule : MissingRule
    share : str, optional
        The largest share of missing items in words; default: a percentage such as `20%`.
    verb : {"was", "is"}
        was: of scores that were computed; is: of the rule itself.

    Examples
    --------
    >>> rule_in_words(MissingRule(rule="complete", source="-"))
    'a scale was scored where every item was answered'
    >>> rule_in_words(MissingRule(rule="answered", max_missing_share=0.2, source="-"), verb="is")
    'a scale with at most 20% of its items missing is scored from the other items'
    """
    share = share or apa.coverage(rule.max_missing_share)
    if rule.rule == "complete" or not rule.max_missing_share:
        return f"a scale {verb} scored where every item {verb} answered"
    if rule.rule == "prorate":
        return (
            f"a scale with at most {share} of its items missing {verb} scored with the mean of the"
            " others in their place"
        )
    return f"a scale with at most {share} of its items missing {verb} scored from the other items"


def _rule_with_source(rule: MissingRule) -> str:
    return f"{rule_in_words(rule, verb='is')} ({rule.source})"


def _reversals(key: Instrument) -> str:
    return f"{len(key.reverse)} reversed (R)" if key.reverse else "none reversed"


def _states(key: Instrument) -> str:
    return f"; once for each state: {', '.join(key.states)}" if key.states else ""


def _flips(key: Instrument) -> list[str]:
    if not key.anchor_flips:
        return []
    items = ", ".join(map(str, key.anchor_flips))
    return [f"Answers printed in the opposite order: items {items}."]


def _alpha_lines(key: Instrument) -> Iterator[str]:
    for name, alphas in key.published_alphas.items():
        yield from _wrapped(f"{name}: {'; '.join(map(_alpha_words, alphas))}", 2, hanging=2)


def _alpha_words(published: PublishedAlpha) -> str:
    size = "" if published.n is None else f", n = {published.n}"
    return f"{published.alpha:.2f} ({published.sample}{size}; {published.source})"


def _doi(key: Instrument) -> str:
    return f" https://doi.org/{key.doi}" if key.doi else ""


def _block(heading: str, lines: Iterable[str]) -> list[str]:
    """A heading with its lines after an empty one; nothing where there are no lines."""
    listed = list(lines)
    return ["", heading, *listed] if any(listed) else []


def _bullets(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from textwrap.wrap(
            text, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False
        )


def _wrapped(text: str, indent: int = 0, hanging: int = 0) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_on_hyphens=False,
        break_long_words=False,
    )
