/** /etc/xen/auto: what starts at boot, and which file each entry leads to. A part per entry: `@@ NAME`, then the target of a link. */
import type { AutostartEntry } from "../model/xen.ts";
import { clean, cleanOrNone } from "./clean.ts";
import { splitParts } from "./parts.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure } from "./xl-tool.ts";

/** Entries in the order of the directory; a line before the first head is kept as an entry too. */
export function parseXenAuto({ rc, stdout }: RawOutput): ParseResult<readonly AutostartEntry[]> {
  if (rc === RC_ABSENT) return absent("there is no /etc/xen/auto");
  const entries = splitParts(stdout).map(({ head, body }) => ({
    name: clean(head === "" ? body : head),
    target: head === "" ? undefined : cleanOrNone(body.trim()),
  }));
  if (rc !== 0 && entries.length === 0) return failed(failure("ls /etc/xen/auto", rc, stdout));
  return parsed(entries);
}

export const xenAuto: Reading<readonly AutostartEntry[]> = {
  id: "xen-auto",
  title: "guests that start at boot",
  source: "ls /etc/xen/auto",
  script: `[ -d /etc/xen/auto ] || exit ${RC_ABSENT}
cd /etc/xen/auto || exit 1
for entry in *; do
  [ -e "$entry" ] || [ -L "$entry" ] || continue
  echo "@@ $entry"
  if [ -L "$entry" ]; then readlink -f "$entry" || readlink "$entry"; fi
done
exit 0`,
  cadence_s: 120,
  timeout_s: 8,
  bytes_max: 65_536,
  refreshed_by: [],
  parse: parseXenAuto,
};
