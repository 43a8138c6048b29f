"""The numbers of the page as the flow that `core.charts.bowtie` draws."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from core.charts.bowtie import Band, Bowtie, Flow, Words
from core.display import day_long, number, percent
from core.metrics import Result
from dashboards.bowtie.places import PAGES
from dashboards.bowtie.reading import Reading
from dashboards.leaks.section import letters
from health.rules import Tier
from installed_base.models.orders import Stream
from sales.models import DropReason

SHADES = ("s1", "s2", "s3", "s4", "s5")
# Share of what was kept below which a stream is gathered with others.
THIN = Decimal("0.05")
# The metrics behind the numbers of the left side.
RECEIPTS = {
    "leads": "lead_volume",
    "lead_share": "lead_conversion",
    "opportunities": "pipeline_value",
    "won": "win_rate",
}
Money = Callable[[Any], str]


def picture(reading: Reading, stages: tuple[str, ...]) -> Bowtie:
    """The whole picture, with the compared date as its outline where there was revenue then."""
    today = flow(reading.now, reading.money, reading.spread)
    then = flow(reading.then, reading.money) if reading.then else None
    return Bowtie(
        today=today,
        then=then if then and then.start else None,
        words=_words(reading, today),
        title=_("The bowtie"),
        desc=_desc(reading, today),
        stages=stages,
        hrefs=tuple(page.url + reading.asked for page in PAGES),
        leaks=letters(),
        receipts={name: reading.receipt(key) for name, key in RECEIPTS.items() if key in reading.now},
    )


def flow(results: Mapping[str, Result], money: Money, spread: Mapping[str, Decimal] | None = None) -> Flow:
    """Revenue of existing customers, a year before and now, by the tier of health that `spread` gives it to."""
    bridge, left = results["nrr_bridge"], inflow(results)
    if bridge.withheld or not bridge.count:
        return replace(left, new=float(_new(results)))
    parts = {key: Decimal(value or 0) for key, value in bridge.parts.items()}
    price = parts["price"]
    return replace(
        left,
        health=_health(parts["start"], spread or {}, money),
        new=float(_new(results)),
        kept=_kept(results, parts, money),
        growth=_bands(((parts["expansion"], _("expansion"), "expansion"), (price, _("price"), "price")), money, "+ "),
        lost=_bands(
            (
                (parts["contraction"], _("bought less"), "lost"),
                (parts["churn"], _("left us"), "lost"),
                (-price, _("lower prices"), "lost"),
            ),
            money,
            "− ",
        ),
    )


def inflow(results: Mapping[str, Result]) -> Flow:
    """Leads, those that became an opportunity, and deals won: as many as there is room for in what became one.

    A deal that was won in the year often began as a lead of the year before: the words beside the picture tell both.
    """
    volume, won = results.get("lead_volume"), results.get("win_rate")
    became = int(volume.parts["became"] or 0) if volume else 0
    return Flow(
        leads=float(volume.value or 0) if volume else 0,
        opportunities=became,
        won=min(float(won.numerator or 0) if won else 0, became),
    )


TIERS = (
    (Tier.GREEN, pgettext_lazy("tier", "Green"), "good"),
    (Tier.YELLOW, pgettext_lazy("tier", "Yellow"), "watch"),
    (Tier.RED, pgettext_lazy("tier", "Red"), "risk"),
)


def _health(start: Decimal, spread: Mapping[str, Decimal], money: Money) -> tuple[Band, ...]:
    """A band for each tier; what no score covers is the rest, so that the bands sum to the start."""
    shown = [(spread.get(tier.value, Decimal(0)), name, kind) for tier, name, kind in TIERS]
    bands = [Band(float(euros), str(name), money(euros), kind) for euros, name, kind in shown if euros > 0]
    rest = start - sum((euros for euros, _name, _kind in shown if euros > 0), Decimal(0))
    if rest > 0 or not bands:
        bands.append(Band(float(rest), _("No score yet"), money(rest), "unknown"))
    return tuple(bands)


def _new(results: Mapping[str, Result]) -> Decimal:
    """Revenue of customers who brought none a year before: it stands outside the retention."""
    total, bridge = results["revenue_per_customer"], results["nrr_bridge"]
    return max(Decimal(total.numerator or 0) - Decimal(bridge.numerator or 0), Decimal(0))


def _kept(results: Mapping[str, Result], parts: Mapping[str, Decimal], money: Money) -> tuple[Band, ...]:
    """What was kept, by stream, the largest first; the smallest stand together. Lower prices come off all of them."""
    split = results["revenue_kept"].parts if "revenue_kept" in results else {}
    streams = [(Decimal(split.get(s.value) or 0), str(s.label)) for s in Stream]
    shown = _gathered(sorted((s for s in streams if s[0] > 0), reverse=True))
    total = sum((amount for amount, _name in shown), Decimal(0))
    kept = parts["start"] - parts["contraction"] - parts["churn"] + min(parts["price"], Decimal(0))
    if not total or kept <= 0:
        return (Band(float(kept), _("Kept"), money(kept), SHADES[0]),) if kept > 0 else ()
    return tuple(
        Band(float(amount * kept / total), name, money(amount * kept / total), shade)
        for (amount, name), shade in zip(shown, SHADES, strict=False)
    )


def _gathered(streams: list[tuple[Decimal, str]]) -> list[tuple[Decimal, str]]:
    """Streams too thin for a band of their own, and those beyond the shades, stand together."""
    whole = sum((amount for amount, _name in streams), Decimal(0))
    kept = [s for s in streams[: len(SHADES) - 1] if s[0] >= whole * THIN]
    rest = streams[len(kept) :]
    if len(rest) < 2:
        return streams
    return [*kept, (sum((amount for amount, _name in rest), Decimal(0)), _("Other"))]


def _bands(found: Any, money: Money, sign: str) -> tuple[Band, ...]:
    return tuple(Band(float(a), name, f"{sign}{money(a)}", kind) for a, name, kind in found if a > 0)


def _words(reading: Reading, today: Flow) -> Words:
    customers = reading.now["nrr_bridge"].count
    kept = sum(band.amount for band in today.kept)
    return Words(
        new=(_("+ %(money)s from new customers") % {"money": reading.money(today.new)}, _("outside the NRR"))
        if today.new
        else (),
        base=(
            ngettext("%(n)s earlier customer brings", "%(n)s earlier customers bring", customers)
            % {"n": number(customers)},
            _base_words(today) % {"money": reading.money(today.start)},
        ),
        kept=_("Kept %(money)s, by stream") % {"money": reading.money(kept)},
        compared=_("a year ago"),
        **_words_of_leads(reading, today),
        **_words_of_deals(reading),
        no_leads=_("No leads recorded yet"),
        no_opportunities=_counted(reading, "win_rate", _("%(part)s of %(all)s decided deals won"))
        or _("No pipeline figures yet"),
        no_wins=_counted(reading, "onboarding_on_time", _("%(part)s of %(all)s starts in time"))
        or _("No go-live dates yet"),
        no_base=_no_base(reading),
    )


def _words_of_leads(reading: Reading, today: Flow) -> dict[str, Any]:
    """How many leads came, how many became an opportunity, and why most of the others stopped."""
    if today.leads <= 0:
        return {}
    volume = reading.now["lead_volume"]
    leads, became = int(volume.value or 0), int(today.opportunities)
    stopped = int(volume.parts["stopped"] or 0)
    return {
        "leads": ngettext("%(n)s lead", "%(n)s leads", leads) % {"n": number(leads)},
        "became": ngettext("%(n)s became an opportunity", "%(n)s became opportunities", became) % {"n": number(became)},
        "lead_share": percent(Decimal(became) / leads, 0),
        "stopped": (
            ngettext("%(n)s dropped", "%(n)s dropped", stopped) % {"n": number(stopped)},
            *_reasons(volume),
            _("%(n)s still open") % {"n": number(leads - became - stopped)},
        ),
    }


def _reasons(volume: Result, most: int = 2) -> list[str]:
    """The reasons for which most leads were dropped."""
    counted = [(int(volume.parts[f"dropped_{r.value}"] or 0), str(r.label)) for r in DropReason]
    found = sorted((c for c in counted if c[0]), key=lambda c: -c[0])[:most]
    return [_("%(n)s: %(why)s") % {"n": number(n), "why": why} for n, why in found]


def _words_of_deals(reading: Reading) -> dict[str, Any]:
    """Deals with new customers: in play, won of those decided, lost, and open."""
    if reading.value("win_rate") is None or "lead_volume" not in reading.now:
        return {}
    rate, pipeline = reading.now["win_rate"], reading.now["pipeline_value"]
    won, decided = int(rate.numerator or 0), int(rate.denominator or 0)
    still = int(pipeline.parts["deals"] or 0)
    words = {"won": number(won), "all": number(decided), "lost": number(decided - won), "open": number(still)}
    return {
        "opportunities": ngettext("%(n)s deal in play", "%(n)s deals in play", decided + still)
        % {"n": number(decided + still)},
        "won": _("%(won)s won of %(all)s decided") % words,
        "win_share": percent(rate.value, 0),
        "not_won": (_("%(lost)s lost, %(open)s still open") % words,),
    }


def _counted(reading: Reading, key: str, words: str) -> str:
    """A ratio as its two counts; nothing where it cannot be told. The flow itself is drawn from leads on."""
    if reading.value(key) is None:
        return ""
    result = reading.now[key]
    return words % {"part": number(result.numerator), "all": number(result.denominator)}


def _base_words(today: Flow) -> str:
    scored = any(band.kind != "unknown" for band in today.health)
    return _("%(money)s, by health") if scored else _("%(money)s, not yet split by health")


def _no_base(reading: Reading) -> str:
    if reading.now["nrr_bridge"].withheld:
        return _("Prices are not shown to you")
    return _("No revenue a year before")


def _desc(reading: Reading, today: Flow) -> str:
    if not today.start:
        return _("No revenue of existing customers is known for the twelve months.")
    words = {
        "on": day_long(reading.on),
        "start": reading.money(today.start),
        "end": reading.money(today.end),
        "ratio": percent(reading.value("net_revenue_retention")),
    }
    return _("Twelve months to %(on)s: %(start)s a year before became %(end)s, %(ratio)s.") % words
