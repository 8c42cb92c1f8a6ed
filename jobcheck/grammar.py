"""Facts in readable lines: what `jobcheck facts` prints of an outline and of bodies."""

from __future__ import annotations

from collections.abc import Iterator

from jobcheck.facts import (
    All,
    Any,
    Argument,
    Bind,
    Block,
    Call,
    Choice,
    Compare,
    Comprehension,
    Compute,
    Condition,
    Defined,
    Exit,
    Expression,
    Function,
    If,
    Import,
    Item,
    Join,
    Lambda,
    Literal,
    Loop,
    Named,
    Not,
    Opaque,
    Outline,
    Param,
    Place,
    Read,
    Record,
    Sequence,
    Span,
    Spread,
    Statement,
    Target,
    Test,
    Text,
    Truth,
    Try,
    Unpack,
    Value,
    With,
    Yield,
)

STEP = "  "


def outline(facts: Outline) -> Iterator[str]:
    """The module level, then what the file defines and the directives in it."""
    yield from block(facts.block)
    for each in facts.classes:
        bases = ", ".join(map(_argument, each.bases))
        yield f"class {each.qualname}({bases})  {_at(each.header)}"
        yield from block(each.block, STEP)
    for function in facts.functions:
        yield head(function)
    for directive in facts.directives:
        names = ", ".join(directive.names)
        yield f"{directive.verb}[{names}] -- {directive.reason}  {_at(directive.span)}"


def head(function: Function) -> str:
    """A function's decorators, name and parameters."""
    decorators = "".join(f"@{value(each)} " for each in function.decorators)
    kind = "async " * function.is_async + "generator " * function.is_generator
    returns = f" -> {value(function.returns)}" if function.returns else ""
    params = ", ".join(map(_param, function.params))
    return f"{decorators}{kind}function {function.qualname}({params}){returns}  {_at(function.header)}"


def _param(param: Param) -> str:
    star = param.kind if param.kind in ("*", "**") else ""
    annotation = f": {value(param.annotation)}" if param.annotation else ""
    default = f" = {value(param.default)}" if param.default else ""
    return f"{star}{param.name}{annotation}{default}"


# --- statements -------------------------------------------------------------------------


def block(statements: Block, indent: str = "") -> Iterator[str]:
    """One line for each statement, inner blocks indented below it."""
    for statement in statements:
        yield f"{indent}{_first(statement)}  {_at(statement.span)}"
        for label, inner in _inner(statement):
            if label:
                yield f"{indent}{label}"
            yield from block(inner, indent + STEP)


def _first(statement: Statement) -> str:
    match statement:
        case Expression(value=computed):
            return f"do {value(computed)}"
        case Bind(targets=targets, value=bound, op=op):
            return f"bind {' = '.join(map(_target, targets))} {op} {value(bound)}"
        case If(test=tested):
            return f"if {test(tested)}"
        case Loop():
            return f"loop {_loop(statement)}"
        case With(items=items):
            return f"with {', '.join(value(item.value) for item in items)}"
        case Exit(kind=kind, value=left):
            return f"{kind} {value(left)}" if left else kind
        case Try():
            return "try"


def _loop(loop: Loop) -> str:
    if loop.test is not None:
        return f"while {test(loop.test)}"
    target = _target(loop.target) if loop.target else "?"
    return f"{target} in {value(loop.source)}" if loop.source else target


def _inner(statement: Statement) -> Iterator[tuple[str, Block]]:
    match statement:
        case If(body=body, otherwise=otherwise) | Loop(body=body, otherwise=otherwise):
            yield "", body
            yield from _part("else", otherwise)
        case With(body=body):
            yield "", body
        case Try(body=body, handlers=handlers, otherwise=otherwise, cleanup=cleanup):
            yield "", body
            for handler in handlers:
                caught = value(handler.types) if handler.types else "anything"
                yield f"except {caught}" + (f" as {handler.name}" if handler.name else ""), handler.body
            yield from _part("else", otherwise)
            yield from _part("finally", cleanup)


def _part(label: str, inner: Block) -> Iterator[tuple[str, Block]]:
    if inner:
        yield label, inner


# --- values -----------------------------------------------------------------------------


def value(found: Value) -> str:
    """A value in the names of the grammar, short enough for one line where it is."""
    match found:
        case Literal(value=constant):
            return repr(constant)
        case Read(place=place):
            return _place(place)
        case Call(callee=callee, args=args, awaited=awaited):
            return f"{'await ' * awaited}{value(callee)}({', '.join(map(_argument, args))})"
        case Import(module=module, name=name, level=level):
            return f"import {'.' * level}{module}" + (f":{name}" if name else "")
        case Defined(qualname=qualname):
            return f"definition of {qualname}"
        case Opaque(why=why):
            return f"<{why}>"
        case Named(name=name, value=bound):
            return f"({name} := {value(bound)})"
        case Yield(value=yielded):
            return f"yield {value(yielded)}" if yielded else "yield"
        case Lambda(params=params, body=body):
            return f"lambda {', '.join(map(_param, params))}: {value(body)}"
    return _compound(found)


def _compound(found: Value) -> str:
    match found:
        case Record(entries=entries):
            return f"{{{', '.join(_entry(entry.key, entry.value) for entry in entries)}}}"
        case Sequence(kind=kind, items=items):
            return f"{kind}[{', '.join(map(value, items))}]"
        case Spread(value=spread):
            return f"*{value(spread)}"
        case Text(parts=parts):
            return f"text({', '.join(map(value, parts))})"
        case Compute(op=op, operands=operands):
            return (
                f"({f' {op} '.join(map(value, operands))})"
                if len(operands) > 1
                else f"{op}{value(operands[0])}"
            )
        case Condition(test=tested):
            return f"test({test(tested)})"
        case Choice(test=tested, then=then, otherwise=otherwise):
            return f"({value(then)} if {test(tested)} else {value(otherwise)})"
        case Join(op=op, values=values):
            return f"({f' {op} '.join(map(value, values))})"
        case Comprehension():
            return _comprehension(found)
    return type(found).__name__


def _comprehension(found: Comprehension) -> str:
    element = _entry(found.key, found.element) if found.key else value(found.element)
    clauses = (f" for {_target(clause.target)} in {value(clause.source)}" for clause in found.clauses)
    tests = (f" if {test(each)}" for clause in found.clauses for each in clause.tests)
    return f"{found.kind}[{element}{''.join(clauses)}{''.join(tests)}]"


def _entry(key: Value | None, held: Value) -> str:
    return f"{value(key)}: {value(held)}" if key else f"**{value(held)}"


def _argument(argument: Argument) -> str:
    name = f"{argument.name}=" if argument.name else ""
    return f"{argument.star}{name}{value(argument.value)}"


def _place(place: Place) -> str:
    root = place.root if isinstance(place.root, str) else value(place.root)
    return root + "".join(f"[{value(s.key)}]" if isinstance(s, Item) else f".{s}" for s in place.path)


def _target(target: Target) -> str:
    if isinstance(target, Unpack):
        return f"({', '.join(map(_target, target.targets))})"
    return _place(target)


def test(found: Test) -> str:
    """A test in the names of the grammar."""
    match found:
        case Truth(value=held):
            return value(held)
        case Compare(op=op, left=left, right=right):
            return f"{value(left)} {op} {value(right)}"
        case Not(test=inner):
            return f"not {test(inner)}"
        case All(tests=tests):
            return f"all({', '.join(map(test, tests))})"
        case Any(tests=tests):
            return f"any({', '.join(map(test, tests))})"


def _at(span: Span) -> str:
    return f"@{span.line}:{span.column}"
