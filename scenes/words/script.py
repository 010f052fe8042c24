"""A spoken line: one template that becomes both caption text and text for the voice.

Markup inside a template:

- ``{name}`` quotes a value, which has one form for the screen and one for the voice;
- ``[shown|spoken]`` gives a word a spoken form of its own: ``its activation [a|ay]``.

Everything else is shown as it stands and spoken as it is spelled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol


class LineError(ValueError):
    """A line that cannot be shown or spoken; ``str(error)`` is one line fit for a user."""


class Sayable(Protocol):
    """A value that a line can quote."""

    @property
    def shown(self) -> str:
        """The form for captions, such as ``−0.42``."""

    @property
    def spoken(self) -> str:
        """The form for the voice in plain words, such as ``minus zero point four two``."""


@dataclass(frozen=True)
class Token:
    """The smallest part of a line that captions keep together.

    ``shown`` is the caption text with its punctuation (``−0.42,``), ``spoken`` the lower-case
    words it is voiced with, ``keys`` the names of the values it quotes, and ``punctuation`` the
    mark that ends it: one of ``. ? ! ; : , —`` or nothing. ``joined`` says that the next token
    belongs to the same value, so that no caption may end here.
    """

    shown: str
    spoken: tuple[str, ...]
    keys: tuple[str, ...] = ()
    punctuation: str = ""
    joined: bool = False

    @property
    def said(self) -> str:
        """The voice's text: as shown, where that is how it is spelled, with its mark."""
        written = re.sub(r"[\"()]", "", self.shown.translate(_SILENT)).rstrip(_MARKS + " ")
        words = tuple(re.split(r"[\s-]+", written.lower()))
        plain = written.isascii() and words == self.spoken
        return (written if plain else " ".join(self.spoken)) + VOICED_MARK[self.punctuation]


@dataclass(frozen=True)
class Line:
    """A rendered line: tokens in order, and the values they quote by name."""

    tokens: tuple[Token, ...]
    values: Mapping[str, Sayable]

    @property
    def shown(self) -> str:
        """The caption text."""
        return " ".join(token.shown for token in self.tokens)

    @property
    def spoken(self) -> str:
        """The voice's text: as written, but with numbers and symbols in words."""
        said, begins = [], True
        for token in self.tokens:
            text = token.said
            said.append(text[0].upper() + text[1:] if begins else text)
            begins = token.punctuation in (".", "?", "!")
        return " ".join(said)

    @property
    def words(self) -> tuple[str, ...]:
        """Every spoken word, in order."""
        return tuple(word for token in self.tokens for word in token.spoken)


# What the voice reads for each mark that can end a token.
VOICED_MARK = {"": "", ".": ".", "?": "?", "!": "!", ";": ";", ":": ":", ",": ",", "—": ","}

_MARKUP = re.compile(r"\{([^{}]*)\}|\[([^\[\]|]*)\|([^\[\]|]*)\]|([{}\[\]|])")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_SILENT = str.maketrans(
    {
        "‘": "'", "’": "'", "“": '"', "”": '"', "‑": "-", "–": "-", "…": ".", "\u00a0": " ",
    }
)  # fmt: skip
_MARKS = ".?!;:,—"


def render_line(template: str, values: Mapping[str, Sayable]) -> Line:
    """Fill a template with values; raises LineError, which names the value or word at fault."""
    where = f"line {_shorten(template)!r}"
    used: dict[str, Sayable] = {}
    tokens: list[Token] = []
    for chunk in _chunks(template, where):
        token = _token(chunk, values, used, where)
        if token.spoken:
            tokens.extend(_split_phrase(token))
        elif not tokens:
            raise LineError(f"{where}: begins with {token.shown!r}, which is no word")
        else:
            tokens[-1] = _with_mark(tokens[-1], token)
    if not tokens:
        raise LineError(f"{where}: holds no words")
    return Line(tuple(tokens), MappingProxyType(used))


@dataclass(frozen=True)
class _Piece:
    kind: str  # "text", "value" or "own" (a word with its own spoken form)
    text: str
    spoken: str = ""


def _chunks(text: str, where: str) -> list[list[_Piece]]:
    """Cut a template at white space outside markup; each chunk will be one token."""
    chunks: list[list[_Piece]] = [[]]
    end = 0
    for match in _MARKUP.finditer(text):
        _add_text(chunks, text[end : match.start()])
        name, shown, spoken, stray = match.groups()
        if stray is not None:
            raise LineError(
                f"{where}: stray {stray!r} (markup is {{name}} for a value, "
                "[shown|spoken] for a word with its own spoken form)"
            )
        if name is not None:
            chunks[-1].append(_Piece("value", name.strip()))
        else:
            chunks[-1].append(_Piece("own", shown, spoken))
        end = match.end()
    _add_text(chunks, text[end:])
    return [chunk for chunk in chunks if chunk]


def _add_text(chunks: list[list[_Piece]], text: str) -> None:
    # A dash that stands for a pause ends its token, with or without spaces around it.
    spaced = re.sub(r"\s*(—|--|\s–)\s*", " — ", text)
    for i, part in enumerate(re.split(r"\s+", spaced)):
        if i:
            chunks.append([])
        if part:
            chunks[-1].append(_Piece("text", part))


def _token(
    chunk: list[_Piece], values: Mapping[str, Sayable], used: dict[str, Sayable], where: str
) -> Token:
    shown, spoken, keys = "", "", []
    for piece in chunk:
        if piece.kind == "value":
            if piece.text not in values:
                known = ", ".join(sorted(values)) or "none"
                raise LineError(f"{where}: unknown value {{{piece.text}}} (known: {known})")
            value = values[piece.text]
            used[piece.text] = value
            keys.append(piece.text)
            shown += value.shown
            spoken += _plain(value.spoken, f"{where}: value {{{piece.text}}}", quoted=True)
        elif piece.kind == "own":
            shown += piece.text
            source = f"{where}: [{piece.text}|{piece.spoken}]"
            spoken += _plain(piece.spoken, source, quoted=True)
        else:
            shown += piece.text
            spoken += _plain(piece.text, where, quoted=False, glued=bool(spoken))
    if spoken and not shown.strip():
        raise LineError(f"{where}: {spoken!r} is spoken but shows nothing in the caption")
    mark = re.search(rf"([{_MARKS}])[\"'()]*$", shown.translate(_SILENT))
    return Token(shown, tuple(spoken.split()), tuple(keys), mark.group(1) if mark else "")


def _plain(text: str, source: str, *, quoted: bool, glued: bool = False) -> str:
    """Lower-case words for the voice; apostrophes inside words stay, hyphens part them.

    ``quoted`` is a form that was written to be spoken, and must hold words; ``glued`` text
    continues the word before it ("{name}'s").
    """
    folded = unicodedata.normalize("NFKD", text.translate(_SILENT))
    folded = "".join(c for c in folded if not unicodedata.combining(c)).lower()
    if not quoted:
        folded = re.sub(r"[\"()]", "", folded).rstrip("'" + _MARKS)
        folded = folded if glued else folded.lstrip("'")
    parts = [part for part in re.split(r"[\s-]+", folded) if part]
    if quoted and not parts:
        raise LineError(f"{source}: has no spoken form (allowed: words of the letters a to z)")
    for part in parts:
        if not _WORD.fullmatch(part.removeprefix("'") if glued else part):
            raise LineError(
                f"{source}: {part!r} cannot be spoken (allowed: words of the letters a to z; "
                "write numbers and symbols as [shown|spoken])"
            )
    return " ".join(parts)


def _split_phrase(token: Token) -> list[Token]:
    """Part a phrase such as "two inputs" into its words, where shown and spoken words agree."""
    words = token.shown.split()
    bare = [re.sub(r"[^a-z']", "", word.translate(_SILENT).lower()) for word in words]
    if len(words) < 2 or bare != list(token.spoken):
        return [token]
    last = len(words) - 1
    return [
        Token(word, (said,), token.keys, token.punctuation if i == last else "", joined=i != last)
        for i, (word, said) in enumerate(zip(words, token.spoken, strict=True))
    ]


def _with_mark(token: Token, mark: Token) -> Token:
    shown = token.shown + (" " if mark.punctuation == "—" else "") + mark.shown
    punctuation = mark.punctuation or token.punctuation
    return replace(token, shown=shown, keys=token.keys + mark.keys, punctuation=punctuation)


def _shorten(text: str, limit: int = 60) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
