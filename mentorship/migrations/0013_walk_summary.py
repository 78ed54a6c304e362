"""What a walk leads to: its summary, and when each host was thanked

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-22 08:30:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | Sequence[str] | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "walk_summary",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("walk_id", sa.Integer(), nullable=False),
        sa.Column("noticed", sa.LargeBinary(), nullable=False),
        sa.Column("wondered", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("shared_at", sa.DateTime(), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["walk_id"], ["walk.id"], name=op.f("fk_walk_summary_walk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_summary")),
        sa.UniqueConstraint("walk_id", name=op.f("uq_walk_summary_walk_id")),
    )
    with op.batch_alter_table("walk_place") as place:
        place.add_column(sa.Column("thanked_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("walk_place") as place:
        place.drop_column("thanked_at")
    op.drop_table("walk_summary")
