"""when volunteers can come, what elders wish, and safeguarding

Revision ID: 0003
Revises: 0002
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import distribute


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('incidents',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('hurt', 'money', 'conduct', 'fear', 'other', name='incident_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reported_by_id', sa.Uuid(), nullable=False),
    sa.Column('acting_for_id', sa.Uuid(), nullable=True),
    sa.Column('reported_at', MOMENT, nullable=False),
    sa.Column('text_sealed', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('open', 'lifted', 'kept_apart', name='incident_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', MOMENT, nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_incidents')),
    )
    distribute('incidents', 'book')
    op.create_index('ix_incidents_branch', 'incidents', ['book', 'branch_id', 'state'], unique=False)
    op.create_index('ix_incidents_elder', 'incidents', ['elder_id'], unique=False)
    op.create_index('ix_incidents_provider', 'incidents', ['provider_id'], unique=False)
    op.create_table('accompaniments',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('companion', sa.Text(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['book', 'request_id'], ['requests.book', 'requests.id'], name=op.f('fk_accompaniments_book_request_id_requests')),
    sa.PrimaryKeyConstraint('book', 'request_id', 'provider_id', name=op.f('pk_accompaniments')),
    )
    distribute('accompaniments', 'book')
    op.create_table('availability_exceptions',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('away', 'extra', name='exception_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('from_minute', sa.Integer(), nullable=False),
    sa.Column('to_minute', sa.Integer(), nullable=False),
    sa.CheckConstraint('first_day <= last_day', name=op.f('ck_availability_exceptions_days')),
    sa.CheckConstraint('from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440', name=op.f('ck_availability_exceptions_hours')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_availability_exceptions_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_availability_exceptions')),
    )
    distribute('availability_exceptions', 'member')
    op.create_table('avoidances',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('since', MOMENT, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_avoidances_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'other_id', name=op.f('pk_avoidances')),
    )
    distribute('avoidances', 'member')
    op.create_index(op.f('ix_avoidances_other_id'), 'avoidances', ['other_id'], unique=False)
    op.create_table('elder_wishes',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('language_must', sa.Boolean(), nullable=False),
    sa.Column('sex', sa.String(length=8), nullable=True),
    sa.Column('sex_must', sa.Boolean(), nullable=False),
    sa.Column('same_person', sa.Boolean(), nullable=False),
    sa.Column('day_parts', sa.JSON(), nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_elder_wishes_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_elder_wishes')),
    )
    distribute('elder_wishes', 'member')
    op.create_table('safeguarding_checks',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('screening', 'accompanied', name='check_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_safeguarding_checks_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_safeguarding_checks')),
    )
    distribute('safeguarding_checks', 'member')
    op.create_table('serving_places',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('label', sa.String(length=40), nullable=False),
    sa.Column('latitude_e6', sa.Integer(), nullable=False),
    sa.Column('longitude_e6', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_serving_places_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_serving_places')),
    )
    distribute('serving_places', 'member')
    op.create_table('volunteer_profiles',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('travel_mode', sa.Enum('walk', 'bicycle', 'transit', 'car', name='travel_mode', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('radius_m', sa.Integer(), nullable=False),
    sa.Column('weekly_minutes', sa.Integer(), nullable=True),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('declined_codes', sa.JSON(), nullable=False),
    sa.Column('may_be_asked', sa.Boolean(), nullable=False),
    sa.Column('asks_per_day', sa.Integer(), nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_volunteer_profiles_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_volunteer_profiles')),
    )
    distribute('volunteer_profiles', 'member')
    op.create_table('weekly_windows',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('from_minute', sa.Integer(), nullable=False),
    sa.Column('to_minute', sa.Integer(), nullable=False),
    sa.CheckConstraint('from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440', name=op.f('ck_weekly_windows_hours')),
    sa.CheckConstraint('weekday >= 0 AND weekday <= 6', name=op.f('ck_weekly_windows_weekday_range')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_weekly_windows_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_weekly_windows')),
    )
    distribute('weekly_windows', 'member')


def downgrade() -> None:
    op.drop_table('weekly_windows')
    op.drop_table('volunteer_profiles')
    op.drop_table('serving_places')
    op.drop_table('safeguarding_checks')
    op.drop_table('elder_wishes')
    op.drop_index(op.f('ix_avoidances_other_id'), table_name='avoidances')
    op.drop_table('avoidances')
    op.drop_table('availability_exceptions')
    op.drop_table('accompaniments')
    op.drop_index('ix_incidents_provider', table_name='incidents')
    op.drop_index('ix_incidents_elder', table_name='incidents')
    op.drop_index('ix_incidents_branch', table_name='incidents')
    op.drop_table('incidents')
