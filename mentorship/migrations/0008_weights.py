"""What matters most in pairings: a goal and weights of a cycle, what others would do, and the draft before

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-22 05:30:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | Sequence[str] | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("cycle") as cycle:
        cycle.add_column(sa.Column("pairing_goal", sa.String(length=20), nullable=False, server_default="best_fit"))
        cycle.add_column(sa.Column("pairing_weights", sa.JSON(), nullable=False, server_default="{}"))
    # What stands has the usual now; new cycles get theirs from the model.
    with op.batch_alter_table("cycle") as cycle:
        cycle.alter_column("pairing_goal", existing_type=sa.String(length=20), server_default=None)
        cycle.alter_column("pairing_weights", existing_type=sa.JSON(), server_default=None)
        cycle.create_check_constraint(
            op.f("ck_cycle_pairing_goal"), "pairing_goal IN ('best_fit', 'nobody_left_behind')"
        )
    with op.batch_alter_table("plan") as plan:
        plan.add_column(sa.Column("weighed", sa.JSON(), nullable=True))
        plan.add_column(sa.Column("former", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("plan") as plan:
        plan.drop_column("former")
        plan.drop_column("weighed")
    with op.batch_alter_table("cycle") as cycle:
        cycle.drop_constraint(op.f("ck_cycle_pairing_goal"), type_="check")
    with op.batch_alter_table("cycle") as cycle:
        cycle.drop_column("pairing_weights")
        cycle.drop_column("pairing_goal")
