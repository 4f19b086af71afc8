"""ratings, honours, returns, rolls, seals over audit records, forecasts

Revision ID: 0014
Revises: 0013
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "audit_blocks",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("height", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("book", "height", name=op.f("pk_audit_blocks")),
    )
    distribute("audit_blocks", "book")
    op.create_table(
        "audit_leaves",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("leaf_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("book", "position", name=op.f("pk_audit_leaves")),
        sa.UniqueConstraint("book", "record_id", name=op.f("uq_audit_leaves_book_record_id")),
    )
    distribute("audit_leaves", "book")
    op.create_table(
        "audit_nodes",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("node_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("book", "level", "position", name=op.f("pk_audit_nodes")),
    )
    distribute("audit_nodes", "book")
    op.create_index(
        "ix_audit_records_actor", "audit_records", ["book", "actor_id", "at"], unique=False
    )
    op.create_table(
        "entitlement_rolls",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_entitlement_rolls")),
    )
    distribute("entitlement_rolls", "book")
    op.create_index(
        "ix_entitlement_rolls_month", "entitlement_rolls", ["book", "kind", "month"], unique=False
    )
    op.create_table(
        "forecasts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("table_version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecasts")),
    )
    distribute("forecasts", "reference")
    op.create_index("ix_forecasts_region", "forecasts", ["region_code", "made_at"], unique=False)
    op.create_table(
        "honours",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_honours")),
    )
    distribute("honours", "book")
    op.create_index("ix_honours_member", "honours", ["book", "member_id"], unique=False)
    op.create_table(
        "monthly_returns",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("watermark_at", MOMENT, nullable=False),
        sa.Column("calendar_version", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=False),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_monthly_returns")),
        sa.UniqueConstraint("book", "month", name=op.f("uq_monthly_returns_book_month")),
        info={
            "placement": "book",
            "append_only": False,
            "changes": ("signed_by_id", "signed_at"),
            "deletes": False,
        },
    )
    distribute("monthly_returns", "book")
    op.create_table(
        "perks",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("terms_en", sa.Text(), nullable=False),
        sa.Column("from_stars", sa.Integer(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_perks")),
    )
    distribute("perks", "book")
    op.create_index("ix_perks_region", "perks", ["book", "ends_on"], unique=False)
    op.create_table(
        "star_awards",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("served_minutes", sa.BigInteger(), nullable=False),
        sa.Column("rule_set_version", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "notice",
                "granted",
                "refused",
                "withdrawn",
                name="star_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("granting_tier", sa.String(length=12), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("notice_from", sa.Date(), nullable=False),
        sa.Column("notice_ends_on", sa.Date(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("end_reason", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_star_awards")),
        sa.UniqueConstraint(
            "book",
            "member_id",
            "stars",
            "proposed_at",
            name=op.f("uq_star_awards_book_member_id_stars_proposed_at"),
        ),
    )
    distribute("star_awards", "book")
    op.create_index("ix_star_awards_member", "star_awards", ["book", "member_id"], unique=False)
    op.create_index(
        "ix_star_awards_state", "star_awards", ["book", "state", "notice_ends_on"], unique=False
    )
    op.create_table(
        "star_bans",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_star_bans")),
    )
    distribute("star_bans", "book")
    op.create_index("ix_star_bans_member", "star_bans", ["book", "member_id"], unique=False)
    op.create_table(
        "unsealed_records",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("book", "record_id", name=op.f("pk_unsealed_records")),
    )
    distribute("unsealed_records", "book")
    op.create_table(
        "roll_changes",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("roll_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("change", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "roll_id"],
            ["entitlement_rolls.book", "entitlement_rolls.id"],
            name=op.f("fk_roll_changes_book_roll_id_entitlement_rolls"),
        ),
        sa.PrimaryKeyConstraint("book", "roll_id", "person", name=op.f("pk_roll_changes")),
    )
    distribute("roll_changes", "book")
    op.create_table(
        "roll_entries",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("roll_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["book", "roll_id"],
            ["entitlement_rolls.book", "entitlement_rolls.id"],
            name=op.f("fk_roll_entries_book_roll_id_entitlement_rolls"),
        ),
        sa.PrimaryKeyConstraint("book", "roll_id", "person", name=op.f("pk_roll_entries")),
    )
    distribute("roll_entries", "book")
    op.create_index("ix_roll_entries_member", "roll_entries", ["book", "member_id"], unique=False)
    op.create_table(
        "star_objections",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("text_sealed", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["book", "award_id"],
            ["star_awards.book", "star_awards.id"],
            name=op.f("fk_star_objections_book_award_id_star_awards"),
        ),
        sa.PrimaryKeyConstraint("book", "id", name=op.f("pk_star_objections")),
    )
    distribute("star_objections", "book")
    op.create_index(
        "ix_star_objections_award", "star_objections", ["book", "award_id"], unique=False
    )
    op.create_table(
        "ratings",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("elder_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("service_code", sa.String(length=8), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("words_sealed", sa.Text(), nullable=True),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.Column("rated_by_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.String(length=12), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=True),
        sa.Column("quiet", sa.Boolean(), nullable=True),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("score >= 1 AND score <= 3", name=op.f("ck_ratings_score_range")),
        sa.ForeignKeyConstraint(
            ["book", "visit_id"],
            ["visits.book", "visits.id"],
            name=op.f("fk_ratings_book_visit_id_visits"),
        ),
        sa.PrimaryKeyConstraint("book", "visit_id", name=op.f("pk_ratings")),
    )
    distribute("ratings", "book")
    op.create_index("ix_ratings_branch", "ratings", ["book", "branch_id", "rated_at"], unique=False)
    op.create_index(
        "ix_ratings_low", "ratings", ["book", "score", "sheet_id", "rated_at"], unique=False
    )
    op.create_index("ix_ratings_provider", "ratings", ["provider_id", "rated_at"], unique=False)
    op.create_table(
        "visit_checklists",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("standard_version", sa.String(length=32), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["book", "visit_id"],
            ["visits.book", "visits.id"],
            name=op.f("fk_visit_checklists_book_visit_id_visits"),
        ),
        sa.PrimaryKeyConstraint("book", "visit_id", name=op.f("pk_visit_checklists")),
    )
    distribute("visit_checklists", "book")
    op.add_column("branches", sa.Column("person_in_charge", sa.Text(), nullable=True))
    append_only("roll_entries", ("book", "roll_id", "person"))
    append_only("roll_changes", ("book", "roll_id", "person"))
    append_only("audit_blocks", ("book", "height"))
    append_only("audit_leaves", ("book", "position"), ("book", "record_id"))
    append_only("audit_nodes", ("book", "level", "position"))
    append_only("forecasts", ("id",))
    # What stands already is sealed as well, in the first run.
    op.execute("INSERT INTO unsealed_records (book, record_id) SELECT book, id FROM audit_records")


def downgrade() -> None:
    op.drop_column("branches", "person_in_charge")
    op.drop_table("visit_checklists")
    op.drop_index("ix_ratings_provider", table_name="ratings")
    op.drop_index("ix_ratings_branch", table_name="ratings")
    op.drop_index("ix_ratings_low", table_name="ratings")
    op.drop_table("ratings")
    op.drop_index("ix_star_objections_award", table_name="star_objections")
    op.drop_table("star_objections")
    op.drop_index("ix_roll_entries_member", table_name="roll_entries")
    op.drop_table("roll_entries")
    op.drop_table("roll_changes")
    op.drop_table("unsealed_records")
    op.drop_index("ix_star_bans_member", table_name="star_bans")
    op.drop_table("star_bans")
    op.drop_index("ix_star_awards_state", table_name="star_awards")
    op.drop_index("ix_star_awards_member", table_name="star_awards")
    op.drop_table("star_awards")
    op.drop_index("ix_perks_region", table_name="perks")
    op.drop_table("perks")
    op.drop_table("monthly_returns")
    op.drop_index("ix_honours_member", table_name="honours")
    op.drop_table("honours")
    op.drop_index("ix_forecasts_region", table_name="forecasts")
    op.drop_table("forecasts")
    op.drop_index("ix_entitlement_rolls_month", table_name="entitlement_rolls")
    op.drop_table("entitlement_rolls")
    op.drop_index("ix_audit_records_actor", table_name="audit_records")
    op.drop_table("audit_nodes")
    op.drop_table("audit_leaves")
    op.drop_table("audit_blocks")
