"""A real Chromium, and the pages of a finished run served from this machine."""

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright

COHORTS = ("ryan2012_synthetic", "help", "btheb", "alliance_growth_synthetic", "mcbi_synthetic")
DOCUMENTS = ("manuscript", "supplement", "verdict", "intake")
PAGES = [f"{cohort}/{document}.html" for cohort in COHORTS for document in DOCUMENTS]
MANUSCRIPTS = [path for path in PAGES if "manuscript" in path or "supplement" in path]
VERDICTS = [path for path in PAGES if "verdict" in path]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}

# A browser at rest looks for updates and the like; nothing but the pages may ask for anything.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: what goes wrong is seen in the browser."""

    def do_GET(self) -> None:
        """Serve a file; the icon that every browser requests may be missing."""
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture(scope="session")
def address(finished: Path) -> Iterator[str]:
    """Where the results of the finished run are served: a free port of the loopback."""
    serve = functools.partial(_Silent, directory=str(finished / "results"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, without a window.

    It is closed after each module: while Playwright runs, its event loop does, which other tests
    of the same process would meet.
    """
    path = os.environ.get("ATTUNE_BROWSER")
    if not path:
        pytest.skip("ATTUNE_BROWSER names no browser; `make test` and `make test-browser` find one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page, its errors and warnings, and its requests to other hosts."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("request", self._asked)

    def open(self, path: str) -> Page:
        """Go to a page of the results."""
        answer = self.page.goto(f"{self.address}/{path}", wait_until="load")
        assert answer is not None and answer.ok, path
        return self.page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and not request.url.startswith(
            self.address
        ):
            self.elsewhere.append(request.url)


@pytest.fixture(scope="module")
def on_desktop(
    browser: Browser, address: str, request: pytest.FixtureRequest
) -> Iterator[tuple[Visit, Page]]:
    """One page, by its path, opened once in a wide window for all tests that change nothing."""
    with browser.new_context(viewport=DESKTOP) as context:
        visit = Visit(context.new_page(), address)
        yield visit, visit.open(request.param)


@pytest.fixture(scope="module")
def on_phone(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The same on a narrow screen that is touched."""
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        yield Visit(context.new_page(), address).open(request.param)


@pytest.fixture
def desktop(browser: Browser, address: str) -> Iterator[Visit]:
    """A page in a wide window."""
    context = browser.new_context(viewport=DESKTOP)
    yield Visit(context.new_page(), address)
    context.close()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visit]:
    """A page on a narrow screen that is touched."""
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    yield Visit(context.new_page(), address)
    context.close()


def numbers(page: Page) -> Locator:
    """The numbers of a document that can be explained."""
    return page.locator("span.stat[data-id]")


def explanation(page: Page) -> Locator:
    """The box in which they are."""
    return page.locator("#explanation")


def verdict_rows(page: Page) -> list[dict[str, Any]]:
    """What the rows in sight are sorted and filtered by, in their order on the page of verdicts."""
    rows = page.locator("#all-values tbody tr[data-verdict]")
    script = "(all) => all.filter((row) => !row.hidden).map((row) => ({...row.dataset}))"
    return list(rows.evaluate_all(script))


def barriers(page: Page, *, contrast: bool = True) -> list[str]:
    """What axe finds against a page, three places of each rule.

    What passes is not asked for: of a long page it is a list of megabytes. `contrast`: of every
    text to what is behind it, which takes longer than all other rules together.
    """
    rules = {"color-contrast": {"enabled": contrast}}
    options = {"resultTypes": ["violations"], "rules": rules}
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in Axe().run(page, options=options).response["violations"]
        for node in rule["nodes"][:3]
    ]
