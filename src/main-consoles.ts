/** What the consoles on the screen go by: links, record, chance. Part of the composition root. */
import { randomBytes } from "node:crypto";
import { systemClock } from "./cli/clock.ts";
import { createConsoleRecord, operatorName } from "./cli/operator-record.ts";
import type { ConsolePorts } from "./views/console/hook.ts";
import type { HostLink } from "./xen/host/link.ts";
import type { HostId } from "./xen/model/ids.ts";

interface Request {
  /** Filled as soon as there are any. */
  readonly links: ReadonlyMap<HostId, HostLink>;
  readonly prefix: string;
  /** Where this operator's record lies. */
  readonly dir: string;
  readonly first: string | undefined;
}

export function consolePorts({ links, prefix, dir, first }: Request): ConsolePorts {
  const record = createConsoleRecord(dir, operatorName(process.env));
  return {
    link: (host) => links.get(host),
    now_ms: () => Math.round(systemClock.now_ms()),
    nonce: () => randomBytes(8).toString("hex"),
    audit: record,
    prefix,
    first,
  };
}
