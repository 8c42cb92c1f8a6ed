"""The lines that a job logs: what each carries, and which moments of the run it may tell of.

A line's text says which moment it tells of, or else its place does: before any work it tells of the
start, in a handler of a failure, in a loop of progress, after some work of progress or the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from jobcheck import facts
from jobcheck.link.entities import Bound, Entity, External, Given, Mapping, Parameter
from jobcheck.link.frames import Frame
from jobcheck.link.keyed import reads
from jobcheck.link.meaning import Meaning, Meanings, receivers, spelt
from jobcheck.model import Log, Phase, Shown, Step
from jobcheck.vocabulary import LEVELS, TRACEBACKS

KEPT = frozenset({"exc_info", "stack_info", "stacklevel", "file", "flush", "sep", "end"})
"""Keywords of logging calls that are no fields."""
PLACEHOLDER = re.compile(r"(\w+)['\"]?\s*[:=#]?\s*[\[('\"#]*(?:%[\w.(-]|\{)")
WORD = re.compile(r"[a-z]+")
AS_THEY_ARE = frozenset({"str", "repr", "dict", "list", "vars", "json.dumps", "pformat", "pprint.pformat"})
WHOLE = frozenset({"builtins.locals()", "builtins.vars()"})
CLOCKS = frozenset({"monotonic", "perf_counter", "time", "now", "utcnow", "time_ns", "monotonic_ns"})


def level(verb: str) -> str:
    """The level that a method of a logger writes at; "" for what writes no line."""
    plain = verb.removesuffix("()")
    return LEVELS.get(plain) or LEVELS.get(plain[1:] if plain.startswith("a") else "", "")


def line(
    meanings: Meanings, frame: Frame, call: facts.Call, meaning: Meaning, begun: bool, document: str
) -> Log | None:
    """What a logging call writes; None when it writes nothing."""
    loudness = level(meaning.verb or meaning.target.rpartition(".")[2])
    if not loudness:
        return None
    read = _Reading(meanings, frame, document)
    read.call(call)
    said = _said(meanings, read.text, loudness)
    found = _on_the_way(frozenset({said}), frame) if said else _placed(frozenset(), begun, frame)
    return Log(
        at=frame.at(call),
        level=loudness,
        phases=tuple(sorted(found)),
        fields=tuple(sorted(read.fields)),
        traceback=read.traceback or bool({meaning.verb, meaning.verb.removeprefix("a")} & TRACEBACKS),
        shows=tuple(dict.fromkeys(read.shows)),
        open=read.open,
        told=bool(said),
        steps=frame.steps,
    )


def carried(meanings: Meanings, frame: Frame, call: facts.Call, document: str) -> frozenset[str]:
    """The fields that a call binds to all lines that follow."""
    read = _Reading(meanings, frame, document)
    read.keywords(call)
    return frozenset(read.fields)


def applied(log: Log, frame: Frame, call: facts.Call | None, begun: bool, step: Step | None) -> Log:
    """A callee's line as its caller has it; without a step it is the job's own."""
    fields = set(log.fields)
    for argument in call.args if call is not None and (log.open or fields) else ():
        fields |= {argument.name} if argument.name else set()
        fields |= set(names(argument.value))
    here = frozenset(log.phases)
    phases = _on_the_way(here, frame) if log.told else _placed(here, begun, frame)
    if step is None:
        return replace(log, phases=tuple(sorted(phases)), fields=tuple(sorted(fields)))
    return replace(
        log,
        phases=tuple(sorted(phases)),
        fields=tuple(sorted(fields)),
        shows=tuple(shown for shown in log.shows if not shown.taken),
        steps=(step, *log.steps),
    )


def _on_the_way(told: frozenset[Phase], frame: Frame) -> frozenset[Phase]:
    """A line in a loop tells of progress, too, unless it tells of a failure."""
    return told | {"progress"} if frame.loops and "failed" not in told else told


def _placed(told: frozenset[Phase], begun: bool, frame: Frame) -> frozenset[Phase]:
    """The moments that a line may tell of by where it stands."""
    if frame.handling:
        return frozenset({"failed"})
    if begun:
        told = (told - {"started"}) | {"progress", "completed"}
    elif not told:
        told = frozenset({"started"})
    return _on_the_way(told, frame)


def _said(meanings: Meanings, text: str, loudness: str) -> Phase | None:
    """The moment that a line's own words name, if they name one."""
    if loudness == "exception":
        return "failed"
    words = {meanings.vocabulary.word(word) for word in WORD.findall(text.lower())} - {""}
    if len(words) != 1:
        return None
    return words.pop()  # type: ignore[return-value]


class _Reading:
    """Reads one call of a logger."""

    def __init__(self, meanings: Meanings, frame: Frame, document: str) -> None:
        self.meanings = meanings
        self.frame = frame
        self.document = document
        self.fields: set[str] = set()
        self.shows: list[Shown] = []
        self.text = ""
        self.traceback = False
        self.open = ""

    def call(self, call: facts.Call) -> None:
        self.bound(self.frame.entity(call.callee))
        plain = [argument for argument in call.args if not argument.name and not argument.star]
        for number, argument in enumerate(plain):
            template = _template(argument.value) if number < 2 else ""
            self.text = self.text or template
            self.fields |= set(PLACEHOLDER.findall(template))
            self.value(argument.value)
        self.keywords(call)

    def keywords(self, call: facts.Call) -> None:
        for argument in call.args:
            if argument.star:
                self.spread(argument.value)
            elif argument.name in {"exc_info", "exception"}:
                off = isinstance(argument.value, facts.Literal) and not argument.value.value
                self.traceback = self.traceback or not off
            elif argument.name in {"extra", "extras"}:
                self.spread(argument.value)
            elif argument.name and argument.name not in KEPT:
                self.fields.add(argument.name)
                self.value(argument.value)

    def bound(self, callee: Entity) -> None:
        """What the logger itself brings along."""
        for inner in receivers(callee):
            if self.meanings.word(inner.path) == "job-logger":
                self.fields.add("job_id")
            if inner.made is None or not inner.path.endswith("()"):
                continue
            made = inner.path.removesuffix("()").rpartition(".")[2]
            if made == "LoggerAdapter":
                for argument in inner.made.call.args[1:]:
                    self.spread(argument.value)
            elif made in {"bind", "new", "get_logger", "contextualize", "opt"}:
                self.keywords(inner.made.call)

    def spread(self, value: facts.Value) -> None:
        """The keys and values of a mapping."""
        if isinstance(value, facts.Record):
            for entry in value.entries:
                if entry.key is None:
                    self.spread(entry.value)
                else:
                    self.pair(_text(entry.key), entry.value)
            return
        found = self.frame.entity(value)
        if not isinstance(found, Mapping):
            self.open = self.open or "what is handed on cannot be told"
            return
        self.open = self.open or found.open
        for name, given in found.items.items():
            self.fields.add(name)
            self.given(given)

    def pair(self, key: str, value: facts.Value) -> None:
        if key:
            self.fields.add(key)
        self.value(value)

    def given(self, given: Given) -> None:
        if isinstance(given, Bound):
            self.value(given.value)
        else:
            self.fields |= self._worded(given)

    def value(self, value: facts.Value) -> None:
        """A value that the line shows."""
        self.fields |= set(names(value))
        for read in reads(value):
            self.fields |= self._worded(self.frame.entity(read))
        for shown in _bare(value):
            self._show(shown)

    def _worded(self, found: Entity) -> set[str]:
        if not isinstance(found, External):
            return set()
        return {"job_id"} if self.meanings.word(found.path) == "job-id" else set()

    def _show(self, value: facts.Value) -> None:
        found = self.frame.entity(value)
        path = found.path if isinstance(found, External) else ""
        whole = bool(path) and (
            path == self.document or path in WHOLE or self.meanings.word(path) == "payload"
        )
        name = _last(value)
        taken = isinstance(found, Parameter) and found.function == self.frame.ref
        if taken and self.frame.function is not None:
            kinds = {param.name: param.kind for param in self.frame.function.params}
            whole = kinds.get(found.name) in {"*", "**"} if isinstance(found, Parameter) else whole
        if name or whole:
            self.shows.append(Shown(name or path, whole, taken))


def names(value: facts.Value) -> Iterator[str]:
    """The names that tell what a value is."""
    if isinstance(value, facts.Compute) and value.op == "-" and _asks_clock(value):
        yield "duration"
    for read in reads(value):
        root = read.place.root if isinstance(read.place.root, str) else ""
        steps = [root, *(_step(step) for step in read.place.path)]
        last = next((step for step in reversed(steps) if step), "")
        if last:
            yield last
        if last in {"id", "pk", "uuid"} and len(steps) > 1 and steps[-2]:
            yield f"{steps[-2]}_id"
    if isinstance(value, facts.Call) and value.args and _last(value.callee) == "get":
        yield _text(value.args[0].value)


def _asks_clock(value: facts.Compute) -> bool:
    spelling = (spelt(operand) for operand in value.operands if isinstance(operand, facts.Call))
    return any(text.removesuffix("()").rpartition(".")[2] in CLOCKS for text in spelling)


def _bare(value: facts.Value) -> Iterator[facts.Value]:
    """The values that are shown as they are, not worked into something else."""
    match value:
        case facts.Read():
            yield value
        case facts.Text(parts=items) | facts.Sequence(items=items):
            for item in items:
                yield from _bare(item)
        case facts.Compute(op="%" | "+", operands=items):
            for item in items:
                yield from _bare(item)
        case facts.Record(entries=entries):
            for entry in entries:
                yield from _bare(entry.value)
        case facts.Call(callee=callee, args=args) if spelt(callee) in AS_THEY_ARE or _formats(callee):
            for argument in args:
                yield from _bare(argument.value)
        case facts.Call(callee=facts.Read(place=facts.Place(root="locals" | "vars"))):
            yield value
        case _:
            return


def _formats(callee: facts.Value) -> bool:
    return isinstance(callee, facts.Read) and callee.place.path[-1:] == ("format",)


def _template(value: facts.Value) -> str:
    """The text of a message, "{}" for what is filled in."""
    match value:
        case facts.Literal(value=str(text)):
            return text
        case facts.Text(parts=items):
            return "".join(str(p.value) if isinstance(p, facts.Literal) else "{}" for p in items)
        case facts.Compute(operands=(first, *_)):
            return _template(first)
        case facts.Call(callee=facts.Read(place=facts.Place(root=root))) if not isinstance(root, str):
            return _template(root)
        case facts.Call(args=(first, *_)):
            return _template(first.value)
        case _:
            return ""


def _last(value: facts.Value) -> str:
    if not isinstance(value, facts.Read):
        return ""
    root = value.place.root if isinstance(value.place.root, str) else ""
    return _step(value.place.path[-1]) if value.place.path else root


def _step(step: str | facts.Item) -> str:
    return step if isinstance(step, str) else _text(step.key)


def _text(value: facts.Value) -> str:
    return value.value if isinstance(value, facts.Literal) and isinstance(value.value, str) else ""


def is_log_like(value: facts.Value) -> bool:
    """Whether a call that cannot be followed is named as if it wrote to a log."""
    return bool(re.search(r"(^|_)(log|logs|logged)(_|$)", spelt(value).rpartition(".")[2].lower()))
