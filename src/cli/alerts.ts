/**
 * Tells a program and a web address of alerts. Bounded in all: one at a time each, a queue, a time limit, so many a minute. No shell sees anything of an
 * alert: the program is run as the list of words that the config file has, with the alert as JSON on its standard input.
 */
import { spawn } from "node:child_process";
import type { Alert } from "../state/alerts.ts";
import type { Clock } from "../state/runtime.ts";
import { clean } from "../xen/read/clean.ts";

/** Alerts that wait for the one on its way. */
export const ALERT_QUEUE_MAX = 50;
/** More than this in a minute are counted instead of told: a storm must not become one of pages. */
export const ALERTS_PER_MINUTE_MAX = 20;
/** A program or a server that takes longer is given up. */
export const ALERT_TIMEOUT_MS = 10_000;
/** After being asked to end. */
const KILL_AFTER_MS = 1_000;

export interface AlertTargets {
  readonly exec: readonly string[] | undefined;
  readonly webhook: string | undefined;
}

/** Sends one alert as JSON; what went wrong, in one phrase. */
export type SendAlert = (json: string) => Promise<string | undefined>;

export interface Alerter {
  tell(alerts: readonly Alert[]): void;
  /** What waits and is on its way, done or given up. */
  idle(): Promise<void>;
}

/** failed: one line, for the screen or standard error. */
export function createAlerter(sends: readonly SendAlert[], clock: Clock, failed: (why: string) => void): Alerter {
  const channels = sends.map((send) => createChannel(send, clock, failed));
  return {
    tell: (alerts) => {
      for (const alert of alerts) for (const channel of channels) channel.push(`${JSON.stringify(alert)}\n`);
    },
    idle: async () => void (await Promise.all(channels.map((channel) => channel.idle()))),
  };
}

function createChannel(send: SendAlert, clock: Clock, failed: (why: string) => void) {
  const queue: string[] = [];
  let sent_ms: number[] = [];
  let dropped = 0;
  let running: Promise<void> | undefined;

  const hasRoom = (): boolean => {
    const now_ms = clock.now_ms();
    sent_ms = sent_ms.filter((at_ms) => now_ms - at_ms < 60_000);
    return sent_ms.length < ALERTS_PER_MINUTE_MAX && queue.length < ALERT_QUEUE_MAX;
  };
  const drain = async (): Promise<void> => {
    for (let json = queue.shift(); json !== undefined; json = queue.shift()) {
      const why = await send(json).catch((error: unknown) => String(error));
      if (why !== undefined) failed(`an alert wasn't delivered: ${clean(why, 200)}`);
    }
    running = undefined;
  };
  return {
    push(json: string): void {
      if (!hasRoom()) {
        dropped += 1;
        if (dropped === 1) failed(`more alerts than ${ALERTS_PER_MINUTE_MAX} a minute: the rest is left out`);
        return;
      }
      dropped = 0;
      sent_ms.push(clock.now_ms());
      queue.push(json);
      running ??= Promise.resolve().then(drain);
    },
    async idle(): Promise<void> {
      while (running !== undefined) await running;
    },
  };
}

/** The first word is a program's path or name; no shell, its output unread. */
export const execAlert =
  ([file = "", ...argv]: readonly string[], timeout_ms = ALERT_TIMEOUT_MS): SendAlert =>
  (json) =>
    new Promise((resolve) => {
      const child = spawn(file, argv, { shell: false, stdio: ["pipe", "ignore", "ignore"] });
      let late = false;
      const end = setTimeout(() => {
        late = true;
        child.kill("SIGTERM");
        setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
      }, timeout_ms);
      const done = (why: string | undefined): void => {
        clearTimeout(end);
        resolve(why);
      };
      child.on("error", (error) => done(`${file}: ${error.message}`));
      child.on("close", (code, signal) =>
        done(late ? `${file} took longer than ${timeout_ms / 1000} s` : code === 0 ? undefined : `${file} ended with ${code ?? signal}`),
      );
      // One that doesn't read its input has ended early: that shows in its status.
      child.stdin.on("error", () => undefined);
      child.stdin.end(json);
    });

/** POST, JSON, no redirects. The address may hold a token: only its host is ever told. */
export const webhookAlert =
  (address: string, post: typeof fetch = fetch, timeout_ms = ALERT_TIMEOUT_MS): SendAlert =>
  async (json) => {
    const { host } = new URL(address);
    try {
      const answer = await post(address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: json,
        redirect: "error",
        signal: AbortSignal.timeout(timeout_ms),
      });
      await answer.body?.cancel();
      return answer.ok ? undefined : `${host} answered ${answer.status}`;
    } catch (error) {
      const late = error instanceof Error && error.name === "TimeoutError";
      return late ? `${host} didn't answer within ${timeout_ms / 1000} s` : `${host} can't be reached`;
    }
  };

export const sendsOf = ({ exec, webhook }: AlertTargets): readonly SendAlert[] => [
  ...(exec === undefined || exec.length === 0 ? [] : [execAlert(exec)]),
  ...(webhook === undefined ? [] : [webhookAlert(webhook)]),
];
