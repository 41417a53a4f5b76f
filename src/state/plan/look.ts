/**
 * What no reading tells and a plan must know all the same: asked once for one plan, by a command that changes nothing, before it is made and again
 * after it was confirmed. A planner names its looks; what came of them is handed to it, so that it stays pure.
 */
import type { HostId } from "../../xen/model/ids.ts";

export type Look =
  /** On that dom0, without a shell. */
  | { readonly kind: "command"; readonly host: HostId; readonly argv: readonly string[] }
  /** That host's fence agent, asked whether its power is on. */
  | { readonly kind: "power"; readonly of: HostId };

export interface Looked {
  readonly at_ms: number;
  /** Exit status; undefined: no answer. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** Its last words, cleaned, for a message. */
  readonly said: string;
}

/** Older than this it isn't known any more. */
export const LOOK_FRESH_MS = 60_000;
/** Asked at once; the others wait. */
export const LOOKS_AT_ONCE = 6;
/** More than this no plan asks for. */
export const LOOKS_MAX = 200;

export const lookKey = (look: Look): string => JSON.stringify(look.kind === "power" ? ["power", look.of] : [look.host, ...look.argv]);

/** What a fence agent's exit status to `status` says (fence-agents, FenceAgentAPI): 0 on, 2 off. Anything else: it doesn't know. */
export const powerOf = (looked: Looked | undefined): "on" | "off" | undefined =>
  looked?.code === 0 ? "on" : looked?.code === 2 ? "off" : undefined;
