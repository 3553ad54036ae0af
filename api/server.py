"""Serving the web application: one process, threads, the tick beside it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import waitress

from api.app import create_app
from api.worker import start_beside

if TYPE_CHECKING:
    from api.configuration import Configuration
    from engine import Engine

_THREADS = 8


def serve(configuration: Configuration, engine: Engine) -> None:
    """Serve until the process ends; what a killed process left undelivered is delivered first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    engine.tick()
    scheduler = start_beside(engine, configuration.tick_seconds)
    app = create_app(engine, configuration)
    try:
        waitress.serve(
            app,
            host=configuration.host,
            port=configuration.port,
            threads=_THREADS,
            ident=None,
            clear_untrusted_proxy_headers=not configuration.proxies,
            max_request_body_size=30_000_000,
        )
    finally:
        scheduler.shutdown(wait=False)
