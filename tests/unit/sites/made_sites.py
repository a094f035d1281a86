"""A cohort's dyads dealt to sites, the moments of each, and its signed file."""

import hashlib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from attune.intake.validation import validate_responses
from attune.pipeline import CohortData, prepare, study_statistics
from attune.sites.disclosure import Limits, release
from attune.sites.moment_set import Rows
from attune.sites.pooling import Site, site_of_file
from attune.sites.rows_to_moments import run_moments
from attune.sites.site_file import (
    SiteContent,
    content_hash,
    read_site_text,
    signed_text,
    site_content,
)
from attune.sites.site_moments import SiteMoments
from attune.sites.site_plan import SitePlan, site_plan
from attune.specs.study_checks import pretests
from attune.store.contracts import GIVEN_SCORES, SAMPLE, conform
from attune_files.project import read_parts
from attune_files.raw.sheets import read_raw_sheets

ROOT = Path(__file__).parents[3]
COHORT, STUDY, KEYS = read_parts("ryan2012_synthetic", lambda path: str(ROOT / path))
KEY = b"0123456789abcdef0123456789abcdef"
OTHER_KEY = b"fedcba9876543210fedcba9876543210"


def plan_of(rows: Rows = "pairwise") -> SitePlan:
    return site_plan(STUDY, COHORT, KEYS, rows)


@cache
def cohort_data() -> CohortData:
    """The shipped synthetic twin: 26 dyads, with missing questionnaires."""
    sheets = read_raw_sheets(ROOT / "data/ryan2012_synthetic", COHORT)
    validated = validate_responses(sheets, COHORT, KEYS, pretests(STUDY))
    return CohortData(
        validated.responses,
        conform(validated.sample, SAMPLE),
        conform(validated.given_scores, GIVEN_SCORES),
    )


def dealt(n_sites: int) -> list[np.ndarray]:
    """Masks of the dyads of each site."""
    number = np.arange(len(cohort_data().sample)) % n_sites
    return [number == site for site in range(n_sites)]


def moments_of(dyads: np.ndarray, rows: Rows = "pairwise") -> SiteMoments:
    """Moments of some dyads, from what a run would store of them."""
    data = cohort_data().of_dyads(dyads)
    inputs = prepare(data, COHORT, KEYS, STUDY)
    return run_moments(inputs.measures, data.responses.to_batches(), COHORT, KEYS, plan_of(rows))


def content_of(
    dyads: np.ndarray, name: str = "north", limits: Limits | None = None, rows: Rows = "pairwise"
) -> SiteContent:
    """The content of the file of a site with these dyads; by default nobody is protected."""
    site, plan = moments_of(dyads, rows), plan_of(rows)
    limits = limits or Limits(0)
    about = {
        "site": name,
        "title": "A site",
        "synthetic": True,
        "made_with": {"attune": "0.1.0", "lock": hashlib.sha256(b"lock").hexdigest()},
        "plan": {"study": STUDY.study, "sha256": content_hash(STUDY.model_dump(mode="json"))},
        "keys": {
            key: {
                "version": KEYS[key].version,
                "sha256": content_hash(KEYS[key].model_dump(mode="json")),
            }
            for key in ("kims", "wai_s", "scl_90_r", "iip_32")
        },
        "measures": {
            key: {"label": key, "unit": "years" if key == "experience" else ""}
            for key in plan.measures
        },
    }
    return site_content(site, plan, release(site, plan, limits), limits, about)


def site_of(dyads: np.ndarray, name: str, rows: Rows = "pairwise") -> Site:
    """A site as the centre has it: written, signed, read."""
    text = signed_text(content_of(dyads, name, rows=rows), KEY)
    return site_of_file(read_site_text(text, [KEY], name))


@cache
def raw_statistics() -> pd.DataFrame:
    """The statistics of all rows together, by the pipeline of cohorts."""
    found = study_statistics(cohort_data(), COHORT, KEYS, STUDY, resampling=False)
    return found.set_index("id")
