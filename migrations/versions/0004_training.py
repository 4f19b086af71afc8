"""courses, sessions and enrolments

Revision ID: 0004
Revises: 0003
"""

from alembic import op
import sqlalchemy as sa

from migrations.guards import distribute


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('courses',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('contents', sa.Text(), nullable=False),
    sa.Column('certificate_code', sa.String(length=40), nullable=False),
    sa.Column('study_minutes', sa.Integer(), nullable=False),
    sa.Column('valid_days', sa.Integer(), nullable=True),
    sa.Column('organiser', sa.Text(), nullable=False),
    sa.Column('made_by_id', sa.Uuid(), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_courses')),
    sa.UniqueConstraint('book', 'code', name=op.f('uq_courses_book_code')),
    )
    distribute('courses', 'book')
    op.create_table('course_sessions',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('branch_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', MOMENT, nullable=False),
    sa.Column('ends_at', MOMENT, nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('trainer', sa.Text(), nullable=False),
    sa.Column('places', sa.Integer(), nullable=False),
    sa.Column('code_sealed', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('planned', 'held', 'cancelled', name='session_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('made_by_id', sa.Uuid(), nullable=False),
    sa.Column('made_at', MOMENT, nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint('places > 0', name=op.f('ck_course_sessions_places_positive')),
    sa.ForeignKeyConstraint(['book', 'course_id'], ['courses.book', 'courses.id'], name=op.f('fk_course_sessions_book_course_id_courses')),
    sa.PrimaryKeyConstraint('book', 'id', name=op.f('pk_course_sessions')),
    )
    distribute('course_sessions', 'book')
    op.create_index('ix_course_sessions_branch', 'course_sessions', ['book', 'branch_id', 'starts_at'], unique=False)
    op.create_table('enrolments',
    sa.Column('book', sa.String(length=16), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('booked', 'waiting', 'cancelled', 'attended', 'absent', 'passed', 'failed', name='enrolment_state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('booked_at', MOMENT, nullable=False),
    sa.Column('attended_at', MOMENT, nullable=True),
    sa.Column('attended_how', sa.String(length=16), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('assessed_by_id', sa.Uuid(), nullable=True),
    sa.Column('assessed_at', MOMENT, nullable=True),
    sa.Column('certificate_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['book', 'session_id'], ['course_sessions.book', 'course_sessions.id'], name=op.f('fk_enrolments_book_session_id_course_sessions')),
    sa.PrimaryKeyConstraint('book', 'session_id', 'member_id', name=op.f('pk_enrolments')),
    )
    distribute('enrolments', 'book')
    op.create_index('ix_enrolments_member', 'enrolments', ['book', 'member_id'], unique=False)
    op.add_column('certificates', sa.Column('warned_days', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('certificates', 'warned_days')
    op.drop_index('ix_enrolments_member', table_name='enrolments')
    op.drop_table('enrolments')
    op.drop_index('ix_course_sessions_branch', table_name='course_sessions')
    op.drop_table('course_sessions')
    op.drop_table('courses')
