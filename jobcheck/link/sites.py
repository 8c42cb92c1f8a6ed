"""Where a project calls something, by the last name of what it calls.

Recognition asks "who calls something named `delay`?" and only then resolves what is called, so its
cost follows the calls that may matter and not the size of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Union

from msgspec import Struct

from jobcheck import facts
from jobcheck.link.entities import Applied, Entity, Scope, Unknown
from jobcheck.link.index import Index
from jobcheck.link.resolve import Resolver
from jobcheck.model import FunctionRef, Location
from jobcheck.walk import fields

Binder = Union[facts.Lambda, facts.Comprehension]


class Place(Struct, frozen=True, eq=False):
    """Where in a project a value stands: the function it belongs to, and what binds names around it.

    `around` is the call that it is an argument of, `standing` says that it is a statement of its
    own, `leaves` that it is raised or returned.
    """

    ref: FunctionRef
    binders: tuple[Binder, ...] = ()
    around: facts.Call | None = None
    standing: bool = False
    leaves: bool = False

    def scope(self, resolver: Resolver) -> Scope:
        """The scope that names are read in here."""
        return self.inside(resolver, resolver.scope(self.ref))

    def inside(self, resolver: Resolver, scope: Scope) -> Scope:
        """The same, where the function's own scope has arguments given."""
        for binder in self.binders:
            scope = bound(resolver, binder, scope)
        return scope


class Site(Struct, frozen=True, eq=False):
    """A call and its place."""

    call: facts.Call
    place: Place

    @property
    def at(self) -> Location:
        return Location(self.place.ref.path, self.call.span)

    def callee(self, resolver: Resolver) -> Entity:
        return resolver.entity(self.call.callee, self.place.scope(resolver))

    def applied(self, resolver: Resolver) -> Applied:
        return Applied(self.call, self.place.scope(resolver))


class Mention(Struct, frozen=True, eq=False):
    """A function or method named without being called: `on_commit(task.delay)`."""

    read: facts.Read
    place: Place


class Assigned(Struct, frozen=True, eq=False):
    """`owner.name = value` or `owner["name"] = value`."""

    owner: facts.Read
    value: facts.Value
    place: Place


class FileSites(Struct, frozen=True, eq=False):
    """What one file calls, mentions and assigns, by last name.

    `others` are other names of the same, `packages` the import roots, `imported` every name in an import.
    """

    calls: dict[str, list[Site]]
    mentions: dict[str, list[Mention]]
    assigned: dict[str, list[Assigned]]
    others: dict[str, set[str]]
    packages: set[str]
    imported: set[str]

    def uses(self, names: frozenset[str]) -> bool:
        """Whether the file imports, calls or mentions something by one of the names."""
        return not (
            names.isdisjoint(self.imported)
            and names.isdisjoint(self.calls)
            and names.isdisjoint(self.mentions)
        )


class Sites:
    """The calls and mentions of all files read; a file is walked once, however often it is asked."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[facts.FileFacts, FileSites]] = {}
        self._calls: dict[str, list[Site]] = {}
        self._mentions: dict[str, list[Mention]] = {}
        self._assigned: dict[str, list[Assigned]] = {}
        self._within: dict[FunctionRef, list[Site]] = {}

    def refresh(self, index: Index) -> list[FileSites]:
        """Take in the files that were read since, and give back what is in them."""
        fresh = []
        for path, read in index.files.items():
            if path not in self._files or self._files[path][0] is not read:
                self._files[path] = (read, _walk(path, read))
                fresh.append(self._files[path][1])
        for known in (self._calls, self._mentions, self._assigned, self._within):
            known.clear()
        return fresh

    def _sites(self) -> Iterator[FileSites]:
        for path in sorted(self._files):
            yield self._files[path][1]

    def using(self, names: frozenset[str]) -> list[str]:
        """The files that import, call or mention one of the names."""
        return [path for path, (_, sites) in sorted(self._files.items()) if sites.uses(names)]

    def extending(self, index: Index, names: set[str]) -> list[tuple[str, facts.Class]]:
        """The classes whose bases bear one of the names, or the name of such a class."""
        known = names.union(*(sites.others.get(name, ()) for sites in self._sites() for name in names))
        left, found = list(index.classes()), list[tuple[str, facts.Class]]()
        while more := [each for each in left if any(last_name(a.value) in known for a in each[1].bases)]:
            found += more
            left = [each for each in left if each not in more]
            known |= {cls.qualname.rpartition(".")[2] for _, cls in more}
        return found

    def packages(self) -> frozenset[str]:
        """The import roots of everything that the files import."""
        return frozenset(name for sites in self._sites() for name in sites.packages)

    def calls(self, name: str, packages: frozenset[str] = frozenset()) -> list[Site]:
        """Calls of something by that name, or by another that a file gives it.

        Where packages are named, only in files that import one of them.
        """
        if name not in self._calls:
            self._calls[name] = [
                site
                for sites in self._sites()
                if not packages or packages & sites.packages
                for spelt in (name, *sorted(sites.others.get(name, ())))
                for site in sites.calls.get(spelt, ())
            ]
        return self._calls[name]

    def handing(self, names: frozenset[str]) -> list[Site]:
        """Calls that are given something by one of the names, in files that import it."""
        found = []
        for sites in self._sites():
            if not names.isdisjoint(sites.imported):
                spelt = names.union(*(sites.others.get(name, ()) for name in names))
                found += [
                    site for each in sites.calls.values() for site in each if _is_given(site.call, spelt)
                ]
        return found

    def mentions(self, name: str, packages: frozenset[str] = frozenset()) -> list[Mention]:
        if name not in self._mentions:
            self._mentions[name] = [
                mention
                for sites in self._sites()
                if not packages or packages & sites.packages
                for spelt in (name, *sorted(sites.others.get(name, ())))
                for mention in sites.mentions.get(spelt, ())
            ]
        return self._mentions[name]

    def assigned(self, name: str) -> list[Assigned]:
        """Assignments to an attribute or a constant key of that name."""
        if name not in self._assigned:
            self._assigned[name] = [a for sites in self._sites() for a in sites.assigned.get(name, ())]
        return self._assigned[name]

    def within(self, ref: FunctionRef) -> list[Site]:
        """Every call in a function and in the functions defined inside it."""
        if ref not in self._within:
            self._within[ref] = list(self._inside(ref))
        return self._within[ref]

    def _inside(self, ref: FunctionRef) -> Iterator[Site]:
        if ref.path not in self._files:
            return
        inner = f"{ref.qualname}."
        for found in self._files[ref.path][1].calls.values():
            for site in found:
                qualname = site.place.ref.qualname
                if qualname == ref.qualname or qualname.startswith(inner):
                    yield site


def enclosing(index: Index, ref: FunctionRef) -> str:
    """The name of the outermost function around a place; "" outside of all functions."""
    parts = ref.qualname.split(".")
    for count in range(1, len(parts) + 1):
        if index.function(FunctionRef(ref.path, ".".join(parts[:count]))) is not None:
            return parts[count - 1]
    return ""


def _is_given(call: facts.Call, names: frozenset[str]) -> bool:
    values = (argument.value for argument in call.args)
    return any(isinstance(v, facts.Read) and not v.place.path and v.place.root in names for v in values)


def last_name(value: facts.Value) -> str:
    """The name a callee ends in; "name()" for a call of what a call returned."""
    match value:
        case facts.Read(place=facts.Place(path=(*_, str(step)))):
            return step
        case facts.Read(place=facts.Place(root=str(root), path=())):
            return root
        case facts.Call(callee=callee):
            return f"{last_name(callee)}()"
        case _:
            return ""


def bound(resolver: Resolver, binder: Binder, scope: Scope) -> Scope:
    """The scope inside a lambda or comprehension: its own names stand for what is not known yet."""
    given: dict[str, Entity] = {}
    if isinstance(binder, facts.Lambda):
        at = Location(scope.path, binder.span)
        given = {p.name: Unknown("an argument of a lambda", at, p.name) for p in binder.params}
    else:
        for clause in binder.clauses:
            if isinstance(clause.target, facts.Place) and isinstance(clause.target.root, str):
                given[clause.target.root] = resolver.element(resolver.entity(clause.source, scope))
    return Scope(scope.path, scope.qualname, {**scope.given, **given}, scope.outer) if given else scope


# --- walking a file ---


def _walk(path: str, read: facts.FileFacts) -> FileSites:
    found = FileSites({}, {}, {}, {}, set(), set())
    outline = read.outline
    _values(outline.block, Place(FunctionRef(path, "")), found)
    for cls in outline.classes:
        _values((cls.decorators, cls.block), Place(FunctionRef(path, cls.qualname)), found)
    for function in outline.functions:
        outer = Place(FunctionRef(path, function.qualname.rpartition(".")[0]))
        _values((function.decorators, function.params), outer, found)
    for qualname, body in read.bodies.items():
        _values(body, Place(FunctionRef(path, qualname)), found)
    return found


def _values(node: object, place: Place, found: FileSites) -> None:
    """Note every call and mention below a node."""
    kind: type[Any] = type(node)
    if kind is tuple:
        for part in node:  # type: ignore[attr-defined]
            _values(part, place, found)
    elif kind in HANDLED:
        HANDLED[kind](node, place, found)
    else:
        plain = _plain(place)
        for name in fields(kind):
            _values(getattr(node, name), plain, found)


def _expression(node: facts.Expression, place: Place, found: FileSites) -> None:
    _values(node.value, Place(place.ref, place.binders, standing=True), found)


def _exit(node: facts.Exit, place: Place, found: FileSites) -> None:
    _values(node.value, Place(place.ref, place.binders, leaves=True), found)


def _bind(node: facts.Bind, place: Place, found: FileSites) -> None:
    _alias(node.targets, node.value, found)
    _assigned(node.targets, node.value, place, found)
    _values(node.value, _plain(place), found)
    _values(node.targets, _plain(place), found)


def _lambda(node: facts.Lambda, place: Place, found: FileSites) -> None:
    _values(node.body, Place(place.ref, (*place.binders, node), place.around), found)


def _comprehension(node: facts.Comprehension, place: Place, found: FileSites) -> None:
    inner = Place(place.ref, (*place.binders, node), place.around)
    _values(node.element, inner, found)
    _values((node.clauses, node.key), _plain(inner), found)


def _call(call: facts.Call, place: Place, found: FileSites) -> None:
    found.calls.setdefault(last_name(call.callee), []).append(Site(call, place))
    inside = Place(place.ref, place.binders, call)
    if isinstance(call.callee, facts.Read):
        _place(call.callee.place, Place(place.ref, place.binders), found)
    else:
        _values(call.callee, Place(place.ref, place.binders), found)
    for argument in call.args:
        _values(argument.value, inside, found)


def _read(read: facts.Read, place: Place, found: FileSites) -> None:
    if read.place.path and place.around is not None:
        found.mentions.setdefault(last_name(read), []).append(Mention(read, place))
    _place(read.place, place, found)


def _place(place: facts.Place, at: Place, found: FileSites) -> None:
    if not isinstance(place.root, str):
        _values(place.root, _plain(at), found)
    for step in place.path:
        if isinstance(step, facts.Item):
            _values(step.key, _plain(at), found)


def _alias(targets: tuple[facts.Target, ...], value: facts.Value, found: FileSites) -> None:
    """`from celery import shared_task as job` and `send = task.delay` give a name another name."""
    original = ""
    if isinstance(value, facts.Import):
        original = value.name or ""
        found.imported.update((*value.module.split("."), original))
        if not value.level:
            found.packages.add(value.module.partition(".")[0])
    elif isinstance(value, facts.Read) and value.place.path:
        original = last_name(value)
    for target in targets if original else ():
        if isinstance(target, facts.Place) and not target.path and target.root != original:
            found.others.setdefault(original, set()).add(str(target.root))


def _assigned(targets: tuple[facts.Target, ...], value: facts.Value, place: Place, found: FileSites) -> None:
    for target in targets:
        if isinstance(target, facts.Place) and target.path:
            name = _step_name(target.path[-1])
            if name is not None:
                owner = facts.Read(facts.Place(target.root, target.path[:-1]), value.span)
                found.assigned.setdefault(name, []).append(Assigned(owner, value, place))


def _step_name(step: str | facts.Item) -> str | None:
    """The name of an attribute or of a constant key."""
    if isinstance(step, str):
        return step
    key = step.key
    return key.value if isinstance(key, facts.Literal) and isinstance(key.value, str) else None


def _plain(place: Place) -> Place:
    if place.around is None and not place.standing and not place.leaves:
        return place
    return Place(place.ref, place.binders)


HANDLED: dict[type, Callable[[Any, Place, FileSites], None]] = {
    facts.Expression: _expression,
    facts.Exit: _exit,
    facts.Bind: _bind,
    facts.Call: _call,
    facts.Read: _read,
    facts.Lambda: _lambda,
    facts.Comprehension: _comprehension,
}
