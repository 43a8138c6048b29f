"""JSON, fast: dates as ISO 8601, decimals as text so that no cent is lost on the way."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

_OPTIONS = orjson.OPT_NON_STR_KEYS
LARGEST_BODY = 1_000_000


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def as_json(data: Any) -> bytes:
    """As the API writes it."""
    return b"" if data is None else orjson.dumps(data, default=_plain, option=_OPTIONS)


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return as_json(data)


class JsonParser(BaseParser):
    """Strict JSON, at most a megabyte. NaN, lone surrogates and nesting without end are no JSON."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        sent = stream.read(LARGEST_BODY + 1)
        if len(sent) > LARGEST_BODY:
            raise ParseError(_("The body is longer than a megabyte. Send less at a time."))
        try:
            return orjson.loads(sent)
        except ValueError:
            raise ParseError(_("The body is no JSON. Send one object, as application/json.")) from None


class JsonAlways(BaseContentNegotiation):
    """The API speaks JSON, whatever a client says it would rather have."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """A body of another kind is refused, never guessed at."""
        kind = (request.content_type or "").split(";")[0].strip().lower()
        return parsers[0] if kind == parsers[0].media_type else None

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
