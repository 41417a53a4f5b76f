/** A live migration, phase by phase, as `xl list` shows it on both hosts (recordings migrate/*). */
import { addDomain, attachDisks, attachNics, removeDomain, xlLog } from "./domains.ts";
import { type HostIx, other, type SimDomain } from "./guest.ts";
import { domainOf, isAlive } from "./host.ts";
import { emit, type Migration, replicationUp, type World } from "./world.ts";

export interface MigrateOptions {
  readonly guest: string;
  readonly source: HostIx;
  /** MiB/s over the wire. */
  readonly rate_mib_s: number;
  readonly stuck_at?: Migration["stuck_at"];
  /** Whether the sender's process is still there; absent: it is. */
  readonly lives?: () => boolean;
}

const STEP_MS = 500;
const SUSPENDED_MS = 1_200;
const ATTACH_MS = 900;
const HANDOVER_MS = 400;
const CLEANUP_MS = 1_500;

interface Ends {
  readonly migration: Migration;
  readonly lives: () => boolean;
  readonly from: SimDomain;
  readonly to: SimDomain;
}

/** undefined: there is no such running guest at the source, or the target isn't there. */
export function migrate(world: World, options: MigrateOptions): Migration | undefined {
  const target = other(options.source);
  const from = domainOf(world.hosts[options.source], options.guest);
  if (from?.guest === undefined || !isAlive(world.hosts[target])) return undefined;
  const migration: Migration = {
    guest: options.guest,
    source: options.source,
    target,
    phase: "precopy",
    stuck_at: options.stuck_at,
    done_fraction: 0,
  };
  world.migrations.push(migration);
  const start = { name: `${options.guest}--incoming`, memory_kib: 0, vcpus: 0, run: "paused", has_json: false } as const;
  const to = addDomain(world, target, from.guest, start);
  const step_fraction = (options.rate_mib_s * (STEP_MS / 1000)) / Math.max(1, from.guest.memory_kib / 1024);
  copy(world, { migration, from, to, lives: options.lives ?? (() => true) }, step_fraction);
  return migration;
}

const gone = (world: World, { migration, from, to }: Ends): boolean =>
  !world.hosts[migration.source].domains.includes(from) || !world.hosts[migration.target].domains.includes(to);

/** Stops here for ever: what a fault asked for. */
function sticks(migration: Migration, at: NonNullable<Migration["stuck_at"]>): boolean {
  if (migration.stuck_at !== at) return false;
  migration.phase = "stuck";
  return true;
}

/** Half of the memory is there: as far as a stuck pre-copy gets. */
const STUCK_FRACTION = 0.47;

/** A frozen end holds everything up: xl goes on where it stood when it thaws. */
function later(world: World, ends: Ends, delay_ms: number, task: () => void): void {
  world.scheduler.after(delay_ms, () => {
    const ends_frozen = world.hosts.some(({ frozen, power }) => frozen && power === "on");
    if (ends_frozen && !gone(world, ends)) later(world, ends, delay_ms, task);
    else if (ends.lives() || gone(world, ends)) task();
    else senderDied(world, ends);
  });
}

/**
 * The sender's xl was killed. In the pre-copy the receiver's domain can't be finished and goes, the source runs on; once the source is suspended nobody
 * resumes it; at the handover the receiver ends without destroying what it has (xl_migrate.c:420).
 */
function senderDied(world: World, { migration, to }: Ends): void {
  const { phase, target } = migration;
  if (phase === "precopy" || phase === "suspended") removeDomain(world, target, to);
  migration.phase = phase === "precopy" ? "failed" : "stuck";
}

function copy(world: World, ends: Ends, step_fraction: number): void {
  const { migration, to } = ends;
  later(world, ends, STEP_MS, () => {
    if (migration.phase === "failed") return;
    if (gone(world, ends)) {
      fail(world, ends);
      return;
    }
    // A lost link doesn't end it: xl waits, silently.
    if (replicationUp(world)) migration.done_fraction = Math.min(1, migration.done_fraction + step_fraction);
    to.memory_kib = Math.floor((to.guest?.memory_kib ?? 0) * migration.done_fraction);
    if (migration.done_fraction >= STUCK_FRACTION && sticks(migration, "precopy")) return;
    if (migration.done_fraction < 1) copy(world, ends, step_fraction);
    else suspend(world, ends);
  });
}

/** The stream between the two xl is cut: what each of them makes of it (xl_migrate.c). */
export function breakTransport(world: World, migration: Migration): void {
  if (migration.phase === "done" || migration.phase === "failed") return;
  const source = world.hosts[migration.source];
  const target = world.hosts[migration.target];
  const husk = source.domains.find(({ name }) => name === `${migration.guest}--migratedaway`);
  // After the acknowledgement neither side takes anything back.
  if (husk === undefined) {
    const shell = target.domains.find(({ name }) => name === `${migration.guest}--incoming`);
    if (shell !== undefined) removeDomain(world, migration.target, shell);
    const from = source.domains.find(({ name }) => name === migration.guest);
    if (from?.run === "shutdown" && from.reason === "s") Object.assign(from, { run: "blocked", reason: "-" });
    xlLog(world, migration.source, migration.guest, "Migration failed, resuming at sender.");
  }
  migration.phase = "failed";
}

/** xl is killed at the source: nobody resumes what stood still, and what was received breaks off at the end of the stream. */
export function killSender(world: World, migration: Migration): void {
  if (migration.phase === "done" || migration.phase === "failed") return;
  const target = world.hosts[migration.target];
  const husk = world.hosts[migration.source].domains.some(({ name }) => name === `${migration.guest}--migratedaway`);
  const shell = target.domains.find(({ name }) => name === `${migration.guest}--incoming`);
  if (!husk && shell !== undefined) removeDomain(world, migration.target, shell);
  migration.phase = "failed";
}

/** One end is gone. The sender resumes what it has; the receiver leaves a paused husk behind (xl_migrate.c: it ends without destroying). */
function fail(world: World, { migration, from }: Ends): void {
  if (migration.phase === "done") return;
  migration.phase = "failed";
  if (!world.hosts[migration.source].domains.includes(from)) return;
  if (from.run === "shutdown" && from.reason === "s") Object.assign(from, { run: "blocked", reason: "-" });
  xlLog(world, migration.source, migration.guest, "Migration failed, resuming at sender.");
}

function suspend(world: World, ends: Ends): void {
  const { migration, from, to } = ends;
  if (migration.phase === "failed") return;
  Object.assign(from, { run: "shutdown", reason: "s" });
  Object.assign(to, { vcpus: to.guest?.vcpus ?? 1, memory_kib: to.guest?.memory_kib ?? 0 });
  migration.phase = "suspended";
  emit(world, { kind: "xen", host: migration.source, path: "@releaseDomain" });
  if (sticks(migration, "suspended")) return;
  later(world, ends, SUSPENDED_MS, () => {
    if (migration.phase === "failed") return;
    if (gone(world, ends) || to.guest === undefined) {
      fail(world, ends);
      return;
    }
    if (!attachDisks(world, migration.target, to, to.guest)) {
      migration.phase = "failed";
      removeDomain(world, migration.target, to);
      Object.assign(from, { run: "blocked", reason: "-" });
      xlLog(world, migration.source, migration.guest, "Migration failed, resuming at sender.");
      return;
    }
    attachNics(world, migration.target, to, to.guest);
    migration.phase = "attached";
    later(world, ends, ATTACH_MS, () => handover(world, ends));
  });
}

function handover(world: World, ends: Ends): void {
  const { migration, from, to } = ends;
  if (migration.phase === "failed") return;
  if (gone(world, ends)) {
    fail(world, ends);
    return;
  }
  from.name = `${migration.guest}--migratedaway`;
  from.paused = true;
  migration.phase = "handover";
  if (sticks(migration, "handover")) return;
  later(world, ends, HANDOVER_MS, () => {
    if (migration.phase === "failed") return;
    if (gone(world, ends)) {
      // "Migration failed during final handshake": what is left at the source stays a husk, because the target may have begun.
      migration.phase = "failed";
      return;
    }
    Object.assign(to, { name: migration.guest, run: "running", paused: false, has_json: true, cpu_time_s: 0 });
    emit(world, { kind: "xen", host: migration.target, path: "@introduceDomain" });
    xlLog(
      world,
      migration.target,
      migration.guest,
      `Waiting for domain ${migration.guest} (domid ${to.domid}) to die [pid ${world.random.int(1200, 9000)}]`,
    );
    later(world, ends, CLEANUP_MS, () => {
      removeDomain(world, migration.source, from);
      migration.phase = "done";
    });
  });
}
