/** What the guest itself needs on a host: its name, its configuration, what is passed through to it, its boot files, its CPU pool. */
import { configDrift } from "../select/config-drift.ts";
import { domainState, isActive } from "../select/guest-state.ts";
import { groupedBy, perFacts } from "../select/memo.ts";
import { netOf } from "../select/network-host.ts";
import { shared } from "../select/shared.ts";
import type { Side } from "../select/sides.ts";
import {
  check,
  coldOnly,
  type Fact,
  fileOn,
  type JudgedMove,
  liveConfig,
  movesFrom,
  onHere,
  type PreflightInput,
  startConfig,
} from "./check.ts";
import { type Devices, devicesMove } from "./devices.ts";
import { type Judgement, judged } from "./judgement.ts";

const LIST = onHere("xl-list");
const CONFIGS = onHere("xl-configs");

interface Names {
  readonly strange: boolean;
  readonly domids: ReadonlyMap<string, readonly number[]>;
}
const namesOn = perFacts((side: Side) =>
  side.cells.gate((): Names => {
    const list = side.known("xl-list");
    const domids = [...groupedBy(list?.domains ?? [], ({ base_name }) => base_name)].map(
      ([name, domains]) => [name, domains.map(({ domid }) => domid)] as const,
    );
    return { strange: (list?.not_understood.length ?? 0) > 0, domids: new Map(domids) };
  }, shared),
);

/** Nothing of this UUID and nothing of this name, with or without a suffix. */
export const name: Fact = (input) => {
  const { guest, here } = input;
  const of = (found: Judgement) => check("name", found, LIST, coldOnly(found, LIST, input));
  if (here.freshness("xl-list") !== "fresh") return of(judged("unknown", `${here.id}: ${here.note("xl-list") ?? "domains not read yet"}`));
  const own = guest.instances.filter(({ side }) => side === here).map(({ domain }) => domain);
  const husk = own.find((domain) => !isActive(domain));
  if (husk?.migration === "incoming") return of(judged("warn", `${husk.name} is being received on ${here.id}`));
  if (husk !== undefined) return of(judged("fail", `domain ${husk.domid} is still on ${here.id}: ${domainState(husk, undefined).text}`));
  const { strange, domids } = namesOn(here)();
  if (strange) return of(judged("unknown", `part of xl list on ${here.id} wasn't understood`));
  if ((domids.get(guest.name) ?? []).length > 0) return of(judged("fail", `another guest has its name on ${here.id}`));
  return of(judged("pass", `name free on ${here.id}`));
};

export const config: Fact = (input) => {
  const { guest, here, there } = input;
  const told = here.fresh("xl-configs");
  if (told === undefined)
    return check("config", judged("unknown", `${here.id}: ${here.note("xl-configs") ?? "configurations not read yet"}`), CONFIGS);
  const own = fileOn(input);
  if (own === undefined) {
    const broken = told.find(({ path, error }) => error !== undefined && path.endsWith(`/${guest.name}.cfg`));
    if (broken !== undefined)
      return check("config", judged("fail", `${broken.path} on ${here.id} can't be read: ${broken.error}`), CONFIGS);
    const cut = told.some(({ path }) => path === "/etc/xen");
    return check(
      "config",
      cut ? judged("unknown", `not all configurations of ${here.id} were read`) : judged("fail", `no config on ${here.id}`),
      CONFIGS,
    );
  }
  const reference = referenceFor(input);
  const drift =
    reference === undefined
      ? []
      : configDrift([
          { host: here.id, config: own.config },
          { host: there.id, config: reference },
        ]);
  if (drift.length > 0)
    return check(
      "config",
      judged("warn", `config differs: ${drift[0]}${drift.length > 1 ? ` and ${drift.length - 1} more` : ""}`),
      CONFIGS,
    );
  return check("config", judged("pass", `config on ${here.id}`), CONFIGS);
};

/** What it is to be the same as: the other host's file, else what it runs with there. */
function referenceFor({ guest, there, runs_on }: PreflightInput) {
  const file = fileOn({ guest, here: there })?.config;
  return runs_on === there.id ? (file ?? startConfig({ guest, here: there, runs_on })) : file;
}

const LIVE = { here: [], there: ["xl-list-long"] } as const;
const moveOf = ({ result, text }: Judgement): JudgedMove => ({ result, text, from: LIVE });

export const passthrough: Fact = (input) => {
  const { here } = input;
  const own = startConfig(input);
  if (own === undefined) return undefined;
  const start = ((): Judgement => {
    if (own.pci_devices.length > 0) return judged("unknown", `needs ${own.pci_devices.join(", ")}: not checked on ${here.id}`);
    if (own.usb_devices > 0) return judged("unknown", `needs ${own.usb_devices} USB devices: not checked on ${here.id}`);
    return own.disable_migrate ? judged("warn", "migration disabled: restart only") : judged("pass", "no passthrough");
  })();
  if (!movesFrom(input)) return check("passthrough", start, CONFIGS);
  const live: Devices | undefined = liveConfig(input);
  const move = live === undefined ? judged("unknown", `what ${input.guest.name} runs with isn't known now`) : devicesMove(live);
  return check("passthrough", start, CONFIGS, moveOf(move));
};

/** A name of its own for an interface must be free where it goes. */
export const vifname: Fact = (input) => {
  const { guest, here } = input;
  // Its own, of a domain whose name stands against it anyway.
  if (guest.instances.some(({ side }) => side === here)) return undefined;
  const own = (config: { readonly nics: readonly { readonly ifname: string | undefined }[] } | undefined): readonly string[] =>
    (config?.nics ?? []).flatMap(({ ifname }) => ifname ?? []);
  const names = new Set([...own(startConfig(input)), ...(movesFrom(input) ? own(liveConfig(input)) : [])]);
  if (names.size === 0) return undefined;
  const net = netOf(here);
  if (!net.told || !net.fresh)
    return check("vifname", judged("unknown", `the interfaces of ${here.id} aren't known now`), onHere("ip-link"));
  const taken = [...names].find((each) => net.links.has(each));
  return taken === undefined
    ? check("vifname", judged("pass", `${[...names].join(", ")} free on ${here.id}`), onHere("ip-link"))
    : check("vifname", judged("fail", `an interface ${taken} is there on ${here.id} already`), onHere("ip-link"));
};

/** Kernel, ramdisk, firmware and hotplug scripts; disks have their own check. */
export const bootfiles: Fact = (input) => {
  const { here } = input;
  const own = fileOn(input);
  if (own === undefined || here.freshness("xl-configs") !== "fresh") return undefined;
  const scripts = [...own.config.disks, ...own.config.nics].flatMap(({ script }) => script ?? []);
  const needed = [...own.config.boot_files, ...new Set(scripts.map((script) => `/etc/xen/scripts/${script}`))];
  if (needed.length === 0) return undefined;
  const look = (path: string) =>
    own.file.paths?.find((one) => one.path === path || (path.startsWith("/etc/xen/scripts/") && one.path.endsWith(path.slice(16))))
      ?.present;
  const missing = needed.find((path) => look(path) === false);
  if (missing !== undefined) return check("bootfiles", judged("fail", `${missing} missing on ${here.id}`), CONFIGS);
  const unseen = needed.find((path) => look(path) === undefined);
  if (unseen !== undefined) return check("bootfiles", judged("unknown", `whether ${unseen} is on ${here.id} isn't known`), CONFIGS);
  return check("bootfiles", judged("pass", `boot files on ${here.id}`), CONFIGS);
};

/** Every host has it. */
export const DEFAULT_POOL = "Pool-0";
/** The pool it would be created in, where that isn't the one that every host has. */
export const ownPool = (config: { readonly pool: string | undefined } | undefined): string | undefined =>
  config?.pool === undefined || config.pool === DEFAULT_POOL ? undefined : config.pool;

const poolsInUse = perFacts((side: Side) =>
  side.cells.gate(
    (): ReadonlySet<string> => new Set((side.known("xl-list-long")?.domains ?? []).flatMap(({ config: { pool } }) => pool ?? [])),
    shared,
  ),
);

/** No reading lists the pools: one in which a domain runs is there, of any other a plan asks (plan/actions/pool.ts). */
export const pool: Fact = (input) => {
  const { here } = input;
  const wanted = new Set([ownPool(startConfig(input)), movesFrom(input) ? ownPool(liveConfig(input)) : undefined]);
  wanted.delete(undefined);
  if (wanted.size === 0) return undefined;
  const from = onHere("xl-list-long");
  const seen = here.freshness("xl-list-long") === "fresh" ? poolsInUse(here)() : new Set<string>();
  const unseen = [...wanted].find((each) => each !== undefined && !seen.has(each));
  return unseen === undefined
    ? check("pool", judged("pass", `CPU pool ${[...wanted].join(", ")} on ${here.id}`), from)
    : check("pool", judged("unknown", `whether ${here.id} has the CPU pool ${unseen} isn't known`), from);
};
