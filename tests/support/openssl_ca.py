"""Certificate authorities of a test, made by the `openssl` command, which shares no code with the product."""

import hashlib
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CURVES: Final = {"ec": "P-256", "sm2": "SM2"}
_DIGEST: Final[dict[str, tuple[str, ...]]] = {
    "ec": ("-sha256",),
    "sm2": ("-sm3", "-sigopt", "distid:1234567812345678"),
}
_CHECK: Final[dict[str, tuple[str, ...]]] = {"ec": (), "sm2": ("-vfyopt", "distid:1234567812345678")}
DAYS: Final = "7"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, both files in PEM."""

    certificate: Path
    key: Path

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return ssl.PEM_cert_to_DER_cert(self.certificate.read_text("ascii"))

    @property
    def sha256(self) -> str:
        """The hexadecimal SHA-256 of the certificate."""
        return hashlib.sha256(self.der).hexdigest()


class OpensslCa:
    """A root in `folder` that issues certificates; `kind` is `ec` (P-256, SHA-256) or `sm2` (SM2, SM3)."""

    def __init__(self, folder: Path, kind: str, name: str = "Test Root") -> None:
        folder.mkdir()
        self._folder = folder
        self._kind = kind
        self.root = Pair(folder / "root.pem", folder / "root.key")
        self._key(self.root.key)
        extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
        command: list[str | Path] = [
            "req",
            "-x509",
            "-new",
            "-key",
            self.root.key,
            *_DIGEST[kind],
            "-subj",
            f"/CN={name}",
        ]
        added = [word for extension in extensions for word in ("-addext", extension)]
        openssl(*command, *added, "-days", DAYS, "-out", self.root.certificate)

    def issue(self, name: str, usage: str) -> Pair:
        """A certificate of CN `name` for 127.0.0.1 and localhost; `usage` is serverAuth or clientAuth."""
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        self._key(pair.key)
        openssl(
            "req", "-new", "-key", pair.key, *_DIGEST[self._kind], "-subj", f"/CN={name}", "-out", request
        )
        extensions.write_text(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage={usage}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n"
        )
        signer: list[str | Path] = [
            "-CA",
            self.root.certificate,
            "-CAkey",
            self.root.key,
            "-CAcreateserial",
            "-days",
            DAYS,
        ]
        form: list[str | Path] = [*_DIGEST[self._kind], *_CHECK[self._kind], "-extfile", extensions]
        openssl("x509", "-req", "-in", request, *signer, *form, "-out", pair.certificate)
        return pair

    def _key(self, path: Path) -> None:
        curve = f"ec_paramgen_curve:{CURVES[self._kind]}"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", path)


def openssl(*arguments: str | Path) -> bytes:
    """What the command prints; its own words when it fails."""
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Parties:
    """Who meets at a gateway: its own pair, a department's, one of a root that nobody trusts, and the roots."""

    gateway: Pair
    gateway_root: Pair
    department: Pair
    department_root: Pair
    stranger: Pair


def parties(folder: Path, kind: str) -> Parties:
    """Fresh parties with keys of one kind, in `folder`."""
    servers, clients, strangers = (OpensslCa(folder / name, kind, name) for name in ("s", "c", "x"))
    return Parties(
        gateway=servers.issue("gateway", "serverAuth"),
        gateway_root=servers.root,
        department=clients.issue("department", "clientAuth"),
        department_root=clients.root,
        stranger=strangers.issue("department", "clientAuth"),
    )
