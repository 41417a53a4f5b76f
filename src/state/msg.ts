import type { LinkEvent, LinkState } from "../xen/host/link.ts";
import type { ProbeFrame } from "../xen/host/wire.ts";
import type { HostId } from "../xen/model/ids.ts";
import type { Ack } from "./acks.ts";
import type { Finding } from "./view-model.ts";

/** What a host's connection told. */
export type HostMsg =
  | { readonly kind: "link.changed"; readonly host: HostId; readonly link: LinkState; readonly at_ms: number }
  | { readonly kind: "probe.told"; readonly host: HostId; readonly frame: ProbeFrame; readonly at_ms: number };

/** Everything that happens to the pair's state, as past events. at_ms: the console's clock. */
export type Msg =
  | HostMsg
  /** A view was made, and this is what it found. */
  | { readonly kind: "pair.looked_at"; readonly findings: readonly Finding[]; readonly at_ms: number }
  | { readonly kind: "finding.noted"; readonly ack: Ack; readonly at_ms: number }
  /** key: see findingKey. */
  | { readonly kind: "finding.note_withdrawn"; readonly key: string; readonly by: string; readonly at_ms: number };

export const hostMsg = (host: HostId, event: LinkEvent, at_ms: number): HostMsg =>
  event.kind === "state"
    ? { kind: "link.changed", host, link: event.link, at_ms }
    : { kind: "probe.told", host, frame: event.frame, at_ms };
