"""The certificate number of the Annex, and the certificates that people bring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.certificate import Kind, check_prefix, classify_brought, letter_of, number, parse, read_code_sets
from engine.errors import InvalidError

CODES = read_code_sets(
    {
        "category": {"Y": {"zh": "用人单位", "en": "employer"}, "S": {"zh": "社会培训评价组织", "en": "training body"}},
        "province": {"12": {"zh": "天津市", "en": "Tianjin"}},
        "levels": {
            "special": {"letter": "T", "zh": "特级技师", "en": "special-grade technician"},
            "chief": {"letter": None, "zh": "首席技师", "en": "chief technician"},
        },
    }
)
PREFIX = "Y000012000123"
digits = st.integers
prefixes = st.builds(
    lambda letter, body, site: f"{letter}{body:04d}12{site:06d}",
    st.sampled_from("YS"),
    digits(0, 9999),
    digits(0, 999999),
)


def test_the_first_special_grade_of_2025_has_the_number_of_the_annex() -> None:
    assert number(PREFIX, 2025, letter_of("special", CODES), 1, CODES) == "Y00001200012325T000001"


def test_a_branch_of_a_central_enterprise_keeps_its_code() -> None:
    parts = parse("Y00181200004526T000003", CODES)
    assert (parts.prefix, parts.issue_year, parts.level_letter, parts.serial) == ("Y001812000045", 2026, "T", 3)
    assert "0018" in parts.parts[1].meaning.zh


def test_the_seven_parts_say_what_they_mean() -> None:
    rows = parse("Y00001200012325T000001", CODES).as_json()
    assert [row["value"] for row in rows] == ["Y", "0000", "12", "000123", "25", "T", "000001"]
    assert [row["places"] for row in rows] == ["1", "2-5", "6-7", "8-13", "14-15", "16", "17-22"]
    assert [row["meaning"]["zh"] for row in rows] == [
        "用人单位", "由省级备案", "天津市", "000123", "2025年", "特级技师", "第1号",
    ]  # fmt: skip


@given(prefixes, st.integers(2000, 2099), st.integers(1, 999_999))
def test_what_is_written_reads_back(prefix: str, year: int, serial: int) -> None:
    text = number(prefix, year, "T", serial, CODES)
    parts = parse(text, CODES)
    assert len(text) == 22
    assert (parts.prefix, parts.issue_year, parts.level_letter, parts.serial) == (prefix, year, "T", serial)
    assert "".join(part.value for part in parts.parts) == text


@given(st.text(max_size=26))
def test_any_other_text_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        parse(text, CODES)
    assert "证书编号" in refusal.value.text.zh


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Y00001200012325", "22 places, has 15"),
        ("Y00001200012325T0000012", "22 places, has 23"),
        ("Y0000120001232T5000001", "14-15"),
        ("Ｙ00001200012325T000001", "full-width"),
        ("Y00001200012325T00000１", "full-width"),
        ("Y00001200012325t000001", "small letter"),
        ("Y00001200012325 000001", "space"),
        ("Y00001200012325T00001\n", "space"),
        (" Y00001200012325T000001", "space"),
        ("Y0000120001232025T000001", "last two digits"),
        ("X00001200012325T000001", "place 1 "),
        ("Y00A01200012325T000001", "place 2-5"),
        ("Y00001100012325T000001", "place 6-7"),
        ("Y0000120A012325T000001", "place 8-13"),
        ("Y00001200012325S000001", "place 16"),
        ("Y000012000123251000001", "place 16"),
        ("Y00001200012325T000000", "place 17-22"),
        ("Y00001200012325T00A001", "place 17-22"),
        ("Y00001200012325T00000١", "capital letters and digits"),
    ],
)
def test_a_number_that_deviates_is_refused_naming_the_place(text: str, named: str) -> None:
    with pytest.raises(InvalidError, match=named):
        parse(text, CODES)


@pytest.mark.parametrize(
    ("prefix", "year", "letter", "serial", "named"),
    [
        ("Y00001200012", 2025, "T", 1, "13 places, has 12"),
        ("Z000012000123", 2025, "T", 1, "place 1 "),
        (PREFIX, 25, "T", 1, "14-15"),
        (PREFIX, 2100, "T", 1, "14-15"),
        (PREFIX, 2025, "", 1, "place 16"),
        (PREFIX, 2025, "T", 0, "17-22"),
        (PREFIX, 2025, "T", 1_000_000, "17-22"),
    ],
)
def test_a_number_is_not_made_from_wrong_parts(prefix: str, year: int, letter: str, serial: int, named: str) -> None:
    with pytest.raises(InvalidError, match=named):
        number(prefix, year, letter, serial, CODES)


def test_a_registered_prefix_has_thirteen_places() -> None:
    check_prefix(PREFIX, CODES)
    with pytest.raises(InvalidError, match="13 places"):
        check_prefix("Y00001200012325T000001", CODES)


@pytest.mark.parametrize("level", ["chief", "grand"])
def test_a_level_without_a_configured_letter_gets_no_number(level: str) -> None:
    with pytest.raises(InvalidError, match="place 16"):
        letter_of(level, CODES)


@pytest.mark.parametrize(
    ("text", "kind", "senior"),
    [
        ("Y000012000123181000045", Kind.NATIONAL_22, True),
        ("s000412000123202000045", Kind.NATIONAL_22, False),
        ("Y00001200012325T000001", Kind.NATIONAL_22, None),
        ("Ｙ0000 1200 0123 18 1 000045", Kind.NATIONAL_22, True),
        ("1802000000112345", Kind.FORMER_16, True),
        ("1802-0000-0021-2345", Kind.FORMER_16, False),
        ("R1200A00000000000001", Kind.REGIONAL_20, None),
        ("1234567890123", Kind.PADDED_13, None),
        ("0001234567890123", Kind.PADDED_13, None),
        ("1234567890923000", Kind.PADDED_13, None),
        ("", Kind.UNKNOWN, None),
        ("高级技师证", Kind.UNKNOWN, None),
    ],
)
def test_a_brought_certificate_is_recognised_leniently(text: str, kind: Kind, senior: bool | None) -> None:
    brought = classify_brought(text)
    assert (brought.kind, brought.senior_technician) == (kind, senior)
    assert brought.name.zh


@given(st.text())
def test_recognising_never_fails(text: str) -> None:
    assert classify_brought(text).kind in Kind
