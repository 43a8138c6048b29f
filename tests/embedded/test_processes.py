"""Children that are asked whether they have ended, while somebody asks us to end."""

import subprocess
import sys

from bowtie.embedded.place import ROOT

SCRIPT = """
import os, signal, subprocess, time
from bowtie.embedded.processes import Stop, gone, heed, stoppable

class Interrupted(subprocess.Popen):
    def poll(self):
        with self._waitpid_lock:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        print("asked to the end")
        return super().poll()

with stoppable():
    child = Interrupted(["sleep", "60"])
    print(gone(child))
    try:
        heed()
    except Stop:
        os.kill(child.pid, signal.SIGKILL)
        print("stopped", child.wait())
"""


def test_ctrl_c_waits_until_a_child_was_asked():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.stdout.splitlines(), done.stderr) == (["asked to the end", "False", "stopped -9"], "")
