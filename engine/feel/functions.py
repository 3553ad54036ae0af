"""How a function is described, found by its arguments and called. The built-in ones stand in `builtins_*`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import regex

from engine.feel.json import from_python
from engine.feel.kinds import ANY, FunctionType, Type
from engine.feel.operators import kind_of
from engine.feel.scope import Scope
from engine.feel.values import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.feel.limits import Run

    Code = Callable[[Scope], Any]

PARAMETER = regex.compile(r"(?P<optional>\[)?(?P<name>[^:\]]+): (?P<kind>[a-z ]+)(?P<null>\?)?(?P<many>\.\.\.)?\]?")
UNFIT: Any = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a signature: `kind` as FEEL names it, `many` for the rest of the arguments."""

    name: str
    kind: str
    optional: bool
    nullable: bool
    many: bool

    def fit(self, value: Any) -> Any:
        """The argument as the parameter wants it, or UNFIT."""
        if self.kind == "any" or (value is None and self.nullable):
            return value
        found = kind_of(value)
        if found == self.kind or (self.kind == "day" and found in ("date", "date and time")):
            return value
        if self.kind == "list":
            return UNFIT if value is None else [value]
        if found == "list" and len(value) == 1:
            return self.fit(value[0])
        return UNFIT


@dataclass(frozen=True, slots=True)
class Overload:
    """One way of calling: `substring(string: string, start position: number, [length: number])`."""

    parameters: tuple[Parameter, ...]
    body: Callable[..., Any]

    def takes(self, count: int) -> bool:
        many = bool(self.parameters) and self.parameters[-1].many
        least = sum(not parameter.optional and not parameter.many for parameter in self.parameters)
        return least + many <= count and (many or count <= len(self.parameters))

    def fit(self, arguments: Sequence[Any]) -> list[Any] | None:
        fixed = [parameter for parameter in self.parameters if not parameter.many]
        more = list(self.parameters[-1:]) * (len(arguments) - len(fixed))
        found = [parameter.fit(value) for parameter, value in zip([*fixed, *more], arguments, strict=False)]
        return None if any(value is UNFIT for value in found) else found

    def ordered(self, named: Mapping[str, Any]) -> list[Any] | None:
        """The named arguments in order, or None if these are not this overload's names."""
        names = [parameter.name for parameter in self.parameters]
        if not set(named) <= set(names) or any(
            parameter.name not in named and not parameter.optional for parameter in self.parameters
        ):
            return None
        values: list[Any] = []
        for parameter in self.parameters:
            value = named.get(parameter.name, MISSING_ARGUMENT)
            values.extend(value if parameter.many and isinstance(value, list) else [value])
        while values and values[-1] is MISSING_ARGUMENT:
            values.pop()
        return [None if value is MISSING_ARGUMENT else value for value in values]


MISSING_ARGUMENT: Any = object()


class Builtin(Function):
    """A built-in function with its overloads."""

    __slots__ = ("overloads",)

    def __init__(self, name: str) -> None:
        super().__init__(name, None)
        self.overloads: list[Overload] = []
        self.type = FunctionType(None, ANY)

    def call(self, run: Run, arguments: Sequence[Any]) -> Any:
        run.spend_on(arguments)
        for overload in self.overloads:
            if overload.takes(len(arguments)):
                fitted = overload.fit(arguments)
                if fitted is not None:
                    return self._result(run, overload, fitted)
        kinds = ", ".join(kind_of(value) for value in arguments)
        return run.null(f"{self.name} 不接受参数 ({kinds})", f"{self.name} does not take ({kinds})")

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        for overload in self.overloads:
            ordered = overload.ordered(arguments)
            if ordered is not None:
                return self.call(run, ordered)
        names = ", ".join(arguments)
        return run.null(f"{self.name} 没有参数 {names}", f"{self.name} has no parameters {names}")

    def _result(self, run: Run, overload: Overload, arguments: list[Any]) -> Any:
        try:
            result = overload.body(run, *arguments)
        except (ArithmeticError, ValueError, TypeError):
            result = None
        if result is None:
            return run.null(f"{self.name} 没有结果", f"{self.name} has no result for these arguments")
        if type(result) is int:
            return Decimal(result)
        if type(result) is str:
            return run.sized_text(result)
        return run.sized_list(result) if type(result) is list else result


BUILTINS: dict[str, Builtin] = {}


def feel(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function under a FEEL signature; several signatures are overloads."""
    name, _, rest = signature.partition("(")
    found = [PARAMETER.fullmatch(part) for part in rest.removesuffix(")").split(", ") if part]
    parameters = tuple(
        Parameter(part["name"], part["kind"], bool(part["optional"]), bool(part["null"]), bool(part["many"]))
        for part in found
        if part
    )
    assert len(found) == len(parameters), signature

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        BUILTINS.setdefault(name, Builtin(name)).overloads.append(Overload(parameters, body))
        return body

    return register


class HostFunction(Function):
    """A Python function that the host lends to an evaluation; its own parameter names count."""

    __slots__ = ("body",)

    def __init__(self, name: str, body: Callable[..., Any]) -> None:
        super().__init__(name, None)
        self.body = body
        self.type = FunctionType(None, ANY)

    def call(self, run: Run, arguments: Sequence[Any]) -> Any:
        return self._called(run, arguments, {})

    def call_named(self, run: Run, arguments: Mapping[str, Any]) -> Any:
        return self._called(run, (), {name.replace(" ", "_"): value for name, value in arguments.items()})

    def _called(self, run: Run, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        run.spend()
        try:
            return from_python(self.body(*arguments, **named))
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            return run.null(f"{self.name} 无法计算：{error}", f"{self.name} cannot be computed: {error}")


class Closure(Function):
    """A function written in FEEL or in a model: typed parameters, a body, and the scope that it was made in."""

    __slots__ = ("body", "kinds", "result", "scope")

    def __init__(
        self,
        name: str,
        parameters: Sequence[tuple[str, Type]],
        body: Code,
        scope: Scope,
        result: Type = ANY,
    ) -> None:
        super().__init__(name, tuple(name for name, _ in parameters))
        self.kinds = tuple(kind for _, kind in parameters)
        self.body, self.scope, self.result = body, scope, result
        self.type = FunctionType(self.kinds, result)

    def call(self, run: Run, arguments: Sequence[Any]) -> Any:
        if len(arguments) != len(self.kinds):
            return run.null(
                f"{self.name} 需要 {len(self.kinds)} 个参数", f"{self.name} takes {len(self.kinds)} arguments"
            )
        values = [
            value if kind is ANY else kind.coerce(value) for kind, value in zip(self.kinds, arguments, strict=True)
        ]
        for name, kind, value, given in zip(self.parameters or (), self.kinds, values, arguments, strict=True):
            if value is None and given is not None:
                return run.null(f"{self.name}：{name} 应为 {kind.name}", f"{self.name}: {name} must be a {kind.name}")
        run.enter()
        found = self.body(Scope(dict(zip(self.parameters or (), values, strict=True)), run, self.scope))
        run.leave()
        return found
