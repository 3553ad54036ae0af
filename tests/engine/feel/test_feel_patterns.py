"""Regular expressions mean what XPath says."""

import pytest

from engine.feel import parse

MATCHES = [
    ("a", "[a-z-[aeiou]]", "", False),
    ("b", "[a-z-[aeiou]]", "", True),
    ("e", "[^a-d-[e]]", "", False),
    ("f", "[^a-d-[e]]", "", True),
    ("-", "[a-]", "", True),
    ("-", "[-a]", "", True),
    ("|", "[|&]", "", True),
    ("x", "[]", "", None),
    ("x", "[x", "", None),
    ("x", "x]", "", None),
    ("aa", r"(a)\1", "", True),
    ("aa", r"(a)\2", "", None),
    ("a", r"[\1]", "", None),
    ("a\n", "a$", "", False),
    ("a\nb", "^b", "m", True),
    ("a\nb", "a.b", "", False),
    ("a\nb", "a.b", "s", True),
    ("a.b", "a.b", "q", True),
    ("axb", "a.b", "q", False),
    ("hello world", r"hello\ sworld", "x", True),
    ("helloworld", "hello[ ]world", "x", False),
    ("a", "A", "i", True),
    ("a", "a", "z", None),
    ("技", r"\p{Lo}", "", True),
    ("a", r"\p{IsBasicLatin}", "", True),
    ("a:b", r"^\i\c*$", "", True),
    ("aaa", "a{2,}", "", True),
    ("aaa", "a{,2}", "", None),
    ("a", "a++", "", None),
    ("a", "(?=a)", "", None),
    ("a", "(?:a)", "", True),
    ("a", r"\b", "", None),
]


@pytest.mark.parametrize(("text", "pattern", "flags", "verdict"), MATCHES)
def test_a_pattern_matches_as_in_xpath(text, pattern, flags, verdict):
    found = parse("matches(t, p, f)").evaluate({"t": text, "p": pattern, "f": flags})
    assert found is verdict


@pytest.mark.parametrize(
    ("replacement", "result"),
    [
        ("[$0]", "[ab]c"),
        ("$2$1", "bac"),
        ("$12", "a2c"),
        ("$9", "c"),
        (r"\$", "$c"),
        ("$", None),
        (r"\x", None),
        (r"\\", "\\c"),
    ],
)
def test_a_replacement_names_groups_as_in_xpath(replacement, result):
    assert parse('replace("abc", "(a)(b)", r)').evaluate({"r": replacement}) == result
