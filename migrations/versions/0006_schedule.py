"""standing visits, other times, and who called a visit off

Revision ID: 0006
Revises: 0005
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import distribute


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('series',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('asked_by_id', sa.Uuid(), nullable=False),
    sa.Column('consent', sa.String(length=16), nullable=False),
    sa.Column('service_code', sa.String(length=8), nullable=False),
    sa.Column('rrule', sa.Text(), nullable=False),
    sa.Column('starts_local', sa.String(length=19), nullable=False),
    sa.Column('tzid', sa.String(length=40), nullable=False),
    sa.Column('booked_minutes', sa.BigInteger(), nullable=False),
    sa.Column('remote', sa.Boolean(), nullable=False),
    sa.Column('holiday_policy', sa.Enum('keep', 'skip', 'next_working_day', name='holiday_policy', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('note_sealed', sa.Text(), nullable=True),
    sa.Column('risk_note_sealed', sa.Text(), nullable=True),
    sa.Column('address_sealed', sa.Text(), nullable=True),
    sa.Column('wished_sex', sa.String(length=8), nullable=True),
    sa.Column('regular_id', sa.Uuid(), nullable=True),
    sa.Column('regular_agreed_at', MOMENT, nullable=True),
    sa.Column('substitute_id', sa.Uuid(), nullable=True),
    sa.Column('substitute_agreed_at', MOMENT, nullable=True),
    sa.Column('state', sa.Enum('active', 'paused', 'ended', name='series_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reviewed_at', MOMENT, nullable=True),
    sa.Column('reviewed_by_id', sa.Uuid(), nullable=True),
    sa.Column('made_until', sa.Date(), nullable=True),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_series')),
    )
    distribute('series', 'book')
    op.create_index('ix_series_branch', 'series', ['book', 'branch_id', 'state'], unique=False)
    op.create_index('ix_series_elder', 'series', ['book', 'elder_id'], unique=False)
    op.create_index('ix_series_state', 'series', ['book', 'state', 'made_until'], unique=False)
    op.create_table('occurrences',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=False),
    sa.Column('rule_day', sa.Date(), nullable=False),
    sa.Column('starts_at', MOMENT, nullable=False),
    sa.Column('state', sa.Enum('planned', 'asked', 'skipped', 'cancelled', 'refused', name='occurrence_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('exception', sa.String(length=12), nullable=True),
    sa.Column('calendar_is_published', sa.Boolean(), nullable=False),
    sa.Column('holiday', sa.Text(), nullable=True),
    sa.Column('request_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['book', 'series_id'], ['series.book', 'series.id'], name=op.f('fk_occurrences_book_series_id_series')),
    sa.PrimaryKeyConstraint('book', 'series_id', 'rule_day', name=op.f('pk_occurrences')),
    )
    distribute('occurrences', 'book')
    op.create_index('ix_occurrences_request', 'occurrences', ['book', 'request_id'], unique=False)
    op.create_index('ix_occurrences_state', 'occurrences', ['book', 'state', 'starts_at'], unique=False)
    op.create_table('reschedules',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=False),
    sa.Column('acting_for_id', sa.Uuid(), nullable=True),
    sa.Column('proposed_at', MOMENT, nullable=False),
    sa.Column('from_at', MOMENT, nullable=False),
    sa.Column('to_at', MOMENT, nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('agreed', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['book', 'request_id'], ['requests.book', 'requests.id'], name=op.f('fk_reschedules_book_request_id_requests')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_reschedules')),
    )
    distribute('reschedules', 'book')
    op.create_index('ix_reschedules_request', 'reschedules', ['book', 'request_id'], unique=False)
    op.add_column('requests', sa.Column('preferred_sex', sa.String(length=8), nullable=True))
    op.add_column('requests', sa.Column('wished_languages', sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column('requests', sa.Column('language_must', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('requests', sa.Column('wished_provider_id', sa.Uuid(), nullable=True))
    op.add_column('requests', sa.Column('series_id', sa.Uuid(), nullable=True))
    op.add_column('requests', sa.Column('rule_day', sa.Date(), nullable=True))
    op.add_column('visits', sa.Column('cancelled_by', sa.String(length=8), nullable=True))
    op.add_column('visits', sa.Column('cancelled_late', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('visits', sa.Column('sequence', sa.Integer(), server_default='0', nullable=False))
    op.add_column('visits', sa.Column('changed_at', MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column('visits', 'changed_at')
    op.drop_column('visits', 'sequence')
    op.drop_column('visits', 'cancelled_late')
    op.drop_column('visits', 'cancelled_by')
    op.drop_column('requests', 'rule_day')
    op.drop_column('requests', 'series_id')
    op.drop_column('requests', 'wished_provider_id')
    op.drop_column('requests', 'language_must')
    op.drop_column('requests', 'wished_languages')
    op.drop_column('requests', 'preferred_sex')
    op.drop_index('ix_reschedules_request', table_name='reschedules')
    op.drop_table('reschedules')
    op.drop_index('ix_occurrences_state', table_name='occurrences')
    op.drop_index('ix_occurrences_request', table_name='occurrences')
    op.drop_table('occurrences')
    op.drop_index('ix_series_state', table_name='series')
    op.drop_index('ix_series_elder', table_name='series')
    op.drop_index('ix_series_branch', table_name='series')
    op.drop_table('series')
