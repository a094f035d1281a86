"""Site files that are refused, each with its reason; nothing of a refused file is pooled."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.sites.made_sites import (
    KEY,
    OTHER_KEY,
    content_of,
    dealt,
    plan_of,
)

from attune.sites.disclosure import Limits
from attune.sites.pooling import check_sites
from attune.sites.site_file import (
    DEEPEST,
    MOST_BYTES,
    SiteContent,
    checked_key,
    key_name,
    read_site_text,
    signed_text,
    unverified_content,
)
from attune.specs.errors import AttuneError, ConfigurationError, SiteFileError
from attune_files.site_files import (
    KEY_VARIABLE,
    read_key,
    read_recorded_site,
    read_site_files,
    write_new_key,
)
from attune_files.steps.file_sums import sha256_of

EVERYBODY = np.ones(26, dtype=bool)
NORTH = content_of(dealt(2)[0], "north")
SOUTH = content_of(dealt(2)[1], "south")
TEXT = signed_text(NORTH, KEY)


def refused(text: str) -> str:
    with pytest.raises(AttuneError) as caught:
        read_site_text(text, [KEY], "north.json")
    message = str(caught.value)
    assert "north.json" in message
    assert KEY.decode() not in message
    return message


def signed_again(change: Callable[[dict[str, Any]], None]) -> str:
    """A file that somebody with the key signed, whose content was made up before."""
    from attune.sites.site_file import signature_of

    plain = json.loads(TEXT)
    signature = plain.pop("signature")
    change(plain)
    signature["value"] = signature_of(plain, KEY)
    return json.dumps({**plain, "signature": signature})


def test_what_was_signed_is_read() -> None:
    assert read_site_text(TEXT, [OTHER_KEY, KEY], "north.json") == NORTH


def test_layout_does_not_matter_but_every_value_does() -> None:
    plain = json.loads(TEXT)
    assert read_site_text(json.dumps(plain, indent=7), [KEY], "north.json") == NORTH
    plain["sets"][0]["means"][0] += 1e-12
    assert "changed after it was signed" in refused(json.dumps(plain))


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.update(site="south"),
        lambda plain: plain["sets"].pop(),
        lambda plain: plain["sets"].reverse(),
        lambda plain: plain["plan"].update(sha256="0" * 64),
        lambda plain: plain["disclosure"]["withheld"].update(x="dominance"),
        lambda plain: plain.update(note="one more key"),
        lambda plain: plain.update(n_dyads=plain["n_dyads"] + 0.0),
        lambda plain: plain["signature"].update(value="0" * 64),
        lambda plain: plain["signature"].update(value=""),
    ],
)
def test_a_tampered_file(change: Callable[[dict[str, Any]], None]) -> None:
    plain = json.loads(TEXT)
    change(plain)
    assert "changed after it was signed" in refused(json.dumps(plain))


def test_another_key() -> None:
    message = refused(signed_text(NORTH, OTHER_KEY))
    assert "signed with a key that is not here" in message
    assert key_name(OTHER_KEY) in message
    assert OTHER_KEY.decode() not in message


@pytest.mark.parametrize("content", ["", "short", " " * 100])
def test_what_is_no_key(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "site.key"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SiteFileError, match="holds no key"):
        read_key(str(path))
    monkeypatch.setenv(KEY_VARIABLE, content)
    with pytest.raises(SiteFileError, match=r"holds no key|no key to sign"):
        read_key(None)


def test_a_new_key_is_secret_and_never_replaces_one(tmp_path: Path) -> None:
    path = tmp_path / "site.key"
    write_new_key(path)
    assert path.stat().st_mode & 0o077 == 0
    assert len(read_key(str(path))) == 64
    with pytest.raises(SiteFileError, match="cannot be made"):
        write_new_key(path)
    assert checked_key(path.read_text(), "site.key") == read_key(str(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read as JSON"),
        ("{", "cannot be read as JSON"),
        ("[]", "should hold keys and values"),
        ('{"a": 1}', "is not a site file"),
        ('{"format": "attune site file", "version": 1}', "is not signed"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"more than {DEEPEST} levels deep"),
        ("[" * 100_000, f"more than {DEEPEST} levels deep"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": 1e999}', "too large a number"),
        ('{"a": 1' + "0" * 5000 + "}", "cannot be read as JSON"),
        ('{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        (" " * (MOST_BYTES + 1), "holds at most"),
    ],
)
def test_what_is_no_site_file(text: str, words: str) -> None:
    message = refused(text)
    assert words in message
    assert len(message) < 600


def test_an_older_or_newer_format() -> None:
    plain = json.loads(TEXT)
    for version in (0, 2, "1", None, True):
        plain["version"] = version
        assert f"it has version {version} of the format" in refused(json.dumps(plain))


@pytest.mark.parametrize("signature", [None, "x", {}, {"method": "none", "key": "", "value": ""}])
def test_without_a_signature(signature: object) -> None:
    plain = json.loads(TEXT) | {"signature": signature}
    assert "is not signed" in refused(json.dumps(plain))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda plain: plain["sets"][0].update(n=-1), "sets.0.n"),
        (lambda plain: plain["sets"][0].update(n=30), "n is 30, but the site has 13 dyads"),
        (lambda plain: plain["sets"][0]["means"].append(1.0), "2 measures need 2 means"),
        (lambda plain: plain["sets"][0]["products"][0].__setitem__(0, -1.0), "no answers have"),
        (lambda plain: plain["sets"][0]["products"][1].__setitem__(0, 1e6), "no answers have"),
        (lambda plain: plain["sets"].append(plain["sets"][0]), "the same measures and condition"),
        (
            lambda plain: plain["sets"][0]["measures"].__setitem__(0, "mood"),
            "'mood' is not a measure",
        ),
        (lambda plain: plain["scales"][0].update(squares=[1.0]), "one number for each item"),
        (lambda plain: plain["disclosure"].update(smallest_cell=5, fewest_dyads=20), "need 20"),
        (lambda plain: plain.update(rows="some"), "rows"),
        (lambda plain: plain.update(sight="x"), "unknown key 'sight'"),
    ],
)
def test_a_signed_file_with_impossible_content(
    change: Callable[[dict[str, Any]], None], words: str
) -> None:
    assert words in refused(signed_again(change))


def check(*contents: SiteContent, expected: SiteContent = NORTH) -> str:
    """The reasons why files are not pooled; "" where they are."""
    named = {f"{place}.json": content for place, content in enumerate(contents)}
    try:
        check_sites(named, plan_of(), expected)
    except SiteFileError as error:
        return str(error)
    return ""


def changed(content: SiteContent, **parts: object) -> SiteContent:
    return content.model_copy(update=parts)


def test_two_sites_fit_together() -> None:
    assert check(NORTH, SOUTH) == ""


def test_the_same_site_twice() -> None:
    assert "the site 'north' is in 0.json already" in check(NORTH, NORTH)
    message = check(NORTH, changed(NORTH, site="elsewhere"))
    assert "its moments are those of 0.json" in message
    assert "count twice" in message


def test_another_study_file() -> None:
    plan = NORTH.plan.model_copy(update={"sha256": "a" * 64})
    assert "it was made with another study file (ryan2012, aaaa" in check(changed(NORTH, plan=plan))


def test_another_scoring_key_or_missing_rule() -> None:
    keys = NORTH.keys | {"kims": NORTH.keys["kims"].model_copy(update={"sha256": "b" * 64})}
    assert "kims was scored with another key (version 1.0)" in check(changed(NORTH, keys=keys))
    keys = {name: key for name, key in NORTH.keys.items() if name != "kims"}
    assert "kims was scored with no key" in check(changed(NORTH, keys=keys))


def test_another_unit_and_a_missing_measure() -> None:
    measures = dict(NORTH.measures)
    unit = measures["experience"].model_copy(update={"unit": "months"})
    message = check(changed(NORTH, measures=measures | {"experience": unit}))
    assert "experience is in months, here in years" in message
    del measures["experience"]
    assert "it has no measure 'experience'" in check(changed(NORTH, measures=measures))


def test_other_conditions() -> None:
    turned = dict(reversed(NORTH.conditions.items()))
    assert "order must agree" in check(changed(NORTH, conditions=turned))


def test_other_rows() -> None:
    assert "its rows are listwise, here pairwise" in check(changed(NORTH, rows="listwise"))


def test_a_set_that_is_neither_there_nor_withheld() -> None:
    message = check(changed(NORTH, sets=NORTH.sets[1:]))
    assert "it lacks the moments of scl_intake, scl_termination" in message
    disclosure = NORTH.disclosure.model_copy(
        update={"withheld": {"scl_intake, scl_termination": "dominance"}}
    )
    assert check(changed(NORTH, sets=NORTH.sets[1:], disclosure=disclosure)) == ""


def test_synthetic_beside_real_data() -> None:
    assert "never pooled together" in check(NORTH, changed(SOUTH, synthetic=False))


def test_too_few_dyads_are_withheld_not_handed_over() -> None:
    content = content_of(EVERYBODY & (np.arange(26) < 9), limits=Limits(5))
    assert content.sets == []
    assert content.n_dyads is None
    assert set(content.disclosure.withheld.values()) == {"fewest_dyads"}


def test_all_refused_files_are_named_at_once(tmp_path: Path) -> None:
    for name, text in (("a.json", "{}"), ("b.json", TEXT), ("c.json", TEXT[:-3])):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "d.json").write_bytes(b"\xff\xfe")
    paths = [tmp_path / name for name in ("a.json", "b.json", "c.json", "d.json", "e.json")]
    with pytest.raises(SiteFileError) as caught:
        read_site_files(paths, [KEY])
    message = str(caught.value)
    for name in ("a.json is not a site file", "c.json is not a site file", "d.json", "e.json"):
        assert name in message
    assert "b.json" not in message
    assert [*read_site_files(paths[1:2], [KEY])] == [str(paths[1])]
    with pytest.raises(SiteFileError, match="given twice"):
        read_site_files([paths[1], paths[1]], [KEY])


def test_a_recorded_file_is_held_to_its_sum(tmp_path: Path) -> None:
    path = tmp_path / "north.json"
    path.write_text(TEXT, encoding="utf-8")
    assert read_recorded_site(path, sha256_of(path)) == NORTH
    with pytest.raises(SiteFileError, match="not the file that was accepted"):
        read_recorded_site(path, "0" * 64)


def test_an_unsigned_content_is_still_held_to_the_model() -> None:
    with pytest.raises(ConfigurationError, match="unknown key"):
        unverified_content(signed_again(lambda plain: plain.update(x=1)), "north.json")


def test_a_file_holds_no_row_no_key_and_no_extremes() -> None:
    from tests.unit.sites.made_sites import cohort_data

    plain = json.loads(TEXT)
    assert KEY.decode() not in TEXT
    for dyad in cohort_data().sample["dyad"].to_pylist():
        assert f'"{dyad}"' not in TEXT
    assert {"minimum", "maximum", "lowest", "highest", "therapist", "patient"}.isdisjoint(
        {key for one in plain["sets"] for key in one} | set(plain)
    )
