"""The engine's front door: every method is one transaction. No HTTP here, and nothing that reads the machine's clock."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from engine import calendar
from engine.accounts import Accounts
from engine.clock import SHANGHAI, Clock, VirtualClock
from engine.commands import (
    absences,
    agenda_feeds,
    alarms,
    calendars,
    deployments,
    due_dates,
    expiry,
    handing,
    incidents,
    instances,
    lapses,
    notices,
    opinions,
    outside_messages,
    people,
    recounts,
    registers,
    reminders,
    retention,
    rotation,
    setting_off,
    signatures,
    tasks,
    timer_acts,
    timers,
    urging,
    withdrawals,
)
from engine.commands import clock as clocks
from engine.correction import Correction
from engine.driving import Driver
from engine.errors import BusyError, InvalidError
from engine.inboxes import Inboxes
from engine.library import Library
from engine.outgoing import Outgoing
from engine.papers import Papers
from engine.permissions import SYSTEM, Actor
from engine.queries import absences as absence_queries
from engine.queries import agenda as agendas
from engine.queries import calendars as calendar_queries
from engine.queries import certificates, staging, verification
from engine.queries import decisions as decision_queries
from engine.queries import deployments as deployment_queries
from engine.queries import guide as guides
from engine.queries import inbox as inbox_queries
from engine.queries import incidents as incident_queries
from engine.queries import instances as instance_queries
from engine.queries import meeting as meeting_queries
from engine.queries import notices as notice_queries
from engine.queries import opinions as opinion_queries
from engine.queries import people as people_queries
from engine.queries import permissions as permission_queries
from engine.queries import posted as posted_queries
from engine.queries import progress as progress_queries
from engine.queries import registers as register_queries
from engine.queries import regulation as regulation_queries
from engine.queries import roster as roster_queries
from engine.queries import startable as startables
from engine.queries import tasks as task_queries
from engine.queries import timers as timer_queries
from engine.queries import urging as urging_queries
from engine.queries import verbs as verb_queries
from engine.rectifications import Rectifications
from engine.redeployment import Redeployment
from engine.retaining import USUAL_DAYS
from engine.services.outside import Outside
from engine.signing_in import SessionLimits
from engine.transaction import NO_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from engine.arrangement import Arrangement
    from engine.bundle import Bundle
    from engine.keys import Keys
    from engine.queries.roster import Entered
    from engine.retaining import Days
    from engine.transaction import Sessions, Transaction
    from forms import FormView
    from forms.text import Text

__all__ = ["Engine", "Outside"]

T = TypeVar("T")
_NOTHING_OUTSIDE = Outside()
_USUAL_SESSIONS = SessionLimits()
# Nobody waits longer than for so many windows that are counted anew.
_WITHIN_A_COMMAND = 300
_ALL = 1_000_000
# Timers do not wait for more; the next tick goes on with the rest.
_REMINDERS_A_TICK = 200


class Engine:
    """Runs deployed policies over one database. Threads may share it; it keeps no state but parsed deployments."""

    def __init__(
        self,
        sessions: Sessions,
        clock: Clock,
        calendar_: calendar.Calendar | None = None,
        outside: Outside = _NOTHING_OUTSIDE,
        session_limits: SessionLimits = _USUAL_SESSIONS,
        keys: Keys = NO_KEYS,
        days: Days = USUAL_DAYS,
    ) -> None:
        self.sessions, self.clock, self.outside, self.days = sessions, clock, outside, days
        self.library = Library(calendar_ or calendar.load_shipped())
        self._driver = Driver(sessions, clock, self.library, keys)
        self.accounts = Accounts(self._driver, session_limits)
        self.inboxes = Inboxes(self._driver, self.library)
        self.papers = Papers(self._driver, self.library)
        self.outgoing = Outgoing(self._driver, self.library)
        self.redeployment = Redeployment(self._driver, self.library)
        self.rectifications = Rectifications(self._driver, self.library)
        self._moving = Lock()
        self._looked_on: date | None = None
        self._due_dates_by: int | None = None

    # --- commands

    def deploy(self, actor: Actor, bundle: Bundle) -> dict[str, Any]:
        """See engine.commands.deployments.deploy."""
        return self._driver.write(actor, lambda tx: deployments.deploy(tx, bundle))

    def start(
        self,
        actor: Actor,
        process: str,
        submitted: Mapping[str, Any],
        *,
        parent_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.instances.start."""
        return self._driver.write(
            actor, lambda tx: instances.start(tx, self.library, process, submitted, parent_id, idempotency_key)
        )

    def claim(self, actor: Actor, task_id: str) -> None:
        """See engine.commands.tasks.claim."""
        self._driver.write(actor, lambda tx: tasks.claim(tx, task_id))

    def complete(
        self,
        actor: Actor,
        task_id: str,
        submitted: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        revision: int | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.tasks.complete."""
        return self._driver.write(
            actor,
            lambda tx: tasks.complete(
                tx, self.library, task_id, submitted, idempotency_key=idempotency_key, revision=revision
            ),
        )

    def unclaim(self, actor: Actor, task_id: str, *, idempotency_key: str | None = None) -> dict[str, Any]:
        """See engine.commands.handing.unclaim."""
        return self._driver.write(actor, lambda tx: handing.unclaim(tx, self.library, task_id, idempotency_key))

    def give_back(self, actor: Actor, task_id: str, *, idempotency_key: str | None = None) -> dict[str, Any]:
        """See engine.commands.handing.give_back."""
        return self._driver.write(actor, lambda tx: handing.give_back(tx, task_id, idempotency_key))

    def reassign(
        self, actor: Actor, task_id: str, to: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.handing.reassign."""
        return self._driver.write(actor, lambda tx: handing.reassign(tx, task_id, to, reason, idempotency_key))

    def delegate(
        self, actor: Actor, task_id: str, to: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.handing.delegate."""
        return self._driver.write(actor, lambda tx: handing.delegate(tx, task_id, to, reason, idempotency_key))

    def withdraw(
        self, actor: Actor, task_id: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.withdrawals.withdraw."""
        return self._driver.write(
            actor, lambda tx: withdrawals.withdraw(tx, self.library, task_id, reason, idempotency_key)
        )

    def urge(
        self, actor: Actor, task_id: str, words: str = "", *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.urging.urge."""
        return self._driver.write(actor, lambda tx: urging.urge(tx, self.library, task_id, words, idempotency_key))

    def read_notices(
        self, actor: Actor, until: int | None = None, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.notices.read."""
        return self._driver.write(actor, lambda tx: notices.read(tx, until, idempotency_key))

    def add_signer(
        self, actor: Actor, task_id: str, person_id: str, question: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.opinions.ask."""
        return self._driver.write(actor, lambda tx: opinions.ask(tx, task_id, person_id, question, idempotency_key))

    def cancel_signer(
        self, actor: Actor, task_id: str, person_id: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.opinions.cancel."""
        return self._driver.write(actor, lambda tx: opinions.cancel(tx, task_id, person_id, reason, idempotency_key))

    def give_opinion(
        self, actor: Actor, task_id: str, text: str, *, agrees: bool, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.opinions.give."""
        return self._driver.write(actor, lambda tx: opinions.give(tx, task_id, text, idempotency_key, agrees=agrees))

    def add_employer(self, actor: Actor, **values: Any) -> None:
        """See engine.commands.people.add_employer."""
        self._driver.write(actor, lambda tx: people.add_employer(tx, **values))

    def add_person(self, actor: Actor, **values: Any) -> None:
        """See engine.commands.people.add_person."""
        self._driver.write(actor, lambda tx: people.add_person(tx, **values))

    def create_token(self, actor: Actor, person_id: str, label: str) -> str:
        """See engine.commands.people.create_token."""
        return self._driver.write(actor, lambda tx: people.create_token(tx, person_id, label))

    def arrange_stand_in(
        self, actor: Actor, wanted: Arrangement, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.absences.arrange."""
        return self._driver.write(actor, lambda tx: absences.arrange(tx, self.library, wanted, idempotency_key))

    def end_stand_in(
        self, actor: Actor, absence_id: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.absences.end."""
        return self._driver.write(actor, lambda tx: absences.end(tx, self.library, absence_id, reason, idempotency_key))

    def import_calendar(self, actor: Actor, content: bytes) -> dict[str, Any]:
        """See engine.commands.calendars.import_year."""
        return self._driver.write(actor, lambda tx: calendars.import_year(tx, self.library, content))

    def confirm_calendar(self, actor: Actor, version_id: int) -> dict[str, Any]:
        """See engine.commands.calendars.confirm; windows are counted anew at once, the tick goes on where they are many."""
        result = self._driver.write(actor, lambda tx: calendars.confirm(tx, version_id))
        with suppress(BusyError):  # it is confirmed; the tick goes on
            self._count_anew(self.clock.now(), _WITHIN_A_COMMAND)
        return result

    def decide_recount(self, actor: Actor, recount_id: int, reason: str, *, accepts: bool) -> dict[str, Any]:
        """See engine.commands.recounts.decide."""
        return self._driver.write(actor, lambda tx: recounts.decide(tx, recount_id, reason, accepts=accepts))

    def save_entry(
        self,
        actor: Actor,
        register: str,
        entry: Mapping[str, Any],
        *,
        key: str | None = None,
        revision: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.registers.save."""
        return self._driver.write(actor, lambda tx: registers.save(tx, self.library, register, entry, key, revision))

    def strike_entry(self, actor: Actor, register: str, key: str, reason: str, *, revision: str | None = None) -> None:
        """See engine.commands.registers.strike."""
        self._driver.write(actor, lambda tx: registers.strike(tx, register, key, reason, revision))

    def stage_import(self, actor: Actor, register: str, file_name: str, content: bytes) -> str:
        """See engine.commands.registers.stage."""
        return self._driver.write(actor, lambda tx: registers.stage(tx, self.library, register, file_name, content))

    def import_staged(self, actor: Actor, staged_id: str) -> dict[str, Any]:
        """See engine.commands.registers.import_staged."""
        return self._driver.write(actor, lambda tx: registers.import_staged(tx, self.library, staged_id))

    def import_register(self, actor: Actor, register: str, content: bytes, file_name: str = "") -> dict[str, Any]:
        """See engine.commands.registers.import_content."""
        return self._driver.write(
            actor, lambda tx: registers.import_content(tx, self.library, register, content, file_name)
        )

    def import_entries(self, actor: Actor, register: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """See engine.commands.registers.import_entries."""
        return self._driver.write(actor, lambda tx: registers.import_entries(tx, self.library, register, entries))

    # --- time and messages

    def tick(self) -> int:
        """Deliver what is pending and fire what is due by now, in due order; says how many timers fired."""
        if self._driver.read(SYSTEM, retention.is_list_due):
            self._driver.write(SYSTEM, retention.list_heads)
        self._count_anew(self.clock.now())
        self.redeployment.note_due()
        self._driver.deliver_all()
        fired = self._driver.fire_until(self.clock.now())
        # What only tells people comes after what is law, and holds none of it up.
        self._driver.remind_until(self.clock.now(), lambda _due: None, _REMINDERS_A_TICK)
        self._once_a_day()
        return fired

    def do_jobs(self) -> int:
        """Do what diagrams want done outside the database (service tasks such as `mail`); says how many were tried.

        Beside the tick, not in it: a mail server that takes its time holds up no timer and no message.
        """
        return self._driver.do_jobs(self.outside)

    def send_letters(self) -> int:
        """See engine.outgoing.Outgoing.send_letters."""
        return self.outgoing.send_letters(self.outside)

    def call_hooks(self) -> int:
        """See engine.outgoing.Outgoing.call_hooks."""
        return self.outgoing.call_hooks(self.outside)

    def move_clock(self, actor: Actor, to: datetime) -> None:
        """Move a virtual clock forward; every timer on the way fires at its own moment."""
        clock = self._virtual_clock()
        with self._moving:  # two visitors at once: the second moves on from where the first has left it
            self._driver.read(actor, lambda tx: clocks.require_forward(tx, to))
            self._count_anew(to)
            self._driver.fire_until(to, lambda due: self._reach(clock, due))
            self._remind_until(clock, to)
            clock.move_to(to)
            self.redeployment.note_due()
            self._driver.write(actor, lambda tx: clocks.note_move(tx, to))
            self._once_a_day()

    def require_never_moved(self) -> None:
        """See engine.commands.clock.require_never_moved."""
        self._driver.read(SYSTEM, clocks.require_never_moved)

    def restore_clock(self) -> None:
        """Put a virtual clock where it stood before the process ended."""
        kept = self._driver.read(SYSTEM, clocks.kept)
        if kept is not None:
            self._virtual_clock().move_to(kept)

    def next_timer(self, actor: Actor) -> datetime | None:
        """When the next timer is due, however far ahead."""
        return self._driver.read(actor, lambda tx: timers.next_due(tx, datetime.max.replace(tzinfo=UTC)))

    def fire_timer(
        self, actor: Actor, timer_id: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.timer_acts.fire."""
        return self._driver.write(
            actor, lambda tx: timer_acts.fire(tx, self.library, timer_id, reason, idempotency_key)
        )

    def postpone_timer(
        self, actor: Actor, timer_id: str, to: datetime, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.timer_acts.postpone."""
        return self._driver.write(actor, lambda tx: timer_acts.postpone(tx, timer_id, to, reason, idempotency_key))

    def renew_agenda_feed(self, actor: Actor) -> str:
        """See engine.commands.agenda_feeds.renew."""
        return self._driver.write(actor, agenda_feeds.renew)

    def end_agenda_feed(self, actor: Actor) -> None:
        """See engine.commands.agenda_feeds.end."""
        self._driver.write(actor, agenda_feeds.end)

    def retry(
        self,
        actor: Actor,
        incident_id: str,
        correction: Correction | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.incidents.retry."""
        wanted = correction or Correction()
        return self._driver.write(
            actor, lambda tx: incidents.retry(tx, self.library, incident_id, wanted, idempotency_key)
        )

    def send_message(
        self, actor: Actor, name: str, key: str, payload: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.outside_messages.send."""
        return self._driver.write(
            actor, lambda tx: outside_messages.send(tx, self.library, name, key, payload, idempotency_key)
        )

    def set_off(
        self,
        actor: Actor,
        instance_id: str,
        element: str,
        submitted: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.setting_off.set_off."""
        return self._driver.write(
            actor,
            lambda tx: setting_off.set_off(tx, self.library, instance_id, element, submitted, idempotency_key),
        )

    def resolve(
        self, actor: Actor, incident_id: str, reason: str, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """See engine.commands.incidents.resolve."""
        return self._driver.write(
            actor, lambda tx: incidents.resolve(tx, self.library, incident_id, reason, idempotency_key)
        )

    def forget(self, actor: Actor, subject_id: str, number: int) -> None:
        """See engine.commands.retention.forget."""
        self._driver.write(actor, lambda tx: retention.forget(tx, subject_id, number))

    def rotate_keys(self, actor: Actor) -> Mapping[str, int]:
        """See engine.commands.rotation.rotate; all of it, in many transactions: how many rows of each table."""
        total = Counter[str]()
        while done := self._driver.write(actor, rotation.rotate):
            total.update(done)
        return total

    # --- queries

    def check_keys(self, actor: Actor) -> rotation.Checked:
        """See engine.commands.rotation.check."""
        return self._driver.read(actor, rotation.check)

    def audit_export(self, actor: Actor) -> dict[str, Any]:
        """Everything that `verification.verify` needs."""
        return self._driver.read(actor, verification.export)

    def incidents(self, actor: Actor) -> list[incident_queries.IncidentLine]:
        return self._driver.read(actor, incident_queries.incidents)

    def incident(self, actor: Actor, incident_id: str) -> incident_queries.IncidentDetail:
        return self._driver.read(actor, lambda tx: incident_queries.incident_detail(tx, incident_id))

    def actor(self, person_id: str) -> Actor | None:
        return self._driver.read(SYSTEM, lambda tx: people_queries.actor(tx, person_id))

    def actor_by_token(self, token: str) -> Actor | None:
        """Whoever a token is of, as far as its scopes let them."""
        caller = self.accounts.caller(token)
        return caller.actor if caller else None

    def absences(self, actor: Actor) -> absence_queries.Absences:
        """See engine.queries.absences.absences."""
        return self._driver.read(actor, lambda tx: absence_queries.absences(tx, self.library))

    def permissions(self, actor: Actor, person_id: str, matter: str | None = None) -> permission_queries.Explained:
        """See engine.queries.permissions.explained."""
        return self._driver.read(actor, lambda tx: permission_queries.explained(tx, self.library, person_id, matter))

    def people(self) -> list[people_queries.PersonLine]:
        return self._driver.read(SYSTEM, people_queries.people)

    def inbox(
        self, actor: Actor, which: str, *, limit: int = inbox_queries.LIMIT, after: str | None = None
    ) -> list[inbox_queries.TaskLine]:
        return self._driver.read(actor, lambda tx: inbox_queries.inbox(tx, self.library, which, limit, after))

    def task(self, actor: Actor, task_id: str) -> task_queries.TaskDetail:
        return self._driver.read(actor, lambda tx: task_queries.task_detail(tx, self.library, task_id))

    def task_form(
        self,
        actor: Actor,
        detail: task_queries.TaskDetail,
        values: Mapping[str, Any],
        errors: Mapping[str, Text] | None = None,
    ) -> FormView:
        return self._driver.read(actor, lambda tx: task_queries.form_view(tx, self.library, detail, values, errors))

    def notices(
        self, actor: Actor, *, limit: int = notice_queries.LIMIT, after: str | None = None
    ) -> list[notice_queries.NoticeLine]:
        """See engine.queries.notices.notices."""
        return self._driver.read(actor, lambda tx: notice_queries.notices(tx, limit, after))

    def unread(self, actor: Actor) -> int:
        """How many notices the actor has not read."""
        return self._driver.read(actor, notice_queries.unread)

    def verbs(self, actor: Actor, task_id: str) -> verb_queries.Verbs:
        """What the actor may do with a task beside completing it."""
        return self._driver.read(actor, lambda tx: verb_queries.verbs(tx, task_id))

    def withdrawable(self, actor: Actor, instance_id: str) -> verb_queries.Withdrawable | None:
        """The actor's own completion that may still be taken back."""
        return self._driver.read(actor, lambda tx: verb_queries.withdrawable(tx, self.library, instance_id))

    def urgeable(self, actor: Actor, instance_id: str) -> list[urging_queries.Urgeable]:
        """See engine.queries.urging.urgeable."""
        return self._driver.read(actor, lambda tx: urging_queries.urgeable(tx, self.library, instance_id))

    def agenda(self, actor: Actor) -> agendas.Agenda:
        """What is due when for the actor."""
        return self._driver.read(actor, lambda tx: agendas.agenda(tx, self.library))

    def agenda_feed(self, secret: str) -> agendas.Feed:
        """See engine.queries.agenda.feed."""
        return self._driver.read(SYSTEM, lambda tx: agendas.feed(tx, self.library, secret))

    def timers(
        self,
        actor: Actor,
        *,
        state: str = timer_queries.COMING,
        process: str | None = None,
        limit: int = timer_queries.LIMIT,
        after: str | None = None,
    ) -> list[timer_queries.TimerLine]:
        """See engine.queries.timers.timers."""
        return self._driver.read(
            actor,
            lambda tx: timer_queries.timers(tx, self.library, state=state, process=process, limit=limit, after=after),
        )

    def timer(self, actor: Actor, timer_id: str) -> timer_queries.TimerDetail:
        return self._driver.read(actor, lambda tx: timer_queries.timer_detail(tx, self.library, timer_id))

    def timer_processes(self, actor: Actor) -> list[tuple[str, Text]]:
        return self._driver.read(actor, lambda tx: timer_queries.processes(tx, self.library))

    def opinions(self, actor: Actor) -> list[opinion_queries.OpinionLine]:
        """What the actor is asked and has not answered."""
        return self._driver.read(actor, lambda tx: opinion_queries.asked_of_me(tx, self.library))

    def instances(
        self,
        actor: Actor,
        *,
        process: str | None = None,
        mine: bool = False,
        limit: int = instance_queries.LIMIT,
        after: str | None = None,
    ) -> list[instance_queries.InstanceLine]:
        return self._driver.read(
            actor,
            lambda tx: instance_queries.instances(
                tx, self.library, process=process, mine=mine, limit=limit, after=after
            ),
        )

    def instance(self, actor: Actor, instance_id: str) -> instance_queries.InstanceDetail:
        return self._driver.read(actor, lambda tx: instance_queries.instance_detail(tx, self.library, instance_id))

    def posted(self, actor: Actor, instance_id: str) -> posted_queries.Posted:
        """See engine.queries.posted.posted."""
        return self._driver.read(actor, lambda tx: posted_queries.posted(tx, self.library, instance_id))

    def offer_form(
        self,
        actor: Actor,
        instance_id: str,
        element: str,
        values: Mapping[str, Any],
        errors: Mapping[str, Text] | None = None,
    ) -> instance_queries.OfferForm:
        return self._driver.read(
            actor, lambda tx: instance_queries.offer_form(tx, self.library, instance_id, element, values, errors)
        )

    def meetings(self, actor: Actor) -> list[meeting_queries.MeetingLine]:
        """See engine.queries.meeting.meetings."""
        return self._driver.read(actor, lambda tx: meeting_queries.meetings(tx, self.library))

    def meeting(
        self, actor: Actor, instance_id: str, element: str, entered: Mapping[str, Entered] | None = None
    ) -> meeting_queries.Meeting:
        """See engine.queries.meeting.meeting."""
        return self._driver.read(
            actor, lambda tx: meeting_queries.meeting(tx, self.library, instance_id, element, entered)
        )

    def roster_line(self, actor: Actor, task_id: str) -> roster_queries.RosterLine:
        """See engine.queries.roster.roster_line."""
        return self._driver.read(actor, lambda tx: roster_queries.roster_line(tx, self.library, task_id))

    def record_signatures(
        self,
        actor: Actor,
        instance_id: str,
        element: str,
        signed: Sequence[str],
        remark: str,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """See engine.commands.signatures.record."""
        return self._driver.write(
            actor, lambda tx: signatures.record(tx, instance_id, element, signed, remark, idempotency_key)
        )

    def progress(self, actor: Actor, instance_id: str) -> progress_queries.Progress:
        return self._driver.read(actor, lambda tx: progress_queries.progress(tx, self.library, instance_id))

    def startable(self, actor: Actor) -> list[startables.Startable]:
        return self._driver.read(actor, lambda tx: startables.startable(tx, self.library))

    def withheld(self, actor: Actor) -> list[Text]:
        """See engine.queries.startable.withheld."""
        return self._driver.read(actor, lambda tx: startables.withheld(tx, self.library))

    def start_form(
        self,
        actor: Actor,
        process: str,
        parent_id: str | None,
        values: Mapping[str, Any],
        errors: Mapping[str, Text] | None = None,
    ) -> startables.StartForm:
        return self._driver.read(
            actor, lambda tx: startables.start_form(tx, self.library, process, parent_id, values, errors)
        )

    def deployments(self, actor: Actor) -> list[deployment_queries.DeploymentLine]:
        return self._driver.read(actor, deployment_queries.deployments)

    def deployment_files(self, actor: Actor, deployment_id: int) -> Mapping[str, bytes]:
        return self._driver.read(actor, lambda tx: deployment_queries.files(tx, deployment_id))

    def decide(self, actor: Actor, key: str, context: Mapping[str, Any]) -> decision_queries.Decided:
        """See engine.queries.decisions.decide."""
        return self._driver.read(actor, lambda tx: decision_queries.decide(tx, self.library, key, context))

    def certificate(self, number: str) -> certificates.Checked:
        """The public check: anybody may ask, so nothing personal is in the answer."""
        return self._driver.read(SYSTEM, lambda tx: certificates.check(tx, self.library, number))

    def compared(self, actor: Actor, old_id: int, new_id: int) -> staging.Compared:
        """See engine.queries.staging.compared."""
        return self._driver.read(actor, lambda tx: staging.compared(tx, old_id, new_id))

    def calendars(self, actor: Actor) -> calendar_queries.Register:
        return self._driver.read(actor, lambda tx: calendar_queries.register(tx, self.library))

    def calendar_year(self, actor: Actor, year: int) -> calendar_queries.YearDetail:
        return self._driver.read(actor, lambda tx: calendar_queries.year_detail(tx, self.library, year))

    def register(
        self,
        actor: Actor,
        name: str,
        *,
        search: str = "",
        employer_id: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> register_queries.Listed:
        """See engine.queries.registers.listed."""
        return self._driver.read(
            actor,
            lambda tx: register_queries.listed(
                tx, name, search=search, employer_id=employer_id, after=after, limit=limit
            ),
        )

    def register_entry(self, actor: Actor, name: str, key: str) -> register_queries.Detail:
        return self._driver.read(actor, lambda tx: register_queries.detail(tx, name, key))

    def export_register(
        self, actor: Actor, name: str, *, search: str = "", employer_id: str | None = None
    ) -> register_queries.Exported:
        """See engine.queries.registers.exported."""
        return self._driver.read(actor, lambda tx: register_queries.exported(tx, name, search, employer_id))

    def staged_import(self, actor: Actor, staged_id: str) -> register_queries.Staged:
        """A file that waits for its bearer's word, checked against the register as it is now."""
        return self._driver.read(actor, lambda tx: register_queries.staged(tx, self.library, staged_id))

    def regulation(
        self, actor: Actor, deployment_id: int | None = None, row: str | None = None
    ) -> regulation_queries.Regulation:
        return self._driver.read(actor, lambda tx: regulation_queries.regulation(tx, self.library, deployment_id, row))

    def guide(self) -> guides.Guide:
        """For the sandbox only: what can be done next, and by whom."""
        return self._driver.read(SYSTEM, lambda tx: guides.guide(tx, self.library))

    def is_working_day(self, day: date) -> bool | None:
        """None: the official calendar of that year is not known."""
        return self.library.calendar.is_working_day(day)

    # --- inside

    def inspect(self, query: Callable[[Transaction], T]) -> T:
        """A query without permissions (engine.queries.inspection): for cases and the worker, never for a page."""
        return self._driver.read(SYSTEM, query)

    def _count_anew(self, until: datetime, most: int = _ALL) -> None:
        """Take the newest calendar, and count anew what rests on an older one: before anything fires by it."""
        is_other = self._driver.read(SYSTEM, lambda tx: self.library.renew(tx.session))
        self._count_due_dates_anew()
        look = partial(recounts.stale, library=self.library, until=until, unknown=is_other)
        if self._driver.read(SYSTEM, look):
            self._driver.write(SYSTEM, partial(recounts.ask_stale, library=self.library, until=until, unknown=is_other))
        for _ in range(most):
            found = self._driver.read(SYSTEM, recounts.next_pending)
            if found is None:
                return
            self._driver.write(SYSTEM, partial(recounts.recount, library=self.library, recount_id=found))

    def _count_due_dates_anew(self) -> None:
        """Once for each calendar, and when a process begins."""
        if self._due_dates_by == (number := self.library.number):
            return
        for task_id in self._driver.read(SYSTEM, partial(due_dates.stale, library=self.library)):
            self._driver.attempt(partial(due_dates.recount, library=self.library, task_id=task_id))
        self._driver.write(SYSTEM, partial(reminders.look_again, at_all=False))
        self._due_dates_by = number

    def _once_a_day(self) -> None:
        """Alarms, what stand-ins have no longer, what is kept for some days only: once a business day."""
        today = self.clock.now().astimezone(SHANGHAI).date()
        if today == self._looked_on:
            return
        self._driver.attempt(partial(alarms.raise_all, library=self.library))
        for task_id, *_ in self._driver.read(SYSTEM, lapses.held):
            self._driver.attempt(partial(lapses.lapse_due, library=self.library, task_id=task_id))
        with suppress(BusyError):  # the next day goes on
            while self._driver.write(SYSTEM, partial(expiry.delete_old, days=self.days)):
                pass
        self._looked_on = today

    def _reach(self, clock: VirtualClock, moment: datetime) -> None:
        """What people are reminded of on the way comes before what happens at that moment."""
        self._remind_until(clock, moment)
        self._stand_at(clock, moment)

    def _remind_until(self, clock: VirtualClock, until: datetime) -> None:
        self._driver.remind_until(until, lambda due: self._stand_at(clock, max(due, clock.now())))

    def _stand_at(self, clock: VirtualClock, moment: datetime) -> None:
        """Kept before its timers fire: killed here, the sandbox goes on from this moment."""
        clock.move_to(moment)
        self._driver.write(SYSTEM, lambda tx: clocks.keep(tx, moment))

    def _virtual_clock(self) -> VirtualClock:
        if not isinstance(self.clock, VirtualClock):
            raise InvalidError("只有沙盒的时钟可以调整。", "only a sandbox's clock can be moved.")
        return self.clock
