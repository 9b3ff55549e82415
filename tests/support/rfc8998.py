"""A small gateway that ends TLS 1.3 under national cryptography (RFC 8998), and a caller that speaks it.

Both are pyOpenSSL over the OpenSSL 4 that `cryptography` brings along: TLS_SM4_GCM_SM3, the group curveSM2, the
signature sm2sig_sm3, and SM2 certificates on both sides. For tests only: one request per connection.
"""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from OpenSSL._util import lib

from tests.support.openssl_ca import Pair

SUITE: Final = "TLS_SM4_GCM_SM3"
GROUP: Final = "curveSM2"
SIGNATURE: Final = "sm2sig_sm3"
SECONDS: Final = 10.0
LIMIT: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, body, and what the handshake agreed on."""

    status: int
    body: bytes
    version: str
    suite: str
    group: str


@contextmanager
def gateway(server: Pair, client_root: Pair, upstream: int, header: str = "Client-Cert") -> Iterator[int]:
    """A gateway in front of port `upstream` until the block ends; gives its port on 127.0.0.1.

    It takes callers without a certificate and those with one of `client_root`, whose certificate it hands on in
    `header` as a Byte Sequence (RFC 9440 §2.1), and drops every spelling of that header that a caller sends.
    """
    context = _context(server)
    context.load_verify_locations(str(client_root.certificate))
    context.set_verify(SSL.VERIFY_PEER, _as_checked)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        ended = threading.Event()
        arguments = (listener, context, upstream, header, ended)
        thread = threading.Thread(target=_serve, args=arguments)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def call(port: int, root: Pair, path: str, client: Pair | None = None, headers: str = "") -> Answer:
    """GET `path` from the gateway; `headers` are whole lines. Raises SSL.Error when the handshake is refused."""
    context = _context(client)
    context.load_verify_locations(str(root.certificate))
    context.set_verify(SSL.VERIFY_PEER, _as_checked)
    plain = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
    plain.settimeout(None)
    with plain:
        tls = SSL.Connection(context, plain)
        tls.set_connect_state()
        tls.do_handshake()
        tls.sendall(f"GET {path} HTTP/1.1\r\nHost: id.province.test\r\n{headers}\r\n".encode("ascii"))
        head, _, body = _read_all(tls).partition(b"\r\n\r\n")
        status = int(head.split(b" ")[1])
        return Answer(
            status,
            body,
            tls.get_protocol_version_name(),
            tls.get_cipher_name() or "",
            tls.get_group_name() or "",
        )


def _context(pair: Pair | None) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(SUITE.encode())
    # pyOpenSSL has no public call for these two lists.
    assert lib.SSL_CTX_set1_curves_list(context._context, GROUP.encode()) == 1
    assert lib.SSL_CTX_set1_sigalgs_list(context._context, SIGNATURE.encode()) == 1
    if pair is not None:
        context.use_certificate_file(str(pair.certificate))
        context.use_privatekey_file(str(pair.key))
        context.check_privatekey()
    return context


def _as_checked(_connection: object, _certificate: object, _error: int, _depth: int, is_good: int) -> bool:
    return bool(is_good)


def _serve(
    listener: socket.socket, context: SSL.Context, upstream: int, header: str, ended: threading.Event
) -> None:
    while not ended.is_set():
        try:
            plain, (address, _) = listener.accept()
        except TimeoutError:
            continue
        with plain:
            plain.settimeout(None)
            tls = SSL.Connection(context, plain)
            tls.set_accept_state()
            try:
                tls.do_handshake()
                tls.sendall(_forward(_request(tls), tls, upstream, header, address))
                tls.shutdown()
            except (SSL.Error, OSError):
                # A caller who is refused or goes away ends his own connection only.
                continue


def _request(tls: SSL.Connection) -> bytes:
    """The head of a request without a body."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < LIMIT:
        head += tls.recv(16384)
    return head


def _forward(head: bytes, tls: SSL.Connection, upstream: int, header: str, address: str) -> bytes:
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    dropped = {header.lower(), "x-forwarded-for", "forwarded", "connection"}
    kept = [line for line in lines if _spelt(line) not in dropped]
    certificate = tls.get_peer_certificate(as_cryptography=True)
    if certificate is not None:
        der = base64.b64encode(certificate.public_bytes(Encoding.DER))
        kept.append(header.encode() + b": :" + der + b":")
    kept += [b"X-Forwarded-For: " + address.encode(), b"Connection: close"]
    with socket.create_connection(("127.0.0.1", upstream), timeout=SECONDS) as behind:
        behind.sendall(b"\r\n".join([first, *kept, b"", b""]))
        answer = b""
        while chunk := behind.recv(65536):
            answer += chunk
    return answer


def _spelt(line: bytes) -> str:
    """A header's name as WSGI would understand it."""
    return line.partition(b":")[0].decode("latin-1").strip().lower().replace("_", "-")


def _read_all(tls: SSL.Connection) -> bytes:
    answer = b""
    while True:
        try:
            answer += tls.recv(65536)
        except SSL.ZeroReturnError:
            return answer
