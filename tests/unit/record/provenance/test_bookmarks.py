"""Names of bookmarks: short enough for Word, each its own, and back to the id."""

import re

import pytest

from attune.record.provenance.explanations import bookmark_name, bookmarked

IDS = [
    "sample.all.n",
    "alliance.kims_total.wai_therapist.pearson_r",
    f"reliability.{'a_long_instrument_' * 5}.alpha",
]


@pytest.mark.parametrize("identifier", IDS)
@pytest.mark.parametrize("place", [1, 12, 99999])
def test_word_takes_them_and_they_lead_back(identifier: str, place: int) -> None:
    name = bookmark_name(identifier, place)
    assert re.fullmatch(r"[a-z]\w*", name, re.ASCII)
    assert len(name) <= 40
    assert bookmarked(name, IDS) == identifier


def test_no_name_occurs_twice() -> None:
    names = {bookmark_name(each, place) for each in IDS for place in range(50)}
    assert len(names) == 50 * len(IDS)


@pytest.mark.parametrize("name", ["", "table-alliance", "stat_12", "stat_0000000000000000_1"])
def test_other_names_lead_nowhere(name: str) -> None:
    assert bookmarked(name, IDS) is None
