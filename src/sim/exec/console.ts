/** The programs of src/xen/host/console-source.ts on a simulated host: the same words, frames and refusals, played on the model. */
import { consolesOf, type Holder } from "../console/consoles.ts";
import type { Reader } from "../console/machine.ts";
import type { SimDomain } from "../model/guest.ts";
import { ended, type SimCommand, type SimProgram, type SimStart } from "./program.ts";
import { startShell } from "./shell.ts";

const NAMES = ["xenha-console", "xenha-key", "xenha-shell", "xenha-audit"] as const;

/** Until a domain is looked for again: xenstore tells at once, a process takes a moment. */
const LOOK_MS = 100;

const frame = (nonce: string, words: string): string => `\x1b_XHC1 ${nonce} ${words}\x1b\\`;
/** `PID FROM SECONDS NONCE, ` as the program says it. */
const rivalText = (holder: Holder | undefined, now_ms: number): string =>
  holder === undefined ? "" : `${holder.pid} ${holder.from} ${Math.floor((now_ms - holder.since_ms) / 1000)} ${holder.nonce}, `;

function playConsole({ world, host, argv, output }: SimStart): SimProgram {
  const [, , , , nonce = "", number, , rival, earlier = ""] = argv;
  const domid = Number(number);
  const consoles = consolesOf(world);
  const { scheduler } = world;
  let held = consoles.holder(host, domid);
  if (held !== undefined && (String(held.pid) === rival || earlier.split(",").includes(held.nonce))) {
    held.hangUp();
    held = consoles.holder(host, domid);
  }
  output.out(frame(nonce, `begin ${rivalText(held, scheduler.now_ms)}`));
  const refuse = (status: number, words: string): SimProgram => {
    output.out(frame(nonce, `end ${status} ${words}`));
    output.end(0);
    return ended;
  };
  const domain = host.domains.find((each) => each.domid === domid && domid !== 0);
  if (domain === undefined) return refuse(1, `${domid} is an invalid domain identifier (rc=-6)`);
  if (held !== undefined) return refuse(0, `xenconsole: Could not lock /var/lock/xenconsole.${domid}: Resource temporarily unavailable`);
  return attach({ world, host, domid, domain, nonce, output });
}

interface Attached extends Pick<SimStart, "world" | "host" | "output"> {
  readonly domid: number;
  readonly domain: SimDomain;
  readonly nonce: string;
}

function attach({ world, host, domid, domain, nonce, output }: Attached): SimProgram {
  const consoles = consolesOf(world);
  const machine = consoles.machine(domain);
  let over = false;
  let paused = false;
  let waiting = "";
  const say = (text: string): void => {
    if (over) return;
    if (paused) waiting += text;
    else output.out(text);
  };
  const reader: Reader = { host: host.ix, domid, hear: say, isFull: () => paused || over };
  const leave = (): void => {
    if (over) return;
    over = true;
    machine.detach(reader);
    consoles.letGo(host, domid, holder);
  };
  const holder: Holder = {
    pid: consoles.nextPid(),
    from: "127.0.0.1",
    nonce,
    since_ms: world.scheduler.now_ms,
    hangUp: () => {
      leave();
      output.end(undefined, "HUP");
    },
  };
  consoles.hold(host, domid, holder);
  machine.attach(reader);
  /** xenconsoled closes the terminal of a domain that is gone. */
  const look = (): void => {
    if (over) return;
    if (host.domains.includes(domain)) {
      world.scheduler.after(LOOK_MS, look);
      return;
    }
    output.out(waiting + frame(nonce, "end 0 "));
    leave();
    output.end(0);
  };
  look();
  const decoder = new TextDecoder();
  return {
    ...ended,
    // A ctrl-] that comes alone is its own.
    hear: (data) => {
      if (data.length === 1 && data[0] === 0x1d) {
        output.out(frame(nonce, "end 0 "));
        leave();
        output.end(0);
      } else if (!over) machine.type(decoder.decode(data, { stream: true }));
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      const text = waiting;
      waiting = "";
      if (text !== "") say(text);
      machine.drained();
    },
    hangUp: leave,
  };
}

export const consoleProgram: SimCommand = (start) => {
  const { argv, world, host, output } = start;
  const name = NAMES.find((each) => each === argv[3]);
  if (argv[0] !== "/bin/sh" || argv[1] !== "-c" || name === undefined) return undefined;
  const [, , , , nonce = "", first = ""] = argv;
  switch (name) {
    case "xenha-console":
      return playConsole(start);
    case "xenha-shell":
      output.out(frame(nonce, "begin"));
      return startShell(start);
    case "xenha-audit":
      consolesOf(world).logged.push({ host: host.ix, text: first });
      output.end(0);
      return ended;
    case "xenha-key": {
      const domain = host.domains.find((each) => each.domid === Number(first));
      if (domain !== undefined) consolesOf(world).machine(domain).type("\x1d");
      output.end(domain === undefined ? 1 : 0);
      return ended;
    }
  }
};
