"""A desk with USB keys: a provider that trusts an authority whose list lies on a server of its own, and keys in software."""

import base64
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson

from crypto.x509.certificate import Certificate
from crypto.x509.private_key import SoftwareKey
from idp.clock import instant
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider, SqliteTemplate
from tests.support.ukey_certificates import PERSON_OID, KeyCa, Said, sm2_spki


@dataclass
class Desk:
    """A provider that trusts an authority, whose list lies on a server of its own."""

    provider: Provider
    ca: KeyCa
    lists: str

    def certificate(self, person: MadePerson, key: SoftwareKey, **said: object) -> Certificate:
        """A certificate of a person's key."""
        values = {"identities": ((PERSON_OID, person.id_number),), "crl": self.lists, **said}
        return self.ca.issue(sm2_spki(key), Said(**values))  # type: ignore[arg-type]


@contextmanager
def desk_of(directory: Path, template: SqliteTemplate, **environment: str) -> Iterator[Desk]:
    """A desk whose provider has the given settings too, until the block ends."""
    given = {**template.copy(directory), **environment}
    plain = Provider(given)
    ca = KeyCa(instant(plain.clock))
    plain.close()
    anchors = directory / "anchors.pem"
    anchors.write_text(ca.certificate.pem(), encoding="ascii")
    rules = [{"issuer": ca.certificate.subject.text, "rules": [{"oid": PERSON_OID}]}]
    settings = {"YIHAO_UKEY__ANCHORS": str(anchors), "YIHAO_UKEY__IDENTITIES": orjson.dumps(rules).decode()}
    provider = Provider({**given, **settings})
    with _lists(ca, provider) as address:
        yield Desk(provider, ca, address)
    provider.close()


def signed(browser: Browser, key: SoftwareKey, certificate: Certificate) -> dict[str, str]:
    """The fields of the page's form as the helper fills them."""
    line = re.search(r'data-text="([^"]+)"', browser.page)
    assert line is not None
    signature = key.sign(unescape(line.group(1)).encode())
    # Rows of bound certificates have forms of their own before this one.
    form = browser.page[browser.page.index("<form", browser.page.rindex("<form", 0, line.start())) :]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.partition("</form>")[0])
    return {
        **{name: unescape(value) for name, value in hidden},
        "certificate": base64.b64encode(certificate.der).decode(),
        "signature": base64.b64encode(signature).decode(),
    }


@contextmanager
def _lists(ca: KeyCa, provider: Provider) -> Iterator[str]:
    """A server that gives out the authority's list."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = ca.crl(instant(provider.clock))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/list.crl"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
