/**
 * Can this guest run on this host now? The checks of 2-domain, section 3, as far as they can be judged without touching anything.
 * Unknown is never yes: every check is made on fresh facts of the host in question. What the other host last told (its bridges, its Xen) is
 * compared with even while it is silent, because a dead host's guests are what this is asked for.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { GuestConfig, XenInfo } from "../../xen/model/xen.ts";
import type { Readiness, ReadinessCheck } from "../view-model.ts";
import { effectiveConfig, type JoinedDisk } from "./chain-disk.ts";
import type { JoinedNic } from "./chain-nic.ts";
import { configDrift } from "./config-drift.ts";
import type { JoinedGuest } from "./guest-join.ts";
import { dom0Fixed, memoryNeededMib } from "./guest-memory.ts";
import { domainState, isActive } from "./guest-state.ts";
import { missingFeatures } from "./hardware.ts";
import type { Side } from "./sides.ts";

export interface ReadinessInput {
  readonly guest: JoinedGuest;
  readonly here: Side;
  readonly there: Side;
  readonly runs_on: HostId | undefined;
  readonly disks: readonly JoinedDisk[];
  readonly nics: readonly JoinedNic[];
}
type Check = (input: ReadinessInput) => ReadinessCheck | undefined;
type Result = ReadinessCheck["result"];

const check = (id: ReadinessCheck["id"], result: Result, text: string, evidence: ReadinessCheck["evidence"]): ReadinessCheck => ({
  id,
  result,
  text,
  evidence,
});

/** The host's file for the guest; several of one name: the one named after it. */
export function fileOn({ guest, here }: Pick<ReadinessInput, "guest" | "here">) {
  const files = guest.files.filter(({ side }) => side === here);
  return files.find(({ file }) => file.path.endsWith(`/${guest.name}.cfg`)) ?? files[0];
}

const nameCheck: Check = ({ guest, here }) => {
  const evidence = [here.evidence("xl-list")];
  const list = here.fresh("xl-list");
  if (list === undefined) return check("name", "unknown", `${here.id}: ${evidence[0]?.note ?? "domains not read yet"}`, evidence);
  const own = guest.instances.filter(({ side }) => side === here).map(({ domain }) => domain);
  const husk = own.find((domain) => !isActive(domain));
  if (husk?.migration === "incoming") return check("name", "warn", `${husk.name} is being received on ${here.id}`, evidence);
  if (husk !== undefined)
    return check("name", "fail", `domain ${husk.domid} is still on ${here.id}: ${domainState(husk, undefined).text}`, evidence);
  if (list.not_understood.length > 0) return check("name", "unknown", `part of xl list on ${here.id} wasn't understood`, evidence);
  const other = list.domains.find((domain) => domain.base_name === guest.name && !own.some(({ domid }) => domid === domain.domid));
  if (other !== undefined) return check("name", "fail", `another guest has its name on ${here.id}`, evidence);
  return check("name", "pass", `name free on ${here.id}`, evidence);
};

const configCheck: Check = (input) => {
  const { guest, here, there, runs_on } = input;
  const evidence = [here.evidence("xl-configs")];
  const told = here.fresh("xl-configs");
  if (told === undefined) return check("config", "unknown", `${here.id}: ${evidence[0]?.note ?? "configurations not read yet"}`, evidence);
  const own = fileOn(input);
  if (own === undefined) {
    const broken = told.find(({ path, error }) => error !== undefined && path.endsWith(`/${guest.name}.cfg`));
    if (broken !== undefined) return check("config", "fail", `${broken.path} on ${here.id} can't be read: ${broken.error}`, evidence);
    const cut = told.some(({ path }) => path === "/etc/xen");
    return check(
      "config",
      cut ? "unknown" : "fail",
      cut ? `not all configurations of ${here.id} were read` : `no config on ${here.id}`,
      evidence,
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
    return check("config", "warn", `config differs: ${drift[0]}${drift.length > 1 ? ` and ${drift.length - 1} more` : ""}`, evidence);
  return check("config", "pass", `config on ${here.id}`, evidence);
};

function diskChecks({ here, disks }: ReadinessInput): ReadinessCheck[] {
  return disks.map(({ sides, config }) => {
    const { start, evidence } = sides[here.index];
    return check(
      "disk",
      start.result,
      disks.length > 1 && !start.text.includes(config.vdev) ? `${config.vdev}: ${start.text}` : start.text,
      evidence,
    );
  });
}

function networkChecks({ here, nics }: ReadinessInput): ReadinessCheck[] {
  return nics.map(({ starts }) => check("network", starts[here.index].result, starts[here.index].text, [here.net.evidence]));
}

/** What it would be started with here, else what it runs with. */
export const startConfig = (input: Pick<ReadinessInput, "guest" | "here" | "runs_on">): GuestConfig | undefined =>
  fileOn(input)?.config ?? effectiveConfig(input.guest, input.runs_on);

const memoryCheck: Check = (input) => {
  const { here } = input;
  const evidence = [here.evidence("xl-info")];
  const xen = here.fresh("xl-info");
  const config = startConfig(input);
  const needed_mib = config === undefined ? undefined : memoryNeededMib(config, xen);
  if (xen?.free_memory_mib === undefined)
    return check("memory", "unknown", `${here.id}: ${evidence[0]?.note ?? "free memory not known"}`, evidence);
  if (needed_mib === undefined) return check("memory", "unknown", "how much memory it needs isn't known", evidence);
  const text = `needs ${needed_mib} MiB, ${xen.free_memory_mib} MiB free on ${here.id}`;
  if (needed_mib <= xen.free_memory_mib) return check("memory", "pass", text, evidence);
  const fits = dom0Fixed(xen) === false && needed_mib <= (xen.total_memory_mib ?? 0);
  return check("memory", fits ? "unknown" : "fail", fits ? `${text}; dom0 would have to give up memory` : text, evidence);
};

const xenOf = (side: Side): XenInfo | undefined => side.known("xl-info");

/** A cold start works on any CPU; only a live move needs all the features. */
const hardwareCheck: Check = (input) => {
  const { here, there } = input;
  const [own, other] = [xenOf(here), xenOf(there)];
  const evidence = [here.evidence("xl-info"), there.evidence("xl-info")];
  const type = startConfig(input)?.type;
  if (own === undefined || here.fresh("xl-info") === undefined)
    return check("hardware", "unknown", `${here.id}: Xen not known now`, evidence);
  if ((type === "hvm" || type === "pvh") && own.xen_caps.length > 0 && !own.xen_caps.some((cap) => cap.startsWith("hvm-")))
    return check("hardware", "fail", `${here.id} can't run ${type} guests`, evidence);
  if (type === "pv" && own.xen_caps.length > 0 && !own.xen_caps.some((cap) => cap.startsWith("xen-")))
    return check("hardware", "fail", `${here.id} can't run PV guests`, evidence);
  const lacking =
    own.hw_caps === undefined || other?.hw_caps === undefined
      ? undefined
      : missingFeatures({ needed: other.hw_caps, offered: own.hw_caps });
  if (lacking === undefined) return check("hardware", "warn", `CPU features not compared with ${there.id}: no live move`, evidence);
  if (lacking > 0) return check("hardware", "warn", `${here.id} lacks ${lacking} CPU features of ${there.id}: no live move`, evidence);
  return check("hardware", "pass", "CPU features suffice", evidence);
};

/** Live streams go to the same or the next version (ganeti); a restart works on any. */
const versionCheck: Check = ({ here, there }) => {
  const [own, other] = [xenOf(here), xenOf(there)];
  const evidence = [here.evidence("xl-info"), there.evidence("xl-info")];
  if (own?.xen_minor === undefined || other?.xen_minor === undefined)
    return check("version", "warn", "Xen versions not compared: no live move", evidence);
  const step = own.xen_minor - other.xen_minor;
  const fits = own.xen_major === other.xen_major && (step === 0 || step === 1);
  return fits
    ? check("version", "pass", `Xen ${own.xen_version ?? ""}`.trimEnd(), evidence)
    : check("version", "warn", `Xen ${own.xen_version} on ${here.id}, ${other.xen_version} on ${there.id}: no live move`, evidence);
};

const passthroughCheck: Check = (input) => {
  const config = startConfig(input);
  if (config === undefined) return undefined;
  const evidence = [input.here.evidence("xl-configs")];
  if (config.pci_devices.length > 0)
    return check("passthrough", "unknown", `needs ${config.pci_devices.join(", ")}: not checked on ${input.here.id}`, evidence);
  if (config.usb_devices > 0)
    return check("passthrough", "unknown", `needs ${config.usb_devices} USB devices: not checked on ${input.here.id}`, evidence);
  return config.disable_migrate
    ? check("passthrough", "warn", "migration disabled: restart only", evidence)
    : check("passthrough", "pass", "no passthrough", evidence);
};

/** Kernel, ramdisk, firmware and hotplug scripts; disks have their own check. */
const bootCheck: Check = (input) => {
  const { here } = input;
  const own = fileOn(input);
  const evidence = [here.evidence("xl-configs")];
  if (own === undefined || here.fresh("xl-configs") === undefined) return undefined;
  const scripts = [...own.config.disks, ...own.config.nics].flatMap(({ script }) => script ?? []);
  const needed = [...own.config.boot_files, ...new Set(scripts.map((script) => `/etc/xen/scripts/${script}`))];
  if (needed.length === 0) return undefined;
  const look = (path: string) =>
    own.file.paths?.find((one) => one.path === path || (path.startsWith("/etc/xen/scripts/") && one.path.endsWith(path.slice(16))))
      ?.present;
  const missing = needed.find((path) => look(path) === false);
  if (missing !== undefined) return check("bootfiles", "fail", `${missing} missing on ${here.id}`, evidence);
  const unseen = needed.find((path) => look(path) === undefined);
  if (unseen !== undefined) return check("bootfiles", "unknown", `whether ${unseen} is on ${here.id} isn't known`, evidence);
  return check("bootfiles", "pass", `boot files on ${here.id}`, evidence);
};

const order: Readonly<Record<Result, number>> = { fail: 0, unknown: 1, warn: 2, pass: 3 };

export function readiness(input: ReadinessInput): Readiness {
  const { guest, here } = input;
  const running = guest.instances.some(({ side, domain }) => side === here && isActive(domain));
  if (!here.answers) {
    const text = `${here.id} doesn't answer`;
    const last = here.evidence("xl-list");
    return { host: here.id, answer: "unknown", checks: [check("host", "unknown", text, [last])], reason: text };
  }
  const list = here.evidence("xl-list").freshness === "fresh";
  if (running && list) return { host: here.id, answer: "here", checks: [], reason: undefined };
  const single = [nameCheck, configCheck, memoryCheck, hardwareCheck, versionCheck, passthroughCheck, bootCheck].flatMap(
    (judge) => judge(input) ?? [],
  );
  const checks = [...diskChecks(input), ...networkChecks(input), ...single].sort((a, b) => order[a.result] - order[b.result]);
  const [worst] = checks;
  const answer = worst === undefined || worst.result === "unknown" ? "unknown" : worst.result === "fail" ? "no" : "yes";
  return { host: here.id, answer, checks, reason: answer === "yes" ? undefined : (worst?.text ?? "nothing is known of it") };
}
