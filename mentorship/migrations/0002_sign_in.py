"""Sign-in: what Flask-Security keeps of a person

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22 02:20:00

"""

from collections.abc import Sequence
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
        person.add_column(sa.Column("password", sa.String(length=255), nullable=True))
        person.add_column(sa.Column("fs_uniquifier", sa.String(length=64), nullable=True))
        person.add_column(sa.Column("us_totp_secrets", sa.Text(), nullable=True))
        person.add_column(sa.Column("us_phone_number", sa.String(length=128), nullable=True))
        person.add_column(sa.Column("last_code_counter", sa.BigInteger(), nullable=True))
        person.add_column(sa.Column("theme", sa.String(length=5), nullable=False, server_default="match"))
    people = sa.table("person", sa.column("id", sa.Integer), sa.column("fs_uniquifier", sa.String))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.select(people.c.id)).fetchall():
        own = people.update().where(people.c.id == number).values(fs_uniquifier=uuid4().hex)
        connection.execute(own)
    with op.batch_alter_table("person") as person:
        person.alter_column("active", existing_type=sa.Boolean(), server_default=None)
        person.alter_column("theme", existing_type=sa.String(length=5), server_default=None)
        person.alter_column("fs_uniquifier", existing_type=sa.String(length=64), nullable=False)
        person.create_unique_constraint(op.f("uq_person_fs_uniquifier"), ["fs_uniquifier"])


def downgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.drop_constraint(op.f("uq_person_fs_uniquifier"), type_="unique")
        for name in (
            "theme",
            "last_code_counter",
            "us_phone_number",
            "us_totp_secrets",
            "fs_uniquifier",
            "password",
            "active",
        ):
            person.drop_column(name)
