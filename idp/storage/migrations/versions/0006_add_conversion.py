"""Old codes turned into new ones, and what is published of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _index_old_codes()
    _create_items()
    _create_publications()


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("organisation_change") as batch:
        batch.drop_index("ix_organisation_change_unpublished")
        batch.drop_index("ix_organisation_change_publication")
        batch.drop_column("publication")
    op.drop_table("publication")
    op.drop_table("conversion_item")
    op.drop_index("ix_organisation_identifier_value", "organisation_identifier")
    with op.batch_alter_table("organisation") as batch:
        batch.drop_index("ix_organisation_subject_code")
        batch.drop_column("subject_code")


def _index_old_codes() -> None:
    with op.batch_alter_table("organisation") as batch:
        batch.add_column(sa.Column("subject_code", sa.String(9), nullable=True))
    op.execute("UPDATE organisation SET subject_code = substr(uscc, 9, 9)")
    with op.batch_alter_table("organisation") as batch:
        batch.alter_column("subject_code", existing_type=sa.String(9), nullable=False)
        batch.create_index("ix_organisation_subject_code", ["subject_code"])
    op.create_index("ix_organisation_identifier_value", "organisation_identifier", ["value"])


def _create_items() -> None:
    op.create_table(
        "conversion_item",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("file_digest", sa.String(64), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("why", sa.String(48), nullable=False),
        sa.Column("sealed_codes", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("codes_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("codes_digest_even", sa.LargeBinary(32), nullable=True),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("item_state", sa.String(24), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=True),
        sa.Column("decided_by", sa.String(96), nullable=True),
        sa.Column("decided_for", sa.String(200), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_conversion_item"),
        sa.UniqueConstraint("codes_digest", name="uq_conversion_item_codes_digest"),
        sa.UniqueConstraint("codes_digest_even", name="uq_conversion_item_codes_digest_even"),
    )
    op.create_index("ix_conversion_item_state_id", "conversion_item", ["item_state", "id"])


def _create_publications() -> None:
    op.create_table(
        "publication",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_publication"),
        sa.UniqueConstraint("day", "part", name="uq_publication_day_part"),
    )
    with op.batch_alter_table("organisation_change") as batch:
        batch.add_column(sa.Column("publication", sa.BigInteger(), nullable=True))
        batch.create_index("ix_organisation_change_publication", ["publication"])
    op.create_index(
        "ix_organisation_change_unpublished",
        "organisation_change",
        ["id"],
        sqlite_where=sa.text("publication IS NULL"),
        postgresql_where=sa.text("publication IS NULL"),
    )
