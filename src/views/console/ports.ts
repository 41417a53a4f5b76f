/** What an open console needs of the world around it. */
import type { HostLink } from "../../xen/host/link.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { Clock } from "../terminal/clock.ts";
import type { Feeder } from "./feeder.ts";

export interface AuditEntry {
  readonly kind: "console.typing" | "console.taken" | "shell.opened";
  readonly at_ms: number;
  /** The guest, or the host of a shell. */
  readonly object: string;
  readonly host: HostId | undefined;
  readonly domid: number | undefined;
  /** What about it: `on`, `off: it is another machine`. Never anything that was typed. */
  readonly text: string;
}

export interface SeatPorts {
  readonly link: (host: HostId) => HostLink | undefined;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now_ms: () => number;
  /** Sixteen letters and digits that nobody can guess. */
  readonly nonce: () => string;
  /** Durable before it answers. False: it can't be written, and what it tells must not be done. */
  readonly audit: (entry: AuditEntry) => Promise<boolean>;
  /** Loads the emulator, once. */
  readonly load: () => Promise<typeof import("./emulator.ts")>;
  /** What is shown of it may have changed. */
  readonly changed: (id: string) => void;
  readonly say: (text: string, tone: "info" | "warning") => void;
  readonly feeder: Feeder;
  /** Whether one more channel may be opened on a host. */
  readonly hasRoom: (host: HostId) => boolean;
}
