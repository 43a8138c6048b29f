"""Settings of the web server in production: `gunicorn -c python:bowtie.gunicorn bowtie.wsgi`.

The application is loaded once and its memory shared: what was made before the fork is frozen, so that the collector
does not copy it page by page. On SIGTERM no new connection is taken and the requests in flight get thirty seconds.
"""

import gc
import os
from pathlib import Path
from typing import Any

from core import logs

bind = os.environ.get("BOWTIE_BIND", "0.0.0.0:8000")
workers = int(os.environ.get("BOWTIE_WEB_WORKERS", "2"))
threads = int(os.environ.get("BOWTIE_WEB_THREADS", "4"))
preload_app = True
timeout = 60
graceful_timeout = 30
# Longer than a proxy keeps a connection, else it may send a request into one that is just being closed.
keepalive = 75
max_requests = 10_000
max_requests_jitter = 1_000
control_socket_disable = True
# A heartbeat file on a disk that hangs would have the worker killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Whom we believe about the scheme; the container's network is all there is, so it is one switch (docs/operations.md).
forwarded_allow_ips = "*" if os.environ.get("BOWTIE_TRUST_PROXY") == "1" else "127.0.0.1"
logconfig_dict = logs.configuration(os.environ.get("LOG_LEVEL", "INFO").upper())


def on_starting(server: Any) -> None:
    """Ask the database who we are; the connection is closed again before the fork."""
    from bowtie.checks import refuse_powerful_role

    refuse_powerful_role()


def when_ready(server: Any) -> None:
    """Load what Django would load with the first request, and what a page may want; nothing is forked yet."""
    from django.urls import get_resolver

    from bowtie.loading import load_ahead

    _ = get_resolver().url_patterns
    load_ahead()
    gc.collect()
    gc.freeze()
