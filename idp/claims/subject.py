"""Pairwise subjects (OpenID Connect Core §8.1): stable per person and sector, unlinkable between sectors."""

import base64

from crypto.sm.sm3 import hmac_sm3


class Subjects:
    """Computes `sub` from the person and the client's sector; nothing is stored."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def pairwise(self, person_id: str, sector_identifier: str) -> str:
        """43 characters of base64url."""
        mac = hmac_sm3(self._key, f"{sector_identifier}|{person_id}".encode())
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
