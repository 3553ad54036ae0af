"""What may be handed in: told by the content, whatever the name says."""

import io
import zipfile

import pytest

from engine.errors import InvalidError
from engine.files import KINDS, MOST_BYTES, clean_name, inspect

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0..JFIF..\xff\xd9"
CONTENT = {"[Content_Types].xml": b"<Types/>"}
WORD = {**CONTENT, "word/document.xml": b"<w/>"}
EXCEL = {**CONTENT, "xl/workbook.xml": b"<x/>", "xl/printerSettings/printerSettings1.bin": b"\x00\x01"}


def archive(members, level=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", level) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("证书.pdf", PDF, 0),
        ("a.PNG", PNG, 1),
        ("a.jpeg", JPEG, 2),
        ("a.docx", archive(WORD), 3),
        ("a.xlsx", archive(EXCEL), 4),
        ("a.txt", "姓名\t甲".encode("gb18030"), 5),
        ("a.csv", "\ufeff姓名,甲\r\n".encode(), 5),
    ],
)
def test_what_the_content_says_is_what_it_is(name, content, kind):
    file = inspect(name, content)
    assert (file.name, file.type, file.content) == (name, KINDS[kind].type, content)
    assert len(file.digest) == 64


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 macro"
BROKEN = archive(WORD, zipfile.ZIP_STORED).replace(b"<w/>", b"<v/>")
BOMB = archive({**WORD, "word/media/a.png": b"\0" * 100_000_001})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdf", b""),
        ("huge.pdf", b"%PDF-" + b" " * MOST_BYTES + b"%%EOF"),
        ("program.pdf", b"MZ\x90\x00\x03"),
        ("page.pdf", b"<html><script>alert(1)</script>"),
        ("picture.png", JPEG),
        ("letter.docx", archive(EXCEL)),
        ("letter.pdf", archive(WORD)),
        ("no-extension", PDF),
        ("page.html", b"<html></html>"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("two-at-once.pdf", PDF + archive({"a.class": b"x"})),
        ("two-at-once.jpg", JPEG + archive({"a.class": b"x"})),
        ("longer.png", PNG + b"<script>"),
        ("old.docx", OLE),
        ("macro.docx", archive({**WORD, "word/vbaProject.bin": OLE})),
        ("macro.docx", archive({**WORD, "word/settings.xml": OLE})),
        ("sheet.xlsx", archive({**EXCEL, "xl/macrosheets/sheet1.xml": b"<x/>"})),
        ("path.docx", archive({**WORD, "../../etc/passwd": b"x"})),
        ("plain.docx", archive({"a.txt": b"x"})),
        ("broken.docx", BROKEN),
        ("cut.docx", archive(WORD)[:-40]),
        ("bomb.docx", BOMB),
        ("binary.txt", b"\x00\x01\x02"),
    ],
)
def test_what_it_is_not_or_may_not_be_is_refused_with_its_name_and_a_way_out(name, content):
    with pytest.raises(InvalidError) as refused:
        inspect(name, content)
    assert name.rpartition(".")[0][:5] in refused.value.text.zh or "file" in refused.value.text.zh
    assert refused.value.text.en


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/证书.pdf", "证书.pdf"),
        ("C:\\Users\\甲\\证书.pdf", "证书.pdf"),
        ("a\0b\r\n.pdf", "ab.pdf"),
        ("证书\u202efdp.png", "证书fdp.png"),
        (" . .pdf", "file.pdf"),
        ("", "file."),
        ("\ud800.pdf", "?.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_keeps_no_path_and_nothing_that_is_not_seen(name, shown):
    assert clean_name(name) == shown
