"""school

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-22 03:00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("profile") as profile:
        profile.add_column(sa.Column("paused_until", sa.Date(), nullable=True))
    with op.batch_alter_table("import_run") as run:
        run.add_column(sa.Column("by", sa.String(length=80), nullable=False, server_default=""))
        run.add_column(sa.Column("file_names", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("import_run") as run:
        run.alter_column("by", existing_type=sa.String(length=80), server_default=None)
        run.alter_column("file_names", existing_type=sa.JSON(), server_default=None)
    op.create_table(
        "interests_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_interests_request_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests_request")),
        sa.UniqueConstraint("digest", name=op.f("uq_interests_request_digest")),
        sa.UniqueConstraint("membership_id", name=op.f("uq_interests_request_membership_id")),
    )
    op.create_table(
        "import_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("file_names", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=True),
        sa.Column("corrections", sa.LargeBinary(), nullable=True),
        sa.Column("preview", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'imported', 'dropped', 'expired')", name=op.f("ck_import_upload_state")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_upload_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_upload_run_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_import_upload_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_upload")),
    )
    for column in ("fingerprint", "person_id", "school_id"):
        op.create_index(op.f(f"ix_import_upload_{column}"), "import_upload", [column])


def downgrade() -> None:
    op.drop_table("import_upload")
    op.drop_table("interests_request")
    with op.batch_alter_table("import_run") as run:
        run.drop_column("file_names")
        run.drop_column("by")
    with op.batch_alter_table("profile") as profile:
        profile.drop_column("paused_until")
