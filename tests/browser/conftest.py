"""A real server on a free port, a real Chromium, a page that fails its test on any console error."""

import threading

import pytest
import waitress
from playwright.sync_api import sync_playwright

from api.app import create_app
from api.sandbox import sandbox_configuration
from engine import Engine
from engine.cases import read_case
from engine.cases.running import World, populate
from engine.clock import VirtualClock
from engine.migrations import upgrade
from engine.transaction import make_sessions, open_database
from tests.browser import chromium
from tests.browser.visitor import Visitor
from tests.people import ADMIN, KEYS, S1

# A refused form is an answer, Chromium calls it an error; a refresh that a newer one replaced is one to htmx.
_NO_PROBLEM = ("422", "htmx:sendAbort", "htmx:afterRequest")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def site(tmp_path, bundle):
    """A sandbox with S1's people and nothing started; `site(path)` plays another case's people instead."""
    servers, closing = [], []

    def serve(path=S1):
        case = read_case(path)
        database = open_database(f"sqlite:///{tmp_path / 'site.db'}")
        upgrade(database)
        clock = VirtualClock(case.starts_at)
        engine = Engine(make_sessions(database), clock, keys=KEYS)
        populate(World(engine, clock, path.parent), case, bundle)
        engine.add_person(ADMIN, id="admin", name="管理员辛", roles=["admin"])
        server = waitress.create_server(
            create_app(engine, sandbox_configuration("", 0)), host="127.0.0.1", port=0, threads=4
        )
        threading.Thread(target=run, args=(server,), daemon=True).start()
        servers.append(server)
        engine.address = f"http://127.0.0.1:{server.effective_port}"
        return engine

    def run(server):
        try:
            server.run()
        except OSError:
            if not closing:
                raise  # while it is being closed, its loop may look at a socket that has just gone

    yield serve
    closing.append(True)
    for server in servers:
        server.close()


@pytest.fixture
def visit(browser):
    """A visitor for a site; the browser's console must stay free of errors."""
    contexts, problems = [], []

    def begin(engine, **options):
        context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        return Visitor(page, engine)

    yield begin
    for context in contexts:
        context.close()
    assert [text for text in problems if not any(known in text for known in _NO_PROBLEM)] == []
