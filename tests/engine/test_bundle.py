"""Bundles as files: the digest, and every hostile zip refused with nothing read outside it."""

import io
import stat
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import bundle as bundles
from engine.bundle import make_bundle, read_folder, read_zip
from engine.errors import InvalidError
from tests.people import BUNDLE


def zipped(files, *, compression=zipfile.ZIP_DEFLATED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def test_the_same_files_have_the_same_digest_in_whatever_order_they_come():
    files = read_folder(BUNDLE).files
    assert make_bundle(dict(reversed(files.items()))).digest == read_folder(BUNDLE).digest


def test_one_changed_byte_is_another_digest():
    files = dict(read_folder(BUNDLE).files)
    files["policy.yaml"] += b" "
    assert make_bundle(files).digest != read_folder(BUNDLE).digest


def test_two_files_with_swapped_contents_are_another_bundle():
    assert (
        make_bundle({"policy.yaml": b"a", "b.yaml": b"b"}).digest
        != make_bundle({"policy.yaml": b"b", "b.yaml": b"a"}).digest
    )


def test_a_zip_of_the_folder_is_the_folders_bundle_with_or_without_the_folders_name():
    files = read_folder(BUNDLE).files
    assert read_zip(zipped(files)).digest == read_folder(BUNDLE).digest
    assert (
        read_zip(zipped({f"tianjin/{path}": data for path, data in files.items()})).digest == read_folder(BUNDLE).digest
    )


@pytest.mark.parametrize(
    "name", ["../policy.yaml", "a/../../policy.yaml", "/etc/policy.yaml", "a\\..\\policy.yaml", "C:policy.yaml"]
)
def test_a_path_that_leads_outside_is_refused_by_name(name):
    with pytest.raises(InvalidError) as refusal:
        read_zip(zipped({"policy.yaml": b"", name: b""}))
    assert "zip" in refusal.value.text.en.lower() or "bundle" in refusal.value.text.en


def test_an_unknown_kind_of_file_is_refused():
    with pytest.raises(InvalidError, match=r"run\.py"):
        read_zip(zipped({"policy.yaml": b"", "run.py": b"print()"}))


def test_a_symbolic_link_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("policy.yaml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InvalidError, match="link"):
        read_zip(content.getvalue())


def test_the_same_path_twice_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("policy.yaml", b"a")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("policy.yaml", b"b")
    with pytest.raises(InvalidError, match=r"policy\.yaml"):
        read_zip(content.getvalue())


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    with pytest.raises(InvalidError, match="MB"):
        read_zip(zipped({"policy.yaml": b"0" * (bundles.MAX_FILE_BYTES + 1)}))


def test_too_many_files_are_refused():
    with pytest.raises(InvalidError, match="too large"):
        read_zip(zipped({f"{number}.yaml": b"" for number in range(bundles.MAX_FILES + 1)}))


@pytest.mark.parametrize(
    "pair",
    [
        ("policy.yaml", "./policy.yaml"),
        ("a/b.bpmn", "a//b.bpmn"),
        ("policy.yaml", "Policy.yaml"),
        ("é.bpmn", "e\u0301.bpmn"),
        ("ß.bpmn", "SS.bpmn"),
    ],
)
def test_two_spellings_of_one_path_are_two_versions_of_one_file_and_refused(pair):
    with pytest.raises(InvalidError, match="twice"):
        read_zip(zipped(dict.fromkeys(pair, b"")))


@pytest.mark.parametrize("name", ["\u202epolicy.md", "po\u200blicy.md", "a\nb.md", "x" * 201 + ".md"])
def test_a_path_has_a_length_and_characters_that_can_be_seen(name):
    with pytest.raises(InvalidError, match="visible"):
        read_zip(zipped({"policy.yaml": b"", name: b""}))


def test_entries_are_counted_before_anything_is_looked_at():
    with pytest.raises(InvalidError, match="too large"):
        read_zip(zipped({f"{number}/": b"" for number in range(bundles.MAX_ENTRIES + 1)}))


def damaged(content, after, replacement):
    """The zip with what stands after a name's first occurrence replaced."""
    place = content.index(after) + len(after)
    return content[:place] + replacement + content[place + len(replacement) :]


def test_a_broken_stream_is_refused():
    whole = zipped({"policy.yaml": bytes(range(256)) * 20})
    with pytest.raises(InvalidError, match="cannot be read"):
        read_zip(damaged(whole, b"policy.yaml", b"\xff" * 12))


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_unusual_compression_is_refused(compression):
    with pytest.raises(InvalidError, match="ordinary compression"):
        read_zip(zipped({"policy.yaml": b"a" * 100}, compression=compression))


def test_an_offset_before_the_beginning_is_refused():
    whole = zipped({"policy.yaml": b"a"})
    end = whole.rindex(b"PK\x05\x06")
    with pytest.raises(InvalidError):
        read_zip(whole[: end + 16] + b"\xff\xff\xff\x00" + whole[end + 20 :])


def test_an_entry_without_a_name_is_refused():
    with pytest.raises(InvalidError):
        read_zip(zipped({"a.md": b"a"}).replace(b"a.md", b"\0.md"))


@pytest.mark.parametrize("declared", [1, 99, 101, 5000])
def test_a_size_that_lies_is_refused(declared):
    whole = zipped({"policy.yaml": b"a" * 100}, compression=zipfile.ZIP_STORED)
    size = (100).to_bytes(4, "little")
    entry = whole.index(b"PK\x01\x02") + 24
    assert whole[entry : entry + 4] == size
    with pytest.raises(InvalidError):
        read_zip(whole[:entry] + declared.to_bytes(4, "little") + whole[entry + 4 :])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_whatever_bytes_are_changed_a_zip_is_read_or_refused(changes):
    content = bytearray(ZIPPED)
    for place, value in changes:
        content[place % len(content)] = value
    with suppress(InvalidError):
        read_zip(bytes(content))


ZIPPED = zipped({"policy.yaml": b"id: small", "a/p.bpmn": bytes(range(256))})


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", zipped({"policy.yaml": b"x" * 100})[:-10]])
def test_what_is_not_a_zip_is_refused(content):
    with pytest.raises(InvalidError):
        read_zip(content)
