"""Words: no sentence says what the lesson does not show.

Each claim that depends on the lesson is listed by the words that make it in the film's own proof,
with a test of its truth.  Words that compare, count or judge may stand in no line unless a claim
covers them or they are true of every lesson, which has to be argued.
"""

from __future__ import annotations

import re

from scenes.proof.film import Claims, FilmProof
from scenes.proof.finding import Findings
from scenes.proof.numbers_shown import NUMBER_WORDS, as_number
from scenes.proof.watching import Moment, Run


def _number_of(phrase: str) -> int:
    """The number that a phrase begins with."""
    words = []
    for word in re.findall("[a-z]+", phrase.lower()):
        if word not in NUMBER_WORDS and word != "and":
            break
        words.append(word)
    return int(as_number(" ".join(words)))


CLAIMING = (
    r"falls?|fallen|grows?|larger|largest|smaller|smallest|higher|highest|lower|lowest|deeper|"
    r"deepest|lesser|steeper|shorter|longer|wider|cheaper|faster|wins|beats?|same|agree|differ|"
    r"positive|negative|every direction|all of them|none of them|always|never"
)
"""Words that compare or judge."""

MISCONCEPTIONS = (
    (r"backpropagation (learns|trains|updates|changes the weights|descends|is gradient descent)",
     "backpropagation computes the gradient; descent uses it"),
    (r"backpropagation is (the|a) learning (algorithm|rule)",
     "backpropagation computes the gradient; it is no learning algorithm"),
    (r"gradient points (at|to|towards) the (minimum|bottom|summit|top|goal)",
     "the gradient is the steepest way from here, seldom that to the goal"),
    (r"(always|surely|certainly) (finds|reaches|ends in) the (global|deepest|best)",
     "nothing guarantees the global minimum"),
    (r"(guarantees|is guaranteed to)", "there is no guarantee"),
    (r"ball rolls down|descent rolls", "descent has no inertia: the ball hops"),
    (r"is just the chain rule|only the chain rule",
     "the chain rule plus the reuse of what paths share"),
    (r"reverse mode is always|always cheaper|always faster",
     "for one input and many outputs forward mode is cheaper"),
    (r"(best|optimal) order is (easy|quick)",
     "in general the best order is NP-complete to find"),
    (r"derivative of ReLU at (zero|0) is", "ReLU has no derivative at 0; a value is taken"),
    (r"(central )?differences are exact", "a central difference is approximate"),
)  # fmt: skip
"""What experts will not hear (design, section 6), and why."""


def listen(found: Findings, proof: FilmProof, run: Run) -> None:
    """Check every line of a film that was played, and what is told of each picture."""
    claims, counts = proof.claims(), proof.counts()
    for record in run.scene.records:
        beat = record.script.name
        for text in (record.line.shown, record.script.alt):
            _claims(found, proof, claims, beat, text)
            _misconceptions(found, beat, text)
        for name, value in record.line.values.items():
            if name in counts:
                found.count("words")
                counted, there = _number_of(value.shown), counts[name]()
                if counted != there:
                    found.add("words", beat, f"{{{name}}} says {value.shown!r}: there are {there}")


def _claims(found: Findings, proof: FilmProof, claims: Claims, beat: str, text: str) -> None:
    """What a text claims is true, and no word of it claims what no test covers."""
    covered = [m.span() for words in proof.true_of_all for m in re.finditer(words, text)]
    for words, holds in claims.items():
        for match in re.finditer(words, text):
            found.count("words")
            covered.append(match.span())
            if not holds():
                found.add("words", beat, f"{match[0]!r} is not true of this lesson")
    known = type(proof) is not FilmProof
    for word in re.finditer(rf"\b(?:{CLAIMING})\b", text, re.IGNORECASE):
        found.count("words")
        if known and not any(a <= word.start() and word.end() <= b for a, b in covered):
            problem = f"{word[0]!r} claims something that nothing tests, in {text!r}"
            found.add("words", beat, problem)


def look(found: Findings, moment: Moment) -> None:
    """Check the words in the picture."""
    for one in moment.types:
        if not one.is_formula:
            _misconceptions(found, moment.beat, one.source)


def _misconceptions(found: Findings, beat: str, text: str) -> None:
    found.count("words")
    for words, why in MISCONCEPTIONS:
        if match := re.search(words, text, re.IGNORECASE):
            found.add("words", beat, f"{match[0]!r}: {why}")
