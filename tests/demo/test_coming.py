"""A demo that serves while its figures are being stored says so on every page."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

SAID = "The figures of the demo are being stored."


@pytest.mark.django_db
def test_pages_say_so_as_long_as_the_file_lies_there(tmp_path: Path) -> None:
    file = tmp_path / "coming"
    templates: Any = deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["context_processors"].append("bowtie.demo.coming.figures")
    with override_settings(TEMPLATES=templates, FIGURES_COMING=str(file)):
        pages = []
        for there in (False, True, False):
            file.touch() if there else file.unlink(missing_ok=True)
            pages.append(SAID in Client().get("/accounts/login/", follow=True).content.decode())
    assert pages == [False, True, False]
