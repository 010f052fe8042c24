"""Mountain analogy: a blindfolded climber goes up by the slope under the feet alone."""

from __future__ import annotations

from collections.abc import Mapping

from manim import (
    DOWN,
    PI,
    UP,
    Circumscribe,
    Create,
    FadeIn,
    FadeOut,
    Group,
    GrowFromCenter,
    GrowFromPoint,
    Indicate,
    LaggedStart,
    ManimColor,
    ReplacementTransform,
    Restore,
    Rotate,
    VGroup,
    Write,
)

from scenes.maths.display.number import stated
from scenes.maths.display.spelling import count, in_words
from scenes.maths.formulas.mountain import MountainFormulas
from scenes.maths.landscape.terrain import CriticalPoint
from scenes.maths.mountain import DIRECTIONS, FEELER, Climb
from scenes.pictures import theme
from scenes.pictures.animations import enter
from scenes.pictures.equations import Formula, Words
from scenes.pictures.landscape import FogMap, See, View
from scenes.pictures.mountain import (
    Climber,
    Compass,
    ContourMark,
    Division,
    Feelers,
    Hike,
    Lens,
    MapArrow,
    Profile,
    StepInLens,
    Trail,
    Turning,
    at_tip,
    on_map,
    strength,
    summit_ring,
)
from scenes.pictures.stage import Zone
from scenes.pictures.titles import Note
from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

SIGHT = 0.75
"""Radius of the ground that can be felt, in the map's units."""
MARGIN = 0.4
"""Room for numbers around a small lens, in frame units."""
CORNER = 1.4
"""Width of the map's strip that is left to the compass, in frame units."""

# Lines that depend on the lesson; values() chooses.
A_LITTLE_FURTHER = {
    True: "Turn a little further, and it grows to {steepness}.",
    False: "As far as these decimals tell, no way is steeper.",
}
LEVEL_GROUND = {
    "plateau": "But a slope of nearly nothing is not yet a summit. On this plateau, "
    "the slope is {least}, and still it leads up.",
    "pass": "But a slope of nothing is not yet a summit. On this pass between two summits "
    "the ground is level, and still it leads up on either side.",
}


class MountainAnalogy(Film):
    """Gradient ascent, felt step by step, and how it can end on a lesser summit."""

    title = "The mountain in the fog"
    place = 1
    poster = "lift_the_fog"

    def construct(self) -> None:
        self.the_mountain_in_the_fog()
        self.feel_the_ground()
        self.the_steepest_way()
        self.the_gradient()
        self.one_step()
        self.step_by_step()
        self.every_way_leads_down()
        self.level_is_not_the_top()
        self.lift_the_fog()
        self.turn_it_over()
        self.who_computes_the_gradient()

    # -- what the lines quote, and what the beats share

    def values(self) -> Mapping[str, Quotable]:
        c = self.climb = Climb(self.lesson)
        best, steepness = c.slope(c.steepest), c.steepness
        level = {"least": c.least_slope} if c.least_slope is not None else {}
        return {
            "directions": count(DIRECTIONS, "direction"),
            "eight": in_words(DIRECTIONS),
            "best": best,
            "further": A_LITTLE_FURTHER[best.printed != steepness.printed],
            "steepness": steepness,
            "step_size": c.alpha,
            "start_height": c.height(0),
            "end_height": c.height(c.steps),
            "steps": count(c.steps, "step"),
            "level_ground": LEVEL_GROUND["plateau" if level else "pass"],
            "lesser_height": c.summit_height(c.reached),
            "top_height": c.summit_height(c.highest),
            **level,
        }

    def prepare(self) -> None:
        self.formulas = MountainFormulas()
        self.upper, lower = self.stage.panel.shared(0.56)
        terrain, path = self.climb.terrain, self.climb.path
        self.fog = FogMap(terrain, self.stage.picture)
        self.trail = Trail(self.fog, path)
        self.climber = Climber().stand_at(self.fog.at(path[0]))
        self.profile = Profile(self.climb, lower)
        self.readout = self.profile.readout()
        self.profile.beside(self.readout.turn_to(0), self.profile.along(0))
        on_profile = (self.profile, self.profile.climber, self.profile.trace, self.readout)
        self.the_climb = [self.climber, self.trail, *on_profile]

    def start_view(self) -> View:
        """What is seen from the start."""
        x, y = self.climb.path[0]
        return View((float(x), float(y)), SIGHT)

    def hike(self, first: int, last: int) -> Hike:
        """The steps from one to another."""
        return Hike(
            self.fog,
            self.climb,
            self.trail,
            self.climber,
            self.profile,
            self.readout,
            (first, last),
        )

    def clear_view(self, **changes: float) -> View:
        """The whole map, from where the climber stands."""
        x, y = self.climb.reached.position
        return View((x, y), SIGHT, lift=1.0, **changes)

    def height_label(self, summit: CriticalPoint, colour: ManimColor) -> Formula:
        """A summit's height."""
        text = self.formulas.height(self.climb.summit_height(summit))
        return Formula(text, size=theme.SIZE.label, color=colour)

    def in_gradients_colour(self, source: str, size: float = theme.SIZE.formula) -> Formula:
        """A formula whose gradient has the colour of its arrow."""
        formula = Formula(source, size=size)
        formula.part("gradient").set_color(self.colours.gradient)
        return formula

    def near_lens(self) -> Lens:
        """A lens on the first step, on the map beside the compass."""
        left, right = self.fog.get_left()[0], self.fog.get_right()[0] - CORNER
        zone = Zone(left, right, self.fog.get_bottom()[1], self.fog.get_top()[1])
        c = self.climb
        return Lens(c.terrain, c.path[0], c.lens_reach(SIGHT), zone, margin=theme.SPACE.gap / 2)

    # -- the beats

    @beat(
        "Gradient ascent. A climber, blindfolded, stands on a mountain in thick fog, "
        "and wants to reach the top.",
        lead=0.6,
        shows=(
            "A map hidden by fog; a climber stands in it, and only the ground close by can be seen."
        ),
    )
    def the_mountain_in_the_fog(self) -> None:
        self.open_with(
            "gradient ascent", self.colours.gradient, until="climber", heading="Blindfolded, in fog"
        )
        scene = Group(self.fog, self.climber)
        self.aside = scene.get_center() - self.stage.whole.center
        scene.shift(-self.aside)
        self.play(FadeIn(self.fog), GrowFromCenter(self.climber))
        self.at("mountain").slow(See(self.fog, self.start_view()))

    @beat(
        "Only a small disc of ground can be felt. In each of {directions}, the foot finds a slope: "
        "the height gained for each unit of the way.",
        shows=(
            "The map in fog, and the disc of ground at the climber's feet, magnified, with a "
            "slope written at each spoke."
        ),
    )
    def feel_the_ground(self) -> None:
        c = self.climb
        self.lens = Lens(c.terrain, c.path[0], SIGHT, self.stage.panel)
        self.fan = Feelers(self.lens, c.angles, c.slopes, [c.slope(i) for i in range(DIRECTIONS)])
        whole = Group(self.fog, self.climber)
        self.play(self.heading("The ground under the feet"), whole.animate.shift(self.aside))
        self.callout = self.lens.callout(self.fog)
        self.play(Create(self.callout), FadeIn(self.lens, scale=0.6))
        self.at("directions").slow(
            LaggedStart(*(Create(s.shaft) for s in self.fan.spokes), lag_ratio=0.35)
        )
        self.at("finds").play(
            LaggedStart(*(FadeIn(s.label) for s in self.fan.spokes), lag_ratio=0.35),
            run_time=2 * theme.TEMPO.slow,
        )

    @beat(
        "Uphill, a slope is positive; downhill, negative. "
        "The largest of these {eight} is {best}. {further}",
        shows="The disc of ground again: one arrow is left, the steepest way up, with its slope.",
    )
    def the_steepest_way(self) -> None:
        c, fan = self.climb, self.fan
        best = fan.spokes[c.steepest]
        ups = [s for s, v in zip(fan.spokes, c.slopes, strict=True) if v > 0]
        downs = [s for s in fan.spokes if s not in ups]
        others = [s for s in fan.spokes if s is not best]
        up, down = strength(ups, 1.0, 1.25), strength(downs, theme.DIM)
        self.play(self.heading("The steepest way"), *up, *down)
        self.at("downhill").play(*strength(ups, theme.DIM, 1 / 1.25), *strength(downs, 1.0, 1.25))
        self.at("largest").play(*(FadeOut(s) for s in others), *strength([best], 1.0, 1.25))
        self.at("further" if "steepness" in self.quoted else "decimals")
        start = (float(c.angles[c.steepest]), float(c.slopes[c.steepest]))
        self.arrow = fan.arrow(*start)
        self.quick(FadeIn(self.arrow), FadeOut(best.shaft))
        self.play(Turning(fan, self.arrow, start, (c.bearing, c.steepness.value)))
        number = Words(c.steepness.shown, size=theme.SIZE.label, weight=600)
        self.steep_label = at_tip(number.set_color(self.colours.gradient), self.arrow)
        self.when("steepness").play(ReplacementTransform(best.label, self.steep_label))

    @beat(
        "This arrow is the gradient. It lies flat in the map, at a right angle "
        "to the contour, the line of equal height.",
        shows=(
            "The steepest arrow is named the gradient; it lies in the map at a right angle "
            "to the line of equal height."
        ),
    )
    def the_gradient(self) -> None:
        c = self.climb
        self.mark = ContourMark(self.lens, c.terrain, c.bearing)
        on_map_arrow = MapArrow(self.fog, c.path[0], c.gradient)
        self.play(self.heading("The gradient"), FadeOut(self.steep_label))
        name = Formula(self.formulas.gradient_name(), color=self.colours.gradient)
        self.arrow_name = at_tip(name, self.arrow)
        self.play(enter(self.arrow_name))
        self.at("map").play(ReplacementTransform(self.arrow.copy(), on_map_arrow))
        self.at("contour").slow(Create(self.mark.line))
        self.play(Create(self.mark.corner))

    @beat(
        "One step of gradient ascent: add to the old place the gradient "
        "times the step size, alpha, which is {step_size}.",
        shows=(
            "The rule of gradient ascent in symbols and in numbers, and the disc of ground, where "
            "the climber has gone a share of the gradient's arrow."
        ),
    )
    def one_step(self) -> None:
        c, sym, near = self.climb, self.formulas, self.near_lens()
        self.rule = self.first_step_in_formulas()
        rule, parts, numbers = self.rule
        step = StepInLens(near, c.gradient, c.alpha.value, (sym.gradient_name(), sym.share_name()))
        compass = Compass(self.fog, sym.coordinates())
        named = VGroup(self.arrow, self.arrow_name)
        closed = See(self.fog, View(self.start_view().place, 0.0))
        moves = [
            *self.lens.become_another(near, self.mark),
            ReplacementTransform(named, step.whole),
        ]
        self.turn_to("One step", closed, *moves, run_time=None)
        self.play(Write(rule), run_time=theme.TEMPO.move)
        self.at("place").play(GrowFromCenter(VGroup(step.origin, step.climber)), run_time=0.4)
        self.at("gradient", 2).play(enter(parts), FadeIn(compass))
        self.at("alpha").play(enter(numbers), FadeIn(step.share), *step.dim_the_whole())
        self.at("step_size").slow(step.go())
        self.near, self.first = near, step

    def first_step_in_formulas(self) -> VGroup:
        """The rule, the gradient, and the step in numbers, in the panel."""
        old, slope, new = self.climb.first_step
        sym, gradient = self.formulas, self.colours.gradient
        parts = Formula(sym.gradient_value(slope), size=theme.SIZE.body, color=gradient)
        source = sym.ascent_in_numbers(old, self.climb.alpha, slope, new)
        numbers = self.in_gradients_colour(source, theme.SIZE.body)
        column = VGroup(self.in_gradients_colour(sym.ascent()), parts, numbers)
        self.upper.fit(column.arrange(DOWN, buff=theme.SPACE.wide))
        return column

    @beat(
        "Feel, and step again. Where the ground is steep, steps are long; "
        "where it is gentle, short. In {steps}, the height goes "
        "from {start_height} to {end_height}.",
        shows=(
            "The climber's steps over the map, and beside them the climb as an elevation "
            "profile with the height."
        ),
    )
    def step_by_step(self) -> None:
        c, last = self.climb, self.climb.steps
        start = Formula(self.formulas.height(c.height(0)), size=theme.SIZE.label)
        start_height = self.profile.from_the_start(start)
        self.hike(0, 1).stand(1.0)
        x, y = c.path[1]
        self.turn_to(
            "Step by step",
            self.near.shrink_to(self.fog, self.first),
            See(self.fog, View((float(x), float(y)), SIGHT)),
            *(FadeIn(thing) for thing in (*self.the_climb, start_height)),
            keep=[self.rule[0]],
            run_time=None,
        )
        self.play(self.hike(1, last), run_time=self.until("end_height") - theme.TEMPO.quick)
        self.at("end_height").play(Indicate(self.readout[last], color=self.colours.text))

    @beat(
        "Here the climber stops: every direction leads down. A summit, "
        "but the highest? From inside the fog, nobody can tell.",
        shows=(
            "The climber on a summit in the fog, with a question mark; in every direction "
            "the height gained is negative."
        ),
    )
    def every_way_leads_down(self) -> None:
        c = self.climb
        left, right = self.upper.shared(0.66)
        self.lens = Lens(c.terrain, c.reached.position, SIGHT, left, margin=MARGIN)
        self.callout = self.lens.callout(self.fog)
        changes = [c.change(i) for i in range(DIRECTIONS)]
        self.fan = Feelers(self.lens, c.angles, c.changes, changes, distance=FEELER)
        away = stated("feeler", FEELER)
        felt = Note(["height gained", f"{away.shown} away"], right)
        self.turn_to("A summit", keep=[self.fog, *self.the_climb])
        self.quick(Create(self.callout), FadeIn(self.lens, scale=0.6))
        self.at("every").play(
            FadeIn(felt), LaggedStart(*(FadeIn(s) for s in self.fan.spokes), lag_ratio=0.25)
        )
        self.at("highest")
        question = Words("?", size=theme.SIZE.title, weight=600).set_z_index(6)
        self.lens.over_the_disc(question, self.fog)
        self.play(FadeIn(question, shift=0.2 * UP))

    @beat(
        "{level_ground}",
        shows=(
            "A nearly level place elsewhere in the fog, magnified, with dashed arrows along which "
            "the ground still rises."
        ),
    )
    def level_is_not_the_top(self) -> None:
        c = self.climb
        x, y = c.level_place
        left, _ = self.upper.shared(0.66)
        self.lens = Lens(c.terrain, c.level_place, SIGHT, left, margin=MARGIN)
        self.callout = self.lens.callout(self.fog)
        for thing in self.the_climb:
            thing.save_state()
        aside = (thing.animate.fade(1 - theme.DIM) for thing in self.the_climb)
        view = See(self.fog, View((float(x), float(y)), SIGHT))
        self.turn_to("Level is not the top", view, *aside, run_time=theme.TEMPO.slow)
        self.play(Create(self.callout), FadeIn(self.lens, scale=0.6))
        if c.least_slope is not None:
            self.at("slope", 2)
            note = Formula(self.formulas.slope(c.least_slope), size=theme.SIZE.label)
            note.set_color(self.colours.gradient)
            self.play(FadeIn(self.lens.note(note, self.upper)))
        self.at("still").play(*(Create(self.lens.sign(angle)) for angle in c.ways_up))

    @beat(
        "Now the fog lifts. The highest summit is elsewhere, at {top_height}. "
        "The climber stands on a lesser one, at {lesser_height}.",
        shows=(
            "The fog has lifted: the whole map, the climber on a lesser summit, and a ring "
            "around the highest one, also on the profile, which leads on to it."
        ),
    )
    def lift_the_fog(self) -> None:
        c, colours = self.climb, self.colours
        again = (Restore(thing) for thing in self.the_climb)
        self.turn_to("The fog lifts", *again, keep=[self.fog])
        self.play(See(self.fog, self.clear_view()), run_time=2 * theme.TEMPO.move)
        goal, here = self.fog.at(c.highest.position), self.fog.at(c.reached.position)
        high = on_map(self.height_label(c.highest, colours.target), goal, DOWN)
        low = on_map(self.height_label(c.reached, colours.text), here, self.trail.free_side)
        top = self.profile.mark_the_top(self.height_label(c.highest, colours.target))
        self.at("elsewhere").play(Create(summit_ring(goal, colours.target)))
        self.at("top_height").play(enter(high))
        self.at("lesser_height").play(enter(low), Create(self.profile.rest))
        self.play(FadeIn(top))

    @beat(
        "Turn the landscape over: height becomes cost, and every summit a valley. "
        "The gradient of the cost points the other way, so step against it: "
        "gradient descent. The same arrow, the opposite sign.",
        shows=(
            "Map and profile turned over into a cost; on the map the gradient of the cost, and "
            "an arrow against it, beside the rules of ascent and descent."
        ),
    )
    def turn_it_over(self) -> None:
        sym = self.formulas
        ascent, descent = (self.in_gradients_colour(s) for s in (sym.ascent(), sym.descent()))
        rules = [ascent, Formula(sym.cost()), descent]
        not_the_goal = Note(
            ["the steepest way down from here,", "seldom that to the minimum"], self.upper
        )
        column = VGroup(*rules, not_the_goal).arrange(DOWN, buff=theme.SPACE.wide)
        self.upper.fit(column)
        land = [self.fog, self.profile, self.profile.trace, self.profile.rest]
        self.turn_to("Upside down", Write(rules[0]), keep=land, run_time=None)
        over = See(self.fog, self.clear_view(turn=1.0))
        flips, name = self.profile.turn_over(), self.profile.cost_name()
        self.at("height").slow(over, *flips, ReplacementTransform(self.profile.name_line, name))
        self.quick(enter(rules[1]))
        down, there = self.arrow_of_cost(sym.cost_gradient_name(), -1)
        self.at("gradient").play(GrowFromPoint(down, down.foot), FadeIn(there))
        up, here = self.arrow_of_cost(sym.step_name(), 1)
        turned = down.copy()
        self.at("against").play(
            Rotate(turned, angle=PI, about_point=down.foot),
            *(part.animate.set_opacity(theme.DIM) for part in (down[1], there[1])),
            Write(rules[2]),
        )
        self.remove(turned)
        self.add(up)
        self.play(FadeIn(here))
        self.at("same").play(Circumscribe(rules[2], color=self.colours.gradient))
        self.quick(FadeIn(not_the_goal))

    def arrow_of_cost(self, name: str, sign: int) -> tuple[MapArrow, VGroup]:
        """An arrow along the slope or against it, where the way was steepest, and its name."""
        place = self.climb.steepest_place
        arrow = MapArrow(self.fog, place, sign * self.climb.terrain.gradient(place))
        text = Formula(name, size=theme.SIZE.label, color=self.colours.gradient)
        return arrow, arrow.named(text)

    @beat(
        "One thing this is not: backpropagation. Gradient descent uses the gradient; "
        "backpropagation computes it, a slope for every weight. "
        "But first, look at one single weight.",
        rest=1.0,
        shows="The elevation profile, now a cost curve over one single weight, fills the frame.",
    )
    def who_computes_the_gradient(self) -> None:
        tasks = [
            ("backpropagation", "computes the gradient", self.colours.cost),
            ("gradient descent", "uses it, step by step", self.colours.signal),
        ]
        division = Division(tasks, self.formulas.cost_gradient_name(), self.stage.whole)
        self.turn_to("Two different tasks", run_time=None)
        self.at("backpropagation").play(enter(division.boxes[0]))
        self.at("descent").play(enter(division.boxes[1]))
        self.at("computes").play(FadeIn(division.link))
        self.at("first")
        curve, axes = self.profile.as_cost(self.formulas.weight_and_cost(), self.stage.whole)
        self.turn_to("One single weight", FadeIn(axes))
        self.slow(Create(curve))
