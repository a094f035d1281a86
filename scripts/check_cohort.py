"""Step check_cohort: the check of a cohort's raw files, as a page."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from attune.documents.cohort_page.labels import headline
from attune_files.intake_page import check_raw_files, with_open_remarks, write_intake_page
from attune_files.project import read_cohort, read_keys, read_study
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    cohort = read_cohort(snakemake.input.cohort)
    check = check_raw_files(
        Path(snakemake.input.cohort).parent,
        cohort,
        read_keys(snakemake.input.instruments, cohort),
        read_study(snakemake.input.study),
        interval=snakemake.params.interval,
        show_values=snakemake.params.show_values,
    )
    check = with_open_remarks(check, snakemake.input.cohort, snakemake.input.study)
    logging.info("%s: %s", cohort.cohort, headline(check))
    write_intake_page(
        check, snakemake.output.page, snakemake.input.page_template, snakemake.input.styles
    )
