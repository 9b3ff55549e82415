"""Client authentication by secrets, and of public clients."""

import base64

import pytest

from tests.idp.oauth.house import SECRET, House, basic

CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.fixture(autouse=True)
def client(house: House) -> None:
    """A client for HTTP Basic."""
    house.add_client("one")


@pytest.mark.clause("RFC 6749", "2.3.1")
@pytest.mark.parametrize("client_id", ["with:colon", "with space", "100%", "部门", "a+b&c"])
def test_basic_credentials_are_form_encoded(house: House, client_id: str) -> None:
    """Whatever characters id and secret hold, an encoded pair is understood."""
    house.add_client(client_id)
    assert house.post("token", CREDENTIALS, basic(client_id)).status == 200


def test_a_secret_in_the_form_is_taken_from_a_client_registered_so(house: House) -> None:
    """client_secret_post works where it is registered."""
    house.add_client("two", token_endpoint_auth_method="client_secret_post")
    form = CREDENTIALS | {"client_id": "two", "client_secret": SECRET}
    assert house.post("token", form).status == 200


@pytest.mark.parametrize("method", ["client_secret_post", "private_key_jwt", "none"])
def test_the_right_secret_by_another_method_is_refused(house: House, method: str) -> None:
    """Exactly the registered method is taken, also when the secret is right."""
    house.add_client("two", token_endpoint_auth_method=method)
    assert house.post("token", CREDENTIALS, basic("two")).error == "invalid_client"
    house.change_client("one", token_endpoint_auth_method="client_secret_basic")
    form = CREDENTIALS | {"client_id": "one", "client_secret": SECRET}
    assert house.post("token", form).error == "invalid_client"


@pytest.mark.clause("RFC 6749", "2.3")
def test_two_methods_at_once_are_refused(house: House) -> None:
    """A request with two proofs is malformed, whichever of them is right."""
    both = [
        ({"client_id": "one", "client_secret": SECRET}, basic("one")),
        ({"client_assertion": "x"}, basic("one")),
        ({"client_assertion": "x", "client_id": "one", "client_secret": SECRET}, {}),
    ]
    for form, headers in both:
        answer = house.post("token", CREDENTIALS | form, headers)
        assert (answer.status, answer.error) == (400, "invalid_request")


@pytest.mark.sec("SEC-28")
def test_an_unknown_client_is_answered_like_a_wrong_secret(house: House) -> None:
    """Status, headers and body are the same, and neither says which it was."""
    house.add_client("secretless", client_secret_digest=None)
    answers = [
        house.post("token", CREDENTIALS, headers)
        for headers in (
            basic("one", "wrong"),
            basic("nobody"),
            basic("secretless", ""),
            basic("one", ""),
            basic("", ""),
        )
    ]
    assert {(answer.status, answer.body, tuple(answer.headers.items())) for answer in answers} == {
        (401, answers[0].body, tuple(answers[0].headers.items()))
    }
    assert answers[0].error == "invalid_client"
    reasons = [event.details["reason"] for event in house.events("client.refused")]
    assert set(reasons) == {"secret"}
    assert [event.object for event in house.events("client.refused")][:2] == ["client:one", "unknown"]


@pytest.mark.clause("RFC 6749", "5.2")
def test_the_challenge_answers_an_authorization_header_only(house: House) -> None:
    """With Basic a refusal names the scheme; without it there is none to name."""
    refused = house.post("token", CREDENTIALS, basic("one", "wrong"))
    assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert refused.headers["Cache-Control"] == "no-store"
    form = CREDENTIALS | {"client_id": "one", "client_secret": "wrong"}
    assert "WWW-Authenticate" not in house.post("token", form).headers


@pytest.mark.parametrize(
    "shown",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Basic " + base64.b64encode(b"%ff:x").decode(),
        "Basic é",
        "Basic " + "A" * 4096,
        "Bearer abc",
        "Digest x",
        "",
    ],
)
def test_an_unreadable_header_is_a_refusal(house: House, shown: str) -> None:
    """Anything but well-formed Basic credentials is refused, never an error of ours."""
    answer = house.post("token", CREDENTIALS, {"Authorization": shown})
    assert (answer.status, answer.error) == (401, "invalid_client")


def test_a_client_id_beside_the_header_must_be_the_same(house: House) -> None:
    """A second name in the form is tolerated only if it says the same."""
    assert house.post("token", CREDENTIALS | {"client_id": "one"}, basic("one")).status == 200
    assert house.post("token", CREDENTIALS | {"client_id": "two"}, basic("one")).error == "invalid_client"


def test_a_confidential_client_cannot_pass_as_public(house: House) -> None:
    """Its name alone proves nothing."""
    assert house.post("token", CREDENTIALS | {"client_id": "one"}).error == "invalid_client"
    assert house.post("token", CREDENTIALS).error == "invalid_client"


@pytest.mark.clause("RFC 6749", "4.4")
def test_a_public_client_has_no_client_credentials(house: House) -> None:
    """Who cannot keep a secret gets no token about itself."""
    house.add_client("spa", kind="spa", token_endpoint_auth_method="none", client_secret_digest=None)
    assert house.post("token", CREDENTIALS | {"client_id": "spa"}).error == "unauthorized_client"


@pytest.mark.sec("SEC-23")
def test_a_suspended_client_is_refused_within_two_seconds(house: House) -> None:
    """The right secret of a suspended application is worth nothing."""
    house.suspend("one")
    assert house.post("token", CREDENTIALS, basic("one")).error == "invalid_client"
    assert house.events("client.refused")[-1].details["reason"] == "disabled"


@pytest.mark.clause("RFC 6749", "4.4.3")
@pytest.mark.sec("SEC-38")
def test_client_credentials_give_what_no_person_must_grant(house: House) -> None:
    """The token is about the client; scopes of persons and of others are out of reach, and there is no refresh token."""
    body = house.post("token", CREDENTIALS, basic("one")).json
    assert sorted(body) == ["access_token", "expires_in", "scope", "token_type"]
    assert body["scope"] == "api:read"
    for scope in ("openid", "realname", "offline_access", "api:write", ""):
        refused = house.post("token", CREDENTIALS | {"scope": scope}, basic("one"))
        assert (refused.status, refused.error) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("{}", "application/json"),
        ("grant_type=client_credentials", "text/plain"),
        ("grant_type=client_credentials", ""),
        ("grant_type=%ff", "application/x-www-form-urlencoded"),
        ("grant_type=a%00b", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_refused(house: House, body: str, content_type: str) -> None:
    """Another content type, broken UTF-8 and NUL are malformed requests in the form of the protocol."""
    answer = house.post("token", body, basic("one") | {"Content-Type": content_type})
    assert (answer.status, answer.error) == (400, "invalid_request")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.sec("SEC-43")
def test_credentials_do_not_show_when_printed(house: House) -> None:
    """Neither the client nor what a caller showed carries a secret into a log line."""
    from idp.oauth.clients.authentication import read_credentials

    shown = read_credentials(basic("one")["Authorization"], {})
    assert SECRET not in repr(shown)
    assert "client_secret_digest" not in repr(house.client("one"))
