/** "Both hosts should use identical hardware": what is compared, and whether it is the same. As last told; hardware doesn't change while a host is silent. */
import type { Pair } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import type { PairView } from "../view-model.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import { type Side, type Sides, sidesOf } from "./sides.ts";

/** Hosts whose memory differs by less than this are equal: firmware takes its share. */
export const MEMORY_SAME_PERCENT = 2;

type Value = string | number | undefined;
interface Compared {
  readonly what: string;
  readonly value: (side: Side) => Value;
  readonly unit?: string;
  readonly same?: (a: NonNullable<Value>, b: NonNullable<Value>) => boolean;
}

const nearlySame = (a: Value, b: Value): boolean =>
  typeof a === "number" && typeof b === "number" && Math.abs(a - b) * 100 <= MEMORY_SAME_PERCENT * Math.max(a, b);

const xen = (side: Side) => side.known("xl-info");
const physicalNics = (side: Side) => side.known("ip-link")?.links.filter(({ physical }) => physical);

const compared: readonly Compared[] = [
  { what: "machine", value: (side) => side.known("host")?.hardware },
  { what: "CPU model", value: (side) => side.known("host")?.cpu_model },
  { what: "CPU features (hw_caps)", value: (side) => xen(side)?.hw_caps },
  { what: "CPUs", value: (side) => xen(side)?.nr_cpus },
  { what: "cores per socket", value: (side) => xen(side)?.cores_per_socket },
  { what: "threads per core", value: (side) => xen(side)?.threads_per_core },
  { what: "virtualisation", value: (side) => capsOf(xen(side)?.virt_caps) },
  { what: "memory", value: (side) => xen(side)?.total_memory_mib, unit: "MiB", same: nearlySame },
  { what: "Xen", value: (side) => xen(side)?.xen_version },
  { what: "Xen guests (xen_caps)", value: (side) => capsOf(xen(side)?.xen_caps) },
  { what: "dom0 kernel", value: (side) => side.known("host")?.kernel },
  { what: "DRBD", value: (side) => side.known("drbd-proc")?.version },
  { what: "NICs", value: (side) => physicalNics(side)?.length },
  { what: "NICs with carrier", value: (side) => physicalNics(side)?.filter(({ carrier }) => carrier === true).length },
];

const capsOf = (caps: readonly string[] | undefined): string | undefined =>
  caps === undefined || caps.length === 0 ? undefined : [...caps].sort().join(" ");

function compare({ both }: Sides): PairView["hardware_parity"] {
  return compared.flatMap(({ what, value, unit, same }) => {
    const [a, b] = both.map(value);
    if (a === undefined && b === undefined) return [];
    const values: Pair<string> = [shown(a, unit), shown(b, unit)];
    const equal = a === undefined || b === undefined ? undefined : (same?.(a, b) ?? a === b);
    return [{ what, values, same: equal }];
  });
}

const hardwareCell = perFacts((sides: Sides) => sides.cells.cell(() => compare(sides), shared));

/** One row per thing that at least one host told; `same` undefined where only one did. */
export const selectHardware = (state: PairState, now_ms: number, sides: Sides = sidesOf(state, now_ms)): PairView["hardware_parity"] =>
  hardwareCell(sides)();

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
