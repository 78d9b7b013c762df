"""Blocks of the program that only some plans have: complete sets, numbers in use, the last plan, whole consignments.

Each function adds nothing where the network does not have its term, so that a plan without terms is the same program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yuanshou.allocation.serving import bundle_groups, set_steps

if TYPE_CHECKING:
    from yuanshou.allocation.blocks import LinearProgram


def complete_sets(program: LinearProgram) -> None:
    """Columns f[set, t, j] in [0, share of step j]: share of the need of a bundle that complete sets cover.

    Each draws need[part, t] · f from the balance of every part, and the objective gains Σ_part weight · value · need · f:
    a part without the others is worth nothing, and no row is needed to say so.
    """
    network = program.network
    for group in bundle_groups(network):
        need, share, worth = set_steps(network, group)
        week, step = np.nonzero(share > 0)
        column = program.add_columns("complete_sets", -worth[week, step] / program.value_unit, share[week, step])
        for part, cell in enumerate(group):
            amount = need[part, week]
            used = np.flatnonzero(amount > 0)
            program.sets.append((np.full(len(used), cell), week[used], column[used], amount[used]))


def numbers_in_use(program: LinearProgram) -> None:
    """Rows Σ_j y[cell, t, j] − J[cell, t] ≤ 0 where need is a number in use: service needs the goods, and keeps them."""
    network, weeks = program.network, program.network.weeks
    level = np.flatnonzero(network.item_level[network.cell_item])
    row_of = np.full(network.cells, -1)
    row_of[level] = np.arange(len(level))
    size = len(level) * weeks
    rows = program.add_rows("numbers_in_use", np.full(size, -np.inf), np.zeros(size))
    stock = program.columns["stock_at_recipient"].reshape(-1, weeks)[level].ravel()
    program.add_entries(rows, stock, -1.0)
    cell, week = program.columns["unmet_need_cell"], program.columns["unmet_need_week"]
    used = np.flatnonzero(row_of[cell] >= 0)
    program.add_entries(rows[row_of[cell[used]] * weeks + week[used]], program.columns["unmet_need"][used], 1.0)


def change_from_last_plan(program: LinearProgram) -> None:
    """Columns k[h] in [0, last sent] and rows k[h] − Σ x[lane, item, week of h] ≤ 0.

    The penalty cost · |x − last| is cost · (x + last − 2 · min(x, last)): every x pays the cost (see `dispatch`), and
    what is kept of the last plan earns it back twice.
    """
    network = program.network
    lane, item, week = network.last_sent[:, :3].astype(np.int64).T
    unit = program.unit[item] if len(item) else np.zeros(0)
    gain = 2 * network.change_cost[item] * unit / program.value_unit
    kept = program.add_columns("kept", -gain, network.last_sent[:, 3] / np.where(unit > 0, unit, 1.0))
    rows = program.add_rows("change_from_last_plan", np.full(len(item), -np.inf), np.zeros(len(item)))
    program.row_unit["change_from_last_plan"] = unit
    program.add_entries(rows, kept, 1.0)
    if not len(item):
        return
    arc, at = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    items, weeks = len(network.items), network.weeks
    key = (network.arc_lane[arc].astype(np.int64) * items + network.pool_item[network.arc_pool[arc]]) * weeks + at
    last = (lane * items + item) * weeks + week
    order = np.argsort(last)
    place = np.minimum(np.searchsorted(last[order], key), len(last) - 1)
    match = np.flatnonzero(last[order][place] == key)
    row = order[place[match]]
    program.add_entries(rows[row], program.columns["dispatch"][match], -program.dispatch_unit[match] / unit[row])


def whole_consignments(program: LinearProgram) -> None:
    """Dispatches are whole numbers of packs; with a binary b[lane, t] rows least · b ≤ Σ kg · x ≤ most · b."""
    network, weeks = program.network, program.network.weeks
    program.integer.append(program.columns["dispatch"])
    arc, week = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    lane = network.arc_lane[arc]
    load = network.kg[network.pool_item[network.arc_pool[arc]]] * program.dispatch_unit
    bound = np.flatnonzero((network.lane_min_kg[lane] > 0) & (load > 0))
    keys, at = np.unique(lane[bound] * weeks + week[bound], return_inverse=True)
    least = network.lane_min_kg[keys // weeks]
    mass = np.zeros(len(network.items))
    np.add.at(mass, network.pool_item, network.pool_arriving.sum(axis=1))
    most = np.minimum(network.lane_kg.ravel()[keys], float(mass @ network.kg)) / least
    sends = program.add_columns("sends", np.zeros(len(keys)), np.ones(len(keys)))
    program.integer.append(sends)
    enough = program.add_rows("least_consignment", np.zeros(len(keys)), np.full(len(keys), np.inf))
    none = program.add_rows("no_consignment", np.full(len(keys), -np.inf), np.zeros(len(keys)))
    for rows, factor in ((enough, np.ones(len(keys))), (none, most)):
        program.add_entries(rows[at], program.columns["dispatch"][bound], load[bound] / least[at])
        program.add_entries(rows, sends, -factor)
