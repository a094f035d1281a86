"""Step synthesise_studies: the statistics of a synthesis, and checks of the values it quotes.

Formulas: `attune.stats.meta_analysis`, `attune.stats.effect_conversion`.
"""

import logging
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
from attune_files.synthesis_files import read_sites, read_synthesis_files, synthetic_cohorts

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
    sites = read_sites(files.synthesis, snakemake.input.sites)
    evidence = files.evidence(statistics, synthetic_cohorts(snakemake.input.cohorts), sites)
    for warning in evidence.warnings.values():
        logging.warning("%s", warning)
    names = {*files.synthesis.effects, *files.synthesis.reported}
    findings = [
        finding
        for literature in files.literature.values()
        for finding in literature_findings(literature, names)
    ]
    result = synthesis_statistics(files.synthesis, evidence, findings)
    write_parquet(result, snakemake.output.statistics, STATISTICS)
    write_parquet(findings_frame(findings), snakemake.output.findings, FINDINGS)
    Path(snakemake.output.evidence).write_text(evidence_as_json(evidence), encoding="utf-8")
