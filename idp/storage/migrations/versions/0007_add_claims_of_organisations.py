"""Which organisations the register was asked about the longest ago."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_index("ix_organisation_checked_at", "organisation", ["checked_at"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_organisation_checked_at", "organisation")
