"""The description and the blueprint are one: every route is described, and nothing else is."""

import json

import pytest
from click.testing import CliRunner
from marshmallow import Schema, fields

from api.app import create_app
from api.cli import commands
from api.configuration import Configuration
from api.rest.description import PREFIX, describe
from api.rest.rest import OPERATIONS
from api.rest.wording import said_of

CONFIGURATION = Configuration("", "s" * 32, "127.0.0.1", 0, https=False, tick_seconds=1)


def described():
    return {(method, path) for path, methods in describe()["paths"].items() for method in methods}


def served(empty):
    """Flask's own list of routes, in the description's words."""
    app = create_app(empty, CONFIGURATION)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    return {
        (method.lower(), "".join(_plain(part) for part in rule._trace).removeprefix("|" + PREFIX))
        for rule in rules
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def _plain(part):
    is_argument, text = part
    return f"{{{text}}}" if is_argument else text


def test_every_route_is_described_and_every_description_is_a_route(empty):
    assert described() == served(empty)


def test_the_description_is_served_to_anybody_and_is_what_the_command_prints(caller):
    served = caller(None).get("/openapi.json").get_json()
    printed = json.loads(CliRunner().invoke(commands, ["openapi"]).output)
    assert served == printed == describe()
    assert served["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere():
    document = describe()
    names = set(json.dumps(document).split('"#/components/schemas/')[1:])
    assert {name.partition('"')[0] for name in names} <= document["components"]["schemas"].keys()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_says_what_it_does_and_with_which_problems(operation):
    path = next(path for path in describe()["paths"] if path == _template(operation.path))
    found = describe()["paths"][path][operation.method.lower()]
    assert found["summary"].endswith(".")
    assert {str(status) for status in operation.statuses} < found["responses"].keys()
    assert ("401" in found["responses"]) is not operation.public


def _template(path):
    return "/".join(
        "{" + part[1:-1].rpartition(":")[2] + "}" if part.startswith("<") else part for part in path.split("/")
    )


def test_every_post_takes_an_idempotency_key():
    for methods in describe()["paths"].values():
        for method, operation in methods.items():
            names = [parameter["name"] for parameter in operation["parameters"]]
            assert ("Idempotency-Key" in names) is (method == "post")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_whatever_a_schema_says_of_a_request_is_said_in_both_languages(operation):
    for schema in (operation.body(), operation.query()):
        for message in messages(schema):
            said = said_of("x", message)
            assert said.zh != said.en, message


def messages(schema: Schema):
    yield from (schema.error_messages[key] for key in ("unknown", "type"))
    for member in schema.fields.values():
        keys = {"required", "null"} | ({"invalid"} if not isinstance(member, fields.Raw) else set())
        yield from (message for key, message in member.error_messages.items() if key in keys)
        yield from (validator.error for validator in member.validators)
