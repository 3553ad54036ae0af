"""The inbox: the tasks that wait for a person, in boxes, filtered, searched, sorted, page by page; all of it in the address."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for

from api.request import actor, check_csrf, engine, local_address
from engine.queries import filters
from engine.queries.filters import Box, Filters
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from engine.queries.saved_views import View

pages = Blueprint("inbox", __name__)

# In the order of the tabs: what waits for me, for my roles, for whom I stand in; what I wait for; what is done.
TABS: Mapping[Box, tuple[Text, Text]] = {
    Box.MINE: (
        Text("我的", "Mine"),
        Text("分给您本人或由您签收的任务。", "Tasks that are assigned to you or that you have claimed."),
    ),
    Box.GROUPS: (
        Text("本组", "My groups’"),
        Text("同一角色的同事都可以签收的任务。", "Tasks that anybody in your role may claim."),
    ),
    Box.SUBSTITUTED: (
        Text("代办", "In others’ place"),
        Text("您代理期间，被代理人及其角色的任务。", "Tasks of those in whose place you stand, and of their roles."),
    ),
    Box.SENT: (
        Text("我发起的", "Sent"),
        Text("您发起、转办或委托的事项正等谁办理。", "What waits with whom in matters that you began or handed on."),
    ),
    Box.FOLLOWED: (
        Text("关注", "Followed"),
        Text("您关注的事项中正等办理的任务。", "What waits in the matters that you follow."),
    ),
    Box.DONE: (Text("已办", "Done"), Text("您办结的任务。", "What you have completed.")),
}
# As every page counts them beside the inbox.
WAITING = (Box.MINE, Box.GROUPS)
_PLACES = ("after", "before")


@pages.get("/inbox")
def show() -> str | Response:
    """A saved view where the address says nothing and one is the default."""
    views = engine().inboxes.views(actor())
    usual = next((view for view in views if view.is_default), None)
    if not request.args and usual is not None:
        return redirect(_address(usual))
    g.counts = engine().inboxes.counts(actor(), TABS)
    wanted = _wanted()
    return render_template(
        "inbox.html",
        **_page(wanted),
        counts=g.counts,
        tabs=TABS,
        views=views,
        view_address=_address,
        once=secrets.token_urlsafe(16),
        choices=engine().inboxes.choices(actor()),
        asked=engine().opinions(actor()),
        startable=engine().startable(actor()),
        keys=request.cookies.get("keys", ""),
        room="done" if wanted.list is Box.DONE else "inbox",
    )


def _address(view: View) -> str:
    return f"{url_for('inbox.show')}?{urlencode({'list': Box.MINE.value, **view.query})}"


def waiting() -> int:
    """How much waits for the actor, as every page shows it; counted once a request."""
    if "counts" not in g:
        g.counts = engine().inboxes.counts(actor(), WAITING)
    return sum(g.counts[box] for box in WAITING)


def _wanted() -> Filters:
    """Where no box is asked for, the first of one's own and one's groups' in which something is."""
    if "list" in request.args:
        return filters.read(request.args)
    first = next((box for box in WAITING if g.counts[box]), Box.MINE)
    return filters.read({**request.args.to_dict(), "list": first.value})


def _page(wanted: Filters) -> dict[str, Any]:
    after, before = (request.args.get(place) or None for place in _PLACES)
    known = None if wanted.narrows else g.counts.get(wanted.list)
    page = engine().inboxes.page(actor(), wanted, after=after, before=None if after else before, count=known)
    query = {"list": wanted.list.value, **wanted.as_query()}

    def address(**changed: str | None) -> str:
        kept = {name: value for name, value in {**query, **changed}.items() if value is not None}
        return f"{url_for('inbox.show')}?{urlencode(kept)}"

    return {"wanted": wanted, "page": page, "query": query, "address": address, "is_inner": bool(after or before)}


@pages.post("/inbox/views")
def save_view() -> Response:
    """Under its name; back to the list as it was."""
    check_csrf()
    wanted = filters.read(request.form)
    engine().inboxes.save_view(
        actor(), request.form.get("name", ""), wanted, is_default=request.form.get("default") == "yes"
    )
    return redirect(f"{url_for('inbox.show')}?{urlencode({'list': wanted.list.value, **wanted.as_query()})}", 303)


@pages.post("/inbox/views/<int(max=2000000000):view_id>/delete")
def drop_view(view_id: int) -> Response:
    check_csrf()
    engine().inboxes.drop_view(actor(), view_id)
    return redirect(local_address(request.form.get("next", "/inbox")), 303)


@pages.get("/inbox/keys")
def keys() -> Response:
    """Shortcuts on or off, kept in a cookie."""
    response = redirect(local_address(request.args.get("next", "/inbox")), 303)
    response.set_cookie(
        "keys", "off" if request.args.get("to") == "off" else "", max_age=365 * 24 * 3600, samesite="Lax"
    )
    return response


@pages.post("/instances/<instance_id>/follow")
def follow(instance_id: str) -> Response:
    check_csrf()
    engine().inboxes.follow(actor(), instance_id)
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


@pages.post("/instances/<instance_id>/unfollow")
def unfollow(instance_id: str) -> Response:
    check_csrf()
    engine().inboxes.unfollow(actor(), instance_id)
    return redirect(url_for("instances.show", instance_id=instance_id), 303)
