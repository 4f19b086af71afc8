"""corridors, settlement, reserve, moving, imports and accounts that are carried along

Revision ID: 0011
Revises: 0010
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account_statements",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "statement",
                "closing",
                name="statement_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("receiver", sa.String(length=64), nullable=True),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("issued_by_id", sa.Uuid(), nullable=False),
        sa.Column("content_sealed", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("transfers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_account_statements")),
    )
    distribute("account_statements", "book")
    op.create_index(
        "ix_account_statements_member", "account_statements", ["book", "member_id"], unique=False
    )
    op.create_index(
        "ix_account_statements_hash", "account_statements", ["content_hash"], unique=False
    )
    op.create_table(
        "corridors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("one_code", sa.String(length=12), nullable=False),
        sa.Column("other_code", sa.String(length=12), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "district",
                "city",
                "province",
                "nation",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "none",
                "both",
                "store",
                "draw",
                name="corridor_mode",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("pair_cap_minutes", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("document", sa.String(length=60), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("end_reason", sa.String(length=24), nullable=True),
        sa.CheckConstraint("pair_cap_minutes >= 0", name=op.f("ck_corridors_cap_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corridors")),
    )
    distribute("corridors", "reference")
    op.create_index("ix_corridors_codes", "corridors", ["one_code", "other_code"], unique=False)
    op.create_table(
        "cross_claims",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("counter_book", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("corridor_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_minutes", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "used",
                "freed",
                name="claim_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("used_minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("claimed_minutes > 0", name=op.f("ck_cross_claims_claimed_positive")),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_cross_claims")),
    )
    distribute("cross_claims", "book")
    op.create_index(
        "ix_cross_claims_state", "cross_claims", ["book", "state", "counter_book"], unique=False
    )
    op.create_index("ix_cross_claims_subject", "cross_claims", ["book", "subject_id"], unique=False)
    op.create_table(
        "exposures",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("counter_book", sa.String(length=16), nullable=False),
        sa.Column("claimed_minutes", sa.BigInteger(), nullable=False),
        sa.Column("debit_minutes", sa.BigInteger(), nullable=False),
        sa.Column("warned_percent", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("claimed_minutes >= 0", name=op.f("ck_exposures_claimed_not_negative")),
        sa.PrimaryKeyConstraint("book", "counter_book", name=op.f("pk_exposures")),
    )
    distribute("exposures", "book")
    op.create_table(
        "fund_records",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("fund_fen", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.String(length=60), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("fund_fen >= 0", name=op.f("ck_fund_records_fund_not_negative")),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_fund_records")),
    )
    distribute("fund_records", "book")
    op.create_index("ix_fund_records_on_day", "fund_records", ["book", "on_day"], unique=False)
    op.create_table(
        "hosted_requests",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("request_book", sa.String(length=16), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("book", "request_id", name=op.f("pk_hosted_requests")),
    )
    distribute("hosted_requests", "book")
    op.create_index(
        "ix_hosted_requests_ends_at", "hosted_requests", ["book", "ends_at"], unique=False
    )
    op.create_table(
        "imports",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("layout", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_class", sa.String(length=4), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "checked",
                "published",
                "signed",
                "done",
                "undoing",
                "undone",
                "withdrawn",
                name="import_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("rule_set_version", sa.String(length=32), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_ends_on", sa.Date(), nullable=True),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("undo_asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("undo_asked_at", MOMENT, nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("both_run", sa.Boolean(), nullable=False),
        sa.Column("reason_sealed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_imports")),
        sa.UniqueConstraint("book", "reference", name=op.f("uq_imports_book_reference")),
    )
    distribute("imports", "book")
    op.create_index("ix_imports_state", "imports", ["book", "state"], unique=False)
    op.create_table(
        "installations",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_installations")),
    )
    distribute("installations", "reference")
    op.create_table(
        "moves",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("from_region_code", sa.String(length=12), nullable=False),
        sa.Column("from_branch_id", sa.Uuid(), nullable=False),
        sa.Column("to_book", sa.String(length=16), nullable=False),
        sa.Column("to_region_code", sa.String(length=12), nullable=False),
        sa.Column("to_branch_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("moved_by_id", sa.Uuid(), nullable=False),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_moves")),
        sa.UniqueConstraint("book", "reference", name=op.f("uq_moves_book_reference")),
    )
    distribute("moves", "book")
    op.create_index("ix_moves_member", "moves", ["book", "member_id"], unique=False)
    op.create_table(
        "net_debit_caps",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cap_minutes", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("document", sa.String(length=60), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.CheckConstraint("cap_minutes >= 0", name=op.f("ck_net_debit_caps_cap_not_negative")),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_net_debit_caps")),
    )
    distribute("net_debit_caps", "book")
    op.create_index(
        "ix_net_debit_caps_from", "net_debit_caps", ["book", "valid_from"], unique=False
    )
    op.create_table(
        "position_disputes",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("window_number", sa.Integer(), nullable=False),
        sa.Column("one_book", sa.String(length=16), nullable=False),
        sa.Column("other_book", sa.String(length=16), nullable=False),
        sa.Column("by_book", sa.String(length=16), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("reason_sealed", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "withdrawn",
                "stands",
                "corrected",
                name="dispute_outcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("resolved_by_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("resolution_sealed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_position_disputes")),
    )
    distribute("position_disputes", "book")
    op.create_index(
        "ix_position_disputes_window", "position_disputes", ["book", "window_number"], unique=False
    )
    op.create_table(
        "reserve_readings",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("fund_record_id", sa.Uuid(), nullable=False),
        sa.Column("fund_fen", sa.BigInteger(), nullable=False),
        sa.Column("outstanding_minutes", sa.BigInteger(), nullable=False),
        sa.Column("backed_percent", sa.Integer(), nullable=True),
        sa.Column("premium_stop", sa.String(length=8), nullable=False),
        sa.Column("rule_set_version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_reserve_readings")),
    )
    distribute("reserve_readings", "book")
    op.create_index("ix_reserve_readings_at", "reserve_readings", ["book", "at"], unique=False)
    op.create_table(
        "settlement_windows",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("watermark", MOMENT, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "closing",
                "closed",
                "settled",
                name="window_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("book", "number", name=op.f("pk_settlement_windows")),
    )
    distribute("settlement_windows", "book")
    op.create_index(
        "ix_settlement_windows_state", "settlement_windows", ["book", "state"], unique=False
    )
    op.create_table(
        "successions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("old_code", sa.String(length=12), nullable=False),
        sa.Column("new_code", sa.String(length=12), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("document", sa.String(length=60), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
        sa.UniqueConstraint("book", "from_day", name=op.f("uq_successions_book_from_day")),
    )
    distribute("successions", "reference")
    op.create_table(
        "taken_statements",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_taken_statements")),
    )
    distribute("taken_statements", "directory", "statement_id")
    op.create_table(
        "window_statements",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("window_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("net_minutes", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("acknowledged_by_id", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("book", "window_number", name=op.f("pk_window_statements")),
    )
    distribute("window_statements", "book")
    op.create_table(
        "import_comparisons",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("equal", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("missing_here", sa.Integer(), nullable=False),
        sa.Column("missing_there", sa.Integer(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "import_id"],
            ["imports.book", "imports.id"],
            name=op.f("fk_import_comparisons_book_import_id_imports"),
        ),
        sa.PrimaryKeyConstraint("book", "import_id", "id", name=op.f("pk_import_comparisons")),
    )
    distribute("import_comparisons", "book")
    op.create_table(
        "import_objections",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("text_sealed", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decision_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["book", "import_id"],
            ["imports.book", "imports.id"],
            name=op.f("fk_import_objections_book_import_id_imports"),
        ),
        sa.PrimaryKeyConstraint("book", "import_id", "id", name=op.f("pk_import_objections")),
    )
    distribute("import_objections", "book")
    op.create_table(
        "import_rows",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("old_key", sa.String(length=60), nullable=False),
        sa.Column("data_sealed", sa.Text(), nullable=False),
        sa.Column("claimed_minutes", sa.BigInteger(), nullable=False),
        sa.Column("credited_minutes", sa.BigInteger(), nullable=False),
        sa.Column("actual_minutes", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "posted",
                "refused",
                "undone",
                name="row_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["book", "import_id"],
            ["imports.book", "imports.id"],
            name=op.f("fk_import_rows_book_import_id_imports"),
        ),
        sa.PrimaryKeyConstraint("book", "import_id", "line", name=op.f("pk_import_rows")),
    )
    distribute("import_rows", "book")
    op.create_index("ix_import_rows_member", "import_rows", ["book", "member_id"], unique=False)
    op.create_index(
        "ix_import_rows_state", "import_rows", ["book", "import_id", "state", "line"], unique=False
    )
    op.create_table(
        "net_payments",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("window_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_book", sa.String(length=16), nullable=False),
        sa.Column("to_book", sa.String(length=16), nullable=False),
        sa.Column("owed_minutes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("owed_minutes > 0", name=op.f("ck_net_payments_owed_positive")),
        sa.ForeignKeyConstraint(
            ["book", "window_number"],
            ["settlement_windows.book", "settlement_windows.number"],
            name=op.f("fk_net_payments_book_window_number_settlement_windows"),
        ),
        sa.PrimaryKeyConstraint(
            "book", "window_number", "from_book", "to_book", name=op.f("pk_net_payments")
        ),
    )
    distribute("net_payments", "book")
    op.create_table(
        "window_pairs",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("window_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("one_book", sa.String(length=16), nullable=False),
        sa.Column("other_book", sa.String(length=16), nullable=False),
        sa.Column("owes_minutes", sa.BigInteger(), nullable=False),
        sa.Column("one_paid_minutes", sa.BigInteger(), nullable=False),
        sa.Column("other_paid_minutes", sa.BigInteger(), nullable=False),
        sa.Column("one_cut", sa.JSON(), nullable=False),
        sa.Column("other_cut", sa.JSON(), nullable=False),
        sa.Column("cut_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "window_number"],
            ["settlement_windows.book", "settlement_windows.number"],
            name=op.f("fk_window_pairs_book_window_number_settlement_windows"),
        ),
        sa.PrimaryKeyConstraint(
            "book", "window_number", "one_book", "other_book", name=op.f("pk_window_pairs")
        ),
    )
    distribute("window_pairs", "book")
    op.add_column("donations", sa.Column("to_book", sa.String(length=16), nullable=True))
    op.add_column("gifts", sa.Column("receiver_book", sa.String(length=16), nullable=True))
    op.add_column(
        "group_sessions",
        sa.Column("premium_stop", sa.String(length=8), server_default="none", nullable=False),
    )
    op.add_column(
        "members",
        sa.Column("other_books", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.add_column("requests", sa.Column("place_book", sa.String(length=16), nullable=True))
    op.add_column("requests", sa.Column("payer_book", sa.String(length=16), nullable=True))
    op.add_column("requests", sa.Column("payer_hold_id", sa.Uuid(), nullable=True))
    op.add_column(
        "visits",
        sa.Column("premium_stop", sa.String(length=8), server_default="none", nullable=False),
    )
    linked = sa.text("link_id IS NOT NULL")
    op.create_index(
        "ix_transfers_link",
        "transfers",
        ["book", "link_id"],
        sqlite_where=linked,
        postgresql_where=linked,
    )
    append_only("account_statements", ("book", "id"))
    append_only("moves", ("book", "id"), ("book", "reference"))
    append_only("net_debit_caps", ("book", "id"))
    append_only("reserve_readings", ("book", "id"))
    append_only("import_comparisons", ("book", "import_id", "id"))
    append_only("net_payments", ("book", "window_number", "from_book", "to_book"))
    append_only("window_pairs", ("book", "window_number", "one_book", "other_book"))


def downgrade() -> None:
    op.drop_index("ix_transfers_link", table_name="transfers")
    op.drop_column("visits", "premium_stop")
    op.drop_column("requests", "payer_hold_id")
    op.drop_column("requests", "payer_book")
    op.drop_column("requests", "place_book")
    op.drop_column("members", "other_books")
    op.drop_column("group_sessions", "premium_stop")
    op.drop_column("gifts", "receiver_book")
    op.drop_column("donations", "to_book")
    op.drop_table("window_pairs")
    op.drop_table("net_payments")
    op.drop_index("ix_import_rows_state", table_name="import_rows")
    op.drop_index("ix_import_rows_member", table_name="import_rows")
    op.drop_table("import_rows")
    op.drop_table("import_objections")
    op.drop_table("import_comparisons")
    op.drop_table("window_statements")
    op.drop_table("taken_statements")
    op.drop_table("successions")
    op.drop_index("ix_settlement_windows_state", table_name="settlement_windows")
    op.drop_table("settlement_windows")
    op.drop_index("ix_reserve_readings_at", table_name="reserve_readings")
    op.drop_table("reserve_readings")
    op.drop_index("ix_position_disputes_window", table_name="position_disputes")
    op.drop_table("position_disputes")
    op.drop_index("ix_net_debit_caps_from", table_name="net_debit_caps")
    op.drop_table("net_debit_caps")
    op.drop_index("ix_moves_member", table_name="moves")
    op.drop_table("moves")
    op.drop_table("installations")
    op.drop_index("ix_imports_state", table_name="imports")
    op.drop_table("imports")
    op.drop_index("ix_hosted_requests_ends_at", table_name="hosted_requests")
    op.drop_table("hosted_requests")
    op.drop_index("ix_fund_records_on_day", table_name="fund_records")
    op.drop_table("fund_records")
    op.drop_table("exposures")
    op.drop_index("ix_cross_claims_subject", table_name="cross_claims")
    op.drop_index("ix_cross_claims_state", table_name="cross_claims")
    op.drop_table("cross_claims")
    op.drop_index("ix_corridors_codes", table_name="corridors")
    op.drop_table("corridors")
    op.drop_index("ix_account_statements_hash", table_name="account_statements")
    op.drop_index("ix_account_statements_member", table_name="account_statements")
    op.drop_table("account_statements")
