"""Make the synthetic twin of Ryan et al. (2012): responses that give the printed numbers.

Reads cohort.yaml of data/ryan2012_synthetic and the ledger of the paper, and writes everything else
there.
"""

import argparse
from pathlib import Path

import yaml

from attune.pipeline import statistics_of_sheets
from attune.synthetic.search import CalibrationError
from attune.synthetic.target_intervals import bound_values, missed_values
from attune_files.project import read_cohort, read_publication, read_study
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments
from maintenance.ryan2012.proofs import SEED, cohort_targets, proofs_of
from maintenance.ryan2012.raw_files import raw_files
from maintenance.ryan2012.unmet_report import readme, unmet_entries

ROOT = Path(__file__).resolve().parents[2]
COHORT = ROOT / "data" / "ryan2012_synthetic"
HEAD = "# Printed values that cannot be met, with the proof; written by `make calibrate`.\n"
FILES = {
    "sample.csv": "one row per dyad: condition, patient and therapist",
    "therapist_baseline.csv": "KIMS and INTREX of the therapist, before treatment",
    "session_3.csv": "WAI-S of therapist (wai_t) and patient (wai_p) after the third session",
    "patient_intake.csv": "SCL-90-R and IIP-32 of the patient at intake",
    "patient_termination.csv": "the same at termination",
    "cohort.yaml": "what the columns hold",
    "text/": "facts of the published study's method, each with its place in the paper",
    "unmet.yaml": "what cannot be met, with its proof",
    "reasons.yaml": "which printed values are known not to be met, and why",
}


def main() -> None:
    """Search, write, recompute, and report which values are met."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, default=COHORT, help="where to write")
    folder: Path = arguments.parse_args().folder
    cohort = read_cohort(COHORT / "cohort.yaml")
    study = read_study(ROOT / f"workflow/studies/{cohort.study}.yaml")
    used = sorted({questionnaire.instrument for questionnaire in cohort.questionnaires})
    instruments = read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in used])
    publication = read_publication(ROOT / f"workflow/publications/{cohort.publication}.yaml")
    n_bound = len(bound_values(publication))
    proofs = proofs_of(publication)
    print(f"{n_bound} printed values, {len(proofs)} of them proved contradictory.")
    print("Searching responses that meet the others ...", flush=True)
    frames = raw_files(cohort_targets(publication), cohort, instruments, SEED)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.to_csv(folder / cohort.files[name].path, index=False, lineterminator="\n")
    print("Recomputing every statistic from the files ...", flush=True)
    statistics = statistics_of_sheets(read_raw_sheets(folder, cohort), cohort, instruments, study)
    missed = missed_values(publication, {proof.value.id for proof in proofs}, statistics)
    if missed:
        raise CalibrationError("The responses do not give every printed value.", missed)
    content = {"unmet": unmet_entries(proofs, statistics)}
    text = HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    (folder / "unmet.yaml").write_text(text, encoding="utf-8")
    template = (ROOT / "reports/synthetic_cohort.md.j2").read_text(encoding="utf-8")
    text = readme(template, publication, proofs, statistics, FILES)
    (folder / "README.md").write_text(text, encoding="utf-8")
    print(f"{n_bound - len(proofs)} printed values are met to the last digit.")


if __name__ == "__main__":
    main()
