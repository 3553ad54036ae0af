"""The inbox: the tasks that wait for a person, in lists."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from api.request import actor, engine

pages = Blueprint("inbox", __name__)


@pages.get("/inbox")
def show() -> str:
    """Mine and my groups' together, or what I have done."""
    which = request.args.get("list", "open")
    if which == "done":
        return render_template("inbox.html", lists={"done": engine().inbox(actor(), "done")}, room="done")
    lists = {"mine": engine().inbox(actor(), "mine"), "groups": engine().inbox(actor(), "groups")}
    asked, startable = engine().opinions(actor()), engine().startable(actor())
    return render_template("inbox.html", lists=lists, asked=asked, startable=startable, room="inbox")
