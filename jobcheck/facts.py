"""What a file says: complete, uninterpreted, and the same wherever the file lies.

No job, effect or guard is named here: whether `@app.task` makes a Celery job depends on
another file, and a guard is a relation between a test and a write, not a node.

A call is a value, so an expression keeps its shape and a reader evaluates it from the
inside out: `callee`, then the arguments in order, then the call itself.

    Value   Literal | Read | Call | Record | Sequence | Spread | Text | Compute | Condition
            | Choice | Join | Comprehension | Lambda | Named | Yield | Import | Defined | Opaque
    Test    Truth | Compare | Not | All | Any
    Block   (Expression | Bind | If | Loop | Try | With | Exit)*
    Outline module-level block, functions, classes, directives, problems
"""

from __future__ import annotations

from typing import Literal as OneOf
from typing import Union

from msgspec import Struct


class Span(Struct, frozen=True, array_like=True, order=True):
    """A range of source text; lines and columns count from 1, the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class _Node(Struct, frozen=True, array_like=True, tag=True):
    pass


# --- values -----------------------------------------------------------------------------


class Literal(_Node, frozen=True):
    """A constant written out: text, number, truth value or None. Bytes are Opaque("bytes")."""

    value: Union[str, int, float, bool, None]
    span: Span


class Item(_Node, frozen=True):
    """One subscription in a place: the `["org"]` of `data["org"]`."""

    key: Value


class Place(_Node, frozen=True):
    """A root and a path: `user.sent`, `self.request.id`, `data["org"]`.

    The root is a name, or a value that has no name (`get_user().sent`). A step of the path
    is an attribute's name or an `Item`.
    """

    root: Union[str, Value]
    path: tuple[Union[str, Item], ...] = ()


class Read(_Node, frozen=True):
    """The value found at a place."""

    place: Place
    span: Span


class Argument(_Node, frozen=True):
    """One argument of a call; `star` is "*" or "**" where the value is spread."""

    value: Value
    name: Union[str, None] = None
    star: OneOf["", "*", "**"] = ""


class Call(_Node, frozen=True):
    """A call and the value it returns. `span` covers the whole expression, without `await`."""

    callee: Value
    args: tuple[Argument, ...]
    span: Span
    awaited: bool = False


class Entry(_Node, frozen=True):
    """One `key: value` of a record; without a key the value is spread (`**value`)."""

    key: Union[Value, None]
    value: Value


class Record(_Node, frozen=True):
    """A dict display."""

    entries: tuple[Entry, ...]
    span: Span


class Sequence(_Node, frozen=True):
    """A list, tuple or set display; items may be `Spread`."""

    kind: OneOf["list", "tuple", "set"]
    items: tuple[Value, ...]
    span: Span


class Spread(_Node, frozen=True):
    """`*value` inside a sequence."""

    value: Value
    span: Span


class Text(_Node, frozen=True):
    """An f-string: its literal and formatted parts in order."""

    parts: tuple[Value, ...]
    span: Span


class Compute(_Node, frozen=True):
    """Arithmetic: a binary operator with two operands, or a unary one ("-", "+", "~") with one."""

    op: str
    operands: tuple[Value, ...]
    span: Span


class Condition(_Node, frozen=True):
    """A test used as a value: `done = order.status == PAID`."""

    test: Test
    span: Span


class Choice(_Node, frozen=True):
    """`then if test else otherwise`."""

    test: Test
    then: Value
    otherwise: Value
    span: Span


class Join(_Node, frozen=True):
    """`a or b` and `a and b` used as a value; those after the first may not be evaluated."""

    op: OneOf["or", "and"]
    values: tuple[Value, ...]
    span: Span


class Clause(_Node, frozen=True):
    """One `for target in source if tests` of a comprehension."""

    target: Target
    source: Value
    tests: tuple[Test, ...] = ()


class Comprehension(_Node, frozen=True):
    """A comprehension; `key` is there for a dict's."""

    kind: OneOf["list", "set", "dict", "generator"]
    element: Value
    clauses: tuple[Clause, ...]
    span: Span
    key: Union[Value, None] = None


class Lambda(_Node, frozen=True):
    """An anonymous function."""

    params: tuple[Param, ...]
    body: Value
    span: Span


class Named(_Node, frozen=True):
    """`(name := value)`."""

    name: str
    value: Value
    span: Span


class Yield(_Node, frozen=True):
    """`yield value`, `yield from value` or a bare `yield`."""

    value: Union[Value, None]
    span: Span


class Import(_Node, frozen=True):
    """What an import statement binds; `level` counts the leading dots.

    `import a.b` binds `a` to Import("a"), `import a.b as c` binds `c` to Import("a.b"), both
    without a name; `from a import b` binds `b` to Import("a", "b"); the name may be "*".
    """

    module: str
    name: Union[str, None]
    level: int
    span: Span


class Defined(_Node, frozen=True):
    """The function or class that a `def` or `class` statement binds, before its decorators."""

    qualname: str
    span: Span


class Opaque(_Node, frozen=True):
    """A value that the text alone does not tell, and why."""

    why: str
    span: Span


Value = Union[
    Literal,
    Read,
    Call,
    Record,
    Sequence,
    Spread,
    Text,
    Compute,
    Condition,
    Choice,
    Join,
    Comprehension,
    Lambda,
    Named,
    Yield,
    Import,
    Defined,
    Opaque,
]


# --- tests ------------------------------------------------------------------------------


class Truth(_Node, frozen=True):
    value: Value


class Compare(_Node, frozen=True):
    """`left op right`, op one of == != < <= > >= in, not in, is, is not."""

    op: str
    left: Value
    right: Value


class Not(_Node, frozen=True):
    test: Test


class All(_Node, frozen=True):
    tests: tuple[Test, ...]


class Any(_Node, frozen=True):
    tests: tuple[Test, ...]


Test = Union[Truth, Compare, Not, All, Any]


# --- statements -------------------------------------------------------------------------


class Unpack(_Node, frozen=True):
    """A tuple of targets: `row, created = ...`; a starred target counts as one."""

    targets: tuple[Target, ...]


Target = Union[Place, Unpack]


class Expression(_Node, frozen=True):
    """A value evaluated for what it does."""

    value: Value
    span: Span


class Bind(_Node, frozen=True):
    """`targets op value`; op is "=", an augmented form such as "+=", or "del".

    `a = b = v` has two targets. A bare annotation `x: T` binds Opaque("declared only").
    """

    targets: tuple[Target, ...]
    value: Value
    span: Span
    op: str = "="
    annotation: Union[Value, None] = None


class If(_Node, frozen=True):
    """Also `match` (a chain of tests on its subject) and `assert` (raises when it fails)."""

    test: Test
    body: Block
    otherwise: Block
    span: Span


class Loop(_Node, frozen=True):
    """`for target in source` or `while test`; `otherwise` runs when no break left it."""

    body: Block
    otherwise: Block
    span: Span
    target: Union[Target, None] = None
    source: Union[Value, None] = None
    test: Union[Test, None] = None


class Handler(_Node, frozen=True):
    """`except types as name`; no types is a bare except."""

    types: Union[Value, None]
    name: Union[str, None]
    body: Block
    span: Span


class Try(_Node, frozen=True):
    body: Block
    handlers: tuple[Handler, ...]
    otherwise: Block
    cleanup: Block
    span: Span


class Entered(_Node, frozen=True):
    """One item of a `with`: the context manager and what it is bound to."""

    value: Value
    target: Union[Target, None] = None


class With(_Node, frozen=True):
    items: tuple[Entered, ...]
    body: Block
    span: Span


class Exit(_Node, frozen=True):
    """return, raise (without a value it re-raises), break or continue."""

    kind: OneOf["return", "raise", "break", "continue"]
    value: Union[Value, None]
    span: Span


Statement = Union[Expression, Bind, If, Loop, Try, With, Exit]
Block = tuple[Statement, ...]


# --- files ------------------------------------------------------------------------------


class Param(_Node, frozen=True):
    """One parameter; kind as `inspect.Parameter` has them, in short."""

    name: str
    span: Span
    kind: OneOf["positional", "either", "*", "keyword", "**"] = "either"
    default: Union[Value, None] = None
    annotation: Union[Value, None] = None


class Function(_Node, frozen=True):
    """A function without its body, which `body(source, qualname)` gives.

    `qualname` joins the enclosing definitions by dots, without "<locals>". `span` covers the
    decorators and the body, `header` the line from `def` to the colon.
    """

    qualname: str
    params: tuple[Param, ...]
    decorators: tuple[Value, ...]
    span: Span
    header: Span
    returns: Union[Value, None] = None
    is_async: bool = False
    is_generator: bool = False


class Class(_Node, frozen=True):
    """A class: its bases (keywords such as `metaclass=` among them) and its own block."""

    qualname: str
    bases: tuple[Argument, ...]
    decorators: tuple[Value, ...]
    block: Block
    span: Span
    header: Span


class Directive(_Node, frozen=True):
    """A `# jobcheck:` comment: ignore[..], ignore-file[..] or idempotent[..].

    `covers` is the range of lines it speaks of, first and last included. A directive that
    cannot be read has verb "unreadable" and says in `reason` what is wrong with it.
    """

    verb: OneOf["ignore", "ignore-file", "idempotent", "unreadable"]
    names: tuple[str, ...]
    reason: str
    span: Span
    covers: tuple[int, int]


class Outline(_Node, frozen=True):
    """One file, complete but for the bodies of its functions.

    `block` is the module level. A definition inside a function is listed too.
    """

    block: Block
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    directives: tuple[Directive, ...] = ()


class FileFacts(_Node, frozen=True):
    """All of one file: the outline and the body of every function, by qualname.

    A later definition of the same qualname takes "name#2", "name#3"...
    """

    outline: Outline
    bodies: dict[str, Block]


class Problem(Struct, frozen=True, array_like=True):
    """Why a file could not be read, and where (1-based)."""

    line: int
    column: int
    message: str
