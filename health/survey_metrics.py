"""What customers say: NPS and satisfaction."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, Exists, F, Func, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from core.reach import sees_names
from health.models import Question, SurveyAnswer
from installed_base.metrics.asof import accounts_asked, flag, known_by, narrows_accounts, unplaced

POST_INSTALLATION = "post_installation"


def answers(ask: Ask) -> Any:
    """Answers of the year to the date; `latest` unless the same person answered the same question again in it."""
    year, known = ask.last_year, known_by(ask.filters)
    window = Q(answered_on__range=(year.first, year.last)) & known
    later = SurveyAnswer._base_manager.filter(
        window, contact=OuterRef("contact"), question=OuterRef("question")
    ).filter(
        Q(answered_on__gt=OuterRef("answered_on")) | Q(answered_on=OuterRef("answered_on"), pk__gt=OuterRef("pk")),
        scale_from=OuterRef("scale_from"),
        scale_to=OuterRef("scale_to"),
    )
    rows = SurveyAnswer.objects.visible_to(ask.actor).filter(window, _asked(ask))
    return rows.annotate(
        latest=flag(~Exists(later)),
        account_name=F("account__name"),
        who=F("contact__name") if sees_names(ask.actor) else F("contact__role"),
        unattributed=unplaced(ask, "asset__product__line"),
    )


def _asked(ask: Ask) -> Q:
    narrowed = Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        line = Q(asset__product__line=ask.filters.product_line) | Q(asset__product__line__isnull=True)
        narrowed &= line
    return narrowed


FAMILY = Family(
    key="answers",
    rows=answers,
    subject="answer",
    link="account",
    link_id="account_id",
    columns=(
        Column("account_name", _("Account")),
        Column("who", _("Person")),
        Column("answered_on", _("Answered"), "date"),
        Column("value", _("Answer"), "count"),
    ),
    left_out=Q(unattributed=1),
    facts=("account", "asset", "contact", "answer"),
)
_OF_TEN = Func("value", "scale_to", template="(10.0 * %(expressions)s)", arg_joiner=" / ", output_field=NUMBER)
_NO_MAXIMUM = Q(scale_to__lte=0)
_PROMOTES, _DETRACTS = Q(value__gte=9), Q(value__lte=6)


def _mean(key: str, name: Any, definition: Any, member: Q, **more: Any) -> Metric:
    return Metric(
        key=key,
        name=name,
        definition=definition,
        shape=Shape.RATIO,
        unit=Unit.SCORE,
        family=FAMILY,
        member=member,
        unknown=_NO_MAXIMUM,
        numerator=_OF_TEN,
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal(8)),
        window_months=12,
        nothing=_("Nobody answered in the window."),
        **more,
    )


METRICS = (
    Metric(
        key="nps",
        name=_("NPS"),
        definition=_(
            "The last answer of each person in the twelve months to the date to the question whether they would"
            " recommend us, on 0 to 10: promoters (9 and 10) less detractors (0 to 6), over all answers, times 100."
        ),
        shape=Shape.RATIO,
        unit=Unit.POINTS,
        stage=Stage.ADOPTION,
        family=FAMILY,
        member=Q(latest=True, question=Question.RECOMMEND, scale_from=0, scale_to=10),
        numerator=Case(When(_PROMOTES, then=Value(100)), When(_DETRACTS, then=Value(-100)), default=Value(0)),
        denominator=Value(1),
        parts=(
            Part("promoters", _("Promoters"), _PROMOTES),
            Part("passives", _("Neither"), ~_PROMOTES & ~_DETRACTS),
            Part("detractors", _("Detractors"), _DETRACTS),
        ),
        target=Target(Aim.ABOVE, Decimal(40)),
        window_months=12,
        few=10,
        nothing=_("Nobody answered in the window."),
    ),
    _mean(
        "csat",
        _("Satisfaction"),
        _(
            "The mean of all answers of the twelve months to the date to the question how satisfied people are, each"
            " times 10 over the maximum of its scale."
        ),
        Q(question=Question.SATISFACTION),
        stage=Stage.ADOPTION,
    ),
    _mean(
        "onboarding_csat",
        _("Onboarding satisfaction"),
        _(
            "The mean of all answers of the twelve months to the date that were asked after an installation, each times"
            " 10 over the maximum of its scale."
        ),
        Q(occasion=POST_INSTALLATION) & ~Q(question=Question.EFFORT),
        stage=Stage.CONVERSION,
    ),
)
