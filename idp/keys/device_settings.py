"""Settings of what keeps keys outside this process: an SDF device, a key service, and the service itself."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from crypto.keys.handle import Algorithm
from idp.settings import Section


class Pkcs11Settings(Section):
    """Section `pkcs11`: an HSM behind its vendor's PKCS#11 module."""

    module: Path | None = Field(None, description="The vendor's PKCS#11 module.")
    token: str = Field("", description="Label of the token.")
    pin: SecretStr = Field(SecretStr(""), description="User PIN of the token; from a secret file.")
    generation: int = Field(1, ge=1, le=65535, description="Generation of the token's wrapping key.")
    sessions: int = Field(8, ge=1, le=1024, description="Sessions that one process keeps busy at once.")


class SdfSettings(Section):
    """Section `sdf`: the domestic cryptographic device (GM/T 0018) behind its vendor's library."""

    library: Path | None = Field(None, description="The vendor's SDF library.")
    first_index: int = Field(1, ge=1, description="First key index whose pairs are for this provider.")
    last_index: int = Field(32, ge=1, description="Last such key index.")
    kek_index: int = Field(1, ge=1, description="Index of the SM4 key that wraps other keys.")
    earlier_kek_indexes: tuple[int, ...] = Field(
        (), description="Indexes of SM4 keys that still unwrap, after a change of `sdf.kek_index`."
    )
    password: SecretStr = Field(
        SecretStr(""), description="Access password of the private keys; from a secret file."
    )
    decryption: Literal["none", "short", "long"] = Field(
        "none",
        description="Form of SDF_InternalDecrypt_ECC in the vendor's header: `long` with the algorithm after the "
        "index, `short` without, `none` when it is missing. A wrong form ends the process.",
    )
    max_sessions: int = Field(
        8, ge=1, le=1024, description="Sessions that one process may open: the device's limit shared out."
    )


class RemoteKeysSettings(Section):
    """Section `remote_keys`: the key service that this node uses."""

    url: str = Field("", description="Origin of the key service, https and without a path.")
    service_key: str = Field("", description="SM2 public key of the service, 128 hexadecimal digits.")
    identity_file: Path = Field(
        Path("var/node.key"), description="File with the SM2 private key by which this node signs requests."
    )
    certificate: Path = Field(Path("var/node.pem"), description="TLS certificate of this node, PEM.")
    certificate_key: Path = Field(
        Path("var/node-tls.key"), description="Private key of that certificate, PEM (PKCS#8)."
    )
    authority: Path = Field(
        Path("var/key-service-ca.pem"), description="Authority that certified the service, PEM."
    )
    algorithms: tuple[Algorithm, ...] = Field(
        ("ES256", "SGD_SM3_SM2"), description="Algorithms of keys that the service is there for."
    )


class KeyServiceSettings(Section):
    """Section `key_service`: this host as a key service for nodes."""

    identity_file: Path = Field(
        Path("var/key-service.key"),
        description="File with the SM2 private key by which the service signs answers.",
    )
    callers: dict[str, str] = Field(
        {}, description="Nodes that may use keys: name and SM2 public key, 128 hexadecimal digits."
    )
    certificate: Path = Field(Path("var/key-service.pem"), description="TLS certificate of the service, PEM.")
    certificate_key: Path = Field(
        Path("var/key-service-tls.key"), description="Private key of that certificate, PEM (PKCS#8)."
    )
    authority: Path = Field(
        Path("var/nodes-ca.pem"), description="Authority whose certificates nodes must present, PEM."
    )
    crl: Path | None = Field(None, description="Revocation list of that authority, PEM.")
