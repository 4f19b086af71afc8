"""what a token may do

Revision ID: 0017
Revises: 0016
"""

from alembic import op
import sqlalchemy as sa


revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A token from before could do all that its owner could, and still can.
    op.add_column(
        "api_tokens",
        sa.Column("scopes", sa.JSON(), nullable=False, server_default=sa.text("'[\"all\"]'")),
    )


def downgrade() -> None:
    op.drop_column("api_tokens", "scopes")
