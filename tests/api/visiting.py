"""People who visit the pages: one browser's cookies each, forms sent with the token that the page gave."""

import re

from lxml import html

from api.app import create_app
from api.configuration import Configuration

SECRET = "s" * 32


def application(engine, *, sandbox=True):
    return create_app(engine, Configuration("", SECRET, "127.0.0.1", 0, https=False, tick_seconds=1, sandbox=sandbox))


class Visitor:
    """One browser; `person` is signed in already, none where nobody is."""

    def __init__(self, app, person=None, language="zh"):
        self.client = app.test_client()
        self.client.set_cookie("language", language)
        with self.client.session_transaction() as session:
            session["csrf"] = "token"
            if person:
                session["session"] = app.extensions["pingpin"].accounts.begin_session(person)
                session["person"] = person

    def get(self, path):
        return self.client.get(path)

    def post(self, path, values=None, csrf="token"):
        return self.client.post(path, data={"_csrf": csrf, **(values or {})})

    def page(self, path):
        """The page as a tree."""
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        return self.tree(response)

    @staticmethod
    def tree(response):
        return html.fromstring(response.text)


def flat(values, prefix=""):
    """Nested values as a form sends them."""
    found = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        elif isinstance(value, bool):
            found[f"{prefix}{key}"] = "true" if value else ""
        else:
            found[f"{prefix}{key}"] = value
    return found


def words(tree):
    """What a reader sees, one space between."""
    return re.sub(r"\s+", " ", tree.text_content())
