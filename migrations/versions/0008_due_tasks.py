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


def upgrade() -> None:
    op.create_table('due_tasks',
    sa.Column('queue', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('done_at', MOMENT, nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('queue', 'id', name=op.f('pk_due_tasks')),
    sa.UniqueConstraint('queue', 'kind', 'subject_id', name=op.f('uq_due_tasks_queue_kind_subject_id')),
    )
    distribute('due_tasks', 'directory', by='queue')
    op.create_index('ix_due_tasks_due_at', 'due_tasks', ['queue', 'done_at', 'due_at'], unique=False)
    op.add_column('job_runs', sa.Column('fence', sa.BigInteger(), nullable=True))
    op.add_column('job_runs', sa.Column('error', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('job_runs', 'error')
    op.drop_column('job_runs', 'fence')
    op.drop_index('ix_due_tasks_due_at', table_name='due_tasks')
    op.drop_table('due_tasks')
