/** The edge of known_hosts: reading its files, and writing one line after the operator said yes. */
import { randomBytes } from "node:crypto";
import { mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { clean } from "../../read/clean.ts";
import { type HostKeyNames, joinKnownHosts, type KnownHosts, knownHostLine, parseKnownHosts } from "./known-hosts.ts";

/** A larger file is not read: it vouches for nothing and doctor says so. */
export const KNOWN_HOSTS_BYTES_MAX = 8 * 1024 * 1024;
const SALT_BYTES = 20;
const NEWLINE = 10;

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "");
export const wordsOf = (error: unknown): string => clean(error instanceof Error ? error.message : String(error), 200);

/** A file's text, or undefined where there is none, or why it can't be read. Bounded. */
export async function readBounded(path: string, bytes_max: number): Promise<{ text: string } | { problem: string } | undefined> {
  try {
    const handle = await open(path, "r");
    try {
      const info = await handle.stat();
      if (!info.isFile()) return { problem: "it is not a file" };
      if (info.size > bytes_max) return { problem: `it is larger than ${bytes_max} bytes` };
      return { text: (await handle.readFile()).toString("utf8") };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR" ? undefined : { problem: wordsOf(error) };
  }
}

async function readOne(path: string): Promise<KnownHosts> {
  const read = await readBounded(path, KNOWN_HOSTS_BYTES_MAX);
  if (read === undefined) return { entries: [], problems: [] };
  if ("problem" in read) return { entries: [], problems: [{ file: path, line: 0, why: read.problem }] };
  return parseKnownHosts(path, read.text);
}

/** All of them, in order; a file that doesn't exist is empty. */
export async function readKnownHosts(paths: readonly string[]): Promise<KnownHosts> {
  return joinKnownHosts(await Promise.all(paths.map(readOne)));
}

export type Written = { readonly ok: true } | { readonly ok: false; readonly error: string };

/**
 * Appends exactly one line in one write (so that two programs at once can't mix theirs), on a line of its own, and waits for the disk.
 * Creates the file 0600 and its folder 0700.
 */
export async function appendKnownHost(request: { path: string; names: HostKeyNames; key: Uint8Array; hashed: boolean }): Promise<Written> {
  const { path, names, key, hashed } = request;
  const line = knownHostLine({ name: names.name, key, salt: hashed ? randomBytes(SALT_BYTES) : undefined });
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, "a+", 0o600);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      await handle.appendFile(`${size > 0 && last[0] !== NEWLINE ? "\n" : ""}${line}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { ok: true };
  } catch (error) {
    return { ok: false, error: wordsOf(error) };
  }
}

/** Permission bits and owner of a file; undefined where there is none. */
export async function fileMode(path: string): Promise<{ mode: number; uid: number } | undefined> {
  try {
    const { mode, uid } = await stat(path);
    return { mode: mode & 0o777, uid };
  } catch {
    return undefined;
  }
}
