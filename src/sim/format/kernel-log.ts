/** `journalctl -k -o short-unix`: the back-fill, and each line as it comes. */
import type { KernelLine, SimHost } from "../model/host.ts";
import { type Format, ok } from "./answer.ts";

/** The reading's own limits. */
const HOURS_MAX = 12;
const LINES_MAX = 400;

export function journalLine(host: SimHost, line: KernelLine): string {
  return `${(line.wall_ms / 1000).toFixed(6)} ${host.name} kernel: ${line.text}`;
}

export const kernelLog: Format = (world, host) => {
  const since_ms = world.scheduler.now_ms + host.skew_ms - HOURS_MAX * 3_600_000;
  const lines = host.kernel_log.filter((line) => line.wall_ms >= since_ms).slice(-LINES_MAX);
  return ok(lines.map((line) => `${journalLine(host, line)}\n`).join(""));
};
