"""Enqueueing around Django's transactions: what is sent when, and what the job finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from .conftest import Bench

django = pytest.importorskip("django")

from django.conf import settings  # noqa: E402

if not settings.configured:
    settings.configure(
        INSTALLED_APPS=[__package__],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
    )
    django.setup()

from celery.contrib.django.task import DjangoTask  # noqa: E402
from django.core.handlers.base import BaseHandler  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from kombu.exceptions import EncodeError  # noqa: E402

Make = Callable[..., Bench]


class Invoice(models.Model):
    paid = models.BooleanField(default=False)

    class Meta:
        app_label = "behaviour"


@pytest.fixture(autouse=True)
def invoices() -> Iterator[None]:
    """The table, empty."""
    with connection.schema_editor() as editor:
        editor.create_model(Invoice)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Invoice)


def _look(bench: Bench) -> Any:
    @bench.task(base=DjangoTask)
    def look(invoice_id: int) -> bool:
        return Invoice.objects.get(pk=invoice_id).paid

    return look


def test_delay_inside_atomic_is_sent_before_the_commit(bench: Make) -> None:
    here = bench()
    look = _look(here)
    with transaction.atomic():
        look.delay(Invoice.objects.create().pk)
        assert here.pending() == 1


def test_delay_inside_atomic_survives_the_rollback_and_the_job_finds_no_row(bench: Make) -> None:
    here = bench()
    look = _look(here)
    with transaction.atomic():
        look.delay(Invoice.objects.create().pk)
        transaction.set_rollback(True)
    (run,) = here.work()
    assert isinstance(run.result, Invoice.DoesNotExist)


AFTER_COMMIT = [
    pytest.param(lambda look, pk: transaction.on_commit(lambda: look.delay(pk)), id="lambda"),
    pytest.param(lambda look, pk: transaction.on_commit(partial(look.delay, pk)), id="partial"),
    pytest.param(lambda look, pk: transaction.on_commit(look.s(pk).delay), id="signature"),
    pytest.param(lambda look, pk: look.delay_on_commit(pk), id="delay_on_commit"),
    pytest.param(lambda look, pk: look.apply_async_on_commit((pk,)), id="apply_async_on_commit"),
]


@pytest.mark.parametrize("enqueue", AFTER_COMMIT)
def test_on_commit_sends_after_the_outermost_commit(bench: Make, enqueue: Callable[..., Any]) -> None:
    here = bench()
    look = _look(here)
    with transaction.atomic():
        with transaction.atomic():
            enqueue(look, Invoice.objects.create(paid=True).pk)
        assert here.pending() == 0
    (run,) = here.work()
    assert run.result is True


@pytest.mark.parametrize("enqueue", AFTER_COMMIT)
def test_on_commit_sends_nothing_after_a_rollback(bench: Make, enqueue: Callable[..., Any]) -> None:
    here = bench()
    look = _look(here)
    with transaction.atomic():
        enqueue(look, Invoice.objects.create().pk)
        transaction.set_rollback(True)
    assert here.pending() == 0


def test_on_commit_called_with_the_result_of_delay_sends_at_once(bench: Make) -> None:
    here = bench()
    look = _look(here)
    with pytest.raises(TypeError), transaction.atomic():
        transaction.on_commit(look.delay(1))
    assert here.pending() == 1


def test_delay_on_commit_returns_no_id(bench: Make) -> None:
    look = _look(bench())
    with transaction.atomic():
        assert look.delay_on_commit(1) is None


def test_a_plain_task_class_has_no_delay_on_commit(bench: Make) -> None:
    @bench().task
    def job() -> None:
        pass

    with pytest.raises(AttributeError):
        job.delay_on_commit()


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(lambda: Invoice.objects.create(), id="a row"),
        pytest.param(lambda: Invoice.objects.all(), id="a queryset"),
        pytest.param(lambda: Invoice.objects.values(), id="values"),
    ],
)
def test_the_default_serializer_refuses_rows_and_querysets(bench: Make, payload: Callable[[], Any]) -> None:
    with pytest.raises(EncodeError):
        _look(bench()).delay(payload())


def test_a_pickled_row_arrives_as_it_was_when_sent(bench: Make) -> None:
    here = bench()
    here.app.conf.update(task_serializer="pickle", accept_content=["pickle"])

    @here.task
    def read(invoice: Invoice) -> bool:
        return invoice.paid

    invoice = Invoice.objects.create(paid=False)
    read.delay(invoice)
    Invoice.objects.update(paid=True)
    (run,) = here.work()
    assert run.result is False


def _view_is_atomic() -> bool:
    def view(request: object) -> bool:
        return bool(connection.in_atomic_block)

    return bool(BaseHandler().make_view_atomic(view)(None))


def test_atomic_requests_belongs_in_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert _view_is_atomic()


def test_atomic_requests_at_top_level_of_the_settings_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ATOMIC_REQUESTS", True, raising=False)
    assert not _view_is_atomic()
