"""People who use the API: each with a token of their own, every answer compared with the API's description."""

from werkzeug.http import parse_options_header

from api.app import create_app
from api.configuration import Configuration
from api.rest.description import PREFIX, describe
from tests.api.rest.conforming import differences
from tests.people import ADMIN

DESCRIPTION = describe()


def callers(engine):
    """Says who calls, by the person's id; `root` is an administrator, None somebody without a token."""
    configuration = Configuration("", "s" * 32, "127.0.0.1", 0, https=False, tick_seconds=1, sandbox=True)
    client = create_app(engine, configuration).test_client(use_cookies=False)
    engine.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    engine.add_person(ADMIN, id="bureau", name="处长", roles=["bureau"])
    engine.add_person(ADMIN, id="own", name="流程负责人", roles=["owner"])
    known = {None: Caller(client, None)}

    def caller(person):
        if person not in known:
            known[person] = Caller(client, engine.create_token(ADMIN, person, "test"))
        return known[person]

    return caller


class Caller:
    """One person's requests; `token` is None for somebody without one."""

    def __init__(self, client, token):
        self.client, self.token = client, token

    def get(self, path, **options):
        return self.ask("get", path, **options)

    def post(self, path, body=None, **options):
        return self.ask("post", path, **({"json": body} if body is not None else {}), **options)

    def ask(self, method, path, *, headers=None, **options):
        token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        response = self.client.open(
            PREFIX + path, method=method.upper(), headers={**token, **(headers or {})}, **options
        )
        assert differences(DESCRIPTION, method, path.partition("?")[0], response) == []
        return response

    def pages(self, path):
        """Every page of a list from this one on, by its Link."""
        while path:
            response = self.get(path)
            assert response.status_code == 200, response.get_json()
            yield response.get_json()["items"]
            path = following(response)

    def items(self, path):
        """Everything in a list."""
        return [item for page in self.pages(path) for item in page]

    def find(self, element, instance):
        """The task of this element that the person can do: their own first, then their group's; None if there is none."""
        for which in ("mine", "groups"):
            for task in self.items(f"/tasks?list={which}&limit=200"):
                if (task["element"], task["instance_id"]) == (element, instance):
                    return task
        return None

    def complete(self, element, instance, values):
        """Look for the task, claim it where it is nobody's, look at it, and complete what was seen."""
        found = self.find(element, instance)
        assert found is not None, f"no task {element}"
        if found["assignee_id"] is None:
            assert self.post(f"/tasks/{found['id']}/claim").status_code == 200
        seen = self.get(f"/tasks/{found['id']}")
        done = self.post(
            f"/tasks/{found['id']}/complete", {"values": values}, headers={"If-Match": seen.headers["ETag"]}
        )
        assert done.status_code == 200, done.get_json()
        return found["id"]


def following(response):
    """The address of the next page, None on the last."""
    link = response.headers.get("Link")
    if link is None:
        return None
    address, options = parse_options_header(link)
    assert options == {"rel": "next"}
    return address.strip("<>").removeprefix(PREFIX)
