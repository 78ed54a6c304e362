"""Re-plans: what one would change, until a person decides; and the lessons to which people said no

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-22 06:50:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | Sequence[str] | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("plan") as plan:
        plan.add_column(sa.Column("replan", sa.JSON(), nullable=True))
    with op.batch_alter_table("visit") as visit:
        visit.add_column(sa.Column("declined", sa.JSON(), nullable=False, server_default="[]"))
    # What stands knows of no earlier no; new visits get theirs from the model.
    with op.batch_alter_table("visit") as visit:
        visit.alter_column("declined", existing_type=sa.JSON(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("visit") as visit:
        visit.drop_column("declined")
    with op.batch_alter_table("plan") as plan:
        plan.drop_column("replan")
