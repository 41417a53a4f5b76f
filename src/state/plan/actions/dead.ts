/**
 * What speaks for a host being dead, and what against it (safety rule S7): each its own check, with where it was asked. Silence is never proof: only
 * its fence agent's word that the power is off, or a person's that they have seen it, is. But one sign of life is enough to refuse.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import { check, evidenceOf, hostIndex, lookedAt, otherHost, type PlanContext, settingsOf } from "../action.ts";
import { ADDRESS } from "../arguments.ts";
import { type Look, powerOf } from "../look.ts";
import type { PlanCheck } from "../plan.ts";

/** Asked at most. */
const ADDRESSES_MAX = 8;
const PING_COUNT = "2";
/** NFS answers this young are a sign of life. */
const NFS_YOUNG_MS = 20_000;

export type Proof = "fence" | "attest";

const bare = (address: string): string => address.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^([^:]+):\d+$/, "$1");
const reachable = (address: string): boolean => ADDRESS.test(address) && !/^(?:127\.|::1$|fe80:|169\.254\.)/i.test(address);

/** Every address that the pair knows of it: what it told itself while it lived, and what the survivor speaks to it by. */
export function addressesOf(context: PlanContext, dead: HostId): readonly string[] {
  const { state } = context;
  const own = state.hosts.get(dead)?.facts["ip-addr"];
  const show = state.hosts.get(otherHost(context, dead))?.facts["drbd-show"];
  const told =
    own?.state === "known"
      ? own.value.addresses.filter(({ scope }) => scope !== "link" && scope !== "host").map(({ address }) => address)
      : [];
  const peers = show?.state === "known" ? show.value.resources.flatMap(({ peer_addresses }) => peer_addresses.map(bare)) : [];
  const migration = settingsOf(context).migration.get(dead);
  return [...new Set([...told, ...peers, ...(migration === undefined ? [] : [migration])])].filter(reachable).slice(0, ADDRESSES_MAX);
}

type Command = Extract<Look, { readonly kind: "command" }>;
const ping = (host: HostId, address: string): Command => ({ kind: "command", host, argv: ["ping", "-c", PING_COUNT, "-W", "1", address] });
const ssh = (host: HostId, address: string): Command => ({
  kind: "command",
  host,
  argv: ["ssh", "-oBatchMode=yes", "-oConnectTimeout=3", "-oStrictHostKeyChecking=yes", address, "true"],
});

export const deadLooks = (context: PlanContext, dead: HostId): readonly Look[] => {
  const survivor = otherHost(context, dead);
  const asked = addressesOf(context, dead).flatMap((address) => [ping(survivor, address), ssh(survivor, address)]);
  return settingsOf(context).fence.has(dead) ? [{ kind: "power", of: dead }, ...asked] : asked;
};

/** The console's own connection. */
function consoleCheck({ view }: PlanContext, dead: HostId, index: 0 | 1): PlanCheck {
  const { reach, reach_reason } = view.hosts[index];
  const evidence = view.hosts[index].readings.filter(({ reading }) => reading === "xl-list");
  const words = reach_reason === undefined ? "" : `: ${reach_reason}`;
  if (reach === "live") return check("ssh", "fail", `${dead} answers this console: it is alive`, evidence);
  if (reach === "refused" || reach === "needs_auth")
    return check("ssh", "fail", `${dead} answers, though not as it should${words}`, evidence);
  return check("ssh", reach === "unreachable" ? "pass" : "warn", `${dead} doesn't answer this console (${reach})${words}`, evidence);
}

const timedOut = /timed out|no route to host|unreachable|could not resolve|network is down|host is down/i;

/** A host that refuses, or asks for a password, lives. */
function netChecks(context: PlanContext, dead: HostId): readonly PlanCheck[] {
  const survivor = otherHost(context, dead);
  const addresses = addressesOf(context, dead);
  if (addresses.length === 0) return [check("ping", "warn", `no address of ${dead} is known: it wasn't asked from ${survivor}`)];
  return addresses.flatMap((address) => {
    const asked = (look: Command, at_ms: number) => [{ host: survivor, command: look.argv.join(" "), at_ms }];
    const pinged = lookedAt(context, ping(survivor, address));
    const spoken = lookedAt(context, ssh(survivor, address));
    if (pinged === undefined || spoken === undefined)
      return [check("ping", "unknown", `${address} wasn't asked from ${survivor} just now`)];
    const pong = {
      ...check(
        "ping",
        pinged.code === 0 ? "fail" : pinged.code === 1 ? "pass" : "warn",
        pingText(address, survivor, pinged.code, pinged.said),
      ),
      asked: asked(ping(survivor, address), pinged.at_ms),
    };
    const silent = spoken.code === 255 && timedOut.test(spoken.said);
    const unasked = spoken.code === undefined || spoken.code === 127;
    const text = silent
      ? `${address} doesn't take a connection from ${survivor}: ${spoken.said}`
      : unasked
        ? `ssh to ${address} couldn't be tried from ${survivor}`
        : `${address} takes a connection from ${survivor}: it is alive`;
    return [
      pong,
      { ...check("ssh", silent ? "pass" : unasked ? "warn" : "fail", text), asked: asked(ssh(survivor, address), spoken.at_ms) },
    ];
  });
}

const pingText = (address: string, from: HostId, code: number | undefined, said: string): string =>
  code === 0
    ? `${address} answers a ping from ${from}: it is alive`
    : code === 1
      ? `${address} doesn't answer a ping from ${from}`
      : `${address} couldn't be pinged from ${from}${said === "" ? "" : `: ${said}`}`;

function drbdCheck(context: PlanContext, dead: HostId): PlanCheck {
  const survivor = otherHost(context, dead);
  const evidence = evidenceOf(context, survivor, "drbd-status");
  const known = context.state.hosts.get(survivor)?.facts["drbd-status"];
  if (known?.state === "absent") return check("drbd", "warn", `no DRBD on ${survivor}: nothing there speaks of ${dead}`, evidence);
  if (known?.state !== "known" || evidence.some(({ freshness }) => freshness !== "fresh"))
    return check("drbd", "unknown", `what DRBD on ${survivor} sees of ${dead} isn't known`, evidence);
  const connected = known.value.resources.filter(({ connections }) => connections.some(({ connection }) => connection === "Connected"));
  const [first] = connected;
  if (first !== undefined)
    return check("drbd", "fail", `${first.name} is Connected to ${dead}: it is alive (or died a moment ago: wait)`, evidence);
  return known.value.not_understood.length > 0
    ? check("drbd", "unknown", `part of DRBD's status on ${survivor} wasn't understood`, evidence)
    : check("drbd", "pass", `none of ${known.value.resources.length} resources is connected to ${dead}`, evidence);
}

/** What it serves, or is seen to write: a session that stands, an NFS server that answers. */
function storageChecks(context: PlanContext, dead: HostId): readonly PlanCheck[] {
  const survivor = otherHost(context, dead);
  const addresses = new Set(addressesOf(context, dead));
  const { facts } = context.state.hosts.get(survivor) ?? {};
  const found: PlanCheck[] = [];
  const iscsi = facts?.iscsi;
  if (iscsi?.state === "known") {
    const own = iscsi.value.sessions.filter(({ portal }) => portal !== undefined && addresses.has(bare(portal.replace(/,.*$/, ""))));
    const standing = own.filter(
      ({ session_state, connection_state }) => session_state === "LOGGED_IN" && /LOGGED IN/.test(connection_state ?? "LOGGED IN"),
    );
    const evidence = evidenceOf(context, survivor, "iscsi");
    if (standing[0] !== undefined)
      found.push(check("storage", "fail", `${survivor} is logged in to ${standing[0].target} on ${dead}: it is alive`, evidence));
    else if (own.length > 0) found.push(check("storage", "pass", `none of ${own.length} iSCSI sessions to ${dead} stands`, evidence));
  }
  const nfs = facts?.nfs;
  for (const { device, mountpoint } of nfs?.state === "known" ? nfs.value.mounts : []) {
    if (!addresses.has(bare(device.replace(/:\/.*$/, "")))) continue;
    const evidence = evidenceOf(context, survivor, "nfs");
    const samples = context.state.history.nfs.get(`${survivor}|${mountpoint}`) ?? [];
    const young = samples.filter(({ at_ms }) => context.view.now_ms - at_ms <= NFS_YOUNG_MS);
    const [first, last] = [young[0], young.at(-1)];
    const grew = first?.receives !== undefined && last?.receives !== undefined && last.receives > first.receives;
    found.push(
      grew
        ? check("storage", "fail", `${device} answers ${survivor}: ${dead} is alive`, evidence)
        : check("storage", "pass", `${device} gave ${survivor} no answer lately`, evidence),
    );
  }
  return found;
}

/** What its BMC says; that it doesn't answer stands only against fencing. */
export function powerCheck(context: PlanContext, dead: HostId, proof: Proof): PlanCheck {
  const setting = settingsOf(context).fence.get(dead);
  if (setting === undefined)
    return check(
      "power",
      proof === "fence" ? "fail" : "warn",
      `no fence agent is configured for ${dead}: nothing tells whether its power is off`,
    );
  const survivor = otherHost(context, dead);
  const looked = lookedAt(context, { kind: "power", of: dead });
  const asked =
    looked === undefined
      ? []
      : [{ host: setting.from === "peer" ? survivor : dead, command: `${setting.agent} (status)`, at_ms: looked.at_ms }];
  const power = powerOf(looked);
  const said = looked === undefined || looked.said === "" ? "" : `: ${looked.said}`;
  if (power === undefined)
    return {
      ...check("power", proof === "fence" ? "fail" : "warn", `${setting.agent} doesn't tell whether ${dead} has power${said}`),
      asked,
    };
  return { ...check("power", "pass", `${setting.agent} says that the power of ${dead} is ${power}`), asked };
}

/** Everything that was looked at, worst first when it is shown. */
export const deathChecks = (context: PlanContext, dead: HostId, proof: Proof): readonly PlanCheck[] => [
  consoleCheck(context, dead, hostIndex(context, dead)),
  ...netChecks(context, dead),
  drbdCheck(context, dead),
  ...storageChecks(context, dead),
  powerCheck(context, dead, proof),
];

/** Of a host that is said to be off: nothing of it may have come back to life. */
export const stillDead = (context: PlanContext, dead: HostId, proof: Proof): readonly PlanCheck[] => {
  const off = powerOf(lookedAt(context, { kind: "power", of: dead })) === "off";
  const power =
    proof === "attest" || off
      ? powerCheck(context, dead, proof)
      : {
          ...powerCheck(context, dead, proof),
          result: "fail" as const,
          text: `the fence agent of ${dead} doesn't say that its power is off`,
        };
  return [consoleCheck(context, dead, hostIndex(context, dead)), drbdCheck(context, dead), power];
};
