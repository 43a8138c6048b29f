"""Writing through the API: one row found, locked and matched, one action called, the row told again.

All of it happens in one transaction, so nobody can slip in between the look at the ETag and the write. A room says
which bodies there are and which action each calls; scope, ETag, `If-Match`, `Idempotency-Key` and problems are the
same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as RefusedByAction
from django.http.request import HttpHeaders
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.once import once
from core.api.paging import LARGEST_ID
from core.api.reading import VERSION, Asking, ReadViewSet, number, parameters, printable, with_version
from core.models import User
from core.problems import MatchMissing, Refused, Stale
from core.reach import reach_of
from core.scope import System

WRITTEN = System("told again to whoever wrote it")


class Body(serializers.Serializer[Any]):
    """What is sent with a write. A field that is not among its own is refused, never passed over."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = [name for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        if unknown:
            known = ", ".join(self.fields) or _("none")
            words = _("There is no such field here. Leave it out; the fields are: %(names)s.") % {"names": known}
            raise ValidationError({printable(str(unknown[0])): [words]})
        return super().to_internal_value(data)

    @classmethod
    def read(cls, data: Any, **context: Any) -> dict[str, Any]:
        """What was said, checked; ValidationError names each wrong field."""
        body = cls(data=data, context=context)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)


class Changes(Body):
    """Fields of a PATCH: each may be left out, not all of them."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError(
                _("Name at least one field to change: %(names)s.") % {"names": ", ".join(self.fields)}
            )
        return attrs


class Nothing(Body):
    """No fields: the address says it all."""


class Chosen(serializers.IntegerField):
    """The id of a row among those that the caller may choose. What is out of reach answers like what is not there."""

    default_error_messages: ClassVar = {"absent": _("There is none with this id within your reach. Choose another.")}

    def __init__(self, among: Callable[[User], Any], **kwargs: Any) -> None:
        self.among = among
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        pk = super().run_validation(data)
        if not isinstance(pk, int):
            return pk
        row = self.among(self.context["by"]).filter(pk=pk).first()
        if row is None:
            self.fail("absent")
        return row


@dataclass(frozen=True)
class Doing:
    """One write: the locked row (None where one is made), what was said, by whom, on which day."""

    row: Any
    said: dict[str, Any]
    by: User
    on: date


@dataclass(frozen=True)
class Write:
    """A write as an address offers it. `makes`: the resource of what it creates, answered with 201."""

    body: type[Body]
    act: Callable[[Any, Doing], Any]
    detail: bool = True
    must_match: bool = False
    creates: bool = False
    makes: "type[ReadViewSet] | None" = None


Act = Callable[[Any, Doing], Any]


def changing(body: type[Changes]) -> Callable[[Act], Any]:
    """PATCH: some fields, under the ETag that was read."""
    return lambda act: _view(act, Write(body, act, must_match=True))


def creating(body: type[Body]) -> Callable[[Act], Any]:
    """POST on the list: the method returns the row it made."""
    return lambda act: _view(act, Write(body, act, detail=False, creates=True))


def verb(
    body: type[Body] = Nothing, *, makes: type[ReadViewSet] | None = None, creates: bool = False
) -> Callable[[Act], Any]:
    """POST on an address under the row, named like the method. With `creates` it returns a new row of its own kind."""

    def offered(act: Act) -> Any:
        view = _view(act, Write(body, act, creates=creates or makes is not None, makes=makes))
        return action(detail=True, methods=["post"], url_path=act.__name__.replace("_", "-"))(view)

    return offered


def _view(act: Act, write: Write) -> Any:
    @wraps(act)
    def view(self: "WriteViewSet", request: Request, pk: str = "") -> Response:
        return self.written(request, write, pk)

    view.write = write  # type: ignore[attr-defined]
    return view


def check_match(headers: HttpHeaders, etag: str, *, must: bool) -> None:
    """Raise `Stale` where `If-Match` names another version, `MatchMissing` where it must be there and is not."""
    asked = headers.get("If-Match")
    if asked is None and must:
        raise MatchMissing
    if asked is not None and asked.strip() != "*" and etag not in parse_etags(asked):
        raise Stale


class WriteViewSet(ReadViewSet):
    """A resource that can be changed. `noun` is its name among the addresses, `refusals` how its actions say no."""

    model: ClassVar[Any]
    noun: ClassVar[str]
    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    versioned = True
    http_method_names = ["get", "head", "post", "patch"]

    def written(self, request: Request, write: Write, pk: str) -> Response:
        """Do one write and answer with the row as it stands then."""
        parameters(request, ())
        return once(request, lambda: self._write(request, write, pk))

    def _write(self, request: Request, write: Write, pk: str) -> Response:
        by: Any = request.user
        asking = Asking(by, reach_of(by), clock.today())
        row: Any = self._held(request, number(pk), write) if write.detail else None
        said = write.body.read(request.data, by=by, on=asking.on, row=row)
        made = self._acted(write, Doing(row, said, by, asking.on))
        if not write.creates:
            return self.one(row.pk, asking, WRITTEN)
        shown: Any = write.makes() if write.makes else self
        place = reverse(f"api:{shown.noun}-detail", args=[made.pk])
        return shown.one(made.pk, asking, WRITTEN, status=201, headers={"Location": place})

    def _held(self, request: Request, pk: int, write: Write) -> Any:
        """The row, locked to the end of the transaction: visible, changeable, and as it was read."""
        rows = with_version(self.visible(self.model.objects.all(), request.user)).filter(pk=pk)
        row = rows.select_for_update(of=("self",)).first()
        if row is None:
            raise NotFound
        if not self.model.objects.changeable_by(request.user).filter(pk=pk).exists():
            raise PermissionDenied(_("You may see this, not change it. Ask its owner, or the lead of their team."))
        check_match(request.headers, f'"{getattr(row, VERSION)}"', must=write.must_match)
        return row

    def _acted(self, write: Write, doing: Doing) -> Any:
        try:
            return write.act(self, doing)
        except RefusedByAction as refused:
            raise Refused(" ".join(refused.messages)) from refused
        except self.refusals as refused:
            raise Refused(str(refused)) from refused
        except ObjectDoesNotExist:
            raise NotFound from None
