"""`python -m tests.api.rest.fuzz [EXAMPLES]`: schemathesis calls every operation of the OpenAPI as it may and may not be called.

In the middle of S1, as somebody of each role; no answer may be an error of the server, and none may be undescribed.
"""

import sys
import tempfile
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode

from tests.browser.places import worlds
from tests.people import ADMIN


@schemathesis.serializer("application/zip")
def _as_it_is(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()


CALLERS = ("root", "hr", "centre", "jia")


def main(examples):
    """How many operations were called, and what broke."""
    with tempfile.TemporaryDirectory() as folder:
        return _fuzz(worlds(Path(folder))["meeting"], examples)


def _fuzz(app, examples):
    engine = app.extensions["pingpin"]
    tokens = {caller: engine.create_token(ADMIN, caller, "fuzz") for caller in CALLERS}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    broken, calls = [], 0
    for found in schema.get_all_operations():
        operation = found.ok()
        for caller, token in tokens.items():
            said = _call(operation, {"Authorization": f"Bearer {token}"}, examples)
            calls += examples
            if said:
                broken.append((operation.label, caller, said))
                print(operation.label, caller, said)
    print(f"about {calls} calls, {len(broken)} broken")
    return 1 if broken else 0


def _call(operation, headers, examples):
    @settings(
        max_examples=examples, database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def call(case):
        case.call_and_validate(headers=headers, checks=[not_a_server_error])

    try:
        call()
    except Exception as error:  # noqa: BLE001  whatever it is, the next operation is called, too
        return f"{type(error).__name__}: {error}"[:1500]
    return None


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
