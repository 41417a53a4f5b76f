/** A host without a network: what the link above the connection sees of one. */
import type { ConnectResult, ExecChannel, SshConnection } from "../../../../src/xen/host/ssh/connect.ts";
import type { OnStep } from "../../../../src/xen/host/ssh/steps.ts";

export interface FakeShell {
  readonly command: string;
  written: string;
  closed: boolean;
  say(text: string): void;
  complain(text: string): void;
  end(code: number | undefined, signal?: string): void;
  /** The connection under it goes. */
  lose(reason: string): void;
}
export interface FakeAttempt {
  readonly onStep: OnStep;
  readonly signal: AbortSignal;
  finish(result: ConnectResult): void;
}
export interface FakeHost {
  readonly connect: (onStep: OnStep, signal: AbortSignal) => Promise<ConnectResult>;
  readonly attempts: number;
  /** The present attempt, which waits to be finished. */
  attempt(): Promise<FakeAttempt>;
  /** Lets the present attempt succeed; the shell it opens. */
  shell(): Promise<FakeShell>;
}

function fakeConnection(user: string, opened: (shell: FakeShell) => void): SshConnection {
  let lost: (reason: string) => void = () => undefined;
  const exec = async (command: string) => {
    const listeners = {
      data: [] as ((chunk: Uint8Array) => void)[],
      stderr: [] as ((chunk: Uint8Array) => void)[],
      close: [] as Parameters<ExecChannel["onClose"]>[0][],
    };
    const shell: FakeShell = {
      command,
      written: "",
      closed: false,
      say: (text) => {
        for (const hear of listeners.data) hear(Buffer.from(text));
      },
      complain: (text) => {
        for (const hear of listeners.stderr) hear(Buffer.from(text));
      },
      end: (code, signal) => {
        for (const hear of listeners.close.splice(0)) hear({ code, signal });
      },
      lose: (reason) => lost(reason),
    };
    const channel: ExecChannel = {
      write: (text) => {
        shell.written += text;
      },
      end: () => undefined,
      resize: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      onData: (listener) => listeners.data.push(listener),
      onStderr: (listener) => listeners.stderr.push(listener),
      onClose: (listener) => {
        listeners.close.push(listener);
        // The last listener that a session sets; the program follows in the same turn.
        queueMicrotask(() => opened(shell));
      },
      close: () => {
        shell.closed = true;
      },
    };
    return { ok: true as const, channel };
  };
  return {
    user,
    name: "alpha",
    exec,
    onClosed: (listener) => {
      lost = listener;
    },
    close: () => undefined,
  };
}

export function createFakeHost(user = "root"): FakeHost {
  let attempts = 0;
  let present: FakeAttempt | undefined;
  let tell: ((attempt: FakeAttempt) => void) | undefined;
  const attempt = () => (present === undefined ? new Promise<FakeAttempt>((resolve) => (tell = resolve)) : Promise.resolve(present));
  return {
    get attempts() {
      return attempts;
    },
    connect: (onStep, signal) => {
      attempts += 1;
      return new Promise((finish) => {
        present = {
          onStep,
          signal,
          finish: (result) => {
            present = undefined;
            finish(result);
          },
        };
        tell?.(present);
        tell = undefined;
      });
    },
    attempt,
    shell: async () => {
      const { finish } = await attempt();
      return new Promise((resolve) => finish({ ok: true, connection: fakeConnection(user, resolve) }));
    },
  };
}
