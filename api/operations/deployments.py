"""The deployments page: what is in force, upload a bundle, read its checks, deploy it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for

from api.request import actor, check_csrf, engine, language
from engine import difference
from engine.errors import InvalidError
from engine.permissions import Act, may
from forms.text import Text

if TYPE_CHECKING:
    from flask import Response as FlaskResponse
    from werkzeug.wrappers import Response

pages = Blueprint("deployments", __name__, url_prefix="/deployments")


@pages.get("")
def show() -> str:
    return render_template(
        "deployments.html", lines=engine().deployments(actor()), may_deploy=may(actor(), Act.DEPLOY), room="policy"
    )


@pages.post("")
def upload() -> Response:
    """Keep an uploaded bundle, show its checks; nothing is deployed yet."""
    check_csrf()
    file = request.files.get("bundle")
    if file is None or not file.filename:
        raise InvalidError("没有选择文件。请选择政策包的zip文件。", "no file was chosen; choose the bundle's zip file.")
    digest = engine().stage(actor(), file.stream.read())
    return redirect(url_for("deployments.staged", digest=digest), 303)


@pages.get("/staged/<digest>")
def staged(digest: str) -> str:
    found = engine().staged(actor(), digest)
    return render_template("staged.html", staged=found, difference=difference, room="policy")


@pages.post("/staged/<digest>")
def deploy(digest: str) -> Response:
    check_csrf()
    result = engine().deploy_staged(actor(), digest)
    version = result["version"]
    said = (
        Text(f"已部署为第{version}版, 新发起的批次按此执行。", f"Deployed as version {version}; new rounds follow it.")
        if result["new"]
        else Text(f"内容与第{version}版相同, 未重复部署。", f"The same files are version {version} already.")
    )
    flash(said.pick(language()), "done")
    return redirect(url_for("deployments.show"), 303)


@pages.get("/<int:deployment_id>/bundle.zip")
def download(deployment_id: int) -> FlaskResponse:
    """The files as they were deployed, to be edited and uploaded again."""
    files = engine().deployment_files(actor(), deployment_id)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    content.seek(0)
    return send_file(content, "application/zip", as_attachment=True, download_name=f"deployment-{deployment_id}.zip")
