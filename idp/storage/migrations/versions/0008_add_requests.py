"""What a person asks of this provider: one report of a sign-in, and the officers' list by the day on which it is due."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_index(
        "uq_person_request_not_me",
        "person_request",
        ["person_id", "about"],
        unique=True,
        sqlite_where=sa.text("kind = 'not_me'"),
        postgresql_where=sa.text("kind = 'not_me'"),
    )
    op.create_index("ix_person_request_state_due_at", "person_request", ["state", "due_at"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_person_request_state_due_at", "person_request")
    op.drop_index("uq_person_request_not_me", "person_request")
