"""Resources and their methods."""

from __future__ import annotations

from flask import Blueprint

api = Blueprint("rest", __name__, url_prefix="/api/v1")
