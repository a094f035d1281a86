"""`attune pool-sites`: check the files of several sites, and pool them."""

import argparse
import csv
import io
from collections.abc import Sequence

from attune.printing.apa import counted
from attune.sites.pooling import MODELS, PooledEstimate, check_sites, pool_sites, site_of_file
from attune.specs.errors import SiteFileError
from attune_cli.places import project_file
from attune_files.site_files import read_key, read_site_files
from attune_files.site_project import Place, expected_content, read_site_project
from attune_files.steps.file_sums import sha256_of
from attune_files.text_file import write_text

COLUMNS = (
    *("id", "model", "sites", "estimate", "se", "df", "n", "p", "ci_low", "ci_high", "tau"),
    "reason",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune pool-sites FILE... --cohort COHORT [--key FILE]... [--output FILE.csv]`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="what `attune site-file` wrote")
    parser.add_argument(
        "--cohort",
        required=True,
        help="a cohort of the centre with the same study: its plan, scoring keys and conditions are"
        " what the files are held to; its rows are not read",
    )
    parser.add_argument(
        "--key", action="append", metavar="FILE", help="a key; repeat it if sites have their own"
    )
    parser.add_argument("--rows", choices=["pairwise", "listwise"], default="pairwise")
    parser.add_argument("--interval", type=float, default=0.95, help="coverage (default: 0.95)")
    parser.add_argument("--output", metavar="FILE.csv", help="write every estimate to a file")


def run(arguments: argparse.Namespace) -> int:
    """Check, pool and print."""
    if not 0.5 < arguments.interval < 1:
        raise SiteFileError(f"--interval: found {arguments.interval}; allowed are 0.5 to 1.")
    keys = [read_key(path) for path in arguments.key or [None]]
    place = Place(project_file)
    project = read_site_project(arguments.cohort, place, arguments.rows)
    contents = read_site_files(arguments.files, keys)
    check_sites(contents, project.plan, expected_content(project, place))
    sites = [site_of_file(content) for content in contents.values()]
    pooled = pool_sites(sites, project.study, project.plan, arguments.interval)
    for path, content in contents.items():
        withheld = len(content.disclosure.withheld)
        size = "" if content.n_dyads is None else f", {counted(content.n_dyads, 'dyad')}"
        print(
            f"{content.site} ({path}){size}: signature fits, {counted(withheld, 'set')} withheld."
        )
        print(f"  sha256 {sha256_of(path)}")
    if any(content.synthetic for content in contents.values()):
        print("SYNTHETIC DATA: these numbers are evidence of nothing.")
    print("\n".join(_lines(pooled)))
    if arguments.output:
        write_text(arguments.output, _as_csv(pooled))
        print(f"{arguments.output}: {len(pooled)} estimates.")
    return 0


def _lines(pooled: Sequence[PooledEstimate]) -> list[str]:
    """One line per estimate, under the name of its model."""
    lines = []
    for model, words in MODELS.items():
        own = [one for one in pooled if one.model == model]
        if not own:
            continue
        lines += ["", f"{words.capitalize()}:"]
        width = max(len(one.id) for one in own)
        lines += [f"  {one.id:<{width}}  {_numbers(one)}" for one in own]
    return lines


def _numbers(one: PooledEstimate) -> str:
    found = one.estimate
    if found is None:
        return f"undefined: {one.reason}"
    limits = "" if found.ci_low is None else f" [{found.ci_low:.3f}, {found.ci_high:.3f}]"
    p = "" if found.p is None else f", p = {found.p:.3g}"
    return f"{found.estimate:.3f}{limits}{p}, n = {found.n}, {counted(len(one.sites), 'site')}"


def _as_csv(pooled: Sequence[PooledEstimate]) -> str:
    """All digits of every estimate."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in pooled:
        found = one.estimate
        parts = ("estimate", "se", "df", "n", "p", "ci_low", "ci_high")
        numbers = [None if found is None else getattr(found, part) for part in parts]
        writer.writerow([one.id, one.model, " ".join(one.sites), *numbers, one.tau, one.reason])
    return text.getvalue()
