"""feedback

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-22 03:00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | Sequence[str] | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("pairing_id", sa.Integer(), nullable=True),
        sa.Column("written", sa.LargeBinary(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("saved_from", sa.String(length=40), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("visit_id IS NULL OR pairing_id IS NULL", name=op.f("ck_entry_one_thing")),
        sa.CheckConstraint("(written IS NULL) = (finished_at IS NULL)", name=op.f("ck_entry_finished")),
        sa.ForeignKeyConstraint(["author_id"], ["membership.id"], name=op.f("fk_entry_author_id")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_entry_cycle_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_entry_visit_id")),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_entry_pairing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("author_id", "instrument", "visit_id", name=op.f("uq_entry_author_id_instrument_visit_id")),
    )
    with op.batch_alter_table("entry") as batch:
        batch.create_index(batch.f("ix_entry_cycle_id"), ["cycle_id"], unique=False)
        batch.create_index(batch.f("ix_entry_pairing_id"), ["pairing_id"], unique=False)
        batch.create_index(batch.f("ix_entry_visit_id"), ["visit_id"], unique=False)
    op.create_table(
        "entry_reader",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_entry_reader_entry_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_entry_reader_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_reader")),
        sa.UniqueConstraint("entry_id", "membership_id", name=op.f("uq_entry_reader_entry_id_membership_id")),
    )
    with op.batch_alter_table("entry_reader") as batch:
        batch.create_index(batch.f("ix_entry_reader_membership_id"), ["membership_id"], unique=False)
    op.create_table(
        "form_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("link_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_form_request_membership_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_form_request_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_request")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_form_request_link_digest")),
        sa.UniqueConstraint(
            "visit_id", "membership_id", "instrument", name=op.f("uq_form_request_visit_id_membership_id_instrument")
        ),
    )
    with op.batch_alter_table("form_request") as batch:
        batch.create_index(batch.f("ix_form_request_membership_id"), ["membership_id"], unique=False)


def downgrade() -> None:
    op.drop_table("form_request")
    op.drop_table("entry_reader")
    op.drop_table("entry")
