"""Step explain_statistics: where every statistic of a cohort comes from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attune.analyses.kinds import KINDS
from attune.printing.printed_statistics import records
from attune.record.provenance.explanations import as_json, explain_statistics
from attune.store.contracts import STATISTICS
from attune.store.small_cells import suppression
from attune_files.parquet import read_parquet, read_statistics
from attune_files.project import read_cohort, read_publication, read_study
from attune_files.steps.file_sums import sha256_of
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    study = read_study(snakemake.input.study)
    store = read_statistics(snakemake.input.statistics).to_pandas()
    publications = [read_publication(path) for path in snakemake.input.publication]
    values = [value for publication in publications for value in publication.values]
    sources = {
        value.id: source.name
        for publication in publications
        for value in publication.values
        if (source := publication.source_of(value))
    }
    explained = explain_statistics(
        cohort.cohort,
        {
            sha256_of(path): records(read_parquet(path, STATISTICS).to_pandas())
            for path in snakemake.input.statistics
        },
        KINDS,
        [json.loads(Path(path).read_text(encoding="utf-8")) for path in snakemake.input.records],
        suppression(store, KINDS, cohort, snakemake.params.smallest_cell).marks(),
        study.labels(),
        {value.id: value.statistic for value in values if value.statistic},
        other_sources=sources,
        quoted={value.id: value.why_unbound for value in values if value.why_unbound},
        analyses=study.titles(),
    )
    Path(snakemake.output.explanations).write_text(as_json(explained), encoding="utf-8")
