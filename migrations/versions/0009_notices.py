"""channels, deliveries and call sheets

Revision ID: 0009
Revises: 0008
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
UNSENT = sa.text('sent_at IS NULL AND given_up_at IS NULL')
GIVEN_UP = sa.text('given_up_at IS NOT NULL AND handled_at IS NULL')


def upgrade() -> None:
    op.create_table('call_items',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=True),
    sa.Column('request_id', sa.Uuid(), nullable=True),
    sa.Column('call_after', MOMENT, nullable=False),
    sa.Column('call_before', MOMENT, nullable=True),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('answer', sa.Enum('yes', 'another_day', 'call_back', 'no_answer', name='call_answer', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('answered_at', MOMENT, nullable=True),
    sa.Column('answered_by_id', sa.Uuid(), nullable=True),
    sa.Column('note_sealed', sa.Text(), nullable=True),
    sa.Column('settled_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_call_items')),
    )
    distribute('call_items', 'book')
    op.create_index('ix_call_items_branch', 'call_items', ['branch_id', 'settled_at', 'call_after'], unique=False)
    op.create_index('ix_call_items_member', 'call_items', ['book', 'member_id'], unique=False)
    op.create_table('contact_preferences',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('landline_only', sa.Boolean(), nullable=False),
    sa.Column('by_sms', sa.Boolean(), nullable=False),
    sa.Column('by_email', sa.Boolean(), nullable=False),
    sa.Column('email_sealed', sa.Text(), nullable=True),
    sa.Column('pending_email_sealed', sa.Text(), nullable=True),
    sa.Column('email_code_digest', sa.Text(), nullable=True),
    sa.Column('email_code_until', MOMENT, nullable=True),
    sa.Column('email_code_tries', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('quiet_from_minute', sa.Integer(), nullable=False),
    sa.Column('quiet_to_minute', sa.Integer(), nullable=False),
    sa.Column('updated_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_contact_preferences_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_contact_preferences')),
    )
    distribute('contact_preferences', 'member')
    op.create_table('deliveries',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('message_id', sa.Uuid(), nullable=False),
    sa.Column('attempt', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['book', 'message_id'], ['outbox.book', 'outbox.id'], name=op.f('fk_deliveries_book_message_id_outbox')),
    sa.PrimaryKeyConstraint('book', 'message_id', 'attempt', name=op.f('pk_deliveries')),
    )
    distribute('deliveries', 'book')
    op.create_table('event_subscriptions',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('subscriber_id', sa.Uuid(), nullable=False),
    sa.Column('events', sa.JSON(), nullable=False),
    sa.Column('since', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_event_subscriptions_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'subscriber_id', name=op.f('pk_event_subscriptions')),
    )
    distribute('event_subscriptions', 'member')
    op.add_column('outbox', sa.Column('urgent', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('outbox', sa.Column('given_up_at', MOMENT, nullable=True))
    op.add_column('outbox', sa.Column('read_at', MOMENT, nullable=True))
    op.add_column('outbox', sa.Column('request_id', sa.Uuid(), nullable=True))
    op.add_column('outbox', sa.Column('visit_id', sa.Uuid(), nullable=True))
    op.add_column('outbox', sa.Column('listed', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('outbox', sa.Column('send_before', MOMENT, nullable=True))
    op.add_column('outbox', sa.Column('handled_at', MOMENT, nullable=True))
    # What lies in an inbox is delivered, and what was told before counts as read.
    op.execute(
        "UPDATE outbox SET listed = true, read_at = created_at,"
        " sent_at = COALESCE(sent_at, created_at) WHERE channel = 'inbox'"
    )
    op.drop_index('ix_outbox_due', table_name='outbox')
    for name, columns, where in (
        ('ix_outbox_queue', ['channel', 'send_after'], UNSENT),
        ('ix_outbox_given_up', ['member_id'], GIVEN_UP),
    ):
        op.create_index(name, 'outbox', columns, sqlite_where=where, postgresql_where=where)
    op.create_index('ix_outbox_member', 'outbox', ['member_id', 'listed', 'created_at'], unique=False)
    append_only('deliveries', ('book', 'message_id', 'attempt'))


def downgrade() -> None:
    for name in ('ix_outbox_member', 'ix_outbox_given_up', 'ix_outbox_queue'):
        op.drop_index(name, table_name='outbox')
    op.create_index('ix_outbox_due', 'outbox', ['book', 'sent_at', 'send_after'], unique=False)
    op.drop_column('outbox', 'handled_at')
    op.drop_column('outbox', 'send_before')
    op.drop_column('outbox', 'listed')
    op.drop_column('outbox', 'visit_id')
    op.drop_column('outbox', 'request_id')
    op.drop_column('outbox', 'read_at')
    op.drop_column('outbox', 'given_up_at')
    op.drop_column('outbox', 'urgent')
    op.drop_table('event_subscriptions')
    op.drop_table('deliveries')
    op.drop_table('contact_preferences')
    op.drop_index('ix_call_items_member', table_name='call_items')
    op.drop_index('ix_call_items_branch', table_name='call_items')
    op.drop_table('call_items')
