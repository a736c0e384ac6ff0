"""Formulas of the pages, as Markdown writes them, in the words that matplotlib's mathtext knows."""

from __future__ import annotations

import re
from functools import cache

_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:aligned|cases|array)\}(?:\{[^}]*\})?")
_OPERATOR = re.compile(r"\\(frac|binom|sqrt)(?![A-Za-z])")
_WORD = re.compile(r"\\(?:[A-Za-z]+|.)")
_WORDS = (
    (re.compile(r"\\[td]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\\[bB]igg?[lrm]?(?![A-Za-z])"), ""),
    (re.compile(r"\\text\{"), r"\\mathrm{"),
    (re.compile(r"\\operatorname(?![A-Za-z])"), r"\\mathrm"),
    (re.compile(r"\\[lr]?Vert(?![A-Za-z])"), r"\\|"),
    (re.compile(r"\\[lr]?vert(?![A-Za-z])"), "|"),
    (re.compile(r"\\square(?![A-Za-z])"), "□"),
    (re.compile(r"\\(math(?:cal|bb|rm|bf)) ?([A-Za-z])(?![A-Za-z]*\{)"), r"\\\1{\2}"),
    (re.compile(r"\\([lg])e(?![A-Za-z])"), r"\\\1eq "),
    (re.compile(r"\\ne(?![A-Za-z])"), r"\\neq "),
    (re.compile(r"\\succeq(?![A-Za-z])"), r"\\succeq "),
)


@cache
def mathtext(formula: str) -> str:
    """Return a formula without what mathtext does not know."""
    if "\\" not in formula:
        return formula.strip()
    for pattern, word in _WORDS:
        formula = pattern.sub(word, formula)
    return _braced(formula.strip())


def _braced(formula: str) -> str:
    """Return a formula whose fractions, binomials and roots have their parts in braces, as mathtext wants."""
    found = _OPERATOR.search(formula)
    if found is None:
        return formula
    head, rest, parts = formula[: found.end()], formula[found.end() :], ""
    for _ in range(1 if found[1] == "sqrt" else 2):
        part, rest = _part(rest.lstrip())
        parts += f"{{{_braced(part)}}}"
    return f"{head}{parts}{_braced(rest)}"


def _part(text: str) -> tuple[str, str]:
    """Return the first part of a formula, without its braces, and what follows it."""
    if not text.startswith("{"):
        word = _WORD.match(text)
        end = word.end() if word else 1
        return text[:end], text[end:]
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if not depth:
            return text[1:place], text[place + 1 :]
    return text[1:], ""


def lines_of(block: str) -> list[str]:
    """Return the lines of a block of mathematics, each a formula of its own."""
    flat = _ENVIRONMENT.sub("", " ".join(block.split())).replace("&", "")
    lines = re.split(r"\\\\(?![A-Za-z|])|\\qquad(?![A-Za-z])", flat)
    return [mathtext(line) for line in lines if line.strip()]
