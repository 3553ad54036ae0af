"""Bundles as they are uploaded: the shipped one, and ones with something wrong."""

import io
import zipfile

BPMN, DMN, FORM = "round.bpmn", "eligibility.dmn", "plan.form"
_BOMB = b"""<!DOCTYPE definitions [<!ENTITY a "aaaaaaaaaa">%s]>""" % b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in b"bcdefghij"
)
_EXTERNAL = b"""<!DOCTYPE definitions [<!ENTITY a SYSTEM "file:///etc/hostname">]>"""


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path if isinstance(path, zipfile.ZipInfo) else zipfile.ZipInfo(path), data)
    return content.getvalue()


def with_settings(files, days):
    """Another length of publicity: a bundle that is new and passes its checks."""
    policy = (
        files["policy.yaml"]
        .decode()
        .replace("    default: 5\n    type: integer", f"    default: {days}\n    type: integer", 1)
    )
    return {**files, "policy.yaml": policy.encode()}


def without(*paths):
    return lambda files: zipped({path: data for path, data in files.items() if path not in paths})


def changed(path, old, new):
    def change(files):
        assert old in files[path], f"{path} has no {old!r}"
        return zipped({**files, path: files[path].replace(old, new, 1)})

    return change


def with_entities(path, declaration, name):
    """Declares entities and uses the last of them as the text of an attribute-free element."""

    def change(files):
        head, rest = files[path].split(b"?>", 1)
        start = rest.index(b">") + 1
        return zipped({**files, path: head + b"?>" + declaration + rest[:start] + b"&%s;" % name + rest[start:]})

    return change


def bomb(path):
    return with_entities(path, _BOMB, b"j")


def external(path):
    return with_entities(path, _EXTERNAL, b"a")


def with_symlink(files):
    link = zipfile.ZipInfo("notes.md")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return zipped({**files, link: "/etc/hostname"})


def climbing(files):
    return zipped({**files, "../policy.yaml": b"id: other"})


def absolute(files):
    return zipped({**files, "/policy.yaml": b"id: other"})


def with_program(files):
    return zipped({**files, "run.py": b"print()"})


def cut_short(files):
    whole = zipped(files)
    return whole[: len(whole) // 2]


def no_zip(_files):
    return b"this is no zip"


def swollen(files):
    return zipped({**files, "notes.md": b"0" * 5_000_000})
