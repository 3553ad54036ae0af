"""Bundles as files: the digest, and every hostile zip refused with nothing read outside it."""

import io
import stat
import zipfile

import pytest

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


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", zipped({"policy.yaml": b"x" * 100})[:-10]])
def test_what_is_not_a_zip_is_refused(content):
    with pytest.raises(InvalidError):
        read_zip(content)
