"""Plans: locks, the last edit by hand, the progress of a planning run, and pairs kept apart by hand

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22 03:00:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table, column in (
        ("apart", sa.Column("from_file", sa.Boolean(), nullable=False, server_default=sa.true())),
        ("pairing", sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("visit", sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("job", sa.Column("wish", sa.String(length=10), nullable=False, server_default="")),
    ):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(column)
        # What stands has a value now; new rows get theirs from the models.
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(column.name, existing_type=column.type, server_default=None)
    with op.batch_alter_table("job") as batch_op:
        batch_op.add_column(sa.Column("progress", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("started_at", sa.DateTime(), nullable=True))
    with op.batch_alter_table("plan") as batch_op:
        batch_op.add_column(sa.Column("edited_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("last_edit", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("plan") as batch_op:
        batch_op.drop_column("last_edit")
        batch_op.drop_column("edited_at")
    with op.batch_alter_table("job") as batch_op:
        batch_op.drop_column("started_at")
        batch_op.drop_column("progress")
    for table, column in (("job", "wish"), ("visit", "locked"), ("pairing", "locked"), ("apart", "from_file")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column(column)
