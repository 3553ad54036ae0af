"""A small office for the verbs: two employers' people, the centre, experts; and what stands in an instance."""

from engine.errors import ConflictError
from engine.queries import inspection
from tests.engine.bundles import POLICY, small
from tests.people import ADMIN

PEOPLE = [
    ("hr", "人事甲", "E1", ["hr"]),
    ("hr2", "人事乙", "E1", ["hr"]),
    ("boss", "负责人丙", "E1", ["leader"]),
    ("other", "人事丁", "E2", ["hr"]),
    ("centre", "中心戊", None, ["centre"]),
    ("centre2", "中心己", None, ["centre"]),
    ("x", "专家庚", None, ["expert"]),
    ("y", "专家辛", None, ["expert"]),
    ("worker", "申报人壬", "E1", ["candidate"]),
]


WITH_CENTRE = POLICY.replace("expert: {", "centre: {zh: 中心, en: centre}, expert: {")


def open_office(engine):
    """Everybody by id, as an actor."""
    engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    engine.add_employer(ADMIN, id="E2", name="渤虚船厂", trades=[])
    for person, name, employer, roles in PEOPLE:
        engine.add_person(ADMIN, id=person, name=name, employer_id=employer, roles=roles)
    return {person: engine.actor(person) for person, *_ in PEOPLE} | {"admin": ADMIN}


def begin(engine, actor, body, **options):
    engine.deploy(ADMIN, small(body, policy=WITH_CENTRE, **options))
    return engine.start(actor, "p", {})["instance"]


def whole(engine, instance):
    return engine.inspect(lambda tx: inspection.whole(tx, engine.library, instance))


def task_at(engine, instance, element):
    """The one open task of this element."""
    (found,) = engine.inspect(lambda tx: inspection.open_tasks(tx, instance, element))
    return found


def entries(engine, instance, kind):
    return [event.payload for event in whole(engine, instance).events if event.kind == kind]


def told(call):
    """Whether it was done, or refused because somebody else came first."""
    try:
        call()
    except ConflictError:
        return "conflict"
    return "done"
