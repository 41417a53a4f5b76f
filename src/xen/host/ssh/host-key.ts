/** Is this the host it says it is? Known keys pass, unknown ones are asked about, changed and revoked ones are refused. Nothing passes silently. */
import { clean } from "../../read/clean.ts";
import type { Ask } from "../link.ts";
import type { Exclusively } from "./context.ts";
import { fingerprint, type HostKeyNames, hostKeyNames, isRecordableHost, judgeHostKey, keyType, parseKnownHosts } from "./known-hosts.ts";
import { appendKnownHost, KNOWN_HOSTS_BYTES_MAX, readBounded, readKnownHosts } from "./known-hosts-file.ts";
import type { SshSettings } from "./settings.ts";
import type { ConnectFailure, OnStep } from "./steps.ts";

export interface HostKeyRequest {
  readonly settings: SshSettings;
  readonly key: Uint8Array;
  /** The dom0 that is being connected to; the hop may be a jump host. */
  readonly host: string;
  readonly ask: Ask | undefined;
  readonly exclusively: Exclusively;
  /** The ssh command that reaches this hop, for advice: `ssh -F file alpha`. */
  readonly command: string;
  readonly cancelled: () => boolean;
  readonly onStep: OnStep;
}

export type HostKeyResult = { readonly ok: true } | { readonly ok: false; readonly failure: ConnectFailure };

const shown = (settings: SshSettings, key: Uint8Array) => `${keyType(key) ?? "unknown"} ${fingerprint(key)} of ${settings.name}`;

function refusal(request: HostKeyRequest, reason: string, advice: string): HostKeyResult {
  return {
    ok: false,
    failure: { hop: request.settings.name, phase: "host_key", reason: clean(reason, 300), advice: clean(advice, 400), retry: false },
  };
}

/** RevokedHostKeys: a list of public keys. A KRL can't be read here, and what can't be read can't clear a key. */
async function revokedBy(settings: SshSettings, key: Uint8Array): Promise<string | undefined> {
  for (const path of settings.revoked_host_keys_files) {
    const read = await readBounded(path, KNOWN_HOSTS_BYTES_MAX);
    if (read === undefined || "problem" in read) return `RevokedHostKeys ${path} can't be read, so no host key can be trusted`;
    if (read.text.startsWith("SSHKRL"))
      return `RevokedHostKeys ${path} is a KRL, which this console can't read, so no host key can be trusted`;
    // The same form as known_hosts without its first field.
    const listed = parseKnownHosts(path, read.text.replace(/^[ \t]*(?=[a-z])/gm, "* "));
    const found = listed.entries.find((entry) => Buffer.from(entry.key).equals(Buffer.from(key)));
    if (found !== undefined) return `the host key is revoked by ${path}:${found.line}`;
  }
  return undefined;
}

async function record(request: HostKeyRequest, names: HostKeyNames): Promise<void> {
  const { settings, key } = request;
  const [path] = settings.user_known_hosts_files;
  const step = (file: string) =>
    request.onStep({
      kind: "host_key",
      hop: settings.name,
      key_type: keyType(key) ?? "unknown",
      fingerprint: fingerprint(key),
      how: "accepted",
      file,
      line: undefined,
    });
  const not = (why: string) =>
    request.onStep({
      kind: "note",
      hop: settings.name,
      text: `the accepted host key was not recorded: ${why}`,
      fix: "it will be asked about again; see UserKnownHostsFile",
    });
  step(path ?? "");
  if (path === undefined) return not("there is no UserKnownHostsFile");
  if (settings.host_key_alias === undefined && !isRecordableHost(settings.hostname))
    return not("the host's name can't stand in known_hosts");
  const written = await appendKnownHost({ path, names, key, hashed: settings.hash_known_hosts });
  if (!written.ok) not(written.error);
}

async function askAbout(request: HostKeyRequest, names: HostKeyNames, note: string | undefined): Promise<HostKeyResult> {
  const { settings, key, ask, host } = request;
  const file = settings.user_known_hosts_files[0] ?? "";
  const how = `run \`${request.command}\` once in a terminal, compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub on its console) and answer yes`;
  if (settings.strict_host_key_checking === "yes")
    return refusal(
      request,
      `host key not known: ${shown(settings, key)}, and StrictHostKeyChecking is yes`,
      `add the host's key to ${file}`,
    );
  if (ask === undefined || settings.batch_mode)
    return refusal(request, `host key not known: ${shown(settings, key)}, and nobody is here to be asked`, how);
  if (request.cancelled()) return refusal(request, "given up while waiting to ask about the host key", "ctrl-r tries again");
  const prompt = {
    kind: "host_key",
    host,
    hop: settings.name,
    key_type: keyType(key) ?? "unknown",
    fingerprint: fingerprint(key),
    file,
  } as const;
  const answer = (await ask(note === undefined ? prompt : { ...prompt, note }))?.trim();
  if (answer?.toLowerCase() !== "yes" && answer !== prompt.fingerprint)
    return refusal(request, `host key not accepted: ${shown(settings, key)}`, `ctrl-r asks again; or ${how}`);
  await record(request, names);
  return { ok: true };
}

function noteFor(settings: SshSettings, authority: { file: string; line: number } | undefined): string | undefined {
  if (authority !== undefined)
    return `${authority.file}:${authority.line} vouches for this host by a certificate authority, which this console can't check; the plain key needs your word`;
  const { strict_host_key_checking: strict } = settings;
  return strict === "no" || strict === "accept-new"
    ? `StrictHostKeyChecking is ${strict}, but this console never accepts a key unasked`
    : undefined;
}

async function judge(request: HostKeyRequest, names: HostKeyNames): Promise<HostKeyResult | { note: string | undefined }> {
  const { settings, key, onStep } = request;
  const known = await readKnownHosts([...settings.user_known_hosts_files, ...settings.global_known_hosts_files]);
  const verdict = judgeHostKey(key, names, known);
  if (verdict.kind === "unknown") return { note: noteFor(settings, verdict.certificate_authority) };
  const { file, line } = verdict;
  if (verdict.kind === "revoked")
    return refusal(
      request,
      `host key revoked at ${file}:${line} (${shown(settings, key)})`,
      "don't connect: somebody may hold the stolen key; find out why it was revoked",
    );
  if (verdict.kind === "changed") {
    const expected = `expected ${verdict.expected_type} ${verdict.expected_fingerprint}, it showed ${shown(settings, key)}`;
    const fix = `if the host was reinstalled, compare the fingerprint on its console, then: ssh-keygen -R '${names.name}' -f ${file}`;
    return refusal(request, `host key changed (${file}:${line}): ${expected}`, `somebody may be in the middle; ${fix}`);
  }
  onStep({ kind: "host_key", hop: settings.name, key_type: keyType(key) ?? "", fingerprint: fingerprint(key), how: "known", file, line });
  return { ok: true };
}

/** A known key never waits. An unknown one is asked about one at a time, and judged again first: the answer for another host may cover it. */
export async function checkHostKey(request: HostKeyRequest): Promise<HostKeyResult> {
  const { settings, key } = request;
  if (keyType(key) === undefined) return refusal(request, "the host's key is not understood", "look at the server's host keys");
  const revoked = await revokedBy(settings, key);
  if (revoked !== undefined) return refusal(request, revoked, "don't connect: find out why the key was revoked");
  const names = hostKeyNames(settings);
  const verdict = await judge(request, names);
  if ("ok" in verdict) return verdict;
  return request.exclusively(async () => {
    const again = await judge(request, names);
    return "ok" in again ? again : askAbout(request, names, again.note);
  });
}
