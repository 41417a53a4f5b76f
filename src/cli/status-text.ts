/** `status` for people: the same PairView as on screen, on paper. Sections that have nothing to say are left out. */
import { nextStep } from "../state/next-step.ts";
import { sizesOfMib } from "../state/sizes.ts";
import type {
  DrbdRow,
  Evidence,
  GuestRow,
  HostView,
  Judged,
  LeftGuest,
  LoseHost,
  PairView,
  Readiness,
  Severity,
  StorageRow,
} from "../state/view-model.ts";
import { type Collected, missingReadings } from "./status-json.ts";
import { type Cell, paint, type Style, type Tint, table } from "./table.ts";
import { count, duration, kib, mib, percent, plural } from "./units.ts";

export function statusText({ view, simulated, took_ms }: Collected, style: Style): string {
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    [
      "If a host is lost",
      table(
        view.lose.map((lose) => loseCells(lose, view.now_ms)),
        style,
      ),
    ],
    ["Findings", table(view.findings.flatMap(findingCells), style)],
    [
      "Hosts",
      table(
        view.hosts.map((host) => hostCells(host, view.now_ms)),
        style,
      ),
    ],
    [
      "Guests",
      withTitles(
        guestTitles(view),
        view.guests.map((guest) => guestCells(guest, view)),
        style,
      ),
    ],
    [
      "DRBD",
      withTitles(
        drbdTitles(view),
        view.drbd.map((row) => drbdCells(row, view.now_ms)),
        style,
      ),
    ],
    [
      "Storage",
      withTitles(
        storageTitles(view),
        view.storage.map((row) => storageCells(row, view.now_ms)),
        style,
      ),
    ],
    ["Network", table(networkCells(view), style)],
    ["Not answered", table(missingRows(view), style)],
  ];
  const at = new Date(view.now_ms).toISOString().replace(/\.\d+Z$/, "Z");
  const head = [
    paint(view.name, "title", style),
    paint(view.severity.toUpperCase(), tints[view.severity], style),
    ...(simulated ? ["simulated"] : []),
    at,
    `took ${duration(took_ms / 1000)}`,
  ].join("  ");
  const body = sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : ["", paint(title, "title", style), ...lines]));
  return `${[head, ...body].join("\n")}\n`;
}

const tints: { readonly [Name in Severity]: Tint } = {
  ok: "ok",
  info: "info",
  unknown: "unknown",
  warning: "warning",
  critical: "critical",
};

const plain = (text: string): Cell => ({ text });
const number = (text: string): Cell => ({ text, right: true });
const judged = ({ text, severity }: Judged): Cell => ({ text, tint: tints[severity] });

function withTitles(titles: readonly Cell[], rows: readonly (readonly Cell[])[], style: Style): string[] {
  if (rows.length === 0) return [];
  return table([titles.map((cell) => ({ ...cell, tint: "dim" as const })), ...rows], style);
}

/** ` (42 s old)` behind what isn't told freshly. */
function aged({ freshness, at_ms }: Evidence, now_ms: number): string {
  if (freshness === "fresh" || freshness === "absent") return "";
  return at_ms === undefined ? " (never told)" : ` (${freshness}, ${duration((now_ms - at_ms) / 1000)} old)`;
}

function lasting({ since_ms, behind_kib }: LeftGuest, now_ms: number): string {
  return `${since_ms === undefined ? "" : ` for ${duration((now_ms - since_ms) / 1000)}`}${behind_kib === undefined ? "" : `, ${kib(behind_kib)} behind`}`;
}

function loseCells(lose: LoseHost, now_ms: number): Cell[] {
  const all = lose.restart.length + lose.cannot.length + lose.unknown.length;
  const said: { readonly [Answer in LoseHost["answer"]]: string } = {
    all: `${all === 1 ? "its guest restarts" : `all ${all} guests restart`} on ${lose.survivor}`,
    some: `${lose.restart.length} of ${plural(all, "guest")} restart on ${lose.survivor}`,
    none: `${all === 1 ? "its guest doesn't restart" : `none of ${all} guests restarts`} on ${lose.survivor}`,
    unknown: lose.unknown.length === 0 ? "not known" : `not known (${plural(lose.unknown.length, "guest")} can't be judged)`,
    nothing_to_move: "no guest runs there",
  };
  const reasons = [
    ...lose.cannot.map((left) => `${left.name} can't: ${left.reason}${lasting(left, now_ms)}`),
    ...lose.unknown.map(({ name, reason }) => `${name} not known: ${reason}`),
    ...lose.stops.map(({ name, reason }) => `${name} stops: ${reason}`),
  ];
  const [needed, free = "?"] = sizesOfMib([lose.memory_needed_mib, ...(lose.memory_free_mib === undefined ? [] : [lose.memory_free_mib])]);
  const memory = all === 0 ? [] : [`needs ${needed}, ${free} free`];
  const stop =
    lose.stops.length === 0
      ? ""
      : `, ${plural(lose.stops.length, "guest")} of ${lose.survivor} ${lose.stops.length === 1 ? "stops" : "stop"}`;
  return [plain(lose.lost), { text: said[lose.answer] + stop, tint: tints[lose.severity] }, plain([...memory, ...reasons].join("; "))];
}

function findingCells(finding: PairView["findings"][number]): Cell[][] {
  const { severity, object, cause, at_risk } = finding;
  const next = nextStep(finding);
  const risk = at_risk.length === 0 ? "" : ` (at risk: ${at_risk.join(", ")})`;
  const first = [{ text: severity, tint: tints[severity] }, plain(object), plain(cause + risk)];
  return next === "" ? [first] : [first, [plain(""), plain(""), { text: `next: ${next}`, tint: "dim" }]];
}

function hostCells(host: HostView, now_ms: number): Cell[] {
  const heard = host.heard_ms === undefined ? "never heard" : `${duration((now_ms - host.heard_ms) / 1000)} ago`;
  const skew = host.skew_ms === undefined ? "?" : `${host.skew_ms < 0 ? "-" : "+"}${duration(Math.abs(host.skew_ms) / 1000)}`;
  const facts = [
    `Xen ${host.xen_version ?? "?"}`,
    `up ${duration(host.uptime_s)}`,
    `load ${count(host.load_1min)}`,
    `${mib(host.memory_free_mib)} of ${mib(host.memory_total_mib)} free`,
    `${count(host.guests_running)} running`,
    `clock ${skew}`,
  ];
  const live = host.reach === "live";
  return [
    plain(host.id),
    { text: host.reach.replace("_", " "), tint: live ? "ok" : "critical" },
    plain(heard),
    ...(host.heard_ms === undefined || !live
      ? [plain([host.reach_reason ?? "", ...(host.heard_ms === undefined ? [] : facts)].filter(Boolean).join("; "))]
      : [plain(facts.join(", "))]),
  ];
}

const guestTitles = ({ hosts: [a, b] }: PairView): Cell[] => [
  plain("guest"),
  plain("state"),
  plain("on"),
  number("vcpus"),
  number("memory"),
  number("cpu"),
  plain("disks"),
  plain("nets"),
  plain(`on ${a.id}`),
  plain(`on ${b.id}`),
];

function guestCells(guest: GuestRow, { now_ms }: PairView): Cell[] {
  const age = guest.placements.map(({ evidence }) => aged(evidence, now_ms)).find((text) => text !== "") ?? "";
  return [
    plain(guest.name),
    judged({ ...guest.state, text: guest.state.text + age }),
    plain(guest.host ?? "-"),
    number(count(guest.vcpus)),
    number(mib(guest.memory_mib)),
    number(percent(guest.cpu_percent)),
    judged(guest.disks_worst),
    judged(guest.nics_worst),
    ...guest.can_run.map(readinessCell),
  ];
}

function readinessCell({ answer, reason }: Readiness): Cell {
  const tint = ({ here: "ok", yes: "ok", no: "critical", unknown: "unknown" } as const)[answer];
  return { text: reason === undefined ? answer : `${answer}: ${reason}`, tint };
}

const drbdTitles = ({ hosts: [a, b] }: PairView): Cell[] => [
  plain("volume"),
  plain("state"),
  number("size"),
  plain(a.id),
  plain(b.id),
  plain(""),
];

function drbdCells(row: DrbdRow, now_ms: number): Cell[] {
  const sides = row.sides.map((side): Cell => {
    const text = side.present ? `${side.role} ${side.disk} ${side.connection}` : "not up";
    return { text: text + aged(side.evidence, now_ms), tint: tints[side.severity] };
  });
  return [plain(row.key), judged(row.state), number(kib(row.size_kib)), ...sides, plain(drbdNotes(row, now_ms).join("; "))];
}

function drbdNotes({ resync, split_brain, disagreement }: DrbdRow, now_ms: number): string[] {
  const notes: string[] = [];
  if (resync !== undefined) {
    const route = resync.source === undefined || resync.target === undefined ? "" : ` ${resync.source} -> ${resync.target}`;
    const rate = resync.rate_kib_s === undefined ? "" : `, ${kib(resync.rate_kib_s)}/s`;
    notes.push(
      `${resync.kind}${route} ${percent(resync.done_percent)} done, ${kib(resync.left_kib)} left${rate}, ${duration(resync.eta_s)} to go`,
    );
    const { paused, stalled } = resync;
    const span =
      stalled === undefined ? "" : ` for ${stalled.at_least === true ? "more than " : ""}${duration((now_ms - stalled.since_ms) / 1000)}`;
    if (paused !== undefined) notes.push(`paused${span}: ${paused}`);
    else if (stalled !== undefined) notes.push(`stalled${span}: ${stalled.why}`);
  }
  if (split_brain !== undefined) notes.push(`split brain: ${split_brain.evidence.join("; ")}`);
  return [...notes, ...disagreement];
}

const storageTitles = ({ hosts: [a, b] }: PairView): Cell[] => [plain("kind"), plain("what"), plain(a.id), plain(b.id)];

function storageCells({ kind, title, subtitle, cells }: StorageRow, now_ms: number): Cell[] {
  const shown = cells.map((cell): Cell => {
    if (cell === undefined) return { text: "-", tint: "dim" };
    const flaps = cell.flaps_10min > 0 ? `, ${cell.flaps_10min} flaps in 10 min` : "";
    return { text: cell.state.text + flaps + aged(cell.evidence, now_ms), tint: tints[cell.state.severity] };
  });
  return [plain(kind.replace("_", " ")), plain(subtitle === undefined ? title : `${title} ${subtitle}`), ...shown];
}

function networkCells(view: PairView): Cell[][] {
  const bridges = view.bridges.map((row): Cell[] => {
    const where = view.hosts.map(({ id }, side) => `${id} ${row.trees[side as 0 | 1] === undefined ? "no" : "yes"}`).join(", ");
    const old = row.evidence.map((item) => aged(item, view.now_ms)).find((text) => text !== "") ?? "";
    const parity = row.parity.map(({ text }) => text).join("; ");
    return [
      plain("bridge"),
      plain(row.name),
      judged({ ...row.state, text: row.state.text + old }),
      plain(`${row.role}, ${where}`),
      plain(parity),
    ];
  });
  const uplinks = view.uplinks.map((row): Cell[] => {
    const states = row.nodes.map((node, side) => `${view.hosts[side as 0 | 1].id} ${node === undefined ? "no" : node.state.text}`);
    return [plain(row.kind), plain(row.name), { text: row.severity, tint: tints[row.severity] }, plain(states.join(", ")), plain("")];
  });
  return [...bridges, ...uplinks];
}

/** A host that doesn't answer is one row, not one for each of its readings. */
function missingRows(view: PairView): Cell[][] {
  const missing = missingReadings(view);
  const silent = view.hosts.filter(({ reach }) => reach !== "live").map(({ id }) => id);
  const whole = silent.map((id): Cell[] => [
    plain(id),
    plain(`all ${plural(missing.filter(({ host }) => host === id).length, "reading")}`),
    plain(""),
    plain(""),
  ]);
  return [...whole, ...missing.filter(({ host }) => !silent.includes(host)).map((item) => missingCells(item, view.now_ms))];
}

function missingCells(item: Evidence, now_ms: number): Cell[] {
  const age = item.at_ms === undefined ? "never told" : `last told ${duration((now_ms - item.at_ms) / 1000)} ago`;
  return [plain(item.host), plain(item.source), { text: item.freshness, tint: "unknown" }, plain(item.note ?? age)];
}
