"""What a person sets for themselves: language, theme, density."""

import hashlib
from typing import Any

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.actions import change_preferences
from core.api.reading import ApiView, parameters
from core.api.schema import ETAG, IF_MATCH, or_problem
from core.api.writing import Changes, check_match
from core.models import User
from core.models.people import Density, Theme

FIELDS = ("language", "theme", "density")
LANGUAGES = tuple(settings.LANGUAGES)


class PreferencesRow(serializers.Serializer[Any]):
    language = serializers.ChoiceField(LANGUAGES, allow_blank=True, help_text="Empty: as the browser or organisation.")
    theme = serializers.ChoiceField(Theme.choices)
    density = serializers.ChoiceField(Density.choices)


class PreferenceChanges(Changes):
    language = serializers.ChoiceField(LANGUAGES, required=False)
    theme = serializers.ChoiceField(Theme.choices, required=False)
    density = serializers.ChoiceField(Density.choices, required=False)


@extend_schema(tags=["preferences"])
class Preferences(ApiView, APIView):
    """The caller's own settings of the pages."""

    http_method_names = ["get", "head", "patch"]

    @extend_schema(parameters=[ETAG], responses=or_problem(PreferencesRow, "400", "401"))
    def get(self, request: Request) -> Response:
        parameters(request, ())
        return _told(request.user)

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=PreferenceChanges,
        responses=or_problem(PreferencesRow, "400", "401", "403", "412", "415", "428", "429"),
    )
    def patch(self, request: Request) -> Response:
        parameters(request, ())
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=request.user.pk)
            check_match(request.headers, _told(user).headers["ETag"], must=True)
            change_preferences(user=user, **PreferenceChanges.read(request.data))
        return _told(user)


def _told(user: Any) -> Response:
    values = {name: getattr(user, name) for name in FIELDS}
    version = hashlib.sha256("/".join([str(user.pk), *values.values()]).encode()).hexdigest()[:32]
    return Response(values, headers={"ETag": f'"{version}"'})
