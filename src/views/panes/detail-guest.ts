/** A guest with all that it stands on: where it is, where it could be, its disks and nics down to the hardware of both hosts. */
import type { Evidence, GuestDisk, GuestNic, GuestRow, PairView, Placement, Readiness, ReadinessCheck } from "../../state/view-model.ts";
import { severityRank, sizeOfKib } from "../format.ts";
import type { Line, ObjectRef, PaneRow } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";
import { type DetailContext, type Fact, fact, readingOf, readingsOf, section } from "./detail-parts.ts";
import { readinessCell, trustOfDisk, trustOfFigure, trustOfGuest, trustOfNics } from "./guest-cells.ts";
import { drbdOf, storageOf } from "./lookup.ts";
import { text } from "./parts.ts";
import { hostOf, judged, none, oldest, told, toldOr, trustOf, trustOfHost, word } from "./trust.ts";

export function guestRows(context: DetailContext, guest: GuestRow): PaneRow[] {
  return [
    ...section(context, "guest", "Guest", guestFacts(context, guest)),
    ...section(
      context,
      "placements",
      "Where it is",
      guest.placements.map((placement) => placementFact(context, placement)),
    ),
    ...guest.can_run.flatMap((readiness, index) => readinessSection(context, guest, readiness, index === 0 ? 0 : 1)),
    ...section(
      context,
      "disks",
      "Disks",
      guest.disks.flatMap((disk) => diskFacts(context, guest, disk)),
    ),
    ...section(
      context,
      "nics",
      "Network interfaces",
      guest.nics.flatMap((nic) => nicFacts(context, guest, nic)),
    ),
    ...section(context, "config", "Configuration", configFacts(context, guest)),
  ];
}

/** Where its configuration is known from: live from the host that runs it, else from a config file. */
const configOf = (view: PairView, guest: GuestRow): Evidence | undefined =>
  readingOf(view, guest.host, "xl-list-long") ??
  readingsOf(view, "xl-configs").find((evidence) => guest.config_files.some(({ host }) => host === evidence.host));

function guestFacts({ view, ascii }: DetailContext, guest: GuestRow): Fact[] {
  const list = guest.placements.map(({ evidence }) => evidence);
  const config = configOf(view, guest);
  const figures = trustOfFigure(view, guest, "xl-list");
  const usage = trustOfFigure(view, guest, "xentop");
  const boot = oldest(view.hosts.map((host) => trustOfHost(host, ["xen-auto"], view.now_ms)));
  const off = guest.placements.length === 0;
  const figure = (value: string | undefined, trust: typeof figures): Line =>
    value === undefined && off ? [none(ascii)] : [toldOr(value, trust, { aged: true })];
  return [
    fact("state", judged(guest.state, trustOfGuest(view, guest), ascii, { aged: true }), list),
    fact("uuid", [toldOr(guest.uuid, trustOfGuest(view, guest), { aged: true })], list),
    fact("type", [toldOr(guest.type === "" ? undefined : guest.type, trustOf(config, view.now_ms), { aged: true })], [config]),
    fact("vcpus", figure(guest.vcpus?.toString(), figures), list),
    fact("memory", figure(guest.memory_mib === undefined ? undefined : sizeOfKib(guest.memory_mib * 1024), figures), list),
    fact("cpu", figure(guest.cpu_percent === undefined ? undefined : `${guest.cpu_percent.toFixed(1)} % of one CPU`, usage), [
      readingOf(view, guest.host, "xentop"),
    ]),
    fact(
      "starts at boot",
      [
        guest.autostart.length === 0 && boot === undefined
          ? none(ascii, "on neither host")
          : told(guest.autostart.length === 0 ? "on neither host" : `on ${guest.autostart.join(" and ")}`, boot, { aged: true }),
      ],
      readingsOf(view, "xen-auto"),
    ),
  ];
}

function placementFact({ view, ascii }: DetailContext, placement: Placement): Fact {
  const host = hostOf(view, placement.host);
  const trust = oldest([trustOf(placement.evidence, view.now_ms), host && trustOfHost(host, [], view.now_ms)]);
  const half =
    placement.migration === "none"
      ? ""
      : `  ${placement.migration === "incoming" ? "receiving side" : "left-over source side"} of a migration`;
  return fact(
    placement.host,
    [
      ...judged(placement.state, trust, ascii, { aged: true }),
      told(`  domid ${placement.domid}  ${placement.flags}  as ${placement.name}${half}`, undefined, {
        tone: trust === undefined ? "dim" : "stale",
      }),
    ],
    [placement.evidence],
    { kind: "host", id: placement.host },
  );
}

const resultSeverity = { pass: "ok", warn: "warning", fail: "critical", unknown: "unknown" } as const;
const resultWord = { pass: "pass", warn: "warn", fail: "FAIL", unknown: "unknown" } as const;

function checkFact(
  { view, ascii }: DetailContext,
  readiness: Readiness,
  label: string,
  check: Pick<ReadinessCheck, "result" | "text" | "evidence">,
): Fact {
  const severity = resultSeverity[check.result];
  const host = hostOf(view, readiness.host);
  const trust = oldest([...check.evidence.map((each) => trustOf(each, view.now_ms)), host && trustOfHost(host, [], view.now_ms)]);
  const symbol = symbolsOf(ascii).severity[severity];
  const stale = trust !== undefined;
  return fact(
    label,
    [
      stale ? told(`${resultWord[check.result]} `, trust) : text(`${symbol} ${resultWord[check.result]} `, severityTone[severity]),
      told(check.text, undefined, { tone: stale ? "stale" : severity === "ok" ? "plain" : severityTone[severity] }),
    ],
    check.evidence,
  );
}

function readinessSection(context: DetailContext, guest: GuestRow, readiness: Readiness, index: 0 | 1): PaneRow[] {
  const { view, ascii } = context;
  // Of a guest that is here its placement is the proof, of any other the checks that follow.
  const proof =
    readiness.answer === "here" ? guest.placements.filter((each) => each.host === readiness.host).map((each) => each.evidence) : [];
  const worstFirst = [...readiness.checks].sort(
    (left, right) => severityRank(resultSeverity[right.result]) - severityRank(resultSeverity[left.result]),
  );
  const answer = fact("answer", readinessCell(view, guest, index, ascii), proof, {
    kind: "host",
    id: readiness.host,
  });
  const title = readiness.answer === "here" ? `Could it start again on ${readiness.host}?` : `Can it run on ${readiness.host} now?`;
  // Where it could be started and not moved there alive, that is told as well.
  const moves = worstFirst.flatMap(({ move }) => (move?.result === "fail" || move?.result === "unknown" ? [move] : []));
  return section(context, `can run ${index}`, title, [
    answer,
    ...(readiness.answer === "yes" ? moves.slice(0, 1).map((move) => checkFact(context, readiness, "live move", move)) : []),
    ...worstFirst.map((check) => checkFact(context, readiness, check.id, check)),
  ]);
}

/** `drbd r0/0 UpToDate → lv vg0/web01 → disk sda`, host by host. */
function chainFacts({ view, ascii }: DetailContext, chain: GuestDisk["chain"], from: (index: 0 | 1) => Evidence[]): Fact[] {
  const arrow = ` ${symbolsOf(ascii).right} `;
  return view.hosts.map((host, index) => {
    const at = index === 0 ? 0 : 1;
    const links = chain[at];
    const evidence = from(at);
    const trust = oldest([trustOfHost(host, [], view.now_ms), ...evidence.map((each) => trustOf(each, view.now_ms))]);
    const absent: Line = host.heard_ms === undefined ? [toldOr(undefined, undefined)] : [none(ascii, `nothing of it on ${host.id}`)];
    return fact(`  on ${host.id}`, links.length === 0 ? absent : [told(links.join(arrow), trust, { aged: true })], evidence);
  });
}

/** From where it runs; from both hosts where that is in doubt. */
function backendFact(label: string, backend: GuestDisk["backend"], view: PairView, guest: GuestRow, ascii: boolean): Fact[] {
  if (backend === undefined) return [];
  const hosts = view.hosts.filter(({ id }) => guest.host === undefined || guest.host === id);
  const trust = oldest(hosts.map((host) => trustOfHost(host, ["xenstore"], view.now_ms)));
  const evidence = hosts.map(({ id }) => readingOf(view, id, "xenstore"));
  return [fact(label, judged(backend, trust, ascii, { aged: true }), evidence)];
}

function diskObject(view: PairView, disk: GuestDisk): ObjectRef | undefined {
  const volume = disk.kind === "drbd" ? drbdOf(view, disk.object) : undefined;
  if (volume !== undefined) return { kind: "drbd", key: volume.key };
  const storage = storageOf(view, disk.object);
  return storage && { kind: "storage", key: storage.key };
}

function belowDisk(view: PairView, disk: GuestDisk, index: 0 | 1): Evidence[] {
  const side = disk.kind === "drbd" ? drbdOf(view, disk.object)?.sides[index].evidence : undefined;
  const cell = side === undefined ? storageOf(view, disk.object)?.cells[index]?.evidence : undefined;
  const under = readingOf(view, view.hosts[index].id, "lsblk");
  return [side, cell, under].filter((each) => each !== undefined);
}

function diskFacts(context: DetailContext, guest: GuestRow, disk: GuestDisk): Fact[] {
  const { view, ascii } = context;
  const config = configOf(view, guest);
  const kind = disk.kind === "empty" ? "empty drive" : `${disk.kind} ${disk.object ?? disk.target}`;
  return [
    fact(
      disk.vdev,
      [
        ...judged(disk.state, trustOfDisk(view, guest, disk), ascii, { aged: true }),
        text(
          `  ${kind}, ${disk.read_write ? "read-write" : "read-only"}${disk.object === undefined || disk.object === disk.target ? "" : `, target ${disk.target}`}`,
          "dim",
        ),
      ],
      [config],
      diskObject(view, disk),
    ),
    ...chainFacts(context, disk.chain, (index) => belowDisk(view, disk, index)),
    ...backendFact("  backend", disk.backend, view, guest, ascii),
  ];
}

function nicFacts(context: DetailContext, guest: GuestRow, nic: GuestNic): Fact[] {
  const { view, ascii } = context;
  const config = configOf(view, guest);
  const known = nic.bridge !== undefined && view.bridges.some(({ name }) => name === nic.bridge);
  return [
    fact(
      `nic ${nic.devid}`,
      [
        ...judged(nic.state, trustOfNics(view, guest), ascii, { aged: true }),
        text(
          `  ${nic.mac ?? "no MAC told"} on bridge ${nic.bridge ?? "? unknown"}${nic.ifname === undefined ? "" : ` as ${nic.ifname}`}`,
          "dim",
        ),
      ],
      [config],
      known && nic.bridge !== undefined ? { kind: "bridge", name: nic.bridge } : undefined,
    ),
    ...chainFacts(context, nic.chain, (index) =>
      [view.bridges.find(({ name }) => name === nic.bridge)?.evidence[index]].filter((each) => each !== undefined),
    ),
    ...backendFact("  backend", nic.backend, view, guest, ascii),
  ];
}

function configFacts({ view, ascii }: DetailContext, guest: GuestRow): Fact[] {
  const files = view.hosts.map((host): Fact => {
    const own = guest.config_files.filter((file) => file.host === host.id);
    const evidence = readingOf(view, host.id, "xl-configs");
    const trust = trustOfHost(host, ["xl-configs"], view.now_ms);
    const absent: Line = host.heard_ms === undefined ? [toldOr(undefined, undefined)] : [none(ascii, "no config file")];
    return fact(host.id, own.length === 0 ? absent : [told(own.map(({ path }) => path).join(", "), trust, { aged: true })], [evidence]);
  });
  const drift = guest.config_drift.map((said) =>
    fact("differs", [word({ text: said, severity: "warning" }, undefined)], readingsOf(view, "xl-configs")),
  );
  return [...files, ...drift];
}
