"""The tables of the first version

Revision ID: 0001
Revises:
Create Date: 2026-11-22 00:54:22.882298

"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

# revision identifiers, used by Alembic.
revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("default",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Upgrade schema."""

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_entry_digest")),
        sa.UniqueConstraint("previous_digest", name=op.f("uq_audit_entry_previous_digest")),
    )
    op.create_table(
        "demo_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("marked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_mark")),
    )
    op.create_table(
        "inbound_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=True),
        sa.Column("attendee", sa.String(length=320), nullable=True),
        sa.Column("partstat", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_message")),
        sa.UniqueConstraint("sha256", name=op.f("uq_inbound_message_sha256")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_due", ["state", "run_at"], unique=False)

    op.create_table(
        "outbox_switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_switch")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "school",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("cycle_days", sa.JSON(), nullable=False),
        sa.Column("weekday_bound", sa.Boolean(), nullable=False),
        sa.Column("rotation_policy", sa.String(length=10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("rotations", sa.JSON(), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("related", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
    )
    op.create_table(
        "bell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("bell_schedule", sa.String(length=120), nullable=False),
        sa.Column("cycle_day", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("wave", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_bell_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bell")),
        sa.UniqueConstraint(
            "school_id",
            "bell_schedule",
            "cycle_day",
            "period",
            "wave",
            "starts",
            name=op.f("uq_bell_school_id_bell_schedule_cycle_day_period_wave_starts"),
        ),
    )
    op.create_table(
        "cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("with_pairings", sa.Boolean(), nullable=False),
        sa.Column("with_walkthroughs", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "status IN ('setting_up', 'planned', 'in_review', 'published', 'closed')",
            name=op.f("ck_cycle_status"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_cycle_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_cycle_school_id_name")),
    )
    op.create_table(
        "focus_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_focus_area_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focus_area")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_focus_area_school_id_name")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("applied_at", sa.DateTime(), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_import_run_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_run_school_id"), ["school_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("from_file", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("roles_by_hand", sa.JSON(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False),
        sa.Column("grades", sa.JSON(), nullable=False),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.Column("building", sa.String(length=60), nullable=False),
        sa.Column("wing", sa.String(length=60), nullable=False),
        sa.Column("is_new_teacher", sa.Boolean(), nullable=False),
        sa.Column("mentor_places", sa.Integer(), nullable=False),
        sa.Column("trained", sa.Boolean(), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=True),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("works_from", sa.Time(), nullable=True),
        sa.Column("works_to", sa.Time(), nullable=True),
        sa.Column("prefers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_membership_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_membership_school_id_code")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("uq_membership_school_id_person_id")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_person_id"), ["person_id"], unique=False)

    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(length=16), nullable=True),
        sa.Column("calendar_digest", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("last_answer", sa.String(length=400), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_outbox_message_job_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_message_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("job_id", name=op.f("uq_outbox_message_job_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_message_id")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_outbox_message_revision", ["to_address", "uid", "sequence", "method"], unique=False)

    op.create_table(
        "school_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("bell_schedule", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("pinned_cycle_day", sa.String(length=40), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("cycle_day_by_rotation", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_school_day_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_day")),
        sa.UniqueConstraint("school_id", "on_date", name=op.f("uq_school_day_school_id_on_date")),
    )
    op.create_table(
        "section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("grades", sa.JSON(), nullable=False),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.Column("building", sa.String(length=60), nullable=False),
        sa.Column("expression", sa.String(length=400), nullable=False),
        sa.Column("unreadable_because", sa.String(length=400), nullable=False),
        sa.Column("term", sa.String(length=120), nullable=False),
        sa.Column("wave", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_section_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
        sa.UniqueConstraint("school_id", "code", name=op.f("uq_section_school_id_code")),
    )
    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_term_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("school_id", "name", name=op.f("uq_term_school_id_name")),
    )
    op.create_table(
        "travel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String(length=120), nullable=False),
        sa.Column("from_building", sa.String(length=60), nullable=False),
        sa.Column("to_building", sa.String(length=60), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_travel_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel")),
        sa.UniqueConstraint(
            "school_id",
            "from_building",
            "to_building",
            name=op.f("uq_travel_school_id_from_building_to_building"),
        ),
    )
    op.create_table(
        "apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_apart_membership_id")),
        sa.ForeignKeyConstraint(["other_id"], ["membership.id"], name=op.f("fk_apart_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apart")),
        sa.UniqueConstraint("membership_id", "other_id", name=op.f("uq_apart_membership_id_other_id")),
    )
    with op.batch_alter_table("apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_apart_other_id"), ["other_id"], unique=False)

    op.create_table(
        "block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("cycle_day", sa.String(length=40), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_block_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
    )
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_block_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "declared_planning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("cycle_day", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_declared_planning_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_planning")),
    )
    with op.batch_alter_table("declared_planning", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_declared_planning_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "evaluator_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluator_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["evaluator_id"], ["membership.id"], name=op.f("fk_evaluator_link_evaluator_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_evaluator_link_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluator_link")),
        sa.UniqueConstraint("evaluator_id", "membership_id", name=op.f("uq_evaluator_link_evaluator_id_membership_id")),
    )
    with op.batch_alter_table("evaluator_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluator_link_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_participant_cycle_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_participant_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("cycle_id", "membership_id", name=op.f("uq_participant_cycle_id_membership_id")),
    )
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participant_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("unknown_because", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("part IN ('pairings', 'visits')", name=op.f("ck_plan_part")),
        sa.CheckConstraint("status IN ('draft', 'published')", name=op.f("ck_plan_status")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_plan_cycle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.create_index("uq_plan_cycle_part", ["cycle_id", "part"], unique=True)

    op.create_table(
        "profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("wants_to_learn", sa.JSON(), nullable=False),
        sa.Column("shows", sa.JSON(), nullable=False),
        sa.Column("wants_feedback_on", sa.JSON(), nullable=False),
        sa.Column("gives_feedback_on", sa.JSON(), nullable=False),
        sa.Column("visits_required", sa.Integer(), nullable=False),
        sa.Column("visits_wanted", sa.Integer(), nullable=False),
        sa.Column("visits_a_week", sa.Integer(), nullable=False),
        sa.Column("hosts_at_most", sa.Integer(), nullable=False),
        sa.Column("hosts_a_week", sa.Integer(), nullable=False),
        sa.Column("open_to_visits", sa.Boolean(), nullable=False),
        sa.Column("video_host", sa.Boolean(), nullable=False),
        sa.Column("video_visit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_profile_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sa.UniqueConstraint("membership_id", name=op.f("uq_profile_membership_id")),
    )
    op.create_table(
        "section_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("cycle_day", sa.String(length=40), nullable=False),
        sa.Column("rotation", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_section_meeting_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_meeting")),
        sa.UniqueConstraint(
            "section_id", "period", "cycle_day", name=op.f("uq_section_meeting_section_id_period_cycle_day")
        ),
    )
    op.create_table(
        "section_teacher",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_section_teacher_membership_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_section_teacher_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_teacher")),
        sa.UniqueConstraint("section_id", "membership_id", name=op.f("uq_section_teacher_section_id_membership_id")),
    )
    with op.batch_alter_table("section_teacher", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_section_teacher_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "pairing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("mentee_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("mentee_answer", sa.String(length=12), nullable=False),
        sa.Column("mentor_answer", sa.String(length=12), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "mentee_answer IN ('none', 'yes', 'no', 'maybe', 'time_asked')",
            name=op.f("ck_pairing_mentee_answer"),
        ),
        sa.CheckConstraint(
            "mentor_answer IN ('none', 'yes', 'no', 'maybe', 'time_asked')",
            name=op.f("ck_pairing_mentor_answer"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'invited', 'active', 'needs_attention', 'paused', 'ended', 'declined')",
            name=op.f("ck_pairing_status"),
        ),
        sa.ForeignKeyConstraint(["mentee_id"], ["membership.id"], name=op.f("fk_pairing_mentee_id")),
        sa.ForeignKeyConstraint(["mentor_id"], ["membership.id"], name=op.f("fk_pairing_mentor_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_pairing_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing")),
    )
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairing_mentor_id"), ["mentor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pairing_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(
            "uq_pairing_standing_mentee",
            ["mentee_id"],
            unique=True,
            sqlite_where=sa.text("status IN ('invited', 'active')"),
            postgresql_where=sa.text("status IN ('invited', 'active')"),
        )

    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("visitor_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("focus", sa.String(length=120), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("cycle_day", sa.String(length=40), nullable=False),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.Column("lesson", sa.String(length=400), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("visitor_answer", sa.String(length=12), nullable=False),
        sa.Column("host_answer", sa.String(length=12), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(), nullable=True),
        sa.Column("revised_at", sa.DateTime(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "host_answer IN ('none', 'yes', 'no', 'maybe', 'time_asked')", name=op.f("ck_visit_host_answer")
        ),
        sa.CheckConstraint("medium IN ('live', 'video')", name=op.f("ck_visit_medium")),
        sa.CheckConstraint(
            "status IN ('proposed', 'invited', 'accepted', 'time_asked', 'needs_new_time', 'held', 'not_held', 'expired', 'cancelled')",
            name=op.f("ck_visit_status"),
        ),
        sa.CheckConstraint(
            "visitor_answer IN ('none', 'yes', 'no', 'maybe', 'time_asked')",
            name=op.f("ck_visit_visitor_answer"),
        ),
        sa.ForeignKeyConstraint(["host_id"], ["membership.id"], name=op.f("fk_visit_host_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_visit_plan_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_visit_section_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["membership.id"], name=op.f("fk_visit_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("uid", name=op.f("uq_visit_uid")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_host_date", ["host_id", "on_date"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_section_id"), ["section_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index(
            "uq_visit_visitor_date",
            ["visitor_id", "on_date"],
            unique=True,
            sqlite_where=sa.text("medium = 'live' AND status IN ('invited', 'accepted', 'time_asked')"),
            postgresql_where=sa.text("medium = 'live' AND status IN ('invited', 'accepted', 'time_asked')"),
        )

    op.create_table(
        "invite",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("pairing_id", sa.Integer(), nullable=True),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("event", sa.String(length=300), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("reply_digest", sa.String(length=64), nullable=False),
        sa.Column("link_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("answered_sequence", sa.Integer(), nullable=True),
        sa.Column("answered_stamp", sa.DateTime(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("sent_again_at", sa.DateTime(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.CheckConstraint("(visit_id IS NULL) <> (pairing_id IS NULL)", name=op.f("ck_invite_one_thing")),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name=op.f("fk_invite_membership_id")),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairing.id"], name=op.f("fk_invite_pairing_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_invite_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_invite_link_digest")),
        sa.UniqueConstraint("reply_digest", name=op.f("uq_invite_reply_digest")),
    )
    with op.batch_alter_table("invite", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invite_membership_id"), ["membership_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invite_pairing_id"), ["pairing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invite_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invite_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.DateTime(), nullable=False),
        sa.Column("partstat", sa.String(length=20), nullable=False),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("proposed_starts_at", sa.DateTime(), nullable=True),
        sa.Column("proposed_ends_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["invite_id"], ["invite.id"], name=op.f("fk_answer_invite_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint(
            "invite_id",
            "sequence",
            "stamp",
            "partstat",
            name=op.f("uq_answer_invite_id_sequence_stamp_partstat"),
        ),
    )


def downgrade() -> None:
    """Downgrade schema."""

    op.drop_table("answer")
    with op.batch_alter_table("invite", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invite_visit_id"))
        batch_op.drop_index(batch_op.f("ix_invite_pairing_id"))
        batch_op.drop_index(batch_op.f("ix_invite_membership_id"))

    op.drop_table("invite")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_visit_visitor_date",
            sqlite_where=sa.text("medium = 'live' AND status IN ('invited', 'accepted', 'time_asked')"),
            postgresql_where=sa.text("medium = 'live' AND status IN ('invited', 'accepted', 'time_asked')"),
        )
        batch_op.drop_index(batch_op.f("ix_visit_starts_at"))
        batch_op.drop_index(batch_op.f("ix_visit_section_id"))
        batch_op.drop_index(batch_op.f("ix_visit_plan_id"))
        batch_op.drop_index("ix_visit_host_date")

    op.drop_table("visit")
    with op.batch_alter_table("pairing", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_pairing_standing_mentee",
            sqlite_where=sa.text("status IN ('invited', 'active')"),
            postgresql_where=sa.text("status IN ('invited', 'active')"),
        )
        batch_op.drop_index(batch_op.f("ix_pairing_plan_id"))
        batch_op.drop_index(batch_op.f("ix_pairing_mentor_id"))

    op.drop_table("pairing")
    with op.batch_alter_table("section_teacher", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_section_teacher_membership_id"))

    op.drop_table("section_teacher")
    op.drop_table("section_meeting")
    op.drop_table("profile")
    with op.batch_alter_table("plan", schema=None) as batch_op:
        batch_op.drop_index("uq_plan_cycle_part")

    op.drop_table("plan")
    with op.batch_alter_table("participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_membership_id"))

    op.drop_table("participant")
    with op.batch_alter_table("evaluator_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evaluator_link_membership_id"))

    op.drop_table("evaluator_link")
    with op.batch_alter_table("declared_planning", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declared_planning_membership_id"))

    op.drop_table("declared_planning")
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_block_membership_id"))

    op.drop_table("block")
    with op.batch_alter_table("apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_apart_other_id"))

    op.drop_table("apart")
    op.drop_table("travel")
    op.drop_table("term")
    op.drop_table("section")
    op.drop_table("school_day")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_message_revision")
        batch_op.drop_index(batch_op.f("ix_outbox_message_person_id"))

    op.drop_table("outbox_message")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_person_id"))

    op.drop_table("membership")
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_run_school_id"))

    op.drop_table("import_run")
    op.drop_table("focus_area")
    op.drop_table("cycle")
    op.drop_table("bell")
    op.drop_table("school")
    op.drop_table("person")
    op.drop_table("outbox_switch")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_due")

    op.drop_table("job")
    op.drop_table("inbound_message")
    op.drop_table("demo_mark")
    op.drop_table("audit_entry")
