"""Machines without a keyboard: their endpoint (RFC 8628 §3.1, §3.2), and the page where a person answers (§3.3)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from idp.clock import Clock
from idp.ephemeral.box import Box
from idp.identifiers.masking import mask_ip
from idp.limits.counter import Limits
from idp.login.frame import shown as shown_application
from idp.oauth.checks.table import check_device
from idp.oauth.clients.authentication import ClientAuthentication
from idp.oauth.clients.resolve import Client, ClientResolver, is_usable
from idp.oauth.endpoints.frame import answer_client
from idp.oauth.endpoints.level import RESUME
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.grants.device_code import DEVICE_CODE
from idp.oauth.request import AuthorizationRequest, PendingRequest
from idp.oauth.tokens.device_code import INTERVAL, SECONDS, DeviceCodes, DeviceGrant, shown
from idp.web import page_values as values
from idp.web.exchange import Answer, Headers, Request, json_answer, redirect
from idp.web.pages import Pages

PAGE: Final = "/device"


class DeviceAuthorizationEndpoint:
    """`/oauth/device_authorization`."""

    def __init__(
        self, issuer: str, authentication: ClientAuthentication, devices: DeviceCodes, clock: Clock
    ) -> None:
        self._issuer = issuer
        self._authentication = authentication
        self._devices = devices
        self._clock = clock

    def answer(self, request: Request) -> Answer:
        """Codes for a machine to show and to poll with."""
        return answer_client(request, self._authentication, self._begin)

    def _begin(self, client: Client, request: Request) -> Answer:
        if DEVICE_CODE not in client.grant_types:
            raise OAuthRefused(
                OAuthCode.UNAUTHORIZED_CLIENT, "the client is not registered for this grant type"
            )
        now = self._clock.timestamp()
        draft = check_device(request.form, client, now)
        place = mask_ip(request.client_address)
        device_code, user_code = self._devices.begin(
            DeviceGrant(client.client_id, draft.scope, draft.details, draft.acr_values, "", place, now)
        )
        page, code = self._issuer + PAGE, shown(user_code)
        return json_answer(
            {
                "device_code": device_code,
                "user_code": code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={code}",
                "expires_in": SECONDS,
                "interval": INTERVAL,
            }
        )


@dataclass(frozen=True, slots=True)
class ShownMachine:
    """A machine as its person compares it: the code on its screen, in which network it stands, since when."""

    code: str
    place: str
    begun_at: datetime


class DeviceViews:
    """`/device`: the code is typed, the machine looked at and confirmed, then the usual sign-in and consent follow.

    Opening the address with the code in it confirms nothing (RFC 8628 §5.4).
    """

    def __init__(
        self,
        pages: Pages,
        devices: DeviceCodes,
        clients: ClientResolver,
        pending: Box[PendingRequest],
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._pages = pages
        self._devices = devices
        self._clients = clients
        self._pending = pending
        self._limits = limits
        self._clock = clock

    def answer(self, request: Request) -> Answer:
        """GET asks for the code; POST looks it up, or takes the person's word about the machine that was shown."""
        if request.method != "POST":
            return self._enter(request, request.query.get("user_code", "")[:20], None)
        form = self._pages.check_form(request)
        if "look" in form:
            return self._decide(request, form["look"], form.get("decision", ""))
        typed = form.get("user_code", "")[:40]
        # Guesses cost: 20⁸ codes, thirty tries an hour from one address (RFC 8628 §5.1).
        self._limits.charge("device_guess", request.client_address)
        browser, headers = self._pages.begin_browser(request)
        found = self._devices.look(typed, browser)
        client = self._usable(found[1]) if found is not None else None
        if found is None or client is None:
            return self._enter(request, typed, "device.unknown" if typed.strip() else "device.empty")
        return self._look(request, client, *found, headers)

    def _decide(self, request: Request, look: str, decision: str) -> Answer:
        found = self._devices.looked(look, self._pages.browser_mark(request))
        client = self._usable(found[1]) if found is not None else None
        if found is None or client is None:
            return self._enter(request, "", "device.unknown")
        device_code, grant = found
        if decision != "yes":
            self._devices.deny(device_code)
            return over(self._pages, request, client, "denied")
        return self._go_on(request, client, device_code, grant)

    def _usable(self, grant: DeviceGrant) -> Client | None:
        client = self._clients.find(grant.client_id)
        return client if client is not None and is_usable(client) else None

    def _go_on(self, request: Request, client: Client, device_code: str, grant: DeviceGrant) -> Answer:
        if not self._devices.confirm(device_code):
            return self._enter(request, "", "device.unknown")
        wanted = AuthorizationRequest(
            client_id=client.client_id,
            redirect_uri="",
            scope=grant.scope,
            state=None,
            nonce=None,
            code_challenge="",
            prompt=(),
            signed_in_since=None,
            login_hint=None,
            ui_locales=None,
            begun_at=self._clock.timestamp(),
            details=grant.details,
            acr_values=grant.acr_values,
            device_code=device_code,
        )
        browser, headers = self._pages.begin_browser(request)
        return redirect(RESUME + self._pending.new(PendingRequest(wanted, browser)), headers)

    def _enter(self, request: Request, typed: str, fault: str | None) -> Answer:
        return self._pages.show(
            request,
            "device/enter.html",
            status=400 if fault else 200,
            user_code=typed,
            errors=[values.FieldError("user_code", self._pages.text(request, fault))] if fault else [],
            action=PAGE,
        )

    def _look(
        self, request: Request, client: Client, look: str, grant: DeviceGrant, headers: Headers
    ) -> Answer:
        return self._pages.show(
            request,
            "device/confirm.html",
            headers=headers,
            application=shown_application(client.application, self._pages.language(request)),
            look=look,
            machine=ShownMachine(
                shown(grant.user_code), grant.place, datetime.fromtimestamp(grant.begun_at, UTC)
            ),
            action=PAGE,
        )


def over(pages: Pages, request: Request, client: Client, how: str) -> Answer:
    """How it ended, `approved`, `denied` or `late`: what to do at the machine now."""
    return pages.show(
        request,
        "device/over.html",
        application=shown_application(client.application, pages.language(request)),
        title=pages.text(request, f"device.{how}"),
        text=pages.text(request, f"device.{how}_text"),
    )
