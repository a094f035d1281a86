"""Step audit_publication: checks the printed values of a paper against each other."""

from typing import TYPE_CHECKING

from attune.paper.checks.audit import audit_publication, findings_frame
from attune.store.contracts import FINDINGS
from attune_files.parquet import write_parquet
from attune_files.project import read_publication
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    findings = audit_publication(read_publication(snakemake.input.publication))
    write_parquet(findings_frame(findings), snakemake.output.findings, FINDINGS)
