"""Names of bookmarks lead back to the id."""

from hashlib import sha1

import pytest

from attune.record.provenance.explanations import bookmarked

IDS = [
    "sample.all.n",
    "alliance.kims_total.wai_therapist.pearson_r",
    f"reliability.{'a_long_instrument_' * 5}.alpha",
]


@pytest.mark.parametrize("identifier", IDS)
@pytest.mark.parametrize("place", [1, 12, 99999])
def test_names_lead_back(identifier: str, place: int) -> None:
    name = f"stat_{sha1(identifier.encode()).hexdigest()[:16]}_{place}"
    assert bookmarked(name, IDS) == identifier


@pytest.mark.parametrize("name", ["", "table-alliance", "stat_12", "stat_0000000000000000_1"])
def test_other_names_lead_nowhere(name: str) -> None:
    assert bookmarked(name, IDS) is None
