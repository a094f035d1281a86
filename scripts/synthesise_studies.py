"""Step synthesise_studies: the statistics of a synthesis, and checks of the values it quotes.

Formulas: `attune.stats.meta_analysis` (Knapp and Hartung: `scaled_fit`),
`attune.stats.effect_conversion`; CR2 of several effects per study: `attune.stats.cluster_robust`.
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from attune.paper.checks.audit import findings_frame
from attune.printing.printed_statistics import records
from attune.store.contracts import FINDINGS, STATISTICS
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import evidence_as_json
from attune.synthesis.printed_checks import literature_findings
from attune_files.parquet import read_statistics, write_parquet
from attune_files.steps.step_log import step
from attune_files.synthesis_files import (
    read_cohort_rows,
    read_crosswalk,
    read_facet_studies,
    read_sites,
    read_synthesis_files,
)

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    files = read_synthesis_files(
        snakemake.input.synthesis, snakemake.input.literature, snakemake.input.tables
    )
    # Statistics of all cohorts together, told apart by the folder that they come from.
    paths: dict[str, list[Path]] = {}
    for path in map(Path, snakemake.input.cohort_statistics):
        paths.setdefault(path.parents[1].name, []).append(path)
    statistics = {
        cohort: {row["id"]: row for row in records(read_statistics(own).to_pandas())}
        for cohort, own in paths.items()
    }
    synthetic = snakemake.params.synthetic
    frames = read_cohort_rows(
        snakemake.input.measures, snakemake.input.gains, snakemake.input.studies
    )
    crosswalk = read_crosswalk(snakemake.input.crosswalk)
    facets = read_facet_studies(files, snakemake.input.facet_tables, crosswalk, frames, synthetic)
    sites = read_sites(files.synthesis, snakemake.input.sites)
    evidence = replace(files.evidence(statistics, synthetic, sites), facets=facets)
    for warning in evidence.warnings.values():
        logging.warning("%s", warning)
    names = {*files.synthesis.effects, *files.synthesis.reported}
    findings = [
        finding
        for literature in files.literature.values()
        for finding in literature_findings(literature, names)
    ]
    result = synthesis_statistics(files.synthesis, evidence, findings, crosswalk, frames)
    write_parquet(result, snakemake.output.statistics, STATISTICS)
    write_parquet(findings_frame(findings), snakemake.output.findings, FINDINGS)
    Path(snakemake.output.evidence).write_text(evidence_as_json(evidence), encoding="utf-8")
