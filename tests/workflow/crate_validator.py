"""The public validator of RO-Crates, without a network.

The validator looks words up in two documents of w3id.org. It reads them from its cache here, which
is filled with the words that the package rocrate brings; four of them are those of version 1.3 and
are set back to what version 1.1 says.
"""

import io
import json
from importlib.resources import files
from pathlib import Path

import requests
import urllib3
from requests_cache import CachedSession
from rocrate_validator.models import Severity
from rocrate_validator.services import ValidationSettings, validate

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
TERMS = "https://w3id.org/ro/terms/workflow-run"
BIOSCHEMAS = "https://bioschemas.org"
OF_VERSION_1_1 = {
    "ComputationalWorkflow": f"{BIOSCHEMAS}/ComputationalWorkflow",
    "FormalParameter": f"{BIOSCHEMAS}/FormalParameter",
    "input": f"{BIOSCHEMAS}/ComputationalWorkflow#input",
    "output": f"{BIOSCHEMAS}/ComputationalWorkflow#output",
}


def violations(crate: Path, cache: Path) -> list[str]:
    """What the validator says against a crate; only what the profile requires.

    `crate` is a zip or a folder, `cache` a path at which the cache may be written.
    """
    brought = json.loads((files("rocrate") / "data/ro-crate.jsonld").read_text("utf-8"))
    words = brought["@context"] | OF_VERSION_1_1
    _fill(cache, f"{CONTEXT}", words)
    _fill(cache, f"{TERMS}/context", {"sha256": f"{TERMS}#sha256"})
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier="workflow-run-crate",
        requirement_severity=Severity.REQUIRED,
        offline=True,
        cache_path=cache,
    )
    result = validate(settings)
    assert result.passed() == (not result.get_issues())
    return [str(issue.message) for issue in result.get_issues()]


def _fill(cache: Path, address: str, words: dict[str, object]) -> None:
    """Put a document into the validator's cache, as if it had been fetched."""
    body = json.dumps({"@context": words}).encode()
    session = CachedSession(str(cache), backend="sqlite", expire_after=-1)
    for headers in ({}, {"Accept": "application/ld+json, application/json"}):
        answer = requests.Response()
        answer.status_code = 200
        answer.url = address
        answer._content = body
        answer.headers["Content-Type"] = "application/ld+json"
        answer.request = requests.Request("GET", address, headers=headers).prepare()
        answer.raw = urllib3.HTTPResponse(
            io.BytesIO(body), answer.headers, 200, preload_content=False, request_url=address
        )
        session.cache.save_response(answer, session.cache.create_key(answer.request))
    session.close()
