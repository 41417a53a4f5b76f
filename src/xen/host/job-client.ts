/** Says one verb of the job program to a host. Every verb may be said again when the answer was lost: see job-source.ts. */
import { clean } from "../read/clean.ts";
import { JOB_WIRE, jobSource, withInput } from "./job-source.ts";
import type { HostLink } from "./link.ts";

/** How long an answer is waited for; then it isn't known. */
export const CALL_TIMEOUT_MS = 20_000;
/** Of an answer (`log` is the longest). */
const ANSWER_BYTES_MAX = 2 * 1024 * 1024;
const STDERR_MAX = 2_000;

export type JobVerb =
  | readonly ["take", key: string, plan: string, driver: string, json: string]
  | readonly ["seize", key: string, plan: string, driver: string, next: string, json: string]
  | readonly ["drop", key: string, plan: string, driver: string]
  | readonly ["note", plan: string, driver: string, seq: string, json: string, ...keys: string[]]
  | readonly ["end", plan: string, driver: string, json: string, ...keys: string[]]
  | readonly ["start", plan: string, driver: string, step: string, latest_s: string, ...keys_and_argv: string[]]
  | readonly ["cancel", plan: string, driver: string, step: string, ...keys: string[]]
  | readonly ["log", plan: string, step: string]
  | readonly ["journal", plan: string];

export type JobAnswer =
  /** word: `taken`, `held`, ...; rest: what follows it, on more lines too. Cleaned, line by line. */
  | { readonly kind: "said"; readonly word: string; readonly rest: string }
  /** Whether it was done isn't known; the reason in one sentence. */
  | { readonly kind: "unknown"; readonly reason: string };

export interface CallClock {
  after(delay_ms: number, callback: () => void): () => void;
}

const source = jobSource();
const LINE_MAX = 64 * 1024;

function answerOf(stdout: string, stderr: string, code: number | undefined): JobAnswer {
  const at = stdout.indexOf(`${JOB_WIRE} `);
  const [first = "", ...more] = at < 0 ? [] : stdout.slice(at + JOB_WIRE.length + 1).split("\n");
  const [, word = "", rest = ""] = /^(\S+) ?(.*)$/.exec(first) ?? [];
  if (word !== "" && stdout.endsWith("\n"))
    return { kind: "said", word, rest: [rest, ...more.slice(0, -1)].map((line) => clean(line, LINE_MAX)).join("\n") };
  const words = clean((stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "", 200);
  return { kind: "unknown", reason: words === "" ? `no answer (exit ${code ?? "unknown"})` : words };
}

/** Never rejects. input: for `start`, what the command reads on its stdin. */
export function callJob(link: HostLink, clock: CallClock, verb: JobVerb, then: (answer: JobAnswer) => void, input?: string): void {
  const decoder = new TextDecoder();
  let stdout = "";
  let stderr = "";
  let over = false;
  const finish = (answer: JobAnswer): void => {
    if (over) return;
    over = true;
    cancel();
    channel.close();
    then(answer);
  };
  const channel = link.open({ argv: ["/bin/sh", "-s", "--", ...verb] }, (event) => {
    if (event.kind === "data") stdout += decoder.decode(event.chunk, { stream: true });
    if (event.kind === "stderr") stderr = (stderr + new TextDecoder().decode(event.chunk)).slice(-STDERR_MAX);
    if (stdout.length > ANSWER_BYTES_MAX) finish({ kind: "unknown", reason: `it said more than ${ANSWER_BYTES_MAX} bytes` });
    if (event.kind === "end") {
      // An answer that came whole counts, however the channel ended.
      const answer = answerOf(stdout, stderr, event.code);
      finish(answer.kind === "unknown" && event.reason !== undefined ? { kind: "unknown", reason: clean(event.reason, 200) } : answer);
    }
  });
  const cancel = clock.after(CALL_TIMEOUT_MS, () => finish({ kind: "unknown", reason: `no answer within ${CALL_TIMEOUT_MS / 1000} s` }));
  channel.write(withInput(source, input));
  channel.end();
}
