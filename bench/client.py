"""Requests without a network: a WSGI application is called in this process, as a web server would call it."""

import io
import sys
from collections.abc import Callable
from typing import Any

import orjson


class Unanswered(RuntimeError):
    """The application did not answer with 200."""


class Client:
    """Calls one WSGI application. Its answers must be 200: a fast refusal is no result."""

    def __init__(self, application: Callable[..., Any], token: str = "", cookie: str = "") -> None:
        self.application = application
        self.headers = {"HTTP_AUTHORIZATION": f"Token {token}"} if token else {}
        if cookie:
            self.headers["HTTP_COOKIE"] = cookie

    def get(self, address: str) -> bytes:
        path, _, query = address.partition("?")
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            **self.headers,
        }
        answer = self.application(environ, lambda code, headers, *rest: status.append(code))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if not status[0].startswith("200"):
            raise Unanswered(f"{address} answered {status[0]}: {body[:300]!r}")
        return body

    def rows(self, address: str) -> list[dict[str, Any]]:
        return orjson.loads(self.get(address))["results"]
