"""How the walk over function bodies grows with the size of the code.

    python benchmarks/flow.py

Each shape is walked at sizes n and 2n; a ratio near 2 is linear growth. Paths that were listed instead of
joined would double with every `if`, and helpers that were walked at each call with every level.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from jobcheck.facts import FileFacts  # noqa: E402
from jobcheck.link.entities import Function  # noqa: E402
from jobcheck.link.flows import Context, Flows  # noqa: E402
from jobcheck.link.index import Index  # noqa: E402
from jobcheck.link.meaning import Meanings  # noqa: E402
from jobcheck.link.names import Modules  # noqa: E402
from jobcheck.link.resolve import Resolver  # noqa: E402
from jobcheck.link.summaries import Summary  # noqa: E402
from jobcheck.model import FunctionRef  # noqa: E402
from jobcheck.syntax import read  # noqa: E402
from jobcheck.vocabulary import load_vocabulary  # noqa: E402

VOCABULARY = load_vocabulary((ROOT / "rules" / "vocabulary.toml").read_text(encoding="utf-8"))
HEAD = "import requests\nfrom django.core.mail import send_mail\n"
REPEATS = 5


def statements(size: int) -> str:
    """A long body: assignments, calls, an act here and there."""
    lines = [f"    x{n} = other(order, {n})" for n in range(size)]
    lines[::20] = [f"    requests.post('u', json=x{n})" for n in range(0, size, 20)]
    return "def job(order):\n" + "\n".join(lines) + "\n"


def branches(size: int) -> str:
    """`if`s in a row, each with a guard and an act of its own."""
    part = (
        "    if not order.flag{n}:\n        send_mail('s', 'b', None, [])\n"
        "        order.flag{n} = True\n        order.save()\n"
    )
    return "def job(order):\n" + "".join(part.format(n=n) for n in range(size))


def helpers(size: int) -> str:
    """A helper called twice on each level."""
    levels = "".join(f"def f{n}(x):\n    f{n + 1}(x)\n    f{n + 1}(x)\n" for n in range(size))
    return f"{levels}def f{size}(x):\n    requests.post('u')\ndef job(x):\n    f0(x)\n"


def nested(size: int) -> str:
    """A chain of `elif`s."""
    links = "".join(f"    elif x == {n}:\n        requests.post('u')\n" for n in range(size))
    return f"def job(x):\n    if x is None:\n        return\n{links}"


SHAPES: dict[str, tuple[Callable[[int], str], int]] = {
    "statements in a row": (statements, 2000),
    "ifs in a row": (branches, 30),
    "levels of a helper called twice": (helpers, 20),
    "links of an elif chain": (nested, 200),
}


def walked(text: str) -> Callable[[], Summary]:
    """A walk of the function `job`, everything before it done."""
    found = read((HEAD + text).encode())
    if not isinstance(found, FileFacts):
        raise SystemExit(f"the benchmark's own source cannot be read: {found.message}")
    ref = FunctionRef("tasks.py", "job")

    def walk() -> Summary:
        resolver = Resolver(Index(Modules(["tasks.py"]), {"tasks.py": found}), VOCABULARY.is_row)
        function = resolver.index.function(ref)
        if function is None:
            raise SystemExit("the benchmark's own job is missing")
        flows = Flows(Meanings(resolver, VOCABULARY))
        flows.use(Context(ref))
        made = Function(ref, function, resolver.module_scope("tasks.py"))
        return flows.summary(made, flows.own_scope(made))

    return walk


def seconds(walk: Callable[[], object]) -> float:
    """The best of a few runs."""
    best = float("inf")
    for _ in range(REPEATS):
        gc.collect()
        start = time.perf_counter()
        walk()
        best = min(best, time.perf_counter() - start)
    return best


def measure(name: str, scale: float = 1.0) -> tuple[int, float, float]:
    """The size n of a shape, and the seconds for n and for 2n."""
    make, size = SHAPES[name]
    size = max(2, int(size * scale))
    return size, seconds(walked(make(size))), seconds(walked(make(2 * size)))


def main() -> None:
    for name in SHAPES:
        size, once, twice = measure(name)
        times = f"{once * 1000:8.1f} ms   {2 * size:5}: {twice * 1000:8.1f} ms   x {twice / once:.2f}"
        print(f"{size:5} {name:32} {times}")


if __name__ == "__main__":
    main()
