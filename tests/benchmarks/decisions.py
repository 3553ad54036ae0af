"""`python -m tests.benchmarks.decisions`: what a decision table costs, beside feelin in the same run.

A table of 12 rules and 6 inputs; how it grows with 10, 100 and 1,000 rules; reading a file; importing the rooms. feelin has
no tables: its share is the 72 cells, tested inside V8 without a crossing between the languages.
"""

import json
import statistics
import subprocess
import sys
import time

from engine.decisions import load
from tests.conformance.feelin import Feelin
from tests.engine.decisions.conftest import decision, definitions, input_data, requires, table

KINDS = {
    "level": "string",
    "months": "number",
    "trade": "boolean",
    "score": "number",
    "votes": "number",
    "awards": "number",
}
GOAL_MS = 0.05
ROUNDS = 7


def rows(count):
    """Each rule a band of months for a level, with the rest bounded; the last takes everything."""
    bands = [
        (f'"{"甲乙丙丁"[at % 4]}"', f"[{at // 4 * 12}..{at // 4 * 12 + 12})", "true" if at % 2 else "-", f">= {60 + at % 30}", "[5..99]", "not(0)", f'"r{at}"')
        for at in range(count - 1)
    ]  # fmt: skip
    return [*bands, ("-",) * 6 + ('"none"',)]


def model(count):
    inner = table(tuple(KINDS), ("finding",), rows(count), "FIRST")
    return definitions(
        "".join(input_data(name, kind) for name, kind in KINDS.items()) + decision("d", "D", inner, requires(*KINDS))
    )


def context(count):
    """What the last rule but one asks for: the most that there is to do."""
    at = count - 2
    return {
        "level": "甲乙丙丁"[at % 4],
        "months": at // 4 * 12 + 3,
        "trade": True,
        "score": 95,
        "votes": 7,
        "awards": 2,
    }


def timed(work, times):
    """Milliseconds of one run: the median of some rounds."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - start) / times * 1000)
    return statistics.median(found)


def evaluated(count):
    """Evaluating, and evaluating with the trace for the record."""
    ready, asked = load(model(count)), context(count)
    assert ready.evaluate("d", asked).value == f"r{count - 2}"
    times = 1000 if count < 1000 else 200
    return timed(lambda: ready.evaluate("d", asked), times), timed(
        lambda: ready.evaluate("d", asked).trace, times // 50
    )


def by_feelin(count):
    """The cells of all rules, tested by feelin."""
    asked = list(context(count).values())
    cells = [(cell, value) for row in rows(count) for cell, value in zip(row, asked, strict=False)]
    with Feelin() as feelin:
        feelin.engine.eval(f"var cells = {json.dumps(cells)};")
        loop = "for (let n = 0; n < 20; n++) for (const [cell, value] of cells) modules.feelin.unaryTest(cell, {'?': value}); 1"
        feelin.engine.eval(loop)
        return timed(lambda: feelin.engine.eval(loop), 1) / 20


def imported():
    """Milliseconds that the modules of engine.feel and engine.decisions themselves take to import."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import engine.decisions"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split("|") for line in ran.stderr.splitlines() if "|" in line]
    mine = [
        int(own.split(":")[-1])
        for own, _, name in lines
        if name.strip().startswith(("engine.feel", "engine.decisions"))
    ]
    return sum(mine) / 1000


def report():
    plain, traced = evaluated(12)
    theirs = by_feelin(12)
    print(f"12 rules x 6 inputs: {plain:.4f} ms compiled (goal {GOAL_MS}), {traced:.3f} ms with the whole trace")
    print(f"the same cells in feelin: {theirs:.3f} ms, {theirs / plain:.0f} times as long")
    for count in (10, 100, 1000):
        xml = model(count)
        print(f"{count} rules: {evaluated(count)[0]:.4f} ms, read in {timed(lambda xml=xml: load(xml), 1):.1f} ms")
    print(f"importing engine.feel and engine.decisions: {imported():.0f} ms")


if __name__ == "__main__":
    report()
