/** "Both hosts should use identical hardware": what is compared, and whether it is the same. As last told; hardware doesn't change while a host is silent. */
import type { Pair } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import type { HostState, PairState } from "../state.ts";
import type { PairView } from "../view-model.ts";

/** Hosts whose memory differs by less than this are equal: firmware takes its share. */
export const MEMORY_SAME_PERCENT = 2;

type Value = string | number | undefined;
interface Compared {
  readonly what: string;
  readonly value: (host: HostState) => Value;
  readonly unit?: string;
  readonly same?: (a: NonNullable<Value>, b: NonNullable<Value>) => boolean;
}

const nearlySame = (a: Value, b: Value): boolean =>
  typeof a === "number" && typeof b === "number" && Math.abs(a - b) * 100 <= MEMORY_SAME_PERCENT * Math.max(a, b);

const xen = (host: HostState) => newest(host.facts["xl-info"]);
const physicalNics = (host: HostState) => newest(host.facts["ip-link"])?.links.filter(({ physical }) => physical);

const compared: readonly Compared[] = [
  { what: "machine", value: (host) => newest(host.facts.host)?.hardware },
  { what: "CPU model", value: (host) => newest(host.facts.host)?.cpu_model },
  { what: "CPU features (hw_caps)", value: (host) => xen(host)?.hw_caps },
  { what: "CPUs", value: (host) => xen(host)?.nr_cpus },
  { what: "cores per socket", value: (host) => xen(host)?.cores_per_socket },
  { what: "threads per core", value: (host) => xen(host)?.threads_per_core },
  { what: "virtualisation", value: (host) => capsOf(xen(host)?.virt_caps) },
  { what: "memory", value: (host) => xen(host)?.total_memory_mib, unit: "MiB", same: nearlySame },
  { what: "Xen", value: (host) => xen(host)?.xen_version },
  { what: "Xen guests (xen_caps)", value: (host) => capsOf(xen(host)?.xen_caps) },
  { what: "dom0 kernel", value: (host) => newest(host.facts.host)?.kernel },
  { what: "DRBD", value: (host) => newest(host.facts["drbd-proc"])?.version },
  { what: "NICs", value: (host) => physicalNics(host)?.length },
  { what: "NICs with carrier", value: (host) => physicalNics(host)?.filter(({ carrier }) => carrier === true).length },
];

const capsOf = (caps: readonly string[] | undefined): string | undefined =>
  caps === undefined || caps.length === 0 ? undefined : [...caps].sort().join(" ");

/** One row per thing that at least one host told; `same` undefined where only one did. */
export function selectHardware(state: PairState): PairView["hardware_parity"] {
  const hosts = state.order.map((id) => state.hosts.get(id));
  return compared.flatMap(({ what, value, unit, same }) => {
    const [a, b] = hosts.map((host) => (host === undefined ? undefined : value(host)));
    if (a === undefined && b === undefined) return [];
    const values: Pair<string> = [shown(a, unit), shown(b, unit)];
    const equal = a === undefined || b === undefined ? undefined : (same?.(a, b) ?? a === b);
    return [{ what, values, same: equal }];
  });
}

const shown = (value: Value, unit: string | undefined): string =>
  value === undefined ? "not known" : unit === undefined ? String(value) : `${value} ${unit}`;

/**
 * Features of `needed` that `offered` lacks: hw_caps are colon-separated 32-bit hex words (`xl info`). undefined where they can't be compared.
 * A guest that moves live takes the features it was started with along (2-domain, preflight 4).
 */
export function missingFeatures({ needed, offered }: { readonly needed: string; readonly offered: string }): number | undefined {
  const words = (caps: string) => caps.split(":").map((word) => (/^[0-9a-f]{1,8}$/i.test(word) ? Number.parseInt(word, 16) : undefined));
  const [want, have] = [words(needed), words(offered)];
  if (want.length !== have.length || want.includes(undefined) || have.includes(undefined)) return undefined;
  return want.reduce<number>((count, word, index) => count + bits((word ?? 0) & ~(have[index] ?? 0)), 0);
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count += 1;
  return count;
}
