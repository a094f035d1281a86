"""attune: from the raw questionnaires of a therapist-patient study to an audited manuscript.

The rule files follow the data; each can be read alone.
"""

from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")

ROOT = Path(workflow.current_basedir)


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/refuse_files.smk"
include: "workflow/rules/validate_responses.smk"
include: "workflow/rules/check_cohort.smk"
include: "workflow/rules/score_scales.smk"
include: "workflow/rules/impute_measures.smk"


# The rules that the analyses declare (`ANALYSES` of attune.analyses.registry), in their order, such
# as compute_residual_gains, correlate_measures, fit_growth and analyse_trial. A new analysis is
# included without a change here.
for rule_of_analysis in ANALYSIS_RULES:

    include: f"workflow/rules/{rule_of_analysis}.smk"


include: "workflow/rules/explain_statistics.smk"
include: "workflow/rules/confirm_statistics.smk"
include: "workflow/rules/build_tables.smk"
include: "workflow/rules/build_notebook.smk"
include: "workflow/rules/show_tables.smk"
include: "workflow/rules/plot_figures.smk"
include: "workflow/rules/build_manuscript.smk"
include: "workflow/rules/render_manuscript.smk"
include: "workflow/rules/audit_publication.smk"
include: "workflow/rules/judge_values.smk"
include: "workflow/rules/render_verdict.smk"
include: "workflow/rules/accept_verdicts.smk"
include: "workflow/rules/synthesise_studies.smk"
include: "workflow/rules/tabulate_synthesis.smk"
include: "workflow/rules/plot_synthesis.smk"
include: "workflow/rules/explain_synthesis.smk"
include: "workflow/rules/write_synthesis.smk"
include: "workflow/rules/render_synthesis.smk"


rule all:
    default_target: True
    input:
        expand("results/{refused}/records/refuse_files.json", refused=plan.refused),
        [intake_page(cohort) for cohort in documented_cohorts],
        expand("results/{cohort}/confirmation.json", cohort=documented_cohorts),
        expand("results/{cohort}/statistics.ipynb", cohort=documented_cohorts),
        expand("results/{cohort}/table_pages", cohort=documented_cohorts),
        expand(
            "results/{cohort}/{document}.{format}",
            cohort=documented_cohorts,
            document=["manuscript", "supplement"],
            format=FORMATS,
        ),
        [
            f"results/{cohort}/{judged}"
            for cohort in documented_cohorts
            if cohorts[cohort].publication
            for judged in ("verdict.html", "verdicts_accepted.json")
        ],
        expand(
            "results/synthesis/{synthesis}/synthesis.{format}",
            synthesis=list(syntheses),
            format=FORMATS,
        ),


# What is asked for by its name and belongs to a refused cohort: it waits for the step that stops.
rule await_refused:
    input:
        "results/{refused}/records/refuse_files.json",
    output:
        "results/{refused}/{file}",
    wildcard_constraints:
        file="(?!records/refuse_files.json).+",


onstart:
    # Before the first job: Snakemake deletes the outputs of a job when it starts.
    refuse_edited_documents(records_of_this_run())
    fork_steps(workflow, ROOT / "scripts")


onerror:
    print(
        failure_summary(Path("logs"), STARTED, choices.cohorts)
        or "The run did not finish; the messages above say why.",
        file=sys.stderr,
    )
