"""Content contacts: whom a draft could propose, and who was proposed, chosen and named

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-22 05:35:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | Sequence[str] | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("plan") as plan:
        plan.add_column(sa.Column("contacts", sa.JSON(), nullable=False, server_default="{}"))
    # What stands has none; new plans get theirs from the model.
    with op.batch_alter_table("plan") as plan:
        plan.alter_column("contacts", existing_type=sa.JSON(), server_default=None)
    op.create_table(
        "content_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("mentee_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("named_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('proposed', 'named', 'ended')", name=op.f("ck_content_contact_status")),
        sa.ForeignKeyConstraint(["contact_id"], ["membership.id"], name=op.f("fk_content_contact_contact_id")),
        sa.ForeignKeyConstraint(["mentee_id"], ["membership.id"], name=op.f("fk_content_contact_mentee_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_content_contact_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_contact")),
        sa.UniqueConstraint("plan_id", "mentee_id", name=op.f("uq_content_contact_plan_id_mentee_id")),
    )
    with op.batch_alter_table("content_contact") as contact:
        contact.create_index(op.f("ix_content_contact_contact_id"), ["contact_id"], unique=False)
        contact.create_index(op.f("ix_content_contact_mentee_id"), ["mentee_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("content_contact") as contact:
        contact.drop_index(op.f("ix_content_contact_mentee_id"))
        contact.drop_index(op.f("ix_content_contact_contact_id"))
    op.drop_table("content_contact")
    with op.batch_alter_table("plan") as plan:
        plan.drop_column("contacts")
