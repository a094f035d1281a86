"""`attune new-cohort`: a first cohort file and analysis plan, drafted from raw files."""

import argparse
import difflib
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from attune.analyses.study import check_plan
from attune.cohort_draft.cohort_text import cohort_text
from attune.cohort_draft.draft import CohortDraft
from attune.cohort_draft.draft_analyses import draft_study, lone_posttests
from attune.cohort_draft.draft_builder import draft_cohort
from attune.cohort_draft.instrument_text import instrument_text
from attune.cohort_draft.own_text_drafts import own_text_drafts
from attune.cohort_draft.study_text import study_text
from attune.cohort_draft.summary import summary_text
from attune.printing.apa import counted
from attune.specs.cohort import Cohort
from attune.specs.errors import AttuneError, ConfigurationError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune_cli.draft_files import read_tables
from attune_cli.places import ROOT, project_files
from attune_files.project import read_cohort, read_study
from attune_files.yaml_file import read_instruments, read_yaml

CHOICES = Path("config.yaml")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune new-cohort FILE... --name NAME [--id COLUMN]`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="raw files of any format")
    parser.add_argument("--name", required=True, help="the cohort's id, such as mylab")
    parser.add_argument("--id", metavar="COLUMN", help="the column that names the dyad")


def run(arguments: argparse.Namespace) -> int:
    """Draft data/NAME/cohort.yaml and workflow/studies/NAME.yaml, or show what would differ."""
    files = [Path(file) for file in arguments.files]
    name = _checked_name(arguments.name)
    folder = Path("data") / name
    study_path = Path("workflow/studies") / f"{name}.yaml"
    _check_unused(name, folder, study_path, files)
    _check_files(files, folder)
    instruments = read_instruments(project_files("workflow/instruments/*.yaml"))
    tables, unread = read_tables(files)
    draft = draft_cohort(name, tables, instruments, arguments.id, unread)
    study = draft_study(draft, instruments)
    keys = {
        Path("workflow/instruments") / f"{key.name}.yaml": instrument_text(key, name)
        for key in draft.open_keys.values()
    }
    texts = {folder / "cohort.yaml": cohort_text(draft), study_path: study_text(draft, study)}
    cohort, plan = _check_drafts(name, texts | keys, instruments)
    sheets = {file.table.name: file.table.sheet for file in draft.files}
    draft = replace(draft, lone_posttests=lone_posttests(cohort, plan, instruments, sheets))
    texts[folder / "cohort.yaml"] = cohort_text(draft)
    print(summary_text(draft, study, instruments))
    print()
    _copy(_needed(files, draft), folder)
    written = [path for path, text in (texts | keys).items() if _write_or_show(path, text)]
    _write_text_drafts(folder / "text")
    if not CHOICES.exists():
        _write_or_show(CHOICES, choices_of_one(name, (ROOT / CHOICES).read_text(encoding="utf-8")))
    _print_next_steps(name, written, texts[folder / "cohort.yaml"])
    return 0


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "mylab"
        plain = plain if plain[0].isalpha() else f"cohort_{plain}"
        raise ConfigurationError(
            f"{name!r} cannot be the name of a cohort.",
            [f"It has lower case letters, digits and underscores, a letter first: try {plain!r}."],
        )
    return name


def _check_unused(name: str, folder: Path, study: Path, files: Sequence[Path]) -> None:
    """Reject a name that another cohort or study has."""
    place = folder / "cohort.yaml"
    shipped = [path for path in project_files("data/*/cohort.yaml") if path.parent.name == name]
    if place.exists() or shipped:
        found = place if place.exists() else shipped[0]
        content = read_yaml(found)
        declared = content.get("files") if isinstance(content, dict) else None
        entries = declared.values() if isinstance(declared, dict) else []
        paths = {entry.get("path") for entry in entries if isinstance(entry, dict)}
        if not place.exists() or not paths & {file.name for file in files}:
            raise ConfigurationError(
                f"The name {name!r} is already used by data/{name}/cohort.yaml.",
                ["It names other files than yours. Choose another --name."],
            )
    elif study.exists() and not folder.exists():
        raise ConfigurationError(
            f"The name {name!r} is already used by workflow/studies/{name}.yaml.",
            ["It is the analysis plan of another cohort. Choose another --name."],
        )


def _check_files(files: Sequence[Path], folder: Path) -> None:
    """Reject files that do not exist, share a name, or would overwrite another file."""
    problems = []
    for file in files:
        if not file.is_file():
            what = "is a folder" if file.is_dir() else "does not exist"
            problems.append(f"{file.name} {what}. Name the raw files one by one.")
        elif sum(file.name == other.name for other in files) > 1:
            problems.append(f"two files are called {file.name}. Rename one of them.")
        elif file.name.startswith("."):
            problems.append(f"{file.name} begins with a dot. Rename it.")
        elif (folder / file.name).exists() and not _same(file, folder / file.name):
            problems.append(
                f"{folder / file.name} exists already with different content. Rename your file, or"
                " delete the older one."
            )
    if problems:
        raise ConfigurationError(
            "The files cannot be used. Nothing was written.", list(dict.fromkeys(problems))
        )


def _same(one: Path, other: Path) -> bool:
    return one.samefile(other) or one.read_bytes() == other.read_bytes()


def _check_drafts(
    name: str, texts: dict[Path, str], instruments: Mapping[str, Instrument]
) -> tuple[Cohort, Study]:
    """Read the drafts as the pipeline will, so that no invalid draft is written."""
    with tempfile.TemporaryDirectory() as scratch:
        for path, text in texts.items():
            target = Path(scratch) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        cohort_path, study_path, *keys = (Path(scratch) / path for path in texts)
        try:
            read_instruments(keys)
            study, cohort = read_study(study_path), read_cohort(cohort_path)
            check_plan(study, cohort, instruments)
        except AttuneError as error:
            raise ConfigurationError(
                f"The draft for {name} is not a valid cohort file, which is an error of attune."
                " Nothing was written.",
                error.problems,
            ) from None
    return cohort, study


def _needed(files: Sequence[Path], draft: CohortDraft) -> list[Path]:
    """The files that the draft names."""
    named = {file.table.path for file in draft.files}
    named |= {str(file.table.settings.get("dictionary")) for file in draft.files}
    return [file for file in files if file.name in named]


def _copy(files: Sequence[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        target = folder / file.name
        if not target.exists():
            shutil.copyfile(file, target)
            print(f"copied {file.name} to {folder.as_posix()}/")


def _write_or_show(path: Path, text: str) -> bool:
    """Write a draft if there is no file; else show how the present file differs from it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"wrote  {path.as_posix()}")
        return True
    present = path.read_text(encoding="utf-8")
    if present == text:
        print(f"{path.as_posix()} is the same as the new draft.")
        return False
    print(f"{path.as_posix()} exists and was left unchanged. A new draft would change:")
    lines = difflib.unified_diff(
        present.splitlines(), text.splitlines(), "present file", "new draft", lineterm=""
    )
    print("\n".join(lines))
    print(f"To take the new draft, delete or rename {path.as_posix()} and run this again.")
    return False


def _write_text_drafts(folder: Path) -> None:
    """Draft the files of the author's own text that are not there."""
    new = {name: text for name, text in own_text_drafts().items() if not (folder / name).exists()}
    folder.mkdir(exist_ok=True)
    for name, text in new.items():
        (folder / name).write_text(text, encoding="utf-8")
    if new:
        print(f"wrote  {folder.as_posix()}/ for your own text: {', '.join(new)}")


def choices_of_one(name: str, shipped: str) -> str:
    r"""The text of a config.yaml with one cohort and no synthesis, and all else as attune ships it.

    Examples
    --------
    >>> print(choices_of_one("mylab", "cohorts:\n  - help\nsyntheses: [a]\nseed: 2012"))
    cohorts:
      - mylab
    syntheses: []
    seed: 2012
    """
    cohorts = re.sub(r"(?m)^(cohorts:.*\n)(?: +- .*\n)+", rf"\g<1>  - {name}\n", shipped)
    return re.sub(r"(?m)^syntheses: \[.*?\]", "syntheses: []", cohorts)


def _print_next_steps(name: str, written: Sequence[Path], text: str) -> None:
    if not written:
        return
    print()
    print("Next")
    checks = len(re.findall("CHECK: ", text))
    remarks = counted(checks, "remark")
    print(f"  1. Edit data/{name}/cohort.yaml: every TODO, and {remarks} with CHECK.")
    print(f"  2. attune check {name}")
    print(f"  3. Declare your hypotheses in workflow/studies/{name}.yaml.")
    if f"  - {name}\n" in CHOICES.read_text(encoding="utf-8"):
        print("  4. attune run")
    else:
        print(f"  4. Add `- {name}` under cohorts in config.yaml, then: attune run")
    print(
        f"The text that no data can give (introduction, procedure, discussion, authors) goes to"
        f" data/{name}/text;\nthe prompts in its files say what to write where (docs/your_text.md)."
    )
    print(
        f"data/{name} now holds your raw files, and results/{name} will hold their answers: keep"
        " both out of public\nrepositories (this project's .gitignore leaves them out)."
    )
