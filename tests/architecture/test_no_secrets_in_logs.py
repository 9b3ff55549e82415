"""No password, token, code or personal value is handed to a logger (style.md 38)."""

import pytest

from tests.architecture.log_rules import log_violations
from tests.architecture.source_tree import module_from_text, product_modules, refuse


def test_no_logger_call_is_handed_a_secret_or_a_built_event_name() -> None:
    """In the five packages every logger call names its event and gives fields that are no secret."""
    refuse(
        [line for module in product_modules() for line in log_violations(module)],
        "Logs name events and listed fields, no personal data, code, token or raw input (style.md 38)",
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("log.info('signed.in', who=id_number)", "hands id_number"),
        ("logger.warning('refused', value=form['password'])", 'hands "password"'),
        ("self._log.error('refused', value=request.args.get('code'))", 'hands "code"'),
        ("_log.debug('x', detail=str(access_token))", "hands access_token"),
        ("log.info('x', detail={'value': [client.client_secret]})", "hands client.client_secret"),
        ("structlog.get_logger().bind(person=person.name).info('x')", "hands person.name"),
        ("logging.getLogger('a').info('x %s', code_verifier)", "hands code_verifier"),
        ("log.info('x', extra={'mobile': f'{mobile}'})", "hands mobile"),
        ("log.info('x', password=value)", "a field called password"),
        ("log.info(f'signed.in.{kind}')", "event name is built"),
        ("log.info('signed.in.%s' % kind)", "event name is built"),
        ("audit_log.info('signed.in.{}'.format(kind))", "event name is built"),
    ],
)
def test_a_leaking_call_is_refused(source: str, words: str) -> None:
    """Each way to hand a secret to a logger is refused with its place and its name."""
    found = log_violations(module_from_text("idp/login/service.py", source))
    assert [line for line in found if line.startswith("idp/login/service.py:1: ") and words in line]


@pytest.mark.parametrize(
    "source",
    [
        "log.info('signed.in', method=method, client_id=client.client_id)",
        "log.warning('refused', code=error.code, status_code=400, token_kind=kind)",
        "log.info('job.done', job=job.name)",
        "log.info('sent', to=mask_mobile(mobile))",
        "math.log(code)",
        "catalogue.info(name)",
    ],
)
def test_a_clean_call_is_not_refused(source: str) -> None:
    """Listed fields, masked values, our own words and calls of other things pass."""
    assert log_violations(module_from_text("idp/login/service.py", source)) == []
