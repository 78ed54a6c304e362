"""Walks and open doors; an invitation may be one to a walk

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-22 06:50:00

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | Sequence[str] | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EITHER = "(visit_id IS NULL) <> (pairing_id IS NULL)"
ONE_OF_THREE = (
    "(CASE WHEN visit_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN pairing_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN place_id IS NULL THEN 0 ELSE 1 END) = 1"
)


def upgrade() -> None:
    op.create_table(
        "walk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("questions", sa.String(length=400), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("cycle_day", sa.String(length=40), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("talk_starts", sa.Time(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('walk', 'round')", name=op.f("ck_walk_kind")),
        sa.CheckConstraint(
            "status IN ('proposed', 'invited', 'needs_new_time', 'cancelled')", name=op.f("ck_walk_status")
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_walk_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk")),
    )
    with op.batch_alter_table("walk") as walk:
        walk.create_index(op.f("ix_walk_cycle_id"), ["cycle_id"], unique=False)
        walk.create_index(op.f("ix_walk_starts_at"), ["starts_at"], unique=False)
    op.create_table(
        "walk_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("walk_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("said", sa.String(length=12), nullable=False),
        sa.Column("left_at", sa.DateTime(), nullable=True),
        sa.Column("uid", sa.String(length=255), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(), nullable=True),
        sa.Column("revised_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("role IN ('lead', 'walker', 'host')", name=op.f("ck_walk_place_role")),
        sa.CheckConstraint("said IN ('none', 'yes', 'no', 'maybe', 'time_asked')", name=op.f("ck_walk_place_said")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_walk_place_membership_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_walk_place_section_id")),
        sa.ForeignKeyConstraint(["walk_id"], ["walk.id"], name=op.f("fk_walk_place_walk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_place")),
        sa.UniqueConstraint("uid", name=op.f("uq_walk_place_uid")),
        sa.UniqueConstraint("walk_id", "membership_id", name=op.f("uq_walk_place_walk_id_membership_id")),
    )
    with op.batch_alter_table("walk_place") as place:
        place.create_index(op.f("ix_walk_place_membership_id"), ["membership_id"], unique=False)
    op.create_table(
        "open_door",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("cycle_day", sa.String(length=40), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.Column("shows", sa.String(length=200), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_open_door_membership_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_open_door_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_door")),
        sa.UniqueConstraint(
            "membership_id", "on_date", "starts", name=op.f("uq_open_door_membership_id_on_date_starts")
        ),
    )
    with op.batch_alter_table("open_door") as door:
        door.create_index(op.f("ix_open_door_on_date"), ["on_date"], unique=False)
    op.create_table(
        "door_guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("door_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["door_id"], ["open_door.id"], name=op.f("fk_door_guest_door_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_door_guest_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_guest")),
        sa.UniqueConstraint("door_id", "membership_id", name=op.f("uq_door_guest_door_id_membership_id")),
    )
    with op.batch_alter_table("door_guest") as guest:
        guest.create_index(op.f("ix_door_guest_membership_id"), ["membership_id"], unique=False)
    with op.batch_alter_table("invite") as invite:
        invite.add_column(sa.Column("place_id", sa.Integer(), nullable=True))
        invite.create_foreign_key(op.f("fk_invite_place_id"), "walk_place", ["place_id"], ["id"])
        invite.create_index(op.f("ix_invite_place_id"), ["place_id"], unique=False)
        invite.drop_constraint(op.f("ck_invite_one_thing"), type_="check")
        invite.create_check_constraint(op.f("ck_invite_one_thing"), ONE_OF_THREE)


def downgrade() -> None:
    # Answers to a walk hang on its invitations, and neither has a place in the schema before.
    op.execute("DELETE FROM answer WHERE invite_id IN (SELECT id FROM invite WHERE place_id IS NOT NULL)")
    op.execute("DELETE FROM invite WHERE place_id IS NOT NULL")
    with op.batch_alter_table("invite") as invite:
        invite.drop_constraint(op.f("ck_invite_one_thing"), type_="check")
        invite.create_check_constraint(op.f("ck_invite_one_thing"), EITHER)
        invite.drop_index(op.f("ix_invite_place_id"))
        invite.drop_constraint(op.f("fk_invite_place_id"), type_="foreignkey")
        invite.drop_column("place_id")
    with op.batch_alter_table("door_guest") as guest:
        guest.drop_index(op.f("ix_door_guest_membership_id"))
    op.drop_table("door_guest")
    with op.batch_alter_table("open_door") as door:
        door.drop_index(op.f("ix_open_door_on_date"))
    op.drop_table("open_door")
    with op.batch_alter_table("walk_place") as place:
        place.drop_index(op.f("ix_walk_place_membership_id"))
    op.drop_table("walk_place")
    with op.batch_alter_table("walk") as walk:
        walk.drop_index(op.f("ix_walk_starts_at"))
        walk.drop_index(op.f("ix_walk_cycle_id"))
    op.drop_table("walk")
