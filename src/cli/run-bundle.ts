/** `bundle`: collect as `status` does, keep every answer raw but for secrets, write one file. */
import { open } from "node:fs/promises";
import { createKeyframe } from "../state/recorder/keyframe.ts";
import { initialState, update } from "../state/update.ts";
import { hostId, type Pair } from "../xen/model/ids.ts";
import { readingIds } from "../xen/read/index.ts";
import { bundleBytes } from "./bundle.ts";
import { collect, settled } from "./collect.ts";
import { exitCodes } from "./exit-codes.ts";
import type { HeadlessRequest, Printed } from "./headless.ts";
import { missingReadings } from "./status-json.ts";
import { statusText } from "./status-text.ts";

/** `20261121-021403` */
export const fileStamp = (at_ms: number): string => new Date(at_ms).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
export const fileWord = (name: string): string => name.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 60);

/** Why it couldn't be; undefined: it is written, and on the disk. What is there already is left alone. */
export async function writeNewFile(path: string, content: Buffer | string): Promise<string | undefined> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(content);
      await file.datasync();
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "EEXIST" ? "is there already" : `can't be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** time_zone: of this machine, for whoever opens it. */
export async function runBundle(
  { pair, clock, started_ms, timeout_s, select, version }: HeadlessRequest,
  { output, time_zone }: { readonly output: string | undefined; readonly time_zone: string },
): Promise<Printed> {
  const hosts: Pair<ReturnType<typeof hostId>> = [hostId(pair.hosts[0]), hostId(pair.hosts[1])];
  const keyframe = createKeyframe(hosts, readingIds);
  const state = await collect({
    initial: initialState({ name: pair.name, hosts, now_ms: started_ms, priority: pair.settings?.priority }),
    update: (before, msg) => {
      keyframe.heard(msg);
      return update(before, msg);
    },
    links: [
      { host: hosts[0], link: pair.links[0] },
      { host: hosts[1], link: pair.links[1] },
    ],
    clock,
    deadline_ms: started_ms + timeout_s * 1000,
    until: settled,
  });
  const collected_ms = clock.now_ms();
  const view = select(state, collected_ms);
  const missing = missingReadings(view);
  const path = output ?? `xenha-bundle-${fileWord(pair.name)}-${fileStamp(collected_ms)}.tar.gz`;
  const bytes = bundleBytes({
    header: {
      xenha_tui: version,
      pair: pair.name,
      hosts: pair.hosts,
      started_ms,
      time_zone,
      simulated: pair.simulated,
      ...(pair.settings === undefined ? {} : { priority: pair.settings.priority }),
      session: `bundle-${fileStamp(collected_ms)}`,
    },
    collected_ms,
    complete: missing.length === 0,
    messages: keyframe.messages(),
    status: statusText(
      { view, simulated: pair.simulated, took_ms: collected_ms - started_ms, timeout_s, version },
      { color: false, ascii: true },
    ),
  });
  const problem = await writeNewFile(path, bytes);
  if (problem !== undefined) return { text: "", err: `xenha-tui: ${path} ${problem}\n`, code: exitCodes.failed.code };
  const lines = [
    `${path}: ${Math.ceil(bytes.length / 1024)} KiB, without passwords; names, addresses and log lines are in it`,
    ...(missing.length === 0
      ? []
      : [
          `${missing.length} answers are missing in it: ${[...new Set(missing.map(({ host, source }) => `${source} on ${host}`))].slice(0, 5).join(", ")}`,
        ]),
  ];
  return { text: `${lines.join("\n")}\n`, code: (missing.length === 0 ? exitCodes.ok : exitCodes.incomplete).code };
}
