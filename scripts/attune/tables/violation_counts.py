"""How often each rule was broken, as statistics."""

import pandas as pd

from attune.contracts import STATISTICS
from attune.tables.sample_tables import SEVERITIES


def violation_counts(violations: pd.DataFrame) -> pd.DataFrame:
    """Counts of violations by severity and by rule.

    Parameters
    ----------
    violations : pandas.DataFrame
        Contract `VIOLATIONS`.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`: `violations.<severity>.count` for each severity, also where it is
        0, and `violations.<severity>.<rule>.count` for each rule that was broken.

    Examples
    --------
    >>> found = pd.DataFrame({"severity": ["note", "note"], "rule": ["constant_item"] * 2})
    >>> counts = violation_counts(found).set_index("id")["estimate"]
    >>> [int(counts[f"violations.{each}.count"]) for each in ("error", "note.constant_item")]
    [0, 2]
    """
    counts = {f"violations.{each}.count": 0 for each in SEVERITIES}
    for severity, rule in zip(violations["severity"], violations["rule"], strict=True):
        for place in (severity, f"{severity}.{rule}"):
            identifier = f"violations.{place}.count"
            counts[identifier] = counts.get(identifier, 0) + 1
    rows = [
        {
            "id": identifier,
            "analysis": "violations",
            "statistic": "count",
            "estimate": float(number),
        }
        for identifier, number in counts.items()
    ]
    return pd.DataFrame(rows, columns=STATISTICS.schema.names)
