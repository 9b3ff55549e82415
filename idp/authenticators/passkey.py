"""Passkeys (Web Authentication Level 3): registered, asserted, listed, removed. The checks of a response are py_webauthn's.

challenge ──answered by this browser, taken──▶ gone, whatever the answer was ──expires (5 minutes)

A passkey always verifies its user. One that is attested by a maker on the list and never leaves its device is bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_attestation_object,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from crypto.sm import sm3
from crypto.tokens import random_bytes
from crypto.x509.attestation import attested_model, one_by_one
from idp.authenticators.evidence import Way
from idp.authenticators.settings import PasskeySettings
from idp.authenticators.store import Credential, CredentialStore, Means
from idp.clock import Clock, instant
from idp.ephemeral.box import Box
from idp.storage.engine import Db

SECONDS: Final = 300
MOST: Final = 20
"""How many passkeys one person may have."""
LONGEST_NAME: Final = 40
ADD: Final = "add"
SIGN_IN: Final = "sign_in"
KINDS: Final = (Way.PASSKEY.value, Way.BOUND_PASSKEY.value)


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """A question put to one browser for one purpose, about one person where that is known."""

    browser: str
    purpose: str
    person_id: str | None
    challenge: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge by its id, and the options that a browser takes (WebAuthn §5.4, §5.5) as JSON can carry them."""

    id: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PasskeyProved:
    """The assertion is right, and by whose passkey."""

    person_id: str
    way: Way


@dataclass(frozen=True, slots=True)
class PasskeyUnknown:
    """Nobody has this passkey here, or has it no more: the browser may be told to forget it (WebAuthn §5.1.10)."""

    credential_id: str


@dataclass(frozen=True, slots=True)
class PasskeyRefused:
    """The response proves nothing; `why` is for the log."""

    why: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of a person as the account centre shows it."""

    id: str
    credential_id: str
    name: str
    is_bound: bool
    is_backed_up: bool
    added_at: datetime
    last_used_at: datetime | None


class Passkeys:
    """All acts on passkeys, for the relying party that the issuer names."""

    def __init__(
        self,
        issuer: str,
        name: str,
        credentials: CredentialStore,
        box: Box[PasskeyChallenge],
        settings: PasskeySettings,
        clock: Clock,
    ) -> None:
        self._clock = clock
        parts = urlsplit(issuer)
        self.rp_id = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc.lower()}"
        self._name = name
        self._credentials = credentials
        self._box = box
        self._settings = settings

    @property
    def is_possible(self) -> bool:
        """Whether browsers make passkeys for this issuer: its host has a name (WebAuthn §5.1.3, effective domain)."""
        try:
            ip_address(self.rp_id.strip("[]"))
        except ValueError:
            return bool(self.rp_id)
        return False

    def ask(self, db: Db, browser: str, person_id: str | None = None) -> Asked:
        """Ask for an assertion: by any passkey that the browser knows, or by one of a person's."""
        challenge = random_bytes(32)
        known = self._of(db, person_id) if person_id else []
        options = webauthn.generate_authentication_options(
            rp_id=self.rp_id,
            challenge=challenge,
            timeout=SECONDS * 1000,
            allow_credentials=[_descriptor(one) for one in known] or None,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        kept = PasskeyChallenge(browser, SIGN_IN, person_id, bytes_to_base64url(challenge))
        return Asked(self._box.new(kept), options_to_json_dict(options))

    def check(
        self, db: Db, challenge_id: str, browser: str, response: str
    ) -> PasskeyProved | PasskeyUnknown | PasskeyRefused:
        """Whether a response answers a challenge of this browser (WebAuthn §7.2). The challenge is gone afterwards."""
        asked = self._taken(challenge_id, browser, SIGN_IN)
        if asked is None:
            return PasskeyRefused("challenge")
        parsed = _parsed(response)
        if parsed is None:
            return PasskeyRefused("malformed")
        raw_id = parsed["id"]
        credential = self._credentials.find_by_handle(db, handle_of(raw_id))
        if credential is None:
            return PasskeyUnknown(raw_id)
        if asked.person_id not in {None, credential.person_id}:
            return PasskeyRefused("other_person")
        return self._verified(db, asked, parsed, credential)

    def ask_to_add(self, db: Db, browser: str, person_id: str, shown_name: str) -> Asked | None:
        """Ask for a new passkey; None when the person has as many as may be. `shown_name` is masked."""
        known = self._of(db, person_id)
        if len(known) >= MOST:
            return None
        challenge = random_bytes(32)
        options = webauthn.generate_registration_options(
            rp_id=self.rp_id,
            rp_name=self._name,
            user_id=sm3.digest(f"webauthn|{person_id}".encode()),
            user_name=shown_name,
            user_display_name=shown_name,
            challenge=challenge,
            timeout=SECONDS * 1000,
            attestation=AttestationConveyancePreference.DIRECT
            if self._settings.roots
            else AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[_descriptor(one) for one in known],
        )
        kept = PasskeyChallenge(browser, ADD, person_id, bytes_to_base64url(challenge))
        return Asked(self._box.new(kept), options_to_json_dict(options))

    def add(
        self,
        db: Db,
        challenge_id: str,
        browser: str,
        person_id: str,
        response: str,
        name: str,
        now: datetime,
    ) -> Passkey | PasskeyRefused:
        """Give a person the passkey that a response brings (WebAuthn §7.1). Raises Conflict when somebody has it."""
        asked = self._taken(challenge_id, browser, ADD)
        if asked is None or asked.person_id != person_id:
            return PasskeyRefused("challenge")
        parsed = _parsed(response)
        made = self._registered(asked, parsed) if parsed is not None else None
        if parsed is None or made is None:
            return PasskeyRefused("response")
        verified, is_attested = made
        name = name[:LONGEST_NAME]
        is_bound = is_attested and verified.credential_device_type is CredentialDeviceType.SINGLE_DEVICE
        if self._settings.only_listed and not is_bound:
            return PasskeyRefused("not_listed")
        kind = Way.BOUND_PASSKEY.value if is_bound else Way.PASSKEY.value
        raw_id = bytes_to_base64url(verified.credential_id)
        secret = {
            "id": raw_id,
            "key": bytes_to_base64url(verified.credential_public_key),
            "count": verified.sign_count,
            "aaguid": verified.aaguid,
            "is_backed_up": verified.credential_backed_up,
            "name": name,
        }
        row = self._credentials.row(
            kind, person_id, orjson.dumps(secret).decode(), now, raw_id[:43], handle_of(raw_id)
        )
        self._credentials.add_rows(db, [row])
        return Passkey(row["id"], raw_id, name, is_bound, verified.credential_backed_up, now, None)

    def list_of(self, db: Db, person_id: str) -> list[Passkey]:
        """A person's passkeys, oldest first."""
        means = {one.id: one for one in self._credentials.list_means(db, person_id)}
        return [_shown(one, means[one.id]) for one in self._of(db, person_id)]

    def rename(self, db: Db, person_id: str, passkey_id: str, name: str, now: datetime) -> bool:
        """Call a passkey otherwise; false when the person has no such passkey."""
        credential = self._own(db, person_id, passkey_id)
        if credential is None or not name:
            return False
        secret = {**orjson.loads(credential.secret), "name": name[:LONGEST_NAME]}
        self._credentials.replace_secret(db, credential, orjson.dumps(secret).decode(), now)
        return True

    def remove(self, db: Db, person_id: str, passkey_id: str) -> str | None:
        """Take a passkey away and give its credential id, which the browser is told; None when there is no such one."""
        credential = self._own(db, person_id, passkey_id)
        if credential is None or not self._credentials.remove(db, person_id, passkey_id):
            return None
        return str(orjson.loads(credential.secret)["id"])

    def _own(self, db: Db, person_id: str, passkey_id: str) -> Credential | None:
        return next((one for one in self._of(db, person_id) if one.id == passkey_id), None)

    def _of(self, db: Db, person_id: str) -> list[Credential]:
        return [one for kind in KINDS for one in self._credentials.list_kind(db, person_id, kind)]

    def _taken(self, challenge_id: str, browser: str, purpose: str) -> PasskeyChallenge | None:
        asked = self._box.take(challenge_id) if browser else None
        is_ours = asked is not None and asked.browser == browser and asked.purpose == purpose
        return asked if is_ours else None

    def _verified(
        self, db: Db, asked: PasskeyChallenge, parsed: Mapping[str, Any], credential: Credential
    ) -> PasskeyProved | PasskeyRefused:
        secret = orjson.loads(credential.secret)
        try:
            verified = webauthn.verify_authentication_response(
                credential=dict(parsed),
                expected_challenge=base64url_to_bytes(asked.challenge),
                expected_rp_id=self.rp_id,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(secret["key"]),
                credential_current_sign_count=secret["count"],
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError):
            # py_webauthn decodes some members before it checks them, and lets the decoder's error through.
            return PasskeyRefused("assertion")
        if not _is_of(parsed, credential.person_id):
            return PasskeyRefused("user_handle")
        secret |= {"count": verified.new_sign_count, "is_backed_up": verified.credential_backed_up}
        self._credentials.replace_used(db, credential, orjson.dumps(secret).decode(), instant(self._clock))
        return PasskeyProved(credential.person_id, Way(credential.kind))

    def _registered(
        self, asked: PasskeyChallenge, parsed: Mapping[str, Any]
    ) -> tuple[VerifiedRegistration, bool] | None:
        """The new key, and whether a maker on the list vouches for it; None where the response is not right.

        Only a `packed` statement with a certificate is a maker's word (WebAuthn §8.2): `none` and self attestation prove
        nothing about the device, and for other formats py_webauthn trusts roots of its own beside ours.
        """
        if self._settings.roots:
            roots = {AttestationFormat.PACKED: one_by_one(self._settings.roots)}
            attested = self._verify(asked, parsed, roots)
            if attested is not None and self._is_vouched(attested):
                return attested, True
        plain = self._verify(asked, parsed, None)
        return (plain, False) if plain is not None else None

    def _is_vouched(self, attested: VerifiedRegistration) -> bool:
        """Whether the certificate, whose chain has been checked, speaks for the listed model that the device says it is."""
        whole = parse_attestation_object(attested.attestation_object)
        chain = whole.att_stmt.x5c
        if whole.fmt != AttestationFormat.PACKED or not chain:
            return False
        model = UUID(attested.aaguid)
        is_listed = str(model) in {listed.lower() for listed in self._settings.listed}
        return is_listed and attested_model(chain[0]) == model.bytes

    def _verify(
        self,
        asked: PasskeyChallenge,
        parsed: Mapping[str, Any],
        roots: Mapping[AttestationFormat, list[bytes]] | None,
    ) -> VerifiedRegistration | None:
        try:
            return webauthn.verify_registration_response(
                credential=dict(parsed),
                expected_challenge=base64url_to_bytes(asked.challenge),
                expected_rp_id=self.rp_id,
                expected_origin=self._origin,
                require_user_verification=True,
                pem_root_certs_bytes_by_fmt=roots,
            )
        except (WebAuthnException, ValueError):
            return None


def handle_of(raw_id: str) -> bytes:
    """The digest by which a passkey is found from the id that a browser sends."""
    return sm3.digest(raw_id.encode())


def _parsed(response: str) -> dict[str, Any] | None:
    """A response as a mapping with a textual `id`, made in our own page and not in another's frame; None otherwise."""
    try:
        parsed = orjson.loads(response)
        client_data = orjson.loads(base64url_to_bytes(parsed["response"]["clientDataJSON"]))
    except (ValueError, KeyError, TypeError):
        return None
    is_whole = (
        isinstance(parsed, dict) and isinstance(parsed.get("id"), str) and isinstance(client_data, dict)
    )
    return parsed if is_whole and client_data.get("crossOrigin") in {None, False} else None


def _is_of(parsed: Mapping[str, Any], person_id: str) -> bool:
    """Whether the user handle, where the response has one, is the person's (WebAuthn §7.2 step 6)."""
    given = parsed["response"].get("userHandle")
    return given is None or given == bytes_to_base64url(sm3.digest(f"webauthn|{person_id}".encode()))


def _descriptor(credential: Credential) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(orjson.loads(credential.secret)["id"]))


def _shown(credential: Credential, means: Means) -> Passkey:
    secret = orjson.loads(credential.secret)
    return Passkey(
        credential.id,
        secret["id"],
        secret["name"],
        credential.kind == Way.BOUND_PASSKEY.value,
        secret["is_backed_up"],
        means.created_at,
        means.last_used_at,
    )
