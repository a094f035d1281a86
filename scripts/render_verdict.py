"""Step render_verdict: the verdicts on a paper, and the paper against itself, as a page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attune.store.contracts import FINDINGS, PRINTED, VERDICTS
from attune_files.parquet import read_parquet
from attune_files.project import read_cohort, read_publication
from attune_files.steps.step_log import step
from attune_files.verdict_files import write_verdict_page

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    write_verdict_page(
        snakemake.output.page,
        read_parquet(snakemake.input.verdicts, VERDICTS).to_pandas(),
        read_parquet(snakemake.input.findings, FINDINGS).to_pandas(),
        read_publication(snakemake.input.publication),
        read_cohort(snakemake.input.cohort),
        read_parquet(snakemake.input.printed, PRINTED).to_pandas(),
        json.loads(Path(snakemake.input.explanations).read_text(encoding="utf-8")),
        templates={"page": snakemake.input.page_template, "macros": snakemake.input.macros},
        styles=snakemake.input.styles,
        scripts=snakemake.input.scripts,
    )
