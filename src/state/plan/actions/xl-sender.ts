/**
 * The processes of a migration on its two hosts: whether they live, and how one is ended without harm (xl_migrate.c, libxl_save_callout.c).
 *
 * xl on the source has one child that it speaks to the target through (it execs ssh). Where that child ends, the stream breaks: xl lets the guest
 * go on ("Migration failed, resuming at sender") as long as it hasn't read the target's acknowledgement, and the target, which reads the end
 * of the stream, destroys what it had made. Killing xl itself would leave the guest's memory being tracked, or the guest standing still for good.
 *
 * The moment matters: xl is stopped first (its helper can't let the guest stand still without it), then it is looked whether the guest still runs;
 * only then the child is ended, and xl goes on in any case.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { Placement } from "../../view-model.ts";
import { lookedAt, type PlanContext } from "../action.ts";
import type { Look } from "../look.ts";
import type { PlanCheck } from "../plan.ts";

/** Sets pid to the xl that sends the domain $1, whose name is $2; several: says so and ends. */
const FIND = `domid=$1 name=$2 pid= child=
for p in /proc/[0-9]*; do
  [ "$(cat "$p/comm" 2>/dev/null)" = xl ] || continue
  words=$(tr '\\0' '\\n' <"$p/cmdline" 2>/dev/null) || continue
  printf '%s\\n' "$words" | grep -qx migrate || continue
  printf '%s\\n' "$words" | grep -qxF -e "$domid" -e "$name" || continue
  [ -z "$pid" ] || { echo "xenha: several xl migrate it: nothing was done"; exit 3; }
  pid=\${p#/proc/}
done
`;

/** Run as `sh -c SCRIPT sh DOMID NAME MODE`; MODE `running`: only while the guest runs. */
export const END_TRANSPORT = `# xenha: end the transport of a migration
set -u
mode=$3
${FIND}[ -n "$pid" ] || { echo "xenha: no xl migrates it: nothing was done"; exit 3; }
kill -STOP "$pid" || exit 3
trap 'kill -CONT "$pid"' EXIT
if [ "$mode" = running ]; then
  state=$(xl list "$domid" | awk 'END { print $(NF - 1) }')
  case $state in
    [r-][b-]----) ;;
    *) echo "xenha: too late, it stands still ($state): nothing was done"; exit 4;;
  esac
fi
for p in /proc/[0-9]*; do
  [ "$(cat "$p/comm" 2>/dev/null)" = ssh ] || continue
  all=$(cat "$p/stat" 2>/dev/null) || continue
  rest=\${all##*) }
  parent=\${rest#? }
  [ "\${parent%% *}" = "$pid" ] && child=\${p#/proc/}
done
[ -n "$child" ] || { echo "xenha: xl has no ssh to the target: nothing was done"; exit 3; }
kill "$child" || exit 3
echo "xenha: ended $child, xl $pid goes on without it"
`;

/** Exit 0: no xl sends it. */
export const NO_SENDER = `# xenha: does an xl send it
set -u
${FIND}[ -z "$pid" ]
`;

const script = (text: string, domid: number, name: string, ...more: readonly string[]): readonly string[] => [
  "sh",
  "-c",
  text,
  "sh",
  String(domid),
  name,
  ...more,
];

export const endTransport = (domid: number, name: string, mode: "running" | "whatever"): readonly string[] =>
  script(END_TRANSPORT, domid, name, mode);
export const noSender = (domid: number, name: string): readonly string[] => script(NO_SENDER, domid, name);

const PS = ["ps", "-C", "xl", "-o", "pid=,ppid=,args="] as const;
export const processLook = (host: HostId): Extract<Look, { readonly kind: "command" }> => ({ kind: "command", host, argv: PS });

export interface XlProcess {
  readonly pid: number;
  readonly parent: number;
  readonly words: readonly string[];
}

/** A check that goes by it. */
export const asksProcesses = (context: PlanContext, host: HostId, made: PlanCheck): PlanCheck => {
  const looked = lookedAt(context, processLook(host));
  return looked === undefined ? made : { ...made, asked: [{ host, command: PS.join(" "), at_ms: looked.at_ms }] };
};

/** undefined: not known. Exit 1 without a word means that there is none. */
export function xlProcesses(context: PlanContext, host: HostId): readonly XlProcess[] | undefined {
  const looked = lookedAt(context, processLook(host));
  if (looked === undefined || looked.code === undefined || looked.code > 1) return undefined;
  if (looked.code === 1 && looked.said !== "") return undefined;
  return looked.stdout.split("\n").flatMap((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), words: (args ?? "").split(/\s+/) }];
  });
}

/** The sender of this domain. A name with blanks can't be told from several words: then any sender counts. */
export const isSender = ({ words }: XlProcess, { domid, name }: Pick<Placement, "domid" | "name">, guest: string): boolean =>
  words.includes("migrate") && (words.includes(String(domid)) || words.includes(guest) || words.includes(name) || /\s/.test(guest));

/** One that receives now. The watcher that a received guest leaves has the same words, but nobody waits for it: init is its parent. */
export const isReceiver = ({ words, parent }: XlProcess): boolean => words.includes("migrate-receive") && parent !== 1;
