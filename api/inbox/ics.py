"""An agenda as iCalendar (RFC 5545), for calendar programs: titles and moments, nothing else about anybody."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from api import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from icalendar import Calendar, Event

    from engine.queries.agenda import Entry, Feed
    from forms.text import Language

_PRODUCT = "-//pingpin//agenda//ZH"
_HOURLY = timedelta(hours=1)


def render(feed: Feed, link: Callable[[Entry], str]) -> bytes:
    """Every entry with a moment; `link` says where its page is. What awaits the notice has no place in a calendar yet."""
    from icalendar import Calendar  # a sixth of a second, for the few requests that want it

    language: Language = "en" if feed.language == "en" else "zh"
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", words.AGENDA.pick(language))
    calendar.add("refresh-interval", _HOURLY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    _fill(calendar, feed, language, link)
    content: bytes = calendar.to_ical()
    return content


def _fill(calendar: Calendar, feed: Feed, language: Language, link: Callable[[Entry], str]) -> None:
    for entry in (*feed.agenda.overdue, *(entry for day in feed.agenda.days for entry in day.entries)):
        calendar.add_component(_event(entry, language, link(entry)))


def _event(entry: Entry, language: Language, link: str) -> Event:
    """The same id for the same task or timer, and a higher sequence after a change: so that it moves, and is not doubled."""
    from icalendar import Event

    event = Event()
    event.add("uid", f"{entry.id}@pingpin")
    event.add("sequence", entry.revision)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("summary", _plain(words.agenda_entry(entry).pick(language)))
    event.add("description", _plain(f"{entry.process_name.pick(language)} {entry.business_key}"))
    event.add("url", link)
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    _place(event, entry)
    return event


def _place(event: Event, entry: Entry) -> None:
    assert entry.due_at is not None
    assert entry.day is not None
    if entry.is_whole_day:
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
    else:
        event.add("dtstart", entry.due_at)  # in UTC: every program knows it, whatever it knows of zones


def _plain(text: str) -> str:
    """One line without control characters; commas and semicolons are escaped by the library."""
    line = " ".join(text.split())
    return "".join(letter for letter in line if unicodedata.category(letter) not in {"Cc", "Cs"})
