"""the first schema

Revision ID: 0001
Revises: 
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, create_functions, distribute, drop_functions, guard_entries


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('accounts',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('earned', 'received', 'granted', 'pool', 'issue', 'clearing', 'outside', 'estate', 'dispute', name='account_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('period', sa.String(length=16), nullable=False),
    sa.Column('floor_minutes', sa.BigInteger(), nullable=True),
    sa.Column('ceiling_minutes', sa.BigInteger(), nullable=True),
    sa.Column('slots', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_accounts'))
    )
    distribute('accounts', 'book')
    op.create_index('ix_accounts_owner', 'accounts', ['book', 'owner_id'], unique=False)

    op.create_table('act_keys',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('act', sa.String(length=48), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('book', 'key', name=op.f('pk_act_keys'))
    )
    distribute('act_keys', 'book')
    op.create_table('audit_records',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('acting_for_id', sa.Uuid(), nullable=True),
    sa.Column('act', sa.String(length=48), nullable=False),
    sa.Column('subject_kind', sa.String(length=24), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_audit_records'))
    )
    distribute('audit_records', 'book')
    op.create_index('ix_audit_records_at', 'audit_records', ['book', 'at'], unique=False)
    op.create_index('ix_audit_records_subject', 'audit_records', ['book', 'subject_id'], unique=False)

    op.create_table('books',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('region_code', sa.String(length=12), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('book', name=op.f('pk_books'))
    )
    distribute('books', 'reference')
    op.create_index(op.f('ix_books_region_code'), 'books', ['region_code'], unique=False)

    op.create_table('calendars',
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_calendars'))
    )
    distribute('calendars', 'reference')
    op.create_table('handles',
    sa.Column('value', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('value', 'kind', name=op.f('pk_handles'))
    )
    distribute('handles', 'directory', by='value')
    op.create_index(op.f('ix_handles_member_id'), 'handles', ['member_id'], unique=False)

    op.create_table('holds',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=24), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('idem_key', sa.String(length=120), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_holds')),
    sa.UniqueConstraint('book', 'idem_key', name=op.f('uq_holds_book_idem_key'))
    )
    distribute('holds', 'book')
    op.create_index(op.f('ix_holds_subject_id'), 'holds', ['subject_id'], unique=False)

    op.create_table('issue_authorisations',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('amount_minutes', sa.BigInteger(), nullable=False),
    sa.Column('backing', sa.Text(), nullable=False),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('signed_by_id', sa.Uuid(), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('transfer_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('amount_minutes > 0', name=op.f('ck_issue_authorisations_amount_positive')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_issue_authorisations'))
    )
    distribute('issue_authorisations', 'book')
    op.create_table('job_runs',
    sa.Column('job', sa.String(length=40), nullable=False),
    sa.Column('scheduled_for', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('job', 'scheduled_for', name=op.f('pk_job_runs'))
    )
    distribute('job_runs', 'local')
    op.create_table('leases',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('holder', sa.String(length=80), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('fence', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_leases'))
    )
    distribute('leases', 'local')
    op.create_table('members',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('home_book', sa.String(length=16), nullable=False),
    sa.Column('region_code', sa.String(length=12), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('sex', sa.Enum('female', 'male', name='sex', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('born_on', sa.Date(), nullable=False),
    sa.Column('id_number_sealed', sa.Text(), nullable=False),
    sa.Column('phone_sealed', sa.Text(), nullable=True),
    sa.Column('address_sealed', sa.Text(), nullable=True),
    sa.Column('contact_sealed', sa.Text(), nullable=True),
    sa.Column('latitude_e6', sa.Integer(), nullable=True),
    sa.Column('longitude_e6', sa.Integer(), nullable=True),
    sa.Column('skills', sa.JSON(), nullable=False),
    sa.Column('service_codes', sa.JSON(), nullable=False),
    sa.Column('is_provider', sa.Boolean(), nullable=False),
    sa.Column('is_recipient', sa.Boolean(), nullable=False),
    sa.Column('status', sa.Enum('pending', 'active', 'closed', name='member_status', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('identity_checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('identity_checked_by_id', sa.Uuid(), nullable=True),
    sa.Column('door_word', sa.Text(), nullable=True),
    sa.Column('in_hardship', sa.Boolean(), nullable=False),
    sa.Column('lives_alone', sa.Boolean(), nullable=False),
    sa.Column('spends_under_age', sa.Boolean(), nullable=False),
    sa.Column('paused_until', sa.Date(), nullable=True),
    sa.Column('overflow_to', sa.Text(), nullable=False),
    sa.Column('served_minutes', sa.BigInteger(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('joined_by_id', sa.Uuid(), nullable=True),
    sa.Column('joined_how', sa.Text(), nullable=False),
    sa.Column('joined_relation', sa.String(length=24), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_members'))
    )
    distribute('members', 'member')
    op.create_index('ix_members_home_book_branch_id', 'members', ['home_book', 'branch_id'], unique=False)

    op.create_table('operators',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('kind', sa.Enum('civil_affairs', 'social_organisation', 'enterprise', name='operator_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operators'))
    )
    distribute('operators', 'reference')
    op.create_table('outbox',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('params_sealed', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('send_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_outbox'))
    )
    distribute('outbox', 'book')
    op.create_index('ix_outbox_due', 'outbox', ['book', 'sent_at', 'send_after'], unique=False)

    op.create_table('provider_days',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('credit_minutes', sa.BigInteger(), nullable=False),
    sa.Column('actual_minutes', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'provider_id', 'day', name=op.f('pk_provider_days'))
    )
    distribute('provider_days', 'book')
    op.create_table('provider_slots',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('quarter', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'provider_id', 'quarter', name=op.f('pk_provider_slots'))
    )
    distribute('provider_slots', 'book')
    op.create_index('ix_provider_slots_visit', 'provider_slots', ['book', 'visit_id'], unique=False)

    op.create_table('regions',
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('tier', sa.Enum('province', 'city', 'county', 'township', 'village', name='tier', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('parent_code', sa.String(length=12), nullable=True),
    sa.Column('successor_code', sa.String(length=12), nullable=True),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('code', 'valid_from', name=op.f('pk_regions'))
    )
    distribute('regions', 'reference')
    op.create_table('requests',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('region_code', sa.String(length=12), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('asked_by_id', sa.Uuid(), nullable=False),
    sa.Column('consent', sa.String(length=16), nullable=False),
    sa.Column('service_code', sa.String(length=8), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('booked_minutes', sa.BigInteger(), nullable=False),
    sa.Column('people_needed', sa.Integer(), nullable=False),
    sa.Column('remote', sa.Boolean(), nullable=False),
    sa.Column('address_sealed', sa.Text(), nullable=True),
    sa.Column('note_sealed', sa.Text(), nullable=True),
    sa.Column('risk_note_sealed', sa.Text(), nullable=True),
    sa.Column('wished_sex', sa.String(length=8), nullable=True),
    sa.Column('care_grade', sa.Integer(), nullable=False),
    sa.Column('risk_tier', sa.Integer(), nullable=False),
    sa.Column('rule_set_version', sa.String(length=32), nullable=False),
    sa.Column('elder_share_minutes', sa.BigInteger(), nullable=False),
    sa.Column('shortfall_minutes', sa.BigInteger(), nullable=False),
    sa.Column('pool_needed_minutes', sa.BigInteger(), nullable=False),
    sa.Column('hold_id', sa.Uuid(), nullable=True),
    sa.Column('pool_hold_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Enum('submitted', 'refused', 'waiting_pool', 'open', 'filled', 'closed', 'cancelled', 'expired', name='request_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_requests')),
    sa.UniqueConstraint('book', 'reference', name=op.f('uq_requests_book_reference'))
    )
    distribute('requests', 'book')
    op.create_index('ix_requests_branch', 'requests', ['book', 'branch_id', 'state'], unique=False)
    op.create_index('ix_requests_elder', 'requests', ['book', 'elder_id'], unique=False)
    op.create_index('ix_requests_state', 'requests', ['book', 'state', 'starts_at'], unique=False)

    op.create_table('rule_sets',
    sa.Column('version', sa.String(length=32), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_rule_sets'))
    )
    distribute('rule_sets', 'reference')
    op.create_table('safety_sheets',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=False),
    sa.Column('log', sa.JSON(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.Uuid(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_safety_sheets'))
    )
    distribute('safety_sheets', 'book')
    op.create_index('ix_safety_sheets_open', 'safety_sheets', ['book', 'closed_at'], unique=False)

    op.create_table('valuations',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('rule_set_version', sa.String(length=32), nullable=False),
    sa.Column('rule_set_hash', sa.String(length=64), nullable=False),
    sa.Column('calendar_version', sa.String(length=64), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('credited_minutes', sa.BigInteger(), nullable=False),
    sa.Column('earn_minutes', sa.BigInteger(), nullable=False),
    sa.Column('elder_minutes', sa.BigInteger(), nullable=False),
    sa.Column('pool_minutes', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_valuations'))
    )
    distribute('valuations', 'book')
    op.create_index('ix_valuations_visit', 'valuations', ['book', 'visit_id'], unique=False)

    op.create_table('api_tokens',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_api_tokens_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_api_tokens'))
    )
    distribute('api_tokens', 'member')
    op.create_table('assessments',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('grade', sa.Integer(), nullable=False),
    sa.Column('assessed_on', sa.Date(), nullable=False),
    sa.Column('assessor', sa.Text(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('grade >= 0 AND grade <= 4', name=op.f('ck_assessments_grade_range')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_assessments_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_assessments'))
    )
    distribute('assessments', 'member')
    op.create_table('balances',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('slot', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('posted_minutes', sa.BigInteger(), nullable=False),
    sa.Column('held_minutes', sa.BigInteger(), nullable=False),
    sa.Column('floor_minutes', sa.BigInteger(), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('floor_minutes IS NULL OR posted_minutes - held_minutes >= floor_minutes', name=op.f('ck_balances_floor_kept')),
    sa.CheckConstraint('held_minutes >= 0', name=op.f('ck_balances_held_not_negative')),
    sa.ForeignKeyConstraint(['book', 'account_id'], ['accounts.book', 'accounts.id'], name=op.f('fk_balances_book_account_id_accounts')),
    sa.PrimaryKeyConstraint('book', 'account_id', 'slot', name=op.f('pk_balances'))
    )
    distribute('balances', 'book')
    op.create_table('branches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('region_code', sa.String(length=12), nullable=False),
    sa.Column('operator_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('latitude_e6', sa.Integer(), nullable=True),
    sa.Column('longitude_e6', sa.Integer(), nullable=True),
    sa.Column('successor_rule', sa.Enum('named_branch', 'same_operator', 'region', name='successor_rule', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('successor_branch_id', sa.Uuid(), nullable=True),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['book'], ['books.book'], name=op.f('fk_branches_book_books')),
    sa.ForeignKeyConstraint(['operator_id'], ['operators.id'], name=op.f('fk_branches_operator_id_operators')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_branches'))
    )
    distribute('branches', 'reference')
    op.create_index(op.f('ix_branches_book'), 'branches', ['book'], unique=False)

    op.create_table('certificates',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_certificates_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_certificates'))
    )
    distribute('certificates', 'member')
    op.create_table('consents',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('how', sa.String(length=16), nullable=False),
    sa.Column('given_by', sa.Text(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_consents_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_consents'))
    )
    distribute('consents', 'member')
    op.create_table('credentials',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_credentials_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_credentials'))
    )
    distribute('credentials', 'member')
    op.create_table('delegations',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('delegate_id', sa.Uuid(), nullable=False),
    sa.Column('scope', sa.JSON(), nullable=False),
    sa.Column('consent', sa.String(length=16), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_delegations_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_delegations'))
    )
    distribute('delegations', 'member')
    op.create_index(op.f('ix_delegations_delegate_id'), 'delegations', ['delegate_id'], unique=False)

    op.create_table('hold_legs',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('hold_id', sa.Uuid(), nullable=False),
    sa.Column('leg', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('slot', sa.Integer(), nullable=False),
    sa.Column('amount_minutes', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount_minutes > 0', name=op.f('ck_hold_legs_amount_positive')),
    sa.ForeignKeyConstraint(['book', 'account_id'], ['accounts.book', 'accounts.id'], name=op.f('fk_hold_legs_book_account_id_accounts')),
    sa.ForeignKeyConstraint(['book', 'hold_id'], ['holds.book', 'holds.id'], name=op.f('fk_hold_legs_book_hold_id_holds')),
    sa.PrimaryKeyConstraint('book', 'hold_id', 'leg', name=op.f('pk_hold_legs'))
    )
    distribute('hold_legs', 'book')
    op.create_index('ix_hold_legs_account', 'hold_legs', ['book', 'account_id'], unique=False)

    op.create_table('hold_outcomes',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('hold_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.Enum('captured', 'released', 'expired', name='hold_outcome', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('captured_minutes', sa.BigInteger(), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=True),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['book', 'hold_id'], ['holds.book', 'holds.id'], name=op.f('fk_hold_outcomes_book_hold_id_holds')),
    sa.PrimaryKeyConstraint('book', 'hold_id', name=op.f('pk_hold_outcomes'))
    )
    distribute('hold_outcomes', 'book')
    op.create_table('kinships',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('relation', sa.String(length=24), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_kinships_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'other_id', name=op.f('pk_kinships'))
    )
    distribute('kinships', 'member')
    op.create_table('login_codes',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_login_codes_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_login_codes'))
    )
    distribute('login_codes', 'member')
    op.create_table('role_assignments',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(length=24), nullable=False),
    sa.Column('scope_kind', sa.String(length=8), nullable=False),
    sa.Column('scope', sa.String(length=40), nullable=False),
    sa.Column('granted_by_id', sa.Uuid(), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_role_assignments_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_role_assignments'))
    )
    distribute('role_assignments', 'member')
    op.create_table('transfers',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('idem_key', sa.String(length=120), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('effective_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('posted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('acting_for_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=True),
    sa.Column('reverses_id', sa.Uuid(), nullable=True),
    sa.Column('valuation_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['book', 'valuation_id'], ['valuations.book', 'valuations.id'], name=op.f('fk_transfers_book_valuation_id_valuations')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_transfers')),
    sa.UniqueConstraint('book', 'idem_key', name=op.f('uq_transfers_book_idem_key')),
    sa.UniqueConstraint('book', 'reverses_id', name=op.f('uq_transfers_book_reverses_id'))
    )
    distribute('transfers', 'book')
    op.create_index('ix_transfers_posted_at', 'transfers', ['book', 'posted_at'], unique=False)

    op.create_table('visits',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('elder_id', sa.Uuid(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('provider_book', sa.String(length=16), nullable=False),
    sa.Column('state', sa.Enum('accepted', 'checked_in', 'checked_out', 'confirmed', 'in_review', 'disputed', 'credited', 'rejected', 'cancelled', 'missed', 'no_show', 'closed_door', name='visit_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('booked_minutes', sa.BigInteger(), nullable=False),
    sa.Column('rule_set_version', sa.String(length=32), nullable=False),
    sa.Column('calendar_version', sa.String(length=64), nullable=False),
    sa.Column('provider_level', sa.String(length=4), nullable=False),
    sa.Column('certificate_relevant', sa.Boolean(), nullable=False),
    sa.Column('care_grade', sa.Integer(), nullable=False),
    sa.Column('extra', sa.Boolean(), nullable=False),
    sa.Column('reserved_minutes', sa.BigInteger(), nullable=False),
    sa.Column('pool_hold_id', sa.Uuid(), nullable=True),
    sa.Column('checked_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checked_in_by', sa.String(length=16), nullable=True),
    sa.Column('checked_in_distance_m', sa.Integer(), nullable=True),
    sa.Column('checked_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checked_out_by', sa.String(length=16), nullable=True),
    sa.Column('checked_out_distance_m', sa.Integer(), nullable=True),
    sa.Column('breaks', sa.JSON(), nullable=False),
    sa.Column('actual_minutes', sa.BigInteger(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_id', sa.Uuid(), nullable=True),
    sa.Column('confirmed_how', sa.String(length=16), nullable=True),
    sa.Column('valuation_id', sa.Uuid(), nullable=True),
    sa.Column('transfer_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['book', 'request_id'], ['requests.book', 'requests.id'], name=op.f('fk_visits_book_request_id_requests')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_visits'))
    )
    distribute('visits', 'book')
    op.create_index('ix_visits_provider', 'visits', ['book', 'provider_id'], unique=False)
    op.create_index('ix_visits_request', 'visits', ['book', 'request_id'], unique=False)
    op.create_index('ix_visits_state', 'visits', ['book', 'state', 'starts_at'], unique=False)

    op.create_table('disputes',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('opened_by_id', sa.Uuid(), nullable=False),
    sa.Column('acting_for_id', sa.Uuid(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text_sealed', sa.Text(), nullable=False),
    sa.Column('decision', sa.String(length=16), nullable=True),
    sa.Column('decision_reason', sa.Text(), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['book', 'visit_id'], ['visits.book', 'visits.id'], name=op.f('fk_disputes_book_visit_id_visits')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_disputes'))
    )
    distribute('disputes', 'book')
    op.create_index('ix_disputes_visit', 'disputes', ['book', 'visit_id'], unique=False)

    op.create_table('entries',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('leg', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('slot', sa.Integer(), nullable=False),
    sa.Column('amount_minutes', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('balance_after_minutes', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount_minutes <> 0', name=op.f('ck_entries_amount_not_zero')),
    sa.ForeignKeyConstraint(['book', 'transfer_id'], ['transfers.book', 'transfers.id'], name=op.f('fk_entries_book_transfer_id_transfers'), initially='DEFERRED', deferrable=True),
    sa.PrimaryKeyConstraint('book', 'transfer_id', 'leg', name=op.f('pk_entries')),
    sa.UniqueConstraint('book', 'account_id', 'slot', 'version', name=op.f('uq_entries_book_account_id_slot_version'))
    )
    distribute('entries', 'book')
    op.create_table('visit_codes',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.String(length=8), nullable=False),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('code_sealed', sa.Text(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['book', 'visit_id'], ['visits.book', 'visits.id'], name=op.f('fk_visit_codes_book_visit_id_visits')),
    sa.PrimaryKeyConstraint('book', 'visit_id', 'purpose', 'channel', name=op.f('pk_visit_codes'))
    )
    distribute('visit_codes', 'book')
    create_functions()
    append_only('transfers', ('book', 'id'), ('book', 'idem_key'), ('book', 'reverses_id'))
    append_only('entries', ('book', 'transfer_id', 'leg'), ('book', 'account_id', 'slot', 'version'))
    append_only('holds', ('book', 'id'), ('book', 'idem_key'))
    append_only('hold_legs', ('book', 'hold_id', 'leg'))
    append_only('hold_outcomes', ('book', 'hold_id'))
    append_only('valuations', ('book', 'id'))
    append_only('audit_records', ('book', 'id'))
    append_only('rule_sets', ('version',))
    append_only('calendars', ('version',))
    guard_entries()


def downgrade() -> None:
    op.drop_table('visit_codes')
    op.drop_table('entries')
    op.drop_table('disputes')
    op.drop_table('visits')
    op.drop_table('transfers')
    op.drop_table('role_assignments')
    op.drop_table('login_codes')
    op.drop_table('kinships')
    op.drop_table('hold_outcomes')
    op.drop_table('hold_legs')
    op.drop_table('delegations')
    op.drop_table('credentials')
    op.drop_table('consents')
    op.drop_table('certificates')
    op.drop_table('branches')
    op.drop_table('balances')
    op.drop_table('assessments')
    op.drop_table('api_tokens')
    op.drop_table('valuations')
    op.drop_table('safety_sheets')
    op.drop_table('rule_sets')
    op.drop_table('requests')
    op.drop_table('regions')
    op.drop_table('provider_slots')
    op.drop_table('provider_days')
    op.drop_table('outbox')
    op.drop_table('operators')
    op.drop_table('members')
    op.drop_table('leases')
    op.drop_table('job_runs')
    op.drop_table('issue_authorisations')
    op.drop_table('holds')
    op.drop_table('handles')
    op.drop_table('calendars')
    op.drop_table('books')
    op.drop_table('audit_records')
    op.drop_table('act_keys')
    op.drop_table('accounts')
    drop_functions()
