"""Reading files into facts, in one process and in several."""

from __future__ import annotations

from concurrent import futures
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from jobcheck import reading
from jobcheck.cache import FactsCache
from jobcheck.facts import FileFacts, Problem
from jobcheck.reading import Reader
from jobcheck.sources import Sources
from jobcheck.syntax import read

FILES = {f"m{n}.py": f"def f{n}(a): return g(a, {n})\n".encode() * (n + 1) for n in range(8)}
BROKEN = {"bad.py": b"x = 1\ndef (:\n", "nul.py": b"a\0b\n"}


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path, (), {**FILES, **BROKEN})


@pytest.fixture
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any file is worth a process of its own."""
    monkeypatch.setattr(reading, "WORTH_A_PROCESS", 0)


def reader(sources: Sources, workers: int = 1, cache: FactsCache | None = None) -> Reader:
    return Reader(sources, cache or FactsCache(None, "1"), workers)


def test_every_file_is_read_and_problems_are_kept(sources: Sources) -> None:
    one = reader(sources)
    assert one.read(sources.paths) == {path: read(content) for path, content in sorted(FILES.items())}
    assert one.problems == {path: read(content) for path, content in BROKEN.items()}
    assert one.problems["bad.py"].line == 2


def test_only_the_files_asked_for_are_read(sources: Sources) -> None:
    assert list(reader(sources).read(["m3.py", "m1.py"])) == ["m1.py", "m3.py"]


@pytest.mark.usefixtures("worth_it")
def test_several_processes_read_the_same(sources: Sources) -> None:
    one = reader(sources)
    with reader(sources, 2) as two:
        assert two.read(sources.paths) == one.read(sources.paths)
        assert two.problems == one.problems


@pytest.mark.usefixtures("worth_it")
def test_processes_are_started_once(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    class Pool(futures.ProcessPoolExecutor):
        def __init__(self, workers: int, **rest: Any) -> None:
            started.append(workers)
            super().__init__(workers, **rest)

    monkeypatch.setattr(futures, "ProcessPoolExecutor", Pool)
    with reader(sources, 2) as two:
        assert len(two.read(["m1.py", "m2.py"])) + len(two.read(["m3.py"])) == 3
    assert started == [2]


def test_few_bytes_are_read_in_the_process_itself(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(futures, "ProcessPoolExecutor", None)
    assert len(reader(sources, 2).read(FILES)) == len(FILES)


class BreakingPool:
    """Gives so many results and breaks."""

    def __init__(self, workers: int, initializer: object) -> None:
        self.taken = 0

    def shutdown(self, cancel_futures: bool) -> None: ...

    def submit(self, function: Any, content: bytes) -> futures.Future[Any]:
        future: futures.Future[Any] = futures.Future()
        self.taken += 1
        if self.taken > 3:
            future.set_exception(BrokenProcessPool("a process was killed"))
        else:
            future.set_result(function(content))
        return future


class FullPool(BreakingPool):
    """Takes so many files and no more."""

    def submit(self, function: Any, content: bytes) -> futures.Future[Any]:
        if self.taken == 3:
            raise OSError(12, "Cannot allocate memory")
        return super().submit(function, content)


def _refused(workers: int, initializer: object) -> None:
    raise OSError(38, "Function not implemented")


@pytest.mark.usefixtures("worth_it")
@pytest.mark.parametrize("pool", [BreakingPool, FullPool, _refused])
def test_where_processes_fail_the_rest_is_read_without(
    sources: Sources, pool: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(futures, "ProcessPoolExecutor", pool)
    seen: list[int] = []
    with reader(sources, 2) as two:
        found = two.read(sources.paths, lambda done, total: seen.append(done))
    assert found == reader(sources).read(sources.paths)
    assert seen == list(range(1, len(sources.paths) + 1))
    assert set(two.problems) == set(BROKEN)


@pytest.mark.usefixtures("worth_it")
def test_what_was_begun_is_read_once_and_the_same(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    class Pool(BreakingPool):
        def submit(self, function: Any, content: bytes) -> futures.Future[Any]:
            asked.append(content)
            self.taken = 0
            return super().submit(function, content)

    monkeypatch.setattr(futures, "ProcessPoolExecutor", Pool)
    with reader(sources, 2) as two:
        for path in ("m1.py", "bad.py", "m1.py"):
            two.begin(path)
        assert asked == [FILES["m1.py"], BROKEN["bad.py"]]
        assert two.read(["bad.py", "m1.py"]) == {"m1.py": read(FILES["m1.py"])}
        assert len(asked) == 2
        assert set(two.problems) == {"bad.py"}
    two.begin("m2.py")
    assert len(asked) == 2


@pytest.mark.usefixtures("worth_it")
def test_what_is_in_the_cache_is_not_begun(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FactsCache(tmp_path / "facts", "1")
    first = reader(sources, cache=cache).read(["m1.py"])
    cache.save()
    monkeypatch.setattr(futures, "ProcessPoolExecutor", None)
    with reader(sources, 2, FactsCache(tmp_path / "facts", "1")) as two:
        two.begin("m1.py")
        assert two.read(["m1.py"]) == first


def test_few_bytes_are_not_begun(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(futures, "ProcessPoolExecutor", None)
    with reader(sources, 2) as two:
        two.begin("m1.py")
        assert list(two.read(["m1.py"])) == ["m1.py"]


def test_progress_counts_what_had_to_be_parsed(sources: Sources, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    cache = FactsCache(tmp_path / "facts", "1")
    reader(sources, cache=cache).read(["m0.py"])
    cache.save()
    again = reader(sources, cache=FactsCache(tmp_path / "facts", "1"))
    again.read(["m0.py", "m1.py", "m2.py"], lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_what_is_in_the_cache_is_not_parsed(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FactsCache(tmp_path / "facts", "1")
    first = reader(sources, cache=cache).read(FILES)
    cache.save()
    monkeypatch.setattr(reading, "_parsed", None)
    assert reader(sources, cache=FactsCache(tmp_path / "facts", "1")).read(FILES) == first


def test_a_problem_is_not_kept_in_the_cache(sources: Sources, tmp_path: Path) -> None:
    cache = FactsCache(tmp_path / "facts", "1")
    reader(sources, cache=cache).read(["bad.py"])
    cache.save()
    again = reader(sources, cache=FactsCache(tmp_path / "facts", "1"))
    assert again.read(["bad.py"]) == {}
    assert isinstance(again.problems["bad.py"], Problem)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    found = reader(Sources(tmp_path, (), {"empty.py": b""})).read(["empty.py"])
    assert found["empty.py"] == read(b"")
    assert isinstance(found["empty.py"], FileFacts)


@pytest.mark.usefixtures("worth_it")
def test_a_file_that_cannot_be_opened_is_a_problem_and_has_no_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(futures, "ProcessPoolExecutor", None)
    with reader(Sources(tmp_path, ["gone.py"]), 2) as two:
        two.begin("gone.py")
        assert two.read(["gone.py"]) == {}
    assert two.problems == {"gone.py": Problem(1, 1, "No such file or directory")}
