"""Whether the project's settings put every request in a transaction, and what follows for producers."""

from __future__ import annotations

import pytest

from jobcheck.engine import check_sources

TASKS = "from celery import Celery\napp = Celery('shop')\n@app.task\ndef send(user_id):\n    print(user_id)\n"
VIEWS = "from shop.tasks import send\ndef view(request):\n    send.delay(request.user.id)\n"
MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\nimport celery\n"


def found(settings: str, views: str = VIEWS, **more: str) -> list[tuple[str, int]]:
    sources = {
        "manage.py": MANAGE,
        "shop/__init__.py": "",
        "shop/tasks.py": TASKS,
        "shop/views.py": views,
        "shop/settings.py": settings,
        **{f"shop/{name}.py": text for name, text in more.items()},
    }
    return [(f.at.path, f.steps[0].at.span.line) for f in check_sources(sources, select=("JC901",))]


ON = {
    "in the mapping": "DATABASES = {\n    'default': {'NAME': 'x', 'ATOMIC_REQUESTS': True},\n}\n",
    "set afterwards": "DATABASES = {'default': {'NAME': 'x'}}\nDATABASES['default']['ATOMIC_REQUESTS'] = True\n",
}
OFF = {
    "not said": "DATABASES = {'default': {'NAME': 'x'}}\n",
    "switched off": "DATABASES = {'default': {'ATOMIC_REQUESTS': False}}\n",
    "at the top, where nothing reads it": "ATOMIC_REQUESTS = True\nDATABASES = {'default': {}}\n",
    "from the environment": "import os\nDATABASES = {'default': {'ATOMIC_REQUESTS': bool(os.environ.get('A'))}}\n",
}


@pytest.mark.parametrize("settings", ON.values(), ids=ON)
def test_a_producer_in_a_view_is_inside_the_request_s_transaction(settings: str) -> None:
    assert found(settings) == [("shop/views.py", 2)]


@pytest.mark.parametrize("settings", OFF.values(), ids=OFF)
def test_without_the_setting_it_is_not(settings: str) -> None:
    assert found(settings) == []


def test_the_settings_module_that_is_used_counts() -> None:
    assert found("DATABASES = {'default': {}}\n", other=ON["in the mapping"]) == []
    assert found("from shop.base import *\n", base=ON["in the mapping"]) == [("shop/views.py", 2)]


LATER = {
    "on_commit": (
        "from django.db import transaction\nfrom shop.tasks import send\ndef view(request):\n"
        "    transaction.on_commit(lambda: send.delay(request.user.id))\n"
    ),
    "delay_on_commit": "from shop.tasks import send\ndef view(request):\n    send.delay_on_commit(1)\n",
    "not atomic": (
        "from django.db import transaction\nfrom shop.tasks import send\n"
        "@transaction.non_atomic_requests\ndef view(request):\n    send.delay(1)\n"
    ),
    "no view": "from shop.tasks import send\ndef nightly(day):\n    send.delay(day)\n",
}


@pytest.mark.parametrize("views", LATER.values(), ids=LATER)
def test_what_waits_or_is_no_view_is_right(views: str) -> None:
    assert found(ON["in the mapping"], views) == []
