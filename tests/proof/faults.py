"""Faults to be planted in films: what a slip of the hand could do, and where it has to be found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import PropertyMock, patch

import numpy as np
from manim import DOWN, LEFT, RIGHT, ApplyMethod, FadeIn, Line, ManimColor, Rectangle, config

from scenes.maths import derivation, network
from scenes.maths.chain_rule import WayBack
from scenes.maths.display import network as shown_network
from scenes.maths.display import number, spelling
from scenes.maths.display.network import Numbers
from scenes.maths.display.number import Number
from scenes.maths.display.spelling import count
from scenes.maths.landscape.terrain import Terrain
from scenes.maths.minima import Descents
from scenes.maths.mountain import Climb
from scenes.pictures import equations, landscape, matrices, panels, theme
from scenes.pictures.cost_curves import CurveGraph
from scenes.pictures.symbols import CurveSymbols, WayBackSymbols
from scenes.studio import film
from scenes.studio.narrated import NarratedScene
from scenes.words import captions, sound
from scenes.words.cache import Utterance, VoiceCache

MOUNTAIN, MINIMA, FORWARD = "mountain", "minima", "forward_pass"
CHAIN, REVERSE, OPENING = "chain_rule", "reverse_mode", "opening"


@dataclass(frozen=True)
class Fault:
    """A fault in a film, the check that has to find it, and words that the finding has."""

    film: str
    group: str
    says: str
    beats: tuple[str, ...]
    """The beats that are enough to find it; all, where there are none."""
    plant: Callable[[type[NarratedScene]], AbstractContextManager[Any]]


FAULTS: dict[str, Fault] = {}


def fault(
    film: str, group: str, says: str, *beats: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what plants a fault; it is given the film's class."""

    def register(plant: Callable[..., Any]) -> Callable[..., Any]:
        FAULTS[plant.__name__] = Fault(film, group, says, beats, contextmanager(plant))
        return plant

    return register


def _script(name: str, **changes: Callable[[str], str]) -> Any:
    """A beat's line, or what is told of its picture, changed."""
    before = NarratedScene._play_beat

    def play_beat(self: NarratedScene, script: Any, body: Callable[[Any], None]) -> None:
        if script.name == name:
            changed = {part: change(getattr(script, part)) for part, change in changes.items()}
            script = dataclasses.replace(script, **changed)
        before(self, script, body)

    return patch.object(NarratedScene, "_play_beat", play_beat)


def _beat(cls: type[NarratedScene], name: str, more: Callable[[Any], None]) -> Any:
    """A beat at whose end something more is done; its own record stays open for it."""
    before = NarratedScene._play_beat

    def play_beat(self: NarratedScene, script: Any, body: Callable[[Any], None]) -> None:
        def longer(scene: Any) -> None:
            body(scene)
            if script.name == name:
                more(scene)

        before(self, script, longer)

    return patch.object(NarratedScene, "_play_beat", play_beat)


# -- numbers


@fault(CHAIN, "numbers", "delta.*computed anew", "the_outer_product")
def a_wrong_sign_in_backward(cls: type[NarratedScene]) -> Iterator[None]:
    right = network.backward

    def wrong(net: Any, trace: Any) -> Any:
        back = right(net, trace)
        first = dataclasses.replace(back.layers[0], delta=-back.layers[0].delta)
        return dataclasses.replace(back, layers=(first, *back.layers[1:]))

    with patch.object(shown_network, "backward", wrong):
        yield


@fault(CHAIN, "numbers", r"predicted change.*computed anew", "the_outer_product", "take_a_step")
def a_factor_forgotten_in_the_prediction(cls: type[NarratedScene]) -> Iterator[None]:
    with patch.object(WayBack, "predicted", PropertyMock(return_value=-0.21)):
        yield


@fault(MOUNTAIN, "numbers", r"(slope|partial).*computed anew")
def a_gradient_with_a_wrong_width(cls: type[NarratedScene]) -> Iterator[None]:
    right = Terrain.gradient
    with patch.object(Terrain, "gradient", lambda self, point: 1.1 * right(self, point)):
        yield


@fault(MINIMA, "numbers", "comes from no computation")
def a_digit_typed_into_a_formula(cls: type[NarratedScene]) -> Iterator[None]:
    typed = lambda self, number: f"{self._slope} approx 9.50"  # noqa: E731
    with patch.object(CurveSymbols, "slope", typed):
        yield


@fault(OPENING, "numbers", "typed into the line")
def a_digit_typed_into_a_line(cls: type[NarratedScene]) -> Iterator[None]:
    with _script("name_the_films", line=lambda line: f"{line[:-1]}: [5|five] films."):
        yield


@fault(MINIMA, "numbers", "is said", "the_cost_of_one_weight", "one_valley")
def a_number_said_otherwise_than_shown(cls: type[NarratedScene]) -> Iterator[None]:
    right = spelling.spell_decimal
    with patch.object(number, "spell_decimal", lambda n: right(n).replace("five", "nine")):
        yield


@fault(MINIMA, "numbers", "'=' stands before")
def an_equals_sign_before_a_rounded_number(cls: type[NarratedScene]) -> Iterator[None]:
    with patch.object(Number, "relation_typst", PropertyMock(return_value="=")):
        yield


@fault(MINIMA, "numbers", "arrived.*computed anew", "release_a_crowd")
def one_ball_too_many_counted(cls: type[NarratedScene]) -> Iterator[None]:
    with patch.object(Descents, "arrived", property(lambda self: sum(self.arrivals) + 1)):
        yield


@fault(REVERSE, "numbers", "rests at", "each_layer_has_a_jacobian", "from_the_input")
def a_counter_that_stops_short(cls: type[NarratedScene]) -> Iterator[None]:
    right = matrices.Odometer.turn_to

    def turn_to(self: matrices.Odometer, count: int) -> None:
        right(self, count - (count == self.most.value))

    with patch.object(matrices.Odometer, "turn_to", turn_to):
        yield


@fault(FORWARD, "numbers", "is printed as", "weigh_the_inputs", "add_the_bias")
def terms_with_too_few_decimals_for_their_sum(cls: type[NarratedScene]) -> Iterator[None]:
    right = Numbers.product

    def product(self: Numbers, layer: int, j: int, k: int) -> Number:
        return dataclasses.replace(right(self, layer, j, k), decimals=1, exact=False)

    with patch.object(Numbers, "product", product):
        yield


@fault(OPENING, "numbers", "the transcript says")
def a_transcript_that_says_something_else(cls: type[NarratedScene]) -> Iterator[None]:
    right = film.transcript
    with patch.object(film, "transcript", lambda scene: right(scene).replace("pass", "path")):
        yield


# -- formulas


@fault(CHAIN, "formulas", "for every network", "the_outer_product")
def a_factor_that_is_one_by_chance(cls: type[NarratedScene]) -> Iterator[None]:
    right = WayBackSymbols.weight_gradient
    more = lambda self, layer: right(self, layer) + " x_(2)"  # noqa: E731  (which is 1 here)
    with patch.object(WayBackSymbols, "weight_gradient", more):
        yield


@fault(CHAIN, "formulas", "do not cancel", "nudge_a_weight", "ratios_multiply")
def ratios_that_are_added(cls: type[NarratedScene]) -> Iterator[None]:
    right = WayBackSymbols.product_of_quotients
    added = lambda self, *args: right(self, *args).replace(" dot ", " + ", 1)  # noqa: E731
    with patch.object(WayBackSymbols, "product_of_quotients", added):
        yield


@fault(MINIMA, "formulas", "is no name of", "keep_some_speed")
def a_number_under_another_name(cls: type[NarratedScene]) -> Iterator[None]:
    right = CurveSymbols.momentum

    def momentum(self: CurveSymbols, number: Number) -> list[str]:
        return [*right(self, number)[:2], self.step_size(number)]

    with patch.object(CurveSymbols, "momentum", momentum):
        yield


@fault(MINIMA, "formulas", "nothing tests it")
def a_formula_that_nobody_can_read(cls: type[NarratedScene]) -> Iterator[None]:
    right = CurveSymbols.curve
    with patch.object(CurveSymbols, "curve", lambda self: f"E = {right(self)}"):
        yield


@fault(FORWARD, "formulas", "is false", "bend_it")
def an_activation_with_a_wrong_sign(cls: type[NarratedScene]) -> Iterator[None]:
    import sympy as sp

    with patch.object(
        derivation.sigma, "definition", classmethod(lambda c, z: 1 / (1 + sp.exp(z)))
    ):
        yield


@fault(MINIMA, "formulas", "is not the derivative")
def a_derivative_without_its_last_term(cls: type[NarratedScene]) -> Iterator[None]:
    right = CurveSymbols.level

    def level(self: CurveSymbols) -> str:
        return right(self).replace(" + frac(1, 2)", "")

    with patch.object(CurveSymbols, "level", level):
        yield


@fault(MINIMA, "formulas", "does not step against", "the_cost_of_one_weight", "against_the_slope")
def a_step_with_the_slope(cls: type[NarratedScene]) -> Iterator[None]:
    right = CurveSymbols.update
    with patch.object(CurveSymbols, "update", lambda self: right(self).replace(" - ", " + ")):
        yield


@fault(MOUNTAIN, "formulas", "is false", "the_mountain_in_the_fog", "one_step")
def a_sum_that_does_not_add_up_as_printed(cls: type[NarratedScene]) -> Iterator[None]:
    right = Climb._news
    with patch.object(Climb, "_news", lambda self, decimals: right(self, decimals + 2)):
        yield


# -- layout


@fault(MINIMA, "layout", "cover each other")
def a_label_moved_onto_another(cls: type[NarratedScene]) -> Iterator[None]:
    right = cls.in_panel  # type: ignore[attr-defined]

    def in_panel(self: Any, *sources: str) -> Any:
        column = right(self, *sources)
        for line in column[1:]:
            line.move_to(column[0])
        return column

    with patch.object(cls, "in_panel", in_panel):
        yield


@fault(OPENING, "layout", "units beyond")
def a_title_that_leaves_the_frame(cls: type[NarratedScene]) -> Iterator[None]:
    with _beat(cls, "name_the_films", lambda scene: scene.play(scene.card.animate.shift(9 * LEFT))):
        yield


@fault(OPENING, "layout", "captions' edge")
def a_picture_in_the_captions_place(cls: type[NarratedScene]) -> Iterator[None]:
    def low(scene: Any) -> None:
        scene.play(scene.contents.animate.shift(1.5 * DOWN))

    with _beat(cls, "name_the_films", low):
        yield


@fault(MINIMA, "layout", "px at 720p")
def type_too_small_to_read(cls: type[NarratedScene]) -> Iterator[None]:
    with patch.object(theme.TypeSizes, "label", PropertyMock(return_value=13.0)):
        yield


@fault(MINIMA, "layout", "runs .* through")
def a_line_through_a_number(cls: type[NarratedScene]) -> Iterator[None]:
    def strike(scene: Any) -> None:
        line = Line(scene.formula.get_left(), scene.formula.get_right())
        scene.play(FadeIn(line.set_stroke(theme.palette().text, theme.STROKE.line)))

    with _beat(cls, "the_cost_of_one_weight", strike):
        yield


@fault(MINIMA, "layout", "the picture jumps")
def a_mark_that_is_gone_at_once(cls: type[NarratedScene]) -> Iterator[None]:
    with _beat(cls, "it_hops", lambda scene: scene.remove(scene.goal)):
        yield


@fault(FORWARD, "layout", "the picture jumps")
def a_value_that_blinks(cls: type[NarratedScene]) -> Iterator[None]:
    right = cls.meet_the_neuron  # type: ignore[attr-defined]

    def too_early(self: Any) -> None:
        self.add(self.weight_values[0])
        right(self)

    with patch.object(cls, "meet_the_neuron", too_early):
        yield


@fault(FORWARD, "layout", "not on one line", "weigh_the_inputs")
def a_number_above_its_row(cls: type[NarratedScene]) -> Iterator[None]:
    right = panels.WeightedSum.__init__

    def crooked(self: Any, *args: Any, **kwargs: Any) -> None:
        right(self, *args, **kwargs)
        self.products[0].shift(np.array([0.0, 0.08, 0.0]))

    with patch.object(panels.WeightedSum, "__init__", crooked):
        yield


# -- colour


def _painted(**roles: str) -> Any:
    dark = theme.PALETTES["dark"]
    changed = {role: ManimColor(colour) for role, colour in roles.items()}
    return patch.dict(theme.PALETTES, {"dark": dataclasses.replace(dark, **changed)})


@fault(OPENING, "colour", "contrast")
def a_colour_too_dark_to_read(cls: type[NarratedScene]) -> Iterator[None]:
    with _painted(muted="#4A4E5E"):
        yield


@fault(MINIMA, "colour", "apart for")
def two_roles_that_look_alike_to_some(cls: type[NarratedScene]) -> Iterator[None]:
    with _painted(cost="#1CB0A0", muted="#979AA9", signal="#2FA89E"):
        yield


@fault(MINIMA, "colour", "a line .* contrast")
def bars_of_fractions_that_are_hardly_there(cls: type[NarratedScene]) -> Iterator[None]:
    with patch.object(equations, "_STROKE", 2.0):
        yield


@fault(MINIMA, "colour", "a line .* contrast")
def a_curve_that_is_nearly_gone(cls: type[NarratedScene]) -> Iterator[None]:
    right = CurveGraph.__init__

    def faint(self: Any, *args: Any, **kwargs: Any) -> None:
        right(self, *args, **kwargs)
        self.set_stroke(opacity=0.15)

    with patch.object(CurveGraph, "__init__", faint):
        yield


@fault(OPENING, "colour", "opacity")
def a_title_that_is_half_faded_in(cls: type[NarratedScene]) -> Iterator[None]:
    def fade(scene: Any) -> None:
        scene.play(scene.card.name_line.animate.set_opacity(0.6))

    with _beat(cls, "name_the_films", fade):
        yield


@fault(MOUNTAIN, "colour", "x_")
def something_hidden_behind_the_map(cls: type[NarratedScene]) -> Iterator[None]:
    right = landscape.Compass.__init__

    def below(self: Any, *args: Any, **kwargs: Any) -> None:
        right(self, *args, **kwargs)
        self.set_z_index(-1)

    with patch.object(landscape.Compass, "__init__", below):
        yield


@fault(OPENING, "colour", "flashes")
def a_picture_that_flashes(cls: type[NarratedScene]) -> Iterator[None]:
    def blink(scene: Any) -> None:
        sheet = Rectangle(width=config.frame_width, height=config.frame_height, stroke_width=0)
        sheet.set_fill(theme.palette().text, 1).set_z_index(99)
        for _ in range(5):
            scene.add(sheet)
            scene.play(ApplyMethod(sheet.shift, 0 * RIGHT, run_time=1 / 15))
            scene.remove(sheet)
            scene.play(scene.card.animate(run_time=1 / 15).shift(0 * RIGHT))

    with _beat(cls, "name_the_films", blink):
        yield


# -- time


@fault(MINIMA, "time", "off its first word", "the_cost_of_one_weight")
def captions_that_come_late(cls: type[NarratedScene]) -> Iterator[None]:
    right = film.cues

    def late(scene: NarratedScene) -> list[captions.Cue]:
        moved = [dataclasses.replace(cue, start=cue.start + 0.3) for cue in right(scene)]
        return [cue for cue in moved if cue.end > cue.start]

    with patch.object(film, "cues", late):
        yield


@fault(MINIMA, "time", "not played", "the_cost_of_one_weight", "one_valley")
def a_beat_that_is_dropped(cls: type[NarratedScene]) -> Iterator[None]:
    yield


@fault(MINIMA, "time", "the picture comes", "the_cost_of_one_weight")
def pictures_that_come_after_their_words(cls: type[NarratedScene]) -> Iterator[None]:
    right = NarratedScene._frame_of
    late = lambda self, word, occurrence: right(self, word, occurrence) + 6  # noqa: E731
    with patch.object(NarratedScene, "_frame_of", late):
        yield


@fault(MINIMA, "time", "the picture comes", "the_cost_of_one_weight")
def a_voice_that_is_wrong_about_its_own_times(cls: type[NarratedScene]) -> Iterator[None]:
    right = VoiceCache.utter

    def utter(self: VoiceCache, voice: Any, text: str) -> Utterance:
        said = right(self, voice, text)
        moved = [dataclasses.replace(w, start=w.start + 0.25, end=w.end + 0.25) for w in said.words]
        return dataclasses.replace(said, words=tuple(moved))

    with patch.object(VoiceCache, "utter", utter):
        yield


@fault(OPENING, "time", "LUFS|dBTP")
def a_sound_that_is_too_loud(cls: type[NarratedScene]) -> Iterator[None]:
    right = sound.level
    with patch.object(sound, "level", lambda track: 1.5 * right(track)):
        yield


@fault(
    MINIMA,
    "time",
    "pass before the next line",
    "the_cost_of_one_weight",
    "one_valley",
    "more_than_one_valley",
)
def a_long_silence(cls: type[NarratedScene]) -> Iterator[None]:
    with _beat(cls, "one_valley", lambda scene: scene.wait_frames(120)):
        yield


@fault(OPENING, "time", "the captions say")
def captions_that_say_something_else(cls: type[NarratedScene]) -> Iterator[None]:
    right = film.cues

    def other(scene: NarratedScene) -> list[captions.Cue]:
        return [dataclasses.replace(c, text=c.text.replace("pass", "path")) for c in right(scene)]

    with patch.object(film, "cues", other):
        yield


# -- words


@fault(MINIMA, "words", "is not true of this lesson", "keep_some_speed")
def a_story_that_did_not_happen(cls: type[NarratedScene]) -> Iterator[None]:
    with patch.object(Descents, "momentum_works", False):
        yield


@fault(MINIMA, "words", "is not true of this lesson", "the_cost_of_one_weight", "against_the_slope")
def a_slope_told_the_wrong_way_round(cls: type[NarratedScene]) -> Iterator[None]:
    swap = {"{sign}": "It is negative, so the cost falls to the right: step against the slope."}
    with _script("against_the_slope", line=lambda line: line.replace("{sign}", swap["{sign}"])):
        yield


@fault(MINIMA, "words", "nothing tests", "release_a_crowd")
def a_claim_that_nobody_tested(cls: type[NarratedScene]) -> Iterator[None]:
    with _script("release_a_crowd", line=lambda line: f"{line} This is always so."):
        yield


@fault(OPENING, "words", "no learning algorithm")
def a_misconception(cls: type[NarratedScene]) -> Iterator[None]:
    more = " Backpropagation is the learning algorithm."
    with _script("name_the_films", line=lambda line: line + more):
        yield


@fault(MINIMA, "words", "there are", "release_a_crowd")
def a_crowd_counted_wrong(cls: type[NarratedScene]) -> Iterator[None]:
    right = cls.values

    def values(self: Any) -> Any:
        return {**right(self), "crowd": count(7, "ball")}

    with patch.object(cls, "values", values):
        yield


@fault(MINIMA, "words", "is not true of this lesson", "start_again")
def a_picture_told_otherwise_than_it_is(cls: type[NarratedScene]) -> Iterator[None]:
    told = "Most of them end in the global minimum."
    with _script("start_again", shows=lambda shows: told):
        yield


@contextmanager
def planted(name: str, cls: type[NarratedScene]) -> Iterator[Fault]:
    """A fault, for as long as it is looked for."""
    with FAULTS[name].plant(cls):
        yield FAULTS[name]
