/** Where a guest's console is now, as far as the hosts tell. Pure. */
import type { GuestRow, HostView, PairView, Placement } from "../../state/view-model.ts";
import type { GuestLine } from "../../xen/host/console.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { Tone } from "../pane.ts";

/** One domain on one host. */
export interface Spot {
  readonly host: HostId;
  readonly domid: number;
}

export const sameSpot = (a: Spot | undefined, b: Spot | undefined): boolean => a?.host === b?.host && a?.domid === b?.domid;

/** By its key once it was seen, by its name before. */
export interface GuestName {
  readonly key: string | undefined;
  readonly name: string;
}

export type Target =
  /** doubt: what speaks against it being the one. */
  | { readonly kind: "at"; readonly spot: Spot; readonly state: string; readonly doubt: string | undefined }
  /** It has no console that is known of; text: why, one phrase. */
  | { readonly kind: "nowhere"; readonly text: string; readonly tone: Tone };

export const rowOf = (view: PairView, { key, name }: GuestName): GuestRow | undefined =>
  view.guests.find((row) => (key === undefined ? row.name === name : row.key === key)) ?? view.guests.find((row) => row.name === name);

/** Which line its console is on, where nobody said another. */
export const lineOf = (row: GuestRow | undefined): GuestLine => (row?.type === "hvm" ? "serial" : "pv");

const hostOf = (view: PairView, id: HostId): HostView | undefined => view.hosts.find((host) => host.id === id);
const answers = (host: HostView | undefined): boolean => host?.reach === "live";
const named = (ids: readonly HostId[]): string => ids.join(" and ");

/** Something has its console: it runs, is held, or died and was kept. */
const hasConsole = ({ migration, state }: Placement): boolean => migration === "none" && !/^(?:dying|rebooting|shut down)/.test(state.text);

/** Hosts that don't answer may run anything. */
const silent = (view: PairView): readonly HostId[] => view.hosts.filter((host) => !answers(host)).map(({ id }) => id);

function nowhere(view: PairView, row: GuestRow | undefined, name: string): Target {
  const unknown = silent(view);
  const [doubt, tone]: [string, Tone] =
    unknown.length === 0 ? ["", "warning"] : [`; ${named(unknown)} can't be asked: it may run there`, "unknown"];
  if (row === undefined) {
    const asked = view.hosts.filter(answers).map(({ id }) => id);
    if (asked.length === 0) return { kind: "nowhere", text: `no host answers yet: where ${name} runs isn't known`, tone: "unknown" };
    const told = view.hosts.every(
      (host) => !answers(host) || host.readings.some(({ reading, at_ms }) => reading === "xl-list" && at_ms !== undefined),
    );
    return told
      ? { kind: "nowhere", text: `${named(asked)} ${asked.length > 1 ? "know" : "knows"} no guest ${name}${doubt}`, tone }
      : { kind: "nowhere", text: `looking for ${name}`, tone: "info" };
  }
  const [placed] = row.placements;
  if (placed === undefined) return { kind: "nowhere", text: `${name} doesn't run${doubt}`, tone };
  return { kind: "nowhere", text: `${name} is ${placed.state.text} on ${placed.host}${doubt}`, tone };
}

/** `now`: where its console is open at present; it is kept as long as it is there. */
export function targetOf(view: PairView, guest: GuestName, now: Spot | undefined): Target {
  const row = rowOf(view, guest);
  const found = (row?.placements ?? []).filter(hasConsole);
  const here = found.find((placement) => sameSpot(placement, now));
  // A domain that was left behind by a migration still has what it printed last.
  const chosen = here ?? found.find(({ host }) => host === row?.host) ?? found.find(({ host }) => answers(hostOf(view, host))) ?? found[0];
  if (chosen === undefined) return nowhere(view, row, row?.name ?? guest.name);
  const spot: Spot = { host: chosen.host, domid: chosen.domid };
  if (!answers(hostOf(view, chosen.host)) && here === undefined)
    return {
      kind: "nowhere",
      text: `${chosen.host} doesn't answer: ${row?.name ?? guest.name} was ${chosen.state.text} there when it was last heard of`,
      tone: "unknown",
    };
  const others = found.filter((placement) => placement !== chosen && placement.state.text === "running").map(({ host }) => host);
  const doubt = others.length > 0 && chosen.state.text === "running" ? `it runs on ${named(others)} as well` : undefined;
  return { kind: "at", spot, state: chosen.state.text, doubt };
}
