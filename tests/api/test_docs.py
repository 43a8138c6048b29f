"""The examples of docs/api.md do what they say."""

import re
import shlex
from argparse import ArgumentParser

import pytest
from django.test import Client

from core.models import Role
from installed_base.models import Term
from playbooks.models import Task
from tests import cast
from tests.api.base import work_of
from tests.api.conftest import writer
from tests.house.test_storeys import ROOT

pytestmark = pytest.mark.django_db


def examples():
    """The curl commands of the section on writing, in their order."""
    section = (ROOT / "docs" / "api.md").read_text().split("## Writing")[1].split("\n## ")[0]
    return [shlex.split(block.replace("\\\n", " "))[1:] for block in re.findall(r"```\n(curl .*?)```", section, re.S)]


def run(words, **stands_for):
    parser = ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-i", action="store_true")
    parser.add_argument("-X", default="GET")
    parser.add_argument("-H", action="append")
    parser.add_argument("-d", default="")
    for written, real in stands_for.items():
        words = [word.replace(WRITTEN[written], str(real)) for word in words]
    asked = parser.parse_args(words)
    headers = dict(line.split(": ", 1) for line in asked.H)
    kind = headers.pop("Content-Type", "application/json")
    path = asked.url.removeprefix("http://127.0.0.1:8000")
    return Client(headers=headers).generic(asked.X, path, asked.d, content_type=kind)


WRITTEN = {
    "token": "bt_...",
    "etag": '"8a6f0c1f2d3b4e5f60718293a4b5c6d7"',
    "renewal": "/renewals/17/",
    "account": '"account_id": 4,',
}


def test_the_examples_of_writing():
    anna = writer(cast.person("anna", Role.CS_MANAGER))
    work = work_of(anna.user)
    stands = {
        "token": anna.token,
        "renewal": f"/renewals/{work.renewals.pk}/",
        "account": f'"account_id": {work.account.pk},',
    }
    read, change, task, decision = examples()
    etag = run(read, **stands)["ETag"]
    assert run(change, etag=etag, **stands).json()["stage"] == "quote_sent"
    assert run(change, etag=etag, **stands).status_code == 412
    for _ in range(2):
        assert run(task, **stands).status_code == 201
        assert run(decision, **stands).json()["outcome"] == "renewed"
    assert Task.objects.filter(title="Count the filling heads").count() == 1
    signed = Term.objects.get(contract=work.renewals.term.contract, number=2)
    assert str(signed.annual_value) == "12500.00"
