"""The network as a picture: neurons in columns, wires by weight, values in their places.

The picture knows nothing of the engine; it is given a lesson and finished numbers, and shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    BackgroundRectangle,
    Circle,
    Create,
    DashedLine,
    FadeIn,
    FadeOut,
    GrowFromCenter,
    LaggedStart,
    Line,
    ManimColor,
    ReplacementTransform,
    ScaleInPlace,
    Scene,
    VGroup,
    VMobject,
    config,
    interpolate_color,
    there_and_back,
)
from numpy.typing import NDArray

from scenes.maths.display.number import Number
from scenes.maths.lesson.model import NetworkLesson
from scenes.pictures import theme
from scenes.pictures.animations import Swell, as_animation, fly, spark
from scenes.pictures.equations import Formula, Words
from scenes.pictures.stage import Stage, Zone

Weights = Sequence[Sequence[float]] | NDArray[np.float64]
"""A layer's weights, a row for each of its neurons."""

_LARGEST_RADIUS = 0.5


class Neuron(VGroup):
    """A circle that can hold a value; its fill tells the activation."""

    def __init__(self, radius: float) -> None:
        colours = theme.palette()
        self.radius = radius
        self.body = Circle(radius=radius, color=colours.text, stroke_width=theme.STROKE.line)
        self.body.set_fill(colours.background, opacity=1)
        self.value: Words | None = None
        self.shows: Number | None = None
        super().__init__(self.body)
        self.set_z_index(2)

    @property
    def drawn(self) -> list[VMobject]:
        """The circle, and the value inside if there is one."""
        return [self.body, self.value] if self.value is not None else [self.body]

    def hold(self, number: Number | None, value: Words | None) -> None:
        """Show a number by the fill, and by a value inside if there is one, from now on."""
        self.shows, self.value = number, value
        self.submobjects = [self.body, *([value] if value is not None else [])]

    def label(self, text: str, colour: ManimColor | None = None) -> Words:
        """A value to be shown inside, as large as fits; not yet shown."""
        words = Words(text, size=theme.SIZE.label, weight=500)
        if colour is not None:
            words.set_color(colour)
        widest = 1.62 * self.radius
        words.scale(min(1.0, widest / words.width))
        words.move_to(self.body).set_z_index(4)
        return words

    def fits(self, text: str) -> bool:
        """Whether a value can be read inside the circle."""
        return bool(self.label(text).font_size >= theme.SIZE.least * 0.98)


class WireLabel(VGroup):
    """A weight's value with a patch of background behind it."""

    def __init__(self, number: Number, colour: ManimColor) -> None:
        self.value = Words(number.shown, size=theme.SIZE.small, weight=600, color=colour)
        patch = BackgroundRectangle(
            self.value, color=theme.palette().background, fill_opacity=0.85, buff=0.05
        )
        super().__init__(patch, self.value)
        self.set_z_index(3)


class BiasLabel(VGroup):
    """The word "bias" and its value."""

    def __init__(self, number: Number) -> None:
        name = Words("bias", size=theme.SIZE.small, color=theme.palette().muted)
        self.value = Words(number.shown, size=theme.SIZE.small, weight=600)
        self.value.next_to(name, RIGHT, buff=0.12).on_baseline_of(name)
        super().__init__(name, self.value)
        self.set_z_index(3)


class CostNode(VGroup):
    """Where the outputs end: one number.  ``links`` run to it from the outputs."""

    def __init__(self, network: NetworkPicture, symbol: str, zone: Zone) -> None:
        colours = theme.palette()
        self.body = Circle(radius=1.25 * network.radius, color=colours.cost)
        self.body.set_stroke(width=theme.STROKE.strong).move_to(zone.edge(LEFT))
        self.body.shift(RIGHT * 0.25 * zone.width)
        self._edge = config.frame_width / 2 - theme.SPACE.margin
        self.body.shift(LEFT * max(0.0, self.body.get_right()[0] - self._edge))
        self.name_inside = Formula(symbol, size=theme.SIZE.formula, color=colours.cost)
        self.name_inside.move_to(self.body)
        self._outputs = VGroup(*(neuron.body for neuron in network.layers[-1]))
        self.links = VGroup()
        for neuron in network.layers[-1]:
            link = Line(neuron.body, self.body, buff=0.0, color=colours.muted)
            self.links.add(link.set_stroke(width=theme.STROKE.line))
        super().__init__(self.links, self.body, self.name_inside)

    def value(self, text: str) -> Formula:
        """The cost with its value, to stand beside the node."""
        formula = Formula(text, size=theme.SIZE.title, color=theme.palette().cost)
        formula.next_to(self.body, DOWN, buff=theme.SPACE.gap)
        over = formula.get_right()[0] - self._edge
        if over > 0:  # moved to the left, it has to stand clear of the outputs
            formula.next_to(VGroup(self.body, self._outputs), DOWN, buff=theme.SPACE.gap)
            formula.align_to(self._edge * RIGHT, RIGHT)
        return formula.shift(DOWN * max(0.0, formula.get_top()[1] - self._under_links(formula)))

    def _under_links(self, formula: Formula) -> float:
        """Height (y) under which no link runs through a formula below the node."""
        heights = []
        for link in self.links:
            (left, low, _), (right, high, _) = link.get_start(), link.get_end()
            x = max(left, formula.get_left()[0] - theme.SPACE.gap)
            if x < right:
                heights.append(low + (high - low) * (x - left) / (right - left))
        lowest = min(heights, default=np.inf)
        return float(lowest - theme.SPACE.gap / 2)

    def value_beside(self, text: str) -> Formula:
        """The cost with its value, to the right of the node where there is room, else under it."""
        formula = self.value(text)
        room = self._edge - self.body.get_right()[0]
        return formula.next_to(self.body, RIGHT) if room > 1.1 * formula.width else formula

    def shade(self, opacity: float, *, but: int | None = None) -> list[Any]:
        """The change of the node and its links to an opacity; or of all links but one."""
        links = VGroup(*(link for i, link in enumerate(self.links) if i != but))
        changes: list[Any] = [links.animate.set_stroke(opacity=opacity)] if len(links) else []
        if but is None:
            changes.append(self.body.animate.set_stroke(opacity=opacity))
            changes.append(self.name_inside.animate.set_opacity(opacity))
        return changes

    def sparks(self, *, back: bool = False) -> Animation:
        """Signal from the outputs into the node, or gradient from the node back to them."""
        colours = theme.palette()
        colour = colours.gradient if back else colours.signal
        ends = [(link.get_start(), link.get_end()) for link in self.links]
        return AnimationGroup(*(spark(*(e[::-1] if back else e), colour) for e in ends))


def room_for_cost(stage: Stage, network: NetworkPicture) -> tuple[Zone, Zone]:
    """Where the cost's node stands, to the right of the outputs, and the panel beside it."""
    if not stage.beside:
        return stage.outcome, stage.panel
    radius = 1.25 * network.radius
    x = min(stage.picture.right + 0.1, stage.whole.right - radius)
    node = Zone(x, x, stage.picture.bottom, stage.picture.top)
    return node, replace(stage.panel, left=max(stage.panel.left, x + radius + theme.SPACE.gap))


class Legend(VGroup):
    """What the looks of wires and neurons mean, a row for each."""

    def __init__(self, network: NetworkPicture, *, negative: bool) -> None:
        colours = theme.palette()
        wide = VGroup(
            *(
                Line(ORIGIN, RIGHT * 0.8).set_stroke(colours.positive, width)
                for width in (theme.STROKE.hair, theme.STROKE.heavy)
            )
        ).arrange(DOWN, buff=0.16)
        dashed = DashedLine(ORIGIN, RIGHT * 0.8, dash_length=0.13, dashed_ratio=0.58)
        dashed.set_stroke(colours.negative, theme.STROKE.strong)
        dots = VGroup(
            *(
                Circle(radius=0.17, color=colours.text, stroke_width=theme.STROKE.hair).set_fill(
                    network.brightness(strength), 1
                )
                for strength in (0.1, 0.9)
            )
        ).arrange(RIGHT, buff=0.1)
        rows: list[tuple[VMobject, str]] = [
            (wide, "wider: weight of larger size"),
            (dots, "stronger: larger activation"),
        ]
        if negative:
            rows.insert(1, (dashed, "dashed: negative weight"))
        words = [Words(text, size=theme.SIZE.label, color=colours.muted) for _, text in rows]
        self.rows = [VGroup(icon, word) for (icon, _), word in zip(rows, words, strict=True)]
        for number, (icon, word) in enumerate(self.rows):
            icon.move_to(DOWN * 0.6 * number)
            word.next_to(icon, RIGHT, buff=theme.SPACE.gap)
            word.shift(RIGHT * (1.0 - icon.width) / 2)
        super().__init__(*self.rows)


class NetworkPicture(VGroup):
    """Neurons and wires of a lesson's network inside a zone.

    Layers are numbered from 0 (the input); neurons from 0 at the top.  Room is kept to the right
    of the outputs for their targets.
    """

    def __init__(self, lesson: NetworkLesson, zone: Zone) -> None:
        self.lesson = lesson
        self.zone = zone
        self.colours = theme.palette()
        self.sizes = lesson.layers
        tallest = max(self.sizes)
        room_for_target, room_for_bias = 1.15, 0.45
        self._height = zone.height - 2 * room_for_bias
        columns = len(self.sizes)
        self.radius = min(
            _LARGEST_RADIUS,
            (0.42 if zone.lies else 0.4) * self._height / tallest,
            0.3 * (zone.width - room_for_target) / columns,
        )
        self._x = np.linspace(
            zone.left + self.radius, zone.right - self.radius - room_for_target, columns
        )
        self.layers = [self._column(layer) for layer in range(columns)]
        self.labels: dict[tuple[int, int, int], WireLabel] = {}
        self.paths: dict[tuple[int, int, int], Line] = {}
        self.wires = {(layer, j, k): self._wire(layer, j, k) for layer, j, k in self._wire_keys()}
        super().__init__(
            VGroup(*self.wires.values()), VGroup(*(VGroup(*layer) for layer in self.layers))
        )

    # -- parts

    def neuron(self, layer: int, j: int) -> Neuron:
        """Neuron ``j`` of a layer."""
        return self.layers[layer][j]

    def wire(self, layer: int, j: int, k: int) -> VMobject:
        """The wire into neuron ``j`` of a layer from neuron ``k`` of the layer before."""
        return self.wires[layer, j, k]

    def wires_into(self, layer: int, j: int | None = None) -> VGroup:
        """The wires into a layer, or into one of its neurons."""
        chosen = (w for (to, i, _), w in self.wires.items() if to == layer and j in (None, i))
        return VGroup(*chosen)

    def neurons(self, layer: int) -> VGroup:
        """All neurons of a layer."""
        return VGroup(*self.layers[layer])

    def _wire_keys(self) -> Iterator[tuple[int, int, int]]:
        for layer in range(1, len(self.sizes)):
            for j in range(self.sizes[layer]):
                for k in range(self.sizes[layer - 1]):
                    yield layer, j, k

    def _column(self, layer: int) -> list[Neuron]:
        size = self.sizes[layer]
        pitch = min(self._height / max(self.sizes), 3.6 * self.radius)
        offsets = (np.arange(size) - (size - 1) / 2) * pitch
        middle = self.zone.center[1]
        return [
            Neuron(self.radius).move_to(np.array([self._x[layer], middle - offset, 0.0]))
            for offset in offsets
        ]

    def _wire(self, layer: int, j: int, k: int) -> VMobject:
        weight = self.lesson.weights[layer - 1][j][k]
        start, end = self.neuron(layer - 1, k), self.neuron(layer, j)
        direction = end.get_center() - start.get_center()
        direction = direction / np.linalg.norm(direction)
        ends = (
            start.get_center() + direction * self.radius,
            end.get_center() - direction * self.radius,
        )
        width = self.wire_width(weight)
        if weight < 0:
            wire: VMobject = DashedLine(*ends, dash_length=0.13, dashed_ratio=0.58)
            wire.set_stroke(self.colours.negative, width)
        else:
            wire = Line(*ends).set_stroke(self.colours.positive, width)
        self.paths[layer, j, k] = Line(*ends)
        return wire.set_z_index(1)

    def wire_width(self, weight: float) -> float:
        """Stroke width of a wire: the larger the weight, the wider."""
        largest = max(abs(w) for matrix in self.lesson.weights for row in matrix for w in row)
        share = abs(weight) / largest if largest else 0.0
        width = theme.STROKE.hair + share * (theme.STROKE.heavy - theme.STROKE.hair)
        return width * self.radius / _LARGEST_RADIUS

    # -- labels

    def label_wires_into(self, layer: int, j: int, numbers: Sequence[Number]) -> list[WireLabel]:
        """The weights' values above the wires into a neuron; none where they would collide.

        The first way of placing them along the wires that keeps them off each other and off the
        neurons is taken.
        """
        keys = [(layer, j, k) for k in range(len(numbers))]
        self.labels |= (found := self._labelled(keys, numbers))
        return list(found.values())

    def label_wires_from(self, layer: int, k: int, numbers: Sequence[Number]) -> list[WireLabel]:
        """The same above the wires out of neuron ``k`` of a layer."""
        keys = [(layer + 1, j, k) for j in range(len(numbers))]
        return list(self._labelled(keys, numbers).values())

    def _labelled(
        self, keys: Sequence[tuple[int, int, int]], numbers: Sequence[Number]
    ) -> dict[tuple[int, int, int], WireLabel]:
        for shares in ((0.5, 0.66), (0.66, 0.5), (0.35, 0.35), (0.45, 0.6)):
            labels = {
                key: self._wire_label(*key, number, shares[n % 2])
                for n, (key, number) in enumerate(zip(keys, numbers, strict=True))
            }
            if not self._collide(list(labels.values())):
                return labels
        return {}

    def _wire_label(self, layer: int, j: int, k: int, number: Number, share: float) -> WireLabel:
        negative = number.value < 0
        label = WireLabel(number, self.colours.negative if negative else self.colours.positive)
        wire = self.paths[layer, j, k]
        direction = wire.get_unit_vector()
        normal = np.array([-direction[1], direction[0], 0.0])
        reach = abs(normal[0]) * label.width / 2 + abs(normal[1]) * label.height / 2
        return label.move_to(wire.point_from_proportion(share) + normal * (reach + 0.04))

    def _collide(self, labels: Sequence[WireLabel]) -> bool:
        boxes = [
            (label.get_left()[0], label.get_right()[0], label.get_bottom()[1], label.get_top()[1])
            for label in labels
        ]
        for number, (left, right, low, high) in enumerate(boxes):
            for other in boxes[number + 1 :]:
                if left < other[1] and other[0] < right and low < other[3] and other[2] < high:
                    return True
            for neuron in (n for layer in self.layers for n in layer):
                x, y, _ = neuron.get_center()
                gap = np.hypot(x - np.clip(x, left, right), y - np.clip(y, low, high))
                if gap < self.radius:
                    return True
        return False

    def send_weight(self, layer: int, j: int, k: int, to: VMobject) -> Animation:
        """Let a weight fly from its wire to where it is used."""
        if (layer, j, k) in self.labels:
            return fly(self.labels[layer, j, k].value, to)
        return FadeIn(to, target_position=self.paths[layer, j, k].get_center(), scale=0.5)

    def fill_in(self, layer: int, numbers: Sequence[Number], colour: ManimColor) -> None:
        """Write values inside a layer's neurons; none where they could not be read."""
        neurons = self.layers[layer]
        if all(n.fits(number.shown) for n, number in zip(neurons, numbers, strict=True)):
            for neuron, number in zip(neurons, numbers, strict=True):
                neuron.hold(number, neuron.label(number.shown, colour))

    def send_value(self, layer: int, j: int, to: VMobject) -> Animation:
        """Let a neuron's value fly to where it is used."""
        neuron = self.layers[layer][j]
        if neuron.value is not None:
            return fly(neuron.value, to)
        return FadeIn(to, target_position=neuron, scale=0.5)

    def bias_label(self, layer: int, j: int, number: Number) -> BiasLabel:
        """A neuron's bias, above it."""
        label = BiasLabel(number)
        label.next_to(self.neuron(layer, j), UP, buff=0.12)
        return label

    def beside_outputs(self, mobjects: Sequence[VMobject]) -> VGroup:
        """Place one thing to the right of each output neuron."""
        for neuron, mobject in zip(self.layers[-1], mobjects, strict=True):
            mobject.next_to(neuron, RIGHT, buff=theme.SPACE.gap)
        return VGroup(*mobjects)

    # -- moves

    def _spark(
        self, key: tuple[int, int, int], run_time: float, *, back: bool = False
    ) -> Animation:
        """A dot that runs along one wire, and is gone at its end."""
        path = self.paths[key]
        ends = (path.get_end(), path.get_start()) if back else (path.get_start(), path.get_end())
        return spark(*ends, self.colours.gradient if back else self.colours.signal, run_time)

    def pulses_into(
        self, layer: int, j: int | None = None, run_time: float = theme.TEMPO.move
    ) -> AnimationGroup:
        """Sparks along all wires into a layer, or into one of its neurons."""
        keys = [key for key in self.wires if key[0] == layer and j in (None, key[1])]
        return AnimationGroup(*(self._spark(key, run_time) for key in keys))

    def pulses_back(
        self, layer: int, j: int | None = None, run_time: float = theme.TEMPO.move
    ) -> AnimationGroup:
        """Sparks of gradient along all wires of a layer, or of one neuron, from there back."""
        keys = [key for key in self.wires if key[0] == layer and j in (None, key[1])]
        return AnimationGroup(*(self._spark(key, run_time, back=True) for key in keys))

    def appear(self) -> Animation:
        """Draw the network from left to right."""
        steps: list[Animation] = []
        for layer, neurons in enumerate(self.layers):
            if layer:
                steps.append(AnimationGroup(*(Create(w) for w in self.wires_into(layer))))
            steps.append(AnimationGroup(*(GrowFromCenter(n) for n in neurons)))
        return LaggedStart(*steps, lag_ratio=0.5)

    def spotlight(self, layer: int, j: int | None = None) -> list[Any]:
        """Dim everything but a layer, or one of its neurons, with its wires and what feeds them."""
        lit: list[VMobject] = [
            wire for (to, i, _), wire in self.wires.items() if to == layer and j in (None, i)
        ]
        for here in (layer - 1, layer):
            for i, neuron in enumerate(self.layers[here]):
                if here < layer or j in (None, i):
                    lit += neuron.drawn
        return self._brighten(lit)

    def neurons_alone(self, *layers: int) -> list[Any]:
        """Dim everything but the neurons of some layers."""
        chosen = (neuron for layer in layers for neuron in self.layers[layer])
        return self._brighten([part for neuron in chosen for part in neuron.drawn])

    def all_bright(self) -> list[Any]:
        """Undo every spotlight."""
        return self._brighten(self._drawn())

    def _drawn(self) -> list[VMobject]:
        neurons = (n for layer in self.layers for n in layer)
        return [*self.wires.values(), *(part for n in neurons for part in n.drawn)]

    def _brighten(self, lit: Sequence[VMobject]) -> list[Any]:
        """Full strength for what is lit, a hint for the rest; values fade with their neurons."""
        chosen = {id(part) for part in lit}
        changes = []
        for opacity, wanted in ((1.0, True), (theme.DIM, False)):
            parts = [p for p in self._drawn() if (id(p) in chosen) is wanted]
            changes += self._fade(parts, opacity)
        return changes

    @staticmethod
    def _fade(parts: Sequence[VMobject], opacity: float) -> list[Any]:
        """The change of parts to an opacity."""
        wires = VGroup(*(p for p in parts if isinstance(p, Line)))
        neurons = VGroup(*(p for p in parts if not isinstance(p, Line)))
        changes = [wires.animate.set_stroke(opacity=opacity)] if len(wires) else []
        return [*changes, neurons.animate.set_opacity(opacity)] if len(neurons) else changes

    def swell_wires(
        self, negative: bool | None = None, into: tuple[int, int] | None = None
    ) -> Animation:
        """Let wires swell for a moment: all, those of one sign, or those into one neuron."""
        chosen = [
            wire
            for (layer, j, k), wire in self.wires.items()
            if negative in (None, self.lesson.weights[layer - 1][j][k] < 0)
            and into in (None, (layer, j))
        ]
        return AnimationGroup(*(Swell(wire) for wire in chosen))

    def swell_neurons(self, only: int | None = None) -> Animation:
        """Let the neurons that carry an activation, or those of one layer, swell for a moment."""
        layers = self.layers[1:] if only is None else [self.layers[only]]
        neurons = [n for layer in layers for n in layer]
        swollen = (VGroup(*n.drawn) for n in neurons)
        return AnimationGroup(*(ScaleInPlace(s, 1.15, rate_func=there_and_back) for s in swollen))

    def brightness(self, strength: float) -> ManimColor:
        """Background for 0, towards the signal's colour for 1; a value on it still reads."""
        share = 0.62 * min(max(strength, 0.0), 1.0)
        return interpolate_color(self.colours.background, self.colours.signal, share)

    def point_out(self, layer: int, j: int, k: int) -> Animation:
        """Turn one wire to the gradient's colour: it is the one in question.

        It swells for a moment, but keeps its width, which tells the weight's size.
        """
        wire = self.wires[layer, j, k]
        turn = as_animation(wire.animate.set_stroke(self.colours.gradient, opacity=1))
        return AnimationGroup(turn, Swell(wire, 3.0))

    def single_out(self, layer: int, j: int, k: int) -> list[Any]:
        """Point one wire out, and dim all else."""
        wire = self.wires[layer, j, k]
        others = [part for part in self._drawn() if part is not wire]
        return [*self._fade(others, theme.DIM), self.point_out(layer, j, k)]

    def light(self, layer: int, numbers: Sequence[Number], only: int | None = None) -> list[Light]:
        """Fill each neuron of a layer by its activation, and write the value inside if it fits."""
        neurons = self.layers[layer]
        legible = all(n.fits(number.shown) for n, number in zip(neurons, numbers, strict=True))
        fills = [self.brightness(strength) for strength in self._strengths(numbers)]
        return [
            Light(neuron, number, fill, legible)
            for j, (neuron, number, fill) in enumerate(zip(neurons, numbers, fills, strict=True))
            if only in (None, j) and neuron.shows != number
        ]

    def _strengths(self, numbers: Sequence[Number]) -> list[float]:
        """Brightness from 0 to 1, rising with the activation."""
        values = [number.value for number in numbers]
        low, high = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}.get(
            self.lesson.activation, (min(0.0, *values), max(1.0, *values))
        )
        return [(value - low) / (high - low) for value in values]

    def rewire(self, weights: Sequence[Weights]) -> Rewiring:
        """Turn the wires into those of other weights, a matrix for each layer."""
        new = tuple(tuple(tuple(float(w) for w in row) for row in matrix) for matrix in weights)
        return Rewiring(self, NetworkPicture(replace(self.lesson, weights=new), self.zone))


class Light(AnimationGroup):
    """A neuron's fill tells its activation, and so does a value inside, where it can be read."""

    def __init__(self, neuron: Neuron, number: Number, fill: ManimColor, legible: bool) -> None:
        self._neuron, self._number = neuron, number
        self._value = neuron.label(number.shown) if legible else None
        value = [] if self._value is None else [FadeIn(self._value, scale=1.2)]
        filled = as_animation(neuron.body.animate.set_fill(fill, opacity=1))
        super().__init__(filled, *value)

    def _setup_scene(self, scene: Scene) -> None:
        self._neuron.hold(self._number, self._value)
        super()._setup_scene(scene)


class Rewiring(AnimationGroup):
    """The wires become those of another network; what the neurons held goes."""

    def __init__(self, old: NetworkPicture, new: NetworkPicture) -> None:
        self._old, self._new = old, new
        self._neurons = [neuron for layer in old.layers[1:] for neuron in layer]
        values = [neuron.value for neuron in self._neurons if neuron.value is not None]
        wires = (ReplacementTransform(wire, new.wires[key]) for key, wire in old.wires.items())
        super().__init__(*([FadeOut(*values)] if values else []), *wires)

    def clean_up_from_scene(self, scene: Scene) -> None:
        super().clean_up_from_scene(scene)
        old, new = self._old, self._new
        old.lesson, old.wires = new.lesson, new.wires
        old.submobjects[0].submobjects = list(new.wires.values())
        for neuron in self._neurons:
            neuron.hold(None, None)
