"""The grant types of the token endpoint; discovery lists them from here."""

from collections.abc import Callable, Mapping

from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.base import Grant, GrantParts
from idp.oauth.grants.client_credentials import ClientCredentialsGrant
from idp.oauth.grants.device_code import DEVICE_CODE, DeviceCodeGrant
from idp.oauth.grants.refresh_token import RefreshTokenGrant

GRANTS: Mapping[str, Callable[[GrantParts], Grant]] = {
    "authorization_code": AuthorizationCodeGrant,
    "refresh_token": RefreshTokenGrant,
    "client_credentials": ClientCredentialsGrant,
    DEVICE_CODE: DeviceCodeGrant,
}
