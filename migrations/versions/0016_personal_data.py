"""consents by purpose, requests about one's own data, erasure

Revision ID: 0016
Revises: 0015
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verifications",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked", sa.BigInteger(), nullable=False),
        sa.Column("breaches", sa.BigInteger(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_verifications")),
    )
    distribute("verifications", "book")
    op.create_index(
        "ix_verifications_finished", "verifications", ["book", "finished_at"], unique=False
    )
    append_only("verifications", ("book", "id"))


def downgrade() -> None:
    op.drop_index("ix_verifications_finished", table_name="verifications")
    op.drop_table("verifications")
