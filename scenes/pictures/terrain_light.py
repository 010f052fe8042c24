"""How a landscape is lit and painted: warm key, blue rim, soft shadow, contours, haze and fog.

Light, haze and fog are smooth, and are computed for one pixel in sixteen; contours and texture for
each.  Where the ground has an edge in the picture, all of it is computed four times a pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from manim import ManimColor
from numpy.typing import NDArray
from PIL import Image

from scenes.pictures import theme
from scenes.pictures.terrain_view import Floats, Hits, Land, Shot, Sight, bilinear, noise

_BLOCK, _STRIP = 4, 128
"""Pixels along the side of a block whose light is computed once, and rows painted at a time."""


def rgb(colour: ManimColor) -> Floats:
    """A colour's three parts, 0 to 1."""
    return np.asarray(colour.to_rgb(), np.float32)


def smooth(t: Any) -> Any:
    """From 0 to 1 without a corner."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def tiled(tile: Floats, x: Floats, y: Floats, width: float) -> Floats:
    """A tile's values where it is laid over the map again and again."""
    size = tile.shape[0] - 1
    x, y = x * (1 / width), y * (1 / width)
    return bilinear(tile, (x - np.floor(x)) * size, (y - np.floor(y)) * size)


class Ground:
    """What of a land's looks does not depend on the camera: texture, noise and shadows."""

    def __init__(self, land: Land, seed: int, spacing: float) -> None:
        self.land, self.spacing = land, spacing * land.scale
        stars = np.random.default_rng(seed).standard_normal((2500, 4))
        stars[:, 2] = np.abs(stars[:, 2])
        stars[:, :3] /= np.linalg.norm(stars[:, :3], axis=1, keepdims=True)
        stars[:, 3] = np.clip(np.abs(stars[:, 3]) / 2, 0.15, 1) ** 1.4
        stars[:, 3] *= smooth(stars[:, 2] / 0.22)  # none in the mist at the horizon
        self.stars = stars.astype(np.float32)
        facts = f"{seed} {spacing} {land.corner} {land.cell}".encode()
        self.digest = blake2b(facts + land.raster.tobytes(), digest_size=20).digest()
        wrap = ((0, 1), (0, 1))
        self.banks = np.pad(noise(seed, 2.3), wrap, mode="wrap")
        self.grain = np.pad(noise(seed + 1, 0.9), wrap, mode="wrap")
        self.dither = np.random.default_rng(seed).random((64, 64), np.float32)
        self.shadow = lru_cache(maxsize=8)(self._shadow)

    def __deepcopy__(self, memo: dict[int, Any]) -> Ground:
        return self

    def _shadow(self, sun: tuple[float, float], rise: float, sea: float) -> Floats:
        """How much of the sun is seen from each place of the land, or of the fog over it."""
        light = Shot((0, 0, 0), 0, sun=sun).light
        step = max(1, max(self.land.shape) // 160)
        ground = np.float32(rise) * self.land.raster[::step, ::step, 3]
        here = np.maximum(ground, np.float32(sea))
        rows, columns = np.indices(here.shape, np.float32)
        cell, flat = self.land.cell * step, float(np.hypot(light[0], light[1]))
        worst = np.full(here.shape, -1.0, np.float32)
        for way in np.geomspace(0.05, 4.5, 32):
            dx, dy = way * light[0] / flat / cell, way * light[1] / flat / cell
            there = bilinear(ground, (columns + dx).ravel(), (rows + dy).ravel())
            over = there.reshape(here.shape) - here - way * light[2] / flat
            worst = np.maximum(worst, over / (0.06 + 0.16 * way))
        return np.asarray(1 - smooth(0.5 + worst), np.float32)


def _under_a_ramp(t: Floats) -> Floats:
    """The area under a line from 0 at −1 to 1 at 1, level before and after, up to t."""
    return np.where(t > 1, t, np.clip(t + 1, 0, 2) ** 2 / 4).astype(np.float32)


class Painter:
    """Paints what one sight shows."""

    def __init__(self, sight: Sight, ground: Ground) -> None:
        self._sight, self._ground, self._shot = sight, ground, sight.shot
        self._colours = {name: rgb(colour) for name, colour in vars(theme.land()).items()}
        self._cost = rgb(theme.palette().cost)
        self._night = float(self._colours["sky"].mean()) < 0.5
        self._light = sight.shot.light.astype(np.float32)
        self._sea = ground.land.sea(sight.shot.fog)
        sea = round(float(self._sea), 2) if sight.shot.fog > 0 else -99.0
        self._shadow = ground.shadow(sight.shot.sun, round(sight.shot.rise, 3), sea)

    # -- smooth things

    def _sky(self, ways: Floats) -> Floats:
        c = self._colours
        up = np.clip(ways[:, 2:], 0, 1)
        sky = c["horizon"] + (c["sky"] - c["horizon"]) * np.clip(up / 0.42, 0, 1) ** 0.7
        facing = (ways[:, :2] @ (self._light[:2] / np.hypot(*self._light[:2])))[:, None]
        mist = 0.30 * np.exp(-up / 0.05) + 0.08 * np.exp(-up / 0.2)
        sky = sky + mist * (c["fog"] - sky)
        glow = np.exp(-up / 0.09) * (0.5 + 0.5 * facing) ** 2.4
        return np.asarray(sky + 0.8 * glow * (c["glow"] - sky), np.float32)

    def _haze(self, ways: Floats, distance: Floats) -> Floats:
        flat = distance * (1 - ways[:, 2] ** 2)
        return 1 - np.exp(-((np.maximum(flat - 2.5, 0) / 10.0) ** 1.4))

    def _ground_light(self, hits: Hits) -> Floats:
        c, light = self._colours, self._light
        x, y, z = hits.places.T
        steep = np.hypot(*hits.slopes.T)
        upright = 1 / np.sqrt(1 + steep**2)
        normal = np.stack([-hits.slopes[:, 0], -hits.slopes[:, 1], np.ones_like(z)], -1)
        normal *= upright[:, None]
        key = np.clip(normal @ light, 0, 1) / max(float(light[2]), 0.35)
        key *= self._ground.land.sampled(self._shadow, x, y)
        facing = np.clip(-(normal * hits.ways).sum(1), 0, 1)
        behind = np.array([-light[0], -light[1], 0.4], np.float32)
        rim = (1 - facing) ** 3 * np.clip(normal @ behind, 0, 1)
        high = np.clip(np.abs(z) / max(self._ground.land.peak, 1e-6), 0, 1)
        rock = c["rock"]
        if self._shot.cost:
            share = self._shot.cost * (0.25 + 0.6 * high[:, None])
            rock = rock + share * (self._cost - rock)
        dark = rock * (0.32 + 0.26 * upright + 0.22 * high)[:, None]
        if not self._night:
            dark = rock * (0.80 + 0.25 * upright)[:, None]
            dark += (0.45 * smooth(1 - 2.5 * high))[:, None] * (c["horizon"] - dark)
        off = np.hypot(x - self._shot.boots[0], y - self._shot.boots[1]) / self._shot.clear
        sunk = (self._shot.fog > 0) * smooth((self._sea - z) / 0.3 + 0.5) * smooth(1 - off / 1.1)
        tint = np.maximum(smooth(0.2 + 0.95 * np.sqrt(high)), sunk)[:, None]
        evening = c["lit"] + 0.3 * (c["glow"] - c["lit"])
        warm = rock + tint * ((1.22 if self._night else 1.05) * evening - rock)
        if self._shot.cost:
            warm = warm + 0.7 * share * (self._cost - warm)
        key = key + 0.9 * sunk * upright  # a pool of light where there is nothing but fog
        shade = 1 - np.exp(-1.5 * key)
        lit = dark + shade[:, None] * (warm - dark)
        lit += (0.3 * rim)[:, None] * (c["rim"] - 0.4 * lit)
        return np.asarray(lit, np.float32)

    def _fog(self, hits: Hits, level: Floats) -> tuple[Floats, Floats]:
        """The fog's colour in front of what rays meet, and how much of it shows.

        level: the sky's colour at the horizon.
        """
        shot, c, banks = self._shot, self._colours, self._ground.banks
        if shot.fog <= 0:
            return np.zeros((len(hits.distance), 3), np.float32), np.zeros_like(hits.distance)
        eye, ways, drift = np.array(shot.eye, np.float32), hits.ways, shot.drift
        end = np.where(hits.is_sky, np.float32(40.0), hits.distance)
        bank = np.zeros_like(end)
        fall = np.where(np.abs(ways[:, 2]) < 1e-4, 1e-4, ways[:, 2])

        def waves(x: Floats, y: Floats) -> Floats:
            one = tiled(banks, x + 0.5 * drift, y + 0.2 * drift, 13.0)
            two = tiled(banks, y - 0.3 * drift, x + 0.4 * drift, 5.3)
            three = tiled(banks, x + 0.9 * drift, 0.6 * y, 1.9)
            return np.asarray(one + 0.35 * two + 0.10 * three, np.float32)

        for _ in range(2):  # where the ray goes into the fog, whose top is in waves
            enter = (self._sea + 0.07 * bank - eye[2]) / fall
            enter = np.where((enter > 0) & (fall < 0), np.minimum(enter, end), 0)
            x, y = (eye[i] + np.where(enter > 0, enter, np.float32(7)) * ways[:, i] for i in (0, 1))
            here = waves(x, y)
            bank = here / (1 + (enter / 7) ** 2)
        lean = here - waves(x + 0.2 * self._light[0], y + 0.2 * self._light[1])
        sea = self._sea + np.where(enter > 0, 0.07 * bank, 0)
        # What lies below a soft top, along a straight way: the integral of a ramp.
        soft = 0.16
        first, last = ((sea - height) / soft for height in (eye[2], eye[2] + end * ways[:, 2]))
        inside = _under_a_ramp(first) - _under_a_ramp(last)
        same = np.abs(first - last) < 1e-3
        share = np.where(same, np.clip((first + 1) / 2, 0, 1), inside / (first - last + same))
        off = np.hypot(hits.places[:, 0] - shot.boots[0], hits.places[:, 1] - shot.boots[1])
        beyond = smooth((off / shot.clear - 0.62 + 0.06 * bank) / 0.55)
        thick = 3.2 * share * end * (0.015 + np.where(hits.is_sky, 1, beyond))
        cover = 1 - np.exp(-thick)
        lean = lean / (1 + 0.06 * enter**2)
        tone = 0.66 + 0.09 * bank + 1.9 * np.clip(lean, -0.3, 0.3)
        shade = self._ground.land.sampled(self._shadow, x, y)
        veil = 0.38 if self._night else 0.75  # seen from within, the fog is darker
        above = smooth((eye[2] - self._sea) / 0.3)
        within = veil + 0.07 * bank + 0.25 * ways[:, 2]
        tone = within + above * (tone * (0.62 + 0.38 * shade) - within)
        deep = c["horizon"] if self._night else 0.93 * c["horizon"]
        colour = deep + np.clip(tone, 0.05, 1)[:, None] * (c["fog"] - deep)
        warm = np.clip(lean, 0, 0.4)[:, None] * above
        colour = colour + 1.5 * warm * (c["lit"] - colour)
        far = (self._haze(ways, 0.75 * enter) * above)[:, None]
        colour = colour + far * (level - colour)
        return np.asarray(colour, np.float32), np.asarray(cover, np.float32)

    def light(self, hits: Hits) -> tuple[Floats, Floats]:
        """Colours of what rays meet, but for contours and texture, and how bare the ground is.

        Where there is only sky, it is bare to a negative degree.
        """
        sky, level = self._sky(hits.ways), self._sky(hits.ways * np.array([1, 1, 0], np.float32))
        haze = np.where(hits.is_sky, 1, self._haze(hits.ways, hits.distance))[:, None]
        colour = self._ground_light(hits)
        colour += haze * (level - colour)
        colour = np.where(hits.is_sky[:, None], sky, colour)
        fog, cover = self._fog(hits, level)
        colour += cover[:, None] * (fog - colour)
        bare = np.where(hits.is_sky, -1, 1 - haze[:, 0]) * (1 - cover)
        return np.asarray(colour, np.float32), bare.astype(np.float32)

    # -- fine things

    def _spread(self, hits: Hits) -> tuple[Floats, Floats]:
        """How much height, and how much of the map, one pixel shows."""
        normal = np.concatenate([-hits.slopes, np.ones((len(hits.slopes), 1), np.float32)], 1)
        facing = (normal * hits.ways).sum(1)
        facing = np.where(np.abs(facing) < 1e-3, -1e-3, facing)
        land = self._ground.land
        slopes = land.sampled(land.slopes, hits.places[:, 0], hits.places[:, 1])
        rise, ground = [], []
        for axis in self._sight.axes[1:]:
            turn = axis / self._sight.focal
            along = -hits.distance * (normal @ turn) / facing
            move = hits.distance[:, None] * turn[:2] + along[:, None] * hits.ways[:, :2]
            rise.append((slopes * move).sum(1))
            ground.append(np.hypot(move[:, 0], move[:, 1]))
        return np.hypot(*rise), np.maximum(*ground)

    def _rough(self, x: Floats, y: Floats, ground: Floats) -> Floats:
        """How much brighter the ground's grain is, as far as pixels so large can show it."""
        grain = self._ground.grain
        rough = 0.045 * tiled(grain, x, y, 1.7) * np.clip(1.5 - ground / 0.012, 0, 1)
        near = np.nonzero(ground < 0.0033)[0]
        fine = tiled(grain, y[near], x[near], 0.31)
        rough[near] += 0.05 * fine * np.clip(1.5 - ground[near] / 0.0022, 0, 1)
        return np.asarray(np.clip(rough, -0.3, 0.3), np.float32)

    def _detail(self, colour: Floats, layers: Sequence[Floats]) -> Floats:
        """Contours and grain on colours, in place; layers: bareness, height, its rise, grain."""
        bare, height, rise, rough = layers
        spacing = self._ground.spacing
        bare = np.maximum(bare, 0)
        colour *= (1 + rough * bare)[:, None]
        level = height * (1 / spacing)
        rank = np.rint(level)
        rise = np.maximum(rise * (1 / spacing), 1e-6)
        width = max(1.0, self._sight.size[1] / 900)
        cover = np.clip(width / 2 + 0.5 - np.abs(level - rank) / rise, 0, 1)
        cover *= np.clip(1.4 - 4 * rise, 0, 1) * (np.abs(rank) > 0) * bare
        cover *= np.where(rank % 5 == 0, np.float32(0.6), np.float32(0.34))
        drawn = np.nonzero(cover)[0]
        colour[drawn] += cover[drawn, None] * (self._colours["contour"] - colour[drawn])
        return colour

    def _add_stars(self, strip: Floats, sky: Floats, top: int) -> None:
        """Faint stars, which keep their places in the sky; each covers a few pixels."""
        (width, height), stars = self._sight.size, self._ground.stars
        depth, right, up = self._sight.axes @ stars[:, :3].T
        scale = self._sight.focal / np.maximum(depth, 0.1)
        x, y = width / 2 + scale * right, height / 2 - scale * up - top
        size = max(height / 1080, 0.6)
        reach = np.arange(-int(3 * size), int(3 * size) + 1)
        dy, dx = (part.ravel()[:, None] for part in np.meshgrid(reach, reach))
        columns, rows = np.rint(x).astype(np.int32) + dx, np.rint(y).astype(np.int32) + dy
        off = (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2
        glow = stars[:, 3] * np.exp(-off / (0.9 * size) ** 2)
        inside = (
            (columns >= 0)
            & (columns < width)
            & (rows >= 0)
            & (rows < len(sky) // width)
            & (depth > 0.1)
        )
        where = rows[inside] * width + columns[inside]
        share = (glow[inside] * np.clip(sky[where], 0, 1))[:, None]
        np.add.at(strip, where, share * (self._colours["contour"] - strip[where]))

    def samples(self, column: Floats, row: Floats) -> Floats:
        """Colours at points of the frame, everything included."""
        hits = self._sight.trace(column, row)
        colour, bare = self.light(hits)
        rise, ground = self._spread(hits)
        rough = self._rough(hits.places[:, 0], hits.places[:, 1], ground)
        return self._detail(colour, (bare, hits.levels, rise, rough))

    def paint(self) -> NDArray[np.uint8]:
        """The picture, shape (height, width, 3)."""
        width, height = self._sight.size
        columns, rows = -(-width // _BLOCK), -(-height // _BLOCK)
        # One block more on each side, so that every pixel lies between the middles of blocks.
        u = (np.arange(-1, columns + 1, dtype=np.float32) + 0.5) * (width / columns)
        v = (np.arange(-1, rows + 1, dtype=np.float32) + 0.5) * (height / rows)
        across, down = np.meshgrid(u, v)
        hits = self._sight.trace(across.ravel(), down.ravel())
        colour, bare = self.light(hits)
        rise, ground = self._spread(hits)

        def blocks(layer: Any) -> Image.Image:
            return Image.fromarray(np.asarray(layer, np.float32).reshape(across.shape))

        def grown(layer: Image.Image, top: int, bottom: int, margin: int = 1) -> Floats:
            """The rows of a layer of blocks, with so many more on each side, in pixels."""
            scale = (layer.height - 2 * margin) / height
            box = (margin, margin + top * scale, layer.width - margin, margin + bottom * scale)
            size = (width, bottom - top)
            return np.asarray(layer.resize(size, Image.Resampling.BILINEAR, box=box))

        half = (-(-width // 2), -(-height // 2))
        inner = (1, 1, columns + 1, rows + 1)
        x, y, size = (
            np.asarray(blocks(part).resize(half, Image.Resampling.BILINEAR, box=inner)).ravel()
            for part in (hits.places[:, 0], hits.places[:, 1], ground)
        )
        rough = Image.fromarray(self._rough(x, y, size).reshape(half[::-1]))
        paints = [blocks(part) for part in colour.T]
        fine = [blocks(part) for part in (bare, hits.levels, rise)]
        hidden = hits.is_sky | (np.abs(bare) < 0.02)  # an edge in thick fog is none
        near = np.where(hidden, 0, 1 / hits.distance).reshape(across.shape)
        where, edges = self._edges(near)
        dither = np.tile(self._ground.dither, (_STRIP // 64, -(-width // 64)))[:, :width, None]
        picture = np.empty((height, width, 3), np.uint8)
        for top in range(0, height, _STRIP):  # a part at a time, which the processor holds at hand
            bottom = min(top + _STRIP, height)
            strip = np.stack([grown(part, top, bottom).ravel() for part in paints], -1)
            layers = [grown(part, top, bottom).ravel() for part in fine]
            if layers[0].max() > 0.01:
                layers.append(grown(rough, top, bottom, 0).ravel())
                self._detail(strip, layers)
            if self._night:
                self._add_stars(strip, -layers[0], top)
            first, last = np.searchsorted(where, (top * width, bottom * width))
            strip[where[first:last] - top * width] = edges[first:last]
            strip = strip.reshape(-1, width, 3) * np.float32(255) + dither[: bottom - top]
            picture[top:bottom] = np.clip(strip, 0, 255)
        return picture

    def _edges(self, near: Floats) -> tuple[NDArray[np.int64], Floats]:
        """The pixels where the ground is torn, and their colours, each from four samples."""
        width, height = self._sight.size
        torn = _torn(near)
        # Which four blocks' middles each row and each column of pixels lies between.
        down, across = (
            ((np.arange(pixels) + 0.5) * (blocks - 1) / pixels + 0.5).astype(np.int32)
            for pixels, blocks in zip((height, width), torn.shape, strict=True)
        )
        where = np.nonzero(torn[down][:, across].ravel())[0]
        row, column = (part.astype(np.float32) for part in np.divmod(where, width))
        colours = np.zeros((len(where), 3), np.float32)
        for dx, dy in ((0.125, 0.625), (0.375, 0.125), (0.625, 0.875), (0.875, 0.375)):
            colours += self.samples(column + dx, row + dy) / 4
        return where, colours


def _torn(near: Floats) -> NDArray[np.bool_]:
    """Between which four neighbours the ground is torn: 1/distance bends there on both sides, as it
    does not on a plane."""
    torn = np.zeros((near.shape[0] - 1, near.shape[1] - 1), np.bool_)
    for picture, made in ((near, torn), (near.T, torn.T)):
        bend = np.zeros_like(picture)
        bend[1:-1] = np.abs(picture[:-2] - 2 * picture[1:-1] + picture[2:])
        bent = bend > 0.03 * np.maximum(picture, 1e-3)
        step = bent[:-1] & bent[1:]
        made |= step[:, :-1] | step[:, 1:]
    return torn
