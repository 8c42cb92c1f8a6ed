"""Facts kept between runs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from jobcheck.cache import FactsCache, pack
from jobcheck.facts import FileFacts
from jobcheck.syntax import read

SOURCE = b"""
from celery import shared_task

@shared_task(bind=True, name="a")
def send(self, user: int = 3, *rest, **more) -> None:
    # jobcheck: ignore[JC101] -- a reason
    for row in rows:
        if row.sent or (n := row.tries) > -2.5e3:
            with lock(f"{row.id}") as held: yield {**row, "a": [*held, None]}
class C(Base[int], metaclass=M):
    x: int
"""


def facts(source: bytes = SOURCE) -> FileFacts:
    found = read(source)
    assert isinstance(found, FileFacts)
    return found


def store(file: Path, version: str = "1", **kept: FileFacts) -> FactsCache:
    cache = FactsCache(file, version)
    for digest, read_ in kept.items():
        cache.put(digest, pack(read_))
    cache.save()
    return cache


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "facts.msgpack"


def test_what_is_put_comes_back_the_same(file: Path) -> None:
    assert FactsCache(file, "1").put("d", pack(facts())) == facts()
    store(file, d=facts())
    assert FactsCache(file, "1").get("d") == facts()
    assert FactsCache(file, "1").get("other") is None


def test_another_version_of_the_extractor_is_another_store(file: Path) -> None:
    store(file, d=facts())
    assert FactsCache(file, "2").get("d") is None


def test_a_cache_without_a_file_keeps_nothing(tmp_path: Path) -> None:
    cache = FactsCache(None, "1")
    assert cache.put("d", pack(facts())) == facts()
    cache.save()
    assert cache.get("d") is None
    assert list(tmp_path.iterdir()) == []


GOOD = pack(FileFacts(facts().outline, {}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        b"\xc1",
        GOOD,
        msgspec.msgpack.encode([1, 2]),
        msgspec.msgpack.encode({"version": 1, "files": {}}),
        msgspec.msgpack.encode({"version": "1"}),
        msgspec.msgpack.encode({"version": "1", "files": {"d": 7}}),
        msgspec.msgpack.encode({"version": "1", "files": {"d": [["Outline"], {}]}}),
        msgspec.msgpack.encode({"version": "1", "files": {"d": msgspec.Raw(GOOD[:-1])}}),
        b"\x82\xa7version\xa11\xa5files\x81\xa1d" + b"\x91" * 100_000 + b"\x00",
    ],
    ids=range(11),
)
def test_a_store_that_cannot_be_read_counts_for_nothing(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    cache = FactsCache(file, "1")
    assert cache.get("d") is None
    cache.put("d", pack(facts()))
    cache.save()
    assert FactsCache(file, "1").get("d") == facts()


def test_a_store_cut_short_counts_for_nothing(file: Path) -> None:
    store(file, d=facts())
    whole = file.read_bytes()
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        assert FactsCache(file, "1").get("d") is None


def test_what_was_not_used_is_dropped(file: Path) -> None:
    store(file, a=facts(), b=facts(b"x = 1\n"))
    cache = FactsCache(file, "1")
    cache.get("b")
    cache.save()
    again = FactsCache(file, "1")
    assert again.get("a") is None
    assert again.get("b") == facts(b"x = 1\n")


def test_nothing_is_written_when_nothing_changed(file: Path) -> None:
    store(file, a=facts())
    before = file.stat().st_mtime_ns, file.stat().st_ino
    cache = FactsCache(file, "1")
    cache.get("a")
    cache.save()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_the_store_is_the_same_whatever_the_order(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    store(one, a=facts(), b=facts(b"x = 1\n"))
    store(two, b=facts(b"x = 1\n"), a=facts())
    assert one.read_bytes() == two.read_bytes()


def test_a_folder_that_is_not_there_costs_nothing_but_time(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "facts"
    store(file, a=facts())
    assert not file.exists()


def test_a_folder_that_may_not_be_written_to(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(file, a=facts())
    before = file.read_bytes()

    def refuse(self: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    store(file, b=facts())
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]
