"""A worked case played through the pages: the same people, the same entries, a browser instead of calls."""

from engine.cases.expecting import expect, plain
from engine.cases.running import World, play_steps

BY_HAND = 2


class Story:
    """Plays a case's steps one after the other in a visitor's browser.

    Of several who do the same, the first two do it in the browser; the engine hears the others in the same words.
    """

    def __init__(self, visitor, case):
        self.visitor, self.case, self.instances = visitor, case, {}

    def play(self):
        for step in self.case.steps:
            self.step(step)

    def step(self, step):
        if "at" in step:
            self.visitor.go("/")
            self.visitor.move_to(step["at"])
        elif "expect" in step:
            expect(self.visitor.engine, self.instances, step["expect"])
        elif "start" in step:
            self.start(step)
        else:
            people = step["by"] if isinstance(step["by"], list) else [step["by"]]
            for person in people[:BY_HAND]:
                self.complete(step, person)
            self.behind_the_pages([{**step, "by": people[BY_HAND:]}] if people[BY_HAND:] else [])

    def behind_the_pages(self, steps):
        """What other tests do by hand."""
        engine = self.visitor.engine
        world = World(engine, engine.clock, self.case.path.parent, self.instances)
        assert play_steps(world, steps) is None

    def start(self, step):
        visitor = self.visitor
        visitor.be(step["by"])
        parent = self.instances.get(step.get("in"))
        visitor.follow(
            visitor.page.locator(f"a[href^='/start/{step['start']}']" + (f"[href*='{parent}']" if parent else "")).first
        )
        if "with" in step:
            visitor.fill(plain(step["with"]))
            visitor.submit()
        else:
            visitor.follow(visitor.page.locator("main form .btn-primary, main .btn-primary").first)
        visitor.succeed()
        self.instances[step.get("as", step["start"])] = visitor.page.url.rsplit("/", 1)[1]

    def complete(self, step, person):
        visitor = self.visitor
        visitor.be(person)
        visitor.open_task(step["complete"], self.instances[step["of"]])
        visitor.fill(plain(step["with"]))
        visitor.submit()
        if "refused" in step:
            visitor.page.locator("#errors").wait_for()
        else:
            visitor.succeed()
