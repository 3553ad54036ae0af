"""How the API says what is wrong with a request: one table from a short sentence to both languages with the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_LENGTH = "An Idempotency-Key has 1 to 200 characters."
PAGE_LENGTH = "A page has 1 to 200 items."
LIST_NAME = "There is no such list."
MOMENT = "A moment with its zone is wanted."
DAY = "A day is wanted."
TIMER_STATE = "There is no such state."
NAME_LENGTH = "A name has 1 to 100 characters."
WORDS_LENGTH = "1 to 1000 characters are wanted."
NOTICE_NUMBER = "A notice has a number from 1 on."
PAYLOAD_KEY_LENGTH = "A correlation key has 1 to 200 characters."
MESSAGE_NAME_LENGTH = "A message's name has 1 to 200 characters."
COMMENT_LENGTH = "1 to 2000 characters are wanted."
ABOUT_LENGTH = "At most 200 characters are wanted."
NOTE_LENGTH = "At most 1000 characters are wanted."
RECEIVERS = "1 to 20 people are wanted."
NOT_TEXT = "No text."
NOT_NESTED_SO_DEEP = "Nested too deep."

# The other keys are marshmallow's own messages.
_SENTENCES: Mapping[str, Text] = {
    KEY_LENGTH: Text("应为1-200个字符。", "it should have 1 to 200 characters."),
    PAGE_LENGTH: Text("应为1-200的整数。", "it should be a whole number from 1 to 200."),
    LIST_NAME: Text(
        "应为mine、groups、substituted、sent、followed、entrusted或done。",
        "it should be mine, groups, substituted, sent, followed, entrusted or done.",
    ),
    TIMER_STATE: Text(
        "应为coming、failed、awaiting或suspended。", "it should be coming, failed, awaiting or suspended."
    ),
    DAY: Text("应为日期, 如2026-04-01。", "a day is wanted, such as 2026-04-01."),
    MOMENT: Text(
        "应为带时区的时刻, 如2025-07-08T17:30:00+08:00。",
        "it should be a moment with its zone, such as 2025-07-08T17:30:00+08:00.",
    ),
    NAME_LENGTH: Text("应为1-100个字符。", "it should have 1 to 100 characters."),
    WORDS_LENGTH: Text("应为1-1000个字符。", "it should have 1 to 1000 characters."),
    MESSAGE_NAME_LENGTH: Text("应为1-200个字符。", "it should have 1 to 200 characters."),
    PAYLOAD_KEY_LENGTH: Text("应为1-200个字符。", "it should have 1 to 200 characters."),
    NOTICE_NUMBER: Text("应为通知的编号(从1起的整数)。", "it should be the id of a notice, a whole number from 1 on."),
    COMMENT_LENGTH: Text("应为1-2000个字符。", "it should have 1 to 2000 characters."),
    ABOUT_LENGTH: Text("最多200个字符。", "it should have 200 characters at most."),
    NOTE_LENGTH: Text("最多1000个字符。", "it should have 1000 characters at most."),
    RECEIVERS: Text("应为1-20人。", "it should name 1 to 20 people."),
    NOT_TEXT: Text(
        "含有不能保存的字符(NUL或不成对的代理码)。请去掉。",
        "it holds characters that cannot be kept (NUL or half a surrogate pair); take them out.",
    ),
    NOT_NESTED_SO_DEEP: Text("嵌套过深。请减少层次。", "it is nested too deep; use fewer levels."),
    "Missing data for required field.": Text("缺少此项。请补上。", "it is missing; add it."),
    "Field may not be null.": Text("不能为null。请给出值。", "it may not be null; give a value."),
    "Not a valid string.": Text("应为文本。", "it should be text."),
    "Not a valid list.": Text("应为列表。", "it should be a list."),
    "Not a valid integer.": Text("应为整数。", "it should be a whole number."),
    "Not a valid boolean.": Text("应为true或false。", "it should be true or false."),
    "Not a valid mapping type.": Text("应为JSON对象。", "it should be a JSON object."),
    "Invalid input type.": Text("应为JSON对象。", "it should be a JSON object."),
    "Unknown field.": Text(
        "没有这一项。请去掉; 可用的项见/api/v1/openapi.json。",
        "there is no such member; leave it out. /api/v1/openapi.json lists those that there are.",
    ),
}


def said_of(place: str, message: str) -> Text:
    """The sentence about a place; a message that nobody has put into words stands for itself."""
    sentence = _SENTENCES.get(message, Text(message, message))
    return Text(f"{place}: {sentence.zh}", f"{place}: {sentence.en}")
