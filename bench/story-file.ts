/** A recorded story as text; apart from what records it, so that a program that only reads one isn't made of the simulator, too. */

import type { ProbeFrame } from "../src/xen/host/wire.ts";
import type { Pair } from "../src/xen/model/ids.ts";

export interface Recorded {
  readonly hosts: Pair<string>;
  readonly uptime_s: Pair<number>;
  /** Readings that there are. */
  readonly ids: readonly string[];
  /** The hello and the newest section of each reading. */
  readonly before: Pair<readonly ProbeFrame[]>;
  readonly ticks: Pair<readonly (readonly ProbeFrame[])[]>;
}

const isMap = (value: unknown): value is { readonly map: [string, string][] } =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "map");
export const writeStory = (recorded: Recorded): string =>
  JSON.stringify(recorded, (_, value: unknown) => (value instanceof Map ? { map: [...value] } : value));
export const readStory = (text: string): Recorded =>
  JSON.parse(text, (_, value: unknown) => (isMap(value) ? new Map(value.map) : value)) as Recorded;
