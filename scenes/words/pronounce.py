"""How Flite shall say the field's words that it says wrongly by itself.

Each entry is a word and its phones in ARPAbet (vowels with stress 0, 1 or 2; ``ax`` is the schwa),
put into Flite's lexicon before it speaks. The spelling in a script stays the usual one, and each
word stays one word in the voice's timing.
"""

PHONES: dict[str, str] = {
    "jacobian": "jh ax0 k ow1 b iy0 ax0 n",
    "jacobians": "jh ax0 k ow1 b iy0 ax0 n z",
    "numpy": "n ah1 m p ay0",
    "sympy": "s ih1 m p ay0",
    "relu": "r ey1 l uw0",
    "sigmoid": "s ih1 g m oy0 d",
    "softmax": "s ao1 f t m ae0 k s",
    "tanh": "t ae1 n ch",
}
