"""The device grant (RFC 8628 §3.4, §3.5)."""

from typing import Final

from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.base import GrantParts, GrantRequest
from idp.oauth.tokens.device_code import DeviceState

DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
NOT_VALID: Final = "the device code is unknown, used, or not this client's"


class DeviceCodeGrant:
    """Answers a waiting machine; what its person approved is redeemed once, as an authorization code is."""

    def __init__(self, parts: GrantParts) -> None:
        self._parts = parts
        self._codes = AuthorizationCodeGrant(parts)

    def answer(self, asked: GrantRequest) -> dict[str, object]:
        devices, device_code = self._parts.devices, asked.required("device_code")
        held = devices.find(device_code)
        if held is None or held.value.client_id != asked.client.client_id:
            raise OAuthRefused(OAuthCode.INVALID_GRANT, NOT_VALID)
        grant = held.value
        if grant.state is DeviceState.SPENT:
            raise OAuthRefused(OAuthCode.INVALID_GRANT, NOT_VALID, "replayed")
        if grant.state is DeviceState.DENIED:
            raise OAuthRefused(OAuthCode.ACCESS_DENIED, "the person did not agree")
        if devices.is_over(grant):
            raise OAuthRefused(OAuthCode.EXPIRED_TOKEN, "the device code is over")
        if not devices.polled(held):
            raise OAuthRefused(OAuthCode.SLOW_DOWN, "polled before the interval was over")
        if grant.state is not DeviceState.APPROVED:
            raise OAuthRefused(OAuthCode.AUTHORIZATION_PENDING, "the person has not answered yet")
        return self._approved(device_code, asked)

    def _approved(self, device_code: str, asked: GrantRequest) -> dict[str, object]:
        held = self._parts.devices.find(device_code)
        code = self._parts.codes.find(held.value.code) if held is not None and held.value.code else None
        if held is None or code is None:
            raise OAuthRefused(OAuthCode.EXPIRED_TOKEN, "the approval is over")
        self._parts.issue.check_id_token(asked.client)
        if not self._parts.devices.spend(held) or not self._parts.codes.spend(code):
            raise OAuthRefused(OAuthCode.INVALID_GRANT, NOT_VALID, "replayed")
        scope = frozenset(code.value.scope.split())
        return self._codes.redeem(code.value, held.value.code, asked, scope)
