"""The plan of the code from its own imports: rooms, floors, arrows; `python -m tests.documents.house` prints it.

A room is a package of `engine`, a loose module at its root, or the whole of `gui`. An arrow runs from a room to one
that it imports, wherever in a file the import stands. A room stands on the floor above all that it imports.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .tables import code, table

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("engine", "gui")
GAP, FLOOR, MARGIN = 14, 64, 24
"""Pixels between boxes, from floor to floor, around the plan."""


@dataclass(frozen=True)
class House:
    """The rooms, the floor of each, and what each imports."""

    floors: dict[str, int]
    imports: dict[str, frozenset[str]]
    lines: dict[str, int]
    says: dict[str, str]
    """The first sentence of each room."""

    @property
    def arrows(self) -> int:
        """Return how many imports between rooms there are."""
        return sum(len(below) for below in self.imports.values())

    @property
    def height(self) -> int:
        """Return the number of floors."""
        return max(self.floors.values())

    def on(self, floor: int) -> list[str]:
        """Return the rooms of a floor."""
        return sorted(room for room, at in self.floors.items() if at == floor)


@cache
def parsed(path: Path) -> ast.Module:
    """Return a file as Python reads it, read once."""
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def house() -> House:
    """Measure the house as it stands.

    Raises:
        ValueError: where rooms import each other in a circle.
    """
    imports: dict[str, set[str]] = defaultdict(set)
    lines: Counter[str] = Counter()
    for path in files():
        room = room_of(path)
        lines[room] += len(path.read_text("utf-8").splitlines())
        if path.parts[-2:] != ("engine", "__init__.py"):  # what it offers is imported only when asked for
            imports[room] |= {other for other in imported_rooms(path) if other != room}
    rooms = {room for room in lines if room != "engine"}
    below = {room: frozenset(imports[room] & rooms) for room in sorted(rooms)}
    floors: dict[str, int] = {}
    while len(floors) < len(rooms):
        ready = [r for r in rooms - floors.keys() if below[r] <= floors.keys()]
        if not ready:
            raise ValueError(f"rooms import each other in a circle: {sorted(rooms - floors.keys())}")
        floors |= {room: 1 + max((floors[other] for other in below[room]), default=0) for room in ready}
    return House(floors, below, dict(lines), {room: _sentence(room) for room in rooms})


def files() -> list[Path]:
    """Return every file of the package."""
    return sorted(path for top in TOPS for path in (ROOT / top).rglob("*.py"))


def room_of(path: Path) -> str:
    """Return the room that a file belongs to."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "gui" if parts[0] == "gui" else "/".join(p for p in parts[:2] if p != "__init__")


def imported_rooms(path: Path) -> Iterator[str]:
    """Yield the room of everything that a file imports from the project."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            room = _room_named(name)
            if room:
                yield room


def class_names() -> Counter[str]:
    """Count the classes of each name, in the package and in `run.py`."""
    return Counter(
        node.name
        for path in [*files(), ROOT / "run.py"]
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
    )


def _room_named(name: str) -> str:
    """Return the room of a dotted name; '' for what is none of the project's."""
    parts = name.split(".")
    if parts[0] == "gui":
        return "gui"
    if parts[0] != "engine" or len(parts) < 2:
        return ""
    place = ROOT / "engine" / parts[1]
    return f"engine/{parts[1]}" if place.is_dir() or place.with_suffix(".py").exists() else ""


def _sentence(room: str) -> str:
    path = ROOT / room
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return (ast.get_docstring(parsed(path)) or "").split("\n\n")[0].replace("\n", " ")


# --- the page ---


def rooms_table() -> str:
    """Return every room from the top floor down, with what it says of itself."""
    plan = house()
    rows = [
        [str(floor), code(f"{room}/" if (ROOT / room).is_dir() else f"{room}.py"), plan.says[room]]
        for floor in range(plan.height, 0, -1)
        for room in plan.on(floor)
    ]
    return table(["floor", "room", "what lives there"], rows)


def numbers() -> str:
    """Return the plan in a sentence."""
    plan = house()
    return f"{len(plan.floors)} rooms on {plan.height} floors, {plan.arrows} imports between them, no circle."


def needed(plan: House) -> dict[str, set[str]]:
    """Return the imports that are not implied by others: what is drawn."""

    @cache
    def reached(room: str) -> frozenset[str]:
        return frozenset().union(*({b} | reached(b) for b in plan.imports[room]))

    return {
        room: {b for b in below if not any(b in reached(other) for other in below - {b})}
        for room, below in plan.imports.items()
    }


def drawing() -> str:
    """Return the plan as an SVG picture; an import that others imply is not drawn."""
    plan = house()
    widths = {room: 26 + 7.4 * len(room.removeprefix("engine/")) for room in plan.floors}
    span = {f: sum(widths[r] + GAP for r in plan.on(f)) - GAP for f in range(1, plan.height + 1)}
    width, height = max(span.values()) + 2 * MARGIN, plan.height * FLOOR + 2 * MARGIN
    left, top = {}, {}
    for floor in range(1, plan.height + 1):
        x = (width - span[floor]) / 2
        for room in plan.on(floor):
            left[room], top[room] = x, MARGIN + (plan.height - floor) * FLOOR
            x += widths[room] + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
    ]
    for room, below in sorted(needed(plan).items()):
        for other in sorted(below):
            x0, y0 = left[room] + widths[room] / 2, top[room] + 30
            x1, y1 = left[other] + widths[other] / 2, top[other]
            bend = (y1 - y0) / 2
            parts.append(
                f'<path d="M{x0:.0f} {y0:.0f}C{x0:.0f} {y0 + bend:.0f} {x1:.0f} {y1 - bend:.0f} {x1:.0f} {y1:.0f}" '
                'fill="none" stroke="#9aa4b2"/>'
            )
    parts += [
        f'<rect x="{left[room]:.0f}" y="{top[room]:.0f}" width="{widths[room]:.0f}" height="30" rx="5" '
        'fill="#eef2f8" stroke="#4477aa"/>'
        f'<text x="{left[room] + widths[room] / 2:.0f}" y="{top[room] + 20:.0f}" text-anchor="middle" '
        f'fill="#1c2733">{room.removeprefix("engine/")}</text>'
        for room in sorted(plan.floors)
    ]
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    print(numbers())
    for storey in range(house().height, 0, -1):
        print(f"{storey:>3}  {', '.join(house().on(storey))}")
