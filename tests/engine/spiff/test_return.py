"""Returning (退回) is drawn: an outcome of a task leads back to an earlier one, as often as it takes."""

from tests.engine.bundles import flow, line, task
from tests.engine.commands.office import begin, entries, open_office, task_at, whole

BODY = (
    task("write")
    + task("judge", 'candidateGroups="leader"')
    + '<bpmn:exclusiveGateway id="outcome" default="outcome_to_finish" />'
    + line("begin", "write", "judge", "outcome", "finish")
    + flow("outcome", "write", '=note = "return"')
)


def test_a_task_is_returned_with_what_was_entered_and_done_again(empty):
    people = open_office(empty)
    instance = begin(empty, people["hr"], BODY)
    for amount in (1, 2):
        empty.complete(people["hr"], task_at(empty, instance, "write"), {"note": "稿", "amount": amount})
        empty.complete(people["boss"], task_at(empty, instance, "judge"), {"note": "return", "amount": amount})
        assert whole(empty, instance).active == {"write"}
        again = empty.task(people["hr"], task_at(empty, instance, "write"))
        assert again.context["amount"] == amount
    empty.complete(people["hr"], task_at(empty, instance, "write"), {"note": "定稿", "amount": 3})
    empty.complete(people["boss"], task_at(empty, instance, "judge"), {"note": "同意", "amount": 3})
    assert whole(empty, instance).line.end_element == "finish"
    assert [entry["values"]["amount"] for entry in entries(empty, instance, "completed")] == [1, 1, 2, 2, 3, 3]


def test_a_return_is_withdrawn_as_any_completion(empty):
    people = open_office(empty)
    instance = begin(empty, people["hr"], BODY)
    empty.complete(people["hr"], task_at(empty, instance, "write"), {"note": "稿"})
    judged = task_at(empty, instance, "judge")
    empty.complete(people["boss"], judged, {"note": "return"})
    empty.withdraw(people["boss"], judged, "误按退回")
    assert whole(empty, instance).active == {"judge"}
    empty.complete(people["boss"], judged, {"note": "同意"})
    assert whole(empty, instance).line.end_element == "finish"
