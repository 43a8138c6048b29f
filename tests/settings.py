"""Settings of the tests: those of the product in a sandbox, fast where safety is not what is tested."""

import os

os.environ["BOWTIE_SANDBOX"] = "1"

from bowtie.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Each worker's database is a copy of one migrated database (tests/plugins/template.py).
DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ.get("BOWTIE_TEST_TEMPLATE")}

# Several runs may share one broker: each keeps to keys of its own, and removes them (tests/plugins/servers.py).
RUN_PREFIX = f"{os.environ.get('BOWTIE_TEST_RUN', 'bowtie-test')}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-"
CACHES = {"default": {**CACHES["default"], "KEY_PREFIX": RUN_PREFIX + "cache"}}
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": RUN_PREFIX}  # type: ignore[dict-item]
