"""What may be a password, and what everybody would try first."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.passwords import LONGEST, SHORTEST, WeakPasswordError, normalised, require_good

ABOUT = ("zhangsan", "张三", "渤海重机")


@pytest.mark.parametrize(
    "password",
    [
        "雨后山间的小路很安静呢我",
        "correct horse 电池 订书",
        "Jf8#kd0sLq2w",
        "zhangsan-ab12-cd93kz",
        "𠮷野家的牛肉饭真的很好吃",
        "   spaces count too   ",
    ],
)
def test_length_counts_and_any_sign_is_welcome(password):
    require_good(password, ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "", "短", "kd0sLq2wJf8", "x" * 129, "﷽" * 8, "tab\tand\0nul and more",
        "password1234!", "P@ssw0rd2026!!", "Tianjin2026!!", "ａｄｍｉｎ２０２６２０２６", "woaini1314520!", "为人民服务20260101!!",
        "abcabcabcabc", "aaaaaaaaaaaa", "天津天津天津天津天津天津", "123456789012", "qwertyuiop12", "1qaz2wsx3edc", "000000000001",
        "zhangsan1234", "张三ZhangSan-k8", "渤海重机渤海重机渤海重机", "pingpin评聘pingpin",
    ],
)  # fmt: skip
def test_what_is_short_well_known_or_the_persons_own_is_refused_with_a_sentence_in_both_languages(password):
    with pytest.raises(WeakPasswordError) as refused:
        require_good(password, ABOUT)
    assert refused.value.text.zh
    assert refused.value.text.en
    assert len(password) < 3 or password not in str(refused.value.text)


@given(st.text(min_size=1, max_size=6), st.integers(SHORTEST, 60))
def test_one_piece_again_and_again_is_never_one(piece, length):
    assume(normalised(piece * 2) == piece * 2)
    with pytest.raises(WeakPasswordError):
        require_good((piece * length)[:length])


@given(st.text(max_size=1500), st.lists(st.text(max_size=10), max_size=3))
def test_whatever_is_typed_is_good_or_refused_and_composing_signs_otherwise_changes_nothing(text, about):
    def is_good(password):
        try:
            require_good(password, about)
        except WeakPasswordError:
            return False
        return True

    if is_good(text):
        assert SHORTEST <= len(normalised(text)) <= LONGEST
        assert is_good(normalised(text))
