"""Playing a case: each step through the Engine, each expectation against what a page would show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import yaml

from engine import Engine, Outside
from engine.bundle import Bundle, make_bundle, read_folder
from engine.cases import governing
from engine.cases.coverage import Coverage, used_rules
from engine.cases.deciding import Tables, decide, read_tables
from engine.cases.expecting import Unmet, expect, plain
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.errors import PingpinError
from engine.keys import new_key, read_keys
from engine.permissions import OPERATOR, Actor, Role
from engine.policy import FILE, read_yaml
from engine.queries import inspection
from engine.tables import metadata
from engine.transaction import make_sessions, open_database
from forms import FormError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from engine.cases.reading import Case

_ADMIN = replace(OPERATOR, id="admin", name="系统管理员")
_SECOND_ADMIN = Actor("admin2", "系统管理员乙", roles=frozenset({Role.ADMIN}))


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`failure` is None for a case that passed; else the step and what was expected and found."""

    case: Case
    failure: str | None
    coverage: Coverage


@dataclass(slots=True)
class Asked:
    """Decisions that a case asks directly, and the rules that answered."""

    tables: Tables
    given: Mapping[str, Any]
    rules: set[tuple[str, str]] = field(default_factory=set)

    def decide(self, now: datetime, step: Mapping[str, Any]) -> None:
        self.rules |= set(used_rules(decide(self.tables, now, self.given, step)))


@dataclass(slots=True)
class World:
    """What a case has brought about so far: the engine, and the instances by the names that the case gave them."""

    engine: Engine
    clock: VirtualClock
    folder: Path
    instances: dict[str, str] = field(default_factory=dict)
    asked: Asked | None = None
    bundle: Bundle | None = None
    # Proposals and corrections by the names that the case gave them.
    numbers: dict[str, int] = field(default_factory=dict)

    def actor(self, person_id: str) -> Actor:
        found = self.engine.actor(person_id)
        if found is None:
            raise Unmet(f"the case has no person {person_id}")
        return found


def run_case(case: Case, bundle: Bundle) -> CaseResult:
    """Play one case on a database in memory; never raises for what the case or the bundle does wrong."""
    if case.is_tables_only:
        return _run_tables(case, bundle)
    database = open_database("sqlite://")
    metadata.create_all(database)
    clock = VirtualClock(case.starts_at)
    engine = Engine(make_sessions(database), clock, outside=Outside(is_sandbox=True), keys=read_keys(new_key()))
    world = World(engine, clock, case.path.parent)
    try:
        failure = _play(world, case, bundle)
        asked = Coverage(rules=frozenset(world.asked.rules if world.asked else ()))
        return CaseResult(case, failure, Coverage.of(world.engine) | asked)
    finally:
        database.dispose()


def _run_tables(case: Case, bundle: Bundle) -> CaseResult:
    """A case of decisions alone, without engine and database."""
    try:
        asked = Asked(read_tables(bundle, case.settings), case.given)
    except (PingpinError, Unmet, LookupError, TypeError, ValueError) as error:
        return CaseResult(case, f"before the first step: {error}", Coverage())
    failure = _play_in_order(case.steps, partial(asked.decide, case.starts_at))
    return CaseResult(case, failure, Coverage(rules=frozenset(asked.rules)))


def _play(world: World, case: Case, bundle: Bundle) -> str | None:
    try:
        populate(world, case, bundle)
        if any("decide" in step for step in case.steps):
            world.asked = Asked(read_tables(bundle, case.settings), case.given)
    except (PingpinError, Unmet, TypeError, ValueError) as error:
        return f"before the first step: {error}"
    return play_steps(world, case.steps)


def play_steps(world: World, steps: Iterable[Mapping[str, Any]]) -> str | None:
    """Play steps in order; says what went wrong at the first that did not go as told."""

    def play(step: Mapping[str, Any]) -> None:
        if "decide" in step and world.asked:
            world.asked.decide(world.clock.now(), step)
        else:
            _step(world, step)
            world.engine.do_jobs()

    return _play_in_order(steps, play)


def _play_in_order(steps: Iterable[Mapping[str, Any]], play: Callable[[Mapping[str, Any]], None]) -> str | None:
    for number, step in enumerate(steps, 1):
        try:
            play(step)
        except Unmet as unmet:
            return f"step {number} ({_describe(step)}): {unmet}"
        except (PingpinError, FormError) as error:
            return f"step {number} ({_describe(step)}): refused with {_name(error)}: {error}"
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return f"step {number} ({_describe(step)}): not as docs/cases.md says: {type(error).__name__}: {error}"
    return None


def populate(world: World, case: Case, bundle: Bundle) -> None:
    """The employers, the people and the deployment that the story begins with."""
    for employer_id, values in case.employers.items():
        world.engine.add_employer(_ADMIN, id=employer_id, **plain(values))
    for person_id, values in case.people.items():
        entry = plain(dict(values))
        world.engine.add_person(_ADMIN, id=person_id, employer_id=entry.pop("employer", None), **entry)
    world.bundle = _with_settings(bundle, case.settings)
    world.engine.deploy(_ADMIN, world.bundle)
    for register, entries in case.registers.items():
        world.engine.import_entries(_ADMIN, register, plain(entries))


def _with_settings(bundle: Bundle, settings: Mapping[str, Any]) -> Bundle:
    """The bundle as if its owner had changed these defaults."""
    if not settings:
        return bundle
    document = read_yaml(bundle.files[FILE])
    for key, value in settings.items():
        document["settings"][key]["default"] = value
    return make_bundle({**bundle.files, FILE: yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode()})


def _step(world: World, step: Mapping[str, Any]) -> None:
    if "refused" not in step:
        _act(world, step)
        return
    try:
        _act(world, step)
    except (PingpinError, FormError) as error:
        _check_refusal(step, error)
        return
    raise Unmet(f"expected a refusal with {step['refused']}, but it was done")


def _check_refusal(step: Mapping[str, Any], error: Exception) -> None:
    if _name(error) != str(step["refused"]).removesuffix("Error"):
        raise Unmet(f"expected a refusal with {step['refused']}, found {_name(error)}: {error}")
    said = f"{error} {getattr(error, 'text', '')} {getattr(getattr(error, 'text', None), 'zh', '')}"
    if str(step.get("names", "")) not in said:
        raise Unmet(f"the refusal should name {step['names']}, but says: {said}")
    missing = set(step.get("fields", ())) - set(getattr(error, "fields", ()))
    if missing:
        raise Unmet(f"the refusal should name the fields {sorted(missing)}, but says: {said}")


def _act(world: World, step: Mapping[str, Any]) -> None:
    kind = next((key for key in _ACTS if key in step), "tick")
    _ACTS[kind](world, step)


def _move(world: World, step: Mapping[str, Any]) -> None:
    world.engine.move_clock(_ADMIN, moment(step["at"]))


def _claim(world: World, step: Mapping[str, Any]) -> None:
    for person_id in _people(step):
        world.engine.claim(world.actor(person_id), _task_id(world, step["claim"], step["of"], person_id))


def _complete(world: World, step: Mapping[str, Any]) -> None:
    for person_id in _people(step):
        task_id = _task_id(world, step["complete"], step["of"], person_id)
        world.engine.complete(world.actor(person_id), task_id, plain(step.get("with") or {}))


def _set_off(world: World, step: Mapping[str, Any]) -> None:
    instance_id = _instance(world, step["of"])
    for person_id in _people(step):
        world.engine.set_off(world.actor(person_id), instance_id, step["set_off"], plain(step.get("with") or {}))


def _urge(world: World, step: Mapping[str, Any]) -> None:
    words = str((step.get("with") or {}).get("words", ""))
    for person_id in _people(step):
        world.engine.urge(world.actor(person_id), _task_id(world, step["urge"], step["of"], person_id), words)


def _find(world: World, step: Mapping[str, Any]) -> None:
    """Give a name to an instance that a message began; of several the newest, or the `number`th."""
    parent = _instance(world, step["in"])
    found = world.engine.inspect(partial(inspection.children, parent_id=parent, process=step["find"]))
    number = step.get("number", len(found))
    if not 0 < number <= len(found):
        raise Unmet(f"{step['in']} has {len(found)} instances of {step['find']}, not {max(number, 1)}")
    world.instances[step.get("as", step["find"])] = found[number - 1]


def _message(world: World, step: Mapping[str, Any]) -> None:
    world.engine.send_message(_ADMIN, str(step["message"]), str(step["key"]), plain(step.get("with") or {}))


def _administer(world: World, step: Mapping[str, Any]) -> None:
    if "deploy" in step:
        bundle = read_folder(world.folder / step["deploy"])
        world.engine.deploy(_ADMIN, _with_settings(bundle, step.get("settings") or {}))
    else:
        imported = world.engine.import_calendar(_ADMIN, (world.folder / step["calendar"]).read_bytes())
        world.engine.confirm_calendar(_SECOND_ADMIN, imported["id"])


def _propose(world: World, step: Mapping[str, Any]) -> None:
    """The case's own bundle with other settings, or another one by its folder."""
    bundle = read_folder(world.folder / step["bundle"]) if "bundle" in step else world.bundle
    assert bundle is not None
    changed = _with_settings(bundle, step.get("settings") or {})
    world.numbers[step["propose"]] = governing.propose(world.engine, world.actor(step["by"]), changed, step)


def _decide_on(world: World, step: Mapping[str, Any]) -> None:
    door, said = world.engine.redeployment, str(step.get("reason", "同意"))
    act = "approve" if "approve" in step else "refuse"
    command = door.approve if act == "approve" else door.refuse
    for person_id in _people(step):
        command(world.actor(person_id), _number(world, step[act]), said)


def _correct(world: World, step: Mapping[str, Any]) -> None:
    instance_id = _instance(world, step["of"])
    world.numbers[step["correct"]] = governing.correct(world.engine, world.actor(step["by"]), instance_id, step)


def _sign(world: World, step: Mapping[str, Any]) -> None:
    world.engine.rectifications.sign(world.actor(step["by"]), _number(world, step["sign"]), str(step.get("reason", "")))


def _number(world: World, name: str) -> int:
    if name not in world.numbers:
        raise Unmet(f"nothing that was proposed or corrected is called {name}")
    return world.numbers[name]


def _expect(world: World, step: Mapping[str, Any]) -> None:
    expected = dict(step["expect"])
    if "in_force" in expected:
        governing.check_in_force(world.engine, expected.pop("in_force"))
    for name, wanted in (expected.pop("rehearsed", None) or {}).items():
        governing.check_rehearsed(world.engine, _number(world, name), wanted or {})
    expect(world.engine, world.instances, expected)


def _start(world: World, step: Mapping[str, Any]) -> None:
    parent = world.instances[step["in"]] if "in" in step else None
    started = world.engine.start(
        world.actor(step["by"]), step["start"], plain(step.get("with") or {}), parent_id=parent
    )
    world.instances[step.get("as", step["start"])] = started["instance"]


def _instance(world: World, name: str) -> str:
    if name not in world.instances:
        raise Unmet(f"no instance is called {name}; called so far: {', '.join(world.instances) or 'none'}")
    return world.instances[name]


def _people(step: Mapping[str, Any]) -> list[str]:
    by = step["by"]
    return by if isinstance(by, list) else [by]


def _task_id(world: World, element: str, name: str, person_id: str) -> str:
    """The open task of this element that the person would choose: their own first, then their group's, then anybody's."""
    instance_id, actor = _instance(world, name), world.actor(person_id)
    for which in ("mine", "groups"):
        for line in world.engine.inbox(actor, which):
            if (line.instance_id, line.element) == (instance_id, element):
                return line.id
    tasks = world.engine.inspect(partial(inspection.open_tasks, instance_id=instance_id, element=element))
    if not tasks:
        detail = world.engine.inspect(partial(inspection.whole, library=world.engine.library, instance_id=instance_id))
        raise Unmet(
            f"{name} has no open task {element}; it waits for {sorted(detail.active)}, ended: {detail.line.end_element}"
        )
    return tasks[0]


def _describe(step: Mapping[str, Any]) -> str:
    kind = next(key for key in (*_ACTS, "decide") if key in step)
    what = step[kind] if kind != "expect" else step[kind].get("of", "") if isinstance(step[kind], dict) else ""
    return f"{kind} {what}".strip()


def _name(error: Exception) -> str:
    return type(error).__name__.removesuffix("Error")


_ACTS: Mapping[str, Callable[[World, Mapping[str, Any]], object]] = {
    "at": _move,
    "start": _start,
    "claim": _claim,
    "complete": _complete,
    "set_off": _set_off,
    "urge": _urge,
    "find": _find,
    "message": _message,
    "deploy": _administer,
    "calendar": _administer,
    "propose": _propose,
    "approve": _decide_on,
    "refuse": _decide_on,
    "extend": lambda world, step: governing.extend(world.engine, world.actor(step["by"]), step),
    "roll_back": lambda world, step: governing.roll_back(world.engine, world.actor(step["by"]), step),
    "correct": _correct,
    "sign": _sign,
    "expect": _expect,
    "tick": lambda world, _step: world.engine.tick(),
}
