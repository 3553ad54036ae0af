"""What a person does in the browser: become somebody, open a task, fill in its form, press the button."""

from datetime import timedelta
from functools import partial

from engine.cases.reading import moment
from engine.clock import SHANGHAI
from engine.permissions import SYSTEM
from engine.queries import inspection

# Refreshes of a form that are under way; a field that is swapped out takes its own marks with it.
_COUNT_REQUESTS = """
window.underWay = 0;
document.addEventListener("htmx:beforeRequest", () => { window.underWay += 1; });
document.addEventListener("htmx:afterRequest", () => { setTimeout(() => { window.underWay -= 1; }, 30); });
"""


class Visitor:
    """One browser window at one site."""

    def __init__(self, page, engine):
        self.page, self.engine = page, engine
        page.add_init_script(_COUNT_REQUESTS)

    def go(self, path):
        self.page.goto(self.engine.address + path)

    def be(self, person_id):
        """Sign in from the sandbox's first page with one click."""
        self.go("/")
        self.follow(self.page.locator(f"form:has(input[name=person][value='{person_id}']) button").last)

    def open_task(self, element, of=None):
        """Open a task from the inbox by what it is called, as a person would."""
        self.go("/inbox")
        found = [
            line
            for which in ("mine", "groups")
            for line in self.engine.inbox(self.whoever(), which)
            if line.element == element and of in (None, line.instance_id)
        ]
        assert found, f"no task {element} in the inbox"
        self.follow(self.page.locator(f"a[href='/tasks/{found[0].id}']").first)

    def follow(self, pressed):
        """Press what leads to another page, and wait for it: a field looked for too early would seem not to be there."""
        with self.page.expect_navigation():
            pressed.click()

    def whoever(self):
        name = self.page.locator(".person b").first.inner_text()
        person = next(one for one in self.engine.people() if one.name == name)
        return self.engine.actor(person.id)

    def fill(self, values, prefix=""):
        """Type nested values into the fields that bear their names."""
        for key, value in values.items():
            name = f"{prefix}{key}"
            if isinstance(value, dict):
                self.fill(value, f"{name}.")
            elif isinstance(value, list) and value and isinstance(value[0], dict):
                self.fill_rows(name, value)
            else:
                self.fill_field(name, value)

    def fill_rows(self, name, rows):
        for index, row in enumerate(rows):
            if not self.page.locator(f"input[name='{name}.{index}']").count():
                self.page.locator(f"button[name='add:{name}']").click()
                self.page.locator(f"input[name='{name}.{index}']").wait_for(state="attached")
            self.fill(row, f"{name}.{index}.")

    def fill_field(self, name, value):
        field = self.page.locator(f"[name='{name}']:not([type=hidden])")
        if value is None or (value is not True and not field.count()):
            return
        kind = field.first.get_attribute("type")
        if kind in {"radio", "checkbox"} and not isinstance(value, bool):
            self.tick(name, value if isinstance(value, list) else [value])
        elif kind == "checkbox":
            field.set_checked(value)
        elif field.evaluate("element => element.tagName") == "SELECT":
            self.choose(field, str(value))
        else:
            field.fill(str(value))
        self.settle()

    def tick(self, name, values):
        """Tick exactly these options; options are found by the value or the position that the page gives them."""
        boxes = self.page.locator(f"input[name='{name}']:not([type=hidden])")
        for index in range(boxes.count()):
            box = boxes.nth(index)
            box.set_checked(box.get_attribute("value") in [str(value) for value in values]) if box.get_attribute(
                "type"
            ) == "checkbox" else box.get_attribute("value") in [str(value) for value in values] and box.check()
            self.settle()
            boxes = self.page.locator(f"input[name='{name}']:not([type=hidden])")

    def choose(self, field, value):
        field.select_option(value=value)

    def settle(self):
        """Until a form that follows from what was entered has come back."""
        self.page.wait_for_function("() => window.underWay === 0")

    def submit(self):
        self.follow(self.page.locator("button[name=_submit]"))

    def do(self, person_id, element, values, of=None):
        """Be somebody, open their task, fill it in, submit it; the page says that it is done."""
        self.be(person_id)
        self.open_task(element, of)
        self.fill(values)
        self.submit()
        self.succeed()

    def succeed(self):
        """The page says that it is done; what it says instead is the test's failure."""
        self.page.locator(".alert-success, .alert-danger, .alert-warning").first.wait_for()
        if not self.page.locator(".alert-success").count():
            raise AssertionError(self.page.locator("main").inner_text()[:1500])

    def move_to(self, when):
        """Press the banner's buttons, which go by working days and by timers, as often as they do not pass the moment."""
        target = moment(when)
        for _ in range(400):
            upcoming = self.engine.next_timer(SYSTEM)
            if upcoming and upcoming <= target:
                to = "next-timer"
            elif self.next_working_day() <= target:
                to = "next-working-day"
            else:
                return
            self.follow(self.page.locator(f".sandbox-bar button[value='{to}']").first)
        raise AssertionError(f"the clock did not reach {when}")

    def next_working_day(self):
        """At nine in the morning, as the button has it."""
        day = self.engine.clock.now().astimezone(SHANGHAI).replace(hour=9, minute=0) + timedelta(days=1)
        while not self.engine.is_working_day(day.date()):
            day += timedelta(days=1)
        return day

    def instance(self, instance_id):
        engine = self.engine
        return engine.inspect(partial(inspection.whole, library=engine.library, instance_id=instance_id))
