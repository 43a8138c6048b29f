"""Storeys: a relation between tables, like an import, points to the same storey or down."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parents[2]
STOREYS = [
    "bowtie", "dashboards", "expansion", "renewals", "health", "sales", "playbooks", "installed_base", "core",
]  # fmt: skip
NAMELESS = {"utils", "util", "helpers", "helper", "common", "services", "misc"}

pytestmark = pytest.mark.house


def _storey(label: str) -> int:
    """Height above the ground; libraries lie below everything."""
    return len(STOREYS) - STOREYS.index(label) if label in STOREYS else 0


def _relations() -> list[tuple[type[Model], Any]]:
    models = apps.get_models(include_auto_created=True)
    ours = [model for model in models if model._meta.app_label in STOREYS]
    return [(model, field) for model in ours for field in model._meta.get_fields() if _is_own_relation(field)]


def _is_own_relation(field) -> bool:
    return bool(field.is_relation and not field.auto_created and field.related_model)


def test_every_relation_points_to_the_same_or_a_lower_storey():
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model, field in _relations()
        if _storey(field.related_model._meta.app_label) > _storey(model._meta.app_label)
    ]
    assert upward == []


def test_the_walk_sees_relations():
    """Guards the test above: an empty walk would pass it."""
    seen = {f"{model._meta.label}.{field.name}" for model, field in _relations()}
    assert "installed_base.Account.owner" in seen
    assert len(seen) > 30


def test_import_linter_keeps_the_same_storeys():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert [contract["layers"] for contract in contracts if contract["type"] == "layers"] == [STOREYS]


def test_every_app_of_ours_is_a_storey():
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
    assert ours == set(STOREYS)


def test_modules_are_named_after_their_subject():
    nameless = [
        str(path.relative_to(ROOT))
        for room in [*STOREYS, "tests"]
        for path in (ROOT / room).rglob("*")
        if path.stem in NAMELESS and (path.suffix == ".py" or path.is_dir())
    ]
    assert nameless == []
