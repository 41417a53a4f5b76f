/** Programs that run others, and the few files of the kernel that plans write to. */

import { writeFile } from "../files.ts";
import type { SimHost } from "../model/host.ts";
import { kernel, type World } from "../model/world.ts";
import type { Tool } from "./tool.ts";

/** What `timeout` exits with once it had to kill (its own SIGKILL ends it as well) and what it had to end. */
const KILLED = 137;
const TIMED_OUT = 124;

/** `timeout [-k S] S PROGRAM...`: a program that hangs in the kernel is killed after all, where a signal can reach it. */
export const timeout =
  (tools: () => Readonly<Record<string, Tool>>): Tool =>
  (run) => {
    const rest = run.argv[0] === "-k" ? run.argv.slice(2) : run.argv;
    const [limit = "0", program = "", ...argv] = rest;
    const tool = tools()[program];
    if (tool === undefined) {
      run.say(`timeout: failed to run command '${program}': No such file or directory`);
      return run.end(127);
    }
    let over = false;
    const end = (rc: number): void => {
      if (over) return;
      over = true;
      run.end(rc);
    };
    run.after(Number(limit) * 1000, () => end(run.argv[0] === "-k" ? KILLED : TIMED_OUT));
    tool({ ...run, argv, end, after: (delay_ms, task) => run.after(delay_ms, () => !over && task()) });
  };

const VPORT = /^\/sys\/class\/fc_host\/(host\d+)\/vport_(create|delete)$/;
const NAMES = /^([0-9a-f]{16}):([0-9a-f]{16})\n?$/;

/** scsi_transport_fc.c, store_fc_host_vport_create and _delete: what it doesn't take is EINVAL or ENOENT. */
function vports(world: World, host: SimHost, [, name = "", verb = ""]: RegExpExecArray, text: string): string | undefined {
  const port = host.storage.fc.find((each) => each.name === name);
  const [, wwpn, wwnn] = NAMES.exec(text) ?? [];
  if (port === undefined) return "No such file or directory";
  if (wwpn === undefined || wwnn === undefined) return "Invalid argument";
  const found = port.vports.find(({ port_name }) => port_name === `0x${wwpn}`);
  if (verb === "delete") {
    if (found === undefined || (found.node_name ?? port.node_name) !== `0x${wwnn}`) return "No such device";
    port.vports.splice(port.vports.indexOf(found), 1);
    return undefined;
  }
  if (port.vports.length >= port.max_npiv) return "No space left on device";
  const number = name.replace("host", "");
  const used = port.vports.map((each) => Number(each.name.split("-").at(-1)));
  const next = used.length === 0 ? 0 : Math.max(...used) + 1;
  port.vports.push({
    name: `vport-${number}:0-${next}`,
    port_name: `0x${wwpn}`,
    node_name: `0x${wwnn}`,
    state: port.state === "Online" ? "Active" : "Linkdown",
  });
  kernel(world, host.ix, `scsi host${Number(number) + 100}: qla2xxx`);
  return undefined;
}

export const tee: Tool = ({ world, host, argv, input, say, end, after }) => {
  const path = argv.at(-1) ?? "";
  after(200, () => {
    say(input.trimEnd());
    const vport = VPORT.exec(path);
    if (vport === null) {
      writeFile(world, host, path, input);
      return end(0);
    }
    const wrong = vports(world, host, vport, input);
    if (wrong !== undefined) say(`tee: ${path}: ${wrong}`);
    end(wrong === undefined ? 0 : 1);
  });
};

/** The one script that a plan has: every adapter is looked through for new disks. */
/** A text that no plan of guests or hosts has (sh.ts). */
export const otherText: Tool = ({ argv, say, end, after }) => {
  if (argv[0] === "-c" && argv[1]?.includes("/sys/class/scsi_host/host*/scan") === true) return after(400, () => end(0));
  say("sh: a simulated host runs no scripts");
  end(127);
};
