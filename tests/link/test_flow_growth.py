"""The walk grows with the size of the code, not with the number of its paths."""

from __future__ import annotations

from jobcheck.link.entities import Function
from jobcheck.model import FunctionRef
from tests.link.flow_world import HEAD, MODELS, covers, flow, project


def test_thirty_ifs_in_a_row_are_joined() -> None:
    part = """
    if not order.flag{n}:
        send_mail("s", "b", None, [])
        order.flag{n} = True
        order.save()
"""
    body = "".join(part.format(n=n) for n in range(30))
    found = flow(f"def job(order_id):\n    order = Order.objects.get(pk=order_id)\n{body}")
    assert covers(found) == ["guarded"] * 30


def test_a_helper_called_twice_on_each_level_is_walked_once() -> None:
    levels = "".join(f"def f{n}(x):\n    f{n + 1}(x)\n    f{n + 1}(x)\n" for n in range(20))
    source = f"{HEAD}{levels}def f20(x):\n    requests.post('u')\n"
    flows = project({"models.py": MODELS, "tasks.py": source})
    ref = FunctionRef("tasks.py", "f0")
    node = flows.resolver.index.function(ref)
    assert node is not None
    made = Function(ref, node, flows.resolver.module_scope("tasks.py"))
    summary = flows.summary(made, flows.own_scope(made))
    assert len(summary.acts) == 1
    assert flows.walked == 21


def test_a_long_chain_of_elifs_is_walked_link_by_link() -> None:
    links = "".join(f"    elif x == {n}:\n        requests.post('u')\n" for n in range(200))
    assert covers(flow(f"def job(x):\n    if x is None:\n        return\n{links}")) == ["unguarded"] * 200
