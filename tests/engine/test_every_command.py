"""Every command and query of the front door by everybody: who is let in is what the table of permissions says, and nobody else.

Each call is made with an argument that is refused later (no reason, no such thing to do), so that whoever is let in changes
nothing: what tells them apart is whether the permission or the argument was the reason.
"""

import inspect
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from engine import Engine
from engine.accounts import Accounts
from engine.errors import NotFoundError, NotPermittedError, PingpinError
from engine.gate import Extension, Wanted
from engine.inboxes import Inboxes
from engine.outgoing import Outgoing
from engine.papers import Papers
from engine.permissions import Act, Role, Subject, may
from engine.places import of_task
from engine.queries import inspection
from engine.queries.filters import Box, Filters
from engine.rectifications import Rectifications
from engine.redeployment import Redeployment
from engine.tables import metadata
from forms import FormError
from tests.engine.bundles import line, small, task
from tests.engine.commands.office import WITH_CENTRE
from tests.people import ADMIN

GROUPS = ("hr", "leader", "centre", "bureau", "admin")
POLICY = WITH_CENTRE.replace(
    "expert: {",
    "".join(
        f"{role.value}: {{zh: 角色, en: role}}, "
        for role in Role
        if role not in {"hr", "leader", "candidate", "expert", "centre"}
    )
    + "expert: {",
)
BODY = task("work", f'candidateGroups="{", ".join(GROUPS)}"') + line("begin", "work", "finish")
SOON = datetime(2025, 6, 1, tzinfo=UTC)
NOBODY_SUCH = "none-such"
LONGER = Extension(date(2030, 1, 1), "理由", "依据", None)

# Of the matter of E1 and its open task, which nobody has; `t` and `i` are their ids.
ON_TASK = {
    "claim": (Act.CLAIM, None),  # has nothing to be refused for: tried in test_who_may
    "complete": (Act.COMPLETE, lambda e, a, i, t: e.complete(a, t, {"amount": "no number"})),
    "task": (Act.SEE_TASK, lambda e, a, i, t: e.task(a, t)),
    "verbs": (Act.SEE_TASK, None),
}
ON_MATTER = {
    "instance": (Act.SEE_INSTANCE, lambda e, a, i, t: e.instance(a, i)),
    "progress": (Act.SEE_INSTANCE, lambda e, a, i, t: e.progress(a, i)),
    "papers.attachments": (Act.SEE_INSTANCE, lambda e, a, i, t: e.papers.attachments(a, i)),
    "papers.comment": (Act.SEE_INSTANCE, lambda e, a, i, t: e.papers.comment(a, i, " ")),
    "papers.appeals": (Act.SEE_INSTANCE, lambda e, a, i, t: e.papers.appeals(a, i)),
    "papers.beside": (Act.SEE_INSTANCE, lambda e, a, i, t: e.papers.beside(a, i)),
    "inboxes.follow": (Act.SEE_INSTANCE, None),
    "rectifications.correctable": (Act.RECTIFY, lambda e, a, i, t: e.rectifications.correctable(a, i)),
    "record_signatures": (Act.RECORD_SIGNATURES, lambda e, a, i, t: e.record_signatures(a, i, "work", [], "")),
}
ON_NOTHING = {
    "deploy": (Act.DEPLOY, lambda e, a: e.deploy(a, small(BODY, policy="no policy"))),
    "redeployment.stage": (Act.PROPOSE, lambda e, a: e.redeployment.stage(a, b"no zip")),
    "redeployment.staged": (Act.PROPOSE, lambda e, a: e.redeployment.staged(a, NOBODY_SUCH)),
    "redeployment.propose": (Act.PROPOSE, lambda e, a: e.redeployment.propose(a, Wanted(NOBODY_SUCH, "理由"))),
    "redeployment.withdraw": (Act.PROPOSE, lambda e, a: e.redeployment.withdraw(a, 999, "理由")),
    "redeployment.approve": (Act.APPROVE, lambda e, a: e.redeployment.approve(a, 999, "理由")),
    "redeployment.refuse": (Act.APPROVE, lambda e, a: e.redeployment.refuse(a, 999, "理由")),
    "redeployment.extend": (Act.DECIDE_POLICY, lambda e, a: e.redeployment.extend(a, 999, LONGER)),
    "redeployment.roll_back": (Act.DECIDE_POLICY, lambda e, a: e.redeployment.roll_back(a, 999, "理由")),
    "redeployment.cancel": (Act.DECIDE_POLICY, lambda e, a: e.redeployment.cancel(a, 999, "理由")),
    "redeployment.proposals": (Act.SEE_DEPLOYMENTS, lambda e, a: e.redeployment.proposals(a)),
    "redeployment.proposal": (Act.SEE_DEPLOYMENTS, lambda e, a: e.redeployment.proposal(a, 999)),
    "redeployment.rehearsal": (Act.SEE_DEPLOYMENTS, lambda e, a: e.redeployment.rehearsal(a, 999)),
    "redeployment.in_force": (Act.SEE_DEPLOYMENTS, lambda e, a: e.redeployment.in_force(a)),
    "redeployment.version": (Act.SEE_DEPLOYMENTS, lambda e, a: e.redeployment.version(a, 999)),
    "redeployment.document": (Act.SEE_DEPLOYMENTS, lambda e, a: e.redeployment.document(a, 999)),
    "deployments": (Act.SEE_DEPLOYMENTS, lambda e, a: e.deployments(a)),
    "compared": (Act.SEE_DEPLOYMENTS, lambda e, a: e.compared(a, 998, 999)),
    "deployment_files": (Act.SEE_DEPLOYMENTS, lambda e, a: e.deployment_files(a, 1)),
    "add_employer": (Act.MANAGE_PEOPLE, lambda e, a: e.add_employer(a, id="E1", name="再登记")),
    "add_person": (Act.MANAGE_PEOPLE, lambda e, a: e.add_person(a, id="hr@E1", name="再登记")),
    "import_calendar": (Act.IMPORT_CALENDAR, lambda e, a: e.import_calendar(a, b"no calendar")),
    "confirm_calendar": (Act.CONFIRM_CALENDAR, lambda e, a: e.confirm_calendar(a, 999)),
    "decide_recount": (Act.DECIDE_RECOUNT, lambda e, a: e.decide_recount(a, 999, "理由", accepts=True)),
    "calendars": (Act.SEE_CALENDARS, lambda e, a: e.calendars(a)),
    "calendar_year": (Act.SEE_CALENDARS, lambda e, a: e.calendar_year(a, 2025)),
    "fire_timer": (Act.MOVE_TIMER, lambda e, a: e.fire_timer(a, NOBODY_SUCH, "理由")),
    "postpone_timer": (Act.MOVE_TIMER, lambda e, a: e.postpone_timer(a, NOBODY_SUCH, SOON, "理由")),
    "timers": (Act.SEE_TIMERS, lambda e, a: e.timers(a)),
    "timer": (Act.SEE_TIMERS, lambda e, a: e.timer(a, NOBODY_SUCH)),
    "timer_processes": (Act.SEE_TIMERS, lambda e, a: e.timer_processes(a)),
    "incidents": (Act.SEE_INCIDENTS, lambda e, a: e.incidents(a)),
    "incident": (Act.RETRY, lambda e, a: e.incident(a, NOBODY_SUCH)),
    "retry": (Act.RETRY, lambda e, a: e.retry(a, NOBODY_SUCH)),
    "resolve": (Act.RETRY, lambda e, a: e.resolve(a, NOBODY_SUCH, "理由")),
    "send_message": (Act.SEND_MESSAGE, lambda e, a: e.send_message(a, "", "", {})),
    "forget": (Act.FORGET, lambda e, a: e.forget(a, NOBODY_SUCH, 1)),
    "rotate_keys": (Act.KEEP_KEYS, lambda e, a: e.rotate_keys(a)),
    "check_keys": (Act.KEEP_KEYS, lambda e, a: e.check_keys(a)),
    "audit_export": (Act.AUDIT, lambda e, a: e.audit_export(a)),
    "decide": (Act.DECIDE, lambda e, a: e.decide(a, NOBODY_SUCH, {})),
    "permissions": (Act.SEE_PERMISSIONS, lambda e, a: e.permissions(a, "somebody")),
    "register people": (Act.SEE_PEOPLE, lambda e, a: e.register(a, "people")),
    "save people": (Act.MANAGE_PEOPLE, lambda e, a: e.save_entry(a, "people", {})),
    "save roles": (Act.GRANT_ROLES, lambda e, a: e.save_entry(a, "roles", {})),
    "import letters": (Act.KEEP_REGISTER, lambda e, a: e.import_register(a, "letters", b"")),
    "stage letters": (Act.KEEP_REGISTER, lambda e, a: e.stage_import(a, "letters", "f", b"")),
    "entries letters": (Act.KEEP_REGISTER, lambda e, a: e.import_entries(a, "letters", [{}])),
    "save trades": (Act.WRITE_REGISTER, lambda e, a: e.save_entry(a, "trades", {})),
    "strike letters": (Act.KEEP_REGISTER, lambda e, a: e.strike_entry(a, "letters", NOBODY_SUCH, "理由")),
    "register letters": (Act.SEE_OPEN_REGISTER, lambda e, a: e.register(a, "letters")),
    "export letters": (Act.SEE_OPEN_REGISTER, lambda e, a: e.export_register(a, "letters")),
    "accounts.accounts": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.accounts(a)),
    "accounts.account": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.account(a, "somebody")),
    "accounts.unlock": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.unlock(a, NOBODY_SUCH)),
    "accounts.close": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.close(a, NOBODY_SUCH)),
    "accounts.open_again": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.open_again(a, NOBODY_SUCH)),
    "accounts.end_sessions": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.end_sessions(a, NOBODY_SUCH)),
    "accounts.make_reset_link": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.make_reset_link(a, NOBODY_SUCH)),
    "accounts.link_identity": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.link_identity(a, NOBODY_SUCH, "i", "s")),
    "accounts.unlink_identity": (Act.KEEP_ACCOUNTS, lambda e, a: e.accounts.unlink_identity(a, NOBODY_SUCH, "i", "s")),
    "outgoing.undelivered": (Act.KEEP_LETTERS, lambda e, a: e.outgoing.undelivered(a)),
    "outgoing.send_letter_again": (Act.KEEP_LETTERS, lambda e, a: e.outgoing.send_letter_again(a, NOBODY_SUCH)),
    "outgoing.hooks": (Act.KEEP_HOOKS, lambda e, a: e.outgoing.hooks(a)),
    "outgoing.hook_calls": (Act.KEEP_HOOKS, lambda e, a: e.outgoing.hook_calls(a, NOBODY_SUCH)),
    "outgoing.register_hook": (
        Act.KEEP_HOOKS,
        lambda e, a: e.outgoing.register_hook(a, "试", "ftp://no", [], https_only=True),
    ),
    "outgoing.set_hook_status": (Act.KEEP_HOOKS, lambda e, a: e.outgoing.set_hook_status(a, NOBODY_SUCH, "paused")),
    "outgoing.test_hook": (Act.KEEP_HOOKS, lambda e, a: e.outgoing.test_hook(a, NOBODY_SUCH)),
    "outgoing.replay_call": (Act.KEEP_HOOKS, lambda e, a: e.outgoing.replay_call(a, 999)),
    "accounts.sign_ins": (Act.SEE_SIGN_INS, lambda e, a: e.accounts.sign_ins(a)),
}
# What answers everybody with what is theirs alone: a stranger's thing is none, a list has nothing of others.
OF_ONES_OWN = {
    "agenda": lambda e, a, i, t: e.agenda(a),
    "inbox mine": lambda e, a, i, t: e.inbox(a, "mine"),
    "instances mine": lambda e, a, i, t: e.instances(a, mine=True),
    "notices": lambda e, a, i, t: e.notices(a),
    "opinions": lambda e, a, i, t: e.opinions(a),
    "papers.drafts": lambda e, a, i, t: e.papers.drafts(a),
    "papers.my_data": lambda e, a, i, t: e.papers.my_data(a),
    "inboxes.views": lambda e, a, i, t: e.inboxes.views(a),
    "absences": lambda e, a, i, t: e.absences(a),
    "meetings": lambda e, a, i, t: e.meetings(a),
    "rectifications.rectifications": lambda e, a, i, t: e.rectifications.rectifications(a),
    "inboxes.page": lambda e, a, i, t: e.inboxes.page(a, Filters(Box.MINE)),
}
STRANGERS = {
    "rectifications.rectification": lambda e, a, i, t: e.rectifications.rectification(a, 999),
    "rectifications.sign": lambda e, a, i, t: e.rectifications.sign(a, 999, "属实"),
    "rectifications.refuse": lambda e, a, i, t: e.rectifications.refuse(a, 999, "不实"),
    "rectifications.withdraw": lambda e, a, i, t: e.rectifications.withdraw(a, 999),
    "roster_line": lambda e, a, i, t: e.roster_line(a, t),
    "meeting": lambda e, a, i, t: e.meeting(a, i, "work"),
    "posted": lambda e, a, i, t: e.posted(a, i),
    "offer_form": lambda e, a, i, t: e.offer_form(a, i, "work", {}),
    "set_off": lambda e, a, i, t: e.set_off(a, i, "work", {}),
    "urge": lambda e, a, i, t: e.urge(a, NOBODY_SUCH),
    "unclaim": lambda e, a, i, t: e.unclaim(a, NOBODY_SUCH),
    "give_back": lambda e, a, i, t: e.give_back(a, NOBODY_SUCH),
    "reassign": lambda e, a, i, t: e.reassign(a, NOBODY_SUCH, "x", "理由"),
    "delegate": lambda e, a, i, t: e.delegate(a, NOBODY_SUCH, "x", "理由"),
    "withdraw": lambda e, a, i, t: e.withdraw(a, NOBODY_SUCH, "理由"),
    "add_signer": lambda e, a, i, t: e.add_signer(a, NOBODY_SUCH, "x", "问题"),
    "cancel_signer": lambda e, a, i, t: e.cancel_signer(a, NOBODY_SUCH, "x", "理由"),
    "give_opinion": lambda e, a, i, t: e.give_opinion(a, NOBODY_SUCH, "可以", agrees=True),
    "end_stand_in": lambda e, a, i, t: e.end_stand_in(a, NOBODY_SUCH, "理由"),
    "staged_import": lambda e, a, i, t: e.staged_import(a, NOBODY_SUCH),
    "import_staged": lambda e, a, i, t: e.import_staged(a, NOBODY_SUCH),
    "papers.strike_attachment": lambda e, a, i, t: e.papers.strike_attachment(a, NOBODY_SUCH, "理由"),
    "papers.read_attachment": lambda e, a, i, t: e.papers.read_attachment(a, NOBODY_SUCH),
    "papers.strike_comment": lambda e, a, i, t: e.papers.strike_comment(a, NOBODY_SUCH, "理由"),
    "papers.draft": lambda e, a, i, t: e.papers.draft(a, NOBODY_SUCH),
    "papers.send_copies": lambda e, a, i, t: e.papers.send_copies(a, NOBODY_SUCH, ["hr@E1"]),
    "papers.unmask": lambda e, a, i, t: e.papers.unmask(a, NOBODY_SUCH, "application.id_number", "identity"),
    "papers.ask_correction": lambda e, a, i, t: e.papers.ask_correction(a, NOBODY_SUCH, "请更正"),
    "accounts.revoke_token": lambda e, a, i, t: e.accounts.revoke_token(a, NOBODY_SUCH),
    "accounts.end_own_session": lambda e, a, i, t: e.accounts.end_own_session(a, NOBODY_SUCH),
}
# Tried elsewhere, each for a reason.
ELSEWHERE = {
    "rectifications.entry_form": "needs an entry with values: test_rectifications",
    "rectifications.preview": "needs an entry with values: test_rectifications",
    "rectifications.ask": "needs an entry with values: test_rectifications",
    "create_token": "test_accounts",
    "arrange_stand_in": "test_absences: who may arrange it for whom",
    "move_clock": "everybody in a sandbox, nobody elsewhere: test_production",
    "next_timer": "the sandbox's banner",
    "read_notices": "one's own only",
    "unread": "one's own only",
    "renew_agenda_feed": "one's own only",
    "end_agenda_feed": "one's own only",
    "start": "by the policy's roles: test_dialect",
    "startable": "by the policy's roles: test_dialect",
    "withheld": "by the policy's roles: test_pages_force",
    "start_form": "by the policy's roles: test_dialect",
    "task_form": "of a task that was read already",
    "withdrawable": "what a page offers: test_pages_verbs",
    "urgeable": "what a page offers: test_urging",
    "regulation": "the regulation is public",
    "inboxes.counts": "test_inbox: counts equal lists",
    "inboxes.choices": "test_inbox",
    "inboxes.bulk": "test_inbox",
    "inboxes.see": "one's own mark only",
    "inboxes.unfollow": "one's own mark only",
    "inboxes.follows": "one's own mark only",
    "inboxes.save_view": "one's own only: test_inbox",
    "inboxes.drop_view": "one's own only: test_inbox",
    "papers.attach": "test_pages_papers",
    "papers.beside_start": "one's own only",
    "papers.save_draft": "one's own only",
    "papers.discard_draft": "one's own only",
    "papers.draft_at": "one's own only",
    "papers.mark_copies_read": "one's own only",
    "papers.preview_start": "as starting",
    "accounts.change_password": "one's own only: test_accounts",
    "accounts.make_token": "one's own only: test_accounts",
    "accounts.own": "one's own only",
    "accounts.ask_address": "one's own only: test_pages_mail",
    "accounts.confirm_address": "one's own only: test_pages_mail",
    "accounts.drop_address": "one's own only: test_pages_mail",
    "outgoing.mail_settings": "one's own only",
    "outgoing.choose_mail": "one's own only",
}


def mine(method):
    names = list(inspect.signature(method).parameters)
    return len(names) > 1 and names[1] == "actor"


def test_no_command_and_no_query_is_forgotten():
    doors = {"": Engine, "accounts.": Accounts, "papers.": Papers, "inboxes.": Inboxes, "outgoing.": Outgoing}
    doors |= {"redeployment.": Redeployment, "rectifications.": Rectifications}
    there = {
        prefix + name
        for prefix, door in doors.items()
        for name, method in vars(door).items()
        if not name.startswith("_") and callable(method) and mine(method)
    }
    tried = {*ON_TASK, *ON_MATTER, *ON_NOTHING, *OF_ONES_OWN, *STRANGERS, *ELSEWHERE}
    registers = {"register", "save_entry", "import_register", "stage_import", "import_entries", "strike_entry"}
    known = {name.split(" ")[0] for name in tried} | registers | {"register_entry", "export_register"}
    assert there <= known, f"say who may: {sorted(there - known)}"
    assert {name for name in ELSEWHERE if name not in there} == set()


@pytest.fixture
def house(empty):
    """Two employers with somebody of every role each, somebody without any, and a matter of the first."""
    for employer in ("E1", "E2"):
        empty.add_employer(ADMIN, id=employer, name=f"单位{employer}", trades=[])
        for role in Role:
            empty.add_person(ADMIN, id=f"{role}@{employer}", name=role, employer_id=employer, roles=[role.value])
    empty.add_person(ADMIN, id="somebody", name="另一人", employer_id="E2")
    empty.add_person(ADMIN, id="nobody", name="无角色", employer_id="E1")
    empty.deploy(ADMIN, small(BODY, policy=POLICY))
    instance = empty.start(empty.actor("hr@E1"), "p", {})["instance"]
    (found,) = empty.inspect(lambda tx: inspection.open_tasks(tx, instance, "work"))
    people = [empty.actor(f"{role}@{employer}") for role in Role for employer in ("E1", "E2")]
    return empty, [*people, empty.actor("nobody")], instance, found


def let_in(call):
    """Whether it was anything but permission that stood in the way."""
    try:
        call()
    except (NotPermittedError, NotFoundError) as error:
        return isinstance(error, NotFoundError), error
    except (PingpinError, FormError) as error:
        return True, error
    return True, None


def everything(engine):
    with engine.sessions() as session:
        return {table.name: sorted(map(repr, session.execute(select(table)).all())) for table in metadata.sorted_tables}


def test_everybody_is_let_in_where_the_table_says_so_and_nowhere_else(house):
    engine, people, instance, found = house
    before, tried = everything(engine), 0
    matter = Subject("E1", "hr@E1", process="p")
    of_task = Subject("E1", "hr@E1", candidate_roles=GROUPS, process="p")
    for actor in people:
        for name, (act, call) in ON_NOTHING.items():
            said, error = let_in(lambda call=call, actor=actor: call(engine, actor))
            own = Subject(employer_id=actor.employer_id)
            assert said == may(actor, act, own), (name, actor.id, error)
            tried += 1
        for subject, table in ((of_task, ON_TASK), (matter, ON_MATTER)):
            for name, (act, call) in table.items():
                if call is None:
                    continue
                said, error = let_in(lambda call=call, actor=actor: call(engine, actor, instance, found))
                # A matter that one may not see is not there; a task that one may not see is refused.
                said = said and not isinstance(error, NotFoundError)
                assert said == may(actor, act, subject), (name, actor.id, error)
                tried += 1
    assert tried >= len(people) * 50
    assert everything(engine) == before


def test_what_is_ones_own_is_nobody_elses_and_what_is_not_there_is_not_there(house):
    engine, people, instance, found = house
    for actor in people:
        for name, call in OF_ONES_OWN.items():
            answer = repr(call(engine, actor, instance, found))
            if actor.id != "hr@E1":
                assert instance not in answer or may(actor, Act.SEE_INSTANCE, Subject("E1", "hr@E1")), (name, actor.id)
        for name, call in STRANGERS.items():
            with pytest.raises((NotFoundError, NotPermittedError)):
                call(engine, actor, instance, found)
            assert name
    assert engine.papers.draft_at(people[0], of_task(found)) is None
