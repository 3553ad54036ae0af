"""Web hooks: called once a step is committed, signed, tried again, paused; never into the own network."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select, update

from engine import Outside
from engine.commands import hooks as commands
from engine.commands import incidents
from engine.errors import ConflictError, InvalidError, NotFoundError, PingpinError
from engine.hooks import Heard, is_public, pause_after, require_url, sign
from engine.permissions import SYSTEM
from engine.queries.verification import verify
from engine.services import hooks as services
from engine.tables import notice
from engine.tables.outgoing import hook, hook_call
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, open_office, task_at
from tests.people import ADMIN

BODY = task("work") + line("begin", "work", "finish")
EVERY = sorted(Heard)


class Receiver:
    """A real server that verifies what it gets, as another system would with a library for Standard Webhooks."""

    def __init__(self):
        self.secret, self.got, self.forged, self.answers, self.first_line = "", [], 0, [], None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.hear(self.headers, body)
                status, location = (receiver.answers or [(204, None)]).pop(0)
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, *_):
                """Nothing on the console."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?from=pingpin"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hear(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if hmac.compare_digest(right, headers["webhook-signature"]):
            self.got.append((headers["webhook-id"], json.loads(body)))
        else:
            self.forged += 1

    @property
    def types(self):
        return [body["type"] for _, body in self.got]


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def office(empty, receiver):
    empty.outside = Outside(https_only=False)
    people = open_office(empty)
    empty.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    made = empty.outgoing.register_hook(ADMIN, "数据平台", receiver.url, EVERY, https_only=False)
    receiver.secret, receiver.hook = made["secret"], made["hook"]
    return people


def calls(engine):
    with engine.sessions() as session:
        return session.execute(select(hook_call).order_by(hook_call.c.id)).all()


def hook_now(engine):
    with engine.sessions() as session:
        return session.execute(select(hook)).one()


def pretend(engine, table, **values):
    with engine.sessions() as session:
        session.execute(update(table).values(**values))
        session.commit()


def test_every_step_is_told_once_signed_and_names_nobody(office, empty, receiver):
    instance = begin(empty, office["hr"], BODY)
    found = task_at(empty, instance, "work")
    assert receiver.got == []  # never within the step
    outside, empty.outside = empty.outside, Outside(https_only=False, is_sandbox=True)
    assert empty.call_hooks() == 0
    empty.outside = outside
    workers = [threading.Thread(target=empty.call_hooks) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    empty.call_hooks()
    assert sorted(receiver.types) == ["instance.started", "policy.deployed", "task.opened"]
    empty.claim(office["hr"], found)
    empty.complete(office["hr"], found, {"note": "只有填报人知道的内容"})
    empty.call_hooks()
    assert sorted(receiver.types[3:]) == ["instance.ended", "task.completed"]
    data = next(body["data"] for _, body in receiver.got if body["type"] == "task.completed")
    assert (data["instance"], data["task"], data["element"], data["employer"]) == (instance, found, "work", "E1")
    assert receiver.forged == 0
    said = json.dumps([body for _, body in receiver.got], ensure_ascii=False)
    assert not [word for word in ("填报人", "人事甲", "津虚") if word in said]
    assert len({message for message, _ in receiver.got}) == len(receiver.got)
    receiver.secret = "whsec_" + base64.b64encode(b"another").decode()
    empty.outgoing.replay_call(ADMIN, calls(empty)[0].id)
    empty.call_hooks()
    assert receiver.forged == 1  # whoever has another secret tells that it is not we
    assert verify(empty.audit_export(ADMIN)).breaks == ()
    assert b"whsec_" not in hook_now(empty).secret  # encrypted, as personal data is


def test_a_receiver_that_fails_is_left_alone_longer_each_time_and_paused_after_a_day(office, empty, receiver):
    begin(empty, office["hr"], BODY)
    receiver.answers = [(500, None), (302, receiver.url), (404, None)]
    assert empty.call_hooks() == 1  # the others wait for the first
    first = hook_now(empty)
    assert (first.failures, first.status) == (1, "active")
    assert empty.call_hooks() == 0
    for failures, answer in ((2, 302), (3, 404)):
        pretend(empty, hook, rests_until=None)
        assert empty.call_hooks() == 1
        again = hook_now(empty)
        assert (again.failures, calls(empty)[0].answer) == (failures, answer)
        rested = again.rests_until - again.failing_since
        assert pause_after(failures) <= rested < pause_after(failures) + timedelta(minutes=1)
    assert len(receiver.got) == 3  # sent on to another address it was not followed
    assert len({message for message, _ in receiver.got}) == 1
    pretend(empty, hook, rests_until=None, failing_since=first.failing_since - timedelta(days=1, minutes=1))
    receiver.answers = [(503, None)]
    empty.call_hooks()
    assert hook_now(empty).status == "paused"
    with empty.sessions() as session:
        assert session.scalars(select(notice.c.person_id).where(notice.c.kind == "hook")).all() == ["root"]
    assert empty.call_hooks() == 0
    with pytest.raises(ConflictError):
        empty.outgoing.replay_call(ADMIN, calls(empty)[0].id)
    receiver.answers = [(500, None)]
    empty.outgoing.test_hook(ADMIN, receiver.hook)
    assert (empty.call_hooks(), calls(empty)[-1].status) == (1, "failed")
    empty.outgoing.set_hook_status(ADMIN, receiver.hook, "active")
    assert empty.call_hooks() == 3
    assert {row.status for row in calls(empty)[:3]} == {"sent"}
    assert hook_now(empty).failures == 0
    empty.outgoing.set_hook_status(ADMIN, receiver.hook, "ended")
    with pytest.raises(NotFoundError):
        empty.outgoing.test_hook(ADMIN, receiver.hook)
    before = len(calls(empty))
    empty.start(office["hr"], "p", {})
    assert len(calls(empty)) == before


def test_killed_between_calling_and_noting_the_same_is_called_again(office, empty, receiver):
    empty.outgoing.test_hook(ADMIN, receiver.hook)
    call = empty._driver.write(SYSTEM, commands.take_next)
    assert empty._driver.write(SYSTEM, commands.take_next) is None
    headers = sign(receiver.secret, call.message_id, empty.clock.now(), call.body)
    assert services.call(empty.outside, call.url, headers, call.body) == 204
    pretend(empty, hook_call, retry_at=None)  # its time is over, and nothing was noted
    assert empty.call_hooks() == 1
    assert len(receiver.got) == 2
    assert len({message for message, _ in receiver.got}) == 1
    empty._driver.write(SYSTEM, lambda tx: commands.note_answer(tx, call, None, incidents_cause()))
    assert calls(empty)[0].status == "sent"


def incidents_cause():
    return PingpinError("晚到的失败", "a failure that comes late").text


def test_an_incident_is_told(office, empty, receiver):
    instance = begin(empty, office["hr"], BODY)
    from engine.tables import outbox

    with empty.sessions() as session:
        session.execute(
            outbox.insert().values(
                kind="message", message="M", source_id=instance, source_element="work", payload={}, status="pending",
                created_at=empty.clock.now(), ready_at=empty.clock.now(), attempts=len(incidents.PAUSES),
            )
        )  # fmt: skip
        session.commit()
        number = session.scalar(select(outbox.c.id))
    empty._driver.write(SYSTEM, lambda tx: incidents.note_failure(tx, "message", number, incidents_cause()))
    assert "incident.opened" in [row.event for row in calls(empty)]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://user:secret@example.com/", "ftp://example.com", "https://", "https://a b/", "//x",
        "https://example.com/#x", "https://example.com:99999/", "https://例子.cn/", "https://x/\r\nHost: y", "https://x/" + "y" * 1000,
        "http://127.0.0.1/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InvalidError):
        require_url(url, https_only=True)


def test_the_own_network_is_not_called_but_where_it_is_allowed(receiver):
    for inside in (
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1%eth0",
        "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "224.0.0.1", "ff02::1", "240.0.0.1",
    ):  # fmt: skip
        assert not is_public(inside), inside
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1::1")
    for host in ("localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "169.254.169.254"):
        with pytest.raises(PingpinError) as refused:
            services.call(Outside(), f"https://{host}/", {}, "{}")
        assert "内部网络" in str(refused.value.text.zh), host
    receiver.secret = "whsec_AAAA"
    with pytest.raises(PingpinError) as refused:  # allowed, and then it is the certificate that is missing
        services.call(Outside(hook_hosts=frozenset({"127.0.0.1"})), receiver.url.replace("http:", "https:"), {}, "{}")
    assert "SSL" in refused.value.text.en
    with pytest.raises(PingpinError):
        services.call(Outside(https_only=False), "http://127.0.0.1:1/", {}, "{}")


def test_who_answers_slowly_does_not_keep_us(receiver, monkeypatch):
    monkeypatch.setattr(services, "_SECONDS", 0.3)
    gate = threading.Event()
    receiver.hear = lambda *_: gate.wait(20)
    try:
        with pytest.raises(PingpinError):
            services.call(Outside(https_only=False), receiver.url, {}, "{}")
    finally:
        gate.set()
