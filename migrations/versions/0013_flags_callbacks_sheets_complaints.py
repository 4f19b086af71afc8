"""flags, call-backs, work sheets and complaints

Revision ID: 0013
Revises: 0012
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "branch_suspensions",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("limit_percent", sa.Integer(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_branch_suspensions")),
        sa.UniqueConstraint(
            "book", "branch_id", "month", name=op.f("uq_branch_suspensions_book_branch_id_month")
        ),
    )
    distribute("branch_suspensions", "book")
    op.create_index(
        "ix_branch_suspensions_open",
        "branch_suspensions",
        ["book", "branch_id", "ended_at"],
        unique=False,
    )
    op.create_table(
        "callback_draws",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("list_hash", sa.String(length=64), nullable=False),
        sa.Column("table_version", sa.String(length=32), nullable=False),
        sa.Column("seed_day", sa.Date(), nullable=True),
        sa.Column("seed_signatures", sa.JSON(), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("drawn_at", MOMENT, nullable=True),
        sa.Column("drawn", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_callback_draws")),
        sa.UniqueConstraint("book", "period", name=op.f("uq_callback_draws_book_period")),
    )
    distribute("callback_draws", "book")
    op.create_table(
        "callbacks",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("elder_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=8), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("tries", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note_sealed", sa.Text(), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "confirmed",
                "failed",
                "unreached",
                name="callback_result",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("book", "visit_id", name=op.f("uq_callbacks_book_visit_id")),
    )
    distribute("callbacks", "book")
    op.create_index("ix_callbacks_due", "callbacks", ["book", "due_on", "done_at"], unique=False)
    op.create_index(
        "ix_callbacks_open", "callbacks", ["book", "branch_id", "done_at"], unique=False
    )
    op.create_index(
        "ix_callbacks_pair",
        "callbacks",
        ["book", "elder_id", "provider_id", "done_at"],
        unique=False,
    )
    op.create_table(
        "complaints",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("taken_by_id", sa.Uuid(), nullable=True),
        sa.Column("contact_sealed", sa.Text(), nullable=True),
        sa.Column("against_id", sa.Uuid(), nullable=True),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("hold_book", sa.String(length=16), nullable=True),
        sa.Column("held_minutes", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "decided",
                "appealed",
                "final",
                "withdrawn",
                name="complaint_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("answer_until", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decision_reason_sealed", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("appeal_until", sa.Date(), nullable=True),
        sa.Column("appealed_by_id", sa.Uuid(), nullable=True),
        sa.Column("appealed_at", MOMENT, nullable=True),
        sa.Column("appeal_decision", sa.String(length=16), nullable=True),
        sa.Column("appeal_reason_sealed", sa.Text(), nullable=True),
        sa.Column("appeal_decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("appeal_decided_at", MOMENT, nullable=True),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.Column("reversal_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("book", "reference", name=op.f("uq_complaints_book_reference")),
    )
    distribute("complaints", "book")
    op.create_index("ix_complaints_against", "complaints", ["book", "against_id"], unique=False)
    op.create_index(
        "ix_complaints_branch", "complaints", ["book", "branch_id", "state"], unique=False
    )
    op.create_index("ix_complaints_by", "complaints", ["book", "by_id"], unique=False)
    op.create_index("ix_complaints_state", "complaints", ["book", "state", "due_on"], unique=False)
    op.create_index("ix_complaints_visit", "complaints", ["book", "visit_id"], unique=False)
    op.create_table(
        "flag_scans",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("scanned_to", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("book", "code", name=op.f("pk_flag_scans")),
    )
    distribute("flag_scans", "book")
    op.create_table(
        "flags",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("table_version", sa.String(length=32), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "cleared",
                "upheld",
                name="flag_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decision_reason_sealed", sa.Text(), nullable=True),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_flags")),
        sa.UniqueConstraint("book", "fingerprint", name=op.f("uq_flags_book_fingerprint")),
    )
    distribute("flags", "book")
    op.create_index("ix_flags_code", "flags", ["book", "code", "found_at"], unique=False)
    op.create_index("ix_flags_state", "flags", ["book", "state", "found_at"], unique=False)
    op.create_index("ix_flags_subject", "flags", ["book", "subject_id"], unique=False)
    op.create_table(
        "work_sheets",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "warning",
                "supervision",
                "progress",
                name="sheet_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("calendar_version", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "closed",
                "appealed",
                name="sheet_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("close_reason_sealed", sa.Text(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("appealed_at", MOMENT, nullable=True),
        sa.Column("appealed_by_id", sa.Uuid(), nullable=True),
        sa.Column("appeal_decided_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_work_sheets")),
        sa.UniqueConstraint("book", "reference", name=op.f("uq_work_sheets_book_reference")),
    )
    distribute("work_sheets", "book")
    op.create_index(
        "ix_work_sheets_branch", "work_sheets", ["book", "branch_id", "state"], unique=False
    )
    op.create_index("ix_work_sheets_owner", "work_sheets", ["owner_id", "state"], unique=False)
    op.create_index(
        "ix_work_sheets_state", "work_sheets", ["book", "state", "due_on"], unique=False
    )
    op.create_index("ix_work_sheets_subject", "work_sheets", ["book", "subject_id"], unique=False)
    op.create_table(
        "callback_listed",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("draw_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "draw_id"],
            ["callback_draws.book", "callback_draws.id"],
            name=op.f("fk_callback_listed_book_draw_id_callback_draws"),
        ),
        sa.PrimaryKeyConstraint("book", "draw_id", "position", name=op.f("pk_callback_listed")),
        sa.UniqueConstraint("book", "visit_id", name=op.f("uq_callback_listed_book_visit_id")),
    )
    distribute("callback_listed", "book")
    op.create_table(
        "complaint_words",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("said_by_id", sa.Uuid(), nullable=False),
        sa.Column("acting_for_id", sa.Uuid(), nullable=True),
        sa.Column("text_sealed", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "complaint_id"],
            ["complaints.book", "complaints.id"],
            name=op.f("fk_complaint_words_book_complaint_id_complaints"),
        ),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_complaint_words")),
    )
    distribute("complaint_words", "book")
    op.create_index(
        "ix_complaint_words_complaint",
        "complaint_words",
        ["book", "complaint_id", "at"],
        unique=False,
    )
    op.create_table(
        "flag_visits",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "flag_id"],
            ["flags.book", "flags.id"],
            name=op.f("fk_flag_visits_book_flag_id_flags"),
        ),
        sa.PrimaryKeyConstraint("book", "flag_id", "visit_id", name=op.f("pk_flag_visits")),
    )
    distribute("flag_visits", "book")
    op.create_index("ix_flag_visits_visit", "flag_visits", ["book", "visit_id"], unique=False)
    op.create_table(
        "sheet_events",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("text_sealed", sa.Text(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "sheet_id"],
            ["work_sheets.book", "work_sheets.id"],
            name=op.f("fk_sheet_events_book_sheet_id_work_sheets"),
        ),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_sheet_events")),
    )
    distribute("sheet_events", "book")
    op.create_index(
        "ix_sheet_events_sheet", "sheet_events", ["book", "sheet_id", "at"], unique=False
    )
    op.add_column("disputes", sa.Column("appealed_at", MOMENT, nullable=True))
    op.add_column("disputes", sa.Column("appealed_by_id", sa.Uuid(), nullable=True))
    op.add_column("disputes", sa.Column("appeal_text_sealed", sa.Text(), nullable=True))
    op.add_column("disputes", sa.Column("appeal_decision", sa.String(length=16), nullable=True))
    op.add_column("disputes", sa.Column("appeal_reason", sa.Text(), nullable=True))
    op.add_column("disputes", sa.Column("appeal_decided_by_id", sa.Uuid(), nullable=True))
    op.add_column("disputes", sa.Column("appeal_decided_at", MOMENT, nullable=True))
    append_only("flag_visits", ("book", "flag_id", "visit_id"))
    append_only("callback_listed", ("book", "draw_id", "position"), ("book", "visit_id"))
    append_only("sheet_events", ("book", "id"))
    append_only("complaint_words", ("book", "id"))


def downgrade() -> None:
    op.drop_column("disputes", "appeal_decided_at")
    op.drop_column("disputes", "appeal_decided_by_id")
    op.drop_column("disputes", "appeal_reason")
    op.drop_column("disputes", "appeal_decision")
    op.drop_column("disputes", "appeal_text_sealed")
    op.drop_column("disputes", "appealed_by_id")
    op.drop_column("disputes", "appealed_at")
    op.drop_index("ix_sheet_events_sheet", table_name="sheet_events")
    op.drop_table("sheet_events")
    op.drop_index("ix_flag_visits_visit", table_name="flag_visits")
    op.drop_table("flag_visits")
    op.drop_index("ix_complaint_words_complaint", table_name="complaint_words")
    op.drop_table("complaint_words")
    op.drop_table("callback_listed")
    op.drop_index("ix_work_sheets_subject", table_name="work_sheets")
    op.drop_index("ix_work_sheets_state", table_name="work_sheets")
    op.drop_index("ix_work_sheets_owner", table_name="work_sheets")
    op.drop_index("ix_work_sheets_branch", table_name="work_sheets")
    op.drop_table("work_sheets")
    op.drop_index("ix_flags_subject", table_name="flags")
    op.drop_index("ix_flags_state", table_name="flags")
    op.drop_index("ix_flags_code", table_name="flags")
    op.drop_table("flags")
    op.drop_table("flag_scans")
    op.drop_index("ix_complaints_visit", table_name="complaints")
    op.drop_index("ix_complaints_state", table_name="complaints")
    op.drop_index("ix_complaints_by", table_name="complaints")
    op.drop_index("ix_complaints_branch", table_name="complaints")
    op.drop_index("ix_complaints_against", table_name="complaints")
    op.drop_table("complaints")
    op.drop_index("ix_callbacks_pair", table_name="callbacks")
    op.drop_index("ix_callbacks_open", table_name="callbacks")
    op.drop_index("ix_callbacks_due", table_name="callbacks")
    op.drop_table("callbacks")
    op.drop_table("callback_draws")
    op.drop_index("ix_branch_suspensions_open", table_name="branch_suspensions")
    op.drop_table("branch_suspensions")
