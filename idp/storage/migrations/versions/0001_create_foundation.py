"""Create the tables of the foundation."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "change_stamp",
    "job_lease",
    "data_key",
    "signing_key",
    "audit_event",
    "person",
    "credential",
    "application",
    "oauth_client",
    "sso_session",
    "session_participant",
    "consent",
    "logout_delivery",
    "token_family",
    "refresh_token",
    "revoked_token",
)


INDEXES = (
    ("audit_event", "actor"),
    ("audit_event", "at"),
    ("audit_event", "reference"),
    ("credential", "person_id"),
    ("logout_delivery", "next_at"),
    ("oauth_client", "application_id"),
    ("refresh_token", "expires_at"),
    ("refresh_token", "family_id"),
    ("revoked_token", "expires_at"),
    ("sso_session", "expires_at"),
    ("sso_session", "person_id"),
    ("token_family", "client_id"),
    ("token_family", "expires_at"),
    ("token_family", "person_id"),
    ("token_family", "session_id"),
)


def upgrade() -> None:
    """Forward."""
    _create_store()
    _create_accounts()
    _create_applications()
    _create_sessions()
    _create_tokens()
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Back: children before parents."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_store() -> None:
    op.create_table(
        "change_stamp",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_change_stamp"),
    )
    op.create_table(
        "job_lease",
        sa.Column("job", sa.String(length=48), nullable=False),
        sa.Column("holder", sa.String(length=43), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_job_lease"),
    )
    op.create_table(
        "data_key",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_key"),
        sa.UniqueConstraint("purpose", "version", name="uq_data_key_purpose_version"),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(length=43), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("algorithm", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_key"),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=48), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=96), nullable=False),
        sa.Column("object", sa.String(length=96), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )


def _create_accounts() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("id_kind", sa.String(length=43), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("id_number_digest", name="uq_person_id_number_digest"),
        sa.UniqueConstraint("mobile_digest", name="uq_person_mobile_digest"),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("person_id", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=43), nullable=False),
        sa.Column("label", sa.String(length=43), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_credential_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
        sa.UniqueConstraint("person_id", "kind", "label", name="uq_credential_person_id_kind_label"),
    )


def _create_applications() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=False),
        sa.Column("department_en", sa.String(length=120), nullable=False),
        sa.Column("home_url", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
    )
    op.create_table(
        "oauth_client",
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("client_secret_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("token_endpoint_auth_method", sa.String(length=40), nullable=False),
        sa.Column("redirect_uris", sa.JSON(), nullable=False),
        sa.Column("post_logout_redirect_uris", sa.JSON(), nullable=False),
        sa.Column("grant_types", sa.JSON(), nullable=False),
        sa.Column("scope", sa.String(length=400), nullable=False),
        sa.Column("optional_scope", sa.String(length=400), nullable=False),
        sa.Column("scope_purpose", sa.JSON(), nullable=False),
        sa.Column("jwks", sa.JSON(), nullable=True),
        sa.Column("jwks_uri", sa.String(length=400), nullable=True),
        sa.Column("id_token_signed_response_alg", sa.String(length=24), nullable=False),
        sa.Column("access_token_signed_response_alg", sa.String(length=24), nullable=False),
        sa.Column("sector_identifier", sa.String(length=200), nullable=False),
        sa.Column("backchannel_logout_uri", sa.String(length=400), nullable=True),
        sa.Column("may_introspect", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name="fk_oauth_client_application_id_application"
        ),
        sa.PrimaryKeyConstraint("client_id", name="pk_oauth_client"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sso_session",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("cookie_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=43), nullable=False),
        sa.Column("acr", sa.String(length=64), nullable=False),
        sa.Column("amr", sa.String(length=64), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_for", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sso_session_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_sso_session"),
        sa.UniqueConstraint("cookie_digest", name="uq_sso_session_cookie_digest"),
    )
    op.create_table(
        "session_participant",
        sa.Column("session_id", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sso_session.id"], name="fk_session_participant_session_id_sso_session"
        ),
        sa.PrimaryKeyConstraint("session_id", "client_id", name="pk_session_participant"),
    )
    op.create_table(
        "consent",
        sa.Column("person_id", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=400), nullable=False),
        sa.Column("seen_scope", sa.String(length=400), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_consent_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "client_id", name="pk_consent"),
    )
    op.create_table(
        "logout_delivery",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("session_id", sa.String(length=43), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=43), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("last_result", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_logout_delivery"),
        sa.UniqueConstraint("session_id", "client_id", name="uq_logout_delivery_session_id_client_id"),
    )


def _create_tokens() -> None:
    op.create_table(
        "token_family",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=43), nullable=False),
        sa.Column("session_id", sa.String(length=43), nullable=False),
        sa.Column("scope", sa.String(length=400), nullable=False),
        sa.Column("auth_time", sa.BigInteger(), nullable=False),
        sa.Column("acr", sa.String(length=64), nullable=False),
        sa.Column("amr", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=256), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_for", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_token_family"),
        sa.UniqueConstraint("code_digest", name="uq_token_family_code_digest"),
    )
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("family_id", sa.String(length=43), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"], ["token_family.id"], name="fk_refresh_token_family_id_token_family"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_refresh_token"),
    )
    op.create_table(
        "revoked_token",
        sa.Column("jti", sa.String(length=43), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("jti", name="pk_revoked_token"),
    )
