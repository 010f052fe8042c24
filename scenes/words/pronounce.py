"""How Flite shall say the field's words that it says wrongly by itself.

Each entry is a word and its phones in ARPAbet (vowels with stress 0 or 1; ``ax`` is the schwa),
put into Flite's lexicon before it speaks. The spelling in a script stays the usual one, and each
word stays one word in the voice's timing. A word with two readings ("lead", "close") that Flite
mistakes in one line is mended there, by ``[lead|leed]``.
"""

PHONES: dict[str, str] = {
    "cauchy": "k ow1 sh iy0",  # by itself: KAW-chee
    "eta": "ey1 t ax0",  # ETT-uh
    "feedforward": "f iy1 d f ao0 r w er0 d",  # feed-frward
    "griewank": "g r iy1 v ae0 ng k",  # gree-yoo-ank
    "hadamard": "hh ae1 d ax0 m aa0 r d",  # HAH-duh-mrd
    "jacobian": "jh ax0 k ow1 b iy0 ax0 n",  # JACK-uh-bian
    "jacobians": "jh ax0 k ow1 b iy0 ax0 n z",
    "leibniz": "l ay1 b n ih0 t s",  # LEEB-niz
    "manim": "m ae1 n ih0 m",  # MAN-eem
    "matrices": "m ey1 t r ax0 s iy0 z",  # MAY-triss-uz
    "numpy": "n ah1 m p ay0",  # NUM-pee
    "preactivation": "p r iy0 ae0 k t ax0 v ey1 sh ax0 n",  # prack-tivation
    "preactivations": "p r iy0 ae0 k t ax0 v ey1 sh ax0 n z",
    "relu": "r eh1 l uw0",  # REE-loo
    "stochastic": "s t ax0 k ae1 s t ih0 k",  # stah-CHASS-tic
    "superscript": "s uw1 p er0 s k r ih0 p t",  # super-zkript
    "sympy": "s ih1 m p ay0",  # SIM-pee
    "tanh": "t ae1 n ch",  # tan
}
