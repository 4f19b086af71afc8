"""consents by purpose, requests about one's own data, erasure

Revision ID: 0016
Revises: 0015
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute, let_nothing_change, let_seals_change


revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: Tables that only grow and have a sealed column.
SEALED = (
    "account_statements",
    "complaint_words",
    "designation_lines",
    "estate_checks",
    "estate_reports",
    "evidence_contents",
    "evidence_files",
    "roll_changes",
    "roll_entries",
    "sheet_events",
    "welfare_visits",
)
MOMENT = sa.DateTime(timezone=True)
KINDS, STATES = ("correct", "erase"), ("open", "granted", "refused", "withdrawn", "done")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "privacy_requests",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _words("privacy_kind", *KINDS), nullable=False),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("state", _words("privacy_state", *STATES), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("wanted_sealed", sa.Text(), nullable=True),
        sa.Column("coins_to", sa.String(length=8), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", sa.String(length=24), nullable=True),
        sa.Column("reason_sealed", sa.Text(), nullable=True),
        sa.Column("run_after", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_privacy_requests_member_id_members")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_privacy_requests")),
    )
    op.create_index(
        "ix_privacy_requests_state", "privacy_requests", ["state", "branch_id", "due_on"]
    )
    distribute("privacy_requests", "member")
    op.add_column("members", sa.Column("erased_at", MOMENT, nullable=True))
    op.add_column("consents", sa.Column("text_version", sa.String(length=24), nullable=True))
    op.add_column("consents", sa.Column("giver_id_number_sealed", sa.Text(), nullable=True))
    op.add_column("consents", sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True))
    for table in SEALED:
        let_seals_change(table)
    op.create_table(
        "verifications",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=False),
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
    for table in SEALED:
        let_nothing_change(table)
    op.drop_column("consents", "withdrawn_by_id")
    op.drop_column("consents", "giver_id_number_sealed")
    op.drop_column("consents", "text_version")
    op.drop_column("members", "erased_at")
    op.drop_table("privacy_requests")
