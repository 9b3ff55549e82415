"""Give keys their whole life: states and timelines, generations of the root key, custodians, ceremonies, certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STEPS = ("published_at", "activated_at", "verify_only_at", "retired_at", "destroyed_at")
PROTECTION = (
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
)
DIGESTS = ("id_number_digest", "mobile_digest")
TABLES = (
    "reseal",
    "root_key",
    "custodian",
    "root_share",
    "ceremony",
    "ceremony_evidence",
    "issued_certificate",
)


def upgrade() -> None:
    """Forward."""
    op.rename_table("signing_key", "key_pair")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE key_pair RENAME CONSTRAINT pk_signing_key TO pk_key_pair")
    _give_life("key_pair", ["purpose", "algorithm"])
    is_next = sa.text("state = 'published'")
    op.create_index(
        "uq_key_pair_next",
        "key_pair",
        ["purpose", "algorithm"],
        unique=True,
        sqlite_where=is_next,
        postgresql_where=is_next,
    )
    op.execute("UPDATE key_pair SET published_at = created_at, activated_at = created_at")
    with op.batch_alter_table("data_key") as batch:
        batch.add_column(sa.Column("state", sa.String(24), nullable=False, server_default="active"))
    _give_life("data_key", ["purpose"])
    op.execute("UPDATE data_key SET published_at = created_at, activated_at = created_at")
    _add_digests()
    _add_protection()
    _create_root()
    _create_ceremonies()
    _create_certificates()


def downgrade() -> None:
    """Back: children before parents. Keys that are destroyed or not yet published are left behind."""
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("oauth_client") as batch:
        for column in (*PROTECTION, "jose_profile"):
            batch.drop_column(column)
    with op.batch_alter_table("person") as batch:
        for column in DIGESTS:
            batch.drop_constraint(f"uq_person_{column}_even", type_="unique")
            batch.drop_column(f"{column}_even")
        batch.alter_column("id_number_digest", existing_type=sa.LargeBinary(32), nullable=False)
    op.execute("DELETE FROM data_key WHERE wrapped IS NULL")
    op.execute("DELETE FROM key_pair WHERE wrapped IS NULL OR state IN ('created', 'destroyed')")
    _take_life("data_key")
    with op.batch_alter_table("data_key") as batch:
        batch.drop_column("state")
    op.drop_index("uq_key_pair_next", "key_pair")
    _take_life("key_pair")
    op.rename_table("key_pair", "signing_key")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE signing_key RENAME CONSTRAINT pk_key_pair TO pk_signing_key")


def _give_life(name: str, unique: list[str]) -> None:
    with op.batch_alter_table(name) as batch:
        batch.add_column(sa.Column("provider", sa.String(16), nullable=False, server_default="software"))
        batch.add_column(sa.Column("used", sa.BigInteger(), nullable=False, server_default="0"))
        for step in STEPS:
            batch.add_column(sa.Column(step, sa.BigInteger(), nullable=True))
        batch.alter_column("wrapped", existing_type=sa.LargeBinary(), nullable=True)
    is_active = sa.text("state = 'active'")
    op.create_index(
        f"uq_{name}_active", name, unique, unique=True, sqlite_where=is_active, postgresql_where=is_active
    )


def _take_life(name: str) -> None:
    op.drop_index(f"uq_{name}_active", name)
    with op.batch_alter_table(name) as batch:
        for column in ("provider", "used", *STEPS):
            batch.drop_column(column)
        batch.alter_column("wrapped", existing_type=sa.LargeBinary(), nullable=False)


def _add_digests() -> None:
    with op.batch_alter_table("person") as batch:
        batch.alter_column("id_number_digest", existing_type=sa.LargeBinary(32), nullable=True)
        for column in DIGESTS:
            batch.add_column(sa.Column(f"{column}_even", sa.LargeBinary(32), nullable=True))
            batch.create_unique_constraint(f"uq_person_{column}_even", [f"{column}_even"])


def _add_protection() -> None:
    with op.batch_alter_table("oauth_client") as batch:
        for column in PROTECTION:
            batch.add_column(sa.Column(column, sa.String(24), nullable=True))
        batch.add_column(sa.Column("jose_profile", sa.JSON(), nullable=False, server_default="{}"))


def _create_root() -> None:
    op.create_table(
        "reseal",
        sa.Column("name", sa.String(48), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.String(43), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_reseal"),
    )
    op.create_table(
        "root_key",
        sa.Column("generation", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("form", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("check_value", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("holders", sa.Integer(), nullable=False),
        sa.Column("ceremony_id", sa.String(43), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("generation", name="pk_root_key"),
    )
    op.create_table(
        "custodian",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("ceremony_id", sa.String(43), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_custodian"),
        sa.UniqueConstraint("label", name="uq_custodian_label"),
        sa.UniqueConstraint("public_key", name="uq_custodian_public_key"),
    )
    op.create_table(
        "root_share",
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("custodian_id", sa.String(43), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("check_value", sa.LargeBinary(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["generation"], ["root_key.generation"], name="fk_root_share_generation_root_key"
        ),
        sa.ForeignKeyConstraint(
            ["custodian_id"], ["custodian.id"], name="fk_root_share_custodian_id_custodian"
        ),
        sa.PrimaryKeyConstraint("generation", "custodian_id", name="pk_root_share"),
    )


def _create_ceremonies() -> None:
    op.create_table(
        "ceremony",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ceremony"),
    )
    op.create_table(
        "ceremony_evidence",
        sa.Column("ceremony_id", sa.String(43), nullable=False),
        sa.Column("custodian_id", sa.String(43), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ceremony_id"], ["ceremony.id"], name="fk_ceremony_evidence_ceremony_id_ceremony"
        ),
        sa.PrimaryKeyConstraint("ceremony_id", "custodian_id", name="pk_ceremony_evidence"),
    )


def _create_certificates() -> None:
    op.create_table(
        "issued_certificate",
        sa.Column("serial", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(43), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_issued_certificate"),
    )
