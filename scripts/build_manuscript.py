"""Step build_manuscript: the Quarto sources of the manuscript and of its supplement."""

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attune.documents.abstract import abstract_notice
from attune.documents.manuscript import render_template
from attune.paper.verdicts.conclusions import conclusions_compared
from attune.printing.printed_table import PrintedTable
from attune.store.contracts import PRINTED, TABLE
from attune_files.own_text_files import read_own_text
from attune_files.parquet import read_metadata, read_parquet, read_statistics
from attune_files.project import read_cohort, read_keys, read_publication, read_study
from attune_files.steps.step_log import step

if TYPE_CHECKING:
    from snakemake.script import snakemake

with step(snakemake):
    study = read_study(snakemake.input.study)
    cohort = read_cohort(snakemake.input.cohort)
    paths = {name: Path(snakemake.input.tables) / f"{name}.parquet" for name in study.tables}
    tables = {
        name: PrintedTable.from_parts(
            name, read_parquet(path, TABLE).to_pandas(), read_metadata(path)
        )
        for name, path in paths.items()
    }
    statistics = read_statistics(snakemake.input.statistics)
    named = statistics["software"].unique().drop_null().to_pylist()
    software = {package for packages in named for package in packages.split("; ")}
    confirmation = json.loads(Path(snakemake.input.confirmation).read_text(encoding="utf-8"))
    instruments = read_keys(snakemake.input.instruments, cohort)
    printed = read_parquet(snakemake.input.printed, PRINTED).to_pandas()
    macros = Path(snakemake.input.macros)
    shared = {macros.name: macros.read_text(encoding="utf-8")}
    for path in map(Path, snakemake.input.analysis_parts):
        shared[f"analyses/{path.name}"] = path.read_text(encoding="utf-8")
    own = read_own_text(snakemake.input.text)
    publications = [read_publication(path) for path in snakemake.input.publication]
    compared = (0, 0)
    for publication in publications:
        compared = conclusions_compared(publication)
    texts = {"manuscript": ""}
    for document, source in (
        ("manuscript", snakemake.input.template),
        ("supplement", snakemake.input.supplement_template),
    ):
        texts[document] = render_template(
            Path(source).read_text(encoding="utf-8"),
            document,
            study=study,
            cohort=cohort,
            instruments=instruments,
            printed=printed,
            tables=tables,
            settings=snakemake.params.settings,
            software=sorted(software),
            shared=shared,
            name=f"reports/{Path(source).name}",
            manuscript=texts["manuscript"],
            confirmation=confirmation,
            language=snakemake.params.language,
            own=own,
            conclusions_compared=compared,
            seeded=statistics["seed"].null_count < len(statistics),
        )
    notice = abstract_notice(texts["manuscript"])
    if notice:
        logging.warning(notice)
        print(f"{cohort.cohort}: {notice}", file=sys.stderr)
    for document, text in texts.items():
        Path(snakemake.output[document]).write_text(text, encoding="utf-8")
