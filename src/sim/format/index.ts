/** The table of formats: what each reading's script prints on a simulated host. */
import type { ReadingId } from "../../xen/read/index.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { type Answer, type Format, notHere } from "./answer.ts";
import { drbdGi } from "./drbd-gi.ts";
import { drbdProc } from "./drbd-proc.ts";
import { drbdShow } from "./drbd-show.ts";
import { drbdStatusJson } from "./drbd-status-json.ts";
import { drbdStatusText } from "./drbd-status-text.ts";
import { hostParts } from "./host.ts";
import { kernelLog } from "./kernel-log.ts";
import { xlInfo } from "./xl-info.ts";
import { xlListVerbose } from "./xl-list.ts";

const drbdStatus: Format = (world, host) => {
  const [first] = world.drbd.values();
  return first?.flavour === "9.2" ? drbdStatusJson(world, host) : drbdStatusText(world, host);
};

const formats: Partial<Record<ReadingId, Format>> = {
  "xl-list": xlListVerbose,
  "xl-info": xlInfo,
  host: hostParts,
  "kernel-log": kernelLog,
  "drbd-status": drbdStatus,
  "drbd-proc": drbdProc,
  "drbd-show": drbdShow,
  "drbd-gi": drbdGi,
};

/** What the readings' scripts take out of a tool's output on its way. */
const filters: Partial<Record<ReadingId, (stdout: string) => string>> = {
  "drbd-show": (text) => text.replace(/("shared-secret": *").*"/g, '$1"').replace(/^\s*shared-secret.*\n/gm, ""),
};

/** What reading `id` answers on this host now. */
export function answer(world: World, host: SimHost, id: string): Answer {
  const format = (formats as Readonly<Record<string, Format | undefined>>)[id];
  const raw = format === undefined ? notHere : format(world, host);
  const filter = (filters as Readonly<Record<string, ((stdout: string) => string) | undefined>>)[id];
  const answered = filter === undefined ? raw : { ...raw, stdout: filter(raw.stdout) };
  const override = host.overrides.get(id);
  return override === undefined ? answered : override(answered.stdout);
}
