"""Every page that there is: worlds in which things exist, and of each kind of page one.

The addresses are found as a person finds them, along the links, but by the test client, which is quick.
"""

import io
import re
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, urlsplit
from zipfile import ZipFile

from lxml import html
from werkzeug.exceptions import HTTPException

from api.app import create_app
from api.sandbox import sandbox_configuration
from engine import Engine
from engine.bundle import make_bundle, read_folder
from engine.cases import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.examining import examine
from engine.files import Handed
from engine.gate import Extension, Wanted
from engine.signing_in import Origin
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.api.test_pages_incidents import PAUSE
from tests.api.visiting import SECRET, Visitor, application
from tests.engine.bundles import drawn, flow, line, small, task
from tests.engine.commands.office import WITH_CENTRE, open_office, task_at
from tests.engine.commands.test_calendars import FILE
from tests.engine.commands.test_corrections import CHOOSE, again
from tests.engine.test_files import PDF
from tests.people import ADMIN, BUNDLE, KEYS, S1

AWARDS = "人员编号,奖项,名称,年份\nworker,海河工匠,第三届,2023\n"
REVISED = BUNDLE.parent / "tianjin-2026-fictional"
PLAYED = ("cases/supervision-draw.yaml",)
NO_CASE = "case: 没有的流程\nstarts_at: 2026-04-01 09:00\nsteps: [{start: nothing, by: nobody}]\n".encode()
WRONG = AWARDS + "nobody,海河工匠,y,x\n"
KEEPERS = {"root": "admin", "sec": "security", "aud": "audit", "own": "owner", "bureau": "bureau"}
_ID = re.compile(r"[0-9a-f]{8,}|[0-9]+|T0+[0-9]*")


@dataclass(frozen=True)
class Place:
    """An address as one person of one world sees it; `press` is the button to press there before one looks."""

    world: str
    person: str | None
    path: str
    press: str = ""
    status: int = 200


def worlds(folder):
    """Nothing begun; S1 in the committee's meeting and in its publicity; a matter that failed; an installation in production."""
    made = {name: folder / name for name in ("empty", "meeting", "posted", "stuck")}
    for each in made.values():
        each.mkdir()
    meeting = _meeting(made["meeting"])
    return {
        "empty": _open(_s1(made["empty"], 0)[0]),
        "meeting": meeting,
        "posted": _revised(*_s1(made["posted"], _step("post") + 1)),
        "stuck": _stuck(made["stuck"]),
        "production": application(meeting.extensions["pingpin"], sandbox=False),
    }


def _step(element):
    return next(number for number, step in enumerate(read_case(S1).steps) if step.get("complete") == element)


def _open(engine):
    return create_app(engine, replace(sandbox_configuration("", 0), secret_key=SECRET))


def _s1(folder, steps):
    case = read_case(S1)
    clock = VirtualClock(case.starts_at)
    world = World(Engine(make_sessions(open_database(databases.sqlite(folder))), clock, keys=KEYS), clock, S1.parent)
    populate(world, case, read_folder(BUNDLE))
    _keepers(world.engine)
    failure = play_steps(world, case.steps[:steps])
    assert failure is None, failure
    return world.engine, world.instances


def _keepers(engine):
    for person, role in KEEPERS.items():
        engine.add_person(ADMIN, id=person, name=f"管理员{person}", roles=[role])


def _meeting(folder):
    """With a file, comments, copies, a saved view, a token, a draft and an absence."""
    engine, instances = _s1(folder, _step("review"))
    app, matter, day = _open(engine), instances["jia"], engine.clock.now().date()
    for person, path, values in (
        ("hr", f"/instances/{matter}/comments", {"text": "请补充材料", "for_all": "true"}),
        ("centre", f"/instances/{matter}/follow", {}),
        ("centre", f"/instances/{matter}/copies", {"person": ["hr"], "note": "请阅"}),
        ("centre", "/files", {"_place": f"matter:{matter}", "_about": "", "_file": (io.BytesIO(PDF), "证明.pdf")}),
        ("centre", "/inbox/views", {"name": "逾期", "list": "mine", "due": "late"}),
        ("centre", "/account/tokens", {"label": "报表", "scope": "read", "days": "90"}),
        ("centre", "/agenda/address", {}),
        ("hr", "/absences", {"absent": "hr", "stand_in": "leader", "from_on": f"{day}", "until_on": f"{day}", "reason": "出差"}),
    ):  # fmt: skip
        assert Visitor(app, person).post(path, values).status_code in (200, 303, 409, 422), path
    return app


def _revised(engine, instances):
    """A revision that was examined and one that fails under way, a term that goes on, a correction that waits."""
    root, files = engine.actor("root"), read_folder(REVISED).files
    files = {path: content for path, content in files.items() if path in PLAYED or not path.startswith("cases/")}
    other = small(task("write") + line("begin", "write", "finish"), files={"cases/a.yaml": NO_CASE})
    for bundle, seconds in ((make_bundle(files), 60), (other, 0.01)):
        engine.redeployment.stage(root, zipped(bundle))
        engine.redeployment.propose(root, Wanted(bundle.digest, "修订后的办法（虚构）"))
        while examine(engine, seconds) and seconds > 1:
            pass
    wanted = Extension(date(2026, 5, 31), "新办法尚未出台", "津虚发〔2026〕9号", Handed("通知.pdf", PDF))
    engine.redeployment.extend(engine.actor("bureau"), 1, wanted)
    hr, matter, corrections = engine.actor("hr"), instances["jia"], engine.rectifications
    entry = corrections.correctable(hr, matter)[-1].number
    typed = {"values.application.name": "甲试壹", "values.application.signed_name": "甲试壹"}
    corrections.ask(hr, matter, entry, typed, "登记时写错了")
    return _open(engine)


def _stuck(folder):
    """A timer whose step needs what nobody entered, a calendar that awaits its second eye, files that wait to be taken."""
    engine = Engine(
        make_sessions(open_database(databases.sqlite(folder))), VirtualClock(read_case(S1).starts_at), keys=KEYS
    )
    people = open_office(engine)
    _keepers(engine)
    body = task("write") + PAUSE + CHOOSE + line("begin", "write", "pause", "choose", "small")
    bundle = small(body + flow("choose", "finish", "=amount &gt; 10"), policy=WITH_CENTRE)
    shown = drawn(bundle.files["p.bpmn"], "begin", "write", "pause", "choose", "small")
    bundle = make_bundle({**bundle.files, "p.bpmn": shown})
    engine.deploy(ADMIN, bundle)
    first, _second = (engine.start(people["hr"], "p", {})["instance"] for _ in range(2))
    engine.complete(people["hr"], task_at(engine, first, "write"), {"note": "无金额"})
    engine.import_calendar(ADMIN, FILE.encode())
    engine.move_clock(ADMIN, engine.clock.now().replace(year=2026))
    again(engine)
    app, hr, other = _open(engine), engine.actor("hr"), engine.actor("hr2")
    (waiting,) = (one.id for one in engine.inbox(hr, "groups"))
    engine.claim(hr, waiting)
    page = Visitor(app, "hr").page(f"/tasks/{waiting}")
    draft = {
        each.get("name"): each.get("value") for each in page.xpath("//form[@method='post']//input[@type='hidden']")
    }
    content = zipped(bundle)
    for person, path, values in (
        ("hr", "/drafts", {**draft, "note": "写了一半"}),
        ("root", "/deployments", {"bundle": (io.BytesIO(content), "b.zip")}),
        ("hr", "/registers/awards/import", {"file": (io.BytesIO(AWARDS.encode()), "a.csv")}),
        ("hr", "/registers/awards/import", {"file": (io.BytesIO(WRONG.encode()), "b.csv")}),
    ):
        said = Visitor(app, person).post(path, values)
        assert said.status_code == 303, (path, said.text)
        if said.location.count("/") > 2:
            app.extensions.setdefault("pingpin.staged", []).append((person, said.location))
    engine.add_signer(hr, waiting, other.id, "请核对金额")
    longer = bundle.files["policy.yaml"].replace(b"default: 5", b"default: 7")
    engine.deploy(
        ADMIN,
        make_bundle({**bundle.files, "policy.yaml": longer, "p.bpmn": shown.replace(b'name="write"', b'name="note"')}),
    )
    hook = {"label": "通知人事系统", "url": "https://example.test/hook", "event": "task.opened"}
    assert Visitor(app, "root").post("/webhooks", hook).status_code == 200
    return app


_STARTS = {
    "empty": ("hr", "centre", "jia", "root", "sec", "aud", "own"),
    "posted": ("centre", "hr", "own", "root", "leader"),
    "meeting": ("hr", "centre", "jia", "e1", "leader", "root", "sec", "aud", "own", "bureau"),
    "stuck": ("hr", "hr2", "root", "bureau"),
}
# Where pages that look alike are other pages to each of them.
# Pages that are others to whom may decide there.
_DECIDED = {"proposals.proposal", "rectifying.one"}
_PERSONAL = {"inbox.show", "instances.show", "mine.show", "permissions.show", "people.first_page", "notices.show"}


def places(apps):
    """One of each kind of page, and what answers when things are wrong."""
    found = {}
    for world, people in _STARTS.items():
        for person in people:
            _walk(apps[world], world, person, found)
    return [*found.values(), *_refusals(apps, list(found.values()))]


def one_of_each(apps):
    """Of each kind of page the first that was found, of those that differ from person to person one a world."""
    found = {}
    for place in places(apps):
        endpoint = _kind(apps[place.world], place.path)[0] or place.path
        world = place.world if endpoint in _PERSONAL | {"task.show", "instances.rounds"} else ""
        decided = (place.person, place.path) if endpoint in _DECIDED else ""
        found.setdefault((endpoint, place.press, world, decided), place)
    return list(found.values())


def _walk(app, world, person, found):
    visitor, seen, waiting = Visitor(app, person), set(), ["/", "/mine", "/drafts"]
    while waiting:
        path = waiting.pop(0)
        endpoint, key = _kind(app, path)
        if key is None or (endpoint, key) in seen:
            continue
        seen.add((endpoint, key))
        answer = visitor.get(path)
        if answer.status_code == 302:
            waiting.append(answer.location)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        tree = html.fromstring(answer.text)
        title = _ID.sub("#", " ".join(tree.xpath("string(//h1)").split()))
        who = person if endpoint in _PERSONAL else ""
        found.setdefault(
            (world, endpoint, key if endpoint != "inbox.show" else "", title, who), Place(world, person, path)
        )
        waiting += [link for link in tree.xpath("//a/@href") if link.startswith("/")]


def zipped(bundle):
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in bundle.files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _kind(app, path):
    """The endpoint, and what of its address makes it another page: whatever is not chance."""
    parts = urlsplit(path)
    try:
        endpoint, values = app.url_map.bind("localhost").match(parts.path)
    except HTTPException:
        return None, None
    if endpoint.startswith(("static", "vendor", "people.switch", "rest.")):
        return None, None
    asked = tuple(sorted({name for name, value in parse_qsl(parts.query) if value} - {"after", "next", "_once"}))
    if endpoint in {"instances.show", "task.show", *_DECIDED}:
        return endpoint, (parts.path, asked)
    if endpoint in {"accounts.account", "registers.entry"}:
        return endpoint, asked
    return endpoint, (*(str(value) for value in values.values() if not _ID.search(str(value))), asked)


def _refusals(apps, known):
    """Errors and refused forms, each as its page shows it, and the doors of an installation that is no sandbox."""
    task_page = next(one for one in known if one.world == "stuck" and one.path.startswith("/tasks/"))
    start = next(one for one in known if one.world == "empty" and one.path.startswith("/start/"))
    sec = apps["meeting"].extensions["pingpin"].actor("sec")
    secret = apps["meeting"].extensions["pingpin"].accounts.make_reset_link(sec, "centre", Origin("127.0.0.1", "test"))
    for person, path in apps["stuck"].extensions["pingpin.staged"]:
        yield Place("stuck", person, path, status=0)
    yield Place("meeting", "hr", "/nothing", status=404)
    yield Place("meeting", "jia", "/accounts", status=403)
    yield Place("meeting", "jia", "/tasks/none", status=404)
    yield replace(start, press="form.entry button[name=_submit], .entry [type=submit]", status=422)
    yield replace(task_page, press="form.entry button[name=_submit]", status=0)
    yield Place("meeting", "hr", "/account", press="form[action$='/account/tokens'] button", status=422)
    yield Place("meeting", "hr", "/absences", press="form[action$='/absences'] button", status=422)
    yield Place("meeting", "e1", _roster(apps), press="button[name=_submit_all]", status=0)
    yield Place("meeting", "sec", "/accounts/hr", press="form[action$='/reset-link'] button")
    yield Place("stuck", "root", "/deployments/compare?old=1&new=2")
    yield Place("posted", "bureau", "/deployments/proposals/1")
    yield Place("posted", "bureau", "/deployments/1")
    yield Place("posted", "leader", "/corrections/1")
    yield Place(
        "posted",
        "hr",
        next(one.path for one in known if "/corrections/" in one.path[11:]),
        press="main form .btn-primary",
        status=422,
    )
    yield Place("meeting", "hr", "/notices/settings/confirm/none")
    yield Place("production", None, "/forgotten", status=0)
    yield Place("production", None, "/sign-in")
    yield Place("production", None, "/sign-in", press="form[action='/sign-in'] button", status=0)
    yield Place("production", None, f"/reset/{secret}")
    yield Place("production", None, f"/reset/{secret}", press="main form button", status=422)
    yield Place("production", None, "/reset/none", status=404)
    yield Place("production", "hr", "/account/password")
    yield Place("production", "hr", "/account/password", press="main form button", status=422)


def _roster(apps):
    engine = apps["meeting"].extensions["pingpin"]
    (line,) = engine.meetings(engine.actor("e1"))
    return f"/meetings/{line.instance_id}/{line.element}"
