"""two hands: evidence, manual entries, reversals, errand money

Revision ID: 0012
Revises: 0011
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "evidence_files",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_evidence_files")),
    )
    distribute("evidence_files", "book")
    op.create_index(
        "ix_evidence_files_subject", "evidence_files", ["book", "subject_id"], unique=False
    )
    op.create_table(
        "manual_entries",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("elder_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", sa.String(length=8), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.Column("reason_sealed", sa.Text(), nullable=False),
        sa.Column("corrects_visit_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "signed",
                "refused",
                "withdrawn",
                "lapsed",
                name="entry_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "level",
            sa.Enum(
                "branch",
                "street",
                "county",
                name="entry_level",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_manual_entries")),
        sa.UniqueConstraint("book", "reference", name=op.f("uq_manual_entries_book_reference")),
    )
    distribute("manual_entries", "book")
    op.create_index(
        "ix_manual_entries_branch", "manual_entries", ["book", "branch_id", "state"], unique=False
    )
    op.create_index(
        "ix_manual_entries_state", "manual_entries", ["book", "state", "due_at"], unique=False
    )
    op.create_index("ix_manual_entries_visit", "manual_entries", ["book", "visit_id"], unique=False)
    op.create_table(
        "reversals",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("note_sealed", sa.Text(), nullable=True),
        sa.Column("flag_id", sa.Uuid(), nullable=True),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "signed",
                "done",
                "refused",
                "withdrawn",
                name="reversal_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("first_signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("first_signed_at", MOMENT, nullable=True),
        sa.Column("second_signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("second_signed_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("reversing_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_reversals")),
        sa.UniqueConstraint("book", "reference", name=op.f("uq_reversals_book_reference")),
    )
    distribute("reversals", "book")
    op.create_index(
        "ix_reversals_open",
        "reversals",
        ["book", "transfer_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('proposed', 'signed')"),
        postgresql_where=sa.text("state IN ('proposed', 'signed')"),
    )
    op.create_index(
        "ix_reversals_state", "reversals", ["book", "state", "proposed_at"], unique=False
    )
    op.create_table(
        "evidence_contents",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "id"],
            ["evidence_files.book", "evidence_files.id"],
            name=op.f("fk_evidence_contents_book_id_evidence_files"),
        ),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_evidence_contents")),
    )
    distribute("evidence_contents", "book")
    op.create_table(
        "errand_money",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("elder_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("handed_fen", sa.Integer(), nullable=False),
        sa.Column("handed_at", MOMENT, nullable=False),
        sa.Column("handed_agreed_at", MOMENT, nullable=True),
        sa.Column("handed_agreed_by_id", sa.Uuid(), nullable=True),
        sa.Column("handed_agreed_how", sa.String(length=12), nullable=True),
        sa.Column("spent_fen", sa.Integer(), nullable=True),
        sa.Column("change_fen", sa.Integer(), nullable=True),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("no_receipt_why", sa.String(length=16), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_how", sa.String(length=12), nullable=True),
        sa.Column("disputed_at", MOMENT, nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("handed_fen > 0", name=op.f("ck_errand_money_handed_positive")),
        sa.CheckConstraint(
            "spent_fen IS NULL OR (spent_fen >= 0 AND change_fen = handed_fen - spent_fen)",
            name=op.f("ck_errand_money_adds_up"),
        ),
        sa.ForeignKeyConstraint(
            ["book", "visit_id"],
            ["visits.book", "visits.id"],
            name=op.f("fk_errand_money_book_visit_id_visits"),
        ),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_errand_money")),
    )
    distribute("errand_money", "book")
    op.create_index(
        "ix_errand_money_open", "errand_money", ["book", "branch_id", "closed_at"], unique=False
    )
    op.create_index("ix_errand_money_visit", "errand_money", ["book", "visit_id"], unique=False)
    op.add_column("visits", sa.Column("manual_entry_id", sa.Uuid(), nullable=True))
    op.add_column("visits", sa.Column("reversed_at", MOMENT, nullable=True))
    op.add_column("visits", sa.Column("checked_in_device", sa.String(length=64), nullable=True))
    op.add_column("visits", sa.Column("checked_out_device", sa.String(length=64), nullable=True))
    op.add_column("visits", sa.Column("confirmed_device", sa.String(length=64), nullable=True))
    _tallies()
    append_only("evidence_files", ("book", "id"))
    append_only("evidence_contents", ("book", "id"))


def _tallies() -> None:
    """Figures of a month, and the indexes by which what is newer than they is counted."""
    op.create_table(
        "tally_marks",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("book", name=op.f("pk_tally_marks")),
    )
    distribute("tally_marks", "book")
    op.create_table(
        "month_moves",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("account_kind", sa.String(length=16), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("in_minutes", sa.BigInteger(), nullable=False),
        sa.Column("out_minutes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "book", "month", "kind", "account_kind", name=op.f("pk_month_moves")
        ),
    )
    distribute("month_moves", "book")
    op.create_table(
        "month_help",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", sa.String(length=8), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_minutes", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.Column("actual_minutes", sa.BigInteger(), nullable=False),
        sa.Column("earn_minutes", sa.BigInteger(), nullable=False),
        sa.Column("elder_minutes", sa.BigInteger(), nullable=False),
        sa.Column("pool_minutes", sa.BigInteger(), nullable=False),
        sa.Column("reversed", sa.BigInteger(), nullable=False),
        sa.Column("reversed_actual_minutes", sa.BigInteger(), nullable=False),
        sa.Column("reversed_earn_minutes", sa.BigInteger(), nullable=False),
        sa.Column("reversed_elder_minutes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "book", "month", "branch_id", "service_code", name=op.f("pk_month_help")
        ),
    )
    distribute("month_help", "book")
    op.create_table(
        "month_waits",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("grouping", sa.String(length=16), nullable=False),
        sa.Column("hours", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "book", "month", "branch_id", "grouping", "hours", name=op.f("pk_month_waits")
        ),
    )
    distribute("month_waits", "book")
    op.drop_index("ix_visits_provider", table_name="visits")
    op.create_index("ix_visits_provider", "visits", ["book", "provider_id", "ended_at"])
    op.create_index("ix_visits_elder", "visits", ["book", "elder_id", "ended_at"])
    op.create_index("ix_visits_starts_at", "visits", ["book", "starts_at"])
    op.create_index("ix_visits_transfer", "visits", ["book", "transfer_id"])
    op.drop_index("ix_requests_elder", table_name="requests")
    op.create_index("ix_requests_elder", "requests", ["book", "elder_id", "submitted_at"])
    op.create_index("ix_requests_submitted_at", "requests", ["book", "submitted_at"])
    op.create_index("ix_requests_starts_at", "requests", ["book", "starts_at"])
    op.create_index("ix_valuations_created_at", "valuations", ["book", "created_at"])
    op.create_index("ix_transfers_kind", "transfers", ["book", "kind", "posted_at"])
    op.create_index("ix_audit_records_act", "audit_records", ["book", "act", "at"])


def _drop_tallies() -> None:
    op.drop_index("ix_audit_records_act", table_name="audit_records")
    op.drop_index("ix_transfers_kind", table_name="transfers")
    op.drop_index("ix_valuations_created_at", table_name="valuations")
    op.drop_index("ix_requests_starts_at", table_name="requests")
    op.drop_index("ix_requests_submitted_at", table_name="requests")
    op.drop_index("ix_requests_elder", table_name="requests")
    op.create_index("ix_requests_elder", "requests", ["book", "elder_id"])
    op.drop_index("ix_visits_transfer", table_name="visits")
    op.drop_index("ix_visits_starts_at", table_name="visits")
    op.drop_index("ix_visits_elder", table_name="visits")
    op.drop_index("ix_visits_provider", table_name="visits")
    op.create_index("ix_visits_provider", "visits", ["book", "provider_id"])
    op.drop_table("month_waits")
    op.drop_table("month_help")
    op.drop_table("month_moves")
    op.drop_table("tally_marks")


def downgrade() -> None:
    _drop_tallies()
    op.drop_column("visits", "confirmed_device")
    op.drop_column("visits", "checked_out_device")
    op.drop_column("visits", "checked_in_device")
    op.drop_column("visits", "reversed_at")
    op.drop_column("visits", "manual_entry_id")
    op.drop_index("ix_errand_money_visit", table_name="errand_money")
    op.drop_index("ix_errand_money_open", table_name="errand_money")
    op.drop_table("errand_money")
    op.drop_table("evidence_contents")
    op.drop_index("ix_reversals_state", table_name="reversals")
    op.drop_index(
        "ix_reversals_open",
        table_name="reversals",
        sqlite_where=sa.text("state IN ('proposed', 'signed')"),
        postgresql_where=sa.text("state IN ('proposed', 'signed')"),
    )
    op.drop_table("reversals")
    op.drop_index("ix_manual_entries_visit", table_name="manual_entries")
    op.drop_index("ix_manual_entries_state", table_name="manual_entries")
    op.drop_index("ix_manual_entries_branch", table_name="manual_entries")
    op.drop_table("manual_entries")
    op.drop_index("ix_evidence_files_subject", table_name="evidence_files")
    op.drop_table("evidence_files")
