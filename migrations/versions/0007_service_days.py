"""service days, group sessions and welfare visits

Revision ID: 0007
Revises: 0006
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('group_sessions',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('service_day_id', sa.Uuid(), nullable=True),
    sa.Column('rule_day', sa.Date(), nullable=True),
    sa.Column('service_code', sa.String(length=8), nullable=False),
    sa.Column('starts_at', MOMENT, nullable=False),
    sa.Column('booked_minutes', sa.BigInteger(), nullable=False),
    sa.Column('closes_at', MOMENT, nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('booking', 'closed', 'held', 'cancelled', name='group_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('booked', sa.Integer(), nullable=True),
    sa.Column('provider_id', sa.Uuid(), nullable=True),
    sa.Column('accepted_at', MOMENT, nullable=True),
    sa.Column('rule_set_version', sa.String(length=32), nullable=True),
    sa.Column('calendar_version', sa.String(length=64), nullable=True),
    sa.Column('provider_level', sa.String(length=4), nullable=True),
    sa.Column('reserved_minutes', sa.BigInteger(), nullable=False),
    sa.Column('pool_hold_id', sa.Uuid(), nullable=True),
    sa.Column('began_at', MOMENT, nullable=True),
    sa.Column('actual_minutes', sa.Integer(), nullable=True),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.Column('settled_at', MOMENT, nullable=True),
    sa.Column('made_by_id', sa.Uuid(), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint('places > 0', name=op.f('ck_group_sessions_places_positive')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_group_sessions')),
    )
    distribute('group_sessions', 'book')
    op.create_index('ix_group_sessions_branch', 'group_sessions', ['book', 'branch_id', 'starts_at'], unique=False)
    op.create_index('ix_group_sessions_state', 'group_sessions', ['book', 'state', 'closes_at'], unique=False)
    op.create_table('service_days',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('rrule', sa.Text(), nullable=False),
    sa.Column('starts_local', sa.String(length=19), nullable=False),
    sa.Column('minutes', sa.BigInteger(), nullable=False),
    sa.Column('holiday_policy', sa.Enum('keep', 'skip', 'next_working_day', name='service_day_policy', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('made_until', sa.Date(), nullable=True),
    sa.Column('made_by_id', sa.Uuid(), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_service_days')),
    )
    distribute('service_days', 'book')
    op.create_index('ix_service_days_branch', 'service_days', ['book', 'branch_id'], unique=False)
    op.create_table('welfare_subjects',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('tier', sa.Enum('high', 'middle', 'low', name='risk_tier', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('raised_to', sa.Enum('high', 'middle', 'low', name='raised_tier', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('raise_reason_sealed', sa.Text(), nullable=True),
    sa.Column('raised_by_id', sa.Uuid(), nullable=True),
    sa.Column('raised_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('book', 'elder_id', name=op.f('pk_welfare_subjects')),
    )
    distribute('welfare_subjects', 'book')
    op.create_index('ix_welfare_subjects_branch', 'welfare_subjects', ['book', 'branch_id'], unique=False)
    op.create_table('welfare_visits',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('how', sa.String(length=8), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('finding', sa.String(length=16), nullable=False),
    sa.Column('note_sealed', sa.Text(), nullable=True),
    sa.Column('sheet_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_welfare_visits')),
    )
    distribute('welfare_visits', 'book')
    op.create_index('ix_welfare_visits_elder', 'welfare_visits', ['book', 'elder_id', 'at'], unique=False)
    op.create_table('group_places',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('booked_by_id', sa.Uuid(), nullable=False),
    sa.Column('consent', sa.String(length=16), nullable=False),
    sa.Column('booked_at', MOMENT, nullable=False),
    sa.Column('hold_id', sa.Uuid(), nullable=True),
    sa.Column('cancelled_at', MOMENT, nullable=True),
    sa.Column('present', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['book', 'session_id'], ['group_sessions.book', 'group_sessions.id'], name=op.f('fk_group_places_book_session_id_group_sessions')),
    sa.PrimaryKeyConstraint('book', 'session_id', 'elder_id', name=op.f('pk_group_places')),
    )
    distribute('group_places', 'book')
    op.create_index('ix_group_places_elder', 'group_places', ['book', 'elder_id'], unique=False)
    op.create_table('rounds',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('service_day_id', sa.Uuid(), nullable=False),
    sa.Column('rule_day', sa.Date(), nullable=False),
    sa.Column('starts_at', MOMENT, nullable=False),
    sa.Column('ends_at', MOMENT, nullable=False),
    sa.Column('state', sa.Enum('planned', 'held', 'cancelled', name='round_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('calendar_is_published', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['book', 'service_day_id'], ['service_days.book', 'service_days.id'], name=op.f('fk_rounds_book_service_day_id_service_days')),
    sa.PrimaryKeyConstraint('book', 'service_day_id', 'rule_day', name=op.f('pk_rounds')),
    )
    distribute('rounds', 'book')
    op.create_index('ix_rounds_starts_at', 'rounds', ['book', 'starts_at'], unique=False)
    op.create_table('round_members',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('service_day_id', sa.Uuid(), nullable=False),
    sa.Column('rule_day', sa.Date(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('answer', sa.String(length=8), nullable=False),
    sa.Column('answered_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['book', 'service_day_id', 'rule_day'], ['rounds.book', 'rounds.service_day_id', 'rounds.rule_day'], name=op.f('fk_round_members_book_service_day_id_rule_day_rounds')),
    sa.PrimaryKeyConstraint('book', 'service_day_id', 'rule_day', 'member_id', name=op.f('pk_round_members')),
    )
    distribute('round_members', 'book')
    op.create_index('ix_round_members_member', 'round_members', ['book', 'member_id'], unique=False)
    op.create_table('round_stops',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('service_day_id', sa.Uuid(), nullable=False),
    sa.Column('rule_day', sa.Date(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['book', 'service_day_id', 'rule_day'], ['rounds.book', 'rounds.service_day_id', 'rounds.rule_day'], name=op.f('fk_round_stops_book_service_day_id_rule_day_rounds')),
    sa.PrimaryKeyConstraint('book', 'service_day_id', 'rule_day', 'request_id', name=op.f('pk_round_stops')),
    )
    distribute('round_stops', 'book')
    op.create_index('ix_round_stops_request', 'round_stops', ['book', 'request_id'], unique=False)
    append_only('welfare_visits', ('book', 'id'))
    # A look-in may open a sheet too, without any visit.
    with op.batch_alter_table('safety_sheets') as table:
        table.alter_column('visit_id', existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    op.execute('DELETE FROM safety_sheets WHERE visit_id IS NULL')
    with op.batch_alter_table('safety_sheets') as table:
        table.alter_column('visit_id', existing_type=sa.Uuid(), nullable=False)
    op.drop_index('ix_round_stops_request', table_name='round_stops')
    op.drop_table('round_stops')
    op.drop_index('ix_round_members_member', table_name='round_members')
    op.drop_table('round_members')
    op.drop_index('ix_rounds_starts_at', table_name='rounds')
    op.drop_table('rounds')
    op.drop_index('ix_group_places_elder', table_name='group_places')
    op.drop_table('group_places')
    op.drop_index('ix_welfare_visits_elder', table_name='welfare_visits')
    op.drop_table('welfare_visits')
    op.drop_index('ix_welfare_subjects_branch', table_name='welfare_subjects')
    op.drop_table('welfare_subjects')
    op.drop_index('ix_service_days_branch', table_name='service_days')
    op.drop_table('service_days')
    op.drop_index('ix_group_sessions_state', table_name='group_sessions')
    op.drop_index('ix_group_sessions_branch', table_name='group_sessions')
    op.drop_table('group_sessions')
