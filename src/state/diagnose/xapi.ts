/**
 * Rules about XAPI hosts, XenServer and XCP-ng (2-domain, signatures 44 and 45). Which guests use an SR isn't read: none is named as at risk.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { Xapi, XapiPbd, XapiPool } from "../../xen/model/xapi.ts";
import { answering, claim, type Draft, draft, facts, groupBy, list, peerOf, type Rule, type RuleInput } from "./rule.ts";

interface OnHost {
  readonly host: HostId;
  readonly told: Xapi;
}

const xapiHosts = (input: RuleInput): OnHost[] =>
  answering(input).flatMap(({ id }) => {
    const told = facts(input, id, "xapi");
    return told === undefined ? [] : [{ host: id, told }];
  });

const masterOf = ({ master }: Xapi): string => (master === undefined ? "its pool's master" : `its pool's master ${master}`);

/** What it says itself, and what the other host takes itself for. */
function roleClaims(input: RuleInput, { host, told }: OnHost): Draft["evidence"] {
  const peer = peerOf(input, host);
  const other = facts(input, peer, "xapi")?.role;
  return [
    ...(told.refused === undefined ? [] : [claim(input, host, "xapi", told.refused)]),
    ...(told.role === undefined ? [] : [claim(input, host, "xapi", `${host}: pool.conf says ${told.role}`)]),
    ...(other === undefined ? [] : [claim(input, peer, "xapi", `${peer}: pool.conf says ${other}`)]),
  ];
}

const emergency: Rule = {
  id: "xapi.emergency",
  title: "XAPI is in emergency mode: its pool's master is lost",
  suppresses: ["xapi.slave"],
  judge: (input) =>
    xapiHosts(input).flatMap((one): Draft[] => {
      const { host, told } = one;
      if (!told.emergency) return [];
      return [
        draft(input, "xapi.emergency", {
          severity: told.starting ? "warning" : "critical",
          object: host,
          cause: told.starting
            ? `XAPI on ${host} is starting and hasn't reached ${masterOf(told)} yet`
            : `XAPI on ${host} is in emergency mode, without ${masterOf(told)}: its guests run on, but none can be started or moved`,
          evidence: [claim(input, host, "xapi", `${host}: host-is-in-emergency-mode true`), ...roleClaims(input, one)],
          next: `1: look for ${masterOf(told)} and the network to it; xe pool-emergency-transition-to-master on ${host} only once the old master is proven off`,
          screen: 1,
          about: [`xapi:${host}`],
        }),
      ];
    }),
};

/** Not in emergency mode yet: a slave takes a while to give its master up. */
const slave: Rule = {
  id: "xapi.slave",
  title: "a member of a XAPI pool gets no answer from its master",
  judge: (input) =>
    xapiHosts(input).flatMap((one): Draft[] => {
      const { host, told } = one;
      if (told.emergency || told.refused === undefined) return [];
      return [
        draft(input, "xapi.slave", {
          severity: "warning",
          object: host,
          cause: told.host_is_slave
            ? `XAPI on ${host} is answered HOST_IS_SLAVE: it reaches no master (${told.master ?? "none"} is named)`
            : `XAPI on ${host} learns nothing of its pool from ${masterOf(told)}`,
          evidence: roleClaims(input, one),
          next: `1: look at XAPI on ${masterOf(told)} and the network to it, before ${host} goes into emergency mode; nothing there needs rescue yet`,
          screen: 1,
          about: [`xapi:${host}`],
        }),
      ];
    }),
};

interface Unplugged {
  readonly host: HostId;
  readonly pbd: XapiPbd;
}

const srName = ({ sr_name, sr_uuid }: XapiPbd): string => sr_name ?? sr_uuid;

/** A library of ISO images holds no guest's disk. */
const holdsDisks = ({ sr_type }: XapiPbd): boolean => sr_type !== "iso";

const pbd: Rule = {
  id: "xapi.pbd",
  title: "a host isn't plugged into a storage repository (PBD)",
  judge: (input) => {
    const unplugged = xapiHosts(input).flatMap(({ host, told }) =>
      (told.pbds ?? []).flatMap((one): Unplugged[] => (one.attached === false ? [{ host, pbd: one }] : [])),
    );
    // One repository that both hosts are cut off from is one fault, and then its guests run nowhere in the pair.
    return groupBy(unplugged, (one) => one.pbd.sr_uuid).flatMap((same): Draft[] => {
      const [first] = same;
      if (first === undefined) return [];
      const hosts = same.map(({ host }) => host);
      const both = hosts.length > 1 && first.pbd.shared === true && holdsDisks(first.pbd);
      const kind = first.pbd.shared === undefined ? "" : first.pbd.shared ? "shared " : "local ";
      return [
        draft(input, "xapi.pbd", {
          severity: both ? "critical" : "warning",
          object: `${hosts.join(", ")}:${srName(first.pbd)}`,
          cause: `the ${kind}storage repository ${srName(first.pbd)} is unplugged on ${list(hosts)}: guests with disks on it can't run there`,
          evidence: same.map(({ host, pbd: { uuid } }) => claim(input, host, "xapi", `${host}: PBD ${uuid}: currently-attached false`)),
          next: `4: look at the paths and servers behind ${srName(first.pbd)}, then ${same.map(({ host, pbd: { uuid } }) => `xe pbd-plug uuid=${uuid} (${host})`).join(" and ")}`,
          screen: 4,
          about: hosts.map((host) => `sr:${host}:${first.pbd.sr_uuid}`),
        }),
      ];
    });
  },
};

/** Fewer failures can be survived than are meant to be. What isn't known is no proof of it. */
function short({ overcommitted, plan_exists_for: plan, failures_to_tolerate: target }: XapiPool): boolean {
  return overcommitted === true || (plan !== undefined && target !== undefined && plan < target);
}

const failures = (count: number | undefined): string => (count === undefined ? "an unknown number of" : String(count));

const ha: Rule = {
  id: "xapi.ha",
  title: "XAPI's HA couldn't start every protected guest again",
  judge: (input) => {
    const unsafe = xapiHosts(input).flatMap(({ host, told: { pool } }) =>
      pool?.ha_enabled === true && short(pool) ? [{ host, pool }] : [],
    );
    // Both members tell of the same pool.
    return groupBy(unsafe, ({ pool }) => pool.uuid).flatMap((same): Draft[] => {
      const [first] = same;
      if (first === undefined) return [];
      const { plan_exists_for: plan, failures_to_tolerate: target, overcommitted } = first.pool;
      return [
        draft(input, "xapi.ha", {
          // With a plan for none, the next host to fail takes protected guests with it.
          severity: plan === 0 ? "critical" : "warning",
          object: first.pool.uuid,
          cause: `HA of the XAPI pool is unsafe: it should survive ${failures(target)} host failures and has a plan for ${failures(plan)}${overcommitted === true ? " (overcommitted)" : ""}`,
          evidence: same.map(({ host }) =>
            claim(
              input,
              host,
              "xapi",
              `${host}: ha-host-failures-to-tolerate ${target ?? "?"}, ha-plan-exists-for ${plan ?? "?"}, ha-overcommitted ${overcommitted ?? "?"}`,
            ),
          ),
          next: "1: free memory on the host that is to take over, or protect fewer guests (ha-restart-priority), until the plan reaches the target",
          screen: 1,
          about: [`xapi-pool:${first.pool.uuid}`],
        }),
      ];
    });
  },
};

export const xapiRules: readonly Rule[] = [emergency, slave, pbd, ha];
