"""What one call means: an effect, a query, a write, a log line, a transaction, or nothing.

The callee's path is looked up in the words of the frameworks, then in the vocabulary, then read as
a chain that starts at a model. Only a callee that leads neither into the project nor into a known
library is judged by how it is spelt.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Union, get_args

from msgspec import Struct

from jobcheck import facts
from jobcheck.link.addresses import is_harmless
from jobcheck.link.entities import (
    Anonymous,
    Applied,
    ClassEntity,
    Element,
    Entity,
    External,
    Function,
    Instance,
    Method,
    Parameter,
    Partial,
    Scope,
    Several,
    Unknown,
    options,
)
from jobcheck.link.relations import Relations
from jobcheck.link.resolve import Resolver
from jobcheck.model import EffectKind
from jobcheck.vocabulary import METHODS, Entry, Vocabulary

EFFECTS = frozenset(get_args(EffectKind))
SOMETHING = "builtins.object()"
"""An object that a framework hands in and that nothing more is known of."""

MANAGING = re.compile(r"(Manager|QuerySet)+$")
BUILT_IN = tuple(f"builtins.{name}()" for name in ("list", "sorted", "tuple", "set", "reversed", "enumerate"))
"""What holds the rows that it was made from."""
HOOKS = ("webhook", "hook_url", "callback_url", "target_url", "endpoint_url")


class Meaning(Struct, frozen=True):
    """What a call does: a role of the vocabulary or a framework's word, and to what.

    `target` is the call in canonical dotted form, `model` the simple name of the rows it touches,
    `chain` tells that it is a method of a model's query or row. `keys` are the names of an idempotency key
    that it takes, `forgets` for how long the receiver knows one; `guessed` that only the name says all this.
    """

    role: str
    kind: str = ""
    target: str = ""
    model: str = ""
    verb: str = ""
    keys: tuple[str, ...] = ()
    chain: bool = False
    forgets: Union[float, None] = None
    guessed: bool = False


NOTHING = Meaning("")


class Meanings:
    """Tells what calls mean. `words` are the frameworks' own, `canonical` spells their paths."""

    def __init__(
        self,
        resolver: Resolver,
        vocabulary: Vocabulary,
        words: Mapping[str, str] = {},
        canonical: Callable[[str], str] = lambda path: path,
    ) -> None:
        self.resolver = resolver
        self.vocabulary = vocabulary
        self._relations = Relations(resolver.index)
        self._words = words
        self._canonical = lru_cache(maxsize=None)(canonical)
        self._meant: dict[tuple[int, int, int], tuple[Meaning, facts.Call, Entity, Scope]] = {}

    def of(self, call: facts.Call, callee: Entity, scope: Scope) -> Meaning:
        """What a call means whose callee stands for `callee`, remembered while all three live."""
        key = (id(call), id(callee), id(scope))
        if key not in self._meant:
            self._meant[key] = (self._of(call, callee, scope), call, callee, scope)
        return self._meant[key][0]

    def _of(self, call: facts.Call, callee: Entity, scope: Scope) -> Meaning:
        keywords = frozenset(a.name for a in call.args if a.name and not _off(a.value))
        if isinstance(callee, Several):
            return self._first(call, callee, scope)
        if isinstance(callee, External):
            found = self._of_item(call, scope) or self._external(call, callee, scope, keywords)
            if found is not None:
                return found
        elif isinstance(callee, (Function, Method, Anonymous, Partial, ClassEntity, Instance)):
            return NOTHING
        return self._of_item(call, scope) or self._spelt(call, callee, scope, keywords)

    def _of_item(self, call: facts.Call, scope: Scope) -> Meaning | None:
        """`row.delete()`, where the row is one of a list that a query filled."""
        read = call.callee
        if not isinstance(read, facts.Read) or read.place.path != ("delete",):
            return None
        holder = self.resolver.entity(facts.Read(facts.Place(read.place.root), read.span), scope)
        listed = all(_is_item(option) for option in options(holder))
        model = self.model(holder) if listed else ""
        return Meaning("natural", "database", spelt(read), model, "delete", chain=True) if model else None

    def _first(self, call: facts.Call, callee: Several, scope: Scope) -> Meaning:
        found = (self.of(call, option, scope) for option in callee.options)
        return next((meaning for meaning in found if meaning.role), NOTHING)

    def _external(
        self, call: facts.Call, callee: External, scope: Scope, keywords: frozenset[str]
    ) -> Meaning | None:
        if callee.path.startswith(SOMETHING):
            return None
        word = self.word(callee.path)
        if word:
            return Meaning(word, "queue", callee.path)
        path = self.path(callee)
        entry = self.vocabulary.entry(path, keywords)
        if entry is not None:
            return self._entered(entry, path, call, callee, scope)
        chain = self._chain(callee, path, keywords)
        if chain is not None:
            return chain
        known = self.vocabulary.knows(path) or path.split(".", 1)[0] in sys.stdlib_module_names
        return Meaning("", "", path) if known or path.startswith("builtins.") else None

    def _entered(self, entry: Entry, path: str, call: facts.Call, callee: External, scope: Scope) -> Meaning:
        role = self._method(call, scope) if entry.role == "http" else entry.role
        kind = entry.kind
        if kind == "http" and role == "repeats":
            kind = "webhook" if self._is_webhook(call, scope) else kind
            role = "reads" if is_harmless(self.resolver, self.vocabulary, call, scope) else role
        model = self._model_given(call, scope) or self.model(callee.receiver) if kind == "database" else ""
        return Meaning(role, kind, path, model, path.rpartition(".")[2], entry.keys, forgets=entry.forgets)

    def _method(self, call: facts.Call, scope: Scope) -> str:
        given = [a.value for a in call.args if a.name == "method"] or [
            a.value for a in call.args if not a.name
        ]
        method = self.resolver.text(given[0], scope) if given else None
        return METHODS.get((method or "").lower(), "reads")

    @staticmethod
    def _is_webhook(call: facts.Call, scope: Scope) -> bool:
        url = next((a.value for a in call.args if a.name == "url" or not a.name), None)
        text = spelt(url).lower() if url is not None else ""
        return any(word in text for word in HOOKS) or "webhook" in scope.qualname.lower()

    def _chain(self, callee: External, path: str, keywords: frozenset[str]) -> Meaning | None:
        before, _, verb = path.rpartition(".")
        shape = self.vocabulary.shape(before)
        if shape not in {"class", "query", "row", "related"}:
            return None
        role = self.vocabulary.verb(verb, keywords)
        if shape == "row" and role not in {"save", "natural"}:
            role = "query" if verb == "refresh_from_db" else ""
        return Meaning(role or "chain", "database", path, self.model(callee.receiver), verb, chain=True)

    def _spelt(self, call: facts.Call, callee: Entity, scope: Scope, keywords: frozenset[str]) -> Meaning:
        text = spelt(call.callee)
        if "." not in text and isinstance(callee, Parameter):
            return NOTHING
        entry = self.vocabulary.named(text, keywords)
        if entry is None:
            return NOTHING
        names = text.split(".")
        model = self._model_given(call, scope) if entry.kind == "database" else ""
        if not model and entry.kind == "database" and len(names) > 2:
            model = names[-2].split("[")[0].removesuffix("()")
        asks = entry.kind == "http" and is_harmless(self.resolver, self.vocabulary, call, scope)
        role = "reads" if asks else entry.role
        return Meaning(role, entry.kind, text, model, names[-1], entry.keys, guessed=True)

    def asks_retry(self, entity: Entity) -> bool:
        """Whether an entity is the framework's handle by which a job asks for a retry."""
        bases = self.resolver.ancestors(entity.cls) if isinstance(entity, Instance) else ()
        paths = [f"{base.path}()" for base in bases if isinstance(base, External)]
        paths += [entity.path] if isinstance(entity, External) else []
        return any(self._words.get(f"{self._canonical(path)}.retry") == "retry" for path in paths)

    def word(self, path: str) -> str:
        """What the frameworks call a path, "" when it is none of theirs."""
        return self._words.get(self._canonical(path)) or self._words.get(path, "")

    # --- paths and models ---

    def path(self, entity: External) -> str:
        """The canonical path, where a client made for one service says which: "boto3.client(ses)"."""
        for inner in receivers(entity):
            if inner.made is None or not inner.path.endswith("()"):
                continue
            made = self.vocabulary.canonical(inner.path)
            if made[:-2] in self.vocabulary.services:
                service = self._service(inner.made)
                return f"{made[:-2]}({service}){entity.path[len(inner.path) :]}" if service else entity.path
        return self.vocabulary.canonical(entity.path)

    def _service(self, made: Applied) -> str:
        given = [a.value for a in made.call.args if a.name in {None, "service_name"}]
        return (self.resolver.text(given[0], made.scope) or "") if given else ""

    def model(self, entity: Entity | None) -> str:
        """The simple name of the model whose row, query or class an entity is, "" when it has none."""
        match entity:
            case Instance(cls=cls):
                return self.model(cls)
            case ClassEntity():
                name = entity.qualname.rpartition(".")[2]
                return MANAGING.sub("", name) if self._is_manager(entity) else name
            case Parameter(of_type=inner) | Element(of=inner):
                return self.model(inner)
            case Several(options=options):
                names = {self.model(option) for option in options}
                return names.pop() if len(names) == 1 else ""
            case External():
                return self._external_model(entity)
            case _:
                return ""

    def _external_model(self, entity: External) -> str:
        for inner in receivers(entity):
            before, _, name = inner.path.rpartition(".")
            if self.vocabulary.shape(inner.path) == "related" and "(" not in name:
                relation = name.split("[")[0]
                return self._relations.model(relation) or relation
            if inner.made is not None:
                given = self._model_given(inner.made.call, inner.made.scope)
                if given:
                    return given
            if name == "objects":
                owner = self.model(inner.receiver) if not isinstance(inner.receiver, External) else ""
                return owner or before.rpartition(".")[2]
            if isinstance(inner.receiver, (ClassEntity, Instance)):
                return self.model(inner.receiver)
        return ""

    def _model_given(self, call: facts.Call, scope: Scope) -> str:
        """The model that a call takes first: `session.get(Order, id)`, `select(Order)`, `add(Order(...))`."""
        first = next((a.value for a in call.args if not a.star and not a.name), None)
        if not isinstance(first, (facts.Read, facts.Call)):
            return ""
        found = self.resolver.entity(first, scope)
        if isinstance(found, (ClassEntity, Instance)):
            return self.model(found)
        stored = isinstance(found, External) and (
            self.vocabulary.shape(found.path) or _is_statement(found.path) or found.path.startswith(BUILT_IN)
        )
        return self.model(found) if stored else ""

    def is_row(self, entity: Entity) -> bool:
        """Whether an entity is, or may well be, a row or document of stored state."""
        match entity:
            case External(path=path):
                return self.vocabulary.shape(path) in {"row", "related", "class"}
            case Instance():
                return True
            case Parameter(of_type=of_type):
                return of_type is None or self.is_row(of_type)
            case Element(of=of):
                return self.is_row(of)
            case Several(options=options):
                return any(self.is_row(option) for option in options)
            case Unknown():
                return True
            case _:
                return False

    def is_model(self, entity: Entity) -> bool:
        """Whether an entity is certainly a row of a model that keeps nothing without being saved."""
        match entity:
            case External(path=path):
                saved = path.startswith(("django.", "pymongo.", "motor.")) or ".objects." in path
                return saved and self.vocabulary.shape(path) == "row"
            case Instance(cls=cls):
                bases = self.resolver.ancestors(cls)
                return any(isinstance(b, External) and b.path.startswith("django.db.models") for b in bases)
            case Parameter(of_type=of_type) if of_type is not None:
                return self.is_model(of_type)
            case _:
                return False

    def may_be_kept(self, row: Entity) -> bool:
        """Whether an object may be of a class that stores it: one that is made from a library's."""
        if not isinstance(row, Instance):
            return True
        return any(isinstance(base, External) for base in self.resolver.ancestors(row.cls))

    def _is_manager(self, cls: ClassEntity) -> bool:
        bases = self.resolver.ancestors(cls)
        return any(isinstance(b, External) and self.vocabulary.shape(f"{b.path}()") == "query" for b in bases)

    def is_model_class(self, cls: ClassEntity) -> bool:
        bases = self.resolver.ancestors(cls)
        return any(isinstance(b, External) and self.vocabulary.shape(b.path) == "class" for b in bases)


def _is_item(entity: Entity) -> bool:
    return isinstance(entity, Element) or (isinstance(entity, External) and entity.path.startswith(BUILT_IN))


def _is_statement(path: str) -> bool:
    return path.startswith(("sqlalchemy.select()", "sqlalchemy.insert()", "sqlalchemy.update()"))


def receivers(entity: Entity | None) -> Iterator[External]:
    """An external thing and the external things it was reached through."""
    while isinstance(entity, External):
        yield entity
        entity = entity.receiver


def spelt(value: facts.Value) -> str:
    """A callee as it is written, with "()" for calls and "[]" for items; "" when it has no name."""
    match value:
        case facts.Read(place=facts.Place(root=root, path=path)):
            start = root if isinstance(root, str) else spelt(root)
            return start + "".join(f".{step}" if isinstance(step, str) else _item(step) for step in path)
        case facts.Call(callee=callee):
            return f"{spelt(callee)}()"
        case facts.Text(parts=parts):
            return "".join(spelt(part) for part in parts)
        case _:
            return ""


def _item(item: facts.Item) -> str:
    return f"[{item.key.value}]" if isinstance(item.key, facts.Literal) else "[]"


def _off(value: facts.Value) -> bool:
    return isinstance(value, facts.Literal) and not value.value


def argument(call: facts.Call, name: str, position: int) -> facts.Value | None:
    """An argument by keyword or position."""
    plain = [a.value for a in call.args if not a.name and not a.star]
    named = next((a.value for a in call.args if a.name == name), None)
    return named if named is not None else plain[position] if position < len(plain) else None
