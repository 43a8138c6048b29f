"""Goal 14: memory of a web worker after 1,000 mixed requests."""

import json
import subprocess
import sys
from collections.abc import Iterator

from bench import workers
from bench.report import Goal
from bench.setting import Setting


def measure(setting: Setting) -> Iterator[Goal]:
    """Two workers forked from a loaded master, as gunicorn --preload does; shared pages are shared out (PSS). In a
    process of its own: what this one has measured before would be counted too."""
    asked = [sys.executable, "-W", "ignore", "-m", "bench.workers", setting.small]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    found = json.loads(answer)
    note = f"{workers.WORKERS} workers, {found['kinds']} kinds of pages"
    yield Goal(14, "PSS of a web worker after 1,000 requests", found["megabytes"], 90, 130, unit="MB", note=note)
