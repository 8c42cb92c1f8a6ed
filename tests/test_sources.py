"""Which files a project has, and what is in them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jobcheck import sources
from jobcheck.sources import Sources, excluded, gather, is_test

GIT = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def write(root: Path, *paths: str, text: str = "") -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def git(root: Path, *command: str) -> None:
    subprocess.run(["git", "-C", str(root), *command], check=True, capture_output=True, env=GIT)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder outside any git work tree."""
    write(
        tmp_path, "shop/__init__.py", "shop/tasks.py", "main.py", "notes.txt", "build/out.py", "deep/a/b.py"
    )
    return tmp_path


@pytest.fixture
def work_tree(tree: Path) -> Path:
    """The same as a git work tree of which shop/ is committed."""
    git(tree, "init", "-q")
    git(tree, "add", "shop")
    return tree


ALL = ("build/out.py", "deep/a/b.py", "main.py", "shop/__init__.py", "shop/tasks.py")


def test_without_git_the_folders_are_walked(tree: Path) -> None:
    assert gather(tree).paths == ALL


def test_git_knows_files_that_are_committed_and_those_that_could_be(work_tree: Path) -> None:
    assert gather(work_tree).paths == ALL


def test_without_the_git_command_the_folders_are_walked(
    work_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert gather(work_tree).paths == ALL


@pytest.mark.parametrize("with_git", [True, False])
def test_gitignore_holds(tree: Path, with_git: bool) -> None:
    write(tree, ".gitignore", text="build/\n*_gen.py\n!keep_gen.py\n/main.py\n")
    write(tree, "a_gen.py", "keep_gen.py", "deep/main.py")
    if with_git:
        git(tree, "init", "-q")
    found = gather(tree).paths
    assert found == ("deep/a/b.py", "deep/main.py", "keep_gen.py", "shop/__init__.py", "shop/tasks.py")


@pytest.mark.parametrize("with_git", [True, False])
@pytest.mark.parametrize(
    "foreign",
    [
        ".venv/lib/x.py",
        ".tox/x.py",
        "node_modules/x.py",
        "a/site-packages/x.py",
        "venv/x.py",
        "a/__pycache__/x.py",
    ],
)
def test_hidden_folders_and_installed_packages_are_left_out(tree: Path, with_git: bool, foreign: str) -> None:
    write(tree, foreign)
    if with_git:
        git(tree, "init", "-q")
    assert gather(tree).paths == ALL


def test_a_virtual_environment_of_any_name_is_left_out(tree: Path) -> None:
    write(tree, "my-python/pyvenv.cfg", "my-python/lib/x.py")
    assert gather(tree).paths == ALL


def test_a_folder_that_git_ignores_as_a_whole_is_walked_when_it_is_the_project(work_tree: Path) -> None:
    write(work_tree, ".gitignore", text="build/\n")
    assert gather(work_tree / "build").paths == ("out.py",)


def test_a_folder_inside_a_work_tree_is_a_project_of_its_own(work_tree: Path) -> None:
    assert gather(work_tree / "shop").paths == ("__init__.py", "tasks.py")


def test_a_file_that_was_deleted_is_no_part_of_the_project(work_tree: Path) -> None:
    (work_tree / "shop/tasks.py").unlink()
    assert "shop/tasks.py" not in gather(work_tree).paths


def test_links_are_followed_to_files_and_not_to_folders(tree: Path) -> None:
    (tree / "link.py").symlink_to(tree / "main.py")
    (tree / "loop.py").symlink_to(tree / "loop.py")
    (tree / "broken.py").symlink_to(tree / "nowhere.py")
    (tree / "again").symlink_to(tree / "shop")
    assert gather(tree).paths == tuple(sorted((*ALL, "link.py")))


def test_a_folder_that_cannot_be_listed_is_empty(tree: Path) -> None:
    assert gather(tree / "nowhere").paths == ()


def test_names_with_other_letters(work_tree: Path) -> None:
    write(work_tree, "ünï/tâsk mail.py")
    assert "ünï/tâsk mail.py" in gather(work_tree).paths


def test_exclude_and_within(tree: Path) -> None:
    assert gather(tree, exclude=("build", "deep/*")).paths == ("main.py", "shop/__init__.py", "shop/tasks.py")
    assert gather(tree, within=("shop/", "main.py")).paths == ("main.py", "shop/__init__.py", "shop/tasks.py")
    assert gather(tree, within=(".",)).paths == ALL


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("build", "build/out.py", True),
        ("build/", "build/deep/out.py", True),
        ("build", "builder/out.py", False),
        ("*/migrations/*", "shop/migrations/0001.py", True),
        ("main.py", "main.py", True),
        ("main.py", "shop/main.py", False),
        ("*_pb2.py", "shop/a_pb2.py", True),
    ],
)
def test_patterns_of_exclusion(pattern: str, path: str, expected: bool) -> None:
    assert excluded(path, (pattern,)) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/helpers.py", True),
        ("shop/tests/test_mail.py", True),
        ("shop/test/x.py", True),
        ("shop/testing/x.py", True),
        ("test_mail.py", True),
        ("shop/mail_test.py", True),
        ("conftest.py", True),
        ("shop/tests.py", True),
        ("shop/latest/x.py", False),
        ("shop/contest.py", False),
        ("shop/testers.py", False),
        ("shop/attest_mail.py", False),
    ],
)
def test_what_counts_as_a_test_file(path: str, expected: bool) -> None:
    assert is_test(path) is expected


def test_contents_overlays_and_digests(tree: Path) -> None:
    (tree / "main.py").write_bytes(b"on_disk = 1\n")
    found = Sources(tree, ("main.py", "gone.py"), {"new.py": b"unsaved = 1\n", "main.py": b"edited = 1\n"})
    assert found.paths == ("gone.py", "main.py", "new.py")
    assert found.content("main.py") == b"edited = 1\n"
    assert found.content("new.py") == b"unsaved = 1\n"
    assert found.content("gone.py") == b""
    assert found.digest("main.py") != found.digest("new.py")
    assert found.digest("main.py") == Sources(tree, (), {"other.py": b"edited = 1\n"}).digest("other.py")


def test_overlays_of_a_gathered_project(tree: Path) -> None:
    found = gather(tree, {"shop/new.py": b"x = 1\n"})
    assert found.paths == tuple(sorted((*ALL, "shop/new.py")))
    assert found.content("shop/new.py") == b"x = 1\n"


def test_a_file_is_read_once(tree: Path) -> None:
    found = Sources(tree, ("main.py",))
    before = found.content("main.py")
    (tree / "main.py").write_text("changed = 1\n", encoding="utf-8")
    assert found.content("main.py") == before == b""


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb", ["a", "b"]),
        (b"a\rb\n", ["a", "b"]),
        (b"a\x0cb\x1cc\n", ["a\x0cb\x1cc"]),
        ("a\u2028b\n".encode(), ["a\u2028b"]),
        (b"\xef\xbb\xbfa\n", ["a"]),
        (b"\xff\n", ["\ufffd"]),
        (b"", []),
        (b"\n\n", ["", ""]),
    ],
)
def test_lines_are_counted_as_python_counts_them(content: bytes, lines: list[str], tmp_path: Path) -> None:
    assert Sources(tmp_path, (), {"a.py": content}).lines("a.py") == lines


def test_files_that_mention_something(tree: Path) -> None:
    found = Sources(tree, (), {"a.py": b"import celery\n", "b.py": b"import os\n", "c.py": b"x = 'celery'\n"})
    assert list(found.mentioning(["celery", "rq"])) == ["a.py", "c.py"]
    assert list(found.mentioning(["celery"], ["b.py", "c.py"])) == ["c.py"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1  # celery\n", False),
        ("x = 1\r# celery\r\n", False),
        ("# rq\nimport celery  # rq\n", True),
        ("x = '#', celery\n", True),
        ('x = "\\"#", celery\n', True),
        ("# celery\rimport celery\n", True),
    ],
)
def test_a_comment_mentions_nothing(text: str, found: bool, tmp_path: Path) -> None:
    sources = Sources(tmp_path, (), {"a.py": text.encode()})
    assert any(sources.mentioning(["celery"])) is found


@pytest.mark.parametrize(
    ("name", "found"), [("task", False), ("my_task", True), ("x", False), ("ask", False)]
)
def test_a_name_is_mentioned_where_it_stands_as_a_whole_word(name: str, found: bool, tmp_path: Path) -> None:
    sources = Sources(tmp_path, (), {"a.py": b"from jobs import my_task, xy\n"})
    assert any(sources.mentioning([name])) is found


def test_settings_of_a_surrounding_git_are_left_aside(
    work_tree: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert gather(work_tree).paths == ALL


def test_a_listing_that_git_refuses_is_no_listing(tree: Path) -> None:
    assert sources._from_git(tree) is None


@pytest.mark.parametrize("with_git", [True, False])
def test_what_is_no_file_is_not_listed(tree: Path, with_git: bool) -> None:
    (tree / "shop" / ".#tasks.py").write_text("an editor's lock")
    (tree / "shop" / "folder.py").mkdir()
    os.mkfifo(tree / "shop" / "pipe.py")
    if with_git:
        git(tree, "init", "-q")
    assert gather(tree).paths == ALL


def test_what_cannot_be_opened_says_why(tree: Path) -> None:
    found = Sources(tree, ["shop", "gone.py", "shop/tasks.py"])
    assert {path for path in found.paths if found.content(path)} == set()
    assert found.unreadable == {"gone.py": "No such file or directory", "shop": "Is a directory"}
    assert found.digest("gone.py") != found.digest("shop/tasks.py")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("with_git", [True, False])
def test_file_that_may_not_be_read_is_listed_and_says_so(tree: Path, with_git: bool) -> None:
    if with_git:
        git(tree, "init", "-q")
        git(tree, "add", ".")
    (tree / "main.py").chmod(0)
    found = gather(tree)
    assert found.paths == ALL
    assert (found.content("main.py"), found.unreadable) == (b"", {"main.py": "Permission denied"})
