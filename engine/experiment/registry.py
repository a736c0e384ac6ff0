"""The kinds among which a field chooses, and what computes each of them: tables that further kinds can join."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Discriminator, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from .fields import Kind

S = TypeVar("S", bound=Kind)
T = TypeVar("T")


class KindRegistry(Mapping[str, type[S]]):
    """The kinds of one choice by name, in the order that people see them.

    As the annotation of a field, `Annotated[DataSpec, DATA_KINDS]`, it stands for the union of its kinds, told apart
    by their `kind`. Models are built when they are first used: until an experiment is described, kinds can join.
    """

    def __init__(self, *specs: type[S]) -> None:
        self._specs: dict[str, type[S]] = {}
        self._in_use = False
        self._stands_in: type[S] | None = None
        for spec in specs:
            self.register(spec)

    def register(self, spec: type[S]) -> None:
        """Offer a kind under the name that its `kind` allows.

        Raises:
            ValueError: where another kind has that name.
            RuntimeError: where an experiment was described before, without this kind.
        """
        name = spec.name()
        known = self._specs.get(name)
        if known is spec:
            return
        if known is not None:
            raise ValueError(
                f"{spec.__name__}: the kind '{name}' is {known.__name__} already; name it otherwise"
            )
        if self._in_use:
            raise RuntimeError(
                f"{spec.__name__}: register the kind '{name}' before an experiment is described"
            )
        self._specs[name] = spec

    @property
    def in_use(self) -> bool:
        """Say whether an experiment was described, so that no kind can join."""
        return self._in_use

    def stand_in(self, spec: type[S]) -> None:
        """Let a kind stand for those that are not there: files may say it, nobody is offered it."""
        assert not self._in_use, "an experiment was described before"
        self._stands_in = spec

    def __getitem__(self, name: str) -> type[S]:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of the union; from now on no kind can join."""
        self._in_use = True
        others = [] if self._stands_in is None else [self._stands_in]
        union = reduce(or_, [*self._specs.values(), *others])
        return handler.generate_schema(Annotated[union, Discriminator("kind")])


class Implementations(Mapping[str, T], Generic[S, T]):
    """What computes each kind of a choice, by the kind's name.

    What computes a `family` computes every kind that is built on it and has nothing of its own: those of plug-ins.
    """

    def __init__(
        self,
        kinds: KindRegistry[S],
        built_in: Mapping[type[S], T],
        families: Mapping[type[S], T] | None = None,
    ) -> None:
        self._kinds = kinds
        self._table: dict[str, T] = {}
        self._families = dict(families or {})
        for spec, implementation in built_in.items():
            self.register(spec, implementation)

    def register(self, spec: type[S], implementation: T) -> None:
        """Say what computes a kind; where the choice does not offer it yet, it joins.

        Raises:
            ValueError: where something else computes it already, or another kind has its name.
            RuntimeError: where an experiment was described before, without this kind.
        """
        self._kinds.register(spec)
        name = spec.name()
        if name in self._table:
            raise ValueError(f"{spec.__name__}: the kind '{name}' is computed already")
        self._table[name] = implementation

    def of(self, said: S) -> T:
        """Return what computes what a user said."""
        for family, implementation in self._families.items():
            if isinstance(said, family) and said.kind not in self._table:
                return implementation
        return self._table[said.kind]

    def __getitem__(self, name: str) -> T:
        return self._table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
