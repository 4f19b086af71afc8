"""offers, searches, rankings shown, and marks of change

Revision ID: 0005
Revises: 0004
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('matching_runs',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('requests', sa.Integer(), nullable=False),
    sa.Column('volunteers', sa.Integer(), nullable=False),
    sa.Column('offered', sa.Integer(), nullable=False),
    sa.Column('without_candidate', sa.Integer(), nullable=False),
    sa.Column('lost', sa.Integer(), nullable=False),
    sa.Column('cost_milliminutes', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_matching_runs')),
    )
    distribute('matching_runs', 'book')
    op.create_index('ix_matching_runs_at', 'matching_runs', ['book', 'at'], unique=False)
    op.create_table('shown_rankings',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('shown_to_id', sa.Uuid(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('people', sa.JSON(), nullable=False),
    sa.Column('refused', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_shown_rankings')),
    )
    distribute('shown_rankings', 'book')
    op.create_index('ix_shown_rankings_request', 'shown_rankings', ['book', 'request_id'], unique=False)
    op.create_table('askings',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('active', 'filled', 'exhausted', 'stopped', name='asking_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('wave', sa.Integer(), nullable=False),
    sa.Column('started_at', MOMENT, nullable=False),
    sa.Column('answers_since', MOMENT, nullable=False),
    sa.Column('next_wave_at', MOMENT, nullable=True),
    sa.Column('reason', sa.String(length=16), nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['book', 'request_id'], ['requests.book', 'requests.id'], name=op.f('fk_askings_book_request_id_requests')),
    sa.PrimaryKeyConstraint('book', 'request_id', name=op.f('pk_askings')),
    )
    distribute('askings', 'book')
    op.create_index('ix_askings_due', 'askings', ['book', 'state', 'next_wave_at'], unique=False)
    op.create_table('matching_marks',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_matching_marks_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_matching_marks')),
    )
    distribute('matching_marks', 'member')
    op.create_index('ix_matching_marks_at', 'matching_marks', ['at'], unique=False)
    op.create_table('offers',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('wave', 'batch', 'regular', 'substitute', 'standby', 'branch', 'wished', 'step_in', name='offer_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state', sa.Enum('open', 'accepted', 'declined', 'taken', 'expired', 'withdrawn', name='offer_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('wave', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('cost_milliminutes', sa.BigInteger(), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('yes_permille', sa.Integer(), nullable=False),
    sa.Column('offered_by_id', sa.Uuid(), nullable=False),
    sa.Column('offered_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.Column('answered_at', MOMENT, nullable=True),
    sa.Column('answer', sa.String(length=24), nullable=True),
    sa.ForeignKeyConstraint(['book', 'request_id'], ['requests.book', 'requests.id'], name=op.f('fk_offers_book_request_id_requests')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_offers')),
    )
    distribute('offers', 'book')
    op.create_index('ix_offers_expires_at', 'offers', ['book', 'state', 'expires_at'], unique=False)
    op.create_index('ix_offers_provider', 'offers', ['book', 'provider_id', 'offered_at'], unique=False)
    op.create_index('ix_offers_request', 'offers', ['book', 'request_id', 'state'], unique=False)
    append_only('matching_runs', ('book', 'id'))
    append_only('shown_rankings', ('book', 'id'))


def downgrade() -> None:
    op.drop_index('ix_offers_request', table_name='offers')
    op.drop_index('ix_offers_provider', table_name='offers')
    op.drop_index('ix_offers_expires_at', table_name='offers')
    op.drop_table('offers')
    op.drop_index('ix_matching_marks_at', table_name='matching_marks')
    op.drop_table('matching_marks')
    op.drop_index('ix_askings_due', table_name='askings')
    op.drop_table('askings')
    op.drop_index('ix_shown_rankings_request', table_name='shown_rankings')
    op.drop_table('shown_rankings')
    op.drop_index('ix_matching_runs_at', table_name='matching_runs')
    op.drop_table('matching_runs')
