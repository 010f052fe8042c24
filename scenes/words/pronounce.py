"""How the field's words and its letters are to be said, where a voice says them wrongly by itself.

Each entry is a word and its phones in ARPAbet (vowels with stress 0, 1 or 2; ``ax`` is the schwa):
one table for every voice and for the listener. The spelling in a script stays the usual one, and
each word stays one word in the voice's timing. A word with two readings ("lead", "close") that a
voice mistakes in one line is mended there, by ``[lead|leed]``; so is the letter a, which any voice
takes for the article: ``[a|ay]``.
"""

from __future__ import annotations

PHONES: dict[str, str] = {
    "autodiff": "ao1 t ow0 d ih2 f",
    "ay": "ey1",  # the letter
    "cauchy": "k ow1 sh iy0",
    "elementwise": "eh1 l ax0 m ax0 n t w ay2 z",
    "eta": "ey1 t ax0",
    "feedforward": "f iy2 d f ao1 r w er0 d",
    "gelu": "jh eh1 l uw0",
    "griewank": "g r iy1 v ae0 ng k",
    "hadamard": "hh ae1 d ax0 m aa2 r d",
    "hibari": "hh ih0 b aa1 r iy0",
    "jacobian": "jh ax0 k ow1 b iy0 ax0 n",
    "jacobians": "jh ax0 k ow1 b iy0 ax0 n z",
    "leibniz": "l ay1 b n ih0 t s",
    "logits": "l ow1 jh ih0 t s",
    "manim": "m ae1 n ih0 m",
    "matrices": "m ey1 t r ax0 s iy2 z",
    "numpy": "n ah1 m p ay0",
    "preactivation": "p r iy2 ae2 k t ax0 v ey1 sh ax0 n",
    "preactivations": "p r iy2 ae2 k t ax0 v ey1 sh ax0 n z",
    "relu": "r eh1 l uw0",
    "stochastic": "s t ax0 k ae1 s t ih0 k",
    "superscript": "s uw1 p er0 s k r ih2 p t",
    "sympy": "s ih1 m p ay0",
    "tanh": "t ae1 n ch",
    "typst": "t ay1 p s t",
}

_STRESS = {"0": "", "1": "ˈ", "2": "ˌ"}
# fmt: off
_IPA = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "W", "ax": "ə", "ay": "I", "b": "b",
    "ch": "ʧ", "d": "d", "dh": "ð", "eh": "ɛ", "er": "ɜɹ", "ey": "A", "f": "f", "g": "ɡ",
    "hh": "h", "ih": "ɪ", "iy": "i", "jh": "ʤ", "k": "k", "l": "l", "m": "m", "n": "n",
    "ng": "ŋ", "ow": "O", "oy": "Y", "p": "p", "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t",
    "th": "θ", "uh": "ʊ", "uw": "u", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
}
# fmt: on


def phones(word: str) -> str | None:
    """A word's phones, if the table has it, be it as a possessive ("sympy's"); else None."""
    bare = word.lower()
    if bare in PHONES:
        return PHONES[bare]
    if bare.endswith("'s") and bare[:-2] in PHONES:
        return f"{PHONES[bare[:-2]]} z"
    return None


def as_ipa(arpabet: str) -> str:
    """Phones in the alphabet of Kokoro and Hibari (misaki's): IPA, diphthongs as capitals."""
    said = ""
    for phone in arpabet.split():
        name, stress = (phone[:-1], phone[-1]) if phone[-1].isdigit() else (phone, "0")
        # Unstressed, the vowel of "bird" is that of "butter".
        said += _STRESS[stress] + ("əɹ" if (name, stress) == ("er", "0") else _IPA[name])
    return said
