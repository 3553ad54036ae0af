"""Every page, as the people who may see it and those who may not, in both languages."""

import re
from pathlib import Path

import pytest
import yaml
from lxml import html

from tests import databases
from tests.api.visiting import Visitor, application, flat, words
from tests.people import ADMIN, BUNDLE, S1, submitted

HAN = re.compile(r"[\u4e00-\u9fff]+")


@pytest.fixture
def address(tmp_path):
    """Pages are the same on either database; one is enough."""
    return databases.sqlite(tmp_path)


@pytest.fixture
def visit(empty):
    """`visit("hr")`: that person's browser at a sandbox; `language`, `sandbox` as wanted."""
    apps = {}

    def come(person=None, language="zh", *, sandbox=True):
        if sandbox not in apps:
            apps[sandbox] = application(empty, sandbox=sandbox)
        return Visitor(apps[sandbox], person, language)

    return come


def task_of(world, person, element):
    lists = (world.engine.inbox(world.actor(person), which) for which in ("mine", "groups"))
    return next(f"/tasks/{line.id}" for lines in lists for line in lines if line.element == element)


def statuses(visit, people, path):
    """Person -> status, the same in both languages."""
    found = {}
    for person in people:
        answers = {visit(person, language).get(path).status_code for language in ("zh", "en")}
        assert len(answers) == 1
        found[person] = answers.pop()
    return found


# --- who may see what


def test_rounds_and_candidacies_are_for_those_who_have_a_part_in_them(play, visit):
    world = play("determine")
    world.engine.add_employer(ADMIN, id="E9", name="旁观厂", prefix=None, prefix_source=None, trades=[])
    world.engine.add_person(ADMIN, id="other", name="旁观者", employer_id="E9", roles=["hr"])
    world.engine.add_person(ADMIN, id="e8", name="专家八", roles=["expert"])
    everybody = ("hr", "leader", "centre", "jia", "e1", "e8", "other")
    round_page = f"/instances/{world.instances['round']}"
    own = f"/instances/{world.instances['jia']}"
    staff = {"hr": 200, "leader": 200, "centre": 200}
    assert statuses(visit, everybody, round_page) == {**staff, "jia": 404, "e1": 200, "e8": 404, "other": 404}
    assert statuses(visit, everybody, own) == {**staff, "jia": 200, "e1": 200, "e8": 404, "other": 404}
    assert statuses(visit, everybody, f"{own}/diagram") == {**staff, "jia": 200, "e1": 200, "e8": 404, "other": 404}
    for path in ("/inbox", "/inbox?list=done", "/started", "/instances", "/"):
        assert set(statuses(visit, everybody, path).values()) == {200}


def test_a_task_is_for_those_whose_it_is_to_do(play, visit):
    world = play("screening")
    found = statuses(visit, ("hr", "leader", "jia", "e1"), task_of(world, "hr", "screening"))
    assert found == {"hr": 200, "leader": 403, "jia": 403, "e1": 403}
    assert statuses(visit, ("hr",), "/tasks/unknown") == {"hr": 404}


def test_starting_is_for_those_who_may(play, visit):
    world = play("candidacy")
    apply_ = f"/start/candidacy?parent={world.instances['round']}"
    assert statuses(visit, ("hr", "jia"), "/start/round") == {"hr": 200, "jia": 403}
    assert statuses(visit, ("hr", "jia", "e1"), apply_) == {"hr": 403, "jia": 200, "e1": 403}
    assert statuses(visit, ("hr",), "/start/nothing")["hr"] in {403, 404}


def test_deployments_are_for_the_administrator_and_the_process_owner(world, visit):
    world.engine.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    world.engine.add_person(ADMIN, id="owner", name="流程负责人", roles=["owner"])
    assert statuses(visit, ("root", "owner", "hr", "jia"), "/deployments") == {
        "root": 200,
        "owner": 200,
        "hr": 403,
        "jia": 403,
    }
    assert "upload-line" in visit("root").get("/deployments").text
    assert "upload-line" in visit("owner").get("/deployments").text
    assert visit("root").get("/deployments/staged/none").status_code == 404
    assert visit("root").get("/deployments/99/bundle.zip").status_code == 404


def test_nobody_signed_in_is_led_to_the_sign_in_page(world, visit):
    response = visit(sandbox=False).get("/inbox?list=done")
    assert response.status_code == 302
    assert response.location == "/sign-in?next=/inbox?list%3Ddone"
    assert visit(sandbox=False).get("/sign-in").status_code == 200


# --- what a page must not do


def test_a_page_of_another_session_changes_nothing(world, visit):
    world.engine.start(world.actor("hr"), "round", {})
    hr, task = visit("hr"), task_of(world, "hr", "plan")
    for path in (f"{task}/complete", f"{task}/claim", f"{task}/refresh", "/start/round", "/sandbox/clock", "/sign-out"):
        for token in ("wrong", ""):
            response = hr.post(path, csrf=token)
            assert response.status_code == 409
            assert "页面已过期" in response.text
    assert task_of(world, "hr", "plan") == task
    assert len(world.engine.instances(world.actor("hr"))) == 1
    assert not world.engine.inbox(world.actor("hr"), "mine")


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "evil"])
def test_ways_back_stay_on_the_site(world, visit, elsewhere):
    client = visit("hr")
    answers = [
        client.client.get("/language", query_string={"to": "en", "next": elsewhere}),
        client.post("/sandbox/sign-in", {"person": "hr", "next": elsewhere}),
    ]
    assert [answer.location for answer in answers] == ["/", "/"]


def test_what_people_type_is_shown_as_text(play, visit):
    world = play("plan")
    plan = submitted("plan")
    evil = "<script>alert(1)</script>"
    plan["plan"]["title"] = evil
    hr = visit("hr")
    response = hr.post(f"{task_of(world, 'hr', 'plan')}/complete", flat(plan))
    assert response.status_code == 303
    for path in ("/inbox", "/inbox?list=done", "/instances", f"/instances/{world.instances['round']}", "/"):
        tree = hr.page(path)
        assert not [script for script in tree.iter("script") if "alert" in (script.text or "")]
        assert path == "/" or evil in words(tree)


def test_pages_fit_the_strict_policy_and_say_their_language(play, visit):
    world = play("determine")
    for language, said in (("zh", "zh-CN"), ("en", "en")):
        leader = visit("leader", language)
        for path in ("/", "/inbox", f"/instances/{world.instances['jia']}", task_of(world, "leader", "determine")):
            tree = leader.page(path)
            assert tree.get("lang") == said
            assert not tree.xpath("//@style | //@*[starts-with(name(), 'on')] | //script[not(@src)] | //style")
            ids = tree.xpath("//@id")
            assert len(ids) == len(set(ids)), path
            assert len(tree.xpath("//main//*[contains(@class, 'btn-primary')]")) <= 1, path
            assert len(tree.xpath("//h1")) == 1, path


def test_a_production_installation_has_no_sandbox(world, visit):
    hr = visit("hr", sandbox=False)
    assert hr.post("/sandbox/sign-in", {"person": "leader"}).status_code == 404
    assert hr.post("/sandbox/clock", {"to": "next-working-day"}).status_code == 404
    assert hr.get("/").location == "/inbox"
    assert "sandbox-bar" not in hr.get("/inbox").text


# --- doing things


def test_done_once_is_said_once_and_a_second_press_is_harmless(play, visit):
    world = play("plan")
    hr, task = visit("hr"), task_of(world, "hr", "plan")
    sent = flat(submitted("plan"))
    assert hr.post(f"{task}/complete", sent).location == "/inbox"
    assert "已办理: 制定工作方案" in words(hr.page("/inbox"))
    again = hr.post(f"{task}/complete", sent)
    assert again.location == f"/instances/{world.instances['round']}"
    assert "您已办结" in words(hr.page(again.location))
    events = world.engine.instance(world.actor("hr"), world.instances["round"]).events
    assert [event.kind for event in events].count("completed") == 1


def test_what_is_wrong_is_said_beside_what_was_typed(play, visit):
    world = play("plan")
    response = visit("hr").post(f"{task_of(world, 'hr', 'plan')}/complete", {"plan.title": "只有名称"})
    tree = html.fromstring(response.text)
    assert response.status_code == 422
    assert tree.xpath("//input[@name='plan.title']/@value") == ["只有名称"]
    for link in tree.xpath("//*[@id='errors']//a/@href"):
        assert tree.xpath("//*[@id=$id]", id=link[1:])


def test_a_claimed_task_is_mine_and_a_colleague_is_told_whose(play, visit):
    world = play("plan")
    world.engine.add_person(ADMIN, id="hr9", name="人事癸", employer_id="E1", roles=["hr"])
    task = task_of(world, "hr", "plan")
    claimed = visit("hr").post(f"{task}/claim")
    assert claimed.location == task
    assert not visit("hr").page(task).xpath(f"//form[@action='{task}/claim']")
    colleague = visit("hr9").get(task)
    assert colleague.status_code == 409
    assert "人事甲签收" in colleague.text


def test_old_links_lead_somewhere(play, visit):
    world = play("plan")
    task = task_of(world, "hr", "plan")
    visit("hr").post(f"{task}/complete", flat(submitted("plan")))
    assert visit("hr").get(task).location == f"/instances/{world.instances['round']}"
    gone = visit("hr").get("/tasks/none")
    assert gone.status_code == 404
    assert html.fromstring(gone.text).xpath("//main//a[@href='/inbox']")


def test_time_passes_at_the_press_of_a_button(play, visit):
    world = play("candidacy")
    visitor = visit()
    assert visitor.post("/sandbox/clock", {"to": "next-timer", "next": "/"}).location == "/"
    tree = visitor.page("/")
    assert "时钟已移到2025年5月31日" in words(tree)
    assert world.engine.clock.now().isoformat() == "2025-05-30T16:00:00+00:00"


# --- what pages show


def test_the_guide_names_one_next_step_and_gives_the_clock_where_only_time_helps(play, visit):
    play("determine")
    tree = visit().page("/")
    first = tree.xpath("//section[contains(@class, 'next-step')]//button")
    assert [button.text_content() for button in first] == ["以负责人乙身份办理"]


def test_a_window_shows_its_days_one_by_one(play, visit):
    world = play("determine")
    tree = visit("hr").page(f"/instances/{world.instances['round']}")
    counted = [words(day).strip() for day in tree.xpath("//li[contains(@class, 'day-counted')]")]
    skipped = [words(day).strip() for day in tree.xpath("//li[contains(@class, 'day-skipped')]")]
    assert counted[0].startswith("第1日")
    assert len(counted) == 5
    assert len(skipped) == 2
    assert "星期六" in skipped[0]


def test_the_history_unfolds_what_was_entered_for_those_who_may_see_it(play, visit):
    world = play("recheck")
    page = f"/instances/{world.instances['jia']}"
    staff, expert, own = (visit(person).page(page) for person in ("hr", "e7", "jia"))
    unfolded = "//table[contains(@class, 'history')]//details"
    assert "建议再积累" in words(staff)
    assert len(staff.xpath(unfolded)) == 9
    assert len(expert.xpath(unfolded)) == 1
    assert "建议再积累" in words(expert)
    assert len(own.xpath(unfolded)) == 1
    assert "建议再积累" not in words(own)


def test_nobody_but_staff_reads_the_votes_in_a_rules_trace(play, visit):
    world = play("recheck")
    for person in ("e7", "jia"):
        detail = world.engine.instance(world.actor(person), world.instances["jia"])
        assert "trace" not in next(event.payload for event in detail.events if event.element == "tally")
        assert "计票表" not in visit(person).get(f"/instances/{world.instances['jia']}").text


def test_a_certificate_number_comes_in_seven_parts(play, visit):
    world = play("agreement")
    tree = visit("jia").page(f"/instances/{world.instances['jia']}")
    assert "".join(tree.xpath("//ol[@class='parts']/li/b/text()")) == "Y00001200012325T000001"
    assert len(tree.xpath("//ol[@class='parts']/li")) == 7


def test_the_steps_in_words_say_what_the_diagram_colours(play, visit):
    world = play("determine")
    page = f"/instances/{world.instances['round']}"
    state = visit("hr").get(f"{page}/diagram").get_json()
    tree = visit("hr").page(page)
    assert state["active"] == ["determine"]
    assert len(tree.xpath("//li[@class='step-active']")) == 1
    assert "确定获评人员" in words(tree.xpath("//li[@class='step-active']")[0])
    assert 'name="确定获评人员"' in state["xml"]
    assert 'name="确定获评人员"' not in visit("hr", "en").get(f"{page}/diagram").get_json()["xml"]


# --- both languages


def test_an_english_page_has_chinese_only_in_what_people_and_policies_named(play, visit):
    world = play("agreement")
    known = S1.read_text() + " ".join(re.findall(r'(?:name|label)="([^"]+)"', _tables())) + "中文系统管理员"
    detail = world.engine.instance(world.actor("hr"), world.instances["jia"])
    known += detail.line.title + _labels()
    for person, path in [
        ("hr", "/"),
        ("hr", "/inbox"),
        ("hr", "/inbox?list=done"),
        ("hr", "/instances"),
        ("hr", f"/instances/{world.instances['round']}"),
        ("hr", f"/instances/{world.instances['jia']}"),
        ("hr", task_of(world, "hr", "agreement")),
        ("hr", "/nowhere"),
        ("jia", "/started"),
    ]:
        shown = html.fromstring(visit(person, "en").get(path).text)
        said = [*shown.itertext(), *shown.xpath("//@aria-label | //@title | //@data-label | //@placeholder")]
        left = {run for text in said for run in HAN.findall(text) if run not in known}
        assert not left, f"{path}: {left}"


def _tables():
    return "".join(path.read_text() for path in BUNDLE.glob("*.dmn"))


def _labels():
    """Cells of a rule's trace show the table as it is written."""
    written = re.findall(r"<(?:dmn:)?text>([^<]*)</", _tables())
    return " ".join(written) + yaml.safe_load((BUNDLE / "policy.yaml").read_text())["title"]["zh"]


TEMPLATES = Path(__file__).parents[2] / "api" / "templates"


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_templates_speak_through_both_languages_only(template):
    source = re.sub(r"{#.*?#}", "", template.read_text(), flags=re.DOTALL)
    rest = _without_pairs(source).replace('"中文"', "").replace(">中文<", "><")
    assert not HAN.findall(rest)
    assert "！" not in source
    for word in ("实例", "令牌", "网关"):
        assert word not in source


def _without_pairs(source):
    """The source without its calls of t(), whatever they nest."""
    kept, position = [], 0
    for call in re.finditer(r"(?<![\w.])t\(", source):
        if call.start() < position:
            continue
        kept.append(source[position : call.start()])
        depth, position = 1, call.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(source[position], 0)
            position += 1
    return "".join([*kept, source[position:]])


def test_incidents_are_for_the_administrator_and_the_process_owner_and_only_the_first_retries(world, visit):
    world.engine.add_person(ADMIN, id="root", name="管理员", roles=["admin"])
    world.engine.add_person(ADMIN, id="owner", name="流程负责人", roles=["owner"])
    assert statuses(visit, ("root", "owner", "hr", "jia"), "/incidents") == {
        "root": 200,
        "owner": 200,
        "hr": 403,
        "jia": 403,
    }
    assert visit("root").post("/incidents/none/retry", csrf="forged").status_code == 409
