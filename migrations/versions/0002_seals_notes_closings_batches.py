"""seals, notes, closings, batches, kept refusals, and one call for a posting

Revision ID: 0002
Revises: 0001
"""

from alembic import op
import sqlalchemy as sa

from migrations.functions import posting_0002
from migrations.guards import append_only, distribute, is_distributed


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
#: Balance rows of the accounts that everybody draws on.
SLOTS = {'pool': 8, 'issue': 16}


def upgrade() -> None:
    op.create_table('batches',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('grant', 'import', 'session', 'closing', name='batch_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'signed', 'done', 'withdrawn', name='batch_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('posted', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('proposed_by_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', MOMENT, nullable=False),
    sa.Column('signed_by_id', sa.Uuid(), nullable=True),
    sa.Column('signed_at', MOMENT, nullable=True),
    sa.Column('ended_at', MOMENT, nullable=True),
    sa.CheckConstraint('lines > 0', name=op.f('ck_batches_lines_positive')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_batches')),
    )
    distribute('batches', 'book')
    op.create_table('block_leaves',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('note_id', sa.Uuid(), nullable=False),
    sa.Column('height', sa.BigInteger(), nullable=False),
    sa.Column('leaf_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('book', 'position', name=op.f('pk_block_leaves')),
    sa.UniqueConstraint('book', 'transfer_id', 'note_id', name=op.f('uq_block_leaves_book_transfer_id_note_id')),
    )
    distribute('block_leaves', 'book')
    op.create_table('blocks',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('height', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('sealed_at', MOMENT, nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('book', 'height', name=op.f('pk_blocks')),
    )
    distribute('blocks', 'book')
    op.create_table('closings',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('watermark', MOMENT, nullable=False),
    sa.Column('closed_at', MOMENT, nullable=False),
    sa.Column('entries', sa.BigInteger(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('book', 'month', name=op.f('pk_closings')),
    )
    distribute('closings', 'book')
    op.create_table('head_lists',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_head_lists')),
    )
    distribute('head_lists', 'reference')
    op.create_table('refusals',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('idem_key', sa.String(length=120), nullable=False),
    sa.Column('act', sa.String(length=48), nullable=False),
    sa.Column('request_hash', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('book', 'idem_key', name=op.f('pk_refusals')),
    )
    distribute('refusals', 'book')
    op.create_table('seal_keys',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Enum('introduced', 'retired', name='key_event', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('role', sa.Enum('operator', 'witness', name='key_role', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('public_key', sa.String(length=64), nullable=False),
    sa.Column('holder', sa.String(length=120), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.Column('prev_hash', sa.String(length=64), nullable=False),
    sa.Column('signed_by', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_seal_keys')),
    )
    distribute('seal_keys', 'reference')
    op.create_table('tree_nodes',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('level', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('node_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('book', 'level', 'position', name=op.f('pk_tree_nodes')),
    )
    distribute('tree_nodes', 'book')
    op.create_table('unsealed',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('note_id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('book', 'transfer_id', 'note_id', name=op.f('pk_unsealed')),
    )
    distribute('unsealed', 'book')
    op.create_table('batch_lines',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('batch_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('minutes', sa.BigInteger(), nullable=False),
    sa.Column('effective_at', MOMENT, nullable=True),
    sa.Column('state', sa.Enum('waiting', 'posted', 'refused', name='line_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('code', sa.String(length=48), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['book', 'batch_id'], ['batches.book', 'batches.id'], name=op.f('fk_batch_lines_book_batch_id_batches')),
    sa.PrimaryKeyConstraint('book', 'batch_id', 'line', name=op.f('pk_batch_lines')),
    )
    distribute('batch_lines', 'book')
    op.create_index('ix_batch_lines_state', 'batch_lines', ['book', 'batch_id', 'state', 'line'])
    op.create_table('closing_kinds',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('kind', sa.Enum('earned', 'received', 'granted', 'pool', 'issue', 'clearing', 'outside', 'estate', 'dispute', name='closing_kind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('accounts', sa.BigInteger(), nullable=False),
    sa.Column('in_minutes', sa.BigInteger(), nullable=False),
    sa.Column('out_minutes', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['book', 'month'], ['closings.book', 'closings.month'], name=op.f('fk_closing_kinds_book_month_closings')),
    sa.PrimaryKeyConstraint('book', 'month', 'kind', name=op.f('pk_closing_kinds')),
    )
    distribute('closing_kinds', 'book')
    op.create_table('closing_lines',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('slot', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('posted_minutes', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['book', 'month'], ['closings.book', 'closings.month'], name=op.f('fk_closing_lines_book_month_closings')),
    sa.PrimaryKeyConstraint('book', 'account_id', 'slot', 'month', name=op.f('pk_closing_lines')),
    )
    distribute('closing_lines', 'book')
    op.create_table('head_signatures',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('key_id', sa.String(length=64), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['day'], ['head_lists.day'], name=op.f('fk_head_signatures_day_head_lists')),
    sa.PrimaryKeyConstraint('day', 'key_id', name=op.f('pk_head_signatures')),
    )
    distribute('head_signatures', 'reference')
    op.create_table('transfer_notes',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('text_hash', sa.String(length=64), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['book', 'transfer_id'], ['transfers.book', 'transfers.id'], name=op.f('fk_transfer_notes_book_transfer_id_transfers')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_transfer_notes')),
    )
    distribute('transfer_notes', 'book')
    op.create_index('ix_transfer_notes_transfer', 'transfer_notes', ['book', 'transfer_id'])
    op.create_table('note_texts',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('note_id', sa.Uuid(), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('text_sealed', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['book', 'note_id'], ['transfer_notes.book', 'transfer_notes.id'], name=op.f('fk_note_texts_book_note_id_transfer_notes')),
    sa.PrimaryKeyConstraint('book', 'note_id', name=op.f('pk_note_texts')),
    )
    distribute('note_texts', 'book')
    # Columns one by one and without a batch: SQLite would copy the table and lose its triggers.
    op.add_column('balances', sa.Column('posted_at', MOMENT, nullable=True))
    op.add_column('balances', sa.Column('expires_at', MOMENT, nullable=True))
    op.add_column('holds', sa.Column('request_hash', sa.String(length=64), server_default='', nullable=False))
    op.create_index('ix_holds_expires_at', 'holds', ['book', 'expires_at'])
    append_only('blocks', ('book', 'height'))
    append_only('block_leaves', ('book', 'position'), ('book', 'transfer_id', 'note_id'))
    append_only('tree_nodes', ('book', 'level', 'position'))
    append_only('seal_keys', ('number',))
    append_only('head_lists', ('day',))
    append_only('head_signatures', ('day', 'key_id'))
    append_only('refusals', ('book', 'idem_key'))
    append_only('transfer_notes', ('book', 'id'))
    append_only('closings', ('book', 'month'))
    append_only('closing_lines', ('book', 'account_id', 'slot', 'month'))
    append_only('closing_kinds', ('book', 'month', 'kind'))
    _carry_over()
    if op.get_bind().dialect.name == 'postgresql' and not is_distributed():
        posting_0002.upgrade()


def _carry_over() -> None:
    """What was posted before is put in the sealer's queue, and its moments beside the balances."""
    nil = "'" + '0' * 32 + "'"
    if op.get_bind().dialect.name == 'postgresql':
        nil += '::uuid'
    op.execute(f'INSERT INTO unsealed (book, transfer_id, note_id) SELECT book, id, {nil} FROM transfers')
    op.execute(
        'UPDATE balances SET posted_at = (SELECT max(t.posted_at) FROM entries e'
        ' JOIN transfers t ON t.book = e.book AND t.id = e.transfer_id'
        ' WHERE e.book = balances.book AND e.account_id = balances.account_id'
        ' AND e.slot = balances.slot)'
    )


    # As open_book_accounts opens them from now on: a pool keeps its floor in its first row.
    for kind, slots in SLOTS.items():
        for slot in range(1, slots):
            op.execute(
                'INSERT INTO balances (book, account_id, slot, posted_minutes, held_minutes,'
                ' floor_minutes, version)'
                f' SELECT book, id, {slot}, 0, 0, CASE WHEN floor_minutes IS NULL THEN NULL'
                f" ELSE 0 END, 0 FROM accounts WHERE kind = '{kind}' AND slots = 1"
                ' AND ceiling_minutes IS NULL'
            )
        op.execute(
            f"UPDATE accounts SET slots = {slots} WHERE kind = '{kind}' AND slots = 1"
            ' AND ceiling_minutes IS NULL'
        )


def downgrade() -> None:
    op.execute('DELETE FROM balances WHERE slot > 0 AND version = 0 AND held_minutes = 0')
    left = op.get_bind().exec_driver_sql('SELECT count(*) FROM balances WHERE slot > 0').scalar()
    if left:
        raise RuntimeError('minutes stand on rows that the schema before does not know')
    op.execute('UPDATE accounts SET slots = 1')
    if op.get_bind().dialect.name == 'postgresql' and not is_distributed():
        posting_0002.downgrade()
    op.drop_index('ix_holds_expires_at', 'holds')
    op.drop_column('holds', 'request_hash')
    op.drop_column('balances', 'expires_at')
    op.drop_column('balances', 'posted_at')
    for table in (
        'note_texts', 'transfer_notes', 'head_signatures', 'closing_lines', 'closing_kinds',
        'batch_lines', 'unsealed', 'tree_nodes', 'seal_keys', 'refusals', 'head_lists',
        'closings', 'blocks', 'block_leaves', 'batches',
    ):
        op.drop_table(table)
