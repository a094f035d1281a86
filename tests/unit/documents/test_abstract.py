"""The abstract has one paragraph within the limit, however many analyses a plan declares."""

import itertools
import string
from typing import Any

import pandas as pd
import pytest
from tests.unit.documents.conftest import REPORTS, STUDY
from tests.unit.documents.test_manuscript import SETTINGS

from attune.analyses.kinds import KINDS
from attune.documents.abstract import (
    ABSTRACT_WORDS,
    HEADING,
    abstract_notice,
    longest_that_fits,
    word_count,
)
from attune.documents.manuscript import render_template
from attune.documents.number_sources import NumberSources
from attune.documents.tables import decimals_of_measures
from attune.printing.printed_statistics import printed_statistics
from attune.printing.quarto import parse_document, parse_text
from attune.printing.store import PrintedStore
from attune.printing.text import Source
from attune.printing.wording import Wording
from attune.store.contracts import PRINTED, STATISTICS

LABELS = ["".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=2)]


def pair_rows(x: str, p: float) -> list[dict[str, Any]]:
    """A correlation with the bond, its adjusted p five times as large."""
    shared = {"analysis": "many", "x": x, "y": "bond", "n": 25}
    prefix = f"many.{x}.bond"
    r = {"estimate": 0.5, "df": 23.0, "p_two_tailed": p, "ci_low": 0.1, "ci_high": 0.8}
    return [
        shared | r | {"id": f"{prefix}.pearson_r", "statistic": "pearson_r", "ci_level": 0.9},
        shared | {"id": f"{prefix}.r_squared", "statistic": "r_squared", "estimate": 0.25},
        shared | {"id": f"{prefix}.p_holm", "statistic": "p_holm", "estimate": min(5 * p, 1.0)},
    ]


def manuscript_of(small: Any, n_significant: int, n_others: int) -> str:
    """The manuscript of a plan with that many correlations, of which some are significant."""
    names = [f"m_{label}" for label in LABELS[: n_significant + n_others]]
    measures = {name: STUDY["measures"]["calm"] | {"label": f"Skill {name[2:]}"} for name in names}
    family = {"title": "Many", "x": names, "y": ["bond"], "dataset": "available"}
    study = small.study(measures=STUDY["measures"] | measures, correlations={"many": family})
    rows = [
        row
        for number, name in enumerate(names)
        for row in pair_rows(name, 0.02 if number < n_significant else 0.3)
    ]
    store = small.store()
    kept = store[~store["analysis"].isin(["alliance", "other"])]
    found = pd.DataFrame(rows, columns=STATISTICS.schema.names, dtype=object)
    statistics = pd.concat([kept, found], ignore_index=True)
    return render_template(
        (REPORTS / "generic.qmd.j2").read_text(encoding="utf-8"),
        "manuscript",
        study,
        small.cohort(),
        small.instruments(),
        printed_statistics(statistics, KINDS, 0.05, decimals_of_measures(study)),
        {},
        SETTINGS,
        shared=small.shared_templates(),
    )


def abstract_paragraphs(document: str) -> list[str]:
    """Plain text of each paragraph of a document's abstract."""
    blocks = [block for block in parse_document(document).blocks if block.section == HEADING]
    return [block.text.characters for block in blocks if block.kind != "heading"]


@pytest.mark.parametrize(("significant", "others"), [(1, 1), (0, 9), (8, 8), (30, 0), (30, 60)])
def test_many_analyses_have_a_short_abstract(small: Any, significant: int, others: int) -> None:
    text = manuscript_of(small, significant, others)
    [paragraph] = abstract_paragraphs(text)
    assert len(paragraph.split()) <= ABSTRACT_WORDS
    assert not abstract_notice(text)
    for label in LABELS[:significant]:
        assert f"kill {label}" in paragraph
    assert "not significant" in paragraph or "No " in paragraph or not others
    assert "Holm" in paragraph


def test_details_go_only_as_far_as_they_must(small: Any) -> None:
    few, more, many = (
        abstract_paragraphs(manuscript_of(small, *n))[0] for n in ((1, 0), (12, 12), (40, 40))
    )
    assert "r(23) = .500, p = .020, 90% CI [.100, .800]" in few
    assert "CI" not in more and ".500, .500" in more
    assert ".500, .500" not in many and "p" in many


def test_an_abstract_that_stays_too_long_is_named_with_its_words(small: Any) -> None:
    text = manuscript_of(small, 130, 0)
    [paragraph] = abstract_paragraphs(text)
    notice = abstract_notice(text)
    assert f"The abstract has {len(paragraph.split())} words" in notice
    assert str(ABSTRACT_WORDS) in notice and "document: supplement" in notice


def test_words_are_counted_as_a_word_processor_does() -> None:
    assert word_count("one two\N{NO-BREAK SPACE}three") == 3
    assert word_count('[*t*(94) = 2.32, *p* \\< .001]{.stat data-id="a.b.t"}') == 6
    assert word_count("of a trial [@a2000; @b2001]") >= 3 + 8
    assert longest_that_fits(["a b c", "a b", "a"], limit=2) == "a b"


def wording(**p: tuple[str, bool]) -> Wording:
    """Statistics with a printed p, which may be one-tailed."""
    rows = [
        {"id": f"a.{name}.t", "estimate": f"0.{number}", "p": text, "result": text,
         "p_one_tailed": text if one else None}
        for number, (name, (text, one)) in enumerate(p.items(), start=1)
    ]  # fmt: skip
    return Wording(PrintedStore(pd.DataFrame(rows, columns=PRINTED.schema.names, dtype=object)), [])


def plain(markdown: str) -> str:
    return parse_text(markdown).characters


def test_a_bound_of_several_p_is_that_of_one_statistic() -> None:
    words = wording(x=("*p* = .159", False), y=("*p* = .512", False), z=("*p* < .001", False),
                    z2=("*p* < .001", False))  # fmt: skip
    ids = ["a.x.t", "a.y.t"]
    smallest = words.bound_of_p(ids)
    assert plain(smallest) == "ps ≥ .159" and 'data-id="a.x.t" data-part="p"' in smallest
    largest = words.bound_of_p(ids, largest=True)
    assert plain(largest) == "ps ≤ .512" and 'data-id="a.y.t"' in largest
    assert plain(words.bound_of_p(["a.x.t", "a.z.t"])) == "the smallest p < .001"
    assert plain(words.bound_of_p(["a.z.t", "a.z2.t"], largest=True)) == "ps < .001"
    assert plain(words.bound_of_p(["a.z.t", "a.x.t"], largest=True)) == "ps ≤ .159"
    assert plain(words.bound_of_p(["a.x.t"])) == "p = .159"
    assert plain(words.range_of(ids, "*d*")) == "ds from 0.1 to 0.2"
    one_tailed = wording(x=("*p* = .016", True), y=("*p* = .028", True))
    assert plain(one_tailed.bound_of_p(ids, largest=True)) == "ps ≤ .028, one-tailed"
    assert plain(one_tailed.bound_of_p(["a.x.t"])) == "p = .016, one-tailed"
    assert not words.problems


def test_the_number_of_a_bound_has_to_be_that_p() -> None:
    sources = NumberSources({"a.x.t": {"*p* = .159"}})
    source = Source("stat", "a.x.t", "p")
    assert sources.problem(source, parse_text(".159")) == ""
    for other in (".59", ".160", "159"):
        assert sources.problem(source, parse_text(other))
