"""Enqueueing around a session of SQLAlchemy: the message leaves at once, the row with the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Bench

sqlalchemy = pytest.importorskip("sqlalchemy")

from sqlalchemy import orm  # noqa: E402

Make = Callable[..., Bench]


class Base(orm.DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Any]:
    """A database that two connections see, and the sessions on it."""
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    Base.metadata.create_all(engine)
    yield orm.sessionmaker(engine)
    engine.dispose()


def _confirm(bench: Bench, sessions: Any) -> Any:
    @bench.task
    def confirm(order_id: int) -> bool:
        with sessions() as session:
            return session.get(Order, order_id) is not None

    return confirm


def test_a_worker_reads_no_row_before_the_commit(bench: Make, sessions: Any) -> None:
    here = bench()
    confirm = _confirm(here, sessions)
    with sessions.begin() as session:
        order = Order()
        session.add(order)
        session.flush()
        confirm.delay(order.id)
        (early,) = here.work()
        confirm.delay(order.id)
    (late,) = here.work()
    assert (early.result, late.result) == (False, True)


def test_a_message_survives_the_rollback(bench: Make, sessions: Any) -> None:
    here = bench()
    confirm = _confirm(here, sessions)
    with sessions() as session:
        order = Order()
        session.add(order)
        session.flush()
        confirm.delay(order.id)
        session.rollback()
    (run,) = here.work()
    assert run.result is False


def test_a_message_sent_after_the_commit_finds_its_row(bench: Make, sessions: Any) -> None:
    here = bench()
    confirm = _confirm(here, sessions)
    with sessions() as session:
        order = Order()
        session.add(order)
        session.commit()
        confirm.delay(order.id)
    (run,) = here.work()
    assert run.result is True
