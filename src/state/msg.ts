import type { LinkState } from "../xen/host/link.ts";
import type { ProbeFrame } from "../xen/host/wire.ts";
import type { HostId } from "../xen/model/ids.ts";

/** Everything that happens to the pair's state, as past events. at_ms: the console's clock. */
export type Msg =
  | { readonly kind: "link.changed"; readonly host: HostId; readonly link: LinkState; readonly at_ms: number }
  | { readonly kind: "probe.told"; readonly host: HostId; readonly frame: ProbeFrame; readonly at_ms: number };
