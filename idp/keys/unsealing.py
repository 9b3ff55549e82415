"""An officer's contribution to the key agent: the opened share, encrypted to the agent's one-time key and signed."""

from dataclasses import dataclass, field
from typing import Any

from crypto import base64url
from crypto.errors import ShareRefused
from crypto.keys import shares
from crypto.sm import sm3
from crypto.sm.sm2 import Sm2PrivateKey, Sm2PublicKey
from idp.errors import IdpError
from idp.keys.book import Book, share_context
from idp.keys.statement import canonical


class UnsealRefused(IdpError):
    """A share does not count; `reason` is the machine word.

    no_shares, stranger, removed, generation, stale, signature, duplicate, damaged, wrong, check_value, open, sealed,
    malformed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"unseal.{reason}", reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Contribution:
    """One officer's share on its way to the agent. The share is readable for the agent's one-time key only."""

    agent_key: bytes
    generation: int
    officer_id: str
    encrypted: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def as_json(self) -> dict[str, object]:
        """The form on the socket."""
        return {
            "agent_key": base64url.encode(self.agent_key),
            "generation": self.generation,
            "officer": self.officer_id,
            "encrypted": base64url.encode(self.encrypted),
            "signature": base64url.encode(self.signature),
        }


def read_contribution(value: dict[str, Any]) -> Contribution:
    """Read the form on the socket. Raises UnsealRefused("malformed")."""
    try:
        generation = value["generation"]
        if type(generation) is not int:
            raise TypeError("not a whole number")
        return Contribution(
            agent_key=base64url.decode(value["agent_key"]),
            generation=generation,
            officer_id=str(value["officer"]),
            encrypted=base64url.decode(value["encrypted"]),
            signature=base64url.decode(value["signature"]),
        )
    except (KeyError, TypeError, ValueError):
        raise UnsealRefused("malformed") from None


def signed_bytes(agent_key: bytes, generation: int, officer_id: str, encrypted: bytes) -> bytes:
    """What the officer signs, so that the share cannot be passed off for another's or sent again later."""
    return canonical(
        {
            "agent_key": base64url.encode(agent_key),
            "encrypted": sm3.digest(encrypted).hex(),
            "generation": generation,
            "officer": officer_id,
            "type": "yihao-share",
        }
    )


def contribute(key: Sm2PrivateKey, book: Book, agent_key: bytes) -> Contribution:
    """Open this officer's share and make it ready for the agent.

    Raises UnsealRefused: stranger for a key without a share, removed, damaged when the sealed share does not open.
    """
    holder = book.holder_of(key.public_key.raw)
    if holder is None:
        raise UnsealRefused("stranger")
    if holder.is_removed:
        raise UnsealRefused("removed")
    officer_id = holder.officer.id
    try:
        share = shares.open_with(
            key, holder.sealed, *share_context(book.ceremony_id, book.generation, officer_id)
        )
    except ShareRefused:
        raise UnsealRefused("damaged") from None
    encrypted = Sm2PublicKey(agent_key).encrypt(bytes(share))
    signature = key.sign(signed_bytes(agent_key, book.generation, officer_id, encrypted))
    return Contribution(agent_key, book.generation, officer_id, encrypted, signature)
