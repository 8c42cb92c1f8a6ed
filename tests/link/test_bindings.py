"""What a block binds, and when."""

from __future__ import annotations

import pytest

from jobcheck import facts
from jobcheck.facts import Span
from jobcheck.link.bindings import Binding, Change, Table, When, statements, table
from tests.link.project import facts_of


def made(source: str) -> Table:
    return table(facts_of(source).outline.block)


def body(source: str) -> Table:
    """The table of the function f."""
    return table(facts_of(source).bodies["f"])


def only(source: str, name: str = "x") -> Binding:
    (binding,) = made(source).names[name]
    return binding


def change(source: str, name: str = "d") -> Change:
    (found,) = made(source).changes[name]
    return found


@pytest.mark.parametrize(
    ("source", "how", "line"),
    [
        ("x = 1", "value", 1),
        ("x: int = 1", "value", 1),
        ("x: int", "annotation", 1),
        ("a = x = 1", "value", 1),
        ("for x in rows: pass", "element", 1),
        ("with lock() as x: pass", "enter", 1),
        ("try:\n    pass\nexcept Boom as x: pass", "except", 3),
        ("import x", "value", 1),
        ("from a import b as x", "value", 1),
        ("def x(): pass", "value", 1),
        ("class x: pass", "value", 1),
        ("if (x := f()): pass", "value", 1),
        ("while not (x := f()): pass", "value", 1),
        ("g(y, (x := f()))", "value", 1),
        ("a, x = f()", "part", 1),
        ("a, (b, x) = f()", "part", 1),
        ("for a, x in rows: pass", "element", 1),
        ("match v:\n    case {'k': x}: pass", "value", 2),
    ],
)
def test_every_way_to_bind_a_name(source: str, how: str, line: int) -> None:
    found = only(source)
    assert (found.how, found.when.at.line) == (how, line)


def test_the_place_in_an_unpacked_tuple_is_kept() -> None:
    names = made("a, b = f()").names
    assert (names["a"][0].place, names["b"][0].place) == ((0,), (1,))


@pytest.mark.parametrize(
    ("source", "sure"),
    [
        ("x = 1", True),
        ("with a: x = 1", True),
        ("try: x = 1\nfinally: done()", True),
        ("try: pass\nexcept E: pass\nfinally: x = 1", True),
        ("if a: x = 1", False),
        ("if a: pass\nelse: x = 1", False),
        ("try: x = 1\nexcept E: pass", False),
        ("try: pass\nexcept E: x = 1", False),
        ("try: pass\nexcept E: pass\nelse: x = 1", False),
        ("for i in r: x = 1", False),
        ("for i in r: pass\nelse: x = 1", False),
        ("if (x := f()): pass", True),
    ],
)
def test_whether_a_binding_certainly_happens(source: str, sure: bool) -> None:
    assert only(source).when.sure is sure


@pytest.mark.parametrize(
    ("source", "fills"),
    [
        ("if x is None: x = 1", True),
        ("if not x: x = 1", True),
        ("if x: x = 1", False),
        ("if y is None: x = 1", False),
        ("if x is None: pass\nelse: x = 1", False),
        ("if x == 1: x = 2", False),
        ("x = 1", False),
    ],
)
def test_whether_a_binding_fills_what_had_no_value(source: str, fills: bool) -> None:
    assert only(source).fills is fills


def test_an_augmented_assignment_reads_what_was_there_before() -> None:
    found = only("x += 2")
    assert isinstance(found.value, facts.Compute)
    assert found.value.op == "+"
    read, added = found.value.operands
    assert isinstance(read, facts.Read)
    assert read.place == facts.Place("x")
    assert added == facts.Literal(2, Span(1, 6, 1, 7))


@pytest.mark.parametrize(
    ("read", "before", "reaches"),
    [
        (Span(1, 1, 1, 2), False, False),
        (Span(2, 5, 2, 6), True, True),
        (Span(2, 4, 2, 5), False, False),
        (Span(9, 1, 9, 2), True, True),
        (None, True, True),
    ],
)
def test_when_in_a_straight_line(read: Span | None, before: bool, reaches: bool) -> None:
    when = When(Span(2, 1, 2, 5))
    assert (when.before(read), when.reaches(read)) == (before, reaches)


def test_a_loop_comes_round_to_what_stands_above() -> None:
    found = only("for i in r:\n    use(x)\n    x = 1\nuse(x)\n")
    assert found.when.loop == Span(1, 1, 3, 10)
    assert not found.when.before(Span(2, 9, 2, 10))
    assert found.when.reaches(Span(2, 9, 2, 10))
    assert not found.when.reaches(Span(0, 1, 0, 2))


@pytest.mark.parametrize(
    ("source", "verb", "key", "value"),
    [
        ("d['a'] = 1", "update", "a", 1),
        ("d.setdefault('a', 1)", "setdefault", "a", 1),
        ("d.setdefault('a')", "setdefault", "a", None),
        ("d.update(a=1)", "update", "a", 1),
        ("d.pop('a')", "pop", "a", None),
        ("x = d.pop('a', 1)", "pop", "a", 1),
        ("x = d.pop('a', 1) or 2", "pop", "a", 1),
        ("use(d.pop('a', 1))", "pop", "a", 1),
        ("d.append(1)", "append", None, 1),
        ("d.extend(1)", "extend", None, 1),
        ("if 'a' not in d: d['a'] = 1", "setdefault", "a", 1),
        ("if 'b' not in d: d['a'] = 1", "update", "a", 1),
    ],
)
def test_changes_of_what_a_name_holds(source: str, verb: str, key: str | None, value: object) -> None:
    found = change(source)
    assert isinstance(found.value, facts.Literal)
    written = found.key.value if isinstance(found.key, facts.Literal) else found.key
    assert (found.verb, written, found.value.value) == (verb, key, value)


def test_an_absent_key_that_is_filled_in_is_there_for_certain() -> None:
    assert change("if 'a' not in d: d['a'] = 1").when.sure
    assert not change("if b:\n    if 'a' not in d: d['a'] = 1").when.sure
    assert not change("if b: d['a'] = 1").when.sure


def test_an_update_by_a_mapping_and_by_keywords_are_two_changes() -> None:
    first, second = made("d.update(more, a=1)").changes["d"]
    assert first.key is None
    assert isinstance(first.value, facts.Read)
    assert isinstance(second.key, facts.Literal)
    assert second.key.value == "a"


def test_a_deleted_key_is_gone_and_a_deleted_name_is_nothing() -> None:
    assert change("del d['a']").verb == "pop"
    assert made("del x, d.y").names == {}


@pytest.mark.parametrize(
    "source", ["d.append()", "d.pop()", "d.setdefault()", "d.update()", "del a.b['c']", "a.b.pop('c')"]
)
def test_what_changes_nothing_that_a_name_holds(source: str) -> None:
    assert made(source).changes == {}


def test_a_place_below_an_attribute_or_a_call_binds_nothing() -> None:
    found = made("a.b.c = 1\nf().x = 2\nfor d['k'] in r: pass\n")
    assert (found.names, found.members, found.keyed) == ({}, {}, {})


def test_what_a_lambda_does_happens_elsewhere() -> None:
    assert made("f = lambda: d.pop('a')").changes == {}


def test_members_of_names_and_constant_keys() -> None:
    found = made("self.queue = Queue('a')\nconfig.registry['app'] = Celery()\nregistry['b'] = 1\n")
    assert [binding.how for binding in found.members["self", "queue"]] == ["value"]
    assert set(found.keyed) == {("registry", "app"), ("registry", "b")}


def test_returned_and_yielded_values() -> None:
    found = body("def f():\n    if a: return 1\n    x = yield 2\n    g((yield 3))\n    return\n")
    assert [value.value for value in found.returns if isinstance(value, facts.Literal)] == [1]
    assert [value.value for value in found.yields if isinstance(value, facts.Literal)] == [2, 3]


def test_what_a_function_inside_binds_is_its_own() -> None:
    assert set(body("def f():\n    a = 1\n    def g():\n        b = 2\n").names) == {"a", "g"}


def test_statements_are_in_the_order_of_the_text() -> None:
    block = facts_of(
        "if a:\n    b()\nelse:\n    c()\ntry:\n    d()\nexcept E:\n    e()\nelse:\n    f()\nfinally:\n    g()\n"
        "for i in h:\n    j()\nelse:\n    k()\nwith l:\n    m()\n"
    ).outline.block
    names = [
        statement.value.callee.place.root
        for statement in statements(block)
        if isinstance(statement, facts.Expression)
        and isinstance(statement.value, facts.Call)
        and isinstance(statement.value.callee, facts.Read)
    ]
    assert names == list("bcdefgjkm")


def test_assignment_that_ends_a_try_does_not_reach_its_handlers() -> None:
    text = (
        "def f(alert):\n    try:\n        alert = create(alert)\n    except ValueError:\n"
        "        send(alert)\n    keep(alert)\n"
    )
    (binding,) = body(text).names["alert"]
    assert [binding.when.reaches(Span(line, 14, line, 19)) for line in (5, 6)] == [False, True]
