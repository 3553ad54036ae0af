"""A candidate's identity number through the whole of S1: it stands in no page, no answer, no export, no log and no row."""

import itertools
import json
import logging
import sqlite3
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from engine import Engine
from engine.cases import read_case
from engine.cases.running import play_steps
from engine.keys import new_key, read_keys
from engine.permissions import OPERATOR
from engine.places import of_task
from engine.queries import inspection
from engine.scopes import Scope
from tests.api.rest.callers import callers
from tests.api.test_every_route import no_such
from tests.api.visiting import Visitor, application, flat
from tests.people import ADMIN, KEYS, S1, submitted

# Another than that of the worked case, which lies in the deployment.
NUMBER, MASK = "999999198207170037", "999*************37"
# What is in it of a person beside the region.
BIRTH = NUMBER[3:16]
PATH = "application.id_number"
PEOPLE = ("jia", "hr", "e1", "a-admin")


def places(app, values):
    """Every GET address with everything that its parts may be."""
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.endpoint not in {"static", "vendor"}:
                parts = sorted(rule.arguments)
                for chosen in itertools.product(
                    *(values.get(part, [no_such(rule._converters[part])]) for part in parts)
                ):
                    yield rule.build(dict(zip(parts, chosen, strict=True)), append_unknown=False)[1]


def values_of(world, columns):
    ids = {name: [row[0] for row in rows] for name, rows in columns.items()}
    return {
        **ids,
        "deployment_id": [1],
        "year": [2025],
        "process": ["candidacy"],
        "name": ["certificates", "appointments", "letters", "people"],
        "kind": ["csv", "xlsx"],
        "what": ["language"],
        "which": ["sheet", "minutes"],
        "element": ["review"],
        "row": ["A10.2a"],
    }


def found_in(app, world, path, caller, of=""):
    """Where the number stands of all that everybody can read (with `of` in its address), and how much was read."""
    wanted = {
        "instance_id": "SELECT id FROM process_instance",
        "task_id": "SELECT id FROM task WHERE status = 'open' OR element = 'screening' LIMIT 6",
        "timer_id": "SELECT id FROM timer LIMIT 2",
        "number": "SELECT number FROM certificate",
        "person_id": "SELECT id FROM person WHERE id = 'jia'",
    }
    with sqlite3.connect(path) as connection:
        values = values_of(world, {name: connection.execute(query).fetchall() for name, query in wanted.items()})
    connection.close()
    read, told = 0, []
    for person in PEOPLE:
        visitor, call = Visitor(app, person), caller(person)
        for place in filter(lambda place: of in place, places(app, values)):
            token = {"Authorization": f"Bearer {call.token}"}
            rest = place.startswith("/api/v1")
            answer = call.client.get(place, headers=token) if rest else visitor.get(place)
            assert answer.status_code < 500, place
            read += answer.status_code == 200
            if BIRTH.encode() in opened(answer.data):
                told.append((person, place))
    return told, read


def opened(content):
    """A spreadsheet is a ZIP."""
    if content[:2] != b"PK":
        return content
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def kept(path):
    """Every value of every row, unpacked where it is packed."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield table, [unpacked(value) for value in row]
    connection.close()


def unpacked(value):
    if isinstance(value, bytes):
        try:
            return zlib.decompress(value)
        except zlib.error:
            return value
    return str(value).encode()


def test_the_number_of_a_candidate_is_read_nowhere_but_where_it_is_asked_for(world, address, caplog):
    caplog.set_level(logging.DEBUG)
    path = address.removeprefix("sqlite:///")
    world.engine.add_person(ADMIN, id="a-admin", name="管理员", roles=["admin"])
    steps = list(read_case(S1).steps)
    halfway = next(number for number, step in enumerate(steps) if step.get("complete") == "recheck")
    start = next(number for number, step in enumerate(steps) if step.get("start") == "candidacy")
    assert play_steps(world, steps[:start]) is None
    app, caller = application(world.engine), callers(world.engine)
    parent = world.instances["round"]
    right = {"application": {**submitted("candidacy")["application"], "id_number": NUMBER}}
    # A draft and refusals on the way; the same request twice is the same.
    Visitor(app, "jia").post(f"/start/candidacy?parent={parent}", {**flat(right), "application.phone": ""})
    wrong = {"application": {**right["application"], "id_number": NUMBER[:-1] + "0"}}
    asked = [{"process": "candidacy", "parent": parent, "values": values} for values in (wrong, right, right)]
    answers = [
        caller("jia").post("/process-instances", one, headers={"Idempotency-Key": f"once-{one['values'] == right}"})
        for one in asked
    ]
    assert [answer.status_code for answer in answers] == [422, 201, 201]
    assert BIRTH not in answers[0].text
    world.instances["jia"] = answers[1].json["instance"]
    assert answers[2].json == answers[1].json
    assert play_steps(world, steps[start + 1 : halfway]) is None
    told, read = found_in(app, world, path, caller, "task")
    assert told == []
    assert play_steps(world, steps[halfway:]) is None
    world.engine.tick()
    again, more = found_in(app, world, path, caller)
    assert again == []
    assert (read > 3, more > 150) == (True, True), (read, more)
    assert BIRTH not in json.dumps(world.engine.audit_export(OPERATOR), ensure_ascii=False)
    detail = world.engine.inspect(lambda tx: inspection.whole(tx, world.engine.library, world.instances["jia"]))
    assert BIRTH not in repr(detail)
    assert MASK in repr(detail)
    assert BIRTH not in caplog.text
    rows = list(kept(path))
    assert {table for table, _ in rows} >= {"history", "process_instance", "sealed", "idempotency", "outbox"}
    assert [table for table, values in rows if any(BIRTH.encode() in value for value in values)] == []
    assert any(MASK.encode() in value for _, values in rows for value in values)
    assert BIRTH.encode() not in Path(path).read_bytes()


def test_a_number_in_full_is_asked_for_on_the_page_or_with_a_token_for_it(play):
    world = play("screening")
    app, jia, full = application(world.engine), world.instances["jia"], "999999197805010012"
    hr, place = Visitor(app, "hr"), f"/instances/{jia}/number"
    (form,) = hr.page(f"/instances/{jia}").xpath(f"//form[@action='{place}']")
    assert form.xpath(".//input[@name='path']/@value") == [PATH]
    refused = hr.post(place, {"path": PATH, "purpose": "other", "words": "  "})
    assert refused.status_code == 422
    assert hr.tree(refused).xpath("//option[@selected]/@value") == ["other"]
    shown = hr.post(place, {"path": PATH, "purpose": "identity", "words": "对照身份证"})
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert full in shown.text
    assert hr.get(place).status_code == 405
    assert full not in hr.get(f"/instances/{jia}").text
    assert hr.post(place, {"path": PATH, "purpose": "identity"}, csrf="forged").status_code >= 400
    me = Visitor(app, "jia")
    assert "核验身份：对照身份证" in me.get("/mine").text
    assert full in me.post(place, {"path": PATH}).text
    assert Visitor(app, "a").post(place, {"path": PATH, "purpose": "identity"}).status_code >= 300

    caller = callers(world.engine)
    there, body = f"/process-instances/{jia}/unmask", {"path": PATH, "purpose": "records"}
    answer = caller("hr").post(there, body)
    assert (answer.status_code, answer.json["number"]) == (200, full)
    assert caller("leader").post(there, body).status_code == 403
    assert caller("hr").post(there, {"path": PATH}).status_code == 422
    narrow = world.engine.accounts.make_token(world.actor("hr"), "读", [Scope.TASKS], 30)
    lacking = caller(None).post(there, body, headers={"Authorization": f"Bearer {narrow}"})
    assert (lacking.status_code, lacking.json["scope"]) == (403, "identity")


def test_a_draft_whose_key_is_gone_says_so_and_can_be_discarded(play):
    world = play("screening")
    (line,) = world.engine.inbox(world.actor("hr"), "groups")
    world.engine.papers.save_draft(world.actor("hr"), of_task(line.id), [("screening.opinion", "暂存")])
    other = Engine(world.engine.sessions, world.engine.clock, keys=read_keys(new_key()))
    hr = Visitor(application(other), "hr")
    broken = hr.get(f"/tasks/{line.id}")
    assert broken.status_code == 422
    assert KEYS.ids[0] in broken.text
    assert "草稿箱" in broken.text
    (address,) = hr.page("/drafts").xpath("//form[contains(@action, '/discard')]/@action")
    assert hr.post(address).status_code == 303
    assert hr.get(f"/tasks/{line.id}").status_code == 200
