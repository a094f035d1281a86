"""The checklist holds what the documents hold: with a part of the study, its topic goes."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.documents.test_methods_text import documents, full_store, whole, without

from attune.documents.reporting_checklist import (
    Entry,
    checklist_markdown,
    marks_of,
    reporting_checklist,
)
from attune.documents.reporting_topics import NEEDS, TOPICS
from attune.printing.spelling import respelled
from attune.specs.errors import ManuscriptError

REPORTS = Path(__file__).parents[3] / "reports"


def states(text: str) -> dict[str, str]:
    """Topic -> its state and where, as the supplement prints them."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    topics = {respelled(topic.words, "en-US"): topic.id for topic in TOPICS}
    return {topics[row[0]]: row[1] for row in rows if len(row) > 1 and row[0] in topics}


def found(small: Any, **changes: Any) -> dict[str, str]:
    return states((documents(small, **changes) if changes else whole())["supplement"])


def entries(small: Any, manuscript: str, supplement: str = "") -> dict[str, Entry]:
    texts = {"manuscript": manuscript, "supplement": supplement}
    made = reporting_checklist(texts, small.study(), small.cohort())
    return {entry.topic.id: entry for entry in made}


def test_topics_are_about_fifty_and_their_own() -> None:
    assert 35 <= len(TOPICS) <= 55
    assert len({topic.id for topic in TOPICS}) == len({t.words for t in TOPICS}) == len(TOPICS)
    assert {topic.needs for topic in TOPICS} - {""} <= set(NEEDS)


def test_the_supplement_holds_every_topic_once() -> None:
    text = whole()["supplement"]
    assert set(states(text)) == {topic.id for topic in TOPICS}
    assert "Of its fifty-five topics" in text
    message = list(states(text).values())
    assert {"in the text", "absent"} <= set(message)
    for words, state in (("are in the documents", "in the text"), ("are absent", "absent")):
        assert words in text and message.count(state) > 1


@pytest.mark.parametrize(
    ("statistic", "analysis", "topic"),
    [
        ("minimum_detectable_r", "", "sensitivity"),
        ("alpha", "", "reliability"),
    ],
)
def test_a_statistic_that_did_not_run_leaves_its_topic_absent(
    small: Any, statistic: str, analysis: str, topic: str
) -> None:
    tables = {
        "details": {"document": "supplement", "kind": "correlation_details", "title": "All",
                    "analyses": ["alliance"]},
    }  # fmt: skip
    store = full_store(small)
    with_it = documents(small, store=store, tables=tables)["supplement"]
    gone = without(store, statistic, analysis)
    without_it = documents(small, store=gone, tables=tables)["supplement"]
    assert states(with_it)[topic] == "in the text"
    assert states(without_it)[topic] == "absent"


def test_parts_of_the_plan_that_are_not_there_do_not_apply(small: Any) -> None:
    whole = found(small)
    assert whole["multiplicity"] == whole["tests"] == "in the text"
    store = full_store(small)
    kept = store[~store["analysis"].isin(["alliance", "other"])].reset_index(drop=True)
    bare = found(small, store=kept, correlations={})
    assert bare["multiplicity"] == bare["sensitivity"] == "does not apply"
    assert bare["tests"] == bare["effect-sizes"] == "in the text"
    nothing = found(small, store=kept, correlations={}, conditions={}, outcomes={})
    for topic in ("tests", "effect-sizes", "intervals", "level", "attrition", "hypotheses"):
        assert nothing[topic] == "does not apply"


def test_variables_and_data_of_the_study(small: Any) -> None:
    assert found(small)["characteristics"] == "in the text"
    assert found(small, variables=[])["characteristics"] == "absent"
    assert found(small)["data"] == "in the text"


def test_what_only_an_author_knows_is_absent_until_it_is_written(small: Any) -> None:
    text = "# Method\n\n## Participants\n\nAdults were asked."
    assert entries(small, text)["eligibility"].state == "absent"
    assert entries(small, text)["eligibility"].where.endswith(
        "write it into `text/participants.md`"
    )
    assert entries(small, text)["abstract-question"].where.endswith(
        "write it into `text/abstract.md`"
    )
    assert "an author has to write it" in entries(small, text)["abstract-conclusions"].where
    text = text.replace("Adults", '[Adults]{.reported data-topic="eligibility"}')
    assert entries(small, text)["eligibility"].state == "filled"
    assert entries(small, text)["eligibility"].where == "Manuscript, *Participants*"
    block = '# Method\n\n::: {.reported data-topic="eligibility"}\nAdults.\n:::'
    assert entries(small, block)["eligibility"].state == "filled"
    for empty in ('[ ]{.reported data-topic="eligibility"}',
                  '::: {.reported data-topic="eligibility"}\n:::'):  # fmt: skip
        assert entries(small, empty)["eligibility"].state == "absent"


def test_a_misspelt_topic_is_reported(small: Any) -> None:
    with pytest.raises(ManuscriptError, match="Did you mean 'eligibility'"):
        entries(small, '[Adults]{.reported data-topic="eligibilty"}')


N = '[25]{.stat data-id="sample.all.n" data-part="estimate"}'


@pytest.mark.parametrize(
    ("manuscript", "topic", "state"),
    [
        (f"# Method\n\n{N}", "sample-size", "filled"),
        (f"# Abstract\n\n{N}", "sample-size", "absent"),
        (f"# Abstract\n\n{N}", "abstract-participants", "filled"),
        (f"# Method\n\n{N}", "abstract-participants", "absent"),
        (f"# Method\n\n{N.replace('25', '–')}", "sample-size", "absent"),
        ('# Results\n\n[4]{.stat data-id="a.x.t" data-part="reason"}', "exact-tests", "absent"),
        ('# Results\n\n[4]{.stat data-id="a.x.t"}', "exact-tests", "filled"),
        ('# Method\n\n[4]{.stat data-id="a.x.t"}', "exact-tests", "absent"),
        ('# Results\n\n[4]{.stat data-id="a.x.cohen_d"}', "intervals", "absent"),
        ('# Results\n\n[4]{.stat data-id="a.x.cohen_d" data-part="interval"}', "intervals",
         "filled"),
        ('---\ntitle: "Calm"\n---\n', "title", "filled"),
        ('---\ntitle: "TODO: title"\n---\n', "title", "absent"),
        ('[20%]{.key data-key="toy.n_items"}', "instruments", "filled"),
    ],
)  # fmt: skip
def test_evidence_counts_where_it_belongs(
    small: Any, manuscript: str, topic: str, state: str
) -> None:
    assert entries(small, manuscript)[topic].state == state


def test_a_number_in_a_table_of_the_supplement_leads_to_the_table(small: Any) -> None:
    table = f"| a | {N} |\n|:--|--:|\n| b | {N} |\n\n: All {{#tbl-all}}"
    places = {mark.place for mark in marks_of("supplement", table)}
    assert places == {"Supplement, @tbl-all"}
    assert {mark.place for mark in marks_of("manuscript", table)} == {"Manuscript, *All*"}


def test_the_checklist_counts_in_words(small: Any) -> None:
    made = reporting_checklist({"manuscript": "", "supplement": ""}, small.study(), small.cohort())
    text = checklist_markdown(made)
    assert not any(map(str.isdigit, text.replace("@appelbaum2018", "")))
    assert "Of its fifty-five topics, forty-eight are absent and seven do not apply" in text, text[
        :300
    ]


def test_what_the_author_note_says_is_reported_and_its_absence_names_the_file(small: Any) -> None:
    note = '---\ntitle: "A"\nauthor-note: {"funding": "Nobody paid.", "ethics": "Approved."}\n---\n'
    with_note, without = entries(small, note), entries(small, '---\ntitle: "A"\n---\n')
    for topic in ("interests", "consent"):
        assert (with_note[topic].state, with_note[topic].where) == (
            "filled",
            "Manuscript, author note",
        )
        assert without[topic].where == "not stated: write it into `text/authors.yaml`"
