"""Builds the wheel: the project's folders as they are here, in one folder of site-packages.

The wheel holds `attune_project/`, with the Snakefile, rules, steps, library, templates and keys at
the same places as in the repository, and `attune.pth`, which puts `attune_project/scripts` into
Python's path, as an installation with `--editable` does with `scripts`. So everything finds its
files in the same way, whether it was cloned or installed.
"""

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HOME = Path(__file__).parent
PROJECT = "attune_project"
PARTS = (
    *("Snakefile", "config.yaml", "Makefile", "LICENSE", "README.md", "pyproject.toml"),
    *("profiles", "workflow", "scripts", "reports", "envs"),
)
"""What `attune` and `snakemake` read."""
LEFT_OUT = ("__pycache__", "*.pyc", "*.egg-info", "maintenance", ".*")


class BuildProject(build_py):
    """Copies the project in place of its packages, except into an editable installation."""

    def run(self) -> None:
        """Fill the folder that becomes the wheel."""
        if self.editable_mode:
            super().run()
            return
        project = Path(self.build_lib) / PROJECT
        # What an earlier build left would go into the wheel, too.
        shutil.rmtree(project, ignore_errors=True)
        for part in (*PARTS, *published_cohorts()):
            source, target = HOME / part, project / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
            else:
                shutil.copyfile(source, target)
        path_file = Path(self.build_lib) / "attune.pth"
        path_file.write_text(f"{PROJECT}/scripts\n", encoding="utf-8")

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Every file that was written."""
        if self.editable_mode:
            return super().get_outputs(include_bytecode)
        files = sorted((Path(self.build_lib) / PROJECT).rglob("*"))
        return [str(file) for file in files if file.is_file()]


def published_cohorts() -> list[str]:
    """The folders of data/ that belong to the project; those of a lab never enter a wheel."""
    ignored = (HOME / ".gitignore").read_text(encoding="utf-8")
    return [f"data/{name}" for name in re.findall(r"^!/data/(\w+)/$", ignored, re.MULTILINE)]


setup(cmdclass={"build_py": BuildProject})
