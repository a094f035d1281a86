"""Parquet files: fit their contract, same bytes every time, whole or not at all."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attune.specs.errors import AttuneError
from attune.store.contracts import (
    MEASURES,
    RESPONSES,
    SCORES,
    STATISTICS,
    TABLE,
    VIOLATIONS,
    conform,
)
from attune_files.parquet import (
    ROW_GROUP_SIZE,
    ParquetWriter,
    read_metadata,
    read_parquet,
    stream_parquet,
    write_batches,
    write_parquet,
)


def scores(*dyads: str, **changes: object) -> pa.Table:
    row = {"instrument": "kims", "rater": "therapist", "occasion": "baseline", "state": ""}
    row |= {
        "scale": "total",
        "source": "items",
        "n_answered": 39,
        "n_items": 39,
        "score": 120.0,
    } | changes
    return pa.Table.from_pylist([{"dyad": dyad} | row for dyad in dyads])


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "scores.parquet"
    write_parquet(scores("b", "a"), path, SCORES)
    table = read_parquet(path, SCORES)
    assert table.schema.equals(SCORES.schema, check_metadata=True)
    assert table["dyad"].to_pylist() == ["a", "b"]
    assert table["reason"].to_pylist() == [None, None]
    some = read_parquet(path, SCORES, ["score", "dyad"])
    assert some.column_names == ["score", "dyad"]


def test_pandas_and_open_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame({"dyad": ["b", "a"], "occasion": "", "imputation": 0, "therapist": "t"})
    frame["kims_total"] = [1.0, float("nan")]
    frame["imputed_kims_total"] = [False, True]
    write_parquet(frame, tmp_path / "m.parquet", MEASURES)
    table = read_parquet(tmp_path / "m.parquet", MEASURES)
    assert table["kims_total"].to_pylist() == [None, 1.0]
    assert table["imputed_kims_total"].to_pylist() == [True, False]
    assert table.schema.metadata is None


def test_an_empty_table(tmp_path: Path) -> None:
    write_parquet(VIOLATIONS.schema.empty_table(), tmp_path / "v.parquet", VIOLATIONS)
    table = read_parquet(tmp_path / "v.parquet", VIOLATIONS)
    assert len(table) == 0
    assert table.schema.equals(VIOLATIONS.schema)
    assert list(stream_parquet(tmp_path / "v.parquet", VIOLATIONS)) == []


def test_a_rerun_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    notes = {"title": "Table 1", "note": "Überall ≤ 1"}
    write_parquet(scores("a", "b", "c"), first, SCORES, notes)
    shuffled = scores("c", "a", "b").to_pandas()[::-1]
    write_parquet(shuffled, second, SCORES, dict(reversed(notes.items())))
    assert fingerprint(first) == fingerprint(second)
    assert read_metadata(first) == notes


def test_writer_options_are_pinned(tmp_path: Path) -> None:
    write_parquet(scores("a"), tmp_path / "s.parquet", SCORES)
    file = pq.ParquetFile(tmp_path / "s.parquet")
    column = file.metadata.row_group(0).column(0)
    assert file.metadata.format_version == "2.6"
    assert column.compression == "ZSTD"
    assert column.statistics.min == "a"
    assert not file.metadata.metadata  # neither pandas' nor arrow's own schema


def test_metadata_of_a_file_without_any(tmp_path: Path) -> None:
    write_parquet(scores("a"), tmp_path / "s.parquet", SCORES)
    assert read_metadata(tmp_path / "s.parquet") == {}


def test_files_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_parquet(scores("a"), tmp_path / "s.parquet", SCORES)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "s.parquet").stat().st_mode) == 0o640


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    write_parquet(scores("a"), path, SCORES)
    before = fingerprint(path)
    with pytest.raises(KeyError), ParquetWriter(path, SCORES) as writer:
        writer.write(scores("b"))
        raise KeyError
    assert fingerprint(path) == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(AttuneError, match="column 'score' does not hold double"):
        write_parquet(scores("a", score="much"), path, SCORES)
    assert fingerprint(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_batches_are_written_and_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    with ParquetWriter(path, SCORES) as writer:
        writer.write(scores("b", "a"))
        writer.write(SCORES.schema.empty_table())
        writer.write(scores("c", "d", "e"))
    assert read_parquet(path, SCORES)["dyad"].to_pylist() == ["a", "b", "c", "d", "e"]
    batches = list(stream_parquet(path, SCORES, ["dyad"], batch_size=2))
    assert [batch["dyad"].to_pylist() for batch in batches] == [["a", "b"], ["c", "d"], ["e"]]


def test_batches_are_written_while_the_next_is_made(tmp_path: Path) -> None:
    def typed(*dyads: str) -> pa.Table:
        return conform(scores(*dyads), SCORES)

    path = tmp_path / "s.parquet"
    write_batches((typed(*names) for names in ("ab", "c", "de")), path, SCORES)
    assert read_parquet(path, SCORES)["dyad"].to_pylist() == ["a", "b", "c", "d", "e"]
    before = fingerprint(path)
    with pytest.raises(AttuneError, match="comes after"):
        write_batches((typed(names) for names in "acb"), path, SCORES)

    def interrupted() -> Iterator[pa.Table]:
        yield typed("a")
        raise KeyError

    with pytest.raises(KeyError):
        write_batches(interrupted(), path, SCORES)
    assert fingerprint(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_batches_out_of_order_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(AttuneError, match=r"\('b', .* comes after \('c', "),
        ParquetWriter(tmp_path / "s.parquet", SCORES) as writer,
    ):
        writer.write(scores("a", "c"))
        writer.write(scores("b"))
    with (
        pytest.raises(AttuneError, match="comes after"),
        ParquetWriter(tmp_path / "s.parquet", SCORES) as writer,
    ):
        writer.write(scores("a"))
        writer.write(scores("a"))


def test_a_sorted_batch_must_have_the_contracts_types(tmp_path: Path) -> None:
    with (
        pytest.raises(AttuneError, match="'n_items' holds int64, expected int16"),
        ParquetWriter(tmp_path / "s.parquet", SCORES) as writer,
    ):
        writer.write_sorted(scores("a"))


def test_row_groups_have_a_fixed_size(tmp_path: Path) -> None:
    n = ROW_GROUP_SIZE + 3
    rows = pa.table({"rule": ["r"] * n, "severity": ["s"] * n, "file": ["f"] * n})
    rows = rows.append_column("message", pa.array(["m"] * n))
    rows = rows.append_column("remedy", pa.array(["x"] * n))
    write_parquet(rows, tmp_path / "v.parquet", VIOLATIONS)
    metadata = pq.read_metadata(tmp_path / "v.parquet")
    assert [metadata.row_group(g).num_rows for g in range(2)] == [ROW_GROUP_SIZE, 3]
    sizes = [len(batch) for batch in stream_parquet(tmp_path / "v.parquet", VIOLATIONS)]
    assert sizes == [ROW_GROUP_SIZE, 3]


def test_a_file_of_another_contract_is_refused_with_all_reasons(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    pq.write_table(
        pa.table({"dyad": [1], "instrument": ["kims"], "score": [1.0], "extra": [1]}), path
    )
    with pytest.raises(AttuneError, match="does not fit the contract of scores") as error:
        read_parquet(path, SCORES, ["scores"])
    assert error.value.problems == [
        "column 'rater' is missing",
        "column 'occasion' is missing",
        "column 'state' is missing",
        "column 'scale' is missing",
        "column 'source' is missing",
        "column 'n_answered' is missing",
        "column 'n_items' is missing",
        "column 'reason' is missing",
        "column 'dyad' holds int64, expected string",
        "column 'extra' is not part of it",
        "column 'scores' is not in it. Did you mean 'score'?",
    ]
    with pytest.raises(AttuneError, match="does not fit"):
        next(stream_parquet(path, SCORES))


def test_open_columns_have_the_declared_type(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"label": ["a"], "group": ["b"], "r": [0.5]}), path)
    with pytest.raises(AttuneError, match="column 'r' holds double, expected string"):
        read_parquet(path, TABLE)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AttuneError, match=r"none\.parquet cannot be read as Parquet: there is no"):
        read_parquet(tmp_path / "none.parquet", RESPONSES)
    (tmp_path / "text.parquet").write_text("not Parquet at all")
    with pytest.raises(AttuneError, match=r"text\.parquet cannot be read as Parquet"):
        read_parquet(tmp_path / "text.parquet", STATISTICS)
    with pytest.raises(AttuneError, match="cannot be read as Parquet"):
        read_metadata(tmp_path / "text.parquet")
