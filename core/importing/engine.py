"""One import from the file to the finished batch, in one transaction: all of it stands, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import DataError, IntegrityError, connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.audit import audited
from core.bulk import uncollected
from core.importing.entities import Kind, entities
from core.importing.files import read_table, sha256_of
from core.importing.mapping import Mapping
from core.importing.plan import Context, Plan
from core.importing.problems import Problem, Refused
from core.importing.records import RowReader
from core.importing.resolve import Resolver
from core.importing.shape import shaped
from core.importing.staging import Stage
from core.importing.toml import load_mapping
from core.importing.values import Columns
from core.importing.writing import Writer, counts_of, rows_by_outcome
from core.models import ImportBatch, ImportProblem, Organisation

# One import at a time writes; a second one waits, and then sees what the first has written.
_LOCK = 7_215_001
_CHUNK = 5000

Progress = Callable[[float, str], None]


@dataclass
class Outcome:
    """What became of a file. `rejected` counts rows, `problems` says what was wrong with each."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    left_out: int = 0
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    written: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "left_out": self.left_out,
            "kinds": self.kinds,
            "warnings": self.warnings,
        }


class _Undone(Exception):
    """Nothing of this import is to stay."""


def import_file(
    *,
    kind: Kind,
    path: Path,
    mapping: Path,
    on: date,
    by: Any,
    dry_run: bool = False,
    atomic: bool = False,
    progress: Progress = lambda share, text: None,
) -> Outcome:
    """Import a file. `by` is a user or `System`; a user whose reach is limited changes only what is theirs.

    Good rows land and bad ones are told, or with `atomic` none lands while one is bad. Raises Refused where the file or
    the mapping cannot be used, or where somebody else wrote the same rows meanwhile; then nothing is written.
    """
    run = _Run(load_mapping(mapping, kind), path, on, by, progress)
    try:
        with uncollected(), audited(by=by, why=f"core.import_file {kind.name}"):
            run.perform()
            if dry_run or (atomic and run.outcome.problems):
                raise _Undone
            run.outcome.written = True
    except _Undone:
        if atomic and run.outcome.problems:
            run.outcome.created = run.outcome.updated = 0
    except (IntegrityError, DataError) as error:
        raise Refused(_("The database refused the rows: %(error)s") % {"error": str(error).strip()}) from error
    return run.outcome


class _Run:
    def __init__(self, mapping: Mapping, path: Path, on: date, by: Any, progress: Progress) -> None:
        self.mapping, self.path, self.on, self.by = mapping, path, on, by
        self.progress = progress
        self.outcome = Outcome()
        self.user = by if getattr(by, "pk", None) else None

    def perform(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        organisation = self._organisation()
        home = organisation.reporting_currency
        self.mapping = self.mapping.in_currency(self.mapping.currency or self.mapping.reporting_currency or home)
        reader, stage = self._stage()
        self.progress(0.5, _("Checking"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        batch = self._batch()
        plans = self._plans(stage, home, batch)
        resolver = Resolver(plans, reader.named, self.user)
        resolver.run(tuple(e for e in self.mapping.kind.chain if e.word in plans), reader.attached & plans.keys())
        self.progress(0.7, _("Writing"))
        writer = Writer(plans, self.on, batch.pk)
        writer.write()
        writer.tell_owners(_owners_of(writer.by_account), self.mapping.kind.name)
        self._account_for(reader, resolver, plans)
        writer.refresh_statistics()
        self._close(batch)
        self.progress(1.0, _("Done"))

    def _stage(self) -> tuple[RowReader, Stage]:
        """Read the file into the staging tables."""
        share: Callable[[float], None] = lambda part: self.progress(part / 2, _("Reading"))  # noqa: E731
        table = read_table(self.path, self.mapping.file, share)
        columns = Columns(table.headers)
        rows = shaped(table.headers, table.rows, self.mapping.shape, columns.at)
        columns.headers = rows.headers
        reader = RowReader(self.mapping, columns)
        stage = Stage(reader)
        stage.create()
        for line, cells in rows.rows:
            for word, record in reader.read(line, cells):
                stage.add(word, record)
        for word, stock in reader.stocks.items():
            stage.copy(word, stock.by_key.values())
        stage.finish()
        reader.problems += rows.problems
        self.outcome.left_out = rows.left_out
        self.outcome.read = reader.count + len(rows.problems)
        return reader, stage

    def _organisation(self) -> Organisation:
        """The organisation; it takes over the reporting currency of the mapping while it has no amounts yet."""
        ours = Organisation.objects.ours()
        wanted = self.mapping.reporting_currency
        if wanted and wanted != ours.reporting_currency:
            if has_amounts():
                message = _("Amounts are reported in %(ours)s; the mapping says %(theirs)s, which was not taken over.")
                self.outcome.warnings.append(message % {"ours": ours.reporting_currency, "theirs": wanted})
            else:
                ours.reporting_currency = wanted
                ours.save()
        return ours

    def _batch(self) -> ImportBatch:
        return ImportBatch.objects.create(
            kind=self.mapping.kind.name,
            source=self.mapping.source,
            file_name=self.path.name[:255],
            sha256=sha256_of(self.path),
            mapping=self.mapping.name[:255],
            known_on=self.on,
            by=self.user,
        )

    def _plans(self, stage: Stage, home: str, batch: ImportBatch) -> dict[str, Plan]:
        context = Context(self.mapping.source, self.on, batch.pk, home)
        found = {}
        for entity in self.mapping.kind.entities:
            if entity.word in stage.entities:
                found[entity.word] = Plan(entity, self.mapping, stage.columns[entity.word], context)
        return found

    def _account_for(self, reader: RowReader, resolver: Resolver, plans: dict[str, Plan]) -> None:
        """Count: whole rows at the top, every kind of thing apart."""
        outcome, kind = self.outcome, self.mapping.kind
        outcome.problems = sorted(reader.problems + resolver.problems, key=lambda p: (p.line, p.column))
        outcome.rejected = len({p.row for p in outcome.problems})
        own = [e.word for e in (*kind.chain, *kind.attached) if e.word in plans]
        outcome.created, outcome.updated, outcome.unchanged = rows_by_outcome(reader.leaf.word, own)
        outcome.kinds = {plan.entity.plural: counts_of(plan) for plan in plans.values()}

    def _close(self, batch: ImportBatch) -> None:
        batch.finished_at = Now()
        batch.counts = self.outcome.as_json()
        batch.save()
        ImportProblem.objects.bulk_create(
            (
                ImportProblem(batch=batch, line=p.line, column=p.column[:200], value=p.value, reason=p.reason)
                for p in self.outcome.problems
            ),
            batch_size=_CHUNK,
        )


def has_amounts() -> bool:
    """Whether any amount with a reporting value is recorded."""
    for entity in entities():
        for money in entity.money:
            if entity.model._base_manager.filter(**{f"{money.reporting}__isnull": False}).exists():
                return True
    return False


def _owners_of(accounts: Any) -> dict[int, int]:
    """The owner of each of these accounts."""
    holder = next((e for e in entities() if e.touches == "account"), None)
    if holder is None or not accounts:
        return {}
    rows = holder.model._base_manager.filter(pk__in=list(accounts))
    return dict(rows.values_list("pk", "owner_id"))
