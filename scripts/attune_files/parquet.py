"""Parquet files that fit their contract, written so that a rerun gives the same bytes."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AttuneError
from attune.store.contracts import STATISTICS, Contract, conform

if TYPE_CHECKING:
    import pandas as pd

ROW_GROUP_SIZE = 65_536
"""Rows per row group: a streaming step holds about this many rows at a time."""

# Everything that shapes the bytes is pinned; with pyarrow's version (locked) they are determined.
WRITER_OPTIONS = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": True,
    "write_statistics": True,
    "write_page_index": False,
    "data_page_size": 1 << 20,
    "write_batch_size": 1024,
    # The arrow schema would be stored twice; the contract defines the types.
    "store_schema": False,
}

_OPEN_TYPES = (pa.float64(), pa.bool_(), pa.string())


def read_parquet(
    path: str | Path, contract: Contract, columns: Sequence[str] | None = None
) -> pa.Table:
    """Rows of a Parquet file that fits a contract.

    Parameters
    ----------
    path : str or Path
    contract : Contract
    columns : sequence of str, optional
        Only these columns, in this order; default: all, in the contract's order.

    Returns
    -------
    pyarrow.Table
        Rows as described in `contract.row`, in the order of the file.

    Raises
    ------
    AttuneError
        The file cannot be read, or its columns are not those of the contract; all at once.
    """
    with _open(path, contract, columns) as (file, schema):
        table = file.read(columns=schema.names, use_threads=True)
    return _typed(table, schema)


def stream_parquet(
    path: str | Path,
    contract: Contract,
    columns: Sequence[str] | None = None,
    batch_size: int = ROW_GROUP_SIZE,
) -> Iterator[pa.RecordBatch]:
    """Rows of a Parquet file that fits a contract, a batch at a time.

    Parameters
    ----------
    path, contract, columns
        As for `read_parquet`.
    batch_size : int
        Largest number of rows of a batch. A row group is read at once; batches do not cross them.

    Yields
    ------
    pyarrow.RecordBatch
        In the order of the file.

    Raises
    ------
    AttuneError
        As `read_parquet`, before the first batch.
    """
    with _open(path, contract, columns) as (file, schema):
        for group in range(file.num_row_groups):
            # A row group at once: its columns are then decoded side by side.
            rows = file.read_row_group(group, columns=schema.names)
            yield from _typed(rows, schema).to_batches(max_chunksize=batch_size)


def read_statistics(paths: Sequence[str | Path]) -> pa.Table:
    """The store: the rows of every statistics file, read together.

    Raises
    ------
    AttuneError
        A file does not fit the contract `STATISTICS`, or an id occurs in two of them.
    """
    return conform(pa.concat_tables([read_parquet(path, STATISTICS) for path in paths]), STATISTICS)


def read_metadata(path: str | Path) -> dict[str, str]:
    """Metadata of a table: texts such as its title and its notes."""
    try:
        stored = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowInvalid) as error:
        raise _unreadable(path, error) from None
    return {key.decode(): value.decode() for key, value in stored.items()}


def write_parquet(
    frame: "pd.DataFrame | pa.Table",
    path: str | Path,
    contract: Contract,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a table in the form of its contract; the same rows always give the same bytes.

    The file appears under its name only when it is complete.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
        Rows in any order; see `attune.store.contracts.conform`.
    path : str or Path
    contract : Contract
    metadata : mapping of str to str, optional
        Texts stored beside the table.

    Raises
    ------
    AttuneError
        The frame does not fit the contract.
    """
    table = conform(frame, contract)
    with ParquetWriter(path, contract, metadata) as writer:
        writer.write_sorted(table)


def write_batches(batches: Iterable[pa.Table], path: str | Path, contract: Contract) -> None:
    """Write sorted batches, each while the next one is made; one and a half are held at a time.

    Parameters
    ----------
    batches : iterable of pyarrow.Table
        Typed and sorted as the contract says, across all batches.
    path : str or Path
    contract : Contract

    Raises
    ------
    AttuneError
        As `ParquetWriter`; nothing is left under the name.
    """
    with ParquetWriter(path, contract) as writer, ThreadPoolExecutor(max_workers=1) as thread:
        written: Future[None] | None = None
        for batch in batches:
            if written is not None:
                written.result()
            written = thread.submit(writer.write_sorted, batch)
        if written is not None:
            written.result()


class ParquetWriter:
    """Writes a table batch by batch, for tables larger than memory.

    Used as a context manager; the file appears under its name when the block ends without an
    exception. Every batch must fit the contract and follow the one before in the order of the key.

    Parameters
    ----------
    path : str or Path
    contract : Contract
    metadata : mapping of str to str, optional
        Texts stored beside the table.

    Examples
    --------
    >>> import tempfile
    >>> from attune.store.contracts import STATISTICS
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with ParquetWriter(f"{folder}/t.parquet", STATISTICS) as writer:
    ...         writer.write(pa.table({"id": ["a"], "analysis": ["x"], "statistic": ["t"]}))
    ...     read_parquet(f"{folder}/t.parquet", STATISTICS, ["id", "estimate"]).to_pylist()
    [{'id': 'a', 'estimate': None}]
    """

    def __init__(
        self, path: str | Path, contract: Contract, metadata: Mapping[str, str] | None = None
    ):
        self._path = Path(path)
        self._contract = contract
        self._metadata = dict(metadata or {})
        self._writer: pq.ParquetWriter | None = None
        self._last_key: tuple[str, ...] | None = None

    def __enter__(self) -> "ParquetWriter":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(
            dir=self._path.parent, prefix=f".{self._path.name}.", suffix=".unfinished"
        )
        os.close(number)
        self._unfinished = Path(name)
        return self

    def write(self, frame: "pd.DataFrame | pa.Table") -> None:
        """Append rows: made to fit the contract and sorted by its key.

        Raises
        ------
        AttuneError
            They do not fit the contract, or their first key does not follow the last one written.
        """
        self.write_sorted(conform(frame, self._contract))

    def write_sorted(self, table: pa.Table) -> None:
        """Append rows that are known to be typed and sorted as the contract says.

        Types and the order against the rows before are checked, the order within is not.
        """
        self._check_order(table)
        if self._writer is None:
            _refuse(
                f"{self._path} cannot be written", _contract_problems(table.schema, self._contract)
            )
            schema = table.schema.remove_metadata()
            self._writer = pq.ParquetWriter(self._unfinished, schema, **WRITER_OPTIONS)
            self._writer.add_key_value_metadata(dict(sorted(self._metadata.items())))
        if not table.schema.equals(self._writer.schema, check_metadata=False):
            raise AttuneError(
                f"{self._path} cannot be written: the columns changed from one batch to the next."
            )
        if len(table):
            self._writer.write_table(table, row_group_size=ROW_GROUP_SIZE)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None and self._writer is None:
                self.write_sorted(self._contract.schema.empty_table())
            if self._writer is not None:
                self._writer.close()
            if kind is None:
                # mkstemp makes files that only their owner can read; results follow the umask.
                self._unfinished.chmod(0o666 & ~_umask())
                self._unfinished.replace(self._path)
        finally:
            self._unfinished.unlink(missing_ok=True)

    def _check_order(self, table: pa.Table) -> None:
        if not self._contract.key or not len(table):
            return
        first, last = (_key_at(table, self._contract.key, row) for row in (0, len(table) - 1))
        if self._last_key is not None and not self._last_key < first:
            raise AttuneError(
                f"{self._path} cannot be written in batches.",
                [f"the key {first} comes after {self._last_key}; sort the rows by the key"],
            )
        self._last_key = last


def _refuse(heading: str, problems: Sequence[str]) -> None:
    if problems:
        raise AttuneError(f"{heading}.", problems)


def _key_at(table: pa.Table, key: Sequence[str], row: int) -> tuple[str, ...]:
    return tuple(table[name][row].as_py() for name in key)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _open(
    path: str | Path, contract: Contract, columns: Sequence[str] | None
) -> Iterator[tuple[pq.ParquetFile, pa.Schema]]:
    """The open file and the schema of the wanted columns, checked against the contract."""
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise _unreadable(path, error) from None
    with file:
        problems = _contract_problems(file.schema_arrow, contract)
        known = file.schema_arrow.names
        problems += [
            f"column {name!r} is not in it. {did_you_mean(name, known)}"
            for name in (columns or [])
            if name not in known
        ]
        _refuse(
            f"{path} does not fit the contract of {contract.name} ({contract.row}). If an older"
            " version of the workflow wrote it, delete it and run the workflow again",
            problems,
        )
        yield file, _wanted_schema(file.schema_arrow, contract, columns)


def _contract_problems(schema: pa.Schema, contract: Contract) -> list[str]:
    problems = [
        f"column {field.name!r} is missing"
        for field in contract.schema
        if field.name not in schema.names
    ]
    for field in schema:
        if field.name in contract.schema.names:
            allowed = [contract.schema.field(field.name).type]
        elif contract.open_type is None:
            problems.append(f"column {field.name!r} is not part of it")
            continue
        else:
            open_type = contract.open_type
            allowed = list(_OPEN_TYPES) if pa.types.is_null(open_type) else [open_type]
        if field.type not in allowed:
            expected = " or ".join(map(str, allowed))
            problems.append(f"column {field.name!r} holds {field.type}, expected {expected}")
    return problems


def _wanted_schema(
    schema: pa.Schema, contract: Contract, columns: Sequence[str] | None
) -> pa.Schema:
    in_order = [
        *contract.schema.names,
        *(n for n in schema.names if n not in contract.schema.names),
    ]
    return pa.schema([schema.field(name) for name in (columns or in_order)])


def _typed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return table.select(schema.names).replace_schema_metadata(None)


def _unreadable(path: str | Path, error: Exception) -> AttuneError:
    reason = "there is no such file" if isinstance(error, FileNotFoundError) else str(error)
    return AttuneError(f"{path} cannot be read as Parquet: {reason}.")
