/**
 * Can this guest run on this host now? The checks of 2-domain, section 3, as far as they can be judged without touching anything.
 * Unknown is never yes: every check is made on fresh facts of the host in question. What the other host last told (its bridges, its Xen) is
 * compared with even while it is silent, because a dead host's guests are what this is asked for.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { GuestConfig, XenInfo } from "../../xen/model/xen.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import { sizesOfMib } from "../sizes.ts";
import type { Evidence, Readiness, ReadinessCheck } from "../view-model.ts";
import { effectiveConfig, type JoinedDisk } from "./chain-disk.ts";
import type { JoinedNic } from "./chain-nic.ts";
import { configDrift } from "./config-drift.ts";
import type { JoinedGuest } from "./guest-join.ts";
import { dom0Fixed, memoryNeededMib } from "./guest-memory.ts";
import { domainState, isActive } from "./guest-state.ts";
import { missingFeatures } from "./hardware.ts";
import { groupedBy, perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import type { EvidenceOf, Side } from "./sides.ts";

export interface ReadinessInput {
  readonly guest: JoinedGuest;
  readonly here: Side;
  readonly there: Side;
  readonly runs_on: HostId | undefined;
  readonly disks: readonly JoinedDisk[];
  readonly nics: readonly JoinedNic[];
}
/** What a check was judged on: readings of this host, or of both. */
type From = readonly ReadingId[];
/** As judged; where it comes from, with its age, is put to it when it is shown. */
interface JudgedCheck extends Omit<ReadinessCheck, "evidence"> {
  readonly from: From;
  readonly of_both: boolean;
}
export interface JudgedReadiness extends Omit<Readiness, "checks"> {
  readonly checks: readonly JudgedCheck[];
}
type Check = (input: ReadinessInput) => JudgedCheck | undefined;
type Result = ReadinessCheck["result"];

const check = (id: ReadinessCheck["id"], result: Result, text: string, from: From): JudgedCheck => ({
  id,
  result,
  text,
  from,
  of_both: false,
});
const ofBoth = (id: ReadinessCheck["id"], result: Result, text: string, from: From): JudgedCheck => ({
  ...check(id, result, text, from),
  of_both: true,
});

const LIST: From = ["xl-list"];
const CONFIGS: From = ["xl-configs"];
const XEN: From = ["xl-info"];
const LINKS: From = ["ip-link"];

/** The host's file for the guest; several of one name: the one named after it. */
export function fileOn({ guest, here }: Pick<ReadinessInput, "guest" | "here">) {
  const files = guest.files.filter(({ side }) => side === here);
  return files.find(({ file }) => file.path.endsWith(`/${guest.name}.cfg`)) ?? files[0];
}

interface Names {
  readonly strange: boolean;
  readonly domids: ReadonlyMap<string, readonly number[]>;
}
const namesOn = perFacts((side: Side) =>
  side.cells.cell((): Names => {
    const list = side.known("xl-list");
    const domids = [...groupedBy(list?.domains ?? [], ({ base_name }) => base_name)].map(
      ([name, domains]) => [name, domains.map(({ domid }) => domid)] as const,
    );
    return { strange: (list?.not_understood.length ?? 0) > 0, domids: new Map(domids) };
  }, shared),
);

const nameCheck: Check = ({ guest, here }) => {
  if (here.freshness("xl-list") !== "fresh")
    return check("name", "unknown", `${here.id}: ${here.note("xl-list") ?? "domains not read yet"}`, LIST);
  const own = guest.instances.filter(({ side }) => side === here).map(({ domain }) => domain);
  const husk = own.find((domain) => !isActive(domain));
  if (husk?.migration === "incoming") return check("name", "warn", `${husk.name} is being received on ${here.id}`, LIST);
  if (husk !== undefined)
    return check("name", "fail", `domain ${husk.domid} is still on ${here.id}: ${domainState(husk, undefined).text}`, LIST);
  const { strange, domids } = namesOn(here)();
  if (strange) return check("name", "unknown", `part of xl list on ${here.id} wasn't understood`, LIST);
  const other = (domids.get(guest.name) ?? []).some((domid) => !own.some((domain) => domain.domid === domid));
  if (other) return check("name", "fail", `another guest has its name on ${here.id}`, LIST);
  return check("name", "pass", `name free on ${here.id}`, LIST);
};

const configCheck: Check = (input) => {
  const { guest, here, there, runs_on } = input;
  const told = here.fresh("xl-configs");
  if (told === undefined)
    return check("config", "unknown", `${here.id}: ${here.note("xl-configs") ?? "configurations not read yet"}`, CONFIGS);
  const own = fileOn(input);
  if (own === undefined) {
    const broken = told.find(({ path, error }) => error !== undefined && path.endsWith(`/${guest.name}.cfg`));
    if (broken !== undefined) return check("config", "fail", `${broken.path} on ${here.id} can't be read: ${broken.error}`, CONFIGS);
    const cut = told.some(({ path }) => path === "/etc/xen");
    return check(
      "config",
      cut ? "unknown" : "fail",
      cut ? `not all configurations of ${here.id} were read` : `no config on ${here.id}`,
      CONFIGS,
    );
  }
  const reference =
    runs_on === there.id
      ? (fileOn({ guest, here: there })?.config ?? effectiveConfig(guest, runs_on))
      : fileOn({ guest, here: there })?.config;
  const drift =
    reference === undefined
      ? []
      : configDrift([
          { host: here.id, config: own.config },
          { host: there.id, config: reference },
        ]);
  if (drift.length > 0)
    return check("config", "warn", `config differs: ${drift[0]}${drift.length > 1 ? ` and ${drift.length - 1} more` : ""}`, CONFIGS);
  return check("config", "pass", `config on ${here.id}`, CONFIGS);
};

function diskChecks({ here, disks }: ReadinessInput): JudgedCheck[] {
  return disks.map(({ sides, config }) => {
    const { start, from } = sides[here.index];
    const text = disks.length > 1 && !start.text.includes(config.vdev) ? `${config.vdev}: ${start.text}` : start.text;
    return { ...check("disk", start.result, text, from), vdev: config.vdev };
  });
}

function networkChecks({ here, nics }: ReadinessInput): JudgedCheck[] {
  return nics.map(({ starts }) => check("network", starts[here.index].result, starts[here.index].text, LINKS));
}

/** What it would be started with here, else what it runs with. */
export const startConfig = (input: Pick<ReadinessInput, "guest" | "here" | "runs_on">): GuestConfig | undefined =>
  fileOn(input)?.config ?? effectiveConfig(input.guest, input.runs_on);

const memoryCheck: Check = (input) => {
  const { here } = input;
  const xen = here.fresh("xl-info");
  const config = startConfig(input);
  const from = fileOn(input) === undefined ? XEN : [...XEN, ...CONFIGS];
  const needed_mib = config === undefined ? undefined : memoryNeededMib(config, xen);
  if (xen?.free_memory_mib === undefined)
    return check("memory", "unknown", `${here.id}: ${here.note("xl-info") ?? "free memory not known"}`, from);
  if (needed_mib === undefined) return check("memory", "unknown", "how much memory it needs isn't known", from);
  const [needed, free] = sizesOfMib([needed_mib, xen.free_memory_mib]);
  const text = `needs ${needed}, ${free} free on ${here.id}`;
  if (needed_mib <= xen.free_memory_mib) return check("memory", "pass", text, from);
  const fits = dom0Fixed(xen) === false && needed_mib <= (xen.total_memory_mib ?? 0);
  return check("memory", fits ? "unknown" : "fail", fits ? `${text}; dom0 would have to give up memory` : text, from);
};

const xenOf = (side: Side): XenInfo | undefined => side.known("xl-info");

/** The same for all guests. */
const lackingOn = perFacts((side: Side) =>
  side.cells.cells((needed: string): number | undefined => {
    const offered = xenOf(side)?.hw_caps;
    return offered === undefined ? undefined : missingFeatures({ needed, offered });
  }),
);

/** A cold start works on any CPU; only a live move needs all the features. */
const hardwareCheck: Check = (input) => {
  const { here, there } = input;
  const [own, other] = [xenOf(here), xenOf(there)];
  const type = startConfig(input)?.type;
  if (own === undefined || here.fresh("xl-info") === undefined) return ofBoth("hardware", "unknown", `${here.id}: Xen not known now`, XEN);
  if ((type === "hvm" || type === "pvh") && own.xen_caps.length > 0 && !own.xen_caps.some((cap) => cap.startsWith("hvm-")))
    return ofBoth("hardware", "fail", `${here.id} can't run ${type} guests`, XEN);
  if (type === "pv" && own.xen_caps.length > 0 && !own.xen_caps.some((cap) => cap.startsWith("xen-")))
    return ofBoth("hardware", "fail", `${here.id} can't run PV guests`, XEN);
  const lacking = other?.hw_caps === undefined ? undefined : lackingOn(here)(other.hw_caps);
  if (lacking === undefined) return ofBoth("hardware", "warn", `CPU features not compared with ${there.id}: no live move`, XEN);
  if (lacking > 0) return ofBoth("hardware", "warn", `${here.id} lacks ${lacking} CPU features of ${there.id}: no live move`, XEN);
  return ofBoth("hardware", "pass", "CPU features suffice", XEN);
};

/** Live streams go to the same or the next version (ganeti); a restart works on any. */
const versionCheck: Check = ({ here, there }) => {
  const [own, other] = [xenOf(here), xenOf(there)];
  if (own?.xen_minor === undefined || other?.xen_minor === undefined)
    return ofBoth("version", "warn", "Xen versions not compared: no live move", XEN);
  const step = own.xen_minor - other.xen_minor;
  const fits = own.xen_major === other.xen_major && (step === 0 || step === 1);
  return fits
    ? ofBoth("version", "pass", `Xen ${own.xen_version ?? ""}`.trimEnd(), XEN)
    : ofBoth("version", "warn", `Xen ${own.xen_version} on ${here.id}, ${other.xen_version} on ${there.id}: no live move`, XEN);
};

const passthroughCheck: Check = (input) => {
  const config = startConfig(input);
  if (config === undefined) return undefined;
  if (config.pci_devices.length > 0)
    return check("passthrough", "unknown", `needs ${config.pci_devices.join(", ")}: not checked on ${input.here.id}`, CONFIGS);
  if (config.usb_devices > 0)
    return check("passthrough", "unknown", `needs ${config.usb_devices} USB devices: not checked on ${input.here.id}`, CONFIGS);
  return config.disable_migrate
    ? check("passthrough", "warn", "migration disabled: restart only", CONFIGS)
    : check("passthrough", "pass", "no passthrough", CONFIGS);
};

/** Kernel, ramdisk, firmware and hotplug scripts; disks have their own check. */
const bootCheck: Check = (input) => {
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
  if (missing !== undefined) return check("bootfiles", "fail", `${missing} missing on ${here.id}`, CONFIGS);
  const unseen = needed.find((path) => look(path) === undefined);
  if (unseen !== undefined) return check("bootfiles", "unknown", `whether ${unseen} is on ${here.id} isn't known`, CONFIGS);
  return check("bootfiles", "pass", `boot files on ${here.id}`, CONFIGS);
};

const order: Readonly<Record<Result, number>> = { fail: 0, unknown: 1, warn: 2, pass: 3 };

export function readiness(input: ReadinessInput): JudgedReadiness {
  const { guest, here } = input;
  const running = guest.instances.some(({ side, domain }) => side === here && isActive(domain));
  if (!here.answers) {
    const text = `${here.id} doesn't answer`;
    return { host: here.id, answer: "unknown", checks: [check("host", "unknown", text, LIST)], reason: text };
  }
  if (running && here.freshness("xl-list") === "fresh") return { host: here.id, answer: "here", checks: [], reason: undefined };
  const single = [nameCheck, configCheck, memoryCheck, hardwareCheck, versionCheck, passthroughCheck, bootCheck].flatMap(
    (judge) => judge(input) ?? [],
  );
  const checks = [...diskChecks(input), ...networkChecks(input), ...single].sort((a, b) => order[a.result] - order[b.result]);
  const [worst] = checks;
  const answer = worst === undefined || worst.result === "unknown" ? "unknown" : worst.result === "fail" ? "no" : "yes";
  return { host: here.id, answer, checks, reason: answer === "yes" ? undefined : (worst?.text ?? "nothing is known of it") };
}

/** With where each check comes from, and how old that is: put to it when somebody asks, since few of some hundred guests are looked at. */
export function withEvidence({ host, answer, checks, reason }: JudgedReadiness, here: EvidenceOf, there: EvidenceOf): Readiness {
  let made: Readiness["checks"] | undefined;
  return {
    host,
    answer,
    get checks() {
      made ??= checks.map(({ from, of_both, ...told }) => ({ ...told, evidence: evidenceFor(here, there, from, of_both) }));
      return made;
    },
    reason,
  };
}
const evidenceFor = (here: EvidenceOf, there: EvidenceOf, from: From, of_both: boolean): readonly Evidence[] =>
  of_both ? from.flatMap((reading) => [here(reading), there(reading)]) : from.map(here);
