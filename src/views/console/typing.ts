/**
 * Whether what the operator types reaches a guest, and the one way there. It is switched on by the operator alone, and only once that is on record; it goes off
 * by itself wherever it might reach another machine.
 */
import { type GuestLine, logOnHost, typeEscape } from "../../xen/host/console.ts";
import type { HostChannel } from "../../xen/host/link.ts";
import type { SeatPorts } from "./ports.ts";
import type { Spot } from "./target.ts";

/** Typed while a ctrl-] is on its way; more is let go. */
const HELD_MAX = 64 * 1024;
const ESCAPE = "\x1d";

export interface Typing {
  readonly on: boolean;
  readonly set: (on: boolean, why?: string) => void;
  /** False: nothing was sent. */
  readonly send: (text: string) => boolean;
}

interface TypingRequest {
  readonly ports: Pick<SeatPorts, "audit" | "now_ms" | "say" | "link" | "nonce">;
  readonly object: string;
  /** Where it is attached; undefined: nowhere. */
  readonly spot: () => Spot | undefined;
  /** undefined: a shell, to which ctrl-] is a key like any other. */
  readonly line: () => GuestLine | undefined;
  readonly channel: () => HostChannel | undefined;
  readonly changed: () => void;
}

export function createTyping(request: TypingRequest): Typing {
  const { ports, object } = request;
  let on = false;
  /** Raised with every switch: an answer to an older question means nothing any more. */
  let turn = 0;
  /** undefined: nothing is held. */
  let held: string | undefined;

  const record = (text: string): Promise<boolean> => {
    const spot = request.spot();
    const kind = "console.typing";
    const link = spot === undefined ? undefined : ports.link(spot.host);
    if (link !== undefined) logOnHost(link, ports.nonce(), `${kind} ${object}${spot?.domid ? ` (domain ${spot.domid})` : ""}: ${text}`);
    return ports.audit({ kind, at_ms: ports.now_ms(), object, host: spot?.host, domid: spot?.domid, text });
  };

  const set = (wanted: boolean, why?: string): void => {
    if (wanted === on) return;
    turn += 1;
    held = undefined;
    if (request.line() === undefined) {
      // A shell was opened to be typed into, and that is on record.
      on = wanted;
      request.changed();
      return;
    }
    if (!wanted) {
      on = false;
      void record(why === undefined ? "off" : `off: ${why}`);
      if (why !== undefined && why !== "closed") ports.say(`Typing into ${object} was switched off: ${why}.`, "warning");
      request.changed();
      return;
    }
    const mine = turn;
    const spot = request.spot();
    record("on").then((written) => {
      if (mine !== turn) return;
      if (!written) ports.say("Typing stays off: it can't be recorded.", "warning");
      // It went elsewhere meanwhile: what was meant is not there.
      else if (request.spot()?.domid !== spot?.domid || request.spot()?.host !== spot?.host)
        ports.say("Typing stays off: the console moved.", "warning");
      else on = true;
      request.changed();
    });
  };

  /** xenconsole takes a ctrl-] that comes alone for its own end: it goes another way, and what is typed after it waits. */
  const typeApart = (rest: string): void => {
    const spot = request.spot();
    const line = request.line();
    const link = spot === undefined ? undefined : ports.link(spot.host);
    if (spot === undefined || line === undefined || link === undefined) return;
    held = rest;
    const mine = turn;
    typeEscape(link, { domid: spot.domid, line, nonce: ports.nonce() }, (typed) => {
      if (mine !== turn) return;
      if (!typed) ports.say(`ctrl-] did not reach ${object}.`, "warning");
      const waiting = held ?? "";
      held = undefined;
      if (waiting !== "") send(waiting);
    });
  };

  const send = (text: string): boolean => {
    const channel = request.channel();
    if (!on || channel === undefined) return false;
    if (held !== undefined) {
      if (held.length + text.length > HELD_MAX) return false;
      held += text;
      return true;
    }
    const at = request.line() === undefined ? -1 : text.indexOf(ESCAPE);
    if (at === -1) channel.write(text);
    else {
      if (at > 0) channel.write(text.slice(0, at));
      typeApart(text.slice(at + 1));
    }
    return true;
  };

  return {
    get on() {
      return on;
    },
    set,
    send,
  };
}
