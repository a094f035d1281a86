"""What an archive may hold: raw files, names of entries, and sums that fit."""

import pytest
from tests.conftest import COHORT

from attune.record.archive.manifest import manifest_problems, manifest_text, read_manifest
from attune.record.archive.sharing import holds_rows, licence_id, sharing_of
from attune.record.archive.zip_safety import LARGE, MOST_FILES, Entry, entry_problems
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import ArchiveError, ConfigurationError
from attune.store.contracts import (
    GAINS,
    GIVEN_SCORES,
    MEASURES,
    PRINTED,
    RELIABILITY,
    RESPONSES,
    SAMPLE,
    SCORES,
    STATISTICS,
    TABLE,
    VERDICTS,
    VIOLATIONS,
)
from attune.synthetic.twin.as_twin import as_twin

REAL = {key: value for key, value in COHORT.items() if key != "synthetic_notice"} | {
    "synthetic": False
}
SUMS = {name: file | {"sha256": "0" * 64} for name, file in COHORT["files"].items()}


def cohort(**keys: object) -> Cohort:
    return read_as(Cohort, REAL | keys, "cohort.yaml")


class TestSharing:
    @pytest.mark.parametrize(
        ("keys", "raw"),
        [
            ({"licence": "CC-BY-4.0"}, True),
            ({"licence": "GPL-3.0 (LICENSE)"}, True),
            ({"licence": "CC-BY-NC-4.0"}, False),
            ({"licence": "to be settled"}, False),
            ({"licence": "all rights reserved; code MIT"}, False),
            ({"licence": "to be settled", "share_raw": True}, True),
            ({"licence": "CC0-1.0", "share_raw": False}, False),
            ({"licence": "CC0-1.0", "hashed_ids": {"salt_variable": "SALT"}}, False),
        ],
    )
    def test_real_data_need_an_open_licence_or_a_word(self, keys: dict, raw: bool) -> None:
        assert sharing_of(cohort(**keys)).raw is raw

    def test_synthetic_data_go_in(self) -> None:
        synthetic = {"synthetic": True, "synthetic_notice": "Synthetic.", "licence": "none"}
        assert sharing_of(cohort(**synthetic)).raw

    def test_a_column_that_names_people_keeps_everything_out(self) -> None:
        found = sharing_of(cohort(share_raw=True), ["intake.csv: column e_mail"])
        assert not found.raw
        assert "intake.csv: column e_mail" in found.reason

    def test_a_file_that_still_holds_a_dropped_column_keeps_everything_out(self) -> None:
        files = COHORT["files"] | {"intake": COHORT["files"]["intake"] | {"dropped": ["name"]}}
        found = sharing_of(cohort(share_raw=True, files=files))
        assert not found.raw
        assert "intake.csv: column name" in found.reason

    def test_restricted_data_never_go_in_but_their_twin_does(self) -> None:
        real = cohort(files=SUMS, restricted={"folder_variable": "SMALL"}, licence="CC0-1.0")
        assert not sharing_of(real).raw
        assert sharing_of(as_twin(real)).raw

    @pytest.mark.parametrize(
        "protected",
        [{"restricted": {"folder_variable": "SMALL"}}, {"hashed_ids": {"salt_variable": "SALT"}}],
    )
    def test_share_raw_contradicts_protection(self, protected: dict) -> None:
        with pytest.raises(ConfigurationError, match="share_raw: true contradicts the key"):
            cohort(files=SUMS, share_raw=True, **protected)

    def test_an_empty_licence_is_no_licence(self) -> None:
        assert licence_id("") is None

    def test_tables_of_single_dyads_are_known(self) -> None:
        rows = (RESPONSES, SAMPLE, VIOLATIONS, SCORES, GIVEN_SCORES, MEASURES, GAINS)
        assert all(map(holds_rows, rows))
        assert not any(map(holds_rows, (STATISTICS, RELIABILITY, PRINTED, TABLE, VERDICTS)))


class TestEntries:
    @pytest.mark.parametrize(
        "name",
        ["/etc/passwd", "../x", "a/../../x", "C:/x", "c:x", "\\\\host\\x", "a\\..\\x", "..\\x"],
    )
    def test_paths_outside_are_refused(self, name: str) -> None:
        assert "leads out of the folder" in entry_problems([Entry(name)])[0]

    @pytest.mark.parametrize("name", ["a//b", "./a", "a\\b", "a\nb", "file.txt:stream", ""])
    def test_so_are_names_that_are_no_plain_paths(self, name: str) -> None:
        assert len(entry_problems([Entry(name)])) == 1

    def test_links_and_encrypted_files_are_refused(self) -> None:
        assert "is a link" in entry_problems([Entry("a", link=True)])[0]
        assert "is encrypted" in entry_problems([Entry("a", encrypted=True)])[0]

    def test_the_same_name_twice_is_refused_also_by_case(self) -> None:
        assert len(entry_problems([Entry("a/B"), Entry("a/b")])) == 1
        assert len(entry_problems([Entry("a/b"), Entry("a/b")])) == 1

    def test_too_many_files_and_bombs_are_refused(self) -> None:
        many = [Entry(f"f{number}") for number in range(MOST_FILES + 1)]
        assert entry_problems(many) == ["it holds 20,001 files; at most 20,000 are read"]
        one = [Entry("a", LARGE + 1, 1000), Entry("b", 10**7, 10**7)]
        assert "from next to nothing" in entry_problems(one)[0]
        many = [Entry(f"a{number}", LARGE - 100_000, 49_000) for number in range(400)]
        assert entry_problems(many) == ["it would unpack to 19,960 MB from 19.6 MB; no run does"]
        assert "would unpack to" in entry_problems([Entry("a", 10**12, 10**12)])[0]

    def test_long_lists_are_cut(self) -> None:
        assert entry_problems([Entry(f"../{n}") for n in range(30)])[-1] == "and 10 more"

    def test_plain_names_pass(self) -> None:
        assert not entry_problems([Entry("a/b c/d-é.csv", 10**6, 10**5), Entry("..a/b..")])


class TestManifest:
    def test_it_reads_what_it_writes(self) -> None:
        sums = {"b c/d.csv": "0" * 64, "a": "f" * 64}
        assert read_manifest(manifest_text(sums)) == sums

    def test_every_broken_line_is_told(self) -> None:
        text = f"{'0' * 64}  a\n{'0' * 63}  b\n\n{'1' * 64}  a\n"
        with pytest.raises(ArchiveError) as caught:
            read_manifest(text)
        assert [problem.partition(" is not")[0] for problem in caught.value.problems] == [
            "line 2", "line 3", "line 4: a has another sum further up",
        ]  # fmt: skip

    def test_changes_are_listed(self) -> None:
        assert not manifest_problems({"a": "0"}, {"a": "0"})
        assert manifest_problems({"a": "0"}, {}) == ["a is missing"]
