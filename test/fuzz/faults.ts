/** What goes wrong, kind by kind; and how all of it is mended. */
import type { Faults } from "../../src/sim/fault.ts";
import { removeDomain, startGuest } from "../../src/sim/model/domains.ts";
import { isAlive } from "../../src/sim/model/host.ts";
import { migrate } from "../../src/sim/model/migrate.ts";
import { failPath, restorePath } from "../../src/sim/model/storage-paths.ts";
import type { World } from "../../src/sim/model/world.ts";
import { isUp } from "./invariants.ts";
import type { FaultKind } from "./story.ts";

/** What a fault may lay hands on. */
export interface Stage {
  readonly world: World;
  readonly fault: Faults;
  /** The guest, and resource, that the story is about. */
  readonly guest: string;
  killConsole(): void;
  /** The same operator opens another one and takes over. */
  reopen(): void;
  sleep(ms: number): void;
  secondOperator(): void;
  takeOver(): void;
  letGo(): void;
}

const SLEEP_MS = 50_000;
const SKEW_MS = 90_000;
const RESYNC_KIB = 256 * 1024;

/** disturbs: afterwards what was so when it was read need not be so any more, through no fault of a plan. */
export interface FaultSpec {
  readonly disturbs?: true;
  readonly act: (stage: Stage, host: 0 | 1) => void;
}

const nameOf = ({ world }: Stage, at: 0 | 1): string => world.hosts[at].name;
const whereIs = ({ world, guest }: Stage) =>
  world.hosts.find((host) => isAlive(host) && host.domains.some((domain) => domain.name === guest && isUp(domain)));
const isMoving = ({ world }: Stage): boolean => world.migrations.some(({ phase }) => phase !== "done" && phase !== "failed");
const areWhole = ({ world, guest }: Stage): boolean =>
  world.drbd
    .get(guest)
    ?.nodes.every(({ connection, volumes }) => connection === "Connected" && volumes.every(({ disk }) => disk === "UpToDate")) === true;
const domainIn = (stage: Stage) => whereIs(stage)?.domains.find(({ name }) => name === stage.guest);

export const faultTable: Readonly<Record<FaultKind, FaultSpec>> = {
  "answers lost": {
    act: ({ world }, at) => {
      world.hosts[at].plans.faults.lose_answers = 2;
    },
  },
  "calls lost": {
    act: ({ world }, at) => {
      world.hosts[at].plans.faults.lose_calls = 2;
    },
  },
  "run full": {
    act: ({ world }, at) => {
      world.hosts[at].plans.faults.full = true;
    },
  },
  "console killed": { act: (stage) => stage.killConsole() },
  "console reopened": { act: (stage) => stage.reopen() },
  "console sleeps": { act: (stage) => stage.sleep(SLEEP_MS) },
  "second operator": { act: (stage) => stage.secondOperator() },
  "taken over": { act: (stage) => stage.takeOver() },
  "let go": { act: (stage) => stage.letGo() },
  "console link cut": { act: (stage, at) => stage.fault.consoleLinkCut(nameOf(stage, at)) },
  "console links cut": {
    act: (stage) => {
      for (const at of [0, 1] as const) stage.fault.consoleLinkCut(nameOf(stage, at));
    },
  },
  "replication link cut": { act: ({ fault }) => fault.replicationLinkCut() },
  "power cut": { act: (stage, at) => stage.fault.hostDead(nameOf(stage, at)) },
  "both power cut": {
    act: (stage) => {
      for (const at of [0, 1] as const) stage.fault.hostDead(nameOf(stage, at));
    },
  },
  "host frozen": { act: (stage, at) => stage.fault.hostFrozen(nameOf(stage, at)) },
  "reading hangs": { act: (stage, at) => stage.fault.hang(nameOf(stage, at), at === 0 ? "xl-list" : "drbd-status") },
  "clock skew": { act: (stage, at) => stage.fault.clockSkew(nameOf(stage, at), at === 0 ? SKEW_MS : -SKEW_MS) },
  "memory short": { act: (stage, at) => stage.fault.memoryShort(nameOf(stage, at), 200_000) },
  "job fails": {
    act: ({ world }, at) => {
      world.hosts[at].plans.faults.next = "fail";
    },
  },
  "job hangs": {
    act: ({ world }, at) => {
      world.hosts[at].plans.faults.next = "hang";
    },
  },
  "job killed": {
    act: ({ world }, at) => {
      world.hosts[at].plans.faults.next = "kill";
    },
  },
  // Of two copies that are whole: the last one is lost by nobody's plan.
  "disk fails": {
    disturbs: true,
    act: (stage, at) => {
      if (areWhole(stage)) stage.fault.detach(stage.guest, nameOf(stage, at));
    },
  },
  // Of two ways to a disk one goes by itself; where the other is gone already it stays.
  "path fails": {
    disturbs: true,
    act: (stage, at) => {
      const host = stage.world.hosts[at];
      const ready = host.storage.paths.filter(({ dm_state }) => dm_state === "active");
      const [, last] = ready;
      if (last !== undefined) failPath(stage.world, host, last);
    },
  },
  "fence fails": {
    act: ({ world }, at) => {
      world.hosts[at].bmc = "stuck";
    },
  },
  resync: {
    disturbs: true,
    act: (stage) => {
      const home = whereIs(stage);
      if (home !== undefined && areWhole(stage)) stage.fault.resync(stage.guest, home.name, RESYNC_KIB);
    },
  },
  "guest crashes": {
    disturbs: true,
    act: (stage) => domainIn(stage) !== undefined && !isMoving(stage) && stage.fault.guestCrash(stage.guest),
  },
  "guest reboots": {
    disturbs: true,
    act: (stage) => {
      const host = whereIs(stage);
      const domain = domainIn(stage);
      if (host === undefined || domain?.guest === undefined || isMoving(stage)) return;
      removeDomain(stage.world, host.ix, domain);
      startGuest(stage.world, host.ix, domain.guest);
    },
  },
  "outside move": {
    disturbs: true,
    act: (stage) => {
      const host = whereIs(stage);
      if (host !== undefined && areWhole(stage) && !isMoving(stage))
        migrate(stage.world, { guest: stage.guest, source: host.ix, rate_mib_s: 220 });
    },
  },
  "outside shutdown": { disturbs: true, act: (stage) => !isMoving(stage) && stage.fault.guestStop(stage.guest) },
  // What a tired hand could do where nothing guards it: only where the guest really is nowhere, and its disk is whole.
  "outside start": {
    disturbs: true,
    act: (stage, at) => {
      const { world, guest, fault } = stage;
      const nowhere = world.hosts.every(
        (each) => each.power === "on" && !each.domains.some(({ name }) => name?.startsWith(guest) === true),
      );
      const unused = world.drbd.get(guest)?.nodes.every(({ role }) => role === "Secondary") === true;
      if (nowhere && unused && areWhole(stage) && isAlive(world.hosts[at])) fault.guestStart(guest, nameOf(stage, at));
    },
  },
};

/** Broken for a while, not for ever. */
export function mend({ world, fault }: Pick<Stage, "world" | "fault">): void {
  for (const host of world.hosts) {
    host.bmc = "works";
    if (host.frozen) fault.hostThawed(host.name);
    if (host.power === "off") fault.hostBack(host.name);
    if (!host.console_link) fault.consoleLinkBack(host.name);
    for (const reading of [...host.hung]) fault.release(host.name, reading);
    Object.assign(host.plans.faults, { next: undefined, lose_answers: 0, lose_calls: 0, full: false });
    // Somebody ends what hangs.
    for (const job of host.plans.jobs.values()) if (job.hangs === true && job.state === "running") job.state = "gone";
    for (const path of host.storage.paths) restorePath(world, host, path);
    if (host.memory_taken_mib > 0) fault.memoryShort(host.name, 0);
  }
  if (!world.replication_link) fault.replicationLinkBack();
}
