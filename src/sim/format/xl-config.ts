/** `xl list -l`, the readings of /etc/xen (files, autostart) and of /var/log/xen. */
import type { GuestSpec, SimDomain } from "../model/guest.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { type Answer, type Format, ok } from "./answer.ts";
import { configJson, configText, diskTarget } from "./guest-config.ts";
import { type Json, yajl } from "./json.ts";

const sched = { sched: "credit", weight: 256, cap: 0 };

function dom0Json(domain: SimDomain): Json {
  const memory = { max_memkb: domain.max_memory_kib, target_memkb: domain.memory_kib - 1, sched_params: sched };
  return { c_info: { type: "pv", name: "Domain-0" }, b_info: { ...memory, "type.pv": {}, arch_arm: {}, arch_x86: {} } };
}

/** libxl says on stderr which domain it can't read, and still exits with 0. */
export const xlListLongErrors = (host: SimHost): readonly string[] =>
  host.domains
    .filter((domain) => !domain.has_json)
    .map(
      ({ domid }) =>
        `libxl: error: libxl_domain.c:2335:retrieve_domain_configuration_lock_acquired: Domain ${domid}:Fail to get domain configuration`,
    );

export const xlListLong: Format = (world, host) => {
  const rows = host.domains.flatMap((domain): Json[] => {
    if (domain.domid === 0) return [{ domid: 0, config: dom0Json(domain) }];
    if (!domain.has_json || domain.guest === undefined) return [];
    return [{ domid: domain.domid, config: configJson(world, host, domain.guest, true) }];
  });
  return ok(`${yajl(rows)}\n\n`);
};

/** Secrets that the readings' scripts blank before anything leaves the host. */
export const withoutSecrets = (text: string): string =>
  text.replace(/^( *"[a-z_]*passwd": )".*"(,?)$/gm, '$1"-"$2').replace(/^( *"cmdline": )".*"(,?)$/gm, '$1"-"$2');

/** Paths on a network file system aren't looked at. */
function neededPaths(world: World, host: SimHost, guest: GuestSpec): readonly string[] {
  const targets = guest.disks.map((disk) => diskTarget(world, host, disk));
  const devices = targets.flatMap(({ target }) => (target?.startsWith("/") === true ? [target] : []));
  const scripts = targets.flatMap(({ script }) => (script === undefined ? [] : [`/etc/xen/scripts/${script}`]));
  const vif = guest.nics.map(({ bridge }) => `/etc/xen/scripts/${bridge.startsWith("ovs") ? "vif-openvswitch" : "vif-bridge"}`);
  const boot = [guest.kernel, guest.ramdisk].filter((path) => path !== undefined);
  return [...new Set([...boot, ...devices, ...scripts, ...vif])].sort();
}

function pathLine(world: World, host: SimHost, path: string): string {
  if (host.storage.nfs.some(({ mountpoint }) => path.startsWith(`${mountpoint}/`))) return `? ${path}\n`;
  const lv = /^\/dev\/([^/]+)\/([^/]+)$/.exec(path);
  const volume = lv === null || lv[1] === "mapper" || host.storage.lvs.some(({ vg, name }) => vg === lv[1] && name === lv[2]);
  const map = !path.startsWith("/dev/mapper/") || host.storage.maps.some(({ name }) => path === `/dev/mapper/${name}`);
  const minor = /^\/dev\/drbd\/by-res\/(.+)\/\d+$/.exec(path)?.[1];
  const mirror = minor === undefined || world.drbd.get(minor)?.nodes[host.ix].configured === true;
  return `${volume && map && mirror && !host.missing_paths.has(path) ? "+" : "-"} ${path}\n`;
}

/** The parts of the reading xl-configs: `@@ RC PATH`, what `xl create -q -n PATH` printed, and which local paths the guest needs. */
export function xlConfigs(world: World, host: SimHost): Answer {
  const parts = host.configs.map((file) => {
    const { guest } = file;
    if (guest === undefined) return `@@ 1 ${file.path}\n${file.error ?? "Failed to parse config: Invalid argument"}\n`;
    const paths = neededPaths(world, host, guest).map((path) => pathLine(world, host, path));
    return `@@ 0 ${file.path}\n${withoutSecrets(configText(world, host, guest, false))}${paths.join("")}`;
  });
  return ok(parts.join(""));
}

export const xenAuto: Format = (_world, host) =>
  ok(host.auto.map(({ name, target }) => `@@ ${name}\n${target === undefined ? "" : `${target}\n`}`).join(""));

/** Lines of each file that the reading tells. */
const LOG_LINES = 10;

export const xlLogs: Format = (world, host) => {
  const now_s = Math.floor((world.scheduler.now_ms + host.skew_ms) / 1000);
  const parts = [...host.xl_logs].flatMap(([path, { lines, written_ms }]) => {
    const age_s = Math.floor((world.scheduler.now_ms - written_ms) / 1000);
    if (age_s > 2 * 86_400) return [];
    return [`@@ ${now_s - age_s} ${path}\n${lines.slice(-LOG_LINES).join("\n")}\n`];
  });
  return ok(parts.join(""));
};

/** Processes named xl, and what each waits for: one lives as long as its domain does, unless somebody killed it. */
export const xlMonitors: Format = (_, host) => {
  const said = [...host.xl_logs.values()].flatMap(({ lines }) => lines.filter((line) => line.startsWith("Waiting for domain ")));
  const alive = said.flatMap((line) => {
    const [, domid, pid] = /\(domid (\d+)\) to die \[pid (\d+)\]$/.exec(line) ?? [];
    const there = host.domains.some((domain) => domain.domid === Number(domid)) && !host.unwatched.has(Number(domid));
    return pid !== undefined && there ? [`${pid}\n`] : [];
  });
  return ok(`@@ alive\n${alive.join("")}@@ said\n${said.map((line) => `${line}\n`).join("")}`);
};
