"""What operators see of sign-ins and tokens in the metrics: outcomes, never persons."""

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider


def test_sign_ins_and_tokens_are_counted_by_outcome(provider: Provider) -> None:
    """A miss, a mistyped number, a sign-in, a code and a replay each raise their own counter."""
    person = provider.make.person()
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open(party.authorize_url())
    browser.submit(identifier="123", password="x")
    browser.sign_in(person, "wrong")
    browser.sign_in(person).allow()
    code = party.answer(browser)["code"]
    party.redeem(code)
    party.redeem(code)
    shown = provider.services.foundation.metrics.render().decode()
    for line in (
        'yihao_signins_total{outcome="mistyped"} 1.0',
        'yihao_signins_total{outcome="refused"} 1.0',
        'yihao_signins_total{outcome="accepted"} 1.0',
        'yihao_tokens_total{grant="authorization_code",outcome="issued"} 1.0',
        'yihao_tokens_total{grant="authorization_code",outcome="invalid_grant"} 1.0',
    ):
        assert line in shown
    assert person.id_number not in shown
