"""The applications and clients of the demo: two departments, a public one, a machine."""

from dataclasses import dataclass
from typing import Any, Final

from idp.demo.instance import Instance

ES256: Final = "ES256"
SM2: Final = "SGD_SM3_SM2"
WEB_GRANTS: Final = ("authorization_code", "refresh_token")
FULL_SCOPE: Final = "openid realname idcard mobile offline_access"


@dataclass(frozen=True, slots=True)
class ClientPlan:
    """One application with its client; fields are named as the columns, which are named as in RFC 7591."""

    client_id: str
    name: str
    name_en: str
    department: str
    department_en: str
    kind: str
    home_url: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    token_endpoint_auth_method: str
    algorithm: str
    scope: str
    optional_scope: str
    scope_purpose: dict[str, str]
    sector_identifier: str
    backchannel_logout_uri: str | None = None
    may_introspect: bool = False

    @property
    def has_secret(self) -> bool:
        """Whether the client proves itself by a secret."""
        return self.token_endpoint_auth_method.startswith("client_secret_")

    def columns(self) -> dict[str, Any]:
        """The client's columns but for its secret, its application and its age."""
        return {
            "client_id": self.client_id,
            "kind": self.kind,
            "token_endpoint_auth_method": self.token_endpoint_auth_method,
            "redirect_uris": list(self.redirect_uris),
            "post_logout_redirect_uris": list(self.post_logout_redirect_uris),
            "grant_types": list(self.grant_types),
            "scope": self.scope,
            "optional_scope": self.optional_scope,
            "scope_purpose": self.scope_purpose,
            "jwks": None,
            "jwks_uri": None,
            "id_token_signed_response_alg": self.algorithm,
            "access_token_signed_response_alg": self.algorithm,
            "sector_identifier": self.sector_identifier,
            "backchannel_logout_uri": self.backchannel_logout_uri,
            "may_introspect": self.may_introspect,
        }

    def published(self, secret: str | None) -> dict[str, Any]:
        """The client as `demo.json` shows it."""
        shown = {"client_id": self.client_id, "name": self.name}
        if secret is not None:
            shown["client_secret"] = secret
        names = (
            "kind",
            "redirect_uris",
            "post_logout_redirect_uris",
            "grant_types",
            "token_endpoint_auth_method",
            "id_token_signed_response_alg",
            "scope",
        )
        columns = self.columns()
        return {**shown, **{name: columns[name] for name in names}}


def plans(instance: Instance) -> tuple[ClientPlan, ...]:
    """The clients of an instance; the first two are the departments whose applications the demo serves."""
    affairs, welfare = instance.departments
    return (
        _department(
            "demo-affairs",
            ("政务服务大厅（演示）", "Service Hall (demo)"),
            ("演示省政务服务局", "Demo Province Service Bureau"),
            affairs,
            ES256,
            {
                "realname": "办事时核对您是本人",
                "idcard": "在办件系统中找到您名下的办件",
                "mobile": "办件进度变化时给您发短信；不提供也能办理",
                "offline_access": "您离开后继续更新办件进度，最长 30 天",
            },
        ),
        _department(
            "demo-welfare",
            ("社会保障查询（演示）", "Social Security (demo)"),
            ("演示省人力资源和社会保障厅", "Demo Province Social Security Department"),
            welfare,
            SM2,
            {
                "realname": "确认查询的是您本人的社保记录",
                "idcard": "按证件号码查找您的参保记录",
                "mobile": "待遇到账时给您发短信；不提供也能查询",
                "offline_access": "您离开后继续更新参保记录，最长 30 天",
            },
        ),
        _spa(affairs),
        _service(affairs),
    )


def _department(
    client_id: str,
    name: tuple[str, str],
    department: tuple[str, str],
    address: str,
    algorithm: str,
    purpose: dict[str, str],
) -> ClientPlan:
    return ClientPlan(
        client_id=client_id,
        name=name[0],
        name_en=name[1],
        department=department[0],
        department_en=department[1],
        kind="web",
        home_url=address,
        redirect_uris=(f"{address}/callback",),
        post_logout_redirect_uris=(f"{address}/signed-out",),
        grant_types=WEB_GRANTS,
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - the registered name of a method
        algorithm=algorithm,
        scope=FULL_SCOPE,
        optional_scope="mobile",
        scope_purpose=purpose,
        sector_identifier=f"{client_id.removeprefix('demo-')}.demo.invalid",
        backchannel_logout_uri=f"{address}/backchannel-logout",
    )


def _spa(address: str) -> ClientPlan:
    return ClientPlan(
        client_id="demo-spa",
        name="网页小助手（演示）",
        name_en="Web Assistant (demo)",
        department="演示省政务服务局",
        department_en="Demo Province Service Bureau",
        kind="spa",
        home_url=address,
        redirect_uris=(f"{address}/spa/callback",),
        post_logout_redirect_uris=(f"{address}/spa/signed-out",),
        grant_types=WEB_GRANTS,
        token_endpoint_auth_method="none",  # noqa: S106 - the registered name of a method
        algorithm=ES256,
        scope="openid realname",
        optional_scope="",
        scope_purpose={"realname": "用您的姓名称呼您"},
        sector_identifier="affairs.demo.invalid",
    )


def _service(address: str) -> ClientPlan:
    return ClientPlan(
        client_id="demo-service",
        name="数据共享网关（演示）",
        name_en="Data Gateway (demo)",
        department="演示省大数据局",
        department_en="Demo Province Data Bureau",
        kind="service",
        home_url=address,
        redirect_uris=(),
        post_logout_redirect_uris=(),
        grant_types=("client_credentials",),
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - the registered name of a method
        algorithm=ES256,
        scope="introspect",
        optional_scope="",
        scope_purpose={},
        sector_identifier="gateway.demo.invalid",
        may_introspect=True,
    )
