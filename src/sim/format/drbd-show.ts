/** `drbdsetup show` as text (8.4's module) and `--json` (9.2's). */
import { C_PLAN_AHEAD, type DrbdResource, RESYNC_RATE_KIB_S } from "../model/drbd/types.ts";
import { type HostIx, other } from "../model/guest.ts";
import type { World } from "../model/world.ts";
import { type Format, notHere, ok } from "./answer.ts";
import { configured } from "./drbd-status-text.ts";

/** `    timeout         \t90; # 1/10 seconds` */
const setting = (indent: number, key: string, value: string, comment = ""): string =>
  `${" ".repeat(indent)}${key.padEnd(16)}\t${value};${comment === "" ? "" : ` # ${comment}`}\n`;

function netSettings(resource: DrbdResource, ix: HostIx): string {
  return [
    setting(8, "timeout", "90", "1/10 seconds"),
    setting(8, "max-buffers", "4096"),
    setting(8, "connect-int", "5", "seconds"),
    resource.two_primaries[ix] ? setting(8, "allow-two-primaries", "yes") : "",
    setting(8, "ping-timeout", "30", "1/10 seconds"),
    resource.verify_alg === undefined ? "" : setting(8, "verify-alg", `"${resource.verify_alg}"`),
    resource.shared_secret === undefined ? "" : setting(8, "shared-secret", `"${resource.shared_secret}"`),
  ].join("");
}

/** What isn't at its default, in drbdsetup's order (drbd_nla.c, disk_conf). */
function rateSettings(resource: DrbdResource, ix: HostIx): readonly (readonly [string, string])[] {
  return [
    ...(resource.resync_rate_kib_s[ix] === RESYNC_RATE_KIB_S ? [] : [["resync-rate", `${resource.resync_rate_kib_s[ix]}k`] as const]),
    ...(resource.c_plan_ahead[ix] === C_PLAN_AHEAD ? [] : [["c-plan-ahead", String(resource.c_plan_ahead[ix])] as const]),
    ["c-max-rate", `${resource.c_max_rate_kib_s[ix]}k`],
  ];
}

export function resourceShow(resource: DrbdResource, ix: HostIx): string {
  const node = resource.nodes[ix];
  const volumes = resource.volumes.map((spec, at) => {
    const disk =
      node.volumes[at]?.disk === "Diskless" ? "" : `            disk\t\t\t"${spec.backing}";\n            meta-disk\t\t\tinternal;\n`;
    const settings = rateSettings(resource, ix).map(([key, value]) =>
      setting(16, key, value, key === "c-plan-ahead" ? "1/10 seconds" : "bytes/second"),
    );
    const rates = `            disk {\n${settings.join("")}            }\n`;
    return `        volume ${spec.volume} {\n            device\t\t\tminor ${spec.minor};\n${disk}${disk === "" ? "" : rates}        }\n`;
  });
  const address = (side: HostIx): string => `        address\t\t\tipv4 ${resource.addresses[side]}:${resource.port};\n`;
  const net = node.has_connection ? `    net {\n${netSettings(resource, ix)}    }\n    _remote_host {\n${address(other(ix))}    }\n` : "";
  const local = `    _this_host {\n${node.has_connection ? address(ix) : ""}${volumes.join("")}    }\n`;
  return `resource ${resource.name} {\n    options {\n    }\n${net}${local}}\n`;
}

function showJson(world: World, resource: DrbdResource, ix: HostIx): unknown {
  const net = {
    timeout: "90",
    "connect-int": "5",
    ...(resource.two_primaries[ix] ? { "allow-two-primaries": true } : {}),
    "ping-timeout": "30",
    "max-buffers": "4096",
    ...(resource.verify_alg === undefined ? {} : { "verify-alg": resource.verify_alg }),
    ...(resource.shared_secret === undefined ? {} : { "shared-secret": resource.shared_secret }),
    _name: world.hosts[other(ix)].name,
  };
  const side = (of: HostIx): string => `ipv4 ${resource.addresses[of]}:${resource.port}`;
  return {
    resource: resource.name,
    _this_host: {
      "node-id": ix,
      volumes: resource.volumes.map((spec) => ({
        volume_nr: spec.volume,
        device_minor: spec.minor,
        "backing-disk": spec.backing,
        "meta-disk": "internal",
      })),
    },
    connections: [
      {
        path: { _this_host: side(ix), _remote_host: side(other(ix)) },
        net,
        volumes: resource.volumes.map((spec) => ({ volume_nr: spec.volume, disk: Object.fromEntries(rateSettings(resource, ix)) })),
        _peer_node_id: other(ix),
      },
    ],
  };
}

export const drbdShow: Format = (world, host) => {
  const [first] = world.drbd.values();
  if (first === undefined) return notHere;
  const resources = configured(world, host.ix);
  if (first.flavour === "9.2") {
    const all = resources.map((resource) => showJson(world, resource, host.ix));
    return ok(`${JSON.stringify(all, null, 4)}\n`);
  }
  return ok(resources.map((resource) => resourceShow(resource, host.ix)).join("\n"));
};
