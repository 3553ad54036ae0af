"""S1 by people who withdraw every completion that they may, and do it again: it ends as if nobody had."""

from engine import Engine
from engine.cases import read_case
from engine.cases.running import World, play_steps, populate
from engine.clock import VirtualClock
from engine.errors import ConflictError
from engine.queries import inspection, verification
from engine.transaction import make_sessions, open_database
from tests import databases
from tests.people import ADMIN, KEYS, S1


class Hesitant(Engine):
    """Its people complete everything twice, if the first time can be withdrawn."""

    withdrawn = 0

    def complete(self, actor, task_id, submitted, **options):
        done = super().complete(actor, task_id, submitted, **options)
        try:
            self.withdraw(actor, task_id, "再核对一遍")
        except ConflictError:
            return done
        self.withdrawn += 1
        return super().complete(actor, task_id, submitted, **options)


def played(engine, bundle):
    """Where each instance stands at the end of S1: variables, outcome, what it passed."""
    world = World(engine, engine.clock, S1.parent)
    populate(world, read_case(S1), bundle)
    assert play_steps(world, read_case(S1).steps) is None
    details = {
        name: engine.inspect(lambda tx, found=found: inspection.whole(tx, engine.library, found))
        for name, found in world.instances.items()
    }
    return {
        name: (detail.variables, detail.line.end_element, sorted(detail.passed), len(detail.windows))
        for name, detail in details.items()
    }


def without_ids(found, engine):
    """Ids differ from one play to the next; what they stand for does not."""
    text = repr(found)
    for line in engine.instances(engine.actor("centre")):
        text = text.replace(line.id, line.business_key)
    return text


def test_what_was_withdrawn_and_done_again_leaves_no_trace_but_in_the_history(database, tmp_path, bundle):
    hesitant = Hesitant(make_sessions(database), VirtualClock(read_case(S1).starts_at), keys=KEYS)
    found = without_ids(played(hesitant, bundle), hesitant)
    folder = tmp_path / "plain"
    folder.mkdir()
    plain_database = open_database(databases.sqlite(folder))
    plain = Engine(make_sessions(plain_database), VirtualClock(read_case(S1).starts_at), keys=KEYS)
    assert found == without_ids(played(plain, bundle), plain)
    plain_database.dispose()
    assert hesitant.withdrawn >= 5
    assert verification.verify(hesitant.audit_export(ADMIN)).breaks == ()
