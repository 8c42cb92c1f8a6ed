"""What models call the rows that point at them: `related_name="messages"` and the class that says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from jobcheck import facts
from jobcheck.link.index import Index


class Relations:
    """Answers for one project; read when first asked, and again when more files were read."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._read = 0
        self._models: dict[str, set[str]] = {}

    def model(self, name: str) -> str:
        """The class whose rows a relation's name stands for, "" when none or several say so."""
        if self._read != len(self._index.files):
            self._read = len(self._index.files)
            self._models = self._collected()
        found = self._models.get(name, set())
        return next(iter(found)) if len(found) == 1 else ""

    def _collected(self) -> dict[str, set[str]]:
        models: dict[str, set[str]] = defaultdict(set)
        for _, cls in self._index.classes():
            for name in _named(cls.block):
                models[name].add(cls.qualname.rpartition(".")[2])
        return models


def _named(block: facts.Block) -> Iterator[str]:
    for statement in block:
        call = statement.value if isinstance(statement, facts.Bind) else None
        for argument in call.args if isinstance(call, facts.Call) else ():
            if argument.name == "related_name" and isinstance(argument.value, facts.Literal):
                yield str(argument.value.value)
