"""Several ways to sign in: what was proved, means that are found by themselves, known devices, least levels."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Older releases go on beside the new columns: each has a default."""
    with op.batch_alter_table("sso_session") as batch:
        batch.add_column(sa.Column("evidence", sa.String(400), nullable=False, server_default=""))
    with op.batch_alter_table("credential") as batch:
        batch.add_column(sa.Column("handle", sa.LargeBinary(32), nullable=True))
        batch.create_unique_constraint("uq_credential_handle", ["handle"])
    with op.batch_alter_table("oauth_client") as batch:
        batch.add_column(sa.Column("least_aal", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("least_ial", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("matter") as batch:
        batch.add_column(sa.Column("aal", sa.Integer(), nullable=False, server_default="1"))
    _create_wishes()
    _create_devices()


def downgrade() -> None:
    """Back."""
    op.drop_table("known_device")
    op.drop_table("sign_in_wish")
    with op.batch_alter_table("matter") as batch:
        batch.drop_column("aal")
    with op.batch_alter_table("oauth_client") as batch:
        batch.drop_column("least_ial")
        batch.drop_column("least_aal")
    with op.batch_alter_table("credential") as batch:
        batch.drop_constraint("uq_credential_handle", type_="unique")
        batch.drop_column("handle")
    with op.batch_alter_table("sso_session") as batch:
        batch.drop_column("evidence")


def _create_wishes() -> None:
    op.create_table(
        "sign_in_wish",
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_in_wish_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_sign_in_wish"),
    )


def _create_devices() -> None:
    op.create_table(
        "known_device",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("cookie_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("trusted_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_known_device_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_known_device"),
        sa.UniqueConstraint("person_id", "cookie_digest", name="uq_known_device_person_id_cookie_digest"),
    )
