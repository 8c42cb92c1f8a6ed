"""Expressions to values, tests and targets."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Many
from typing import Any as Anything
from typing import Literal as OneOf

import libcst as cst
from msgspec.structs import replace

from jobcheck.facts import (
    All,
    Any,
    Argument,
    Call,
    Choice,
    Clause,
    Compare,
    Comprehension,
    Compute,
    Condition,
    Entry,
    Item,
    Join,
    Lambda,
    Literal,
    Named,
    Not,
    Opaque,
    Param,
    Place,
    Read,
    Record,
    Sequence,
    Spread,
    Target,
    Test,
    Truth,
    Unpack,
    Value,
    Yield,
)
from jobcheck.syntax import literals
from jobcheck.syntax.operators import BINARY, COMPARE, UNARY
from jobcheck.syntax.positions import Positions

# A chain of 200 method calls fits; what fits can be encoded and decoded without
# reaching the interpreter's limit on recursion.
_DEPTH = 420
_CONSTANTS: dict[str, bool | None] = {"True": True, "False": False, "None": None}


class Values:
    """Lowers the expressions of one file.

    `yields` counts the yields met, so that whoever lowers a body can tell a generator.
    """

    def __init__(self, at: Positions) -> None:
        self.at = at
        self.yields = 0
        self._depth = 0

    def value(self, node: cst.BaseExpression) -> Value:
        if self._depth > _DEPTH:
            return Opaque("nested too deeply", self.at(node))
        self._depth += 1
        lowered = _LOWER.get(type(node), Values._unknown)(self, node)
        self._depth -= 1
        return lowered

    def optional(self, node: cst.BaseExpression | None) -> Value | None:
        return None if node is None else self.value(node)

    def annotation(self, node: cst.Annotation | None) -> Value | None:
        return None if node is None else self.value(node.annotation)

    def _unknown(self, node: cst.BaseExpression) -> Value:
        return Opaque("unknown syntax", self.at(node))

    # --- tests --------------------------------------------------------------------------

    def test(self, node: cst.BaseExpression) -> Test:
        if self._depth > _DEPTH:
            return Truth(Opaque("nested too deeply", self.at(node)))
        self._depth += 1
        lowered = self._test(node)
        self._depth -= 1
        return lowered

    def _test(self, node: cst.BaseExpression) -> Test:
        if isinstance(node, cst.Comparison):
            return self._compared(node)
        if isinstance(node, cst.BooleanOperation):
            tests = tuple(map(self.test, _operands(node)))
            return Any(tests) if isinstance(node.operator, cst.Or) else All(tests)
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            return Not(self.test(node.expression))
        return Truth(self.value(node))

    def _compared(self, node: cst.Comparison) -> Test:
        links, left = [], self.value(node.left)
        for link in node.comparisons:
            right = self.value(link.comparator)
            links.append(Compare(COMPARE[type(link.operator)], left, right))
            left = right
        return links[0] if len(links) == 1 else All(tuple(links))

    # --- targets, parameters, arguments -------------------------------------------------

    def target(self, node: cst.BaseExpression) -> Target:
        if isinstance(node, (cst.Tuple, cst.List)):
            return Unpack(tuple(self.target(element.value) for element in node.elements))
        value = self.value(node)
        return value.place if isinstance(value, Read) else Place(value)

    def params(self, node: cst.Parameters) -> tuple[Param, ...]:
        found = [self._param(param, "positional") for param in node.posonly_params]
        found += [self._param(param, "either") for param in node.params]
        if isinstance(node.star_arg, cst.Param):
            found.append(self._param(node.star_arg, "*"))
        found += [self._param(param, "keyword") for param in node.kwonly_params]
        if node.star_kwarg is not None:
            found.append(self._param(node.star_kwarg, "**"))
        return tuple(found)

    def _param(self, node: cst.Param, kind: OneOf["positional", "either", "*", "keyword", "**"]) -> Param:
        default, annotation = self.optional(node.default), self.annotation(node.annotation)
        return Param(node.name.value, self.at(node), kind, default, annotation)

    def arguments(self, nodes: Many[cst.Arg]) -> tuple[Argument, ...]:
        return tuple(map(self._argument, nodes))

    def _argument(self, node: cst.Arg) -> Argument:
        name = None if node.keyword is None else node.keyword.value
        return Argument(self.value(node.value), name, node.star)

    # --- places and calls ---------------------------------------------------------------

    def _name(self, node: cst.Name) -> Value:
        name, span = node.value, self.at(node)
        return Literal(_CONSTANTS[name], span) if name in _CONSTANTS else Read(Place(name), span)

    def _path(self, node: cst.Attribute | cst.Subscript) -> Value:
        steps: list[str | Item] = []
        root: cst.BaseExpression = node
        while isinstance(root, (cst.Attribute, cst.Subscript)):
            steps.append(root.attr.value if isinstance(root, cst.Attribute) else Item(self._key(root)))
            root = root.value
        path, value = tuple(reversed(steps)), self.value(root)
        if isinstance(value, Read):
            return Read(Place(value.place.root, value.place.path + path), self.at(node))
        return Read(Place(value, path), self.at(node))

    def _key(self, node: cst.Subscript) -> Value:
        keys = tuple(map(self._index, node.slice))
        if len(keys) == 1 and not isinstance(node.slice[0].comma, cst.Comma):
            return keys[0]
        return Sequence("tuple", keys, self.at.across(node.slice[0], node.slice[-1]))

    def _index(self, element: cst.SubscriptElement) -> Value:
        index = element.slice
        if not isinstance(index, cst.Index):
            return Opaque("slice", self.at(element))
        value = self.value(index.value)
        return Spread(value, self.at(element)) if index.star else value

    def _call(self, node: cst.Call) -> Value:
        return Call(self.value(node.func), self.arguments(node.args), self.at(node))

    def _await(self, node: cst.Await) -> Value:
        value = self.value(node.expression)
        return replace(value, awaited=True) if isinstance(value, Call) else value

    # --- constants ----------------------------------------------------------------------

    def _integer(self, node: cst.Integer) -> Value:
        return literals.integer(node.value, self.at(node))

    def _float(self, node: cst.Float) -> Value:
        return literals.number(float(node.value), self.at(node))

    def _complex(self, node: cst.Imaginary) -> Value:
        return Opaque("complex", self.at(node))

    def _ellipsis(self, node: cst.Ellipsis) -> Value:
        return Opaque("ellipsis", self.at(node))

    def _string(self, node: cst.BaseString) -> Value:
        return literals.string(node, self.at(node), self.value)

    # --- displays and comprehensions ----------------------------------------------------

    def _list(self, node: cst.List) -> Value:
        return Sequence("list", self._items(node.elements), self.at(node))

    def _tuple(self, node: cst.Tuple) -> Value:
        return Sequence("tuple", self._items(node.elements), self.at(node))

    def _set(self, node: cst.Set) -> Value:
        return Sequence("set", self._items(node.elements), self.at(node))

    def _items(self, nodes: Many[cst.BaseElement]) -> tuple[Value, ...]:
        return tuple(
            self._spread(node) if isinstance(node, cst.StarredElement) else self.value(node.value)
            for node in nodes
        )

    def _spread(self, node: cst.StarredElement) -> Value:
        return Spread(self.value(node.value), self.at(node))

    def _dict(self, node: cst.Dict) -> Value:
        return Record(tuple(map(self._entry, node.elements)), self.at(node))

    def _entry(self, node: cst.BaseDictElement) -> Entry:
        key = self.value(node.key) if isinstance(node, cst.DictElement) else None
        return Entry(key, self.value(node.value))

    def _comprehension(self, node: cst.BaseSimpleComp) -> Value:
        clauses = self._clauses(node.for_in)
        return Comprehension(_COMPREHENSIONS[type(node)], self.value(node.elt), clauses, self.at(node))

    def _dict_comprehension(self, node: cst.DictComp) -> Value:
        clauses, key = self._clauses(node.for_in), self.value(node.key)
        return Comprehension("dict", self.value(node.value), clauses, self.at(node), key)

    def _merging_comprehension(self, node: cst.StarredDictComp) -> Value:
        clauses, element = self._clauses(node.for_in), Spread(self.value(node.value), self.at(node.value))
        return Comprehension("dict", element, clauses, self.at(node))

    def _clauses(self, node: cst.CompFor | None) -> tuple[Clause, ...]:
        clauses = []
        while node is not None:
            tests = tuple(self.test(each.test) for each in node.ifs)
            clauses.append(Clause(self.target(node.target), self.value(node.iter), tests))
            node = node.inner_for_in
        return tuple(clauses)

    # --- operators and the rest ---------------------------------------------------------

    def _compute(self, node: cst.BinaryOperation) -> Value:
        operands = (self.value(node.left), self.value(node.right))
        return Compute(BINARY[type(node.operator)], operands, self.at(node))

    def _unary(self, node: cst.UnaryOperation) -> Value:
        if isinstance(node.operator, cst.Not):
            return self._condition(node)
        operand, span = self.value(node.expression), self.at(node)
        number = operand.value if isinstance(operand, Literal) else None
        if isinstance(node.operator, cst.Minus) and isinstance(number, (int, float)):
            return literals.number(-number, span)
        return Compute(UNARY[type(node.operator)], (operand,), span)

    def _condition(self, node: cst.BaseExpression) -> Value:
        return Condition(self.test(node), self.at(node))

    def _join(self, node: cst.BooleanOperation) -> Value:
        values = tuple(map(self.value, _operands(node)))
        return Join("or" if isinstance(node.operator, cst.Or) else "and", values, self.at(node))

    def _choice(self, node: cst.IfExp) -> Value:
        test, then = self.test(node.test), self.value(node.body)
        return Choice(test, then, self.value(node.orelse), self.at(node))

    def _lambda(self, node: cst.Lambda) -> Value:
        yields = self.yields
        lowered = Lambda(self.params(node.params), self.value(node.body), self.at(node))
        self.yields = yields
        return lowered

    def _named(self, node: cst.NamedExpr) -> Value:
        return Named(cst.ensure_type(node.target, cst.Name).value, self.value(node.value), self.at(node))

    def _yield(self, node: cst.Yield) -> Value:
        self.yields += 1
        given = node.value.item if isinstance(node.value, cst.From) else node.value
        return Yield(self.optional(given), self.at(node))


def _operands(node: cst.BooleanOperation) -> list[cst.BaseExpression]:
    """The operands of `a or b or c`, which are nested to the left."""
    operator, operands = type(node.operator), [node.right]
    left = node.left
    while isinstance(left, cst.BooleanOperation) and type(left.operator) is operator:
        operands.append(left.right)
        left = left.left
    return [left, *reversed(operands)]


_COMPREHENSIONS: dict[type[cst.CSTNode], OneOf["list", "set", "generator"]] = {
    cst.GeneratorExp: "generator",
    cst.ListComp: "list",
    cst.SetComp: "set",
}

_LOWER: dict[type[cst.CSTNode], Callable[[Values, Anything], Value]] = {
    cst.Attribute: Values._path,
    cst.Await: Values._await,
    cst.BinaryOperation: Values._compute,
    cst.BooleanOperation: Values._join,
    cst.Call: Values._call,
    cst.Comparison: Values._condition,
    cst.ConcatenatedString: Values._string,
    cst.Dict: Values._dict,
    cst.DictComp: Values._dict_comprehension,
    cst.Ellipsis: Values._ellipsis,
    cst.Float: Values._float,
    cst.FormattedString: Values._string,
    cst.GeneratorExp: Values._comprehension,
    cst.IfExp: Values._choice,
    cst.Imaginary: Values._complex,
    cst.Integer: Values._integer,
    cst.Lambda: Values._lambda,
    cst.List: Values._list,
    cst.ListComp: Values._comprehension,
    cst.Name: Values._name,
    cst.NamedExpr: Values._named,
    cst.Set: Values._set,
    cst.SetComp: Values._comprehension,
    cst.SimpleString: Values._string,
    cst.StarredDictComp: Values._merging_comprehension,
    cst.StarredElement: Values._spread,
    cst.Subscript: Values._path,
    cst.TemplatedString: Values._string,
    cst.Tuple: Values._tuple,
    cst.UnaryOperation: Values._unary,
    cst.Yield: Values._yield,
}
