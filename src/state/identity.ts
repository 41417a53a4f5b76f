/**
 * Which machine answers under a host's name. Names are only names: one may lead to another machine today (an address that moved), or both
 * to the same one, whose guests would then count as redundant with themselves.
 */
import type { HostId } from "../xen/model/ids.ts";
import type { HostState, PairState } from "./state.ts";
import type { NewEntry } from "./timeline.ts";

type Hello = HostState["hello"];

const bootOf = (hello: Hello): string | undefined => hello?.get("boot_id") || undefined;
const nameOf = (hello: Hello): string | undefined => hello?.get("host") || undefined;

const entry = (host: HostId, at_ms: number, text: string, severity: NewEntry["severity"]): NewEntry => ({
  host,
  at_ms,
  text,
  severity,
  object: host,
  origin: "seen",
});

export interface Greeted {
  readonly hosts: PairState["hosts"];
  readonly entries: readonly NewEntry[];
  /** It isn't the running system that it was. */
  readonly booted: boolean;
}

/** The hosts after `host` has said hello; `before`: what it last said. */
export function greeted(state: PairState, host: HostState, before: Hello, at_ms: number): Greeted {
  const boot = bootOf(host.hello);
  const booted = boot !== undefined && bootOf(before) !== undefined && bootOf(before) !== boot;
  const hosts = new Map(state.hosts).set(host.id, host);
  const entries = booted ? [newcomer(host, before, at_ms)] : [];
  if (boot === undefined) return { hosts, entries, booted };
  for (const other of state.hosts.values()) {
    if (other.id === host.id) continue;
    if (other.twin !== undefined) {
      // It was kept out because of what this name led to then.
      if (bootOf(other.hello) !== boot) hosts.set(other.id, released(other, other.twin.link));
    } else if (bootOf(other.hello) === boot) {
      hosts.set(host.id, keptOut(host, other, at_ms));
      entries.push(entry(host.id, at_ms, `leads to the same machine as ${other.id}`, "critical"));
    }
  }
  return { hosts, entries, booted };
}

function newcomer(host: HostState, before: Hello, at_ms: number): NewEntry {
  const [was, is] = [nameOf(before), nameOf(host.hello)];
  if (was === is || was === undefined || is === undefined)
    return entry(host.id, at_ms, "was booted anew since it was last seen", "warning");
  return entry(host.id, at_ms, `another machine answers under this name: ${is}, before it was ${was}`, "critical");
}

/** Nothing that it tells is fresh any more: it would be told twice, as if there were two of it. */
function keptOut(host: HostState, other: HostState, at_ms: number): HostState {
  const machine = nameOf(host.hello);
  return {
    ...host,
    twin: { of: other.id, link: host.link },
    link: {
      phase: "refused",
      hop: host.id,
      reason: `the same machine as ${other.id}${machine === undefined ? "" : ` (it calls itself ${machine})`}`,
      advice: `${host.id} and ${other.id} must lead to two hosts: check HostName, DNS and the address, then start again`,
      since_ms: at_ms,
    },
  };
}

function released({ twin: _, ...host }: HostState, link: HostState["link"]): HostState {
  return { ...host, link };
}
