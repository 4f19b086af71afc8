"""logins by device, second factors of staff

Revision ID: 0015
Revises: 0014
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import distribute


revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "logins",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("factor_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_logins_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_logins")),
    )
    distribute("logins", "member")
    op.create_table(
        "second_factors",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("pending_sealed", sa.Text(), nullable=True),
        sa.Column("pending_at", MOMENT, nullable=True),
        sa.Column("recovery", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tries_since", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_second_factors_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_second_factors")),
    )
    distribute("second_factors", "member")
    op.add_column("api_tokens", sa.Column("factor_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("api_tokens", "factor_at")
    op.drop_table("second_factors")
    op.drop_table("logins")
