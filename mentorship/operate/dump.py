"""Canonical JSON of all business state: every table is printed, or named here with the reason why not."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, inspect, select

from mentorship.extensions import Base, canonical_json, db
from mentorship.keys import SealedBytes, SealedText

VOLATILE = {
    "alembic_version": "belongs to the schema, not to the school",
    "audit_entry": "grows with every command; verify-audit checks it",
    "import_run": "the history of imports grows although a repeated import changes nothing",
    "import_upload": "files on their way in; what they changed stands in the tables that they filled",
    "inbound_message": "the log of mail in; what an answer changed stands in answer, invite, visit and pairing",
    "job": "attempts and leases belong to the machinery; the work itself stands in what the job refers to",
}
VOLATILE_COLUMNS = {
    "outbox_message": {"sealed", "last_answer", "sent_at", "job_id", "calendar_digest"},
    "invite": {"reply_digest", "link_digest"},
    "form_request": {"link_digest"},
    "person": {"fs_uniquifier", "us_totp_secrets", "last_code_counter", "password"},
    "interests_request": {"digest"},
}
ONLY_WHERE = {"outbox_message": ("state", "failed")}


def dump(*, private: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Every business table, rows sorted by primary key; private text as a digest unless `private`."""
    return {
        table.name: [_row(table, row, private) for row in _rows(table)]
        for table in Base.metadata.sorted_tables
        if table.name not in VOLATILE
    }


def unnamed_tables() -> set[str]:
    """Tables of the database that are neither printed nor named volatile."""
    standing = set(inspect(db.session.connection()).get_table_names())
    return standing - set(Base.metadata.tables) - set(VOLATILE)


def _rows(table: Table) -> Any:
    query = select(table)
    if table.name in ONLY_WHERE:
        column, value = ONLY_WHERE[table.name]
        query = query.where(table.c[column] == value)
    # Sorted here, because databases disagree on the order of text.
    keys = table.primary_key.columns
    return sorted(db.session.execute(query).mappings(), key=lambda row: tuple(row[key] for key in keys))


def _row(table: Table, row: Any, private: bool) -> dict[str, Any]:
    left_out = VOLATILE_COLUMNS.get(table.name, set())
    return {
        column.name: _plain(column, row[column.name], private)
        for column in table.columns
        if column.name not in left_out
    }


def _plain(column: Column[Any], value: Any, private: bool) -> Any:
    if value is None:
        return None
    if isinstance(column.type, (SealedText, SealedBytes, LargeBinary)):
        content = value.encode() if isinstance(value, str) else value
        if private:
            return content.decode("utf-8", "replace")
        return f"sha256:{hashlib.sha256(content).hexdigest()}"
    if isinstance(value, (dict, list)):
        return json.loads(canonical_json(value))
    return value.isoformat() if isinstance(value, (date, datetime, time)) else value
