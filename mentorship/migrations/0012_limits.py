"""How many visits may be in a school on one day and at once, as a cycle says it

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-22 06:50:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | Sequence[str] | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("cycle") as cycle:
        cycle.add_column(sa.Column("most_a_day", sa.Integer(), nullable=True))
        cycle.add_column(sa.Column("most_at_once", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cycle") as cycle:
        cycle.drop_column("most_at_once")
        cycle.drop_column("most_a_day")
