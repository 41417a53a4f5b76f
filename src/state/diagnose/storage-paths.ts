/** Rules about the paths to LUNs: multipath, iSCSI, FC (2-domain, signatures 36 to 40). */
import type { HostId } from "../../xen/model/ids.ts";
import type { FcPort, IscsiSession, MultipathMap, MultipathPath } from "../../xen/model/storage.ts";
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
  storeToken,
  unique,
} from "./rule.ts";

interface Lun {
  readonly host: HostId;
  readonly map: MultipathMap;
}
interface Path extends Lun {
  readonly path: MultipathPath;
}

function luns(input: RuleInput): Lun[] {
  return answering(input).flatMap(({ id }) => (facts(input, id, "multipath")?.maps ?? []).map((map) => ({ host: id, map })));
}
const pathToken = ({ host, path }: Path): string => `path:${host}:${path.dev}`;
const mapToken = ({ host, map }: Lun): string => `map:${host}:${map.wwid}`;
const badPaths = (lun: Lun): Path[] => lun.map.paths.filter(({ usable }) => !usable).map((path) => ({ ...lun, path }));
const hasGood = ({ map }: Lun): boolean => map.paths.some(({ usable }) => usable);

/** Guests with a disk on the LUN that run on that host. */
function guestsOn(input: RuleInput, maps: readonly Lun[]): string[] {
  const wwids = new Set(maps.map(({ map }) => map.wwid));
  const hosts = new Set(maps.map(({ host }) => host));
  return input.view.guests
    .filter(
      ({ host, disks }) =>
        host !== undefined && hosts.has(host) && disks.some(({ kind, object }) => kind === "multipath" && wwids.has(object ?? "")),
    )
    .map(({ key }) => key);
}

const pathWords = ({ dev, dm_state, checker_state, dev_state }: MultipathPath): string =>
  `${dev} ${dm_state} ${checker_state} ${dev_state}`;

/** What all failing paths of a host have in common, to say where to look first. */
function shared(paths: readonly Path[]): string | undefined {
  const adapters = unique(paths.map(({ path }) => path.host_adapter));
  if (paths.length > 1 && adapters.length === 1 && adapters[0] !== undefined) return `all by ${adapters[0]}`;
  const targets = unique(paths.map(({ path }) => path.target));
  return paths.length > 1 && targets.length === 1 && targets[0] !== undefined ? `all to ${targets[0]}` : undefined;
}

const pathFailed: Rule = {
  id: "storage.path",
  title: "paths to a LUN have failed",
  judge: (input) =>
    groupBy(
      luns(input).filter((lun) => hasGood(lun) && badPaths(lun).length > 0),
      ({ host }) => host,
    ).flatMap((maps): Draft[] => {
      const bad = maps.flatMap(badPaths);
      const host = maps[0]?.host;
      if (host === undefined) return [];
      const common = shared(bad);
      return [
        draft(input, "storage.path", {
          severity: "warning",
          object: host,
          cause: `${bad.length} ${bad.length === 1 ? "path" : "paths"} of ${list(maps.map(({ map }) => map.name))} failed on ${host}${common === undefined ? "" : `, ${common}`}`,
          evidence: bad.map(({ map, path }) => claim(input, host, "multipath", `${map.name}: ${pathWords(path)}`)),
          guests: guestsOn(input, maps),
          next: `4: look at what the failed paths share (adapter, portal, switch, cable); they come back by themselves once mended`,
          screen: 4,
          about: [storeToken(host, "multipath"), ...bad.map(pathToken)],
        }),
      ];
    }),
};

const noPaths: Rule = {
  id: "storage.no_paths",
  title: "a LUN has no path left",
  suppresses: ["storage.path", "storage.one_adapter"],
  judge: (input) =>
    groupBy(
      luns(input).filter((lun) => !hasGood(lun)),
      ({ host }) => host,
    ).flatMap((maps): Draft[] => {
      const host = maps[0]?.host;
      if (host === undefined) return [];
      const queueing = maps.filter(({ map }) => map.queueing !== undefined && map.queueing !== "off" && map.queueing !== "-");
      return [
        draft(input, "storage.no_paths", {
          severity: "critical",
          object: host,
          cause: `${list(maps.map(({ map }) => map.name))} on ${host} ${maps.length === 1 ? "has" : "have"} no path left: I/O ${queueing.length > 0 ? "hangs (queueing is on)" : "fails"}`,
          evidence: maps.map(({ map }) =>
            claim(
              input,
              host,
              "multipath",
              `${map.name} (${map.wwid}): ${map.paths.length === 0 ? "no paths" : map.paths.map(pathWords).join("; ")}, queueing ${map.queueing ?? "not told"}`,
            ),
          ),
          guests: guestsOn(input, maps),
          next: `4: bring a path back (cable, portal, login); guests wait${queueing.length > 0 ? ", and a failover to the other host is safer than ending the queue" : ""}`,
          screen: 4,
          about: [storeToken(host, "multipath"), ...maps.map(mapToken), ...maps.flatMap((lun) => badPaths(lun).map(pathToken))],
        }),
      ];
    }),
};

/** What the flapping paths go by, where one thing is common to all of them. */
function throughWhat(input: RuleInput, host: HostId, flapping: readonly Path[]): string | undefined {
  const sessions = facts(input, host, "iscsi")?.sessions ?? [];
  const portalOf = ({ path }: Path): string | undefined =>
    sessions.find(({ devices }) => devices.some(({ dev }) => dev === path.dev))?.portal;
  const portals = unique(flapping.map(portalOf));
  if (portals.length === 1 && portals[0] !== undefined) return `${flapping.length > 1 ? "all " : ""}by portal ${bareAddress(portals[0])}`;
  return shared(flapping);
}

const flapping: Rule = {
  id: "storage.path_flapping",
  title: "paths come and go",
  suppresses: ["storage.path", "storage.iscsi"],
  judge: (input) => {
    const cells = input.view.storage.flatMap((row) =>
      row.cells.flatMap((cell) => (cell?.flapping !== undefined && answers(input, cell.host) ? [{ row, cell, flaps: cell.flapping }] : [])),
    );
    return groupBy(cells, ({ cell }) => cell.host).flatMap((group): Draft[] => {
      const host = group[0]?.cell.host;
      if (host === undefined) return [];
      const maps = luns(input).filter(
        (lun) => lun.host === host && group.some(({ row }) => row.title === lun.map.name || row.title === lun.map.wwid),
      );
      const lost = maps.flatMap((lun) => {
        const flaps = group.find(({ row }) => row.title === lun.map.name || row.title === lun.map.wwid)?.flaps.paths ?? [];
        return lun.map.paths.filter(({ dev }) => flaps.includes(dev)).map((path) => ({ ...lun, path }));
      });
      const common = throughWhat(input, host, lost);
      const most = Math.max(...group.map(({ cell }) => cell.flaps_10min));
      return [
        draft(input, "storage.path_flapping", {
          severity: "warning",
          object: host,
          cause: `${group.length === 1 ? "a path" : "paths"} of ${list(group.map(({ row }) => row.title))} on ${host} ${group.length === 1 ? "comes and goes" : "come and go"}: lost ${most === 1 ? "once" : `${most} times`} in 10 min${common === undefined ? "" : `, ${common}`}`,
          evidence: group.map(({ row, cell, flaps }) =>
            said(`${row.title}: ${flaps.paths.join(", ")} lost ${cell.flaps_10min} times in 10 min, ${cell.state.text}`, cell.evidence),
          ),
          guests: guestsOn(input, maps),
          next: "4: look at what the failing paths share (adapter, portal, switch, cable); fail that path by hand if guests suffer",
          screen: 4,
          // A LUN without any path is more than flapping, and told by itself.
          about: [storeToken(host, "multipath"), ...maps.filter(hasGood).flatMap(badPaths).map(pathToken)],
          since_ms: Math.min(...group.map(({ flaps }) => flaps.since_ms)),
        }),
      ];
    });
  },
};

/** Only LUNs that have several paths: one that has one path by design is told by `storage.path` when it fails. */
const oneAdapter: Rule = {
  id: "storage.one_adapter",
  title: "all usable paths share one adapter",
  judge: (input) =>
    groupBy(
      luns(input).filter(({ map }) => {
        const good = map.paths.filter(({ usable }) => usable);
        const told = good.flatMap(({ host_adapter }) => host_adapter ?? []);
        return good.length > 1 && good.length === map.paths.length && told.length === good.length && new Set(told).size === 1;
      }),
      ({ host }) => host,
    ).flatMap((maps): Draft[] => {
      const host = maps[0]?.host;
      if (host === undefined) return [];
      return [
        draft(input, "storage.one_adapter", {
          severity: "info",
          object: host,
          cause: `all paths of ${list(maps.map(({ map }) => map.name))} on ${host} go by one adapter`,
          evidence: maps.map(({ map }) => claim(input, host, "multipath", `${map.name}: ${map.paths[0]?.host_adapter ?? ""}`)),
          guests: guestsOn(input, maps),
          next: "4: no redundancy: its loss takes every path; spread the paths over two adapters",
          screen: 4,
          about: maps.map(mapToken),
        }),
      ];
    }),
};

const loggedIn = ({ session_state, connection_state }: IscsiSession): boolean =>
  (session_state === undefined || session_state === "LOGGED_IN") && (connection_state === undefined || connection_state === "LOGGED IN");

const bareAddress = (portal: string | undefined): string =>
  (portal ?? "")
    .replace(/,\d+$/, "")
    .replace(/:\d{1,5}$/, "")
    .replace(/^\[(.*)\]$/, "$1");

const iscsi: Rule = {
  id: "storage.iscsi",
  title: "an iSCSI session is down",
  suppresses: ["storage.path", "storage.no_paths", "storage.one_adapter"],
  judge: (input) =>
    answering(input).flatMap(({ id }): Draft[] => {
      const down = (facts(input, id, "iscsi")?.sessions ?? []).filter((session) => !loggedIn(session));
      if (down.length === 0) return [];
      const portals = unique(down.map(({ portal, target }) => (portal === undefined ? target : bareAddress(portal))));
      const devices = new Set(down.flatMap(({ devices: list }) => list.map(({ dev }) => dev)));
      // A session that is being re-made may have lost its devices; multipath still knows them by the initiator's address.
      const paths = luns(input)
        .filter(({ host }) => host === id)
        .flatMap(badPaths)
        .filter(
          ({ path }) =>
            devices.has(path.dev) || down.some(({ iface_address }) => iface_address !== undefined && path.host_adapter === iface_address),
        );
      return [
        draft(input, "storage.iscsi", {
          severity: "warning",
          object: id,
          cause: `${down.length} iSCSI ${down.length === 1 ? "session" : "sessions"} of ${id} ${down.length === 1 ? "is" : "are"} down: ${list(portals)} ${portals.length === 1 ? "doesn't" : "don't"} answer`,
          evidence: down.map(({ target, portal, session_state, connection_state, internal_state }) =>
            claim(
              input,
              id,
              "iscsi",
              `${target} at ${portal ?? "?"}: ${[session_state, connection_state, internal_state].filter((word) => word !== undefined).join(", ")}`,
            ),
          ),
          guests: guestsOn(input, paths),
          next: `4: check that ${list(portals)} can be reached from ${id}; the session logs in again by itself`,
          screen: 4,
          about: [
            storeToken(id, "iscsi"),
            ...paths.map(pathToken),
            ...unique(paths.map(mapToken)),
            ...portals.flatMap((portal) => [
              ...routeTokens(input, id, portal),
              ...ownerTokens(input, portal).filter((token) => token !== `host:${id}`),
            ]),
          ],
        }),
      ];
    }),
};

/** Failed paths that went by these ports: told by name, or the one adapter that all of them share where one port is down. */
function behindPorts(input: RuleInput, host: HostId, down: readonly FcPort[]): Path[] {
  const bad = luns(input)
    .filter((lun) => lun.host === host)
    .flatMap(badPaths);
  const bare = (name: string | undefined): string => (name ?? "").replace(/^0x/i, "").toLowerCase();
  const names = new Set(down.flatMap((port) => [bare(port.port_name), port.host]));
  const named = bad.filter(({ path }) => names.has(bare(path.host_adapter)));
  if (named.length > 0 || down.length !== 1) return named;
  return new Set(bad.map(({ path }) => path.host_adapter)).size === 1 ? bad : [];
}

const fc: Rule = {
  id: "storage.fc",
  title: "a Fibre Channel port or NPIV vport is down",
  suppresses: ["storage.path", "storage.no_paths"],
  judge: (input) =>
    answering(input).flatMap(({ id }): Draft[] => {
      const ports = facts(input, id, "fc")?.ports ?? [];
      const down = ports.filter(({ port_state }) => port_state !== undefined && port_state !== "Online");
      const online = ports.filter(({ port_state }) => port_state === "Online");
      const vports = online.flatMap(({ host, vports: list }) =>
        list.filter(({ state }) => state !== undefined && state !== "Active").map((vport) => ({ host, vport })),
      );
      if (down.length === 0 && vports.length === 0) return [];
      const says = [
        ...down.map(({ host, port_state }) => `${host} is ${port_state}`),
        ...vports.map(({ host, vport }) => `vport ${vport.port_name ?? vport.name} of ${host} is ${vport.state}`),
      ];
      const paths = behindPorts(input, id, down);
      const dark = down.some(({ port_state }) => port_state === "Linkdown");
      return [
        draft(input, "storage.fc", {
          severity: online.length === 0 ? "critical" : "warning",
          object: id,
          cause: `Fibre Channel on ${id}: ${list(says)}`,
          evidence: says.map((text) => claim(input, id, "fc", text)),
          guests: guestsOn(input, paths),
          next: dark
            ? `4: look at the cable and the switch port of ${down[0]?.host ?? "the adapter"} on ${id}`
            : `4: look at zoning and NPIV on the fabric's switch`,
          screen: 4,
          about: [storeToken(id, "fc"), ...paths.map(pathToken), ...unique(paths.map(mapToken))],
        }),
      ];
    }),
};

export const storagePathRules: readonly Rule[] = [noPaths, iscsi, fc, flapping, pathFailed, oneAdapter];
