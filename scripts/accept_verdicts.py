"""Step accept_verdicts: fails if a verdict is neither a match nor accepted in reasons.yaml."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from attune.paper.verdicts.gate import accepted_summary, check_verdicts
from attune.store.contracts import VERDICTS
from attune_files.parquet import read_parquet
from attune_files.project import read_cohort, read_publication
from attune_files.reasons_file import read_reasons
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    paper = read_publication(snakemake.input.publication).publication
    verdicts = read_parquet(snakemake.input.verdicts, VERDICTS).to_pylist()
    if cohort.is_twin:
        logging.info("%s: a twin only resembles its data; its verdicts never stop the run.", paper)
    else:
        reasons = read_reasons(snakemake.input.reasons)
        check_verdicts(cohort.cohort, paper, verdicts, reasons)
    text = accepted_summary(cohort.cohort, paper, verdicts, enforced=not cohort.is_twin)
    Path(snakemake.output.accepted).write_text(text, encoding="utf-8")
