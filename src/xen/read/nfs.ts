/**
 * NFS mounts and their counters from /proc/self/mountstats: the kernel's own memory, so a dead server delays nobody.
 * Source: fs/nfs/super.c nfs_show_stats(), net/sunrpc/{stats,xprtsock}.c; recordings mountstats-nfs.txt.
 */
import type { Nfs, NfsMount } from "../model/storage.ts";
import { failedWith, unanswered } from "./answer.ts";
import { clean } from "./clean.ts";
import { CUT_NOTE, NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { numberLike } from "./json-rows.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

const LINE_LENGTH_MAX = 8192;
const OPTIONS_MAX = 64;
const OPTION_LENGTH_MAX = 80;
const operation = /^\s*[A-Z][A-Z_0-9]{1,40}: ([\d ]{5,400})$/;

type Draft = { -readonly [Key in keyof NfsMount]: NfsMount[Key] };

/** `\040` is how the kernel writes a space in a path. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** `device D mounted on M with fstype nfs4 statvers=1.1`, cut at the words, because D and M may hold anything. */
function mount(line: string): Draft | undefined {
  const on = line.indexOf(" mounted on ");
  const type = line.lastIndexOf(" with fstype ");
  if (!line.startsWith("device ") || on < 0 || type < on) return undefined;
  return {
    device: clean(unescaped(line.slice("device ".length, on))),
    mountpoint: clean(unescaped(line.slice(on + " mounted on ".length, type))),
    fstype: clean(line.slice(type + " with fstype ".length).split(" ")[0] ?? ""),
    options: [],
    hard: undefined,
    age_s: undefined,
    ops: 0,
    transmissions: 0,
    timeouts: 0,
    xprt_sends: undefined,
    xprt_receives: undefined,
    xprt_connects: undefined,
  };
}

/** Where the counters of requests (and after it of answers) and of connections stand in an `xprt:` line, after the transport's name. */
const placesIn: Readonly<Record<string, { readonly sends: number; readonly connects: number | undefined }>> = {
  tcp: { sends: 5, connects: 2 },
  rdma: { sends: 5, connects: 2 },
  local: { sends: 4, connects: 1 },
  udp: { sends: 2, connects: undefined },
};

/** `xprt: tcp 0 0 2 0 52 31 31 ...`. With nconnect there are several: added up. */
function transport(draft: Draft, line: string): void {
  const [name = "", ...numbers] = line.slice("xprt:".length).trim().split(/\s+/);
  const places = Object.hasOwn(placesIn, name) ? placesIn[name] : undefined;
  if (places === undefined) return;
  const [sends, receives] = [numberLike(numbers[places.sends]), numberLike(numbers[places.sends + 1])];
  const connects = places.connects === undefined ? undefined : numberLike(numbers[places.connects]);
  if (connects !== undefined) draft.xprt_connects = (draft.xprt_connects ?? 0) + connects;
  if (sends === undefined || receives === undefined) return;
  draft.xprt_sends = (draft.xprt_sends ?? 0) + sends;
  draft.xprt_receives = (draft.xprt_receives ?? 0) + receives;
}

function detail(draft: Draft, line: string): void {
  const text = line.trim();
  if (text.startsWith("opts:")) {
    const options = text.slice("opts:".length).trim().split(",");
    draft.options = options.slice(0, OPTIONS_MAX).map((option) => clean(option, OPTION_LENGTH_MAX));
    draft.hard = options.includes("hard") ? true : options.includes("soft") || options.includes("softerr") ? false : undefined;
  } else if (text.startsWith("age:")) draft.age_s = numberLike(text.slice("age:".length));
  else if (text.startsWith("xprt:")) transport(draft, text);
  else {
    const counts = operation.exec(line)?.[1]?.trim().split(/ +/).map(Number);
    draft.ops += counts?.[0] ?? 0;
    draft.transmissions += counts?.[1] ?? 0;
    draft.timeouts += counts?.[2] ?? 0;
  }
}

const isNfs = (fstype: string): boolean => /^nfs[34]?$/.test(fstype);

const command = "reading /proc/self/mountstats";

export function parseNfs(raw: RawOutput): ParseResult<Nfs> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("the kernel tells no mount statistics");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const mounts: Draft[] = [];
  const not_understood: string[] = [];
  let draft: Draft | undefined;
  for (const line of stdout.split("\n")) {
    const short = line.length > LINE_LENGTH_MAX ? "" : line;
    // Also one that is too long to be taken apart ends the mount before it: its counters are another's.
    if (line.startsWith("device ")) {
      const made = mount(short);
      draft = made !== undefined && isNfs(made.fstype) ? made : undefined;
      if (draft !== undefined) mounts.push(draft);
      else if (made === undefined && not_understood.length < NOT_UNDERSTOOD_MAX) not_understood.push(clean(line));
    } else if (draft !== undefined) detail(draft, short);
  }
  if (rc !== 0 && mounts.length === 0) return failedWith(command, raw);
  return parsed({ mounts, not_understood: truncated ? [...not_understood, CUT_NOTE] : not_understood });
}

export const nfs: Reading<Nfs> = {
  id: "nfs",
  title: "NFS mounts and their counters",
  source: "/proc/self/mountstats",
  // Operations that never happened are left out: half a hundred lines for each mount.
  script: `[ -r /proc/self/mountstats ] || exit ${RC_ABSENT}
awk '/^device / { nfs = / with fstype nfs[34]?( |$)/ }
nfs && !/: 0 0 0 0 0 0 0 0/' /proc/self/mountstats`,
  cadence_s: 10,
  timeout_s: 5,
  bytes_max: 524_288,
  refreshed_by: [],
  parse: parseNfs,
};
