"""What a command does not need it does not load: each start would pay for it."""

import os
import subprocess
import sys

from bowtie.embedded.place import ROOT
from bowtie.loading import LATE

ASK = "import django, sys; django.setup(); import bowtie.urls; print(*sorted({{{names}}} & set(sys.modules)))"


def test_large_libraries_of_single_pages_are_left_out():
    names = ", ".join(repr(name) for name in (*LATE, "weasyprint", "numpy"))
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    asked = [sys.executable, "-c", ASK.format(names=names)]
    done = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
