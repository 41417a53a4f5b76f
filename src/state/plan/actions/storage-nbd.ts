/**
 * Network block devices. A server that doesn't answer must not hold a step for ever: nbd-client gets half a minute. What is connected asks the server
 * itself; what is disconnected gives up what waits (nbd.c, NBD_CLEAR_SOCK), so a hung server doesn't hold that either.
 */

import type { HostId } from "../../../xen/model/ids.ts";
import type { NbdDevice } from "../../../xen/model/storage.ts";
import { type Action, answersCheck, check, evidenceOf, hostNamed, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { ActionArg, Given } from "../arguments.ts";
import { freshFacts, lastFacts, notFound } from "../facts.ts";
import { leaseKey, type PlanCheck, type PlanTrial, type Refusal } from "../plan.ts";
import { ON, taking, unusedCheck } from "./storage-target.ts";

const DEVICE: ActionArg = { name: "device", optional: false, kind: "storage", prompt: "which device, as nbd0" };
const SERVER: ActionArg = { name: "server", optional: false, kind: "address", prompt: "the server's address" };
const EXPORT: ActionArg = { name: "export", optional: true, kind: "text", length_max: 200, prompt: "which of its exports, by name" };
const PORT: ActionArg = { name: "port", optional: true, kind: "number", unit: "TCP", min: 1, max: 65_535, prompt: "the server's port" };
const PORT_DEFAULT = "10809";
/** Seconds until nbd-client is told to end, and until it is ended. */
const LIMIT = ["timeout", "-k", "5", "30"] as const;

export const fitsNbd = (_context: PlanContext, object: string): boolean => object.startsWith("nbd:");

interface Place {
  readonly host: HostId;
  readonly device: NbdDevice;
}

function placeOf(context: PlanContext, { device = "", on = "" }: Given): Place | Refusal {
  const host = hostNamed(context, on);
  if ("refused" in host) return host;
  const name = device.replace(/^nbd:/, "").replace(/^\/dev\//, "");
  const devices = lastFacts(context, host.id, "nbd")?.devices ?? [];
  const found = devices.find(({ dev }) => dev === name);
  if (found !== undefined) return { host: host.id, device: found };
  const known = devices.map(({ dev }) => dev).slice(0, 16);
  return notFound(
    context,
    { hosts: [host.id], reading: "nbd", what: "which NBD devices it has" },
    refuse(
      `${host.id} has no device ${JSON.stringify(device)}`,
      known.length === 0 ? "the nbd module isn't loaded there" : `known: ${known.join(", ")}`,
    ),
  );
}

function stateCheck(context: PlanContext, { host, device: { dev } }: Place, wanted: "connected" | "free"): PlanCheck {
  const evidence = evidenceOf(context, host, "nbd");
  const now = freshFacts(context, host, "nbd")?.devices.find((each) => each.dev === dev);
  if (now === undefined) return check("device", "unknown", `${host}: ${dev} not freshly read`, evidence);
  const free = now.pid === undefined && (now.size_bytes ?? 0) === 0;
  const text = `${dev} on ${host} is ${now.pid !== undefined ? "connected" : free ? "free" : "not connected, and has a size yet"}`;
  return check("device", (wanted === "free") === free && (wanted === "free" || now.pid !== undefined) ? "pass" : "fail", text, evidence);
}

const clientTrial = (host: HostId): PlanTrial => ({
  host,
  text: `${host} has nbd-client`,
  argv: ["sh", "-c", "command -v nbd-client"],
  stdout: "nbd-client",
});

const connect: Action = {
  id: "storage nbd connect",
  title: "connect (NBD)",
  description: "Connect a network block device to its server",
  on: "storage",
  letter: "c",
  risk: "routine",
  marked: false,
  args: [DEVICE, SERVER, ON, EXPORT, PORT],
  fits: fitsNbd,
  plan: (context, given) => {
    const place = placeOf(context, given);
    if ("refused" in place) return place;
    const { host, device } = place;
    const { server = "", export: named, port = PORT_DEFAULT } = given;
    const what = `${server}${named === undefined ? "" : ` ${named}`}`;
    const goal = `connect ${device.dev} on ${host} to ${what}`;
    const args = {
      device: device.dev,
      server,
      on: host,
      ...(named === undefined ? {} : { export: named }),
      ...(given.port === undefined ? {} : { port }),
    };
    return planOf({
      request: { action: "storage nbd connect", args },
      goal,
      risk: "routine",
      keys: [leaseKey("storage", `${host} ${device.dev}`)],
      hosts: taking(context, host),
      checks: [answersCheck(context, host), stateCheck(context, place, "free")],
      trials: [clientTrial(host)],
      steps: [
        step({
          id: "connect",
          title: goal,
          host,
          argv: [...LIMIT, "nbd-client", ...(named === undefined ? [] : ["-N", named]), server, port, `/dev/${device.dev}`],
          before: [{ kind: "nbd", host, name: device.dev, connected: false }],
          after: [{ kind: "nbd", host, name: device.dev, connected: true }],
          undo: `storage nbd disconnect ${device.dev} --on ${host}`,
          risk: "routine",
          usual_s: 10,
          settle_s: 15,
        }),
      ],
    });
  },
};

const disconnect: Action = {
  id: "storage nbd disconnect",
  title: "disconnect (NBD)",
  description: "Disconnect a network block device that nothing uses",
  on: "storage",
  letter: "u",
  risk: "disruptive",
  marked: false,
  args: [DEVICE, ON],
  fits: fitsNbd,
  plan: (context, given) => {
    const place = placeOf(context, given);
    if ("refused" in place) return place;
    const { host, device } = place;
    const goal = `disconnect ${device.dev} on ${host}`;
    const guests = context.view.storage.find(({ key }) => key === `nbd:${device.dev}`)?.guests ?? [];
    return planOf({
      request: { action: "storage nbd disconnect", args: { device: device.dev, on: host } },
      goal,
      risk: "disruptive",
      typed: { word: device.dev, what: "the device's name" },
      keys: [leaseKey("storage", `${host} ${device.dev}`)],
      hosts: taking(context, host),
      checks: [
        answersCheck(context, host),
        stateCheck(context, place, "connected"),
        ...unusedCheck(context, host, { what: device.dev, guests, knames: [device.dev] }),
      ],
      trials: [clientTrial(host)],
      steps: [
        step({
          id: "disconnect",
          title: goal,
          host,
          argv: [...LIMIT, "nbd-client", "-d", `/dev/${device.dev}`],
          before: [{ kind: "nbd", host, name: device.dev, connected: true }],
          after: [{ kind: "nbd", host, name: device.dev, connected: false }],
          undo: `storage nbd connect ${device.dev} with its server and export`,
          risk: "disruptive",
          usual_s: 10,
          settle_s: 15,
        }),
      ],
    });
  },
};

export const nbdActions: readonly Action[] = [connect, disconnect];
