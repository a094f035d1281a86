"""Step explain_synthesis: where every statistic of a synthesis comes from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attune.printing.printed_statistics import records
from attune.record.provenance.explanations import as_json, explain_statistics
from attune.store.contracts import STATISTICS
from attune.synthesis.kinds import KINDS
from attune_files.parquet import read_parquet
from attune_files.steps.file_sums import sha256_of
from attune_files.steps.step_log import step
from attune_files.synthesis_files import read_evidence, read_synthesis_files

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    path = snakemake.input.statistics
    files = read_synthesis_files(
        snakemake.input.synthesis, snakemake.input.literature, snakemake.input.tables
    )
    evidence = read_evidence(snakemake.input.evidence, files.synthesis, files.literature)
    explained = explain_statistics(
        files.synthesis.synthesis,
        {sha256_of(path): records(read_parquet(path, STATISTICS).to_pandas())},
        KINDS,
        [json.loads(Path(snakemake.input.made_by).read_text(encoding="utf-8"))],
        hidden={},
        labels=evidence.labels(),
        values={},
    )
    Path(snakemake.output.explanations).write_text(as_json(explained), encoding="utf-8")
