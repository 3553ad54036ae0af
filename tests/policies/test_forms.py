"""The forms of the shipped bundles: both languages, the clause of every field, limits, and what they show and refuse."""

import json
from datetime import datetime

import pytest
import regex
import yaml

from engine.calendar import load_shipped
from engine.clock import SHANGHAI
from engine.expressions import Evaluator
from forms import FormError, compile_form
from forms.expressions import raw_components
from tests.people import BUNDLE, submitted

FORMS = sorted(BUNDLE.parent.glob("*/*.form"))
HOLDING = {"textfield", "textarea", "number", "datetime", "select", "radio", "checkbox", "checklist", "dynamiclist"}
CHINESE = regex.compile(r"\p{Han}")
NOW = datetime(2025, 5, 20, 10, tzinfo=SHANGHAI)
EVALUATE = Evaluator(NOW, load_shipped()).form_value
PUBLICITY = {"days": 5, "count_start": False, "end": "24:00"}

each_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parent.name}/{path.stem}")


def components(path):
    return [raw for raw, _ in raw_components(json.loads(path.read_text(encoding="utf-8")))]


def made(name):
    return compile_form(json.loads((BUNDLE / f"{name}.form").read_text(encoding="utf-8")))


def untranslated(raw):
    """The keywords whose Chinese has no English beside it."""
    properties = raw["properties"]
    suffix = (raw.get("appearance") or {}).get("suffixAdorner")
    said = {
        "en": raw.get("label"),
        "en.text": raw.get("text"),
        "en.description": raw.get("description"),
        "en.suffix": suffix,
        "en.patternErrorMessage": (raw.get("validate") or {}).get("patternErrorMessage"),
        **{f"en.{option['value']}": option["label"] for option in raw.get("values") or []},
    }
    return [
        name
        for name, zh in said.items()
        if zh and (not properties.get(name) or (properties[name] == zh and CHINESE.search(zh)))
    ]


@each_form
def test_every_label_description_option_and_text_has_its_english(path):
    assert {raw["id"]: lacking for raw in components(path) if (lacking := untranslated(raw))} == {}


@each_form
def test_computed_options_with_chinese_words_of_their_own_bring_english(path):
    computed = {raw["id"]: raw["valuesExpression"] for raw in components(path) if raw.get("valuesExpression")}
    assert [name for name, options in computed.items() if CHINESE.search(options) and "en: " not in options] == []


@each_form
def test_every_field_names_rows_of_the_regulation_that_there_are(path):
    rows = set(yaml.safe_load((path.parent / "policy.yaml").read_text(encoding="utf-8"))["clauses"])
    for raw in components(path):
        if raw["type"] in HOLDING:
            clauses = set(raw["properties"].get("clause", "none").split(", "))
            assert clauses <= rows, f"{raw['id']}: {clauses}"


@each_form
def test_every_text_and_number_is_limited(path):
    for raw in components(path):
        limits = set(raw.get("validate") or {})
        if raw["type"] in {"textfield", "textarea"}:
            assert "maxLength" in limits, raw["id"]
        if raw["type"] == "number":
            assert {"min", "max"} <= limits, raw["id"]


# --- the application


CONTEXT = {
    "plan": {"levels": ["special", "chief"]},
    "trades": [{"trade": "焊工"}],
    "settings": {"publicity": PUBLICITY},
}


def applied(**changed):
    """S1's application with these values instead, or the names of the fields that are refused."""
    values = {"application": {**submitted("candidacy")["application"], **changed}}
    try:
        return made("application").load(values, CONTEXT, EVALUATE, today=NOW.date())["application"]
    except FormError as error:
        return set(error.fields)


@pytest.mark.parametrize("consent", ["truthful", "consent_publicity", "consent_experts", "no_secrets"])
def test_each_consent_is_a_box_of_its_own_that_must_be_ticked(consent):
    assert applied(**{consent: False}) == {f"application.{consent}"}


@pytest.mark.parametrize(
    "number", ["999999197805010013", "99999919780501001", "999999197813010012", "99999919780501001x"]
)
def test_a_resident_identity_number_with_a_wrong_place_is_refused(number):
    assert applied(id_number=number) == {"application.id_number_check"}


@pytest.mark.parametrize(("kind", "number"), [("resident", "999999197805010012"), ("passport", "X00000000")])
def test_an_identity_number_fits_its_kind_of_document(kind, number):
    assert applied(id_kind=kind, id_number=number)["id_number"] == number


def test_only_another_post_needs_to_be_explained():
    assert applied(post_class="other") == {"application.front_line_reason"}
    assert applied(post_class="other", front_line_reason="专职带徒")["front_line_reason"] == "专职带徒"


def test_the_chiefs_part_is_for_chiefs_only():
    assert "limbs" not in applied(limbs=["A8.1"])
    chief = applied(level="chief", limbs=["A8.1"], limb_evidence=[{"limb": "A8.1", "what": "培养", "proof": "附件一"}])
    assert (chief["limbs"], chief["limb_evidence"][0]["limb"]) == (["A8.1"], "A8.1")


def test_a_chief_without_recommendation_may_apply_as_the_rules_find_the_gap():
    assert applied(level="chief")["recommendation"]["unit"] is None


def test_class_and_rank_are_asked_of_a_national_science_award_alone():
    award = {"award": "national_science", "name": "国家科学技术进步奖", "year": 2021}
    assert applied(awards=[award]) == {"application.awards.0.class", "application.awards.0.rank"}
    assert applied(awards=[{**award, "award": "haihe"}])["awards"][0]["year"] == 2021


# --- the posting: the term of the measures


@pytest.mark.parametrize(
    ("posted_on", "changed", "warned"),
    [
        ("2026-03-23", {}, False),
        ("2026-03-24", {}, True),
        ("2026-03-25", {}, True),
        ("2026-03-24", {"end": "17:30"}, False),
        ("2026-03-25", {"end": "17:30"}, True),
        ("2026-03-25", {"end": "17:30", "count_start": True}, False),
        ("2026-12-25", {}, False),
    ],
)
def test_the_posting_warns_when_the_determination_falls_after_the_term(posted_on, changed, warned):
    settings = {"publicity": {**PUBLICITY, **changed}, "record": {"ahead_days": 30}}
    context = {"settings": settings, "process": {"policy": {"until": "2026-03-31"}}}
    (group,) = made("post").view({"posting": {"posted_on": posted_on}}, context, EVALUATE).fields
    shown = [one.label.zh for one in group.fields if one.kind == "text" and not one.hidden]
    assert any("有效期" in text for text in shown) is warned


# --- the examination


SCREENED = {"opinion": "材料齐全", "decision": "admit"}


def screened(verdict, **entered):
    context = {"findings": [{"row": "A3.5", "verdict": verdict}], "supplemented": False}
    try:
        return made("screening").load({"screening": {**SCREENED, **entered}}, context, EVALUATE, today=NOW.date())[
            "screening"
        ]
    except FormError as error:
        return set(error.fields)


def test_an_exception_is_decided_only_where_the_rules_found_one():
    assert screened("MET", exception="granted").get("exception") is None
    assert screened("EXCEPTION") == {"screening.exception"}
    assert screened("EXCEPTION", exception="granted") == {"screening.exception_reason"}
    assert screened("EXCEPTION", exception="granted", exception_reason="业绩突出")["exception"] == "granted"


def test_nobody_is_admitted_whose_exception_is_not_granted():
    assert screened("EXCEPTION", exception="refused") == {"screening.exception_check"}


def test_a_verified_certificate_says_who_queried_it_when_and_with_what_result():
    assert screened("MET", verified=["certificate"]) == {
        f"screening.{name}" for name in ("queried_on", "queried_by", "query_result")
    }


def test_the_hash_of_a_screenshot_is_a_sha_256():
    queried = {"queried_on": "2025-05-20", "queried_by": "人事甲", "query_result": "matched"}
    assert screened("MET", verified=["certificate"], **queried, query_hash="abc") == {"screening.query_hash"}
    assert screened("MET", verified=["certificate"], **queried, query_hash="0a" * 32)["query_hash"] == "0a" * 32
