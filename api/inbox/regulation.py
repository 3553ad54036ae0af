"""The regulation row by row: where each lives, and what happened there."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from api.request import actor, engine

pages = Blueprint("regulation", __name__, url_prefix="/regulation")


@pages.get("")
def show() -> str:
    found = engine().regulation(actor(), request.args.get("deployment", type=int))
    return render_template("regulation.html", regulation=found, room="regulation")


@pages.get("/<row>")
def row(row: str) -> str:
    found = engine().regulation(actor(), request.args.get("deployment", type=int), row)
    return render_template("regulation_row.html", regulation=found, one=found.rows[0], room="regulation")
