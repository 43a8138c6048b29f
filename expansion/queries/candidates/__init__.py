"""Which subjects the day looks at, and what it knows of them: a module per family of triggers. All set-based."""

from expansion.queries.candidates.age import (
    all_assets,
    asset_facts,
    assets_without_age,
    due_assets,
    touched_assets,
)

__all__ = ["all_assets", "asset_facts", "assets_without_age", "due_assets", "touched_assets"]
