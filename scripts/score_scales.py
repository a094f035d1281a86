"""Score every scale of every questionnaire."""

from typing import TYPE_CHECKING

from attune.contracts import RESPONSES, SCORES
from attune.scores import score_batches
from attune_files.parquet import ParquetWriter, stream_parquet
from attune_files.step_log import step
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    instruments = read_instruments(snakemake.input.instruments)
    batches = stream_parquet(snakemake.input.responses, RESPONSES)
    with ParquetWriter(snakemake.output.scores, SCORES) as writer:
        for scores in score_batches(batches, instruments):
            writer.write_sorted(scores)
