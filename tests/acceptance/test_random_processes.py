"""Processes that nobody has thought of: restarted after every step they come to the same outcome as undisturbed."""

import json
import zlib

import pytest
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from sqlalchemy import select, update

from engine import Engine, compiled
from engine.checks import check
from engine.spiff import state as states
from engine.tables import outbox, timer
from tests.acceptance.random_processes import comparing, killing, seeds
from tests.acceptance.random_processes.generating import draw
from tests.acceptance.random_processes.kinds import KINDS

SAMPLE = seeds.sample()
FAILED_ONCE = seeds.failed_once()
IN_NEW_PROCESSES = SAMPLE[3:5]
ON_POSTGRESQL = SAMPLE[-4:]
KILLED = SAMPLE[6:9]


@pytest.fixture(scope="module")
def addresses():
    return comparing.new_address("sqlite"), comparing.new_address("sqlite")


@pytest.fixture(scope="module")
def on_postgresql():
    return comparing.new_address("postgresql"), comparing.new_address("postgresql")


@pytest.mark.parametrize("seed", SAMPLE + FAILED_ONCE)
def test_restarted_after_every_step_it_comes_to_the_same_outcome(addresses, seed):
    assert comparing.compare(addresses, seed) is None


@pytest.mark.parametrize("seed", IN_NEW_PROCESSES)
def test_with_a_new_process_for_every_step_it_comes_to_the_same_outcome(addresses, seed):
    assert comparing.compare(addresses, seed, comparing.take_step_elsewhere) is None


@pytest.mark.parametrize("seed", ON_POSTGRESQL + FAILED_ONCE)
def test_on_postgresql_it_comes_to_the_same_outcome_too(on_postgresql, seed):
    assert comparing.compare(on_postgresql, seed) is None


@pytest.mark.parametrize("seed", KILLED)
def test_killed_at_random_moments_nothing_is_lost_and_nothing_comes_twice(on_postgresql, seed):
    assert killing.compare(on_postgresql, seed) is None


def test_every_random_process_passes_the_deployment_checks():
    for seed in seeds.group(99, 40):
        assert check(draw(seed).bundle) == (), seed


def test_the_sample_has_every_kind_of_block():
    assert set().union(*(draw(seed).kinds for seed in SAMPLE)) == set(KINDS)


# --- faults planted on purpose: a harness that finds nothing proves nothing


def lose_internal_data(monkeypatch):
    """The state is saved without what SpiffWorkflow notes beside a task."""
    dumping = states.dump

    def dump(workflow):
        document = json.loads(zlib.decompress(dumping(workflow)))
        for task in document["tasks"]:
            del task[4:]
        return zlib.compress(json.dumps(document).encode())

    monkeypatch.setattr(states, "dump", dump)


def on_restart(monkeypatch, change):
    """Something goes wrong in the database whenever an engine begins."""
    restoring = Engine.restore_clock

    def restore_clock(engine):
        restoring(engine)
        with engine.sessions() as session:
            change(session, engine.clock.now())
            session.commit()

    monkeypatch.setattr(Engine, "restore_clock", restore_clock)


def count_timers_anew(monkeypatch):
    def change(session, now):
        for row in session.execute(select(timer).where(timer.c.status == "open", timer.c.due_at.is_not(None))).all():
            due = now + (row.due_at - row.opened_at)
            session.execute(update(timer).where(timer.c.id == row.id).values(due_at=due))

    on_restart(monkeypatch, change)


def deliver_twice(monkeypatch):
    def change(session, _now):
        session.execute(
            update(outbox).where(outbox.c.status == "delivered", outbox.c.kind == "message").values(status="pending")
        )

    on_restart(monkeypatch, change)


def forget_how_loops_end(monkeypatch):
    """The eleventh trap: nobody connects "child is done" to its loop but the process that created the child."""
    preparing = compiled.spiff.prepare

    def prepare(*args):
        runnable = preparing(*args)
        for spec in (runnable.spec, *runnable.inner.values()):
            for loop in [found for found in spec.task_specs.values() if isinstance(found, MultiInstanceTask)]:
                spec.task_specs[loop.task_spec].completed_event.disconnect(loop.merge_child)
        return runnable

    monkeypatch.setattr(compiled.spiff, "prepare", prepare)


FAULTS = {
    "the state loses its internal data": (lose_internal_data, "multi-instance"),
    "timers are counted anew by whoever starts": (count_timers_anew, "timer"),
    "a message is delivered twice": (deliver_twice, "message"),
    "a loop's end is heard in one process only": (forget_how_loops_end, "multi-instance"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_harness_finds_a_fault_that_was_planted(addresses, monkeypatch, fault):
    plant, kind = FAULTS[fault]
    plant(monkeypatch)
    fitting = [seed for seed in SAMPLE if kind in draw(seed).kinds]
    failures = (comparing.compare(addresses, seed) for seed in fitting)
    assert next((failure for failure in failures if failure is not None), None) is not None, fault


def test_the_harness_finds_a_message_that_a_kill_delivers_twice(addresses, monkeypatch):
    player = killing._player

    def forgetful(address, *rest):
        code = player(address, *rest)
        if code:
            with comparing.opened(address) as database, database.begin() as connection:
                again = update(outbox).where(outbox.c.status == "delivered", outbox.c.kind == "message")
                connection.execute(again.values(status="pending"))
        return code

    monkeypatch.setattr(killing, "_player", forgetful)
    # Where a kill falls depends on the machine: some hit before the message is delivered, so there are many to try.
    fitting = [seed for seed in (*SAMPLE, *seeds.group(77, 80)) if "message" in draw(seed).kinds]
    failures = (killing.compare(addresses, seed) for seed in fitting)
    assert next((failure for failure in failures if failure is not None), None) is not None
