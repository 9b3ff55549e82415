"""Client authentication by private_key_jwt."""

import hashlib
import hmac
from typing import Any

import orjson
import pytest

from crypto.errors import TokenRejected
from idp.ephemeral.box import Box
from idp.oauth.clients.assertion import ALGORITHMS, TYPE, Assertions, UsedAssertion
from idp.oauth.clients.keys import ClientKeys
from idp.outbound import OutboundFailed
from tests.idp.oauth.foreign_keys import MAKERS, ForeignKey, encoded, es256
from tests.idp.oauth.house import ISSUER, House, Response

JWKS_URI = "https://app.example.test/jwks.json"
TOKEN_ENDPOINT = f"{ISSUER}/oauth/token"


@pytest.fixture(scope="module")
def key() -> ForeignKey:
    """The registered key of the client `one`."""
    return es256()


@pytest.fixture(autouse=True)
def client(house: House, key: ForeignKey) -> None:
    """A client with a registered key."""
    _add(house, "one", jwks={"keys": [key.jwk]})


@pytest.mark.clause("RFC 7523", "3")
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_listed_algorithm_proves_a_client(house: House, alg: str) -> None:
    """What discovery lists is accepted, and only under a key made for it."""
    key = MAKERS[alg]()
    _add(house, "two", jwks={"keys": [key.jwk]})
    assert _call(house, key.token(_claims(house, "two"))).status == 200


@pytest.mark.clause("RFC 7523", "3")
@pytest.mark.parametrize(
    "aud", [ISSUER, TOKEN_ENDPOINT, [TOKEN_ENDPOINT], ["https://other.example.test", ISSUER]]
)
def test_an_assertion_names_the_issuer_or_the_token_endpoint(house: House, key: ForeignKey, aud: Any) -> None:
    """Both addresses are taken, alone or in a list."""
    assert _call(house, key.token(_claims(house, "one") | {"aud": aud})).status == 200


@pytest.mark.clause("RFC 7523", "3")
@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example.test"},
        {"aud": ISSUER + "/"},
        {"aud": [[ISSUER]]},
        {"aud": None},
        {"iss": "two"},
        {"iss": None},
        {"exp": 0},
        {"exp": 301 + 6},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 60},
        {"jti": None},
        {"jti": ""},
        {"jti": "j" * 257},
        {"jti": 7},
    ],
)
def test_a_claim_that_does_not_hold_refuses(house: House, key: ForeignKey, changes: dict[str, Any]) -> None:
    """Audience, issuer, life of at most five minutes and identifier must all be there and right."""
    claims = _claims(house, "one")
    for name, value in changes.items():
        is_time = name in {"exp", "nbf"} and isinstance(value, int)
        claims[name] = int(house.clock.now) + value - 6 * (value == 0) if is_time else value
    _refused(_call(house, key.token({name: value for name, value in claims.items() if value is not None})))


@pytest.mark.sec("SEC-06")
def test_a_client_cannot_speak_for_another(house: House, key: ForeignKey) -> None:
    """A subject signed by a foreign key, and a client_id beside a foreign subject, are refused."""
    other = es256("other")
    _add(house, "two", jwks={"keys": [other.jwk]})
    _refused(_call(house, key.token(_claims(house, "two"))))
    _refused(_call(house, key.token(_claims(house, "one") | {"sub": "two"})))
    _refused(_call(house, key.token(_claims(house, "one")), client_id="two"))


@pytest.mark.sec("SEC-06")
def test_issuer_and_subject_must_both_be_the_client(house: House, key: ForeignKey) -> None:
    """An assertion of a client about somebody else proves nothing, whoever chose the client."""
    used = Box(house.store, house.sealer, house.lookup, "used", UsedAssertion, 300)
    assertions = Assertions(ClientKeys(lambda _: None, house.clock), used, frozenset({ISSUER}), house.clock)
    client = house.client("one")
    assertions.check(client, key.token(_claims(house, "one")))
    with pytest.raises(TokenRejected, match="subject"):
        assertions.check(client, key.token(_claims(house, "one") | {"sub": "two"}))


@pytest.mark.sec("SEC-07")
@pytest.mark.parametrize("house", ["sqlite", "postgresql"], indirect=True)
def test_an_assertion_is_used_once(house: House, key: ForeignKey) -> None:
    """The same identifier is refused until the assertion has expired, and only for that client."""
    other = es256("other")
    _add(house, "two", jwks={"keys": [other.jwk]})
    claims = _claims(house, "one") | {"jti": "once"}
    assert _call(house, key.token(claims)).status == 200
    _refused(_call(house, key.token(claims)))
    assert _call(house, other.token(_claims(house, "two") | {"jti": "once"})).status == 200
    reasons = [event.details["reason"] for event in house.events("client.refused")]
    assert reasons == ["replayed"]


@pytest.mark.sec("SEC-07")
def test_an_assertion_cannot_be_replayed_within_the_leeway(house: House, key: ForeignKey) -> None:
    """As long as clocks may differ, the identifier is remembered too."""
    claims = _claims(house, "one")
    assert _call(house, key.token(claims)).status == 200
    house.clock.now = claims["exp"] + 4
    _refused(_call(house, key.token(claims)))


@pytest.mark.sec("SEC-08")
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "HS256", "ES512", "ES256K", "", "es256"])
def test_an_unsigned_or_symmetric_assertion_is_refused(house: House, key: ForeignKey, alg: str) -> None:
    """Neither the absence of a signature nor a MAC with the public key proves anything."""
    token = key.token(_claims(house, "one"), alg=alg)
    signed = token.rpartition(".")[0]
    _refused(_call(house, token))
    _refused(_call(house, f"{signed}."))
    mac = hmac.new(orjson.dumps(key.jwk), signed.encode(), hashlib.sha256).digest()
    _refused(_call(house, f"{signed}.{encoded(mac)}"))


@pytest.mark.sec("SEC-08")
def test_a_token_cannot_bring_its_own_key(house: House) -> None:
    """Keys and addresses of keys in the header are refused, as is a key that is not registered."""
    stranger = es256("es256")
    claims = _claims(house, "one")
    _refused(_call(house, stranger.token(claims)))
    for header in (
        {"jwk": stranger.jwk},
        {"jku": JWKS_URI},
        {"x5u": JWKS_URI},
        {"x5c": ["MA=="]},
        {"crit": ["b64"], "b64": False},
    ):
        _refused(_call(house, stranger.token(claims, **header)))
    assert house.fetched == []


@pytest.mark.sec("SEC-38")
@pytest.mark.parametrize("typ", ["logout+jwt", "at+jwt", "oauth-authz-req+jwt", "dpop+jwt"])
def test_a_jwt_of_another_kind_is_no_assertion(house: House, key: ForeignKey, typ: str) -> None:
    """Something that the client signed for another purpose does not prove it here."""
    _refused(_call(house, key.token(_claims(house, "one"), typ=typ)))


@pytest.mark.sec("SEC-10")
@pytest.mark.parametrize("assertion", ["", "a.b", "a.b.c", "x" * 60_000, "....", "e30.e30.", "\u7801.e30.x"])
def test_rubbish_is_refused(house: House, assertion: str) -> None:
    """Whatever is no JWT is refused like a wrong one."""
    _refused(_call(house, assertion))


def test_another_assertion_type_is_refused(house: House, key: ForeignKey) -> None:
    """The type must be the registered one."""
    assertion = key.token(_claims(house, "one"))
    _refused(_call(house, assertion, client_assertion_type=TYPE + "x"))
    _refused(_call(house, assertion, client_assertion_type=""))


def test_keys_are_fetched_once_in_five_minutes(house: House, key: ForeignKey) -> None:
    """The address is read for the first assertion and again when five minutes are over."""
    _add(house, "two", jwks_uri=JWKS_URI)
    house.published[JWKS_URI] = {"keys": [key.jwk]}
    for _ in range(3):
        assert _call(house, key.token(_claims(house, "two"))).status == 200
    assert house.fetched == [JWKS_URI]
    house.clock.now += 300
    assert _call(house, key.token(_claims(house, "two"))).status == 200
    assert house.fetched == [JWKS_URI] * 2


@pytest.mark.sec("SEC-10")
def test_unknown_keys_cause_one_fetch_in_thirty_seconds(house: House, key: ForeignKey) -> None:
    """A flood of unknown key ids does not become a flood of calls, and a new key is found within half a minute."""
    _add(house, "two", jwks_uri=JWKS_URI)
    house.published[JWKS_URI] = {"keys": [key.jwk]}
    assert _call(house, key.token(_claims(house, "two"))).status == 200
    new = es256("new")
    house.published[JWKS_URI] = {"keys": [key.jwk, new.jwk]}
    for number in range(5):
        _refused(_call(house, new.token(_claims(house, "two"), kid=f"unknown-{number}")))
    assert house.fetched == [JWKS_URI]
    house.clock.now += 30
    assert _call(house, new.token(_claims(house, "two"))).status == 200
    assert house.fetched == [JWKS_URI] * 2


def test_keys_that_cannot_be_fetched_prove_nobody(house: House, key: ForeignKey) -> None:
    """While the address does not answer the client is refused without a call each time; later it is asked again."""
    _add(house, "two", jwks_uri=JWKS_URI)
    house.published[JWKS_URI] = OutboundFailed("time")
    for _ in range(3):
        _refused(_call(house, key.token(_claims(house, "two"))))
    assert house.fetched == [JWKS_URI]
    house.published[JWKS_URI] = {"keys": [key.jwk]}
    house.clock.now += 30
    assert _call(house, key.token(_claims(house, "two"))).status == 200


def test_keys_read_before_outlive_a_failed_fetch_until_their_time(house: House, key: ForeignKey) -> None:
    """A failed search for an unknown key does not take the known ones away; five minutes after reading they end."""
    _add(house, "two", jwks_uri=JWKS_URI)
    house.published[JWKS_URI] = {"keys": [key.jwk]}
    assert _call(house, key.token(_claims(house, "two"))).status == 200
    house.published[JWKS_URI] = OutboundFailed("time")
    house.clock.now += 60
    _refused(_call(house, es256("new").token(_claims(house, "two"))))
    assert _call(house, key.token(_claims(house, "two"))).status == 200
    house.clock.now += 240
    _refused(_call(house, key.token(_claims(house, "two"))))


@pytest.mark.parametrize("document", [[], {"keys": "x"}, {"keys": [{"kty": "oct", "k": "AA"}]}, None])
def test_a_published_set_that_is_none_proves_nobody(house: House, key: ForeignKey, document: object) -> None:
    """A broken or symmetric key set is treated like an address that does not answer."""
    _add(house, "two", jwks_uri=JWKS_URI)
    house.published[JWKS_URI] = document
    _refused(_call(house, key.token(_claims(house, "two"))))


def test_a_client_without_any_key_is_refused(house: House, key: ForeignKey) -> None:
    """Neither keys nor an address of keys: nothing can be proven."""
    _add(house, "two")
    _refused(_call(house, key.token(_claims(house, "two"))))


def _add(house: House, client_id: str, **changes: Any) -> None:
    method = {"token_endpoint_auth_method": "private_key_jwt", "client_secret_digest": None}
    house.add_client(client_id, **method, **changes)


def _claims(house: House, client_id: str) -> dict[str, Any]:
    now = int(house.clock.now)
    jti = f"jti-{next(_numbers)}"
    return {"iss": client_id, "sub": client_id, "aud": ISSUER, "exp": now + 60, "iat": now, "jti": jti}


_numbers = iter(range(1_000_000))


def _call(house: House, assertion: str, **more: str) -> Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": TYPE,
        "client_assertion": assertion,
    }
    return house.post("token", form | more)


def _refused(answer: Response) -> None:
    assert (answer.status, answer.error) == (401, "invalid_client")
    assert answer.json["error_description"] == "client authentication failed"
