"""Who may act for whom; acting in sessions and tokens; matters; release to applications."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("release", "release_grant", "matter", "acting_use", "acting_choice", "delegation")


def upgrade() -> None:
    """Forward."""
    _create_delegations()
    _index_delegations()
    _create_acting()
    _create_matters()
    with op.batch_alter_table("oauth_client") as batch:
        batch.add_column(sa.Column("capacities", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("sso_session") as batch:
        for column, length in (("capacity", 24), ("delegation_id", 43), ("via_delegation_id", 43)):
            batch.add_column(sa.Column(column, sa.String(length), nullable=True))
    with op.batch_alter_table("token_family") as batch:
        batch.add_column(sa.Column("capacity", sa.String(24), server_default="self", nullable=False))
        batch.add_column(sa.Column("delegation_id", sa.String(43), nullable=True))
        batch.add_column(sa.Column("via_delegation_id", sa.String(43), nullable=True))
        batch.add_column(sa.Column("details", sa.JSON(), nullable=True))
        batch.create_index("ix_token_family_delegation_id", ["delegation_id"])
        batch.create_index("ix_token_family_via_delegation_id", ["via_delegation_id"])


def downgrade() -> None:
    """Back: what was issued for another goes with what it stood on."""
    op.execute(
        "DELETE FROM refresh_token WHERE family_id IN (SELECT id FROM token_family WHERE capacity <> 'self')"
    )
    op.execute("DELETE FROM token_family WHERE capacity <> 'self'")
    with op.batch_alter_table("token_family") as batch:
        batch.drop_index("ix_token_family_via_delegation_id")
        batch.drop_index("ix_token_family_delegation_id")
        for column in ("capacity", "delegation_id", "via_delegation_id", "details"):
            batch.drop_column(column)
    with op.batch_alter_table("sso_session") as batch:
        for column in ("capacity", "delegation_id", "via_delegation_id"):
            batch.drop_column(column)
    with op.batch_alter_table("oauth_client") as batch:
        batch.drop_column("capacities")
    for table in TABLES:
        op.drop_table(table)


def _create_delegations() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("capacity", sa.String(24), nullable=False),
        sa.Column("organisation_id", sa.String(43), nullable=True),
        sa.Column("person_id", sa.String(43), nullable=True),
        sa.Column("agent_person_id", sa.String(43), nullable=True),
        sa.Column("agent_organisation_id", sa.String(43), nullable=True),
        sa.Column("parent_id", sa.String(43), nullable=True),
        sa.Column("matters", sa.JSON(), nullable=False),
        sa.Column("may_delegate", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("invitee", sa.LargeBinary(), nullable=True),
        sa.Column("invitee_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("invitee_digest_even", sa.LargeBinary(32), nullable=True),
        sa.Column("invited_by", sa.String(96), nullable=False),
        sa.Column("invited_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("frozen_for", sa.String(32), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_for", sa.String(32), nullable=True),
        sa.Column("ended_by", sa.String(96), nullable=True),
        sa.Column("grant_evidence", sa.Text(), nullable=True),
        sa.Column("acceptance_evidence", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(organisation_id IS NULL) <> (person_id IS NULL)", name="ck_delegation_one_subject"
        ),
        sa.CheckConstraint(
            "agent_person_id IS NULL OR agent_organisation_id IS NULL", name="ck_delegation_one_agent"
        ),
        sa.ForeignKeyConstraint(
            ["agent_organisation_id"],
            ["organisation.id"],
            name="fk_delegation_agent_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(
            ["agent_person_id"], ["person.id"], name="fk_delegation_agent_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_delegation_organisation_id_organisation"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["delegation.id"], name="fk_delegation_parent_id_delegation"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_delegation_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_delegation"),
    )


def _index_delegations() -> None:
    op.create_index("ix_delegation_agent_organisation_id", "delegation", ["agent_organisation_id"])
    op.create_index("ix_delegation_agent_person_id", "delegation", ["agent_person_id"])
    op.create_index("ix_delegation_ends_at", "delegation", ["ends_at"])
    op.create_index("ix_delegation_organisation_id", "delegation", ["organisation_id"])
    op.create_index("ix_delegation_parent_id", "delegation", ["parent_id"])
    op.create_index("ix_delegation_person_id", "delegation", ["person_id"])
    op.create_index(
        "uq_delegation_standing_person",
        "delegation",
        ["organisation_id", "person_id", "agent_person_id", "capacity"],
        unique=True,
        sqlite_where=sa.text("state IN ('active', 'frozen') AND agent_person_id IS NOT NULL"),
        postgresql_where=sa.text("state IN ('active', 'frozen') AND agent_person_id IS NOT NULL"),
    )


def _create_acting() -> None:
    op.create_table(
        "acting_choice",
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("delegation_id", sa.String(43), nullable=True),
        sa.Column("via_delegation_id", sa.String(43), nullable=True),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_acting_choice_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "client_id", name="pk_acting_choice"),
    )
    op.create_table(
        "acting_use",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("capacity", sa.String(24), nullable=False),
        sa.Column("delegation_id", sa.String(43), nullable=True),
        sa.Column("via_delegation_id", sa.String(43), nullable=True),
        sa.Column("organisation_id", sa.String(43), nullable=True),
        sa.Column("subject_person_id", sa.String(43), nullable=True),
        sa.Column("session_id", sa.String(43), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=True),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_acting_use_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_acting_use"),
    )
    op.create_index("ix_acting_use_at", "acting_use", ["at"])
    op.create_index("ix_acting_use_delegation_id", "acting_use", ["delegation_id"])
    op.create_index("ix_acting_use_organisation_id", "acting_use", ["organisation_id"])
    op.create_index("ix_acting_use_person_id", "acting_use", ["person_id"])
    op.create_index("ix_acting_use_subject_person_id", "acting_use", ["subject_person_id"])


def _create_matters() -> None:
    op.create_table(
        "matter",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("department", sa.String(120), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("why_en", sa.String(200), nullable=False),
        sa.Column("capacities", sa.JSON(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("ends_at_once", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_matter"),
    )
    op.create_table(
        "release_grant",
        sa.Column("application_id", sa.String(43), nullable=False),
        sa.Column("claim", sa.String(40), nullable=False),
        sa.Column("legal_basis", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("granted_by", sa.String(96), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name="fk_release_grant_application_id_application"
        ),
        sa.PrimaryKeyConstraint("application_id", "claim", name="pk_release_grant"),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("what_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("organisation_id", sa.String(43), nullable=True),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("family_id", sa.String(43), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_release_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        sa.UniqueConstraint("what_digest", name="uq_release_what_digest"),
    )
    op.create_index("ix_release_organisation_id", "release", ["organisation_id"])
    op.create_index("ix_release_person_id_last_at", "release", ["person_id", "last_at"])
