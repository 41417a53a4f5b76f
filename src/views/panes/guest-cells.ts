/** Cells of a guest that both the overview and the guests screen show. */
import type { GuestDisk, GuestRow, HostView, PairView, Readiness } from "../../state/view-model.ts";
import type { Line, Span } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";
import { drbdOf, storageOf } from "./lookup.ts";
import { hostOf, isFresh, isTrusted, none, oldest, type Trust, told, trustOf, trustOfHost } from "./trust.ts";

/** What is known of where it is and how it is: as old as the oldest of its placements. */
export function trustOfGuest(view: PairView, guest: GuestRow): Trust {
  if (isTrusted(view)) return undefined;
  if (guest.placements.length === 0) return oldest(view.hosts.map((host) => trustOfHost(host, ["xl-list"], view.now_ms)));
  return oldest(
    guest.placements.map(({ host: id, evidence }) => {
      const host = hostOf(view, id);
      return oldest([trustOf(evidence, view.now_ms), host && trustOfHost(host, [], view.now_ms)]);
    }),
  );
}

/** Figures come from the host that runs it, by its own reading. */
export function trustOfFigure(view: PairView, guest: GuestRow, reading: string): Trust {
  if (isTrusted(view)) return undefined;
  const host = hostOf(view, guest.host ?? guest.placements[0]?.host);
  return host && trustOfHost(host, [reading], view.now_ms);
}

/** Which disks and nics a guest has is in its live configuration or in a config file: somebody must have told of either. */
export function isConfigTold(view: PairView, guest: GuestRow): boolean {
  const configs = (host: HostView): readonly string[] => (host.id === guest.host ? ["xl-list-long", "xl-configs"] : ["xl-configs"]);
  return view.hosts.some((host) => host.readings.some((evidence) => configs(host).includes(evidence.reading) && isFresh(evidence)));
}

/** A disk is as old as what the guest's host says of the thing below it; both hosts where it is in doubt which runs it. */
export function trustOfDisk(view: PairView, guest: GuestRow, disk: GuestDisk): Trust {
  const volume = disk.kind === "drbd" ? drbdOf(view, disk.object) : undefined;
  const storage = volume === undefined ? storageOf(view, disk.object) : undefined;
  const all: Trust[] = [];
  for (const [index, host] of view.hosts.entries()) {
    if (guest.host !== undefined && guest.host !== host.id) continue;
    const below = volume?.sides[index]?.evidence ?? storage?.cells[index]?.evidence;
    all.push(trustOf(below, view.now_ms), trustOfHost(host, [], view.now_ms));
  }
  return oldest(all);
}

export const trustOfDisks = (view: PairView, guest: GuestRow): Trust =>
  isTrusted(view) ? undefined : oldest(guest.disks.map((disk) => trustOfDisk(view, guest, disk)));

export function trustOfNics(view: PairView, guest: GuestRow): Trust {
  if (isTrusted(view)) return undefined;
  const host = hostOf(view, guest.host);
  const hosts = host === undefined ? view.hosts : [host];
  return guest.nics.length === 0 ? undefined : oldest(hosts.map((each) => trustOfHost(each, ["ip-link", "xenstore"], view.now_ms)));
}

/** An answer about a host that isn't seen is old, whatever it was. */
export function trustOfReadiness(view: PairView, readiness: Readiness): Trust {
  if (isTrusted(view)) return undefined;
  const host = hostOf(view, readiness.host);
  const all: Trust[] = [host && trustOfHost(host, [], view.now_ms)];
  for (const { evidence } of readiness.checks) for (const each of evidence) if (!isFresh(each)) all.push(trustOf(each, view.now_ms));
  return oldest(all);
}

/** In its guest's own row and its host's own column a reason needs to name neither. */
function ownReason({ name }: GuestRow, { host, reason }: Readiness): string | undefined {
  if (reason === undefined) return undefined;
  const [of_guest, on_host] = [`${name} `, ` on ${host}`];
  const at_host = [`${host}: `, `${host} `].find((start) => reason.startsWith(start)) ?? "";
  const inside = reason.slice(at_host.length);
  const about = inside.startsWith(of_guest) ? inside.slice(of_guest.length) : inside;
  return about.endsWith(on_host) && about.length > on_host.length ? about.slice(0, -on_host.length) : about;
}

/** `✓ yes`, `· here`, `✗ r3 Inconsistent`, `? beta doesn't answer`. */
export function readinessCell(view: PairView, guest: GuestRow, index: 0 | 1, ascii: boolean): Line {
  const readiness = guest.can_run[index];
  const trust = readiness.answer === "here" ? trustOfGuest(view, guest) : trustOfReadiness(view, readiness);
  const symbols = symbolsOf(ascii).severity;
  const answer = (symbol: string, severity: "ok" | "info" | "unknown" | "critical", text: string): Line => [
    { text: `${symbol} `, tone: severityTone[severity] },
    { text, tone: severity === "ok" || severity === "info" ? "plain" : severityTone[severity] },
  ];
  switch (readiness.answer) {
    case "no":
      return answer(symbols.critical, "critical", ownReason(guest, readiness) ?? "no");
    case "unknown":
      return answer(symbols.unknown, "unknown", ownReason(guest, readiness) ?? "unknown");
    case "yes":
      return trust === undefined ? answer(symbols.ok, "ok", "yes") : [told("yes", trust, { aged: true })];
    case "here":
      return trust === undefined ? answer(symbols.info, "info", "here") : [told("here", trust, { aged: true })];
  }
}

/** `alpha`; `alpha+beta` where it is on both; `alpha→beta` in a migration; a dash where it is nowhere. */
export function whereCell(view: PairView, guest: GuestRow, ascii: boolean): Line {
  const trust = trustOfGuest(view, guest);
  const { right } = symbolsOf(ascii);
  const on = guest.placements.filter(({ migration }) => migration === "none").map(({ host }) => host);
  const to = guest.placements.filter(({ migration }) => migration === "incoming").map(({ host }) => host);
  const left = guest.placements.filter(({ migration }) => migration === "migrated_away").map(({ host }) => host);
  const span = (text: string, tone: Span["tone"] = "plain"): Line => [told(text, trust, { tone })];
  if (to.length > 0 || left.length > 0) {
    const from = [...on.filter((host) => !to.includes(host) || left.length === 0), ...left].filter(
      (host, at, all) => all.indexOf(host) === at,
    );
    const target = to.length > 0 ? to : on.filter((host) => !left.includes(host));
    return span(`${from.filter((host) => !target.includes(host)).join("+")}${right}${target.join("+")}`, "warning");
  }
  if (on.length > 1) return span(on.join("+"), "critical");
  const [only] = on;
  if (only !== undefined) return span(only);
  return trust === undefined ? [none(ascii)] : [{ text: "? unknown", tone: "unknown" }];
}
