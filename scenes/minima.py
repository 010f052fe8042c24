"""Local versus global minima: one parameter, a blue ball, and where descent leaves it."""

from __future__ import annotations

from collections.abc import Mapping

from manim import (
    DOWN,
    LEFT,
    UP,
    Circumscribe,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromCenter,
    LaggedStart,
    ManimColor,
    ReplacementTransform,
    VGroup,
    Write,
)

from scenes.maths.display.number import integer
from scenes.maths.display.spelling import count, in_words
from scenes.maths.formulas.minima import MinimaFormulas
from scenes.maths.landscape.cost_curve import StationaryPoint
from scenes.maths.minima import STEP_NAMES, Descents
from scenes.pictures import theme
from scenes.pictures.animations import enter
from scenes.pictures.equations import Formula, Words
from scenes.pictures.minima import (
    Ball,
    BasinBand,
    Bowl,
    CurveGraph,
    Hops,
    KindCard,
    Pointer,
    StepLine,
    footprints,
    start_marks,
)
from scenes.pictures.network import CostNode, NetworkPicture
from scenes.staging.film import Film
from scenes.studio.narrated import Quotable, beat

# Lines that depend on the lesson; values() chooses.
MOMENTUM = {
    True: "Momentum keeps {beta} of the last step. Now the ball has inertia, "
    "and rolls on until it ends in the global minimum.",
    False: "Momentum keeps {beta} of the last step. Now the ball has inertia, "
    "but not enough: it ends in a local minimum again.",
}
RESTARTS = {
    "none": "Or start again, from {places}. Here, all of them end in a local minimum. "
    "Neither way is a guarantee.",
    "some": "Or start again, from {places}. Here, {good} in the global minimum. "
    "Neither way is a guarantee.",
}
HOPS = {True: "the ball hops, ever shorter", False: "the ball hops"}
SIGN = {
    True: "It is positive, so the cost falls to the left: step against the slope.",
    False: "It is negative, so the cost falls to the right: step against the slope.",
}


class LocalVersusGlobalMinima(Film):
    """Where gradient descent on one parameter ends, and what that depends on."""

    title = "Local and global minima"
    place = 2
    poster = "release_a_crowd"

    def construct(self) -> None:
        self.the_cost_of_one_weight()
        self.one_valley()
        self.more_than_one_valley()
        self.against_the_slope()
        self.it_hops()
        self.release_a_crowd()
        self.when_the_slope_is_nothing()
        self.the_size_of_the_step()
        self.keep_some_speed()
        self.start_again()
        self.one_weight_was_easy()

    # -- what the lines quote, and what the beats share

    def values(self) -> Mapping[str, Quotable]:
        v = self.descents = Descents(self.lesson)
        curves = self.lesson.curve
        some = v.restarts_arrived
        return {
            "starts": count(len(curves.convex.starts), "start"),
            "bottom": v.position(v.bottom),
            "slope_value": v.slope,
            "sign": SIGN[v.slope.value > 0],
            "the_ball_hops": HOPS[v.hops_shrink],
            "stop": v.position(v.stop),
            "crowd": count(curves.nonconvex.crowd, "ball"),
            "arrived": in_words(v.arrived),
            "momentum_story": MOMENTUM[v.momentum_works],
            "beta": v.beta,
            "restart_story": RESTARTS["some" if some else "none"],
            "places": count(len(curves.nonconvex.restarts), "other place"),
            "good": "{good_count} of them " + ("ends" if some == 1 else "end"),
            "good_count": in_words(some),
        }

    def prepare(self) -> None:
        v = self.descents
        self.smooth, self.rough = MinimaFormulas(v.convex), MinimaFormulas(v.rough)
        names = (self.rough.parameter(), self.rough.cost_name())
        self.bowl = CurveGraph(v.convex, self.stage.picture, names)
        self.graph = CurveGraph(v.rough, self.stage.picture, names)
        self.stop = self.point_at(v.stop, "local minimum", self.colours.cost)
        self.goal = self.point_at(v.goal, "global minimum", self.colours.target)
        self.stop.keep_apart(self.goal)

    def in_panel(self, *sources: str) -> VGroup:
        """Formulas below each other in the panel."""
        lines = [Formula(source, size=theme.SIZE.formula) for source in sources]
        column = VGroup(*lines).arrange(DOWN, buff=theme.SPACE.wide, aligned_edge=LEFT)
        self.stage.panel.fit(column)
        return column

    def start_ball(self) -> Ball:
        """The ball at its start on the rough curve."""
        return Ball(self.graph.at(self.lesson.curve.nonconvex.start))

    def point_at(self, place: StationaryPoint, name: str, colour: ManimColor) -> Pointer:
        """A mark at a place of the rough curve, with its number and its name."""
        root = Formula(self.rough.root(self.descents.position(place)), size=theme.SIZE.label)
        name_line = Words(name, size=theme.SIZE.small)
        return Pointer(self.graph, place.position, colour, root, name_line)

    def share_that_arrives(self, who: str, arrived: int, among: int) -> VGroup:
        """So many of so many reach the global minimum, large in the panel."""
        share = [integer(f"{who}: arrived", arrived), integer(f"{who}: all", among)]
        tally = VGroup(
            Words(f"{share[0].shown} of {share[1].shown}", size=theme.SIZE.title, weight=600),
            Words("in the global minimum", size=theme.SIZE.label),
        ).arrange(DOWN, buff=theme.SPACE.gap)
        self.stage.panel.fit(tally)
        return tally.set_color(self.colours.target if arrived else self.colours.cost)

    # -- the beats

    @beat(
        "Local and global minima. Change one single weight, w, and the cost changes "
        "along this curve.",
        lead=0.6,
        shows="A convex curve: the cost over one single weight, with its formula.",
    )
    def the_cost_of_one_weight(self) -> None:
        self.open_with(
            "one weight, one curve",
            self.colours.cost,
            until="Change",
            heading="The cost of one weight",
        )
        self.play(FadeIn(self.bowl.names), Create(self.bowl.axis))
        self.formula = self.in_panel(self.smooth.curve())
        draw = (Create(self.bowl.line), Write(self.formula))
        self.at("cost").play(*draw, run_time=theme.TEMPO.move)

    @beat(
        "It is convex: one valley. From {starts}, descent ends in the same place. "
        "Solve for a slope of zero: there, w is {bottom}.",
        shows=(
            "The convex curve: all balls rest at its one minimum, which is solved for at the side."
        ),
    )
    def one_valley(self) -> None:
        v = self.descents
        walks = v.walks_of_convex()
        self.balls = [Ball(self.bowl.at(float(walk[0]))) for walk in walks]
        self.play(
            self.heading("Convex: one valley"), *(GrowFromCenter(ball) for ball in self.balls)
        )
        self.at("descent").play(Hops(self.bowl, self.balls, walks), run_time=2 * theme.TEMPO.move)
        solved = self.in_panel(
            self.smooth.curve(), self.smooth.level(), self.smooth.root(v.position(v.bottom))
        )
        self.at("Solve").play(ReplacementTransform(self.formula[0], solved[0]), Write(solved[1]))
        root = Formula(self.smooth.root(v.position(v.bottom)), size=theme.SIZE.label)
        mark = Pointer(self.bowl, v.bottom.position, self.colours.target, root)
        self.at("bottom").play(enter(solved[2]), FadeIn(mark))
        self.formula = solved

    @beat(
        "Most costs have more than one valley. The blue ball is where we are, "
        "and the slope under it is all that we can feel.",
        shows="A curve with several valleys; a blue ball stands on it, with the tangent under it.",
    )
    def more_than_one_valley(self) -> None:
        new = self.in_panel(self.rough.curve())
        self.turn_to("Not convex", keep=[self.bowl, self.formula[0]])
        self.slow(
            ReplacementTransform(self.bowl, self.graph),
            ReplacementTransform(self.formula[0], new[0]),
        )
        self.formula = new
        self.ball = self.start_ball()
        self.at("blue").play(FadeIn(self.ball, shift=0.6 * DOWN))
        tangent = self.graph.tangent(self.lesson.curve.nonconvex.start, 0.9)
        unfelt = [*self.graph.strength(theme.DIM), self.formula.animate.set_opacity(theme.DIM)]
        self.at("slope").play(Create(tangent), *unfelt)

    @beat(
        "Here, the slope is {slope_value}. {sign}",
        shows=(
            "The blue ball with an arrow down the slope; at the side the slope, the update "
            "rule and the step size."
        ),
    )
    def against_the_slope(self) -> None:
        v = self.descents
        sources = (
            self.rough.curve(),
            self.rough.slope(v.slope),
            self.rough.update(),
            self.rough.step_size(v.alpha),
        )
        rule = self.in_panel(*sources)
        self.play(
            self.heading("Against the slope"),
            *self.graph.strength(1.0),
            ReplacementTransform(self.formula[0], rule[0]),
        )
        rule[1].set_color(self.colours.gradient)
        self.at("slope_value").play(enter(rule[1]))
        way = self.graph.way_down(float(v.walk[0]), float(v.walk[1]))
        self.at("falls").play(GrowArrow(way))
        self.at("step").play(Write(rule[2]), FadeIn(rule[3]))
        self.formula = rule

    @beat(
        "Descent has no inertia: {the_ball_hops}, and rests where the slope "
        "is nothing, at {stop}. The deepest valley is elsewhere.",
        shows=(
            "The ball's hops, drawn as footprints, end in one valley; a mark shows that the "
            "deepest valley is elsewhere."
        ),
    )
    def it_hops(self) -> None:
        v, walk = self.descents, self.descents.walk
        prints = footprints(self.graph, walk)
        old = self.formula
        self.formula = self.in_panel(
            self.rough.curve(), self.rough.update(), self.rough.step_size(v.alpha)
        )
        closed_up = (
            ReplacementTransform(before, after)
            for before, after in zip((old[0], old[2], old[3]), self.formula, strict=True)
        )
        self.turn_to("It hops", *closed_up, keep=[self.graph, self.ball], run_time=None)
        self.at("hops")
        duration = self.until("stop") - theme.TEMPO.quick
        hop = Hops(self.graph, [self.ball], [walk], run_time=duration)
        self.play(hop, LaggedStart(*(FadeIn(p) for p in prints), run_time=duration))
        self.at("stop").play(FadeIn(self.stop))
        self.at("deepest").play(FadeIn(self.goal))

    @beat(
        "Now let {crowd} go at once. Each ends in the valley whose basin it starts in: "
        "{arrived} of them in the deepest, the global minimum.",
        shows=(
            "Many balls, come to rest in different valleys; a band under the axis shows "
            "which starts lead where."
        ),
    )
    def release_a_crowd(self) -> None:
        v = self.descents
        self.balls = [Ball(self.graph.at(float(walk[0])), radius=0.09) for walk in v.crowd]
        drop = LaggedStart(*(FadeIn(ball) for ball in self.balls), lag_ratio=0.08)
        self.turn_to("Basins", keep=[self.graph])
        self.play(drop, run_time=theme.TEMPO.move)
        crowd = Hops(self.graph, self.balls, v.crowd, arch=0.2)
        self.at("Each").play(crowd, run_time=max(self.until("basin"), theme.TEMPO.slow))
        band = BasinBand(self.graph, v.basins, v.goal)
        marks = start_marks(self.graph, v.crowd, v.arrivals)
        self.at("basin").play(Create(band), FadeIn(marks))
        tally = self.share_that_arrives("crowd", v.arrived, len(v.crowd))
        self.at("deepest").play(enter(tally))

    @beat(
        "A slope of nothing can mean a minimum, a maximum, or neither: a stationary inflection. "
        "The second derivative tells which; where it is zero too, the third.",
        shows=(
            "The level places of the curve, beside three small graphs: minimum, maximum and "
            "stationary inflection."
        ),
    )
    def when_the_slope_is_nothing(self) -> None:
        v = self.descents
        levels = VGroup(*(self.graph.level(p.position) for p in v.rough.stationary_points))
        self.turn_to("A slope of nothing", keep=[self.graph])
        self.play(Create(levels))
        facts = {"minimum": (2,), "maximum": (2,), "stationary inflection": (2, 3)}
        zones, room = [], self.stage.panel
        for share in (1 / 3, 1 / 2):
            upper, room = room.split(share)
            zones.append(upper)
        kinds = []
        for (kind, orders), zone in zip(facts.items(), [*zones, room], strict=True):
            lines = [self.rough.order(n, v.derivative_at_zero(kind, n)) for n in orders]
            example = self.rough.example(v.kinds[kind])
            kinds.append(KindCard(kind, v.kinds[kind], example, lines, zone))
        seen = (VGroup(row.graph, row.mark, row.head) for row in kinds)
        self.reveal(seen, ("minimum", "maximum", "stationary"))
        self.at("second").play(*(FadeIn(row.facts[0]) for row in kinds))
        self.at("third").play(FadeIn(kinds[2].facts[1]), run_time=0.5 * theme.TEMPO.quick)

    @beat(
        "And the size of the step? Too small, it takes long. Well chosen. Zigzag. "
        "Too large, it flies away. Alpha times the second derivative at the minimum "
        "has to lie between zero and two.",
        shows=(
            "Four bowls with four step sizes: too small, well chosen, zigzag, too large; "
            "below them the safe interval on a line."
        ),
    )
    def the_size_of_the_step(self) -> None:
        v, given = self.descents, self.lesson.curve.convex
        upper, lower = self.stage.whole.split(0.68)
        names = ("too small", "well chosen", "zigzag", "too large")
        bowls = [
            Bowl(v.convex, name, self.smooth.alpha_lambda(v.alpha_lambda(step)), zone)
            for name, step, zone in zip(names, STEP_NAMES, upper.four(), strict=True)
        ]
        products = [v.lambda_steps(step) for step in STEP_NAMES]
        formulas = (self.smooth.product(), self.smooth.bound(), self.smooth.curvature())
        step_line = StepLine(products, *formulas, lower)
        self.turn_to("The size of the step")
        self.quick(*(FadeIn(b.graph) for b in bowls))
        balls = []
        words = ("small", "Well", "Zigzag", "large")
        for b, step, word in zip(bowls, STEP_NAMES, words, strict=True):
            ball = Ball(b.graph.at(given.step_start), radius=0.1)
            self.at(word).play(FadeIn(b.heads, ball), run_time=0.3)
            walk = v.step_walk(step)
            prints = footprints(b.graph, walk)
            trail = LaggedStart(*(FadeIn(p) for p in prints), run_time=theme.TEMPO.move)
            self.play(Hops(b.graph, [ball], [walk], arch=0.3, run_time=theme.TEMPO.move), trail)
            balls.append(ball)
        marks = (FadeIn(mark, shift=0.2 * DOWN) for mark in step_line.marks)
        away = FadeOut(balls[-1], shift=0.5 * UP)
        self.at("Alpha").quick(away, FadeIn(step_line.frame_lines), *marks)
        self.at("second").quick(FadeIn(step_line.meaning))
        self.at("between").play(GrowFromCenter(step_line.safe), FadeIn(step_line.bound))

    @beat(
        "Is there a way out? {momentum_story}",
        shows=(
            "The curve and the rule of momentum; the ball has come to rest after rolling "
            "through the valleys."
        ),
    )
    def keep_some_speed(self) -> None:
        v = self.descents
        self.turn_to("A way out: momentum")
        self.ball = self.start_ball()
        self.quick(FadeIn(self.graph, self.stop, self.goal, self.ball))
        self.formula = self.in_panel(*self.rough.momentum(v.beta))
        self.at("Momentum").slow(Write(self.formula))
        roll = Hops(self.graph, [self.ball], [v.rolling], rolling=True)
        self.at("Now").play(roll, run_time=max(self.until("ends"), 2 * theme.TEMPO.slow))

    @beat(
        "{restart_story}",
        shows=(
            "Several balls, started from different places, each at rest in the valley that "
            "it found; their count in the deepest."
        ),
    )
    def start_again(self) -> None:
        v = self.descents
        valleys = [self.graph, self.stop, self.goal]
        self.turn_to("A way out: start again", keep=valleys, run_time=None)
        self.balls = [Ball(self.graph.at(float(walk[0]))) for walk in v.restarts]
        self.at("places")
        starts = start_marks(self.graph, v.restarts, v.restart_arrivals)
        drops = (
            FadeIn(VGroup(ball, start), shift=0.5 * DOWN)
            for ball, start in zip(self.balls, starts, strict=True)
        )
        self.play(LaggedStart(*drops, lag_ratio=0.4), by="Here")
        self.at("Here").play(
            Hops(self.graph, self.balls, v.restarts), run_time=2 * theme.TEMPO.move
        )
        self.play(enter(self.share_that_arrives("restarts", v.restarts_arrived, len(v.restarts))))
        self.at("guarantee").quick(Circumscribe(self.goal, color=self.colours.target))

    @beat(
        "So far, one weight. A network has many, and to know its cost at all, "
        "a signal has to run through it.",
        rest=1.0,
        shows="The curve has given way to a network with many weights.",
    )
    def one_weight_was_easy(self) -> None:
        self.turn_to("One weight was easy", keep=[self.graph, *self.balls], run_time=None)
        self.at("many").quick(FadeOut(self.graph, *self.balls))
        room, outcome = self.stage.whole.part(0.86)
        network = NetworkPicture(self.lesson.network, room)
        cost = CostNode(network, self.rough.cost_name(), outcome)
        appear = LaggedStart(network.appear(), FadeIn(cost), lag_ratio=0.7)
        self.slow(appear)
        self.at("signal").signal_through(network, theme.TEMPO.quick)
        self.quick(cost.sparks())
