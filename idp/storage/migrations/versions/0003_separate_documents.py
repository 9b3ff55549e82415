"""Give persons several documents, a history, holds and requests: numbers move from `person` to `person_document`.

Sealed numbers and digests move as they are, so that no key is needed; nodes of the version before must be stopped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = ("id_kind", "id_number", "id_number_digest", "id_number_digest_even")
TABLES = ("person_request", "person_hold", "person_change", "person_document")


def upgrade() -> None:
    """Forward."""
    _create_documents()
    _create_holds()
    columns = ", ".join(NUMBER)
    op.execute(
        f"INSERT INTO person_document (id, person_id, {columns}, standing, source, added_at) "  # noqa: S608 - constants
        f"SELECT id, id, {columns}, 'main', 'registration', created_at FROM person"
    )
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint("uq_person_id_number_digest", type_="unique")
        batch.drop_constraint("uq_person_id_number_digest_even", type_="unique")
        for column in NUMBER:
            batch.drop_column(column)
        batch.alter_column("name", existing_type=sa.LargeBinary(), nullable=True)
        batch.add_column(sa.Column("born", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("mobile_verified_at", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("level_until", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("level_next", sa.Integer(), server_default="0", nullable=False))
        batch.add_column(sa.Column("closes_at", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("merged_into", sa.String(43), nullable=True))
        batch.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch.create_index("ix_person_level_until", ["level_until"])
        batch.create_index("ix_person_closes_at", ["closes_at"])
        batch.create_foreign_key("fk_person_merged_into_person", "person", ["merged_into"], ["id"])


def downgrade() -> None:
    """Back to one number for each person; persons without one are closed and keep an empty one."""
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint("fk_person_merged_into_person", type_="foreignkey")
        batch.drop_index("ix_person_closes_at")
        batch.drop_index("ix_person_level_until")
        for column in (
            "born",
            "mobile_verified_at",
            "level_until",
            "level_next",
            "closes_at",
            "merged_into",
            "version",
        ):
            batch.drop_column(column)
        batch.add_column(sa.Column("id_kind", sa.String(43), nullable=False, server_default=""))
        batch.add_column(sa.Column("id_number", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("id_number_digest", sa.LargeBinary(32), nullable=True))
        batch.add_column(sa.Column("id_number_digest_even", sa.LargeBinary(32), nullable=True))
    for column in NUMBER:
        op.execute(
            f"UPDATE person SET {column} = COALESCE((SELECT {column} FROM person_document "  # noqa: S608 - constants
            f"WHERE person_id = person.id AND standing IN ('main', 'closed') ORDER BY standing DESC LIMIT 1), {column})"
        )
    op.execute("UPDATE person SET id_number = '' WHERE id_number IS NULL")
    op.execute("UPDATE person SET name = '' WHERE name IS NULL")
    op.execute("UPDATE person SET state = 'closed' WHERE state NOT IN ('active', 'frozen', 'closed')")
    with op.batch_alter_table("person") as batch:
        batch.alter_column("id_kind", existing_type=sa.String(43), server_default=None)
        batch.alter_column("id_number", existing_type=sa.LargeBinary(), nullable=False)
        batch.alter_column("name", existing_type=sa.LargeBinary(), nullable=False)
        batch.create_unique_constraint("uq_person_id_number_digest", ["id_number_digest"])
        batch.create_unique_constraint("uq_person_id_number_digest_even", ["id_number_digest_even"])
    for table in TABLES:
        op.drop_table(table)


def _create_documents() -> None:
    op.create_table(
        "person_document",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("id_kind", sa.String(43), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("id_number_digest_even", sa.LargeBinary(32), nullable=True),
        sa.Column("standing", sa.String(24), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(48), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_document_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_person_document"),
        sa.UniqueConstraint("id_number_digest", name="uq_person_document_id_number_digest"),
        sa.UniqueConstraint("id_number_digest_even", name="uq_person_document_id_number_digest_even"),
    )
    op.create_index("ix_person_document_person_id", "person_document", ["person_id"])
    op.create_index(
        "uq_person_document_main",
        "person_document",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("standing = 'main'"),
        postgresql_where=sa.text("standing = 'main'"),
    )
    op.create_table(
        "person_change",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.String(48), nullable=False),
        sa.Column("evidence_id", sa.String(43), nullable=True),
        sa.Column("actor", sa.String(96), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_change_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_person_change"),
    )
    op.create_index("ix_person_change_person_id", "person_change", ["person_id"])


def _create_holds() -> None:
    op.create_table(
        "person_hold",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(64), nullable=True),
        sa.Column("placed_by", sa.String(96), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.String(96), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_hold_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_person_hold"),
    )
    op.create_index("ix_person_hold_person_id", "person_hold", ["person_id"])
    op.create_table(
        "person_request",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.String(43), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("about", sa.String(96), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_request_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_person_request"),
        sa.UniqueConstraint("number", name="uq_person_request_number"),
    )
    op.create_index("ix_person_request_person_id", "person_request", ["person_id"])
