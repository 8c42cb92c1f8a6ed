"""Statements to blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Union

import libcst as cst

from jobcheck.facts import (
    All,
    Argument,
    Bind,
    Block,
    Call,
    Defined,
    Entered,
    Exit,
    Expression,
    Handler,
    If,
    Literal,
    Loop,
    Opaque,
    Place,
    Read,
    Test,
    Try,
    Unpack,
    Value,
    With,
)
from jobcheck.syntax import imports
from jobcheck.syntax.nesting import NestingError
from jobcheck.syntax.operators import AUGMENTED
from jobcheck.syntax.patterns import SUBJECT, Patterns, bindings, repeatable
from jobcheck.syntax.values import Values

Definition = Union[cst.FunctionDef, cst.ClassDef]
_Suite = Union[cst.BaseSuite, cst.Module, cst.SimpleStatementLine]
_Case = tuple[Block, Union[Test, None], Block]
_CHAINED = 400  # alternatives of one statement: each nests in the one before
_CONSTANTS = (cst.SimpleString, cst.ConcatenatedString, cst.Integer, cst.Imaginary, cst.Ellipsis)


class Blocks:
    """Lowers the statements of one file; `define` is told of each definition on the way."""

    def __init__(self, values: Values, define: Callable[[Definition], Defined]) -> None:
        self._values = values
        self._at = values.at
        self._define = define
        self._patterns = Patterns(values)
        self._chained = 0

    def block(self, suite: _Suite) -> Block:
        return tuple(statement for node in suite.body for statement in self._statements(node))

    def _statements(self, node: cst.CSTNode) -> Block:
        return _LOWER.get(type(node), Blocks._unknown)(self, node)

    def _unknown(self, node: cst.CSTNode) -> Block:
        return (Expression(Opaque("unknown syntax", self._at(node)), self._at(node)),)

    def _nothing(self, node: cst.CSTNode) -> Block:  # noqa: ARG002
        return ()

    # --- simple statements --------------------------------------------------------------

    def _expression(self, node: cst.Expr) -> Block:
        value = self._values.value(node.value)
        if isinstance(value, Literal) or (isinstance(value, Opaque) and isinstance(node.value, _CONSTANTS)):
            return ()
        return (Expression(value, self._at(node)),)

    def _assign(self, node: cst.Assign) -> Block:
        targets = tuple(self._values.target(each.target) for each in node.targets)
        return (Bind(targets, self._values.value(node.value), self._at(node)),)

    def _annotated(self, node: cst.AnnAssign) -> Block:
        span, target = self._at(node), self._values.target(node.target)
        value = self._values.optional(node.value) or Opaque("declared only", span)
        return (Bind((target,), value, span, annotation=self._values.annotation(node.annotation)),)

    def _augmented(self, node: cst.AugAssign) -> Block:
        target, op = self._values.target(node.target), AUGMENTED[type(node.operator)]
        return (Bind((target,), self._values.value(node.value), self._at(node), op),)

    def _delete(self, node: cst.Del) -> Block:
        span, target = self._at(node), self._values.target(node.target)
        targets = target.targets if isinstance(target, Unpack) else (target,)
        return (Bind(targets, Opaque("deleted", span), span, "del"),)

    def _alias(self, node: cst.TypeAlias) -> Block:
        return (Bind((Place(node.name.value),), self._values.value(node.value), self._at(node)),)

    def _import(self, node: imports.Modules) -> Block:
        return imports.modules(node, self._at)

    def _import_from(self, node: imports.Names) -> Block:
        return imports.names(node, self._at)

    def _return(self, node: cst.Return) -> Block:
        return (Exit("return", self._values.optional(node.value), self._at(node)),)

    def _raise(self, node: cst.Raise) -> Block:
        return (Exit("raise", self._values.optional(node.exc), self._at(node)),)

    def _break(self, node: cst.Break) -> Block:
        return (Exit("break", None, self._at(node)),)

    def _continue(self, node: cst.Continue) -> Block:
        return (Exit("continue", None, self._at(node)),)

    def _assert(self, node: cst.Assert) -> Block:
        span, test, message = self._at(node), self._values.test(node.test), self._values.optional(node.msg)
        args = () if message is None else (Argument(message),)
        error = Call(Read(Place("AssertionError"), span), args, span)
        return (If(test, (), (Exit("raise", error, span),), span),)

    def _definition(self, node: Definition) -> Block:
        defined = self._define(node)
        return (Bind((Place(node.name.value),), defined, defined.span),)

    # --- compound statements ------------------------------------------------------------

    def _if(self, node: cst.If) -> Block:
        test, body = self._values.test(node.test), self.block(node.body)
        return (If(test, body, self._otherwise(node.orelse), self._at(node)),)

    def _otherwise(self, node: cst.If | cst.Else | cst.Finally | None) -> Block:
        if isinstance(node, cst.If):
            return self._else_if(node)
        return () if node is None else self.block(node.body)

    def _else_if(self, node: cst.If) -> Block:
        self._chained += 1
        if self._chained > _CHAINED:
            raise NestingError(self._at(node))
        lowered = self._if(node)
        self._chained -= 1
        return lowered

    def _while(self, node: cst.While) -> Block:
        test, body = self._values.test(node.test), self.block(node.body)
        return (Loop(body, self._otherwise(node.orelse), self._at(node), test=test),)

    def _for(self, node: cst.For) -> Block:
        source, target = self._values.value(node.iter), self._values.target(node.target)
        body, otherwise = self.block(node.body), self._otherwise(node.orelse)
        return (Loop(body, otherwise, self._at(node), target, source),)

    def _try(self, node: cst.Try | cst.TryStar) -> Block:
        body, handlers = self.block(node.body), tuple(map(self._handler, node.handlers))
        otherwise, cleanup = self._otherwise(node.orelse), self._otherwise(node.finalbody)
        return (Try(body, handlers, otherwise, cleanup, self._at(node)),)

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> Handler:
        name = None if node.name is None else cst.ensure_type(node.name.name, cst.Name).value
        return Handler(self._values.optional(node.type), name, self.block(node.body), self._at(node))

    def _with(self, node: cst.With) -> Block:
        items = tuple(map(self._entered, node.items))
        return (With(items, self.block(node.body), self._at(node)),)

    def _entered(self, node: cst.WithItem) -> Entered:
        target = None if node.asname is None else self._values.target(node.asname.name)
        return Entered(self._values.value(node.item), target)

    def _match(self, node: cst.Match) -> Block:
        subject, span = self._values.value(node.subject), self._at(node.subject)
        if repeatable(subject):
            return self._cases(node, subject)
        return (Bind((SUBJECT,), subject, span), *self._cases(node, Read(SUBJECT, span)))

    def _cases(self, node: cst.Match, subject: Value) -> Block:
        if len(node.cases) > _CHAINED:
            raise NestingError(self._at(node.cases[_CHAINED]))
        cases = [(self._case(case, subject), self._at(case)) for case in node.cases]
        rest: Block = ()
        for (before, test, body), span in reversed(cases):
            rest = (*before, *body) if test is None else (*before, If(test, body, rest, span))
        return rest

    def _case(self, node: cst.MatchCase, subject: Value) -> _Case:
        """What is bound before the test, since the guard may read it; the test; the body."""
        test, found = self._patterns.match(node.pattern, subject)
        binds = bindings(found, self._at(node.pattern))
        if node.guard is None:
            return (), test, (*binds, *self.block(node.body))
        guard = self._values.test(node.guard)
        return binds, guard if test is None else All((test, guard)), self.block(node.body)


_LOWER: dict[type[cst.CSTNode], Callable[[Blocks, Any], Block]] = {
    cst.AnnAssign: Blocks._annotated,
    cst.Assert: Blocks._assert,
    cst.Assign: Blocks._assign,
    cst.AugAssign: Blocks._augmented,
    cst.Break: Blocks._break,
    cst.ClassDef: Blocks._definition,
    cst.Continue: Blocks._continue,
    cst.Del: Blocks._delete,
    cst.Expr: Blocks._expression,
    cst.For: Blocks._for,
    cst.FunctionDef: Blocks._definition,
    cst.Global: Blocks._nothing,
    cst.If: Blocks._if,
    cst.Import: Blocks._import,
    cst.ImportFrom: Blocks._import_from,
    cst.LazyImport: Blocks._import,
    cst.LazyImportFrom: Blocks._import_from,
    cst.Match: Blocks._match,
    cst.Nonlocal: Blocks._nothing,
    cst.Pass: Blocks._nothing,
    cst.Raise: Blocks._raise,
    cst.Return: Blocks._return,
    cst.SimpleStatementLine: Blocks.block,
    cst.Try: Blocks._try,
    cst.TryStar: Blocks._try,
    cst.TypeAlias: Blocks._alias,
    cst.While: Blocks._while,
    cst.With: Blocks._with,
}
