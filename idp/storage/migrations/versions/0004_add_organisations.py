"""Evidence of persons, messages to them; organisations and what was claimed of them; runs of imports."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "import_run",
    "organisation_claim",
    "organisation_change",
    "organisation_identifier",
    "organisation",
    "message",
    "proofing_evidence",
)


def upgrade() -> None:
    """Forward. A level that stands already stands on evidence from here on: what it was carried over with."""
    _create_evidence()
    op.execute(
        "INSERT INTO proofing_evidence (id, person_id, method, source, level, grade, reference, details, obtained_at, "
        "recorded_by) SELECT id, id, 'carried_over', 'migration', level, 'B', '', '{}', created_at, 'system:migration' "
        "FROM person WHERE level > 0"
    )
    _create_organisations()
    _create_identifiers()
    _create_claims()
    _create_import()


def downgrade() -> None:
    """Back: children before parents."""
    for table in TABLES:
        op.drop_table(table)


def _create_evidence() -> None:
    op.create_table(
        "proofing_evidence",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("method", sa.String(24), nullable=False),
        sa.Column("source", sa.String(48), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(1), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("obtained_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_for", sa.String(32), nullable=True),
        sa.Column("recorded_by", sa.String(96), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_proofing_evidence_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_proofing_evidence"),
    )
    op.create_index("ix_proofing_evidence_person_id", "proofing_evidence", ["person_id"])
    op.create_table(
        "message",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=True),
        sa.Column("recipient", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.String(32), nullable=True),
        sa.Column("reference", sa.String(64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
    )
    op.create_index("ix_message_person_id", "message", ["person_id"])
    op.create_index("ix_message_state_due_at", "message", ["state", "due_at"])


def _create_organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("frozen_for", sa.String(32), nullable=True),
        sa.Column("authority", sa.String(120), nullable=True),
        sa.Column("region", sa.String(6), nullable=False),
        sa.Column("representative_name", sa.LargeBinary(), nullable=True),
        sa.Column("representative_number", sa.LargeBinary(), nullable=True),
        sa.Column("representative_kind", sa.String(8), nullable=True),
        sa.Column("parent_id", sa.String(43), nullable=True),
        sa.Column("merged_into", sa.String(43), nullable=True),
        sa.Column("read_only_until", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["organisation.id"], name="fk_organisation_merged_into_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name="fk_organisation_parent_id_organisation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
        sa.UniqueConstraint("uscc", name="uq_organisation_uscc"),
    )
    op.create_index("ix_organisation_parent_id", "organisation", ["parent_id"])


def _create_identifiers() -> None:
    op.create_table(
        "organisation_identifier",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("organisation_id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("value", sa.String(64), nullable=True),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=True),
        sa.Column("value_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("value_digest_even", sa.LargeBinary(32), nullable=True),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("source", sa.String(48), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_organisation_identifier_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_identifier"),
        sa.UniqueConstraint("value_digest", name="uq_organisation_identifier_value_digest"),
        sa.UniqueConstraint("value_digest_even", name="uq_organisation_identifier_value_digest_even"),
    )
    op.create_index(
        "ix_organisation_identifier_organisation_id", "organisation_identifier", ["organisation_id"]
    )
    op.create_index(
        "uq_organisation_identifier_active",
        "organisation_identifier",
        ["kind", "value"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "organisation_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(48), nullable=False),
        sa.Column("actor", sa.String(96), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_organisation_change_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_change"),
    )
    op.create_index("ix_organisation_change_at", "organisation_change", ["at"])
    op.create_index("ix_organisation_change_organisation_id", "organisation_change", ["organisation_id"])


def _create_claims() -> None:
    op.create_table(
        "organisation_claim",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("organisation_id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("method", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reference", sa.String(64), nullable=True),
        sa.Column("why", sa.String(64), nullable=True),
        sa.Column("decided_by", sa.String(96), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_organisation_claim_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_organisation_claim_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_organisation_claim"),
    )
    op.create_index("ix_organisation_claim_organisation_id", "organisation_claim", ["organisation_id"])
    op.create_index("ix_organisation_claim_person_id", "organisation_claim", ["person_id"])


def _create_import() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("file_digest", sa.String(64), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(96), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
        sa.UniqueConstraint("kind", "file_digest", name="uq_import_run_kind_file_digest"),
    )
