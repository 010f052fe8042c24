"""Faults to be planted in films: what a slip of the hand could do, and where it has to be found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import PropertyMock, patch

import sympy as sp
from manim import DOWN, LEFT, RIGHT, UP, ApplyMethod, FadeIn, Line, ManimColor, Rectangle, config

from scenes.maths import derivation
from scenes.maths.chain_rule import WayBack
from scenes.maths.display import network as shown_network
from scenes.maths.display import number
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number
from scenes.maths.display.spelling import count
from scenes.maths.formulas.chain_rule import ChainRuleFormulas
from scenes.maths.formulas.minima import MinimaFormulas
from scenes.maths.landscape.terrain import Terrain
from scenes.maths.minima import Descents
from scenes.maths.mountain import Climb
from scenes.pictures import equations, forward_pass, mountain, readouts, theme
from scenes.pictures.minima import CurveGraph
from scenes.studio import film
from scenes.studio.narrated import NarratedScene
from scenes.words import captions, sound
from scenes.words.cache import Utterance, VoiceCache

MOUNTAIN, MINIMA, FORWARD = "mountain", "minima", "forward_pass"
CHAIN, REVERSE, OPENING = "chain_rule", "reverse_mode", "opening"


Plant = AbstractContextManager[Any]
"""A fault, for as long as it is looked for."""


@dataclass(frozen=True)
class Fault:
    """A fault in a film, the check that has to find it, and words that the finding has."""

    film: str
    group: str
    says: str
    beats: tuple[str, ...]
    """The beats that are enough to find it; all, where there are none."""
    plant: Callable[[type[NarratedScene]], Plant]


FAULTS: dict[str, Fault] = {}


def fault(
    film: str, group: str, says: str, *beats: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what plants a fault; it is given the film's class."""

    def register(plant: Callable[..., Any]) -> Callable[..., Any]:
        FAULTS[plant.__name__] = Fault(film, group, says, beats, plant)
        return plant

    return register


def _script(name: str, **changes: Callable[[str], str]) -> Plant:
    """A beat's line, or what is told of its picture, changed."""
    before = NarratedScene._play_beat

    def play_beat(self: NarratedScene, script: Any, body: Callable[[Any], None]) -> None:
        if script.name == name:
            changed = {part: change(getattr(script, part)) for part, change in changes.items()}
            script = dataclasses.replace(script, **changed)
        before(self, script, body)

    return patch.object(NarratedScene, "_play_beat", play_beat)


def _beat(cls: type[NarratedScene], name: str, more: Callable[[Any], None]) -> Plant:
    """A beat at whose end something more is done; its own record stays open for it."""
    before = NarratedScene._play_beat

    def play_beat(self: NarratedScene, script: Any, body: Callable[[Any], None]) -> None:
        def longer(scene: Any) -> None:
            body(scene)
            if script.name == name:
                more(scene)

        before(self, script, longer)

    return patch.object(NarratedScene, "_play_beat", play_beat)


def _result(owner: Any, name: str, change: Callable[[Any], Any]) -> Plant:
    """What a function returns, changed."""
    right = getattr(owner, name)
    return patch.object(owner, name, lambda *args, **more: change(right(*args, **more)))


def _made(cls: type, more: Callable[[Any], Any]) -> Plant:
    """Things of a class, with something more done to each."""
    right = cls.__init__  # type: ignore[misc]

    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        right(self, *args, **kwargs)
        more(self)

    return patch.object(cls, "__init__", made)


# -- numbers


@fault(CHAIN, "numbers", "delta.*computed anew", "the_outer_product")
def a_wrong_sign_in_backward(cls: type[NarratedScene]) -> Plant:
    def wrong(back: Any) -> Any:
        first = dataclasses.replace(back.layers[0], delta=-back.layers[0].delta)
        return dataclasses.replace(back, layers=(first, *back.layers[1:]))

    return _result(shown_network, "backward", wrong)


@fault(CHAIN, "numbers", r"predicted change.*computed anew", "the_outer_product", "take_a_step")
def a_factor_forgotten_in_the_prediction(cls: type[NarratedScene]) -> Plant:
    return patch.object(WayBack, "predicted", PropertyMock(return_value=-0.21))


@fault(MOUNTAIN, "numbers", r"(slope|partial).*computed anew")
def a_gradient_with_a_wrong_width(cls: type[NarratedScene]) -> Plant:
    return _result(Terrain, "gradient", lambda gradient: 1.1 * gradient)


@fault(MINIMA, "numbers", "comes from no computation")
def a_digit_typed_into_a_formula(cls: type[NarratedScene]) -> Plant:
    return patch.object(MinimaFormulas, "slope", lambda self, slope: f"{self._slope} approx 9.50")


@fault(OPENING, "numbers", "typed into the line")
def a_digit_typed_into_a_line(cls: type[NarratedScene]) -> Plant:
    return _script("name_the_films", line=lambda line: f"{line[:-1]}: [5|five] films.")


@fault(MINIMA, "numbers", "is said", "the_cost_of_one_weight", "one_valley")
def a_number_said_otherwise_than_shown(cls: type[NarratedScene]) -> Plant:
    return _result(number, "spell_decimal", lambda words: words.replace("five", "nine"))


@fault(MINIMA, "numbers", "'=' stands before")
def an_equals_sign_before_a_rounded_number(cls: type[NarratedScene]) -> Plant:
    return patch.object(Number, "relation_typst", PropertyMock(return_value="="))


@fault(MINIMA, "numbers", "arrived.*computed anew", "release_a_crowd")
def one_ball_too_many_counted(cls: type[NarratedScene]) -> Plant:
    return patch.object(Descents, "arrived", property(lambda self: sum(self.arrivals) + 1))


@fault(REVERSE, "numbers", "rests at", "each_layer_has_a_jacobian", "from_the_input")
def a_counter_that_stops_short(cls: type[NarratedScene]) -> Plant:
    right = readouts.Odometer.turn_to

    def turn_to(self: readouts.Odometer, count: int) -> None:
        right(self, count - (count == self.most.value))

    return patch.object(readouts.Odometer, "turn_to", turn_to)


@fault(FORWARD, "numbers", "is printed as", "weigh_the_inputs", "add_the_bias")
def terms_with_too_few_decimals_for_their_sum(cls: type[NarratedScene]) -> Plant:
    return _result(
        Numbers, "product", lambda term: dataclasses.replace(term, decimals=1, exact=False)
    )


@fault(OPENING, "numbers", "the transcript says")
def a_transcript_that_says_something_else(cls: type[NarratedScene]) -> Plant:
    return _result(film, "transcript", lambda text: text.replace("pass", "path"))


# -- formulas


@fault(CHAIN, "formulas", "for every network", "the_outer_product")
def a_factor_that_is_one_by_chance(cls: type[NarratedScene]) -> Plant:
    # x_2 is 1 in this lesson.
    return _result(ChainRuleFormulas, "weight_gradient", lambda formula: f"{formula} x_(2)")


@fault(CHAIN, "formulas", "do not cancel", "nudge_a_weight", "ratios_multiply")
def ratios_that_are_added(cls: type[NarratedScene]) -> Plant:
    added = lambda formula: formula.replace(" dot ", " + ", 1)  # noqa: E731
    return _result(ChainRuleFormulas, "product_of_quotients", added)


@fault(MINIMA, "formulas", "is no name of", "keep_some_speed")
def a_number_under_another_name(cls: type[NarratedScene]) -> Plant:
    right = MinimaFormulas.momentum

    def momentum(self: MinimaFormulas, number: Number) -> list[str]:
        return [*right(self, number)[:2], self.step_size(number)]

    return patch.object(MinimaFormulas, "momentum", momentum)


@fault(MINIMA, "formulas", "nothing tests it")
def a_formula_that_nobody_can_read(cls: type[NarratedScene]) -> Plant:
    return _result(MinimaFormulas, "curve", lambda formula: f"E = {formula}")


@fault(FORWARD, "formulas", "is false", "bend_it")
def an_activation_with_a_wrong_sign(cls: type[NarratedScene]) -> Plant:
    wrong = classmethod(lambda cls, z: 1 / (1 + sp.exp(z)))
    return patch.object(derivation.sigma, "definition", wrong)


@fault(MINIMA, "formulas", "is not the derivative")
def a_derivative_without_its_last_term(cls: type[NarratedScene]) -> Plant:
    return _result(MinimaFormulas, "level", lambda formula: formula.replace(" + frac(1, 2)", ""))


@fault(MINIMA, "formulas", "does not step against", "the_cost_of_one_weight", "against_the_slope")
def a_step_with_the_slope(cls: type[NarratedScene]) -> Plant:
    return _result(MinimaFormulas, "update", lambda formula: formula.replace(" - ", " + "))


@fault(MOUNTAIN, "formulas", "is false")
def a_sum_that_does_not_add_up_as_printed(cls: type[NarratedScene]) -> Plant:
    right = Climb._news
    return patch.object(Climb, "_news", lambda self, decimals: right(self, decimals + 2))


# -- layout


@fault(MINIMA, "layout", "cover each other")
def a_label_moved_onto_another(cls: type[NarratedScene]) -> Plant:
    def moved(column: Any) -> Any:
        for line in column[1:]:
            line.move_to(column[0])
        return column

    return _result(cls, "in_panel", moved)


@fault(OPENING, "layout", "units beyond")
def a_title_that_leaves_the_frame(cls: type[NarratedScene]) -> Plant:
    return _beat(
        cls, "name_the_films", lambda scene: scene.play(scene.card.animate.shift(9 * LEFT))
    )


@fault(OPENING, "layout", "captions' edge")
def a_picture_in_the_captions_place(cls: type[NarratedScene]) -> Plant:
    return _beat(
        cls, "name_the_films", lambda scene: scene.play(scene.contents.animate.shift(1.5 * DOWN))
    )


@fault(MINIMA, "layout", "px at 720p")
def type_too_small_to_read(cls: type[NarratedScene]) -> Plant:
    return patch.object(theme.TypeSizes, "label", PropertyMock(return_value=13.0))


@fault(MINIMA, "layout", "runs .* through")
def a_line_through_a_number(cls: type[NarratedScene]) -> Plant:
    def strike(scene: Any) -> None:
        line = Line(scene.formula.get_left(), scene.formula.get_right())
        scene.play(FadeIn(line.set_stroke(theme.palette().text, theme.STROKE.line)))

    return _beat(cls, "the_cost_of_one_weight", strike)


@fault(MINIMA, "layout", "the picture jumps")
def a_mark_that_is_gone_at_once(cls: type[NarratedScene]) -> Plant:
    return _beat(cls, "it_hops", lambda scene: scene.remove(scene.goal))


@fault(FORWARD, "layout", "the picture jumps")
def a_value_that_blinks(cls: type[NarratedScene]) -> Plant:
    right = cls.meet_the_neuron  # type: ignore[attr-defined]

    def too_early(self: Any) -> None:
        self.add(self.weight_values[0])
        right(self)

    return patch.object(cls, "meet_the_neuron", too_early)


@fault(FORWARD, "layout", "not on one line", "weigh_the_inputs")
def a_number_above_its_row(cls: type[NarratedScene]) -> Plant:
    return _made(forward_pass.WeightedSum, lambda made: made.products[0].shift(0.08 * UP))


# -- colour


def _painted(**roles: str) -> Plant:
    dark = theme.PALETTES["dark"]
    changed = {role: ManimColor(colour) for role, colour in roles.items()}
    return patch.dict(theme.PALETTES, {"dark": dataclasses.replace(dark, **changed)})


@fault(OPENING, "colour", "contrast")
def a_colour_too_dark_to_read(cls: type[NarratedScene]) -> Plant:
    return _painted(muted="#4A4E5E")


@fault(MINIMA, "colour", "apart for")
def two_roles_that_look_alike_to_some(cls: type[NarratedScene]) -> Plant:
    return _painted(cost="#1CB0A0", muted="#979AA9", signal="#2FA89E")


@fault(MINIMA, "colour", "a line .* contrast")
def bars_of_fractions_that_are_hardly_there(cls: type[NarratedScene]) -> Plant:
    # Under another key: what the other faults have set is not to be taken, nor to be replaced.
    return patch.multiple(equations, _STROKE=2.0, _set_by=lambda: "thin bars")


@fault(MINIMA, "colour", "a line .* contrast")
def a_curve_that_is_nearly_gone(cls: type[NarratedScene]) -> Plant:
    return _made(CurveGraph, lambda graph: graph.set_stroke(opacity=0.15))


@fault(OPENING, "colour", "opacity")
def a_title_that_is_half_faded_in(cls: type[NarratedScene]) -> Plant:
    def fade(scene: Any) -> None:
        scene.play(scene.card.name_line.animate.set_opacity(0.6))

    return _beat(cls, "name_the_films", fade)


@fault(MOUNTAIN, "colour", "x_")
def something_hidden_behind_the_map(cls: type[NarratedScene]) -> Plant:
    return _made(mountain.Compass, lambda compass: compass.set_z_index(-1))


@fault(OPENING, "colour", "flashes")
def a_picture_that_flashes(cls: type[NarratedScene]) -> Plant:
    def blink(scene: Any) -> None:
        sheet = Rectangle(width=config.frame_width, height=config.frame_height, stroke_width=0)
        sheet.set_fill(theme.palette().text, 1).set_z_index(99)
        for _ in range(5):
            scene.add(sheet)
            scene.play(ApplyMethod(sheet.shift, 0 * RIGHT, run_time=1 / 15))
            scene.remove(sheet)
            scene.play(scene.card.animate(run_time=1 / 15).shift(0 * RIGHT))

    return _beat(cls, "name_the_films", blink)


# -- time


@fault(MINIMA, "time", "off its first word", "the_cost_of_one_weight")
def captions_that_come_late(cls: type[NarratedScene]) -> Plant:
    def late(cues: list[captions.Cue]) -> list[captions.Cue]:
        moved = [dataclasses.replace(cue, start=cue.start + 0.3) for cue in cues]
        return [cue for cue in moved if cue.end > cue.start]

    return _result(film, "cues", late)


@fault(MINIMA, "time", "not played", "the_cost_of_one_weight", "one_valley")
def a_beat_that_is_dropped(cls: type[NarratedScene]) -> Plant:
    return nullcontext()


@fault(MINIMA, "time", "the picture comes", "the_cost_of_one_weight")
def pictures_that_come_after_their_words(cls: type[NarratedScene]) -> Plant:
    return _result(NarratedScene, "_frame_of", lambda frame: frame + 6)


@fault(MINIMA, "time", "the picture comes", "the_cost_of_one_weight")
def a_voice_that_is_wrong_about_its_own_times(cls: type[NarratedScene]) -> Plant:
    def wrong(said: Utterance) -> Utterance:
        moved = [dataclasses.replace(w, start=w.start + 0.25, end=w.end + 0.25) for w in said.words]
        return dataclasses.replace(said, words=tuple(moved))

    return _result(VoiceCache, "utter", wrong)


@fault(OPENING, "time", "LUFS|dBTP")
def a_sound_that_is_too_loud(cls: type[NarratedScene]) -> Plant:
    return _result(sound, "level", lambda track: 1.5 * track)


@fault(
    MINIMA,
    "time",
    "pass before the next line",
    "the_cost_of_one_weight",
    "one_valley",
    "more_than_one_valley",
)
def a_long_silence(cls: type[NarratedScene]) -> Plant:
    return _beat(cls, "one_valley", lambda scene: scene.wait_frames(120))


@fault(OPENING, "time", "the captions say")
def captions_that_say_something_else(cls: type[NarratedScene]) -> Plant:
    def other(cues: list[captions.Cue]) -> list[captions.Cue]:
        return [dataclasses.replace(cue, text=cue.text.replace("pass", "path")) for cue in cues]

    return _result(film, "cues", other)


# -- words


@fault(MINIMA, "words", "is not true of this lesson", "keep_some_speed")
def a_story_that_did_not_happen(cls: type[NarratedScene]) -> Plant:
    return patch.object(Descents, "momentum_works", False)


@fault(MINIMA, "words", "is not true of this lesson", "the_cost_of_one_weight", "against_the_slope")
def a_slope_told_the_wrong_way_round(cls: type[NarratedScene]) -> Plant:
    wrong = "It is negative, so the cost falls to the right: step against the slope."
    return _script("against_the_slope", line=lambda line: line.replace("{sign}", wrong))


@fault(MINIMA, "words", "nothing tests", "release_a_crowd")
def a_claim_that_nobody_tested(cls: type[NarratedScene]) -> Plant:
    return _script("release_a_crowd", line=lambda line: f"{line} This is always so.")


@fault(OPENING, "words", "no learning algorithm")
def a_misconception(cls: type[NarratedScene]) -> Plant:
    more = " Backpropagation is the learning algorithm."
    return _script("name_the_films", line=lambda line: line + more)


@fault(MINIMA, "words", "there are", "release_a_crowd")
def a_crowd_counted_wrong(cls: type[NarratedScene]) -> Plant:
    return _result(cls, "values", lambda values: {**values, "crowd": count(7, "ball")})


@fault(MINIMA, "words", "is not true of this lesson", "start_again")
def a_picture_told_otherwise_than_it_is(cls: type[NarratedScene]) -> Plant:
    told = "Most of them end in the global minimum."
    return _script("start_again", shows=lambda shows: told)
