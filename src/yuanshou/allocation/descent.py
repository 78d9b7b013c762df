"""Lower a smooth convex function over numbers that are not negative: a projected limited-memory quasi-Newton method."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from yuanshou.allocation.curvature import solve_blocks
from yuanshou.tables import BoolArray, FloatArray

RENEW = (4, 12)
RENEW_EVERY = 30
"""Iterations at which the curvature blocks are worked out anew; that costs about as much as three passes."""
WINDOW = 6
SETTLED = 0.0015
"""A temperature is done when `WINDOW` iterations lower the function by less than this share of it, relatively."""


class Smoothed(Protocol):
    """A function of a matrix of rows × weeks and a temperature, with its gradient and curvature by row."""

    recent: list[tuple[FloatArray, FloatArray]]

    def __call__(self, z: FloatArray, temperature: float, *, keep: bool = False) -> tuple[float, FloatArray]: ...

    def curvature(self, z: FloatArray, temperature: float) -> FloatArray: ...


def minimise(
    dual: Smoothed,
    z: FloatArray,
    temperature: float,
    *,
    iterations: int,
    memory: int = 12,
    keep: bool = False,
    settled: float = SETTLED,
) -> FloatArray:
    """Lower the smoothed dual over z ≥ 0 by a projected limited-memory quasi-Newton method.

    The step is taken in the free variables only (those above nought or pushed up by the gradient) and projected; a
    step that does not lower the function enough is shortened. The curvature blocks stand in for what the memory
    cannot know, and are renewed now and then. It ends after `iterations`, or as soon as `WINDOW` of them together
    lowered the function by less than a share `settled` of the temperature: the smoothing itself is off by about one.
    """
    dual.recent.clear()
    value, gradient = dual(z, temperature, keep=keep)
    steps: list[FloatArray] = []
    changes: list[FloatArray] = []
    values = [value]
    bend = dual.curvature(z, temperature)
    for iteration in range(iterations):
        if iteration in RENEW or (iteration and iteration % RENEW_EVERY == 0):
            bend = dual.curvature(z, temperature)
        free = (z > 0) | (gradient < 0)
        masked = np.where(free, gradient, 0.0)
        direction = -_two_loop(masked, steps, changes, bend, free)
        slope = np.vdot(direction, masked)
        if slope >= 0:
            steps.clear()
            changes.clear()
            direction = -_two_loop(masked, steps, changes, bend, free)
        length = 1.0
        for _ in range(12):
            trial = np.maximum(z + length * direction, 0.0)
            new_value, new_gradient = dual(trial, temperature, keep=keep)
            if new_value <= value + 1e-4 * np.vdot(gradient, trial - z):
                break
            length *= 0.4
        else:
            break
        step, change = trial - z, new_gradient - gradient
        if np.vdot(step, change) > 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(change)):
            steps.append(step)
            changes.append(change)
            del steps[:-memory], changes[:-memory]
        z, value, gradient = trial, new_value, new_gradient
        values.append(value)
        if iteration >= WINDOW and values[-1 - WINDOW] - value < settled * temperature * abs(value):
            break
    return z


def _two_loop(
    gradient: FloatArray, steps: list[FloatArray], changes: list[FloatArray], bend: FloatArray, free: BoolArray
) -> FloatArray:
    """The limited-memory inverse curvature, begun from the blocks, times the gradient, in the free variables."""
    direction = gradient.copy()
    factors = []
    for step, change in zip(reversed(steps), reversed(changes), strict=True):
        rho = 1.0 / np.vdot(step, change)
        factor = rho * np.vdot(step, direction)
        direction -= factor * change
        factors.append((rho, factor))
    solved = np.empty_like(direction)
    solve_blocks(bend, free, direction, solved)
    if steps:
        other = np.empty_like(direction)
        solve_blocks(bend, free, changes[-1], other)
        solved *= np.vdot(steps[-1], changes[-1]) / max(float(np.vdot(changes[-1], other)), 1e-300)
    for step, change, (rho, factor) in zip(steps, changes, reversed(factors), strict=True):
        solved += step * (factor - rho * np.vdot(change, solved))
    return np.where(free, solved, 0.0)
