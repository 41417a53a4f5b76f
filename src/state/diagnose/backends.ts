/** Rules about guests' disks and interfaces in dom0's xenstore (2-domain, signatures 12 and 13). */
import type { HostId } from "../../xen/model/ids.ts";
import type { Backends, VbdBackend, VifBackend } from "../../xen/model/xen.ts";
import { perFacts } from "../select/memo.ts";
import type { GuestRow } from "../view-model.ts";
import { answering, claim, type Draft, draft, facts, groupBy, list, type Rule, type RuleInput, span } from "./rule.ts";

// A guest without Xen's drivers never connects: QEMU serves its disks. That is why an HVM guest's is only information.
/** A starting guest connects its devices within this time. */
export const CONNECT_MAX_MS = 30_000;

interface Device {
  readonly host: HostId;
  readonly domid: number;
  readonly name: string;
  readonly backend: VbdBackend | VifBackend;
}

/** Of what a host last told, those with which something may be wrong: few, and the same until it tells anew. */
const suspects = perFacts(({ vbds, vifs }: Backends): readonly Omit<Device, "host">[] => {
  const isSuspect = ({ state, hotplug_status, hotplug_error }: VbdBackend | VifBackend): boolean =>
    state !== "connected" || hotplug_status === "error" || hotplug_error !== undefined;
  return [
    ...vbds.filter(isSuspect).map((backend) => ({ domid: backend.domid, name: backend.dev ?? `disk ${backend.devid}`, backend })),
    ...vifs.filter(isSuspect).map((backend) => ({ domid: backend.domid, name: backend.ifname, backend })),
  ];
});

function devices(input: RuleInput): Device[] {
  return answering(input).flatMap(({ id }) => {
    const told = facts(input, id, "xenstore");
    return told === undefined ? [] : suspects(told).map((device) => ({ host: id, ...device }));
  });
}

function guestOf({ view }: RuleInput, { host, domid }: Device): GuestRow | undefined {
  return view.guests.find(({ placements }) => placements.some((place) => place.host === host && place.domid === domid));
}

function perGuest(
  input: RuleInput,
  found: readonly Device[],
  make: (guest: GuestRow | undefined, group: readonly Device[], first: Device) => Draft,
): Draft[] {
  return groupBy(found, ({ host, domid }) => `${host}|${domid}`).flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [make(guestOf(input, first), group, first)];
  });
}

const hotplugError: Rule = {
  id: "guest.hotplug_error",
  title: "a guest's disk or interface could not be attached",
  suppresses: ["guest.not_connected", "net.vif_detached"],
  judge: (input) => {
    const broken = devices(input).filter(({ backend }) => backend.hotplug_status === "error" || backend.hotplug_error !== undefined);
    return perGuest(input, broken, (guest, group, { host, domid }) => {
      const name = guest?.name ?? `domain ${domid}`;
      const words = group.map((device) => device.backend.hotplug_error).find((text) => text !== undefined);
      return draft(input, "guest.hotplug_error", {
        severity: "critical",
        object: name,
        cause: `${list(group.map((device) => device.name))} of ${name} could not be attached on ${host}${words === undefined ? "" : `: ${words}`}`,
        evidence: group.map((device) =>
          claim(
            input,
            host,
            "xenstore",
            `${device.name}: hotplug-status ${device.backend.hotplug_status ?? "-"}${device.backend.hotplug_error === undefined ? "" : `, ${device.backend.hotplug_error}`}`,
          ),
        ),
        guests: guest === undefined ? [] : [guest.key],
        next: `2: enter on ${name}; /var/log/xen/xen-hotplug.log on ${host} says which script failed and why`,
        screen: 2,
        about: [`guest:${guest?.key ?? name}`],
      });
    });
  },
};

const notConnected: Rule = {
  id: "guest.not_connected",
  title: "a guest's disk or interface isn't connected",
  suppresses: ["net.vif_detached"],
  judge: (input) => {
    const found = devices(input).filter((device) => {
      const { backend, host } = device;
      const known = input.state.hosts.get(host)?.facts.xenstore;
      // All that is known of how long: xenstore has said the same since then.
      if (backend.state === "connected" || !backend.online || known?.state !== "known" || input.now_ms - known.changed_ms <= CONNECT_MAX_MS)
        return false;
      const place = guestOf(input, device)?.placements.find((candidate) => candidate.host === host && candidate.domid === device.domid);
      // Receiving, leaving, paused and ended domains have nobody to connect to.
      return (
        place !== undefined && place.migration === "none" && place.flags[2] !== "p" && place.flags[3] !== "s" && place.flags[5] !== "d"
      );
    });
    return perGuest(input, found, (guest, group, { host, domid }) => {
      const known = input.state.hosts.get(host)?.facts.xenstore;
      const since_ms = known?.state === "known" ? known.changed_ms : undefined;
      const name = guest?.name ?? `domain ${domid}`;
      return draft(input, "guest.not_connected", {
        severity: guest?.type === "hvm" ? "info" : "warning",
        object: name,
        cause: `${list(group.map((device) => device.name))} of ${name} on ${host} ${group.length === 1 ? "isn't" : "aren't"} connected${since_ms === undefined ? "" : ` for ${span(input.now_ms - since_ms)}`}`,
        evidence: group.map((device) => claim(input, host, "xenstore", `${device.name}: state ${device.backend.state}`)),
        guests: guest === undefined ? [] : [guest.key],
        next: `2: enter on ${name}; if the guest is up, its driver hasn't taken the device: look at its console`,
        screen: 2,
        about: [`guest:${guest?.key ?? name}`],
        since_ms,
      });
    });
  },
};

export const backendRules: readonly Rule[] = [hotplugError, notConnected];
