"""Notice settings, one's own address, a forgotten password; the page of web hooks."""

import re

import pytest
from sqlalchemy import select

from api.configuration import from_environment, lacking
from engine import Outside
from engine.errors import InvalidError
from engine.queries.verification import verify
from engine.tables.outgoing import letter
from tests.api.visiting import Visitor, application, words
from tests.people import ADMIN

BASE = "https://pingpin.tianjin.example"
PASSWORD = "一句只有本人知道的长话 2025"


@pytest.fixture
def office(empty, post):
    empty.outside = Outside(post.url, "pingpin@tianjin.example", base_url=BASE)
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    for person, role in (("hr", "hr"), ("root", "admin"), ("guard", "security")):
        empty.add_person(
            ADMIN, id=person, name=f"某{person}", employer_id="E1", roles=[role], password=PASSWORD,
            email=f"{person}@old.example",
        )  # fmt: skip
    return application(empty, sandbox=False)


def link_in(mail):
    return re.search(rf"{BASE}(/\S+)", mail.get_body(("plain",)).get_content()).group(1)


def test_what_is_mailed_is_each_persons_choice(office, empty):
    hr, root = Visitor(office, "hr"), Visitor(office, "root", "en")
    assert not hr.page("/notices/settings").xpath("//select[@name='alarms']")
    assert root.page("/notices/settings").xpath("//select[@name='alarms']")
    assert hr.post("/notices/settings", {"handed": "never", "language": "en"}).status_code == 303
    chosen = empty.outgoing.mail_settings(empty.actor("hr"))
    assert (chosen.chosen["handed"], chosen.chosen["reminders"], chosen.language) == ("never", "daily", "en")
    for wrong in ({"handed": "hourly", "language": "zh"}, {"language": "fr"}):
        assert hr.post("/notices/settings", wrong).status_code == 422
    assert empty.outgoing.mail_settings(empty.actor("hr")) == chosen
    empty.outside = Outside()
    assert "没有配置邮件服务器" in words(hr.page("/notices/settings"))
    assert not hr.page("/notices/settings").xpath("//input[@name='address']")
    empty.outside = Outside(is_sandbox=True)
    assert "no mail leaves it" in words(root.page("/notices/settings"))


def test_ones_own_address_is_confirmed_once_by_oneself_and_may_then_set_a_password(office, empty, post):
    hr, stranger = Visitor(office, "hr"), Visitor(office)
    # The registered one receives notices, and no password: whoever writes the register could have put it there.
    for name in ("hr", "nobody", "x" * 100, "guard"):
        told = stranger.post("/forgotten", {"person": name})
        assert (told.status_code, "如果该账号确认过邮箱" in told.text) == (200, True)
    assert (empty.send_letters(), post.mails) == (0, [])

    def ask(address, password=PASSWORD):
        return hr.post("/notices/settings/address", {"address": address, "password": password})

    for wrong in (
        "none",
        "a@b",
        "a@b.example\r\nBcc: c@d.example",
        "<a@b.example>",
        "a@b.example, c@d.example",
        "@x.example",
    ):
        assert ask(wrong).status_code == 422, wrong
    assert ask("hr@new.example", "wrong").status_code == 422
    assert ask("hr@new.example").status_code == 303
    assert "hr@new.example" in words(hr.page("/notices/settings"))
    empty.send_letters()
    (mail,) = post.mails
    assert mail["To"] == "hr@new.example"
    link = link_in(mail)
    assert empty.outgoing.mail_settings(empty.actor("hr")).own is None
    assert Visitor(office, "guard").post(link).status_code == 404
    assert "/sign-in" in stranger.get(link).headers["Location"]
    assert hr.get(link).status_code == 200  # opened by a mail server it confirms nothing
    assert empty.outgoing.mail_settings(empty.actor("hr")).own is None
    assert hr.post(link).status_code == 303
    assert hr.post(link).status_code == 404
    assert empty.outgoing.mail_settings(empty.actor("hr")).own == "hr@new.example"
    assert empty.papers.my_data(empty.actor("hr")).emails == ("hr@new.example", "hr@old.example")

    stranger.post("/forgotten", {"person": "hr"})
    with empty.sessions() as session:  # nothing that opens an account lies in the database
        assert session.scalars(select(letter.c.cause)).all() == [None, None]
    empty.send_letters()
    reset = link_in(post.mails[1])
    assert post.mails[1]["To"] == "hr@new.example"
    assert "某hr" not in post.mails[1].as_string()
    empty.accounts.sign_in("hr", PASSWORD, empty_origin())  # the old one is good until then
    new = "另一句只有本人知道的长话 2026"
    assert stranger.post(reset, {"new": new, "again": new}).status_code == 303
    assert stranger.get(reset).status_code == 404
    empty.accounts.sign_in("hr", new, empty_origin())
    for _ in range(5):
        last = Visitor(office).post("/forgotten", {"person": "hr"})
    assert (last.status_code, int(last.headers["Retry-After"]) > 0) == (429, True)
    kinds = {line.kind for line in empty.accounts.own(empty.actor("hr")).events}
    assert {"link asked", "address confirmed", "password reset"} <= kinds

    # An administrator's password is no mail's to set, whatever they have confirmed.
    guard = Visitor(office, "guard")
    guard.post("/notices/settings/address", {"address": "guard@new.example", "password": PASSWORD})
    before = len(post.mails)
    empty.send_letters()
    guard.post(link_in(post.mails[before]))
    Visitor(office).post("/forgotten", {"person": "guard"})
    assert empty.send_letters() == 0
    dropped = Visitor(office, "hr")
    assert dropped.post("/notices/settings/address/drop").status_code == 303
    assert empty.outgoing.mail_settings(empty.actor("hr")).own is None


def empty_origin():
    from engine.signing_in import NOWHERE

    return NOWHERE


def test_the_page_of_web_hooks_shows_a_secret_once_and_what_became_of_each_call(office, empty):
    root = Visitor(office, "root")
    assert Visitor(office, "hr").get("/webhooks").status_code == 403
    refused = root.post("/webhooks", {"label": "平台", "url": "http://example.com/", "event": "task.opened"})
    assert refused.status_code == 422
    assert 'value="http://example.com/"' in refused.text
    made = root.post("/webhooks", {"label": "平台", "url": "https://127.0.0.1/in", "event": "task.opened"})
    (secret,) = re.findall(r"whsec_[\w+/=]+", made.text)
    (line,) = empty.outgoing.hooks(ADMIN)
    for path in ("/webhooks", f"/webhooks/{line.id}"):
        assert secret not in root.get(path).text
    assert root.post(f"/webhooks/{line.id}/test").status_code == 303
    empty.call_hooks()
    assert "内部网络" in words(root.page(f"/webhooks/{line.id}"))
    assert "own network" in words(Visitor(office, "root", "en").page(f"/webhooks/{line.id}"))
    ((call,),) = [empty.outgoing.hook_calls(ADMIN, line.id)[1]]
    assert root.post(f"/webhooks/calls/{call.id}/replay").status_code == 303
    for what, state in (("pause", "已暂停"), ("resume", "正常")):
        assert root.post(f"/webhooks/{line.id}/{what}").status_code == 303
        assert state in words(root.page(f"/webhooks/{line.id}"))
    assert root.post(f"/webhooks/{line.id}/end").status_code == 303
    assert root.get(f"/webhooks/{line.id}").status_code == 404
    assert verify(empty.audit_export(ADMIN)).breaks == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"PINGPIN_BASE_URL": "http://x.example"}, {"PINGPIN_BASE_URL": "x.example"}, {"PINGPIN_BASE_URL": "https://x.example/?a"},
        {"PINGPIN_BASE_URL": "https://u:p@x.example"}, {"PINGPIN_WEBHOOK_HOSTS": "https://x.example"},
        {"PINGPIN_WEBHOOK_HOSTS": "*"},
    ],
)  # fmt: skip
def test_addresses_in_the_environment_are_checked(wrong):
    with pytest.raises(InvalidError) as refused:
        from_environment(wrong)
    assert next(iter(wrong)) in refused.value.text.zh


def test_a_start_says_what_mails_lack():
    found = from_environment(
        {"PINGPIN_SMTP_URL": "smtp://mail.example", "PINGPIN_WEBHOOK_HOSTS": "A.example, b.example"}
    )
    assert "PINGPIN_BASE_URL" in lacking(found)[0].zh
    assert found.webhook_hosts == {"a.example", "b.example"}
    assert lacking(from_environment({"PINGPIN_BASE_URL": f"{BASE}/", "PINGPIN_SMTP_URL": "smtp://mail.example"})) == []
    assert from_environment({"PINGPIN_BASE_URL": f"{BASE}/"}).base_url == BASE
