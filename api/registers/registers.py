"""The registers' pages. What may be seen and written is the engine's to say; here it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from api.errors import status_of
from api.request import actor, check_csrf, engine, language
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.permissions import Subject, require
from engine.queries.registers import visible, writable
from engine.registers import Kind, find
from engine.registers.files import MAX_BYTES, MAX_ROWS, to_csv, to_xlsx
from engine.registers.values import shown
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as Answer

    from engine.queries.registers import Detail
    from engine.registers import Column, Register
    from engine.registers.stores import Row

pages = Blueprint("registers", __name__, url_prefix="/registers")

_PAGE = 50
_SHOWN_LINES = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS = {"csv": (to_csv, "text/csv; charset=utf-8"), "xlsx": (to_xlsx, _XLSX)}


@pages.get("")
def index() -> str:
    registers = visible(actor())
    if not registers:
        find_none()
    writers = {register.name for register in registers if writable(actor(), register)}
    return render_template("registers.html", registers=registers, writers=writers, room="registers")


def find_none() -> None:
    """Refused in the words of the first register."""
    engine().register(actor(), "employers", limit=1)


@pages.get("/<name>")
def show(name: str) -> str:
    asked = {key: request.args.get(key, "").strip() for key in ("q", "employer", "after")}
    listed = engine().register(
        actor(),
        name,
        search=asked["q"][:200],
        employer_id=asked["employer"] or None,
        after=asked["after"] or None,
        limit=_PAGE + 1,
    )
    rows = listed.rows[:_PAGE]
    more = rows[-1].key if len(listed.rows) > _PAGE else None
    return _page("register.html", listed.register, listed=listed, rows=rows, asked=asked, more=more)


@pages.get("/<name>/entry")
def entry(name: str) -> str:
    detail = engine().register_entry(actor(), name, request.args.get("key", ""))
    return _page("register_entry.html", detail.register, detail=detail)


@pages.get("/<name>/edit")
def edit(name: str) -> str:
    """The form of an entry: empty for a new one."""
    key = request.args.get("key")
    if key is None:
        return _form(find(name), {}, None, "")
    detail = engine().register_entry(actor(), name, key)
    return _form(detail.register, _typed(detail), key, detail.row.revision)


@pages.post("/<name>/edit")
def save(name: str) -> Answer | tuple[str, int]:
    """The same form with everything typed and what is wrong with it when refused."""
    check_csrf()
    register, key, revision = find(name), request.args.get("key"), request.form.get("_revision") or None
    typed = {column.key: request.form.get(column.key, "") for column in register.columns}
    try:
        done = engine().save_entry(actor(), name, typed, key=key, revision=revision)
    except (InvalidError, ConflictError) as error:
        return _form(register, typed, key, revision or "", error.text), status_of(error)[0]
    flash(Text("已登记。", "Registered.").pick(language()), "done")
    return redirect(url_for("registers.entry", name=name, key=done["key"]), 303)


@pages.post("/<name>/strike")
def strike(name: str) -> Answer | tuple[str, int]:
    check_csrf()
    key = request.args.get("key", "")
    try:
        engine().strike_entry(
            actor(), name, key, request.form.get("reason", ""), revision=request.form.get("_revision") or None
        )
    except (InvalidError, ConflictError) as error:
        detail = engine().register_entry(actor(), name, key)
        page = _page("register_entry.html", detail.register, detail=detail, problem=error.text)
        return page, status_of(error)[0]
    flash(Text("已作废, 不再计入。", "Struck; it counts no more.").pick(language()), "done")
    return redirect(url_for("registers.entry", name=name, key=key), 303)


@pages.get("/<name>/import")
def import_page(name: str) -> str:
    return _import_page(find(name))


@pages.post("/<name>/import")
def upload(name: str) -> Answer | tuple[str, int]:
    """Kept for a preview; nothing is written yet."""
    check_csrf()
    try:
        staged_id = engine().stage_import(actor(), name, *_uploaded())
    except InvalidError as error:
        return _import_page(find(name), error.text), 422
    return redirect(url_for("registers.preview", name=name, staged_id=staged_id), 303)


@pages.get("/<name>/import/<staged_id>")
def preview(name: str, staged_id: str) -> str | tuple[str, int]:
    """What would be written, or every row that is wrong."""
    staged = engine().staged_import(actor(), staged_id)
    if staged.register.name != name:
        raise NotFoundError("没有这次导入。请重新上传文件。", "there is no such import; upload the file again.")
    lines, wrong = staged.checked.lines, staged.checked.wrong
    counts = {what: sum(1 for _, found, _ in lines if found == what) for what in ("new", "changed", "same")}
    page = _page(
        "register_preview.html",
        staged.register,
        staged=staged,
        staged_id=staged_id,
        lines=lines[:_SHOWN_LINES],
        wrong=wrong[:_SHOWN_LINES],
        counts=counts,
    )
    return (page, 422) if wrong else page


@pages.post("/<name>/import/<staged_id>")
def import_staged(name: str, staged_id: str) -> Answer:
    check_csrf()
    done = engine().import_staged(actor(), staged_id)
    said = Text(
        f"已导入: 新增{done['new']}条, 更改{done['changed']}条, 未变{done['same']}条。",
        f"Imported: {done['new']} new, {done['changed']} changed, {done['same']} as before.",
    )
    flash(said.pick(language()), "done")
    return redirect(url_for("registers.show", name=name), 303)


@pages.get("/<name>/export.<kind>")
def export(name: str, kind: str) -> Response:
    """What the list shows, all of it; ID numbers are masked, and no cell runs as a formula."""
    writer, mimetype = _writer(kind)
    exported = engine().export_register(
        actor(), name, search=request.args.get("q", ""), employer_id=request.args.get("employer") or None
    )
    return _download(writer(exported.register, exported.rows, language()), mimetype, f"{name}.{kind}")


@pages.get("/<name>/template.<kind>")
def template(name: str, kind: str) -> Response:
    """A file with the heading alone."""
    writer, mimetype = _writer(kind)
    engine().register(actor(), name, limit=1)
    return _download(writer(find(name), (), language()), mimetype, f"{name}-template.{kind}")


def _require_writer(register: Register) -> None:
    require(actor(), register.write, Subject(employer_id=actor().employer_id))


def _uploaded() -> tuple[str, bytes]:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidError("没有选择文件。请选择.xlsx或CSV文件。", "no file was chosen; choose an .xlsx or CSV file.")
    return file.filename, file.stream.read(MAX_BYTES + 1)


def _writer(kind: str) -> Any:
    if kind not in _WRITERS:
        raise NotFoundError("只有CSV和XLSX两种格式。", "there are CSV and XLSX only.")
    return _WRITERS[kind]


def _download(content: bytes, mimetype: str, name: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _form(
    register: Register, typed: Mapping[str, str], key: str | None, revision: str, problem: Text | None = None
) -> str:
    _require_writer(register)
    return _page("register_form.html", register, typed=typed, key=key, revision=revision, problem=problem, kinds=Kind)


def _import_page(register: Register, problem: Text | None = None) -> str:
    _require_writer(register)
    limits = {"rows": MAX_ROWS, "megabytes": MAX_BYTES // 1_000_000}
    return _page("register_import.html", register, problem=problem, limits=limits, kinds=Kind)


def _typed(detail: Detail) -> dict[str, str]:
    return {column.key: _cell(column, detail.row.data.get(column.key)) for column in detail.register.columns}


def _cell(column: Column, value: Any) -> str:
    """As a field holds it: choices by their value, the rest as it is shown."""
    return str(value) if column.kind is Kind.CHOICE and value is not None else shown(column, value, language())


def _page(template_: str, register: Register, **more: Any) -> str:
    def cell(column: Column, value: Any) -> str:
        return shown(column, value, language())

    def name(kind: str, one: str | None, names: Mapping[str, str]) -> str:
        return names.get(f"{kind}/{one}", "")

    def label(column: Column) -> str:
        text = column.label.pick(language())
        return text[0].upper() + text[1:]

    def title(row: Row) -> str:
        return str(row.data.get("name") or row.data.get("holder") or row.data.get("trade") or row.key)

    return render_template(
        template_,
        register=register,
        cell=cell,
        label=label,
        name_of=name,
        title_of=title,
        may_write=writable(actor(), register),
        room="registers",
        **more,
    )
