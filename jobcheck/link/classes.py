"""Classes: the order of their ancestors, what `super()` reaches, how an object is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from jobcheck import facts
from jobcheck.facts import Place, Read
from jobcheck.link.annotations import bare
from jobcheck.link.entities import (
    Applied,
    ClassEntity,
    Entity,
    External,
    Function,
    Given,
    Instance,
    Scope,
    options,
)
from jobcheck.model import FunctionRef
from jobcheck.walk import calls

if TYPE_CHECKING:
    from jobcheck.link.resolve import Resolver

Base = ClassEntity | External
PLAIN_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})


class Classes:
    """The part of the resolver that knows how classes descend from one another."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._ancestors: dict[tuple[str, str], tuple[Base, ...]] = {}

    def ancestors(self, cls: ClassEntity) -> tuple[Base, ...]:
        """The class and its bases in Python's order, those from outside the project last."""
        order = self._order(cls)
        inside = [base for base in order if isinstance(base, ClassEntity)]
        outside = [base for base in order if isinstance(base, External) and base.path not in PLAIN_BASES]
        return (*inside, *outside)

    def _order(self, cls: ClassEntity) -> tuple[Base, ...]:
        key = (cls.path, cls.qualname)
        if key in self._ancestors:
            return self._ancestors[key]
        if not self._resolver.enter(key):
            return ()
        missed = self._resolver.missed
        with self._resolver.visiting(key):
            bases = list(self._bases(cls))
            lines = [list(self._order(b) if isinstance(b, ClassEntity) else (b,)) for b in bases]
        found = (cls, *_merged([*lines, bases]))
        if self._resolver.missed == missed:
            self._ancestors[key] = found
        return found

    def _bases(self, cls: ClassEntity) -> Iterator[Base]:
        for argument in cls.facts.bases:
            if argument.name or argument.star:
                continue
            found = options(self._resolver.entity(bare(argument.value), cls.scope))
            base = next((option for option in found if isinstance(option, (ClassEntity, External))), None)
            if base is not None and not _same(base, cls):
                yield base

    # --- super() ---

    def beyond(self, scope: Scope) -> tuple[Instance | ClassEntity, tuple[Base, ...]] | None:
        """The object a method works on and the classes that come after its own, for `super()`."""
        at: Scope | None = scope
        while at is not None:
            cls = self._resolver.owner(FunctionRef(at.path, at.qualname))
            function = self._resolver.index.function(FunctionRef(at.path, at.qualname))
            if cls is not None and function is not None and function.params:
                return self._beyond(cls, self._resolver.in_scope(function.params[0].name, at))
            at = at.outer
        return None

    def _beyond(
        self, cls: ClassEntity, this: Entity | None
    ) -> tuple[Instance | ClassEntity, tuple[Base, ...]]:
        found = this if isinstance(this, (Instance, ClassEntity)) else Instance(cls)
        line = self.ancestors(found.cls if isinstance(found, Instance) else found)
        places = [n for n, base in enumerate(line) if _same(base, cls)]
        return found, line[places[0] + 1 :] if places else self.ancestors(cls)[1:]

    # --- how an object is made ---

    def initialised(self, cls: ClassEntity, instance: Instance) -> Scope | None:
        """The scope of one ancestor's `__init__` for an object: with the arguments that the object was
        made with, or those that `super().__init__(...)` passes on; None when they cannot be told."""
        applied = instance.made
        before: tuple[facts.Function, Scope] | None = None
        for base in self.ancestors(instance.cls):
            init = self._init(base) if isinstance(base, ClassEntity) else None
            if init is None:
                continue
            if before is not None:
                applied = self._passed_on(*before)
            if applied is None:
                return None
            scope = self._resolver.bind(init, applied, instance)
            if _same(base, cls):
                return scope
            before = (init.facts, scope)
        return None

    def _init(self, cls: ClassEntity) -> Function | None:
        ref = FunctionRef(cls.path, f"{cls.qualname}.__init__")
        function = self._resolver.index.function(ref)
        return Function(ref, function, self._resolver.closure(cls.scope)) if function else None

    def _passed_on(self, init: facts.Function, scope: Scope) -> Applied | None:
        body = self._resolver.index.body(FunctionRef(scope.path, init.qualname))
        for call in calls(body or ()):
            if _is_super_init(call):
                return Applied(call, scope)
        return None

    def field(self, instance: Instance, name: str) -> Given | None:
        """What an object of a class without `__init__`, such as a dataclass, was given for a field."""
        classes = [base for base in self.ancestors(instance.cls) if isinstance(base, ClassEntity)]
        if instance.made is None or any(self._init(cls) for cls in classes):
            return None
        fields: dict[str, None] = {}
        for cls in reversed(classes):
            names = self._resolver.index.table(cls.path, cls.qualname).names
            fields.update(dict.fromkeys(n for n, bindings in names.items() if bindings[0].annotation))
        args = self._resolver.arguments(instance.made)
        given = {**dict(zip(fields, args.positional, strict=False)), **args.named}
        return given.get(name)


def _merged(lines: list[list[Base]]) -> list[Base]:
    """Python's linearisation; bases in an order that Python would refuse follow as they come."""
    found: list[Base] = []
    while lines := [line for line in lines if line]:
        heads = [line[0] for line in lines]
        free = [head for head in heads if not any(_listed(head, line[1:]) for line in lines)]
        chosen = (free or heads)[0]
        found.append(chosen)
        lines = [[base for base in line if not _same(base, chosen)] for line in lines]
    return found


def _listed(base: Base, line: list[Base]) -> bool:
    return any(_same(base, other) for other in line)


def _same(base: Base, other: Base) -> bool:
    if isinstance(base, External):
        return isinstance(other, External) and other.path == base.path
    return isinstance(other, ClassEntity) and (base.path, base.qualname) == (other.path, other.qualname)


def _is_super_init(call: facts.Call) -> bool:
    match call.callee:
        case Read(place=Place(root=facts.Call(callee=Read(place=Place(root="super"))), path=("__init__",))):
            return True
        case _:
            return False
