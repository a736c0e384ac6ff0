"""Formulas in letters, where there is no picture of them: what TeX writes as ‖θ‖², λₙ ≥ 0, √(2(1−β))."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_SIGNS = """
alpha α  beta β  gamma γ  delta δ  epsilon ε  varepsilon ε  zeta ζ  eta η  theta θ  kappa κ  lambda λ  mu μ  nu ν
pi π  rho ρ  sigma σ  tau τ  phi φ  varphi φ  chi χ  psi ψ  omega ω  Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Sigma Σ
Phi Φ  Psi Ψ  Omega Ω  sum Σ  prod Π  int ∫  nabla ∇  partial ∂  infty ∞  in ∈  circ ∘  cdot ·  times ×  pm ±  ell ℓ
angle ∠  langle ⟨  rangle ⟩  top ⊤  Vert ‖  lVert ‖  rVert ‖  | ‖  vert ∣  ldots …  dots …  cdots ⋯  # #  { {  } }  % %
"""
_RELATIONS = (
    "le ≤  leq ≤  ge ≥  geq ≥  ne ≠  neq ≠  sim ∼  succeq ⪰  to →  leftarrow ←  approx ≈  propto ∝  equiv ≡"
)
_words, _relations = _SIGNS.split(), _RELATIONS.split()
LETTERS = {
    **dict(zip(_words[::2], _words[1::2], strict=True)),
    **{word: f" {sign} " for word, sign in zip(_relations[::2], _relations[1::2], strict=True)},
    **dict.fromkeys((",", ";", ":", " ", "\\", "quad", "qquad"), " "),
    "!": "",
}
"""What stands for a word of TeX; any other word stands for itself."""
SIZES = re.compile(r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|limits)(?![A-Za-z])")
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[^}]*\}(?:\{[^}]*\})?")
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "overline": "\u0305"}
TYPEFACES = {"mathrm", "mathbf", "mathbb", "mathcal", "text", "operatorname", "mathit"}
RAISED = dict(zip("0123456789+−-=()niTLMkdtx*⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵀᴸᴹᵏᵈᵗˣ*ᵀ", strict=True))
LOWERED = dict(zip("0123456789+−-=()ijknsthprm*", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ᵢⱼₖₙₛₜₕₚᵣₘ*", strict=True))
_TOKEN = re.compile(r"[A-Za-z]+|.")
_AFTER = " =+-,)}]"
"""What may follow a fraction without parentheses."""
APART = "\0"
"""Stands where the name of a function begins and ends, until it is known whether letters are beside it."""
LONGEST = 3
"""Letters that are raised or lowered together; a longer exponent is easier to read in parentheses."""
_SMALL = re.escape("".join({*RAISED.values(), *LOWERED.values()}))
_NO_GAP = re.compile(f"{APART}(?![^\\W_{_SMALL}])|(?<![^\\W_]){APART}")
_SIMPLE = re.compile(r"[^\W_][\u0300-\u036f]*|\d[\d.]*|[^\W\d_]+|\W")
_SPACES = re.compile(r"[ \t]{2,}")


@cache
def in_letters(formula: str) -> str:
    """Return a formula of TeX, without its dollars, in letters and signs alone."""
    flat = ENVIRONMENT.sub(" ", SIZES.sub("", " ".join(formula.split())))
    read = _FormulaReader(flat.replace("&", "")).read()
    letters = _SPACES.sub(" ", _NO_GAP.sub("", read.replace(2 * APART, APART)).replace(APART, " ")).strip()
    return unicodedata.normalize("NFC", letters)


class _FormulaReader:
    """Reads a formula from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def read(self, until: str = "") -> str:
        """Return what stands up to a closing brace or, without one, to the end."""
        parts: list[str] = []
        while self._at < len(self._text) and self._text[self._at] != (until or None):
            parts.append(self._next())
        self._at += 1
        return "".join(parts)

    def _next(self) -> str:
        """Return the next letter, word or group, with what is above and below it."""
        letter = self._text[self._at]
        self._at += 1
        if letter == "{":
            return self.read("}")
        if letter == "}":
            return ""
        if letter in "^_":
            return _moved(self._argument(), letter)
        if letter == "\\":
            return self._word()
        return "−" if letter == "-" else letter

    def _argument(self) -> str:
        """Return the letter, word or group that a word takes."""
        while self._text[self._at : self._at + 1] == " ":
            self._at += 1
        return self._next().strip() if self._at < len(self._text) else ""

    def _word(self) -> str:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            return ""
        self._at, word = found.end(), found[0]
        while word.isalpha() and self._text[self._at : self._at + 1] == " ":
            self._at += 1
        if word in ("frac", "tfrac", "dfrac"):
            whole = f"{_together(self._argument())}/{_together(self._argument())}"
            return whole if self._text[self._at : self._at + 1] in _AFTER else f"({whole})"
        if word == "sqrt":
            return f"√{_together(self._argument())}"
        if word in ACCENTS:
            return "".join(letter + ACCENTS[word] for letter in self._argument())
        if word in TYPEFACES:
            return self._argument().replace("−", "-")
        return LETTERS.get(word, f"{APART}{word}{APART}")


def _together(text: str) -> str:
    """Return a part of a formula in parentheses where it is not one thing."""
    return text if _SIMPLE.fullmatch(text.strip(APART)) else f"({text})"


def _moved(text: str, sign: str) -> str:
    """Return what is above or below a letter, in small letters where there are such."""
    small = RAISED if sign == "^" else LOWERED
    is_word = len(text) == LONGEST and text.isalpha()
    if 0 < len(text) <= LONGEST and not is_word and all(letter in small for letter in text):
        return "".join(small[letter] for letter in text)
    return f"{sign}{_together(text)}{APART}"
