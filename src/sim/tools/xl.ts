/** `xl VERB ...` as it changes a simulated host. Words and exit statuses as in the recordings (xlops, migrate*). */
import { removeDomain, startGuest } from "../model/domains.ts";
import type { SimDomain } from "../model/guest.ts";
import { freeMemoryMib } from "../model/host.ts";
import { emit } from "../model/world.ts";
import type { Tool, ToolRun } from "./tool.ts";
import { domain, isUp, words } from "./xl-domain.ts";
import { xlMigrate } from "./xl-migrate.ts";

const SHUTDOWN_MS = 4_000;
const REBOOT_MS = 3_000;
const LOOK_MS = 250;

const create: Tool = (run) => {
  const { world, host, argv, say, end, after } = run;
  const [path = ""] = words(argv);
  const guest = host.configs.find((file) => file.path === path)?.guest;
  if (guest === undefined) {
    say(`Failed to read config file: ${path}: No such file or directory`);
    return end(1);
  }
  // What xl itself guards: its own host, nothing more.
  if (host.domains.some((each) => each.name === guest.name || each.uuid === guest.uuid)) {
    say(`libxl: error: libxl_create.c: a domain named "${guest.name}" already exists`);
    return end(6);
  }
  if (freeMemoryMib(host) < guest.memory_kib / 1024) {
    say("xc: error: panic: xg_dom_boot.c: xc_dom_boot_mem_init: can't allocate low memory for domain: Out of memory");
    return end(3);
  }
  say(`Parsing config from ${path}`);
  startGuest(world, host.ix, guest);
  const mine = host.domains.at(-1);
  const look = (): void => {
    if (mine === undefined || !host.domains.includes(mine)) {
      say("libxl: error: libxl_create.c:1876:domcreate_devmodel_started: unable to add disk devices");
      end(3);
    } else if (isUp(mine) || mine.run === "shutdown") end(0);
    else after(LOOK_MS, look);
  };
  after(LOOK_MS, look);
};

/** Until the domain is gone. */
function waitGone(run: ToolRun, mine: SimDomain): void {
  const { host, end, after, say } = run;
  const look = (): void => {
    if (!host.domains.includes(mine)) {
      say(`Domain ${mine.domid} has been destroyed`);
      end(0);
    } else after(LOOK_MS, look);
  };
  after(LOOK_MS, look);
}

const shutdown: Tool = (run) => {
  const { world, host, argv, after, end } = run;
  const mine = domain(run, words(argv)[0]);
  if (mine === undefined) return;
  run.say(`Shutting down domain ${mine.domid}`);
  after(SHUTDOWN_MS, () => {
    if (!host.domains.includes(mine) || !isUp(mine)) return;
    Object.assign(mine, { run: "shutdown", reason: "-" });
    after(LOOK_MS, () => removeDomain(world, host.ix, mine));
  });
  if (argv.includes("-w")) waitGone(run, mine);
  else end(0);
};

const reboot: Tool = (run) => {
  const { world, host, argv, after, end } = run;
  const mine = domain(run, words(argv)[0]);
  if (mine?.guest === undefined) return;
  const { guest } = mine;
  after(REBOOT_MS, () => {
    if (!host.domains.includes(mine)) return;
    removeDomain(world, host.ix, mine);
    startGuest(world, host.ix, guest);
  });
  run.say(`Rebooting domain ${mine.domid}`);
  end(0);
};

const destroy: Tool = (run) => {
  const mine = domain(run, words(run.argv)[0]);
  if (mine === undefined) return;
  removeDomain(run.world, run.host.ix, mine);
  run.end(0);
};

const setPaused =
  (on: boolean): Tool =>
  (run) => {
    const mine = domain(run, words(run.argv)[0]);
    if (mine === undefined) return;
    if (mine.run === "paused" || isUp(mine)) Object.assign(mine, { run: on ? "paused" : "running", paused: on, has_json: true });
    emit(run.world, { kind: "xen", host: run.host.ix, path: "@introduceDomain" });
    run.end(0);
  };

/** Since Xen 4.20. */
const RESUME_SINCE_MINOR = 20;

const resume: Tool = (run) => {
  if (run.host.xen.minor < RESUME_SINCE_MINOR) {
    run.say('command "resume" not implemented');
    return run.end(1);
  }
  const mine = domain(run, words(run.argv)[0]);
  if (mine === undefined) return;
  Object.assign(mine, { run: "running", paused: false, reason: "-" });
  emit(run.world, { kind: "xen", host: run.host.ix, path: "@introduceDomain" });
  run.end(0);
};

const rename: Tool = (run) => {
  const [id, name] = words(run.argv);
  const mine = domain(run, id);
  if (mine === undefined) return;
  if (run.host.domains.some((each) => each !== mine && each.name === name)) {
    run.say(`libxl: error: libxl.c: Domain with name "${name}" already exists.`);
    return run.end(1);
  }
  mine.name = name;
  run.end(0);
};

const memSet: Tool = (run) => {
  const [id, size = ""] = words(run.argv);
  const mine = domain(run, id);
  const mib = Number(/^(\d+)m?$/.exec(size)?.[1]);
  if (mine === undefined) return;
  if (!(mib > 0) || mib * 1024 > mine.max_memory_kib) {
    run.say(`libxl: error: memory_dynamic ${size} larger than memory_static_max`);
    return run.end(1);
  }
  mine.memory_kib = mib * 1024;
  run.end(0);
};

const verbs: Readonly<Record<string, Tool>> = {
  create,
  shutdown,
  reboot,
  destroy,
  pause: setPaused(true),
  unpause: setPaused(false),
  resume,
  rename,
  "mem-set": memSet,
  migrate: xlMigrate,
};

export const xl: Tool = (run) => {
  const at = run.argv.findIndex((word) => !word.startsWith("-"));
  const verb = verbs[run.argv[at] ?? ""];
  if (verb === undefined) {
    run.say(`command "${run.argv[at] ?? ""}" not implemented`);
    return run.end(1);
  }
  verb({ ...run, argv: run.argv.slice(at + 1) });
};
