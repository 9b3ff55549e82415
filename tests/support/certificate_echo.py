"""A WSGI application that is nothing but the product's edge: it says which caller and certificate arrived."""

import hashlib
import os
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from idp.errors import RequestRefused
from idp.web.edge import Edge
from idp.web.settings import WebSettings

SETTINGS = "YIHAO_TEST_EDGE"
"""Variable that holds the section `web` as JSON."""


def create_app() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The application, with the settings of the environment."""
    edge = Edge(WebSettings.model_validate_json(os.environ[SETTINGS]), "https://id.province.test")

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = edge.request(environ)
        try:
            edge.guard(environ)
            der = request.client_certificate
        except RequestRefused as refused:
            status = "400 Bad Request"
            told: dict[str, str | None] = {"code": refused.code}
        else:
            seen = None if der is None else hashlib.sha256(der).hexdigest()
            status = "200 OK"
            told = {"certificate": seen, "address": request.client_address}
        body = orjson.dumps(told)
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application
