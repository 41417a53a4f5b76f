import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RawOutput } from "../src/xen/read/reading.ts";

const recordings = fileURLToPath(new URL("./recordings/", import.meta.url));

/** What a real tool printed: `recording("healthy/alpha/xl-list-v.txt")`. rc as in recordings/index.tsv. */
export function recording(path: string, rc = 0): RawOutput {
  return { rc, stdout: readFileSync(recordings + path, "utf8"), truncated: false };
}
