/** Starts programs/hosts.ts and talks to it. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Asked, Said } from "./programs/hosts.ts";

type Done = Extract<Said, { said: "done" }>;

export interface Hosts {
  readonly pid: number;
  readonly ssh_config: string;
  readonly ask: (asked: Asked) => Promise<Done>;
  readonly close: () => Promise<void>;
}

export async function openHosts(guests: number, resyncs = 0): Promise<Hosts> {
  const child = fork(join(import.meta.dirname, "programs/hosts.ts"), [String(guests), String(resyncs)], { stdio: ["ignore", 2, 2, "ipc"] });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  const heard = <S extends Said["said"]>(said: S): Promise<Extract<Said, { said: S }>> =>
    new Promise((done) => {
      const hear = (message: Said): void => {
        if (message.said !== said) return;
        child.off("message", hear);
        done(message as Extract<Said, { said: S }>);
      };
      child.on("message", hear);
    });
  const { ssh_config } = await heard("serving");
  return {
    pid: child.pid ?? -1,
    ssh_config,
    ask: (asked) => {
      const done = heard("done");
      child.send(asked);
      return done;
    },
    close: async () => {
      child.disconnect();
      await exited;
    },
  };
}
