"""Which file an import names."""

from __future__ import annotations

import pytest

from jobcheck.link.names import Modules

SHOP = ("shop/__init__.py", "shop/tasks.py", "shop/mail/__init__.py", "shop/mail/send.py")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shop/tasks.py", "shop.tasks"),
        ("shop/__init__.py", "shop"),
        ("shop/mail/send.py", "shop.mail.send"),
        ("manage.py", "manage"),
        ("src/lib/core.py", "lib.core"),
        ("loose/job.py", "job"),
    ],
)
def test_the_name_of_a_file_starts_at_the_nearest_folder_that_is_no_package(path: str, name: str) -> None:
    modules = Modules((*SHOP, "manage.py", "src/lib/__init__.py", "src/lib/core.py", "loose/job.py"))
    assert modules.name_of(path) == name


def test_files_that_would_have_one_name_get_the_name_from_the_project_root() -> None:
    modules = Modules(("mail/tasks.py", "billing/tasks.py", "other/jobs.py"))
    assert [modules.name_of(p) for p in ("mail/tasks.py", "billing/tasks.py", "other/jobs.py")] == [
        "mail.tasks",
        "billing.tasks",
        "jobs",
    ]


def test_a_file_at_the_root_of_a_project_that_is_itself_a_package() -> None:
    modules = Modules(("__init__.py", "shop/__init__.py", "shop/tasks.py"))
    assert modules.name_of("__init__.py") == "__init__"
    assert modules.find("shop.tasks", "shop/__init__.py") == "shop/tasks.py"


@pytest.mark.parametrize(
    ("dotted", "found"),
    [
        ("shop", "shop/__init__.py"),
        ("shop.tasks", "shop/tasks.py"),
        ("shop.mail", "shop/mail/__init__.py"),
        ("shop.mail.send", "shop/mail/send.py"),
        ("shop.nothing", None),
        ("celery", None),
    ],
)
def test_find(dotted: str, found: str | None) -> None:
    assert Modules(SHOP).find(dotted, "shop/tasks.py") == found


def test_a_package_comes_before_a_module_of_the_same_name() -> None:
    assert Modules(("mail.py", "mail/__init__.py")).find("mail", "main.py") == "mail/__init__.py"


def test_of_several_roots_the_one_above_the_importer_comes_first() -> None:
    modules = Modules(
        (
            "engine/apps/__init__.py",
            "engine/apps/tasks.py",
            "tools/apps/__init__.py",
            "tools/apps/tasks.py",
            "docs/conf.py",
        )
    )
    assert modules.find("apps.tasks", "tools/apps/__init__.py") == "tools/apps/tasks.py"
    assert modules.find("apps.tasks", "engine/apps/__init__.py") == "engine/apps/tasks.py"
    assert modules.find("apps.tasks", "docs/conf.py") == "engine/apps/tasks.py"


def test_an_installed_package_is_not_shadowed_by_a_module_deep_in_the_project() -> None:
    modules = Modules(("shop/celery.py", "shop/worker.py"), frozenset({"celery"}))
    assert modules.find("celery", "shop/worker.py") is None
    assert modules.find("shop.celery", "shop/worker.py") == "shop/celery.py"


def test_a_project_may_be_the_installed_package_itself() -> None:
    modules = Modules(("celery/__init__.py", "celery/app.py"), frozenset({"celery"}))
    assert modules.find("celery.app", "celery/__init__.py") == "celery/app.py"


@pytest.mark.parametrize(
    ("importer", "level", "module", "found"),
    [
        ("shop/tasks.py", 1, "mail", "shop/mail/__init__.py"),
        ("shop/__init__.py", 1, "tasks", "shop/tasks.py"),
        ("shop/mail/send.py", 2, "tasks", "shop/tasks.py"),
        ("shop/mail/send.py", 2, "", "shop/__init__.py"),
        ("shop/mail/__init__.py", 1, "", "shop/mail/__init__.py"),
        ("shop/mail/send.py", 1, "tasks", None),
        ("shop/tasks.py", 4, "shop", "shop/__init__.py"),
    ],
)
def test_relative(importer: str, level: int, module: str, found: str | None) -> None:
    assert Modules(SHOP).relative(importer, level, module) == found


def test_relative_imports_in_folders_without_an_init() -> None:
    modules = Modules(("jobs/mail.py", "jobs/deep/send.py"))
    assert modules.relative("jobs/mail.py", 1, "") is None
    assert modules.in_folder("jobs/other.py", 1, "", "mail") == "jobs/mail.py"
    assert modules.in_folder("jobs/deep/send.py", 2, "", "mail") == "jobs/mail.py"
    assert modules.in_folder("jobs/mail.py", 1, "deep", "send") == "jobs/deep/send.py"


def test_submodules_are_found_in_packages_only() -> None:
    modules = Modules(SHOP)
    assert modules.submodule("shop/__init__.py", "tasks") == "shop/tasks.py"
    assert modules.submodule("shop/tasks.py", "mail") is None


def test_namespaces_are_folders_without_an_init() -> None:
    modules = Modules(("acme/billing/tasks.py", *SHOP))
    assert modules.is_namespace("acme")
    assert modules.is_namespace("acme.billing")
    assert not modules.is_namespace("shop")
    assert not modules.is_namespace("celery")
