/** What every connection of one console shares: who asks, which keys are unlocked, what time it is. */
import { createHash } from "node:crypto";
import type { ParsedKey } from "ssh2";
import type { Ask, Prompt } from "../link.ts";
import type { Clock } from "./clock.ts";
import type { ConfigSource } from "./config.ts";
import type { Lookup } from "./transport.ts";

export type Ssh2 = typeof import("ssh2");

/** Keys kept unlocked at most. */
const UNLOCKED_MAX = 32;

/**
 * Private keys that the operator unlocked, for as long as the console runs: a reconnect at night must not wait for a passphrase, and two
 * hosts with one key ask once. Never the passphrase, never on disk; a file that changed is asked about again.
 */
export interface Keyring {
  find(path: string, contents: string): ParsedKey | undefined;
  keep(path: string, contents: string, key: ParsedKey): void;
}

export function createKeyring(): Keyring {
  const keys = new Map<string, ParsedKey>();
  const name = (path: string, contents: string) => `${path}\0${createHash("sha256").update(contents).digest("hex")}`;
  return {
    find: (path, contents) => keys.get(name(path, contents)),
    keep: (path, contents, key) => {
      const oldest = keys.keys().next();
      if (keys.size >= UNLOCKED_MAX && !oldest.done) keys.delete(oldest.value);
      keys.set(name(path, contents), key);
    },
  };
}

/** One task at a time, in order: two hosts behind one unknown jump host must not ask about it twice. */
export type Exclusively = <T>(task: () => Promise<T>) => Promise<T>;

export function createExclusively(): Exclusively {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result.catch(() => undefined);
    return result;
  };
}

export interface SshContext {
  readonly source: ConfigSource;
  readonly clock: Clock;
  /** undefined: nobody can be asked. */
  readonly ask: Ask | undefined;
  readonly keyring: Keyring;
  readonly exclusively: Exclusively;
  readonly lookup: Lookup;
  /** Loads ssh2: late, so that the first picture comes before it. */
  readonly load: () => Promise<Ssh2>;
}

export const loadSsh2 = async (): Promise<Ssh2> => (await import("ssh2")).default;

/** Asks for one thing, where asking is possible at all. */
export type AskOne = (prompt: Prompt) => Promise<string | undefined>;
