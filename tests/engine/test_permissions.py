"""The whole table: every role, every act, one's own and another's."""

import itertools

import pytest

from engine.errors import NotPermittedError
from engine.permissions import SYSTEM, TABLE, Act, Actor, Role, Subject, Whose, may, require

OWN = Subject(employer_id="E1", initiator_id="someone", candidate_roles=tuple(Role))
OTHER = Subject(employer_id="E2", initiator_id="someone", candidate_roles=tuple(Role))
MINE = Subject(employer_id="E2", initiator_id="me", candidate_roles=tuple(Role))


def me(*roles):
    return Actor("me", "本人", "E1", frozenset(roles))


@pytest.mark.parametrize(("role", "act"), list(itertools.product(Role, Act)))
def test_a_role_reaches_as_far_as_its_row_says_and_no_further(role, act):
    whose = TABLE[act].get(role)
    expected = {
        None: (False, False, False),
        Whose.ANY: (True, True, True),
        Whose.OWN_EMPLOYER: (True, False, False),
        Whose.MINE: (False, False, True),
    }[whose]
    assert (may(me(role), act, OWN), may(me(role), act, OTHER), may(me(role), act, MINE)) == expected


@pytest.mark.parametrize("act", list(Act))
def test_without_a_role_nobody_may_do_anything_but_choose_a_password(act):
    assert any(may(me(), act, subject) for subject in (OWN, OTHER, MINE)) == (act is Act.OWN_PASSWORD)


@pytest.mark.parametrize("act", list(Act))
def test_the_worker_fires_timers_and_does_nothing_that_a_person_does(act):
    assert may(SYSTEM, act, OWN) == (act is Act.FIRE_TIMER)


@pytest.mark.parametrize("act", [Act.CLAIM, Act.COMPLETE, Act.SEE_TASK])
def test_a_task_is_its_candidate_roles_alone_until_it_is_assigned(act):
    for_leaders = Subject(employer_id="E1", candidate_roles=("leader",))
    assert may(me(Role.LEADER), act, for_leaders)
    assert not may(me(Role.HR), act, for_leaders)
    assert not may(me(Role.LEADER), act, Subject(employer_id="E1", candidate_roles=("leader",), assignee_id="other"))
    assert may(me(Role.EXPERT), act, Subject(employer_id="E9", assignee_id="me"))


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.OWN_PASSWORD])  # of no matter
def test_a_barred_person_may_not_even_if_it_is_assigned_to_them(act):
    barred = Subject(employer_id="E1", assignee_id="me", candidate_roles=tuple(Role), barred_ids=frozenset({"me"}))
    assert not may(me(*Role), act, barred)


def test_a_refusal_says_who_may_not_do_what_in_both_languages():
    with pytest.raises(NotPermittedError) as refusal:
        require(me(Role.EXPERT), Act.DEPLOY)
    assert "部署政策" in refusal.value.text.zh
    assert "deploy a policy" in refusal.value.text.en
