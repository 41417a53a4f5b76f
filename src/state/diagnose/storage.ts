/** Rules about NFS, and about what fills or is missing (2-domain, signature 41). */
import type { HostId } from "../../xen/model/ids.ts";
import type { GuestRow } from "../view-model.ts";
import {
  answering,
  answers,
  claim,
  type Draft,
  draft,
  facts,
  groupBy,
  list,
  ownerTokens,
  type Rule,
  type RuleInput,
  routeTokens,
  said,
  span,
  storeToken,
  unique,
} from "./rule.ts";

/** NFS counters are compared over at least this long: a single retransmission isn't an outage. */
export const NFS_WINDOW_MS = 10_000;

interface Stuck {
  readonly mountpoint: string;
  readonly device: string;
  readonly since_ms: number;
  readonly text: string;
}

/** Requests go out and time out, and none is done: on deltas, because the counters run since the mount. */
function stuckMounts(input: RuleInput, id: HostId): Stuck[] {
  return (facts(input, id, "nfs")?.mounts ?? []).flatMap(({ mountpoint, device }): Stuck[] => {
    const samples = input.state.history.nfs.get(`${id}|${mountpoint}`) ?? [];
    const last = samples.at(-1);
    if (last === undefined) return [];
    // The oldest sample since which nothing was done.
    const first = samples.find((sample) => sample.ops === last.ops && (sample.receives === undefined || sample.receives === last.receives));
    if (first === undefined || last.at_ms - first.at_ms < NFS_WINDOW_MS) return [];
    const timeouts = last.timeouts - first.timeouts;
    const unanswered = last.sends !== undefined && first.sends !== undefined ? last.sends - first.sends : 0;
    if (timeouts <= 0 && unanswered <= 0) return [];
    return [
      {
        mountpoint,
        device,
        since_ms: first.at_ms,
        text: `${mountpoint}: ${timeouts > 0 ? `${timeouts} timeouts` : `${unanswered} requests unanswered`} and nothing done in ${span(last.at_ms - first.at_ms)}`,
      },
    ];
  });
}

const serverOf = (device: string): string => device.replace(/:[^:]*$/, "").replace(/^\[(.*)\]$/, "$1");

const nfs: Rule = {
  id: "storage.nfs",
  title: "an NFS server doesn't answer",
  suppresses: ["host.hung", "host.failed"],
  explains_restart: true,
  judge: (input) => {
    const stuck = answering(input).flatMap(({ id }) =>
      stuckMounts(input, id).map((mount) => ({ ...mount, host: id, server: serverOf(mount.device) })),
    );
    // One server that neither host reaches is one fault.
    return groupBy(stuck, ({ server }) => server).flatMap((mounts): Draft[] => {
      const [first] = mounts;
      if (first === undefined) return [];
      const hosts = unique(mounts.map(({ host }) => host));
      const devices = new Set(mounts.map(({ device }) => device));
      const uses = ({ disks }: GuestRow): boolean => disks.some(({ kind, object }) => kind === "nfs" && devices.has(object ?? ""));
      const guests = input.view.guests.filter((guest) => guest.host !== undefined && hosts.includes(guest.host) && uses(guest));
      return [
        draft(input, "storage.nfs", {
          severity: guests.length > 0 ? "critical" : "warning",
          object: first.server,
          cause: `NFS server ${first.server} doesn't answer ${hosts.join(" and ")}: whatever touches ${list(unique(mounts.map(({ mountpoint }) => mountpoint)))} hangs`,
          evidence: mounts.map(({ host, text }) => claim(input, host, "nfs", `${host}: ${text}`)),
          guests: guests.map(({ key }) => key),
          next: `4: look at the server ${first.server} and the way to it; don't touch or unmount ${first.mountpoint} meanwhile`,
          screen: 4,
          about: hosts.flatMap((host) => [
            storeToken(host, "nfs"),
            `reading:${host}:df`,
            ...routeTokens(input, host, first.server),
            ...ownerTokens(input, first.server).filter((token) => token !== `host:${host}`),
          ]),
          since_ms: Math.min(...mounts.map(({ since_ms }) => since_ms)),
        }),
      ];
    });
  },
};

/** Fill is judged where it is shown (select/storage): one judgement, one threshold. */
const fill: Rule = {
  id: "storage.fill",
  title: "a file system, thin pool or volume group is full or filling",
  judge: (input) =>
    input.view.storage
      .filter(({ kind }) => kind === "filesystem" || kind === "lvm_thin" || kind === "lvm_vg")
      .flatMap((row) =>
        row.cells.flatMap((cell): Draft[] => {
          if (cell === undefined || !answers(input, cell.host) || (cell.state.severity !== "warning" && cell.state.severity !== "critical"))
            return [];
          return [
            draft(input, "storage.fill", {
              severity: cell.state.severity,
              object: `${cell.host}:${row.title}`,
              cause: `${row.title} on ${cell.host}: ${cell.state.text}`,
              evidence: [said(cell.state.text, cell.evidence), ...cell.details.map((text) => said(text, cell.evidence))],
              guests: row.guests,
              next:
                row.kind === "lvm_thin"
                  ? `4: extend the pool ${row.title} before it is full: guests' writes fail then`
                  : `4: make room on ${row.title} of ${cell.host}; logs and saved guests come first`,
              screen: 4,
              about: [storeToken(cell.host, row.kind), storeToken(cell.host, row.key)],
            }),
          ];
        }),
      ),
};

const missingPv: Rule = {
  id: "storage.missing_pv",
  title: "a volume group misses a disk",
  suppresses: ["storage.fill"],
  judge: (input) =>
    answering(input).flatMap(({ id }) => {
      const broken = (facts(input, id, "lvm")?.groups ?? []).filter(({ missing_pvs }) => (missing_pvs ?? 0) > 0);
      return broken.map(({ name, missing_pvs, attr }) =>
        draft(input, "storage.missing_pv", {
          severity: "critical",
          object: `${id}:${name}`,
          cause: `volume group ${name} on ${id} misses ${missing_pvs} physical ${missing_pvs === 1 ? "volume" : "volumes"}`,
          evidence: [claim(input, id, "lvm", `${name} ${attr}`)],
          guests: input.view.storage.filter(({ kind, title }) => kind === "lvm_vg" && title === name).flatMap(({ guests }) => guests),
          next: `4: find the lost disk of ${name} on ${id}; don't activate or reduce the group before that`,
          screen: 4,
          about: input.view.storage.filter(({ kind, title }) => kind === "lvm_vg" && title === name).map(({ key }) => storeToken(id, key)),
        }),
      );
    }),
};

export const storageRules: readonly Rule[] = [nfs, missingPv, fill];
