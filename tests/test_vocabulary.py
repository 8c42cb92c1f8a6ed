"""The vocabulary: read, looked up, extended."""

from __future__ import annotations

import pytest
import tomli

from jobcheck.catalog import rules_folder
from jobcheck.vocabulary import VocabularyError, load_vocabulary
from tests.link.flow_world import VOCABULARY

TEXT = """
[aliases]
"acme.Mailer" = "acme.mail.Mailer"
[[library]]
name = "acme"
kind = "email"
repeats = ["acme.mail.Mailer().send", "acme.**.deliver"]
idempotent = ["acme.**.deliver?key"]
"""


def test_there_are_enough_libraries() -> None:
    assert len(VOCABULARY.libraries) >= 25
    assert len(set(VOCABULARY.libraries)) == len(VOCABULARY.libraries)


def test_aliases_wildcards_and_keywords() -> None:
    found = load_vocabulary(TEXT)
    assert [
        entry.role
        for path in ("acme.Mailer().send", "acme.a.b.deliver", "acme.deliver")
        if (entry := found.entry(path))
    ] == ["repeats"] * 3
    keyed = found.entry("acme.a.deliver", {"key"})
    assert keyed is not None
    assert keyed.role == "idempotent"
    assert found.entry("other.deliver") is None
    assert found.knows("acme.anything")
    assert not found.knows("other.anything")


def test_a_project_adds_its_own() -> None:
    extra = {
        "library": [{"name": "ours", "kind": "sms", "repeats": ["ours.text"]}],
        "names": {"email": ["ping*"]},
    }
    found = load_vocabulary(TEXT, extra)
    ours, acme, named = found.entry("ours.text"), found.entry("acme.deliver"), found.named("self.ping_user")
    assert ours is not None
    assert acme is not None
    assert named is not None
    assert (ours.kind, acme.kind, named.kind) == ("sms", "email", "email")


def test_a_key_that_is_none_is_named() -> None:
    with pytest.raises(VocabularyError, match=r"library acme: no such key: repeat$"):
        load_vocabulary('[[library]]\nname = "acme"\nrepeat = ["a.b"]\n')


@pytest.mark.parametrize(
    ("path", "shape"),
    {
        "django.db.models.Model": "class",
        "django.db.models.Model()": "row",
        "django.db.models.Model.objects": "query",
        "django.db.models.Model.objects.filter().recent()": "query",
        "django.db.models.Model.objects.filter()[]": "row",
        "django.db.models.Model.objects.first()": "row",
        "django.db.models.Model.objects.count()": "value",
        "django.db.models.Model.objects.get_or_create()[0]": "row",
        "django.db.models.Model.objects.get_or_create()[1]": "value",
        "django.db.models.Model().lines": "related",
        "flask_sqlalchemy.SQLAlchemy().Model.query.filter_by().first()": "row",
        "sqlalchemy.orm.Session().query().get()": "row",
        "requests.get()": "",
    }.items(),
)
def test_shapes(path: str, shape: str) -> None:
    assert VOCABULARY.shape(path) == shape


@pytest.mark.parametrize(
    ("name", "phase"),
    {
        "welcome_sent": "done",
        "welcomeSent": "done",
        "sent_at": "done",
        "started_at": "started",
        "last_error": "failed",
        "status": "status",
        "name": "",
    }.items(),
)
def test_flags(name: str, phase: str) -> None:
    assert VOCABULARY.flag(name) == phase


@pytest.mark.parametrize(
    ("name", "phase"),
    {
        "update_status": "status",
        "mark_failed": "failed",
        "_mark_as_sent": "completed",
        "set_state": "status",
        "save": "",
    }.items(),
)
def test_functions_that_record_a_status(name: str, phase: str) -> None:
    assert VOCABULARY.status_function(name) == phase


def test_words() -> None:
    assert [VOCABULARY.word(word) for word in ("Processing", "done", "FAILED", "blue")] == [
        "started",
        "completed",
        "failed",
        "",
    ]


def test_rows_meant_to_be_one_per_attempt() -> None:
    assert VOCABULARY.is_append_only("DeliveryLog")
    assert not VOCABULARY.is_append_only("Order")


def test_how_long_a_receiver_knows_a_key_has_a_source() -> None:
    text = (rules_folder() / "vocabulary.toml").read_text("utf-8")
    told = [library for library in tomli.loads(text)["library"] if "forgets" in library]
    assert told
    assert all(library["keys"] and library["source"].startswith("https://") for library in told)
    assert load_vocabulary(text).entry("stripe.Refund.create").forgets == 86_400  # type: ignore[union-attr]
    assert load_vocabulary(text).entry("requests.post").forgets is None  # type: ignore[union-attr]
