"""Many runs of a replay, rule × seed × scenario, on one machine's processes or on a cluster, resumable.

What a run returns depends on its name alone, never on where or when it ran: chance is seeded by (seed, week), and
what was known each week is computed once, written to the folder and read by every run. A finished run leaves one
Parquet file; a fleet started again skips those that are there, after checking that they belong to the same world.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.needs.quantify import Needs
from yuanshou.plan import digest_array, digest_frame
from yuanshou.replay.engine import ReplayRun, replay
from yuanshou.replay.outcomes import coverage_by_place, outcome, unmet_by_item, weights
from yuanshou.replay.shocks import find_shocks
from yuanshou.replay.world import ReplayWorld, known_needs, realised_need

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Job:
    """One run: its name says everything that decides its result."""

    rule: str
    seed: int
    scenario: str

    @property
    def file(self) -> str:
        safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in f"{self.scenario}--{self.rule}--{self.seed}")
        return f"{safe}.parquet"


def world_fingerprint(world: ReplayWorld) -> str:
    """SHA-256 over the truth, the supply, the weeks and the settings of a world."""
    text = json.dumps(
        {
            "mondays": [day.isoformat() for day in world.mondays],
            "truth": [*world.truth.places, digest_array(world.truth.cases), digest_array(world.truth.deaths)],
            "offers": digest_frame(world.supply.offers),
            "routes": digest_frame(world.supply.routes),
            "settings": [world.horizon, world.draws, world.seed, world.method, world.gap, world.forecaster],
        }
    )
    return hashlib.sha256(text.encode()).hexdigest()


def prepare(world: ReplayWorld, folder: Path) -> None:
    """Make the folder, or check that it belongs to the same world.

    Raises
    ------
    InputError : the folder holds runs of another world.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "runs").mkdir(exist_ok=True)
    (folder / "weeks").mkdir(exist_ok=True)
    record, fingerprint = folder / "world.json", world_fingerprint(world)
    if record.exists() and json.loads(record.read_text(encoding="utf-8"))["fingerprint"] != fingerprint:
        raise InputError(
            f"runs of another world in {folder.name}",
            "an empty folder or one of the same world",
            "choose another --out",
        )
    content = {"fingerprint": fingerprint, "mondays": [d.isoformat() for d in world.mondays], "places": world.places,
               "items": world.items, "horizon": world.horizon, "draws": world.draws, "seed": world.seed,
               "method": world.method, "gap": world.gap, "forecaster": world.forecaster}  # fmt: skip
    record.write_text(json.dumps(content, indent=1), encoding="utf-8")


def week_file(folder: Path, week: int) -> Path:
    return folder / "weeks" / f"{week:02d}.npz"


def prepare_week(world: ReplayWorld, folder: Path, week: int) -> int:
    """Compute what was known on one Monday and write it; done already, it is left as it is."""
    target = week_file(folder, week)
    if not target.exists():
        needs = known_needs(world, week)
        with (temporary := target.with_suffix(".part")).open("wb") as handle:
            np.savez(handle, draws=needs.draws, week_ends=needs.week_ends)
        temporary.rename(target)
    return week


def week_needs(world: ReplayWorld, folder: Path, template: Needs) -> Callable[[int], Needs]:
    """week → needs as they were known, read from the folder."""

    def read(week: int) -> Needs:
        with np.load(week_file(folder, week)) as stored:
            return replace(
                template, as_of=world.mondays[week], week_ends=stored["week_ends"], draws=stored["draws"],
                places=world.places, items=world.items,
            )  # fmt: skip

    return read


def run_job(world: ReplayWorld, folder: Path, job: Job) -> str:
    """Run one job and leave its Parquet file; the file's name is returned."""
    target = folder / "runs" / job.file
    if target.exists():
        return job.file
    realised = realised_need(world, job.seed)
    run = replay(
        world, job.rule, seed=job.seed, realised=realised, needs_of=week_needs(world, folder, empty_needs(world)),
        shocks=find_shocks(job.scenario),
    )  # fmt: skip
    write_run(run, world, target)
    return job.file


def empty_needs(world: ReplayWorld) -> Needs:
    """Needs with the labels of the world and nothing in them, to be filled week by week."""
    return Needs(
        as_of=world.mondays[0], places=world.places, items=world.items, week_ends=world.week_ends[:0],
        draws=np.zeros((len(world.places), len(world.items), 0, 1), dtype=np.float32), draws_capped=None,
        patients=pd.DataFrame(), parameters=pd.DataFrame(),
    )  # fmt: skip


def write_run(run: ReplayRun, world: ReplayWorld, target: Path) -> None:
    """One tidy table: rule, seed, scenario, table (outcome / item / place / week), key, measure, value."""
    weight = weights(world)[:, :, None]
    weekly = pd.DataFrame(
        {"need": (run.need * weight).sum(axis=(0, 1)), "served": (run.served * weight).sum(axis=(0, 1))},
        index=[day.isoformat() for day in world.mondays],
    )
    places = pd.DataFrame({"coverage": coverage_by_place(run, weights(world))}, index=list(world.places))
    whole = pd.DataFrame([outcome(run, world)], index=["all"])
    tables = {"outcome": whole, "item": unmet_by_item(run, world), "place": places, "week": weekly}
    frames = [
        frame.rename_axis("key").reset_index().melt(id_vars="key", var_name="measure").assign(table=name)
        for name, frame in tables.items()
    ]
    tidy = pd.concat(frames, ignore_index=True).astype({"value": float})
    tidy = tidy.assign(rule=run.rule, seed=run.seed, scenario=run.scenario)
    temporary = target.with_suffix(".part")
    tidy.to_parquet(temporary, compression="zstd", index=False)
    temporary.rename(target)


def read_runs(folder: Path, table: str) -> pd.DataFrame:
    """Every finished run's rows of one table (outcome, item, place, week), one column a measure."""
    frames = [pd.read_parquet(path, filters=[("table", "==", table)]) for path in sorted((folder / "runs").glob("*"))]
    if not frames:
        return pd.DataFrame()
    rows = pd.concat(frames, ignore_index=True)
    wide = rows.pivot_table(
        index=["scenario", "rule", "seed", "key"], columns="measure", values="value", sort=False, dropna=False
    )
    return wide.dropna(how="all").reset_index().rename_axis(columns=None)


def jobs_of(rules: Iterable[str], *, seeds: int, scenarios: Iterable[str]) -> list[Job]:
    """Every rule × seed × scenario, seeds outermost, so that an interrupted fleet has whole comparisons."""
    rules, scenarios = list(rules), list(scenarios)
    return [Job(rule, seed, scenario) for seed in range(seeds) for scenario in scenarios for rule in rules]


def run_fleet(
    world: ReplayWorld, folder: Path, jobs: list[Job], *, workers: int = 1, scheduler: str | None = None,
    progress: Progress = lambda done, total, what: None,
) -> None:  # fmt: skip
    """Run every job, in this process, on `workers` processes of this machine, or on a cluster's scheduler address.

    A worker that dies takes nothing with it: its job is given to another, and its result is the same.
    """
    prepare(world, folder)
    weeks = [week for week in range(len(world.mondays)) if not week_file(folder, week).exists()]
    waiting = [job for job in jobs if not (folder / "runs" / job.file).exists()]
    if workers <= 1 and scheduler is None:
        for done, week in enumerate(weeks, start=1):
            prepare_week(world, folder, week)
            progress(done, len(weeks), "what was known")
        for done, job in enumerate(waiting, start=1):
            run_job(world, folder, job)
            progress(done, len(waiting), f"{job.rule}, seed {job.seed}")
        return
    _run_on_dask(world, folder, weeks, waiting, workers=workers, scheduler=scheduler, progress=progress)


def _run_on_dask(
    world: ReplayWorld, folder: Path, weeks: list[int], jobs: list[Job], *, workers: int, scheduler: str | None,
    progress: Progress,
) -> None:  # fmt: skip
    from distributed import Client, LocalCluster, as_completed

    local: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    cluster = None if scheduler else LocalCluster(**local)
    with Client(scheduler or cluster) as client:
        shared = client.scatter(world, broadcast=True)
        known = [client.submit(prepare_week, shared, folder, week, pure=False, retries=3) for week in weeks]
        for done, _ in enumerate(as_completed(known), start=1):
            progress(done, len(weeks), "what was known")
        client.gather(known)
        runs = [
            client.submit(run_job, shared, folder, job, pure=False, retries=3, priority=-number)
            for number, job in enumerate(jobs)
        ]
        for done, future in enumerate(as_completed(runs), start=1):
            progress(done, len(jobs), future.result())
    if cluster is not None:
        cluster.close()


def settings_of(world: ReplayWorld, jobs: list[Job]) -> dict[str, object]:
    """What decided the fleet's results, for its summary."""
    return {"world": world_fingerprint(world), "weeks": len(world.mondays), "jobs": [asdict(job) for job in jobs]}
