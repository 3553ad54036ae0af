"""axe-core on every kind of page: `python -m tests.browser.axe` walks them in both languages, light and dark, on both screens.

WCAG 2.0 and 2.1 A and AA, and what axe knows besides of headings, landmarks and names. Everything folded is opened first.
"""

import contextlib
import itertools
import sys
import tempfile
import threading
import time
from pathlib import Path

import waitress
from playwright.sync_api import sync_playwright

from tests.api.visiting import Visitor
from tests.browser import chromium
from tests.browser.places import one_of_each, worlds

SCRIPT = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LANGUAGES, THEMES, SCREENS = ("zh", "en"), ("light", "dark"), ((1366, 900), (390, 844))
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# Unfolded, all of it: what is out of sight is somebody's page, too.
_RUN = """async tags => {
  document.querySelectorAll("main details").forEach(each => { each.open = true; });
  const found = await axe.run({ runOnly: tags, resultTypes: ["violations"], elementRef: false });
  return found.violations.map(each => [each.id, each.help, each.nodes.slice(0, 4).map(node => node.html.slice(0, 200) + " | " + node.failureSummary)]);
}"""


class Server:
    """All worlds at free ports, while it is entered."""

    def __init__(self, apps):
        self.servers = {
            name: waitress.create_server(app, host="127.0.0.1", port=0, threads=6, ident=None)
            for name, app in apps.items()
        }

    def __enter__(self):
        for server in self.servers.values():
            threading.Thread(target=self._run, args=(server,), daemon=True).start()
        return {name: f"http://127.0.0.1:{server.effective_port}" for name, server in self.servers.items()}

    def _run(self, server):
        with contextlib.suppress(OSError):  # while it is closed, it may look at a socket that has just gone
            server.run()

    def __exit__(self, *_):
        for server in self.servers.values():
            server.close()


class Axe:
    """One browser window in one language, theme and size."""

    def __init__(self, browser, apps, addresses, language, theme, screen):
        self.apps, self.addresses, self.cookies = apps, addresses, {}
        self.looks = {"language": language, "theme": theme}
        self.context = browser.new_context(
            viewport={"width": screen[0], "height": screen[1]}, locale="zh-CN" if language == "zh" else "en"
        )
        self.page = self.context.new_page()
        self.page.add_init_script(path=SCRIPT)

    def look(self, place):
        """What axe finds there: (rule, what it wants, where)."""
        self._be(place)
        answer = self.page.goto(self.addresses[place.world] + place.path)
        if place.press:
            self.page.evaluate("document.querySelectorAll('form').forEach(form => { form.noValidate = true; })")
            with self.page.expect_navigation() as pressed:
                self.page.locator(place.press).first.evaluate("button => button.click()")
            answer = pressed.value
        if place.status not in (0, answer.status):
            return [("status", f"{place.status}, but it was {answer.status}", [])]
        return self.page.evaluate(_RUN, TAGS)

    def _be(self, place):
        key = (place.world, place.person)
        if key not in self.cookies:
            app = self.apps[place.world]
            visitor = Visitor(app, place.person)
            self.cookies[key] = visitor.client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value
        self.context.clear_cookies()
        cookies = {**self.looks, "pingpin": self.cookies[key]}
        url = self.addresses[place.world]
        self.context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])


def main():
    """Every page in every look; says what is wrong and how many pages were looked at."""
    with tempfile.TemporaryDirectory() as folder:
        return _walk(worlds(Path(folder)))


def _walk(apps):
    everywhere, wrong = one_of_each(apps), 0
    with Server(apps) as addresses, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        for look in itertools.product(LANGUAGES, THEMES, SCREENS):
            start, axe = time.perf_counter(), Axe(browser, apps, addresses, *look)
            bad = 0
            for place in everywhere:
                for rule, wanted, where in axe.look(place):
                    bad += 1
                    print(f"{rule}: {wanted}\n  {place}\n  " + "\n  ".join(where))
            axe.context.close()
            wrong += bad
            print(f"{look}: {len(everywhere)} pages, {bad} violations, {time.perf_counter() - start:.0f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
