"""The timetable: what the day runs, in which order, and when the bell rings.

The scheduler is only a bell: it may ring late, twice or never, because what has to be done stands in our tables.
Every ring expires before the next one.
"""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

# Rooms upward. A new trigger is a rule, a candidate query, an effect, a playbook, and a line here.
TRIGGERS = (
    "playbooks.qbr.tasks.PLAN",
    "playbooks.qbr.tasks.MEETINGS",
    "health.tasks.SCORES",
    "health.tasks.SILENCE",
    "health.tasks.SURVEYS",
    "health.tasks.LOOPS",
    "health.tasks.CHECKINS",
    "health.tasks.COLLAPSES",
    "health.tasks.EXPIRIES",
    "health.tasks.ADOPTION",
    "renewals.tasks.MILESTONES",
    "renewals.tasks.ESCALATIONS",
    "renewals.tasks.FORECASTS",
    "expansion.tasks.AGE_LADDER",
    "expansion.tasks.WARRANTY",
    "expansion.tasks.UNCOVERED",
    "expansion.tasks.WIN_BACK",
    "expansion.tasks.PREMIUM",
    "expansion.tasks.CAPACITY",
    "expansion.tasks.PARTS_SILENCE",
    "expansion.tasks.ORDER_RHYTHM",
    "expansion.tasks.PARTS_DROP",
    "expansion.tasks.PARTS_DUE",
    "expansion.tasks.RECURRING",
    "expansion.tasks.BREAKDOWN",
    "expansion.tasks.COMPETITOR",
    "expansion.tasks.ACCOUNT_EVENT",
    "expansion.tasks.SUCCESSOR",
    "expansion.tasks.UPSELL_TALK",
    "expansion.tasks.REPLACEMENTS",
    "expansion.tasks.TIPS",
    "expansion.tasks.REFERRALS",
)

BELL = timedelta(minutes=15)
RELAY = timedelta(minutes=1)

SCHEDULE: dict[str, dict[str, Any]] = {
    "run the day": {"task": "bowtie.run_day", "schedule": BELL, "options": {"expires": 14 * 60}},
    "send the outbox": {"task": "core.relay", "schedule": RELAY, "options": {"expires": 55}},
    "daily mail": {"task": "core.digests", "schedule": crontab(minute=11), "options": {"expires": 3000}},
    "pages by mail": {"task": "core.page_mails", "schedule": crontab(minute=16), "options": {"expires": 3000}},
    "forget old keys": {"task": "core.forget_keys", "schedule": crontab(minute=37), "options": {"expires": 3000}},
    "backtests": {"task": "health.backtests", "schedule": RELAY, "options": {"expires": 55}},
    "audit the day": {"task": "bowtie.audit_day", "schedule": crontab(hour=2, minute=7), "options": {"expires": 3600}},
    "take snapshots": {
        "task": "bowtie.take_snapshots",
        "schedule": crontab(hour=2, minute=37),
        "options": {"expires": 3600},
    },
}
