"""For a finding that is not met: the fewest cells whose change would meet it, and the day from which it is met."""

import datetime as dt
import random
import time
from itertools import combinations, product

import pytest

from engine.decisions import explain, load
from tests.engine.decisions.conftest import decision, definitions, input_data, literal, requires, table
from tests.people import submitted

NUMBERS = [n / 2 for n in range(-2, 15)]
DOMAINS = {
    "number": NUMBERS,
    "string": ["a", "b", "c", "other"],
    "boolean": [True, False],
    "date": [dt.date(2025, 2, 27) + dt.timedelta(days=n) for n in range(8)],
}
VERDICTS = ["MET", "NOT_MET", "MISSING", "NEEDS_JUDGEMENT"]


def cell(rng, kind):
    if rng.random() < 0.3:
        return "-"
    return {"number": number_cell, "string": string_cell, "boolean": boolean_cell, "date": date_cell}[kind](rng)


def number_cell(rng):
    low, high = sorted((rng.randint(0, 6), rng.randint(0, 6)))
    shapes = [f"{rng.choice(['<', '<=', '>', '>='])} {low}", f"[{low}..{high + 1})", f"{low}, {high}", f"not({low})"]
    return rng.choice(shapes)


def string_cell(rng):
    one, other = rng.sample(["a", "b", "c"], 2)
    return rng.choice([f'"{one}"', f'"{one}", "{other}"', f'not("{one}")'])


def boolean_cell(rng):
    return rng.choice(["true", "false", "not(true)"])


def date_cell(rng):
    return f'{rng.choice(["<", "<=", ">", ">="])} date("2025-0{rng.choice(["2-28", "3-01", "3-03"])}")'


def random_table(seed):
    """Kinds of columns, hit policy and rows of a table whose last outputs are row and verdict."""
    rng = random.Random(seed)
    kinds = [rng.choice(list(DOMAINS)) for _ in range(rng.randint(2, 3))]
    policy = rng.choice(["FIRST", "FIRST", "UNIQUE", "ANY", "COLLECT", "PRIORITY"])
    keys = ["R1", "R2"] if policy == "COLLECT" else ["R1"]
    rows = [
        (*(cell(rng, kind) for kind in kinds), f'"{rng.choice(VERDICTS)}"', f'"{rng.choice(keys)}"')
        for _ in range(rng.randint(2, 6))
    ]
    return kinds, policy, rows, rng


def model_of(kinds, policy, rows):
    names = [f"x{at}" for at in range(len(kinds))]
    values = (", ".join(f'"{one}"' for one in VERDICTS),)
    body = "".join(input_data(name, kind) for name, kind in zip(names, kinds, strict=True))
    return load(
        definitions(
            body + decision("d", "D", table(names, ("verdict", "row"), rows, policy, values=values), requires(*names))
        )
    )


def is_met(value, key):
    """By the value alone, as somebody would judge who knows nothing of rules and cells."""
    if isinstance(value, list):
        mine = [one for one in value if one["row"] == key]
        return bool(mine) and all(one["verdict"] == "MET" for one in mine)
    return isinstance(value, dict) and value["verdict"] == "MET"


def fewest(model, kinds, values, key):
    """The least number of values to change, by trying all."""
    for size in range(1, len(kinds) + 1):
        for places in combinations(range(len(kinds)), size):
            for chosen in product(*(DOMAINS[kinds[place]] for place in places)):
                changed = dict(zip(places, chosen, strict=True))
                asked = {f"x{at}": changed.get(at, value) for at, value in enumerate(values)}
                if is_met(model.evaluate("d", asked).value, key):
                    return size
    return None


def unmet_keys(value, policy):
    """Nothing said in a list of findings is nothing to meet."""
    if policy == "COLLECT":
        return {one["row"] for one in value or [] if one["verdict"] in ("NOT_MET", "MISSING")}
    return {"R1"} if value is None or value["verdict"] in ("NOT_MET", "MISSING") else set()


@pytest.mark.parametrize("part", range(10))
def test_the_smallest_change_is_what_trying_everything_finds_on_500_random_tables(part):
    found_any = 0
    for seed in range(part * 50, part * 50 + 50):
        kinds, policy, rows, rng = random_table(seed)
        model = model_of(kinds, policy, rows)
        values = [rng.choice(DOMAINS[kind]) for kind in kinds]
        outcome = model.evaluate("d", {f"x{at}": value for at, value in enumerate(values)})
        misses = {miss.clause if policy == "COLLECT" else "R1": miss for miss in outcome.trace.decisions[0].misses}
        assert misses.keys() == unmet_keys(outcome.value, policy), (seed, rows, values)
        for key, miss in misses.items():
            size = fewest(model, kinds, values, key)
            assert (len(miss.cells) or None) == size, (seed, policy, rows, values)
            if size:
                found_any += 1
                changed = dict(zip(miss.columns, (one.example for one in miss.cells), strict=True))
                asked = {f"x{at}": changed.get(at, value) for at, value in enumerate(values)}
                assert is_met(model.evaluate("d", asked).value, key), (seed, rows, asked)
    assert found_any > 5


def asked_of(kind, cell_text, value, expression="x"):
    rows = [(cell_text, '"MET"', "A1"), ("-", '"NOT_MET"', "A1")]
    body = input_data("x", kind) + decision("d", "D", table((expression,), ("v",), rows, "FIRST"), requires("x"))
    [miss] = load(definitions(body)).evaluate("d", {"x": value}).trace.decisions[0].misses
    return miss


@pytest.mark.parametrize(
    ("kind", "cell_text", "value", "zh", "en"),
    [
        ("number", ">= 60", 57, "已有57，需60", "57 held, 60 needed"),
        ("number", "> 60", 60, "已有60，需超过60", "60 held, more than 60 needed"),
        ("number", "<= 3", 5, "已有5，不得超过3", "5 held, at most 3 allowed"),
        ("number", "[60..70]", 57, "x：已有57，需在60至70之间", "x: 57 held, 60 to 70 needed"),
        ("number", "(60..70]", 57, "x：已有57，需超过60且不得超过70", "x: 57 held, more than 60 needed and at most 70 allowed"),
        ("string", '"a", "b"', "c", "x：实际为c，需为a，或需为b", "x: c given, a needed or b needed"),
        ("string", 'not("c")', "c", "x：实际为c，不得为c", "x: c given, anything but c needed"),
        ("boolean", "true", False, "x：实际为否，需为是", "x: no given, yes needed"),
        ("boolean", "true", None, "x：实际为空，需为是", "x: nothing given, yes needed"),
        ("string", 'matches(?, "^R")', "c", 'x：实际为c，需满足 matches(?, "^R")', 'x: c given, matches(?, "^R") needed'),
    ],
)  # fmt: skip
def test_what_was_held_and_what_was_needed_is_said_in_both_languages(kind, cell_text, value, zh, en):
    miss = asked_of(kind, cell_text, value)
    assert (miss.text.zh, miss.text.en) == (f"A1 不符合：{zh}", f"A1 not met: {en}")


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        ('@"P4Y9M"', "4年9个月", "4 years 9 months"),
        ('@"P1Y1M"', "1年1个月", "1 year 1 month"),
        ('@"P0M"', "0个月", "0 months"),
        ('@"-P2M"', "负2个月", "minus 2 months"),
    ],
)  # fmt: skip
def test_durations_are_said_as_people_say_them(expression, zh, en):
    miss = asked_of("", '>= @"P5Y"', 1, expression)
    assert (miss.text.zh, miss.text.en) == (f"A1 不符合：已有{zh}，需5年", f"A1 not met: {en} held, 5 years needed")
    exact = asked_of("", '>= @"P2DT3H"', 1, '@"P1DT90M"')
    assert exact.text.en == "A1 not met: 1 day 1 hour 30 minutes held, 2 days 3 hours needed"


def years(cutoff_kind="date"):
    length = literal("years and months duration(date(start), date(cutoff))")
    body = input_data("start", cutoff_kind) + input_data("cutoff", cutoff_kind)
    body += decision("length", "任职年限", length, requires("start", "cutoff"))
    rows = [('>= @"P5Y"', '"MET"', "A7.2b"), ("-", '"NOT_MET"', "A7.2b")]
    body += decision("d", "D", table(("任职年限",), ("finding",), rows, "FIRST"), requires(decisions=("length",)))
    return load(definitions(body))


@pytest.mark.parametrize(
    ("start", "cutoff", "length", "met_on"),
    [
        (dt.date(2020, 7, 1), dt.date(2025, 4, 1), "4 years 9 months", "2025-07-01"),
        (dt.date(2020, 7, 1), dt.date(2025, 6, 30), "4 years 11 months", "2025-07-01"),
        (dt.date(2020, 1, 31), dt.date(2020, 2, 29), "0 months", "2025-01-31"),
        ("2020-07-01", "2025-04-01", "4 years 9 months", "2025-07-01"),
    ],
)
def test_the_day_on_which_it_is_met_follows_from_the_rule_itself(start, cutoff, length, met_on):
    kind = "date" if isinstance(start, dt.date) else ""
    trace = years(kind).evaluate("d", {"start": start, "cutoff": cutoff}).trace
    [miss] = trace.decisions[-1].misses
    assert explain(trace, "en")[0] == f"A7.2b not met: {length} held, 5 years needed, met on {met_on}"
    assert (miss.cells[0].met_on.isoformat(), miss.cells[0].moved) == (met_on, "cutoff")
    assert miss.as_json()["cells"][0]["metOn"] == met_on


@pytest.mark.parametrize(
    ("asked", "cell_text", "met_on"),
    [
        ("x", '>= date("2025-07-01")', "2025-07-01"),
        ("x", '> date("2025-07-01")', "2025-07-02"),
        ('x - date("2025-01-01")', '>= @"P30D"', "2025-01-31"),
        ('x - date("2025-01-01")', '< @"P3D"', None),
        ('x < date("2024-01-01")', "true", None),
    ],
)
def test_any_comparison_that_a_later_day_meets_says_so(asked, cell_text, met_on):
    miss = asked_of("date", cell_text, dt.date(2025, 1, 5), asked)
    found = miss.cells[0].met_on
    assert (found.isoformat() if found else None) == met_on
    assert ("met on" in miss.text.en) == (met_on is not None)


def test_a_finding_that_is_met_has_no_near_miss(years):
    assert load(years).evaluate("years", {"满5年": 60, "在岗": True}).trace.decisions[0].misses == ()


def test_a_table_too_large_to_search_says_only_that_it_is_not_met():
    rows = [(f"? > {n}", f"? < {n}", '"MET"') for n in range(700)] + [("-", "-", '"NOT_MET"')]
    names = ("x", "y")
    body = "".join(input_data(name, "number") for name in names)
    model = load(definitions(body + decision("d", "D", table(names, ("v",), rows, "FIRST"), requires(*names))))
    [miss] = model.evaluate("d", {"x": -1, "y": 800}).trace.decisions[0].misses
    assert (miss.rule, miss.cells, miss.text.en) == (None, (), "D not met")


def test_boolean_outputs_are_findings_too():
    rows = [(">= 60", "true", "A1"), ("< 60", "false", "A1")]
    body = input_data("x", "number") + decision("d", "D", table(("x",), ("ok",), rows), requires("x"))
    [miss] = load(definitions(body)).evaluate("d", {"x": 3}).trace.decisions[0].misses
    assert miss.text.en == "A1 not met: 3 held, 60 needed"


def test_the_shipped_rule_speaks_as_the_issue_asks():
    from tests.policies.test_tianjin_tables import ELIGIBILITY, SETTINGS, post

    application = submitted("candidacy")["application"] | {"posts": [post("2020-07-01")]}
    plan = {"applications_until": "2025-04-01", "review_on": "2025-04-01"}
    context = {"application": application, "plan": plan, "settings": SETTINGS}
    trace = ELIGIBILITY.evaluate("check_eligibility", context).trace
    told = [miss.text for decided in trace.decisions for miss in decided.misses]
    assert [text.en for text in told] == ["A7.2b not met: 4 years 9 months held, 5 years needed, met on 2025-07-01"]
    assert [text.zh for text in told] == ["A7.2b 不符合：已有4年9个月，需5年，2025-07-01起满足"]


def test_the_look_for_near_misses_is_bounded_whatever_the_model():
    slow = literal("{a: sum(for i in 1..3000 return i), b: years and months duration(date(start), date(cutoff))}.b")
    days = [f"day{at}" for at in range(20)]
    body = "".join(input_data(name) for name in ("start", "cutoff", *days))
    body += decision("length", "任职年限", slow, requires("start", "cutoff", *days))
    rows = [('>= @"P500Y"', '"MET"', "A1"), ("-", '"NOT_MET"', "A1")]
    body += decision("d", "D", table(("任职年限",), ("finding",), rows, "FIRST"), requires(decisions=("length",)))
    context = dict.fromkeys(days, "2025-01-01") | {"start": "2020-01-01", "cutoff": "2025-01-01"}
    begun = time.perf_counter()
    [miss] = load(definitions(body)).evaluate("d", context).trace.decisions[-1].misses
    assert (miss.text.en, miss.cells[0].met_on) == ("A1 not met: 5 years held, 500 years needed", None)
    assert time.perf_counter() - begun < 15
