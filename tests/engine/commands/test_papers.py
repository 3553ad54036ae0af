"""What hangs on a matter: who may hand in, read, strike, comment and send; and that nothing typed is lost."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from sqlalchemy import text as sql

from engine import files, places
from engine.commands import attachments, instances
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.files import Handed
from engine.tables.papers import access, stored_file
from engine.transaction import begin
from tests.engine.bundles import flow, small, task
from tests.engine.commands.office import WITH_CENTRE, entries, open_office, task_at
from tests.engine.test_files import PDF, PNG
from tests.people import ADMIN, KEYS

POLICY = WITH_CENTRE.replace("roles: [hr]}", "roles: [hr, candidate]}")
RECUSED = '<zeebe:properties><zeebe:property name="notBy" value="=[&quot;y&quot;]" /></zeebe:properties>'
BODY = (
    '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="both" />'
    + task("work", inside=RECUSED)
    + task("review", 'assignee="=&quot;x&quot;"')
    + task("ask", 'assignee="=&quot;y&quot;"')
    + "".join(
        flow(*pair)
        for pair in [("begin", "split"), ("both", "finish")]
        + [("split", one) for one in ("work", "review", "ask")]
        + [(one, "both") for one in ("work", "review", "ask")]
    )
)
START = places.of_start("p", None)


@pytest.fixture
def people(empty):
    found = open_office(empty)
    empty.deploy(ADMIN, small(BODY, policy=POLICY))
    return found


@pytest.fixture
def matter(empty, people):
    """Begun by a candidate, with a file for everybody and one for staff chosen beside the form."""
    empty.papers.attach(people["worker"], START, [Handed("照片.png", PNG, "照片"), Handed("证件.pdf", PDF, "", True)])
    return empty.start(people["worker"], "p", {})["instance"]


def names(engine, actor, matter):
    return {one.name for one in engine.papers.attachments(actor, matter)}


def count(engine, table):
    return engine.inspect(lambda tx: tx.session.scalar(select(func.count()).select_from(table)))


def test_files_are_bound_to_the_matter_and_everybody_reads_what_is_for_them(empty, people, matter):
    papers, both = empty.papers, {"照片.png", "证件.pdf"}
    (begun,) = entries(empty, matter, "started")
    assert {one["name"] for one in begun["attachments"]} == both
    assert papers.beside_start(people["worker"], START) == []
    seen = {who: names(empty, people[who], matter) for who in ("worker", "hr", "boss", "centre", "x", "y")}
    assert seen == {
        "worker": both, "hr": both, "boss": both, "centre": both, "x": {"照片.png"}, "y": set(),
    }  # fmt: skip
    for stranger in ("other", "admin"):
        with pytest.raises(NotFoundError):
            papers.attachments(people[stranger], matter)
    secret = next(one for one in papers.attachments(people["hr"], matter) if one.for_staff)
    for stranger in ("other", "x", "y"):
        with pytest.raises(NotFoundError):
            papers.read_attachment(people[stranger], secret.id)
    papers.read_attachment(people["worker"], secret.id)
    assert count(empty, access) == 0
    assert papers.read_attachment(people["hr"], secret.id).content == PDF
    photo = next(one for one in papers.attachments(people["x"], matter))
    papers.read_attachment(people["x"], photo.id)
    mine = papers.my_data(people["worker"])
    assert [(one.reader.zh, one.name) for one in mine.readings] == [("评审专家", "照片.png"), ("人事甲", "证件.pdf")]
    assert papers.my_data(people["hr2"]).readings == ()


def test_a_task_takes_files_from_who_does_it_and_only_they_strike_them(empty, people, matter):
    papers, review = empty.papers, places.of_task(task_at(empty, matter, "review"))
    with pytest.raises(NotPermittedError):
        papers.attach(people["hr"], review, [Handed("a.pdf", PDF)])
    with pytest.raises(InvalidError):
        papers.attach(people["x"], review, [Handed("好.pdf", PDF), Handed("坏.pdf", b"x")])
    (kept,) = papers.attach(people["x"], review, [Handed("评语.pdf", PDF)], idempotency_key="k")["attachments"]
    assert papers.attach(people["x"], review, [Handed("评语.pdf", PDF)], idempotency_key="k")["attachments"] == [kept]
    assert "评语.pdf" in names(empty, people["hr"], matter)
    assert "评语.pdf" not in names(empty, people["worker"], matter)
    with pytest.raises(NotPermittedError):
        papers.strike_attachment(people["hr"], kept, "不对")
    papers.strike_attachment(people["x"], kept, "传错了")
    with pytest.raises(ConflictError):
        papers.strike_attachment(people["x"], kept, "传错了")
    assert [one["reason"] for one in entries(empty, matter, "attachment struck")] == ["传错了"]
    # The same bytes are kept once: the picture, and the one document that was handed in twice.
    assert count(empty, stored_file) == 2


def test_a_file_whose_matter_has_not_begun_is_its_owners_alone_and_goes_without_a_trace(empty, people):
    papers = empty.papers
    (kept,) = papers.attach(people["worker"], START, [Handed("a.pdf", PDF)])["attachments"]
    with pytest.raises(NotFoundError):
        papers.read_attachment(people["hr"], kept)
    papers.strike_attachment(people["worker"], kept, "")
    assert count(empty, stored_file) == 0
    with pytest.raises(ConflictError):
        papers.attach(people["worker"], START, [Handed(f"{number}.pdf", PDF) for number in range(51)])
    with pytest.raises(NotPermittedError):
        papers.attach(people["x"], START, [Handed("a.pdf", PDF)])


def test_comments_are_for_staff_unless_staff_open_them_and_are_struck_by_their_author(empty, people, matter):
    papers = empty.papers
    inner = papers.comment(people["hr"], matter, "内部")["comment"]
    papers.comment(people["hr"], matter, "请补材料", for_all=True)
    own = papers.comment(people["worker"], matter, "已补", idempotency_key="k")["comment"]
    assert papers.comment(people["worker"], matter, "已补", idempotency_key="k")["comment"] == own
    read = {who: [one.text for one in papers.beside(people[who], matter).comments] for who in ("hr", "worker", "x")}
    assert read == {"hr": ["内部", "请补材料", "已补"], "worker": ["请补材料", "已补"], "x": ["请补材料"]}
    with pytest.raises(NotPermittedError):
        papers.comment(people["worker"], matter, "大家好", for_all=True)
    with pytest.raises(NotFoundError):
        papers.comment(people["other"], matter, "外人")
    for text in ("", " ", "长" * 2001, "\0"):
        with pytest.raises(InvalidError):
            papers.comment(people["hr"], matter, text)
    with pytest.raises(NotFoundError):
        papers.strike_comment(people["worker"], inner, "想知道是什么")
    with pytest.raises(NotPermittedError):
        papers.strike_comment(people["boss"], inner, "不妥")
    papers.strike_comment(people["hr"], inner, "写错了")
    assert next((one.text, one.struck) for one in papers.beside(people["boss"], matter).comments) == ("", "写错了")
    assert [one["text"] for one in entries(empty, matter, "comment struck")] == ["内部"]
    kinds = {event.kind for event in empty.instance(people["worker"], matter).events}
    assert "commented" in kinds
    assert all(
        event.actor_name == "申报人壬"
        for event in empty.instance(people["worker"], matter).events
        if "comment" in event.kind
    )


def test_a_copy_reaches_who_may_see_the_matter_and_widens_nobodys_rights(empty, people, matter):
    papers = empty.papers
    with pytest.raises(InvalidError, match="人事丁"):
        papers.send_copies(people["hr"], matter, ["boss", "other"], "请阅")
    assert empty.notices(people["boss"]) == []
    for to in ([], ["hr"], ["nobody"], [f"p{number}" for number in range(21)]):
        with pytest.raises(InvalidError):
            papers.send_copies(people["hr"], matter, to, "请阅")
    for who in ("worker", "x"):
        with pytest.raises(NotPermittedError):
            papers.send_copies(people[who], matter, ["boss"], "请阅")
    papers.send_copies(people["hr"], matter, ["boss", "x"], "请阅", idempotency_key="k")
    papers.send_copies(people["hr"], matter, ["boss", "x"], "请阅", idempotency_key="k")
    (notice,) = empty.notices(people["boss"])
    assert (notice.kind, notice.instance_id) == ("copied", matter)
    assert papers.beside(people["boss"], matter).has_unread
    papers.mark_copies_read(people["boss"], matter)
    assert not papers.beside(people["boss"], matter).has_unread
    assert [one.note for one in papers.beside(people["x"], matter).copies] == ["请阅"]
    assert {one.id for one in papers.beside(people["hr"], matter).readers} == {"hr2", "boss", "centre", "centre2"}
    assert len(entries(empty, matter, "copied")) == 1


def test_a_correction_is_asked_of_the_employers_hr_who_are_told(empty, people, matter):
    empty.papers.ask_correction(people["worker"], matter, "部门写错了")
    assert [notice.kind for notice in empty.notices(people["hr"])] == ["correction"]
    assert empty.notices(people["other"]) == []
    assert [one.text for one in empty.papers.beside(people["hr"], matter).comments] == ["部门写错了"]
    with pytest.raises(NotFoundError):
        empty.papers.ask_correction(people["other"], matter, "不是我的")


def test_nobody_of_another_unit_hears_of_a_correction(empty, people):
    empty.save_entry(ADMIN, "units", {"code": "U1", "name": "一部", "kind": "employer", "employer_id": "E1"})
    empty.save_entry(ADMIN, "units", {"code": "U2", "name": "二部", "kind": "employer", "employer_id": "E1"})
    for name, unit in (("hr", "U1"), ("hr2", "U2"), ("worker", "U2")):
        about = {"id": name, "name": name, "employer_id": "E1", "unit": unit}
        empty.save_entry(ADMIN, "people", about, key=name)
    for name in ("hr", "hr2"):
        granted = {"person": name, "roles": ["hr"], "unit_only": True, "reason": "只管本部门"}
        empty.save_entry(ADMIN, "roles", granted, key=name)
    instance = empty.start(empty.actor("worker"), "p", {})["instance"]
    empty.papers.ask_correction(empty.actor("worker"), instance, "部门写错了")
    assert [[line.kind for line in empty.notices(empty.actor(one))] for one in ("hr", "hr2")] == [[], ["correction"]]


def test_who_reviews_is_not_named_to_whom_they_review_whatever_else_they_are(empty, people, matter):
    """`both` is an expert and of the centre; `x` has a review by name, and is no expert any more."""
    empty.add_person(ADMIN, id="both", name="专家兼中心", roles=["centre", "expert"])
    granted = {"person": "x", "roles": ["centre"], "unit_only": False, "reason": "转岗"}
    empty.save_entry(ADMIN, "roles", granted, key="x")
    file = empty.papers.attachments(people["worker"], matter)[0]
    for reader in ("both", "x", "centre"):
        empty.papers.read_attachment(empty.actor(reader), file.id)
    readings = empty.papers.my_data(people["worker"]).readings
    assert [one.reader.zh for one in readings] == ["中心戊", "评审专家", "评审专家"]


def beside(engine, actor, command, rival):
    """Run the command; while it is not committed yet, the rival begins, and goes on after."""
    with ThreadPoolExecutor(1) as pool:
        with begin(engine.sessions, engine.clock, actor, None, KEYS) as tx:
            command(tx)
            done = pool.submit(rival)
            while tx.session.get_bind().dialect.name == "postgresql" and not tx.session.scalar(WAITS):
                assert not done.done(), done.result()
        return done


WAITS = sql("SELECT count(*) FROM pg_locks WHERE NOT granted")


def test_a_file_struck_while_its_matter_begins_stays_with_the_matter(empty, people):
    worker, papers = people["worker"], empty.papers
    (file,) = papers.attach(worker, START, [Handed("照片.png", PNG)])["attachments"]
    begun = beside(
        empty,
        worker,
        lambda tx: instances.start(tx, empty.library, "p", {}, None, None),
        lambda: papers.strike_attachment(worker, file, ""),
    )
    with pytest.raises((ConflictError, InvalidError)):  # struck as the matter's, it takes a reason
        begun.result()
    (instance,) = empty.instances(worker)
    assert names(empty, people["hr"], instance.id) == {"照片.png"}
    assert entries(empty, instance.id, "started")[0]["attachments"][0]["attachment"] == file


def test_bytes_that_somebody_else_hands_in_at_that_moment_are_kept(empty, people):
    (file,) = empty.papers.attach(people["worker"], START, [Handed("照片.png", PNG)])["attachments"]
    place = places.of_start("p", None)
    gone = beside(
        empty,
        people["hr"],
        lambda tx: attachments.attach(tx, empty.library, place, [Handed("同一张.png", PNG)], None),
        lambda: empty.papers.strike_attachment(people["worker"], file, ""),
    )
    assert gone.result() == {"attachment": file}
    (kept,) = empty.papers.beside_start(people["hr"], place)
    assert empty.papers.read_attachment(people["hr"], kept.id).content == PNG


def test_a_person_fills_a_matter_up_for_nobody_else(empty, people, matter, monkeypatch):
    monkeypatch.setattr(files, "MOST_FILES", 2)
    place = places.of_matter(matter)
    with pytest.raises(ConflictError, match="2 files at most in one matter, by one person"):
        empty.papers.attach(people["worker"], place, [Handed("再来.pdf", PDF)])
    empty.papers.attach(people["hr"], place, [Handed("一.pdf", PDF), Handed("二.pdf", PDF)])
    monkeypatch.setattr(files, "MOST_IN_MATTER", 4)
    with pytest.raises(ConflictError, match="4 files at most in one matter, and"):
        empty.papers.attach(people["boss"], place, [Handed("三.pdf", PDF)])
    empty.papers.attach(people["worker"], START, [Handed("下次.pdf", PDF)])
    monkeypatch.setattr(files, "MOST_WAITING", 1)
    with pytest.raises(ConflictError, match="1 files at most beside all forms"):
        empty.papers.attach(people["worker"], START, [Handed("下次二.pdf", PDF)])


def test_a_draft_is_its_authors_until_they_complete_the_task_and_outlives_everything_else(empty, people, matter):
    papers, work = empty.papers, task_at(empty, matter, "work")
    place = places.of_task(work)
    assert papers.save_draft(people["hr"], place, [("note", "写了一半"), ("amount", "1,2x")], 1)
    papers.save_draft(people["hr2"], place, [("note", "乙的")])
    assert dict(papers.draft_at(people["hr"], place).typed) == {"note": "写了一半", "amount": "1,2x"}
    assert papers.save_draft(people["hr"], place, [("note", "")]) is False
    papers.save_draft(people["hr"], place, [("note", "写完了")], 1)
    (line,) = papers.drafts(people["hr"])
    assert (line.name.zh, line.is_open) == ("work", True)
    with pytest.raises(NotFoundError):
        papers.draft(people["hr2"], line.id)
    with pytest.raises(InvalidError):
        papers.save_draft(people["hr"], place, [("note", "长" * 600_000)])
    empty.complete(people["hr2"], work, {"note": "乙办的"})
    assert papers.draft_at(people["hr2"], place) is None
    # A second press brings what is done already; another page of the same person something else.
    assert papers.save_draft(people["hr2"], place, [("note", "乙办的"), ("amount", "")]) is False
    assert papers.save_draft(people["hr2"], place, [("note", "另一个页面写的")])
    kept = papers.draft(dataclasses.replace(people["hr"], roles=frozenset()), line.id)
    assert (kept.line.is_open, [(name.zh, value) for name, value in kept.fields]) == (False, [("说明", "写完了")])
    papers.discard_draft(people["hr2"], line.id)
    assert papers.drafts(people["hr"]) != []
    papers.discard_draft(people["hr"], line.id)
    assert papers.drafts(people["hr"]) == []


def test_a_draft_of_a_start_goes_with_the_start_and_a_preview_leaves_nothing_behind(empty, people):
    papers = empty.papers
    papers.save_draft(people["worker"], START, [("x", "y")])
    preview = papers.preview_start(people["worker"], "p", {})
    assert (dict(preview.fields), preview.findings) == ({}, ())
    assert empty.instances(people["worker"]) == []
    with pytest.raises(NotPermittedError):
        papers.preview_start(people["x"], "p", {})
    empty.start(people["worker"], "p", {})
    assert papers.drafts(people["worker"]) == []
