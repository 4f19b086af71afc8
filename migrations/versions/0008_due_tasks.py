"""what is due, and under which fence a job ran

Revision ID: 0008
Revises: 0007
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import distribute


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COUNTS = ('missed', 'crowded', 'failed')


def upgrade() -> None:
    op.create_table('due_tasks',
    sa.Column('queue', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('try_at', MOMENT, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=True),
    sa.Column('claim_fence', sa.BigInteger(), nullable=True),
    sa.Column('claimed_until', MOMENT, nullable=True),
    sa.Column('done_at', MOMENT, nullable=True),
    sa.Column('given_up_at', MOMENT, nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('queue', 'id', name=op.f('pk_due_tasks')),
    sa.UniqueConstraint('queue', 'kind', 'subject_id', name=op.f('uq_due_tasks_queue_kind_subject_id')),
    )
    distribute('due_tasks', 'directory', by='queue')
    op.create_index('ix_due_tasks_try_at', 'due_tasks', ['queue', 'done_at', 'try_at'], unique=False)
    op.add_column('job_runs', sa.Column('fence', sa.BigInteger(), nullable=True))
    op.add_column('job_runs', sa.Column('error', sa.Text(), nullable=True))
    op.add_column('job_runs', sa.Column('attempts', sa.Integer(), server_default='1', nullable=False))
    op.add_column('leases', sa.Column('since', MOMENT, nullable=True))
    op.add_column('leases', sa.Column('renewed_at', MOMENT, nullable=True))
    for name in COUNTS:
        op.add_column('leases', sa.Column(name, sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    for name in (*reversed(COUNTS), 'renewed_at', 'since'):
        op.drop_column('leases', name)
    op.drop_column('job_runs', 'attempts')
    op.drop_column('job_runs', 'error')
    op.drop_column('job_runs', 'fence')
    op.drop_index('ix_due_tasks_try_at', table_name='due_tasks')
    op.drop_table('due_tasks')
