"""`attune site-file`: the one file that a site hands over in place of rows."""

import argparse
import re
from collections import Counter
from pathlib import Path

from attune.sites.site_file import signed_text
from attune.specs.errors import SiteFileError
from attune_cli.places import project_file
from attune_files.site_files import read_key, write_new_key
from attune_files.site_project import (
    Place,
    content_of,
    limits_of,
    moments_of_raw_file,
    moments_of_run,
    read_site_project,
)
from attune_files.text_file import write_text

PARTITION_ROWS = 65_536
"""Rows of a raw file that are held at a time: with 300 items about 100 MB."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune site-file COHORT [--output FILE] [--key FILE] ...`."""
    parser.add_argument("cohort", nargs="?", help="name of its folder in data/")
    parser.add_argument("--output", metavar="FILE", help="default: COHORT_site.json here")
    parser.add_argument(
        "--key",
        metavar="FILE",
        help="the key shared with the centre (default: the variable ATTUNE_SITE_KEY)",
    )
    parser.add_argument("--name", help="what others call this site (default: the cohort's name)")
    parser.add_argument(
        "--rows",
        choices=["pairwise", "listwise"],
        default="pairwise",
        help="pairwise (default): each estimate over the dyads that have its measures; listwise:"
        " all over the dyads that have every measure, so that fewer rules apply",
    )
    parser.add_argument(
        "--raw",
        action="store_true",
        help="read the raw file in parts, without a run: for files of any size with one row per"
        " dyad",
    )
    parser.add_argument(
        "--partition-rows",
        type=int,
        default=PARTITION_ROWS,
        metavar="N",
        help=f"with --raw: rows that are read at a time (default: {PARTITION_ROWS})",
    )
    parser.add_argument("--new-key", metavar="FILE", help="only write a new random key to FILE")


def run(arguments: argparse.Namespace) -> int:
    """Write the site file, and print what it holds and what was withheld."""
    if arguments.new_key:
        write_new_key(arguments.new_key)
        print(f"{arguments.new_key}: a new key. Bring it to the centre apart from the file.")
        return 0
    name = _checked_name(arguments)
    key = read_key(arguments.key)
    place = Place(project_file)
    project = read_site_project(arguments.cohort, place, arguments.rows)
    if arguments.raw:
        site, parts = moments_of_raw_file(project, place, arguments.partition_rows)
        print(f"{site.n_dyads:,} {project.cohort.case}s, read in {parts} parts.")
    else:
        site = moments_of_run(project, place)
    content = content_of(project, site, place, name, with_statistics=not arguments.raw)
    target = arguments.output or f"{arguments.cohort}_site.json"
    write_text(target, signed_text(content, key))
    print(
        f"{target}: {len(content.sets)} sets of moments, {len(content.scales)} scales,"
        f" {len(content.statistics)} statistics; {Path(target).stat().st_size:,} bytes, no row."
    )
    for analysis, why in project.plan.left_out.items():
        print(f"Left out: {analysis}; {why}.")
    withheld = content.disclosure.withheld
    rules = limits_of(project).rules()
    for rule, number in Counter(withheld.values()).items():
        print(f"Withheld by the rule {rule}: {number}. {rules[rule]}")
        for what in sorted(entry for entry, own in withheld.items() if own == rule):
            print(f"  - {what}")
    if withheld and arguments.rows == "pairwise":
        print("With --rows listwise all estimates are over one set of people: fewer are withheld.")
    print("Read the file before you hand it over: it is text. Hand it over once.")
    return 0


def _checked_name(arguments: argparse.Namespace) -> str:
    """The name of the site, if cohort and rows are given as they should be."""
    problems = []
    if not arguments.cohort:
        problems.append("name the cohort whose file is to be made")
    if arguments.partition_rows < 1:
        problems.append(f"--partition-rows: found {arguments.partition_rows}; at least 1 is needed")
    name = arguments.name or arguments.cohort or ""
    if arguments.cohort and not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        problems.append(f"--name: found {name!r}; lower case letters, digits and underscores")
    if problems:
        raise SiteFileError("The site file cannot be made.", problems)
    return str(name)
