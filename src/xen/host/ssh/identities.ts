/**
 * The keys that may open a door: those in the agent and those in files, in the order ssh tries them.
 * Source: sshconnect2.c (pubkey_prepare); PROTOCOL.key for the public half of a locked private key.
 */
import { basename } from "node:path";
import type { BaseAgent, ParsedKey } from "ssh2";
import { clean } from "../../read/clean.ts";
import type { Clock } from "./clock.ts";
import type { Ssh2 } from "./context.ts";
import { fileMode, readBounded } from "./known-hosts-file.ts";
import type { SshSettings } from "./settings.ts";
import type { ConnectNote } from "./steps.ts";

const KEY_BYTES_MAX = 64 * 1024;
/** An agent that doesn't answer (a dead forwarding socket) is passed over after this long. */
const AGENT_TIMEOUT_MS = 3_000;

/** label: how it is named on screen and in `tried`. */
export type Identity =
  | { readonly kind: "agent"; readonly label: string; readonly key: ParsedKey; readonly agent: BaseAgent }
  | { readonly kind: "unlocked"; readonly label: string; readonly key: ParsedKey }
  /** public_key: undefined where the file doesn't show it (an old PEM without a .pub beside it). */
  | {
      readonly kind: "locked";
      readonly label: string;
      readonly path: string;
      readonly contents: string;
      readonly public_key: ParsedKey | undefined;
    };

export interface Identities {
  readonly identities: readonly Identity[];
  readonly notes: readonly ConnectNote[];
}

const note = (hop: string, text: string, fix: string): ConnectNote => ({ kind: "note", hop, text: clean(text, 300), fix: clean(fix, 300) });

/** parseKey gives a key, several, or an Error; only the first matters. */
export function parseOne(ssh2: Ssh2, contents: string | Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: unknown = passphrase === undefined ? ssh2.utils.parseKey(contents) : ssh2.utils.parseKey(contents, passphrase);
  return (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error;
}

/** The public half of an OpenSSH private key, which is not encrypted. undefined: another format. */
export function publicHalf(contents: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]*)-----END OPENSSH PRIVATE KEY-----/.exec(contents)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.subarray(0, magic.length).toString("latin1") !== magic) return undefined;
  let at = magic.length;
  const take = (): Buffer | undefined => {
    if (bytes.length < at + 4) return undefined;
    const length = bytes.readUInt32BE(at);
    const value = bytes.length < at + 4 + length ? undefined : bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  // cipher, kdf, kdf options, then the number of keys and the first public key.
  if (take() === undefined || take() === undefined || take() === undefined) return undefined;
  at += 4;
  return take();
}

interface FileKey {
  readonly identity: Identity | undefined;
  /** For finding the agent's key of the same file. */
  readonly public_blob: Buffer | undefined;
  readonly notes: readonly ConnectNote[];
}
const nothing: FileKey = { identity: undefined, public_blob: undefined, notes: [] };

async function readPublic(ssh2: Ssh2, path: string, contents: string | undefined): Promise<ParsedKey | undefined> {
  const half = contents === undefined ? undefined : publicHalf(contents);
  const beside = half === undefined ? await readBounded(`${path}.pub`, KEY_BYTES_MAX) : undefined;
  const text = half ?? (beside !== undefined && "text" in beside ? beside.text : undefined);
  const parsed = text === undefined ? undefined : parseOne(ssh2, text);
  return parsed instanceof Error ? undefined : parsed;
}

async function readKeyFile(ssh2: Ssh2, path: string, hop: string, uid: number): Promise<FileKey> {
  const read = await readBounded(path, KEY_BYTES_MAX);
  if (read === undefined) {
    // The private half may live in the agent only.
    const alone = await readPublic(ssh2, path, undefined);
    return { ...nothing, public_blob: alone?.getPublicSSH() };
  }
  if ("problem" in read)
    return {
      ...nothing,
      notes: [note(hop, `${path} can't be read: ${read.problem}`, `make it readable for you alone: chmod 600 ${path}`)],
    };
  const label = basename(path);
  const parsed = parseOne(ssh2, read.text);
  if (!(parsed instanceof Error) && !parsed.isPrivateKey()) return { ...nothing, public_blob: parsed.getPublicSSH() };
  const mode = await fileMode(path);
  const own = await readPublic(ssh2, path, read.text);
  if (mode !== undefined && mode.uid === uid && (mode.mode & 0o077) !== 0) {
    const text = `${path} is ignored, as ssh ignores it: its permissions ${mode.mode.toString(8).padStart(4, "0")} are too open`;
    return { ...nothing, public_blob: own?.getPublicSSH(), notes: [note(hop, text, `chmod 600 ${path}`)] };
  }
  if (!(parsed instanceof Error))
    return { identity: { kind: "unlocked", label, key: parsed }, public_blob: parsed.getPublicSSH(), notes: [] };
  if (/no passphrase given/.test(parsed.message))
    return { identity: { kind: "locked", label, path, contents: read.text, public_key: own }, public_blob: own?.getPublicSSH(), notes: [] };
  const why = `${path} can't be used: ${parsed.message}`;
  return {
    ...nothing,
    notes: [note(hop, why, "keys on FIDO tokens (-sk) and certificates are beyond ssh2: use an ed25519, ECDSA or RSA key")],
  };
}

/** The agent's keys of types that ssh2 knows. */
export function agentKeys(agent: BaseAgent, clock: Clock): Promise<{ keys: readonly ParsedKey[] } | { problem: string }> {
  return new Promise((resolve) => {
    const cancel = clock.after(AGENT_TIMEOUT_MS, () => resolve({ problem: `it didn't answer within ${AGENT_TIMEOUT_MS / 1000} s` }));
    agent.getIdentities((error, keys) => {
      cancel();
      if (error) resolve({ problem: error.message });
      else resolve({ keys: (keys ?? []) as ParsedKey[] });
    });
  });
}

async function fromAgent(
  ssh2: Ssh2,
  settings: SshSettings,
  clock: Clock,
): Promise<{ identities: Extract<Identity, { kind: "agent" }>[]; notes: ConnectNote[] }> {
  const socket = settings.identity_agent;
  if (socket === undefined) return { identities: [], notes: [] };
  const agent = ssh2.createAgent(socket);
  const answer = await agentKeys(agent, clock);
  if ("problem" in answer) {
    const text = `the agent at ${socket} can't be used: ${answer.problem}`;
    return { identities: [], notes: [note(settings.name, text, "start ssh-agent and run ssh-add, or set IdentityAgent none")] };
  }
  const identities = answer.keys.map(
    (key) => ({ kind: "agent", label: `agent key ${clean(key.comment || key.type, 60)}`, key, agent }) as const,
  );
  return { identities, notes: [] };
}

/** In ssh's order: agent keys of the configured files, other agent keys (unless IdentitiesOnly), then files that the agent doesn't hold. */
export async function loadIdentities(request: { ssh2: Ssh2; settings: SshSettings; uid: number; clock: Clock }): Promise<Identities> {
  const { ssh2, settings, uid, clock } = request;
  if (!settings.authentications.includes("publickey")) return { identities: [], notes: [] };
  const hop = settings.name;
  const held = await fromAgent(ssh2, settings, clock);
  const files = await Promise.all(settings.identity_files.map((path) => readKeyFile(ssh2, path, hop, uid)));
  const same = (blob: Buffer | undefined, identity: { key: ParsedKey }) => blob?.equals(identity.key.getPublicSSH()) === true;
  const configured = files.flatMap(({ public_blob }) => held.identities.filter((identity) => same(public_blob, identity)));
  const others = settings.identities_only ? [] : held.identities.filter((identity) => !configured.includes(identity));
  const alone = files.filter(({ public_blob }) => !held.identities.some((identity) => same(public_blob, identity)));
  const certificates = settings.certificate_files.map((path) =>
    note(hop, `CertificateFile ${path} is not used: ssh2 knows no certificates`, "the server must accept the plain key too"),
  );
  return {
    identities: [...configured, ...others, ...alone.flatMap(({ identity }) => (identity === undefined ? [] : [identity]))],
    notes: [...held.notes, ...files.flatMap(({ notes }) => notes), ...certificates],
  };
}
