/**
 * A BMC for each simulated host, behind a fence agent as fence-agents' API has it: options as `name=value` lines on standard input, exit status of
 * `status` 0 on, 2 off, 1 for everything that went wrong. It answers at `ip=HOST-bmc` for the password below.
 */
import { type HostIx, hostIndexes } from "./model/guest.ts";
import { cutPower, powerOn } from "./model/power.ts";
import type { World } from "./model/world.ts";

export const BMC_PASSWORD = "bmc-of-the-simulated-pair";
/** Until it answers, and until the power is seen to be gone. */
export const BMC_ANSWER_MS = 1_200;
const BMC_SWITCH_MS = 2_500;

export interface FenceResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const bmcName = (world: World, ix: HostIx): string => `${world.hosts[ix].name}-bmc`;

/** The power as the BMC sees it: on from the moment it was switched on. */
const isOn = (world: World, ix: HostIx): boolean => world.hosts[ix].power === "on" || world.hosts[ix].booting;

interface Order {
  readonly after_ms: number;
  readonly act: () => FenceResult;
}
const failing = (stderr: string): Order => ({ after_ms: BMC_ANSWER_MS, act: () => ({ code: 1, stdout: "", stderr: `${stderr}\n` }) });
const done: Readonly<Record<string, string>> = { off: "Powered OFF", on: "Powered ON", reboot: "Rebooted" };

function orderOf(world: World, options: ReadonlyMap<string, string>): Order {
  const ix = hostIndexes.find((each) => bmcName(world, each) === options.get("ip"));
  const host = ix === undefined ? undefined : world.hosts[ix];
  if (host === undefined || host.bmc === "dead") return failing("Failed: Unable to obtain correct plug status or plug is not available");
  if (options.get("password") !== BMC_PASSWORD) return failing("Failed: Unable to connect/login to fencing device");
  const action = options.get("action") ?? "";
  if (action === "status") {
    const act = (): FenceResult => {
      const on = isOn(world, host.ix);
      return { code: on ? 0 : 2, stdout: `Status: ${on ? "ON" : "OFF"}\n`, stderr: "" };
    };
    return { after_ms: BMC_ANSWER_MS, act };
  }
  const words = done[action];
  if (words === undefined) return failing(`Failed: unknown action ${action}`);
  const act = (): FenceResult => {
    if (host.bmc === "stuck") return { code: 1, stdout: "", stderr: "Failed: Timed out waiting to power OFF\n" };
    if (action !== "on") cutPower(world, host.ix);
    if (action !== "off") powerOn(world, host.ix);
    return { code: 0, stdout: `Success: ${words}\n`, stderr: "" };
  };
  return { after_ms: BMC_SWITCH_MS, act };
}

/** What the agent is asked on its standard input; calls back when it ends. */
export function fenceAgent(world: World, text: string, end: (result: FenceResult) => void): void {
  const options = text.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
  });
  const { after_ms, act } = orderOf(world, new Map(options));
  world.scheduler.after(after_ms, () => end(act()));
}
