"""Rows of OAuth clients; names of columns are those of RFC 7591 and OpenID Connect Registration."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped

from idp.storage.base import Base
from idp.storage.labels import Label, labelled
from idp.storage.types import Digest, Handle, Instant


class ClientRow(Base):
    """The OAuth face of an application."""

    __tablename__ = "oauth_client"

    client_id: Mapped[str] = labelled(Label.PUBLIC, String(64), primary_key=True)
    application_id: Mapped[str] = labelled(Label.PUBLIC, Handle, ForeignKey("application.id"), index=True)
    kind: Mapped[str] = labelled(Label.PUBLIC, String(16))
    client_secret_digest: Mapped[bytes | None] = labelled(Label.SECRET, Digest)
    token_endpoint_auth_method: Mapped[str] = labelled(Label.PUBLIC, String(40))
    redirect_uris: Mapped[list[str]] = labelled(Label.PUBLIC, JSON)
    post_logout_redirect_uris: Mapped[list[str]] = labelled(Label.PUBLIC, JSON)
    grant_types: Mapped[list[str]] = labelled(Label.PUBLIC, JSON)
    scope: Mapped[str] = labelled(Label.PUBLIC, String(400))
    optional_scope: Mapped[str] = labelled(Label.PUBLIC, String(400), default="")
    scope_purpose: Mapped[dict[str, Any]] = labelled(Label.PUBLIC, JSON)
    jwks: Mapped[dict[str, Any] | None] = labelled(Label.PUBLIC, JSON)
    jwks_uri: Mapped[str | None] = labelled(Label.PUBLIC, String(400))
    id_token_signed_response_alg: Mapped[str] = labelled(Label.PUBLIC, String(24))
    access_token_signed_response_alg: Mapped[str] = labelled(Label.PUBLIC, String(24))
    id_token_encrypted_response_alg: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    id_token_encrypted_response_enc: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    userinfo_signed_response_alg: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    userinfo_encrypted_response_alg: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    userinfo_encrypted_response_enc: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    introspection_signed_response_alg: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    introspection_encrypted_response_alg: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    introspection_encrypted_response_enc: Mapped[str | None] = labelled(Label.PUBLIC, String(24))
    jose_profile: Mapped[dict[str, Any]] = labelled(Label.PUBLIC, JSON, default=dict)
    sector_identifier: Mapped[str] = labelled(Label.PUBLIC, String(200))
    backchannel_logout_uri: Mapped[str | None] = labelled(Label.PUBLIC, String(400))
    capacities: Mapped[list[str]] = labelled(Label.PUBLIC, JSON, default=list)
    least_aal: Mapped[int] = labelled(Label.PUBLIC, default=1, server_default="1")
    least_ial: Mapped[int] = labelled(Label.PUBLIC, default=0, server_default="0")
    may_introspect: Mapped[bool] = labelled(Label.INTERNAL)
    created_at: Mapped[datetime] = labelled(Label.INTERNAL, Instant)
