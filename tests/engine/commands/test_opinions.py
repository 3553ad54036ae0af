"""An opinion beside the diagram: asked, given or asked for no longer; the task waits for it."""

import pytest

from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from tests.acceptance.test_many_writers import at_once
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, entries, open_office, task_at, told, whole

ONE = task("work") + line("begin", "work", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def work(empty, people):
    instance = begin(empty, people["hr"], ONE)
    found = task_at(empty, instance, "work")
    empty.claim(people["hr"], found)
    return found, instance


def test_a_task_waits_for_every_opinion_and_the_refusal_names_who_is_to_answer(empty, people, work):
    found, instance = work
    empty.add_signer(people["hr"], found, "x", "材料是否充分?")
    empty.add_signer(people["hr"], found, "boss", "是否同意?")
    with pytest.raises(ConflictError) as refusal:
        empty.complete(people["hr"], found, {})
    assert "专家庚" in refusal.value.text.zh
    assert "负责人丙" in refusal.value.text.zh
    empty.give_opinion(people["x"], found, "充分", agrees=True)
    with pytest.raises(ConflictError, match="负责人丙"):
        empty.complete(people["hr"], found, {})
    empty.give_opinion(people["boss"], found, "不同意", agrees=False)
    empty.complete(people["hr"], found, {})
    assert [(given["agrees"], given["text"]) for given in entries(empty, instance, "opinion given")] == [
        (True, "充分"),
        (False, "不同意"),
    ]


def test_who_is_asked_sees_the_question_and_the_matter_until_they_have_answered(empty, people, work):
    found, instance = work
    with pytest.raises(NotFoundError):
        empty.instance(people["x"], instance)
    empty.add_signer(people["hr"], found, "x", "材料是否充分?")
    (asked,) = empty.opinions(people["x"])
    assert (asked.question, asked.task_id, asked.asked_by_name) == ("材料是否充分?", found, "人事甲")
    assert empty.instance(people["x"], instance).line.id == instance
    assert empty.opinions(people["y"]) == []
    empty.give_opinion(people["x"], found, "充分", agrees=True)
    assert empty.opinions(people["x"]) == []
    (said,) = empty.task(people["hr"], found).opinions
    assert (said.status, said.agrees, said.text) == ("given", True, "充分")


def test_the_asker_may_do_without_and_says_why(empty, people, work):
    found, instance = work
    empty.add_signer(people["hr"], found, "x", "材料是否充分?")
    for somebody in ("hr2", "x", "other"):
        with pytest.raises((NotPermittedError, ConflictError)):
            empty.cancel_signer(people[somebody], found, "x", "理由")
    with pytest.raises(InvalidError):
        empty.cancel_signer(people["hr"], found, "x", " ")
    empty.cancel_signer(people["hr"], found, "x", "已出国")
    (entry,) = entries(empty, instance, "opinion cancelled")
    assert (entry["person"], entry["reason"]) == ("x", "已出国")
    with pytest.raises(ConflictError):
        empty.give_opinion(people["x"], found, "充分", agrees=True)
    empty.complete(people["hr"], found, {})


def test_who_is_not_asked_any_more_sees_the_matter_no_more(empty, people, work):
    found, instance = work
    empty.add_signer(people["hr"], found, "x", "材料是否充分?")
    empty.cancel_signer(people["hr"], found, "x", "请错了人")
    with pytest.raises(NotFoundError):
        empty.instance(people["x"], instance)
    assert empty.instances(people["x"]) == []


def test_whoever_has_the_task_now_may_do_without_too(empty, people, work):
    found, _ = work
    empty.add_signer(people["hr"], found, "x", "材料是否充分?")
    empty.reassign(people["hr"], found, "hr2", "出差")
    with pytest.raises(ConflictError, match="专家庚"):
        empty.complete(people["hr2"], found, {})
    empty.cancel_signer(people["hr2"], found, "x", "已出国")
    empty.complete(people["hr2"], found, {})


@pytest.mark.parametrize("person", ["hr", "other", "worker", "nobody"])
def test_those_who_cannot_be_asked(empty, people, work, person):
    with pytest.raises(InvalidError):
        empty.add_signer(people["hr"], work[0], person, "怎么看?")


@pytest.mark.parametrize("person", ["hr2", "boss", "x", "centre"])
def test_those_who_can(empty, people, work, person):
    empty.add_signer(people["hr"], work[0], person, "怎么看?")
    assert len(empty.opinions(people[person])) == 1


def test_only_whose_task_it_is_asks(empty, people, work):
    found, _ = work
    for somebody in ("hr2", "boss", "other", "admin"):
        with pytest.raises((NotPermittedError, ConflictError)):
            empty.add_signer(people[somebody], found, "x", "怎么看?")
    empty.unclaim(people["hr"], found)
    with pytest.raises(ConflictError, match="claim it first"):
        empty.add_signer(people["hr"], found, "x", "怎么看?")


def test_nobody_is_asked_twice_at_once_but_again_after_they_have_answered(empty, people, work):
    found, _ = work
    empty.add_signer(people["hr"], found, "x", "怎么看?")
    with pytest.raises(ConflictError):
        empty.add_signer(people["hr"], found, "x", "怎么看?")
    empty.give_opinion(people["x"], found, "缺一页", agrees=False)
    with pytest.raises(ConflictError):
        empty.give_opinion(people["x"], found, "缺一页", agrees=False)
    empty.add_signer(people["hr"], found, "x", "已补齐, 怎么看?")
    empty.give_opinion(people["x"], found, "可以", agrees=True)
    empty.complete(people["hr"], found, {})


def test_nobody_answers_what_they_were_not_asked(empty, people, work):
    found, instance = work
    empty.add_signer(people["hr"], found, "x", "怎么看?")
    with pytest.raises(NotFoundError):
        empty.give_opinion(people["y"], found, "可以", agrees=True)
    with pytest.raises(InvalidError):
        empty.give_opinion(people["x"], found, "", agrees=True)
    assert entries(empty, instance, "opinion given") == []


def test_what_is_closed_without_them_is_not_asked_any_more(empty, people):
    either = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
        inputCollection="=[&quot;hr&quot;, &quot;hr2&quot;]" inputElement="who" /></bpmn:extensionElements>
        <bpmn:completionCondition>=numberOfCompletedInstances = 1</bpmn:completionCondition>
        </bpmn:multiInstanceLoopCharacteristics>"""
    body = task("work", 'assignee="=who"', after=either) + task("again") + line("begin", "work", "again", "finish")
    instance = begin(empty, people["hr"], body)
    found, others = empty.inbox(people["hr"], "mine")[0].id, empty.inbox(people["hr2"], "mine")[0].id
    empty.add_signer(people["hr"], found, "x", "怎么看?")
    empty.complete(people["hr2"], others, {})
    assert whole(empty, instance).active == {"again"}
    assert empty.opinions(people["x"]) == []
    with pytest.raises(ConflictError):
        empty.give_opinion(people["x"], found, "可以", agrees=True)


def test_the_same_key_asks_once(empty, people, work):
    first = empty.add_signer(people["hr"], work[0], "x", "怎么看?", idempotency_key="k")
    assert empty.add_signer(people["hr"], work[0], "x", "怎么看?", idempotency_key="k") == first
    assert len(empty.opinions(people["x"])) == 1


def test_of_asking_and_completing_at_the_same_moment_one_wins(empty, people):
    """Either the question stands and the completion waits, or the task is done and nobody is asked."""
    for _ in range(5):
        instance = begin(empty, people["hr"], ONE)
        found = task_at(empty, instance, "work")
        empty.claim(people["hr"], found)
        answers = at_once(
            [
                lambda found=found: told(lambda: empty.add_signer(people["hr"], found, "x", "怎么看?")),
                lambda found=found: told(lambda: empty.complete(people["hr"], found, {})),
            ]
        )
        assert sorted(answer for answer, _ in answers) == ["conflict", "done"]
        is_asked = any(asked.task_id == found for asked in empty.opinions(people["x"]))
        assert is_asked == (answers[0][0] == "done") == (whole(empty, instance).line.end_element is None)


def test_of_six_at_the_same_moment_one_answers(empty, people, work):
    empty.add_signer(people["hr"], work[0], "x", "怎么看?")
    answers = at_once(
        [lambda: told(lambda: empty.give_opinion(people["x"], work[0], "可以", agrees=True)) for _ in range(5)]
        + [lambda: told(lambda: empty.cancel_signer(people["hr"], work[0], "x", "不必了"))]
    )
    assert [answer for answer, _ in answers].count("done") == 1
