"""Pages through Flask: the same routes and the same dispatcher, with Flask's routing and room for plugins' blueprints."""

from collections.abc import Iterable, Mapping

from flask import Blueprint, Flask, Response
from flask import request as flask_request
from werkzeug.exceptions import HTTPException

from idp.web.dispatch import Dispatcher
from idp.web.door import REQUEST
from idp.web.edge import Edge
from idp.web.exchange import Answer, Request
from idp.web.failures import Failures
from idp.web.routing import Bound, Kind

ALL_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def build(
    edge: Edge,
    table: Mapping[str, Bound],
    dispatcher: Dispatcher,
    failures: Failures,
    blueprints: Iterable[Blueprint] = (),
) -> Flask:
    """A Flask application over the whole route table. Methods are checked by the dispatcher, as for the machine way."""
    app = Flask("yihao", static_folder=None)
    # Tidying an address by redirect would build the new one from the Host header.
    app.url_map.merge_slashes = False
    for path, bound in table.items():
        app.add_url_rule(
            path,
            endpoint=bound.route.endpoint + "@" + path,
            view_func=_view(bound, edge, dispatcher),
            methods=ALL_METHODS,
            provide_automatic_options=False,
        )
    for blueprint in blueprints:
        app.register_blueprint(blueprint)

    @app.errorhandler(HTTPException)
    def _no_such_page(error: HTTPException) -> Response:
        request = _request(edge)
        answer = failures.plain(error.code or 500, "not_found", Kind.PAGE, request)
        return _response(dispatcher.finished(answer, Kind.PAGE, request))

    return app


def _view(bound: Bound, edge: Edge, dispatcher: Dispatcher):  # type: ignore[no-untyped-def] # Flask's own view type
    def view() -> Response:
        return _response(dispatcher.answer(bound, _request(edge)))

    return view


def _request(edge: Edge) -> Request:
    environ = flask_request.environ
    held = environ.get(REQUEST)
    return held if held is not None else edge.request(environ)


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.headers.clear()
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response
