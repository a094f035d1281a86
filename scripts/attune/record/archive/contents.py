"""The files of a finished run that go into an archive, with contract and media type."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from attune.record.archive.sharing import holds_rows
from attune.store.contracts import CONTRACTS, RELIABILITY, STATISTICS, TABLE, Contract

_CONTRACTS: dict[str, Contract] = {
    f"{contract.name}.parquet": contract
    for contract in CONTRACTS
    if contract not in (STATISTICS, TABLE)
}

AGGREGATE_RESULTS = (
    *("manuscript.*", "supplement.*", "*_numbers.csv", "*_numbers.html"),
    *("verdict.html", "verdicts_accepted.json", "letter.*"),
    *("explanations.json", "confirmation.json", "statistics.ipynb"),
    *("figures/*", "table_pages/*", "records/*"),
)
"""Aggregate results. If rows of single dyads may not be shared, an archive holds these and the
tables without such rows, and nothing else: neither the page of the raw files, which quotes single
cells, nor anything that a later version may add."""

NOT_SUPPRESSED = (RELIABILITY,)
"""Aggregate tables without small-cell suppression; the statistics repeat what may be shared."""


def contract_of(path: str) -> Contract | None:
    """The contract of a table, given its path below the cohort's results.

    Examples
    --------
    >>> contract_of("statistics/gains.parquet").name, contract_of("gains.parquet").name
    ('statistics', 'gains')
    >>> contract_of("manuscript.html")
    """
    folder, _, name = path.rpartition("/")
    if not name.endswith(".parquet"):
        return None
    return {"statistics": STATISTICS, "tables": TABLE}.get(folder) or _CONTRACTS.get(path)


def is_aggregate(path: str) -> bool:
    """Whether a result may go into an archive without rows of single dyads.

    Examples
    --------
    >>> [is_aggregate(path) for path in ("manuscript.pdf", "scores.parquet", "intake.html")]
    [True, False, False]
    >>> is_aggregate("confirmation.json") and is_aggregate("supplement_numbers.csv")
    True
    >>> is_aggregate("reliability.parquet"), is_aggregate("statistics/reliability.parquet")
    (False, True)
    """
    contract = contract_of(path)
    if contract is not None:
        return not holds_rows(contract) and contract not in NOT_SUPPRESSED
    return any(fnmatchcase(path, pattern) for pattern in AGGREGATE_RESULTS)


_ENCODINGS = {
    **{".csv": "text/csv", ".html": "text/html", ".json": "application/json"},
    **{".md": "text/markdown", ".pdf": "application/pdf", ".png": "image/png"},
    **{".py": "text/x-python", ".svg": "image/svg+xml", ".txt": "text/plain"},
    **{".css": "text/css", ".js": "text/javascript", ".bib": "application/x-bibtex"},
    **{".yaml": "application/yaml", ".toml": "application/toml", ".smk": "text/x-snakemake"},
    **{".xml": "application/xml"},
    **{".parquet": "application/vnd.apache.parquet", ".ipynb": "application/x-ipynb+json"},
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def encoding_of(path: str) -> str:
    """The media type of a file, by its ending.

    Examples
    --------
    >>> encoding_of("data/small/intake.csv")
    'text/csv'
    """
    dot = path.rfind(".")
    ending = path[dot:] if dot > path.rfind("/") else ""
    return _ENCODINGS.get(ending, "text/plain" if not ending else "application/octet-stream")


def synthesis_config(
    config: Mapping[str, object], synthesis: str, cohorts: Mapping[str, str]
) -> dict[str, object]:
    """The choices of config.yaml for one synthesis alone.

    Parameters
    ----------
    config : mapping
    synthesis : str
    cohorts : mapping of str to str
        Cohorts whose statistics enter -> "real" or "synthetic".

    Examples
    --------
    >>> synthesis_config({"cohorts": ["small"], "seed": 7}, "all", {"small": "real"})
    {'cohorts': [], 'seed': 7, 'syntheses': ['all'], 'given_statistics': {'small': 'real'}}
    """
    own = {"cohorts": [], "syntheses": [synthesis], "given_statistics": dict(cohorts)}
    return {**config, **own}


def reduced_config(config: Mapping[str, object], cohort: str) -> dict[str, object]:
    """The choices of config.yaml for one cohort alone.

    Examples
    --------
    >>> reduced_config({"cohorts": ["small", "other"], "syntheses": ["all"], "seed": 7}, "small")
    {'cohorts': ['small'], 'seed': 7}
    """
    # A synthesis may need other cohorts, and has results of its own.
    left_out = ("syntheses", "given_statistics")
    own = {key: value for key, value in config.items() if key not in left_out}
    return {**own, "cohorts": [cohort]}
