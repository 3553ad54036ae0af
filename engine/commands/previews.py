"""What would become of an application if it were handed in now: everything that is missing at once, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.commands.instances import start
from engine.queries.instances import instance_detail
from engine.starting import Preview
from forms import FormError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.library import Library
    from engine.transaction import Transaction


def preview_start(
    tx: Transaction, library: Library, process: str, submitted: Mapping[str, Any], parent_id: str | None
) -> Preview:
    """Start it in a transaction that nobody commits. Raises what starting would, but for the form's own errors."""
    try:
        begun = start(tx, library, process, submitted, parent_id, None)
    except FormError as error:
        return Preview(error.fields, ())
    detail = instance_detail(tx, library, begun["instance"], as_participant=True)
    return Preview({}, detail.findings)
