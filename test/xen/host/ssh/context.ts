/** A context for tests: a home of its own, a configuration of its own, no ssh program, no agent unless given. */
import { join } from "node:path";
import type { Ask, Prompt } from "../../../../src/xen/host/link.ts";
import type { Clock } from "../../../../src/xen/host/ssh/clock.ts";
import { createExclusively, createKeyring, loadSsh2, type SshContext } from "../../../../src/xen/host/ssh/context.ts";
import { createFakeClock } from "./fake-clock.ts";

export interface ContextOptions {
  readonly folder: string;
  readonly config: string;
  readonly ask?: Ask;
  readonly clock?: Clock;
  readonly env?: Record<string, string>;
}

export function makeContext({ folder, config, ask, clock, env }: ContextOptions): SshContext {
  const path = join(folder, ".ssh", "config");
  return {
    source: {
      local: { home: folder, user: "ana", uid: process.getuid?.() ?? 0, hostname: "desk", env: env ?? {} },
      config_file: undefined,
      run_ssh: async () => ({ kind: "missing" }),
      reader: { read: (name) => (name === path ? { text: config } : undefined), list: () => [] },
    },
    clock: clock ?? createFakeClock(),
    ask,
    keyring: createKeyring(),
    exclusively: createExclusively(),
    // Addresses stand for themselves; nothing leaves this machine.
    lookup: async (hostname) => {
      if (/^[\d.]+$/.test(hostname)) return [hostname];
      throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" });
    },
    load: loadSsh2,
  };
}

/** An operator who answers each question in turn and then no more; remembers what was asked. */
export function operator(...answers: (string | undefined)[]): { ask: Ask; asked: Prompt[] } {
  const asked: Prompt[] = [];
  return {
    asked,
    ask: async (prompt) => {
      asked.push(prompt);
      return answers.shift();
    },
  };
}
