"""What letters say: templates in files, one folder a language. No names, nothing that anybody entered.

`words.yaml` has a sentence for each kind of notice; `letter.txt` and `letter.html` are what stands around it. Jinja2, which
Flask brings along: a daily letter is a list, and the HTML part must be escaped by the template, not by its author.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forms.text import Language

FOLDER = Path(__file__).parent
SETTINGS = "/notices/settings"
# Where a notice leads that is about no matter.
_PAGES = {
    "calendar": "/calendars",
    "policy": "/deployments",
    "absence": "/absences",
    "opinion": "/inbox",
    "account": "/account",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One notice: its kind, the matter's business key and its page."""

    kind: str
    key: str | None = None
    instance_id: str | None = None
    task_id: str | None = None

    @property
    def path(self) -> str:
        if self.task_id:
            return f"/tasks/{self.task_id}"
        return f"/instances/{self.instance_id}" if self.instance_id else _PAGES.get(self.kind, "/notices")


@dataclass(frozen=True, slots=True)
class Written:
    """A letter in words; the subject is one line."""

    subject: str
    text: str
    html: str


def write(language: Language, base_url: str | None, lines: Sequence[Line]) -> Written:
    """What these notices say; without an address of the installation there is no link."""
    words = words_of(language)
    shown = [
        {"says": words["kinds"][line.kind], "key": line.key, "link": f"{base_url}{line.path}" if base_url else None}
        for line in lines
    ]
    one = f"{shown[0]['says']} {shown[0]['key'] or ''}"
    subject = one if len(shown) == 1 else words["daily"].format(count=len(shown))
    return _written(language, base_url, words["subject"].format(about=subject), shown, is_notice=True)


def write_link(language: Language, base_url: str, purpose: str, path: str) -> Written:
    """A letter with a link that works once."""
    says = words_of(language)["links"][purpose]
    shown = [{"says": says["text"], "key": None, "link": f"{base_url}{path}"}]
    return _written(language, base_url, says["subject"], shown, is_notice=False)


@cache
def words_of(language: Language) -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((FOLDER / language / "words.yaml").read_text("utf-8"))
    return words


def _written(
    language: Language, base_url: str | None, subject: str, lines: list[dict[str, Any]], *, is_notice: bool
) -> Written:
    settings = f"{base_url}{SETTINGS}" if base_url and is_notice else None
    text, html = (
        _templates().get_template(f"{language}/letter.{kind}").render(lines=lines, settings=settings, subject=subject)
        for kind in ("txt", "html")
    )
    # A key with a line break in it would smuggle in another header.
    return Written(" ".join(subject.split())[:200], text, html)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
