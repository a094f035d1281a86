"""Checks the configuration and finds files; no rules here.

REQUIRED: config.yaml, data/<cohort>/cohort.yaml, workflow/studies/<study>.yaml and
workflow/instruments/<instrument>.yaml, all of which are checked before the first job starts.
"""

import os
import sys
import time
from functools import cache
from itertools import product
from operator import attrgetter

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards
from snakemake.settings.enums import Quietness

sys.path.insert(0, str(ROOT / "scripts"))

from attune.analyses.registry import ANALYSES, FIGURE_KINDS, TABLE_KINDS, analysis_of
from attune.specs.errors import AttuneError
from attune_files.faults import refuse_read_only_folders
from attune_files.own_text_files import (
    folder_of_cohort,
    folder_of_synthesis,
    own_text_paths,
    reference_paths,
)
from attune_files.project import look_alike_paths, read_config
from attune_files.raw.folder import raw_paths
from attune_files.rendering.renderer import FORMATS, installed_renderer
from attune_files.run_plan import read_run_plan
from attune_files.steps.failed_steps import failure_summary
from attune_files.steps.file_sums import FileSums
from attune_files.steps.rerun_check import (
    Job,
    change_lines,
    edited_documents,
    edited_sentence,
    jobs_to_rerun,
)
from attune_files.steps.step_code import put_library_first, step_of
from attune_files.yaml_file import read_yaml

put_library_first(ROOT / "scripts")


include: "../local_jobs.smk"


STARTED = time.time()

# As a module of another workflow, `onstart` of the Snakefile does not run.
OWN_HANDLERS = Path(workflow.main_snakefile).resolve().is_relative_to(ROOT.resolve())

# The steps' matrices are small: threads that wait for each other took half of the processor's time
# of mixed models, while the other core was busy with another step. A setting of the user's stays.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def print_when_quiet(sentences):
    """Why a run stops: Snakemake drops the message of its own error with `--quiet all`."""
    chosen = workflow.output_settings
    if chosen and Quietness.ALL in (chosen.quiet or ()) and not chosen.dryrun:
        print(sentences, file=sys.stderr)


def project_file(path):
    """A file of the project: beside the results if it is there, else in the project's folder.

    ancient: its time is ignored; `rerun_what_changed` compares its content.
    """
    # local: the prefix of an importing module is for results, not for the files of the project.
    return ancient(local(path) if Path(path).exists() else str(ROOT / path))


def rerun_what_changed(done=[]):
    """Plan the jobs that do not fit their records, whatever Snakemake knows of their times.

    The library files of the steps are compared here and are not inputs of the rules: Snakemake asks
    for the size of every input of every waiting job each time it looks for the next one.

    Called when Snakemake asks for the inputs of the first job: then its plan exists, but which jobs
    have to run is not decided yet. Jobs that nobody asked for stay out of the plan.
    """
    if done or not workflow.is_main_process:
        return
    # Now, because the check itself asks for the inputs of jobs.
    done.append(True)
    lift_limit_of_jobs_per_second(workflow)
    # None: only a summary or a graph was asked for.
    if workflow.executor_plugin is not None and not workflow.dryrun:
        forget_unplanned_statistics()
    sums = FileSums(kept=Path(".snakemake/attune_sums.json"))
    found = jobs_to_rerun(recorded_jobs(), sums)
    sums.keep()
    if (
        workflow.executor_plugin is not None
        and not workflow.dryrun
        and not OWN_HANDLERS
    ):
        refuse_edited_documents(found)
    workflow.dag.forcefiles.update(map(str, found))
    # Their files of an earlier run would pass for up to date.
    workflow.dag.forcefiles.update(
        f"results/{place}/records/refuse_files.json" for place in plan.refused
    )
    lines = change_lines(found)
    if lines:
        print("Changed since the last run:", *lines, sep="\n  ", file=sys.stderr)


def refuse_edited_documents(records):
    """Stop where a job with one of these records would overwrite a document that a person edited."""
    sums = FileSums()
    sentences = []
    for path in edited_documents(records, sums):
        about = path.parent.name
        of_cohort = path.parent.parent.name == "results"
        folder = folder_of_cohort(about) if of_cohort else folder_of_synthesis(about)
        sentences.append(edited_sentence(path.relative_to(Path.cwd()), folder))
    if sentences:
        print_when_quiet("\n".join(sentences))
        raise WorkflowError("\n".join(sentences))


def records_of_this_run():
    """Records of the jobs that are about to run."""
    jobs = workflow.dag.needrun_jobs()
    return [Path(job.output.record) for job in jobs if "record" in job.output.keys()]


def recorded_jobs():
    """Every job that leaves a record and may have run, as its rule declares it now."""
    for declared in workflow.rules:
        if "record" not in declared.output.keys() or not declared.wildcard_names <= set(
            VALUES
        ):
            continue
        for values in product(*(VALUES[name] for name in declared.wildcard_names)):
            wildcards = Wildcards(fromdict=dict(zip(declared.wildcard_names, values)))
            if unplanned(step_of(declared.name), wildcards):
                continue
            outputs = dict(declared.expand_output(wildcards)[0].items())
            record = Path(outputs.pop("record"))
            if not record.parent.is_dir():
                continue
            yield Job(
                step=step_of(declared.name),
                record=record,
                inputs=dict(declared.expand_input(wildcards)[0].items()),
                outputs=outputs,
                params={
                    name: value(wildcards) if callable(value) else value
                    for name, value in declared.params.items()
                },
            )


def unplanned(step, wildcards):
    """Whether a step computes an analysis that the study of a cohort does not ask for."""
    return step in ANALYSIS_RULES and step not in planned_rules(wildcards)


def forget_unplanned_statistics():
    """Remove what an earlier plan of a study left: the notebook reads all files of the folder."""
    analyses = [rule for rule in workflow.rules if step_of(rule.name) in ANALYSIS_RULES]
    for declared, cohort in product(analyses, documented_cohorts):
        wildcards = Wildcards(fromdict={"cohort": cohort})
        if unplanned(step_of(declared.name), wildcards):
            for path in map(Path, declared.expand_output(wildcards)[0]):
                path.unlink(missing_ok=True)


def lock_file(wildcards):
    """The packages with their versions; every rule has this input, so that all are compared."""
    rerun_what_changed()
    return project_file("envs/lock.txt")


def cohort_file(wildcards):
    """The cohort file of a cohort."""
    return project_file(f"data/{wildcards.cohort}/cohort.yaml")


def study_file(wildcards):
    """The analysis plan of a cohort."""
    return project_file(f"workflow/studies/{cohorts[wildcards.cohort].study}.yaml")


def publication_file(wildcards):
    """The ledger of printed values of a cohort's paper."""
    return project_file(
        f"workflow/publications/{cohorts[wildcards.cohort].publication}.yaml"
    )


def publication_files(wildcards):
    """The same, or nothing for a cohort without a paper."""
    return (
        [publication_file(wildcards)] if cohorts[wildcards.cohort].publication else []
    )


def reasons_files(wildcards):
    """Which verdicts a person accepted, and why; a cohort may have no such file."""
    path = project_file(f"data/{wildcards.cohort}/reasons.yaml")
    return [path] if Path(path).exists() else []


def text_folder(wildcards):
    """The folder with the author's own text about a cohort or a synthesis."""
    if "synthesis" in wildcards.keys():
        return folder_of_synthesis(wildcards.synthesis)
    return folder_of_cohort(wildcards.cohort)


def text_files(wildcards):
    """The author's own text; there may be none."""
    return own_text_paths(text_folder(wildcards), project_file)


def own_references(wildcards):
    """The author's own bibliography, or nothing."""
    return reference_paths(text_folder(wildcards), project_file)


def raw_source(wildcards):
    """Inputs other than files: whether a twin is read, and the salt of hashed ids."""
    return source_marks[wildcards.cohort]


def planned_analyses(wildcards):
    """The analyses whose rules run for a cohort; the others would write tables without a row."""
    study = studies[wildcards.cohort]
    return [analysis for analysis in ANALYSES if analysis.runs_for(study)]


def planned_rules(wildcards):
    """The rules that lead from the raw files of a cohort to its statistics."""
    rules_of_analyses = [analysis.rule for analysis in planned_analyses(wildcards)]
    return list(dict.fromkeys([*MEASURE_RULES, *rules_of_analyses]))


def statistics_files(wildcards):
    """The statistics of a cohort, a file per analysis."""
    return [
        f"results/{wildcards.cohort}/statistics/{analysis.name}.parquet"
        for analysis in planned_analyses(wildcards)
    ]


def confirmed_statistics(wildcards):
    """Those that pingouin computes, too."""
    return [
        path
        for path in statistics_files(wildcards)
        if Path(path).stem in ("correlations", "conditions", "reliability")
    ]


def record_files(wildcards):
    """Records of the steps that lead from the raw files to the statistics."""
    return [
        f"results/{wildcards.cohort}/records/{rule}.json"
        for rule in planned_rules(wildcards)
    ]


def renderer_program(wildcards):
    """The program that renders here, with its version: another one is a change."""
    return installed_renderer(choices.render_manuscript.renderer)


def template_file(wildcards):
    """The template of a cohort's manuscript."""
    return project_file(f"reports/{studies[wildcards.cohort].template}.qmd.j2")


def raw_files(wildcards):
    """The raw files that a cohort file names, and their data dictionaries."""
    return raw_paths(cohorts[wildcards.cohort], project_file)


def instrument_files(wildcards):
    """The scoring keys of the instruments that a cohort used."""
    used = {
        questionnaire.instrument
        for questionnaire in cohorts[wildcards.cohort].selections()
    }
    return [project_file(f"workflow/instruments/{name}.yaml") for name in sorted(used)]


def checked_instrument_files(wildcards):
    """The same and their look-alikes: the answers may fit another key better."""
    used = instrument_files(wildcards)
    return [*used, *look_alikes(*used)]


@cache
def look_alikes(*used):
    """The keys that these could be mistaken for: read once, not for each job that asks."""
    return look_alike_paths(used, project_file)


def entry_labels(cohort, **labels):
    """Labels of an entry of the report; they state whether the data are real or synthetic."""
    return labels | {"data": "synthetic" if cohorts[cohort].synthetic else "real"}


def document_labels(wildcards):
    """Report labels of a document as a page."""
    return entry_labels(
        wildcards.cohort, entry=wildcards.document.capitalize(), kind="page"
    )


def pdf_labels(wildcards):
    """Report labels of a document as PDF."""
    return document_labels(wildcards) | {"kind": "PDF"}


def word_labels(wildcards):
    """Report labels of a document as a Word file."""
    return document_labels(wildcards) | {"kind": "Word"}


def figure_labels(wildcards):
    """Report labels of a figure: its title and its document."""
    figure = studies[wildcards.cohort].figures[wildcards.figure]
    return entry_labels(wildcards.cohort, entry=figure.title, document=figure.document)


def table_labels(wildcards):
    """Report labels of a table: its title and its document."""
    table = studies[wildcards.cohort].tables[wildcards.table]
    return entry_labels(wildcards.cohort, entry=table.title, document=table.document)


def notebook_labels(wildcards):
    """Report labels of the notebook of statistics."""
    return entry_labels(wildcards.cohort, entry="Every statistic", kind="notebook")


def verdict_labels(wildcards):
    """Report labels of the verdict page."""
    return entry_labels(
        wildcards.cohort, entry="Published against reproduced", kind="page"
    )


def intake_page(cohort):
    """The cohort page as an entry of the report.

    Not flagged in its own rule: the report would show the parameters of that step, and one of them is
    derived from the secret that hashes ids.
    """
    return report(
        f"results/{cohort}/intake.html",
        caption="workflow/report/intake.rst",
        category="Raw data",
        subcategory=cohort,
        labels=entry_labels(cohort, entry="What the raw files hold", kind="page"),
    )


def synthesis_file(wildcards):
    """The file of a synthesis."""
    return project_file(f"workflow/syntheses/{wildcards.synthesis}.yaml")


def literature_files(wildcards):
    """The literature files that a synthesis reads."""
    names = syntheses[wildcards.synthesis].literature
    return [project_file(f"workflow/literature/{name}.yaml") for name in names]


def effect_tables(wildcards):
    """The tables of effects that a synthesis reads, in their order."""
    tables = syntheses[wildcards.synthesis].tables.values()
    return [project_file(f"workflow/syntheses/{table.path}") for table in tables]


def synthetic_cohorts(wildcards):
    """Whether the data of each cohort that enters a synthesis are made up."""
    synthesis = syntheses[wildcards.synthesis]
    entries = (*synthesis.cohorts, *synthesis.cohort_rows())
    return {entry.cohort: cohorts[entry.cohort].synthetic for entry in entries}


def facet_tables(wildcards):
    """The tables of correlations of facets that a synthesis reads, in their order."""
    facets = syntheses[wildcards.synthesis].facets
    tables = facets.tables.values() if facets else []
    return [project_file(f"workflow/syntheses/{table.path}") for table in tables]


def cohorts_with_rows(wildcards):
    """Cohorts whose rows a synthesis reads, each once."""
    rows = syntheses[wildcards.synthesis].cohort_rows()
    return list(dict.fromkeys(entry.cohort for entry in rows))


def cohort_measures(wildcards):
    """The measures of these cohorts."""
    names = cohorts_with_rows(wildcards)
    return [f"results/{name}/measures.parquet" for name in names]


def cohort_gains(wildcards):
    """The residual gains of these cohorts."""
    return [f"results/{name}/gains.parquet" for name in cohorts_with_rows(wildcards)]


def cohort_plans(wildcards):
    """The study files of these cohorts."""
    plans = [cohorts[name].study for name in cohorts_with_rows(wildcards)]
    return [project_file(f"workflow/studies/{plan}.yaml") for plan in plans]


def site_files(wildcards):
    """The files of sites that share no rows, in the order in which a synthesis names them."""
    sites = syntheses[wildcards.synthesis].sites
    return [project_file(f"workflow/syntheses/{entry.file}") for entry in sites]


def cohort_statistics(wildcards):
    """The files of statistics that hold the effects of these cohorts."""
    paths = [
        f"results/{entry.cohort}/statistics/{analysis_of(statistic, studies[entry.cohort])}.parquet"
        for entry in syntheses[wildcards.synthesis].cohorts
        for statistic in entry.statistics
    ]
    return list(dict.fromkeys(paths))


def crosswalk_files(wildcards):
    """The crosswalk of a synthesis, or nothing."""
    name = syntheses[wildcards.synthesis].crosswalk
    return [project_file(f"workflow/crosswalks/{name}.yaml")] if name else []


def crosswalk_instruments(wildcards):
    """The scoring keys that the crosswalk of a synthesis names."""
    name = syntheses[wildcards.synthesis].crosswalk
    keys = crosswalks[name].instruments if name else []
    return [project_file(f"workflow/instruments/{key}.yaml") for key in keys]


def synthesis_labels(wildcards):
    """Report labels of a synthesis."""
    synthesis = syntheses[wildcards.synthesis]
    made_up = "synthetic" if synthesis.demonstration else "real"
    return {"entry": synthesis.title, "data": made_up}


def synthesis_figure_labels(wildcards):
    """Report labels of a figure of a synthesis."""
    return synthesis_labels(wildcards) | {
        "entry": wildcards.figure,
        "document": "synthesis",
    }


# Read before Snakemake does, which says nothing of a fault in it with `--quiet all`.
CONFIGURATION = (
    "config.yaml" if Path("config.yaml").is_file() else str(ROOT / "config.yaml")
)
try:
    read_yaml(CONFIGURATION)
except AttuneError as error:
    print_when_quiet(str(error))
    raise WorkflowError(str(error)) from None


configfile: CONFIGURATION


try:
    if workflow.is_main_process:
        refuse_read_only_folders(Path.cwd())
    choices = read_config(config, workflow.configfiles)
    plan = read_run_plan(choices, project_file)
except AttuneError as error:
    print_when_quiet(str(error))
    raise WorkflowError(str(error)) from None

cohorts, studies, source_marks = plan.cohorts, plan.studies, plan.source_marks
syntheses, crosswalks = plan.syntheses, plan.crosswalks
# Those of config.yaml that get pages and documents.
documented_cohorts = [name for name in choices.cohorts if name in cohorts]
# The choices that the documents describe.
settings = choices.documented()

if workflow.is_main_process:
    for sentence in plan.sentences:
        print(sentence, file=sys.stderr)
    # Without a job that says so.
    if workflow.output_settings and workflow.output_settings.dryrun:
        for place, error in plan.refused.items():
            print(f"Left out: {place}. {error}", file=sys.stderr)

# Coverage of the intervals that kinds of figures compute, by the key of config.yaml.
figure_settings = {
    kind.interval: attrgetter(kind.interval)(choices)
    for kind in FIGURE_KINDS.values()
    if kind.interval
}
# The power of the smallest effects that kinds of tables print, in the same way.
table_powers = {
    kind.power: attrgetter(kind.power)(choices)
    for kind in TABLE_KINDS.values()
    if kind.power
}
asset_files = [
    project_file(str(file.relative_to(ROOT)))
    for file in sorted((ROOT / "reports/assets").iterdir())
]

# Rules that lead from the raw files to the measures; every other statistic has the rule of its analysis.
MEASURE_RULES = ["validate_responses", "score_scales", "impute_measures"]
ANALYSIS_RULES = [
    analysis.rule for analysis in ANALYSES if analysis.rule not in MEASURE_RULES
]

# What the analyses add to the documents; an analysis may have no such part.
analysis_parts = [
    path
    for path in [
        project_file(f"reports/analyses/{analysis.name}.qmd.j2")
        for analysis in ANALYSES
    ]
    if Path(path).exists()
]


# Which values the wildcards of a rule may have.
VALUES = {
    "cohort": list(source_marks),
    "document": ["manuscript", "supplement"],
    "synthesis": list(syntheses),
}


wildcard_constraints:
    cohort="|".join(VALUES["cohort"]) or "none",
    document="|".join(VALUES["document"]),
    synthesis="|".join(VALUES["synthesis"]) or "none",
    refused="|".join(plan.refused) or "none",
