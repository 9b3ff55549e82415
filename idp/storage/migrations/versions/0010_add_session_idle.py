"""Let a session have an idle limit of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A session of an older release keeps the limit of the settings."""
    op.add_column("sso_session", sa.Column("idle_seconds", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Back: every session has the limit of the settings again."""
    with op.batch_alter_table("sso_session") as batch:
        batch.drop_column("idle_seconds")
