"""A decision asked over the API explains itself."""

from tests.people import submitted
from tests.policies.test_tianjin_tables import post


def test_what_is_not_met_is_told_in_sentences_and_as_the_fewest_cells(world, caller):
    application = submitted("candidacy")["application"] | {"posts": [post("2020-07-01")]}
    plan = {"applications_until": "2025-04-01", "review_on": "2025-04-01"}
    answer = caller("jia").post(
        "/decisions/check_eligibility/evaluate", {"context": {"application": application, "plan": plan}}
    )
    told = answer.get_json()
    assert {
        "zh": "A7.2b 不符合：已有4年9个月，需5年，2025-07-01起满足",
        "en": "A7.2b not met: 4 years 9 months held, 5 years needed, met on 2025-07-01",
    } in told["explanation"]
    [miss] = [miss for decision in told["trace"]["decisions"] for miss in decision["nearMisses"]]
    assert (miss["clause"], miss["rule"], miss["cells"][0]["metOn"]) == ("A7.2b", 3, "2025-07-01")
    assert [one["row"] for one in told["result"] if one["verdict"] == "NOT_MET"] == ["A7.2b"]
    assert len(told["result"]) > 3
