"""gifts, donations, grants, families, estates and the papers about them

Revision ID: 0010
Revises: 0009
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import append_only, distribute


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IS_OPEN = sa.text("state NOT IN ('dismissed', 'undone')")


def upgrade() -> None:
    op.create_table('benefit_funds',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('group', 'body', name='fund_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('criteria', sa.JSON(), nullable=False),
    sa.Column('registration', sa.Text(), nullable=True),
    sa.Column('opened_by_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', MOMENT, nullable=False),
    sa.Column('closed_at', MOMENT, nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_benefit_funds')),
    )
    distribute('benefit_funds', 'book')
    op.create_table('donations',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('donor_id', sa.Uuid(), nullable=False),
    sa.Column('fund_id', sa.Uuid(), nullable=True),
    sa.Column('criteria', sa.JSON(), nullable=False),
    sa.Column('amount_minutes', sa.BigInteger(), nullable=False),
    sa.Column('how', sa.String(length=8), nullable=False),
    sa.Column('witness_id', sa.Uuid(), nullable=True),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('amount_minutes > 0', name=op.f('ck_donations_amount_positive')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_donations')),
    sa.UniqueConstraint('book', 'reference', name=op.f('uq_donations_book_reference')),
    )
    distribute('donations', 'book')
    op.create_index('ix_donations_donor', 'donations', ['book', 'donor_id'], unique=False)
    op.create_index('ix_donations_transfer', 'donations', ['book', 'transfer_id'], unique=False)
    op.create_index('ix_donations_fund', 'donations', ['book', 'fund_id', 'at'], unique=False)
    op.create_table('estates',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('reported', 'frozen', 'notice', 'divided', 'settled', 'dismissed', 'undone', name='estate_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('died_at', MOMENT, nullable=False),
    sa.Column('reported_at', MOMENT, nullable=False),
    sa.Column('rule_set_version', sa.String(length=32), nullable=False),
    sa.Column('frozen_at', MOMENT, nullable=True),
    sa.Column('notice_from', sa.Date(), nullable=True),
    sa.Column('notice_ends_on', sa.Date(), nullable=True),
    sa.Column('notice_days_left', sa.Integer(), nullable=True),
    sa.Column('calendar_version', sa.String(length=64), nullable=True),
    sa.Column('divided_at', MOMENT, nullable=True),
    sa.Column('divided_by_id', sa.Uuid(), nullable=True),
    sa.Column('estate_minutes', sa.BigInteger(), nullable=True),
    sa.Column('remainder_minutes', sa.BigInteger(), nullable=True),
    sa.Column('claim_until', sa.Date(), nullable=True),
    sa.Column('settled_at', MOMENT, nullable=True),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.Column('ended_by_id', sa.Uuid(), nullable=True),
    sa.Column('end_reason_sealed', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_estates')),
    sa.UniqueConstraint('book', 'reference', name=op.f('uq_estates_book_reference')),
    )
    distribute('estates', 'book')
    op.create_index('ix_estates_branch', 'estates', ['book', 'branch_id', 'state'], unique=False)
    op.create_index('ix_estates_member', 'estates', ['book', 'member_id'], unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    op.create_index('ix_estates_state', 'estates', ['book', 'state', 'notice_ends_on'], unique=False)
    op.create_table('gifts',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('giver_id', sa.Uuid(), nullable=False),
    sa.Column('receiver_id', sa.Uuid(), nullable=False),
    sa.Column('relation', sa.String(length=24), nullable=False),
    sa.Column('origin', sa.Enum('earned', 'inherited', name='gift_origin', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('amount_minutes', sa.BigInteger(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('how', sa.String(length=8), nullable=False),
    sa.Column('witness_id', sa.Uuid(), nullable=True),
    sa.Column('guard_answers', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'held', 'final', 'taken_back', 'refused', 'returned', 'lapsed', name='gift_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('confirmed_at', MOMENT, nullable=True),
    sa.Column('revocable_until', MOMENT, nullable=True),
    sa.Column('final_at', MOMENT, nullable=True),
    sa.Column('refusable_until', MOMENT, nullable=True),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.Column('reason', sa.String(length=24), nullable=True),
    sa.Column('hold_id', sa.Uuid(), nullable=True),
    sa.Column('transfer_id', sa.Uuid(), nullable=True),
    sa.Column('given_minutes', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount_minutes > 0', name=op.f('ck_gifts_amount_positive')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_gifts')),
    sa.UniqueConstraint('book', 'reference', name=op.f('uq_gifts_book_reference')),
    )
    distribute('gifts', 'book')
    op.create_index('ix_gifts_giver', 'gifts', ['book', 'giver_id', 'year'], unique=False)
    op.create_index('ix_gifts_receiver', 'gifts', ['book', 'receiver_id'], unique=False)
    op.create_index('ix_gifts_transfer', 'gifts', ['book', 'transfer_id'], unique=False)
    op.create_index('ix_gifts_state', 'gifts', ['book', 'state', 'revocable_until'], unique=False)
    op.create_table('grant_entitlements',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('minutes', sa.BigInteger(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'month', 'member_id', name=op.f('pk_grant_entitlements')),
    )
    distribute('grant_entitlements', 'book')
    op.create_table('grant_notices',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('days', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('book', 'account_id', 'days', name=op.f('pk_grant_notices')),
    )
    distribute('grant_notices', 'book')
    op.create_table('grant_runs',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('period', sa.String(length=6), nullable=False),
    sa.Column('rule_set_version', sa.String(length=32), nullable=False),
    sa.Column('computed_at', MOMENT, nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.BigInteger(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('authorisation_id', sa.Uuid(), nullable=True),
    sa.Column('batch_id', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('book', 'month', name=op.f('pk_grant_runs')),
    )
    distribute('grant_runs', 'book')
    op.create_table('papers',
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('content_sealed', sa.Text(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('issued_at', MOMENT, nullable=False),
    sa.Column('issued_by_id', sa.Uuid(), nullable=False),
    sa.Column('withdrawn_at', MOMENT, nullable=True),
    sa.Column('withdrawn_reason', sa.String(length=24), nullable=True),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_papers')),
    )
    distribute('papers', 'directory', by='code')
    op.create_index('ix_papers_member', 'papers', ['member_id'], unique=False)
    op.create_index('ix_papers_subject', 'papers', ['book', 'subject_id'], unique=False)
    op.create_table('act_codes',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('act', sa.String(length=48), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.Text(), nullable=False),
    sa.Column('sent_at', MOMENT, nullable=False),
    sa.Column('expires_at', MOMENT, nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('used_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_act_codes_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_act_codes')),
    )
    distribute('act_codes', 'member')
    op.create_index('ix_act_codes_subject_id', 'act_codes', ['subject_id'], unique=False)
    op.create_table('designations',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('how', sa.String(length=12), nullable=False),
    sa.Column('reference_sealed', sa.Text(), nullable=True),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('revoked_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_designations_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_designations')),
    )
    distribute('designations', 'member')
    op.create_table('estate_checks',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('estate_id', sa.Uuid(), nullable=False),
    sa.Column('official_id', sa.Uuid(), nullable=False),
    sa.Column('evidence', sa.String(length=24), nullable=False),
    sa.Column('reference_sealed', sa.Text(), nullable=False),
    sa.Column('died_at', MOMENT, nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['book', 'estate_id'], ['estates.book', 'estates.id'], name=op.f('fk_estate_checks_book_estate_id_estates')),
    sa.PrimaryKeyConstraint('book', 'estate_id', 'official_id', name=op.f('pk_estate_checks')),
    )
    distribute('estate_checks', 'book')
    op.create_table('estate_heirs',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('estate_id', sa.Uuid(), nullable=False),
    sa.Column('basis', sa.Enum('named', 'statutory', name='heir_basis', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('relation', sa.String(length=24), nullable=False),
    sa.Column('represents_id', sa.Uuid(), nullable=True),
    sa.Column('parts', sa.Integer(), nullable=True),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('name_sealed', sa.Text(), nullable=False),
    sa.Column('phone_sealed', sa.Text(), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('died_before', sa.Boolean(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', MOMENT, nullable=False),
    sa.Column('answer', sa.String(length=12), nullable=True),
    sa.Column('answered_at', MOMENT, nullable=True),
    sa.Column('answered_how', sa.String(length=12), nullable=True),
    sa.Column('answered_by_id', sa.Uuid(), nullable=True),
    sa.Column('share_minutes', sa.BigInteger(), nullable=True),
    sa.Column('paid_at', MOMENT, nullable=True),
    sa.Column('lapsed_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['book', 'estate_id'], ['estates.book', 'estates.id'], name=op.f('fk_estate_heirs_book_estate_id_estates')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_estate_heirs')),
    sa.UniqueConstraint('book', 'estate_id', 'basis', 'member_id', name=op.f('uq_estate_heirs_book_estate_id_basis_member_id')),
    )
    distribute('estate_heirs', 'book')
    op.create_index('ix_estate_heirs_estate', 'estate_heirs', ['book', 'estate_id'], unique=False)
    op.create_index('ix_estate_heirs_member', 'estate_heirs', ['book', 'member_id'], unique=False)
    op.create_table('estate_moves',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('estate_id', sa.Uuid(), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(length=12), nullable=False),
    sa.Column('heir_id', sa.Uuid(), nullable=True),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['book', 'estate_id'], ['estates.book', 'estates.id'], name=op.f('fk_estate_moves_book_estate_id_estates')),
    sa.PrimaryKeyConstraint('book', 'estate_id', 'transfer_id', name=op.f('pk_estate_moves')),
    )
    distribute('estate_moves', 'book')
    op.create_table('estate_objections',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('estate_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=True),
    sa.Column('taken_by_id', sa.Uuid(), nullable=False),
    sa.Column('name_sealed', sa.Text(), nullable=False),
    sa.Column('text_sealed', sa.Text(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('decision', sa.String(length=12), nullable=True),
    sa.Column('decision_reason_sealed', sa.Text(), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('decided_at', MOMENT, nullable=True),
    sa.Column('appealed_at', MOMENT, nullable=True),
    sa.Column('appeal_text_sealed', sa.Text(), nullable=True),
    sa.Column('appeal_decision', sa.String(length=12), nullable=True),
    sa.Column('appeal_reason_sealed', sa.Text(), nullable=True),
    sa.Column('appeal_decided_by_id', sa.Uuid(), nullable=True),
    sa.Column('appeal_decided_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['book', 'estate_id'], ['estates.book', 'estates.id'], name=op.f('fk_estate_objections_book_estate_id_estates')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_estate_objections')),
    )
    distribute('estate_objections', 'book')
    op.create_index('ix_estate_objections_estate', 'estate_objections', ['book', 'estate_id'], unique=False)
    op.create_table('estate_reports',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('estate_id', sa.Uuid(), nullable=False),
    sa.Column('how', sa.String(length=12), nullable=False),
    sa.Column('reported_by_id', sa.Uuid(), nullable=False),
    sa.Column('region_code', sa.String(length=12), nullable=False),
    sa.Column('relation', sa.String(length=24), nullable=True),
    sa.Column('died_at', MOMENT, nullable=False),
    sa.Column('evidence', sa.String(length=24), nullable=True),
    sa.Column('reference_sealed', sa.Text(), nullable=True),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['book', 'estate_id'], ['estates.book', 'estates.id'], name=op.f('fk_estate_reports_book_estate_id_estates')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_estate_reports')),
    )
    distribute('estate_reports', 'book')
    op.create_index('ix_estate_reports_estate', 'estate_reports', ['book', 'estate_id'], unique=False)
    op.create_table('guardianships',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('guardian_id', sa.Uuid(), nullable=False),
    sa.Column('document', sa.String(length=24), nullable=False),
    sa.Column('reference_sealed', sa.Text(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', MOMENT, nullable=False),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.Column('end_reason', sa.String(length=24), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_guardianships_member_id_members')),
    sa.PrimaryKeyConstraint('member_id', 'id', name=op.f('pk_guardianships')),
    )
    distribute('guardianships', 'member')
    op.create_index('ix_guardianships_guardian', 'guardianships', ['guardian_id'], unique=False)
    op.create_table('designation_lines',
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('designation_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('beneficiary_id', sa.Uuid(), nullable=True),
    sa.Column('name_sealed', sa.Text(), nullable=False),
    sa.Column('relation', sa.String(length=24), nullable=False),
    sa.Column('parts', sa.Integer(), nullable=False),
    sa.CheckConstraint('parts > 0', name=op.f('ck_designation_lines_parts_positive')),
    sa.ForeignKeyConstraint(['member_id', 'designation_id'], ['designations.member_id', 'designations.id'], name=op.f('fk_designation_lines_member_id_designation_id_designations')),
    sa.PrimaryKeyConstraint('member_id', 'designation_id', 'place', name=op.f('pk_designation_lines')),
    )
    distribute('designation_lines', 'member')
    op.add_column('delegations', sa.Column('spend_minutes', sa.BigInteger(), nullable=True))
    op.add_column('members', sa.Column('special_family', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column('members', sa.Column('died_at', MOMENT, nullable=True))
    op.add_column('requests', sa.Column('payer_id', sa.Uuid(), nullable=True))
    op.create_index('ix_requests_payer', 'requests', ['book', 'payer_id'], unique=False)
    append_only('donations', ('book', 'id'), ('book', 'reference'))
    append_only('grant_entitlements', ('book', 'month', 'member_id'))
    append_only('grant_notices', ('book', 'account_id', 'days'))
    append_only('estate_reports', ('book', 'id'))
    append_only('estate_checks', ('book', 'estate_id', 'official_id'))
    append_only('estate_moves', ('book', 'estate_id', 'transfer_id'))
    append_only('designation_lines', ('member_id', 'designation_id', 'place'))


def downgrade() -> None:
    op.drop_index('ix_requests_payer', table_name='requests')
    op.drop_column('requests', 'payer_id')
    op.drop_column('members', 'died_at')
    op.drop_column('members', 'special_family')
    op.drop_column('delegations', 'spend_minutes')
    op.drop_table('designation_lines')
    op.drop_index('ix_guardianships_guardian', table_name='guardianships')
    op.drop_table('guardianships')
    op.drop_index('ix_estate_reports_estate', table_name='estate_reports')
    op.drop_table('estate_reports')
    op.drop_index('ix_estate_objections_estate', table_name='estate_objections')
    op.drop_table('estate_objections')
    op.drop_table('estate_moves')
    op.drop_index('ix_estate_heirs_member', table_name='estate_heirs')
    op.drop_index('ix_estate_heirs_estate', table_name='estate_heirs')
    op.drop_table('estate_heirs')
    op.drop_table('estate_checks')
    op.drop_table('designations')
    op.drop_index('ix_act_codes_subject_id', table_name='act_codes')
    op.drop_table('act_codes')
    op.drop_index('ix_papers_subject', table_name='papers')
    op.drop_index('ix_papers_member', table_name='papers')
    op.drop_table('papers')
    op.drop_table('grant_runs')
    op.drop_table('grant_notices')
    op.drop_table('grant_entitlements')
    op.drop_index('ix_gifts_transfer', table_name='gifts')
    op.drop_index('ix_gifts_state', table_name='gifts')
    op.drop_index('ix_gifts_receiver', table_name='gifts')
    op.drop_index('ix_gifts_giver', table_name='gifts')
    op.drop_table('gifts')
    op.drop_index('ix_estates_state', table_name='estates')
    op.drop_index('ix_estates_member', table_name='estates')
    op.drop_index('ix_estates_branch', table_name='estates')
    op.drop_table('estates')
    op.drop_index('ix_donations_transfer', table_name='donations')
    op.drop_index('ix_donations_fund', table_name='donations')
    op.drop_index('ix_donations_donor', table_name='donations')
    op.drop_table('donations')
    op.drop_table('benefit_funds')
