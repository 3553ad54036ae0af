"""Plays a diagram as its expectation file says, on a new engine after every step: nothing may live in memory alone.

A file `name.yaml` beside `name.bpmn`:

    shows: one sentence
    refused: [{element: boundary, rule: unsupported}]      # or, where it is accepted:
    steps:
      - open: {tasks: [a, b], timers: [late], subscriptions: [mail]}   # exactly these are open
      - complete: a                 # the open task of that element; `with` its form's values, `turn` of a multi-instance from 1
      - wait: P1D                   # the clock moves, timers fire
      - start: q                    # another process of the file
      - fails: {complete: a, says: text of the error}
    end: finish                     # the end event, null while it goes on
    variables: {x: 1}               # among the variables of the first instance
    passed: [a, late, finish]       # every element that tokens went through, in order, start event left out
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from engine import Engine
from engine.bundle import make_bundle
from engine.cases.reading import moment
from engine.checks import check
from engine.clock import VirtualClock
from engine.errors import PingpinError
from engine.queries import inspection
from engine.transaction import make_sessions, open_database
from tests.engine.bundles import FORM, POLICY
from tests.people import ADMIN

DIAGRAMS = Path(__file__).parent / "diagrams"
BEGINS = moment("2025-06-23 09:00")


def read(path):
    """(bundle, expectation) of a diagram; every process of it that is startable has its name in `starts`."""
    expected = yaml.safe_load(path.with_suffix(".yaml").read_text())
    starts = "".join(f"  - {{process: {process}, roles: [hr]}}\n" for process in expected.get("starts", ["p"]))
    policy = POLICY.split("start:")[0] + "start:\n" + starts + expected.get("policy", "")
    files = {"policy.yaml": policy.encode(), "p.bpmn": path.read_bytes(), "any.form": json.dumps(FORM).encode()}
    return make_bundle({**files, "any.dmn": (Path(__file__).parent / "any.dmn").read_bytes()}), expected


def refusals(path):
    return {(finding.element, finding.rule) for finding in check(read(path)[0])}


class Play:
    """One diagram while it is played, on a database with the schema."""

    def __init__(self, address, bundle, *, restart=True):
        self.address, self.restart, self.clock = address, restart, VirtualClock(BEGINS)
        self.database = open_database(address)
        self.engine = self._new()
        self.engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
        for person, roles in (("hr", ["hr"]), ("leader", ["leader"]), ("x1", ["expert"]), ("x2", ["expert"])):
            self.engine.add_person(ADMIN, id=person, name=f"某{person}", employer_id="E1", roles=roles)
        self.engine.deploy(ADMIN, bundle)
        self.instances = []
        self.start("p")

    def _new(self):
        return Engine(make_sessions(self.database), self.clock)

    def again(self):
        """A new engine knows nothing but the database."""
        if self.restart:
            self.engine = self._new()

    def start(self, process):
        self.instances.append(self.engine.start(self.engine.actor("hr"), process, {})["instance"])

    def whole(self, instance=None):
        return self.engine.inspect(lambda tx: inspection.whole(tx, self.engine.library, instance or self.instances[0]))

    def step(self, step):
        self.again()
        match step:
            case {"complete": element}:
                self.complete(element, step.get("with", {}), step.get("turn"))
            case {"wait": length}:
                until = self.engine.library.evaluator(self.clock.now()).moment(length, {}, "")
                self.engine.move_clock(ADMIN, until)
            case {"start": process}:
                self.start(process)
            case {"open": expected}:
                assert self.open() == {
                    kind: sorted(expected.get(kind, [])) for kind in ("tasks", "timers", "subscriptions")
                }
            case {"fails": failing}:
                self.fail(dict(failing))
            case _:
                raise AssertionError(f"no such step: {step}")

    def fail(self, step):
        says = step.pop("says")
        try:
            self.step(step)
        except PingpinError as error:
            assert says in str(error), str(error)
        else:
            raise AssertionError(f"{step} did not fail")

    def complete(self, element, values, turn):
        found = [row for row in self._rows("task") if row.element == element]
        if turn is not None:
            found = [row for row in found if json.loads(row.local).get("loopCounter") == turn]
        assert found, f"no open task {element}: {self.open()}"
        self.engine.complete(self.engine.actor(found[0].assignee_id or "hr"), found[0].id, values)

    def open(self):
        return {
            f"{kind}s": sorted(row.element for row in self._rows(kind)) for kind in ("task", "timer", "subscription")
        }

    def _rows(self, kind):
        condition = "" if kind == "subscription" else "WHERE status = 'open'"
        with self.database.connect() as connection:
            return connection.exec_driver_sql(f"SELECT * FROM {kind} {condition} ORDER BY id").all()

    def passed(self, instance):
        """Every element in the order in which tokens left it."""
        return [element for event in self.whole(instance).events for element in (event.payload or {}).get("passed", ())]


def play(address, path, *, restart=True):
    """Play it to the end of its steps and compare; returns what it came to."""
    bundle, expected = read(path)
    found = Play(address, bundle, restart=restart)
    try:
        for number, step in enumerate(expected.get("steps", []), 1):
            try:
                found.step(step)
            except Exception as error:
                error.add_note(f"{path.name}, step {number}: {step}")
                raise
        whole = found.whole()
        passed = found.passed(found.instances[0])
        assert whole.line.end_element == expected.get("end")
        for name, value in expected.get("variables", {}).items():
            assert whole.variables.get(name) == value, name
        if "passed" in expected:
            assert passed == expected["passed"], passed
        return whole.variables, passed, found.open()
    finally:
        found.database.dispose()
