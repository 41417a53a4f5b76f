/** A channel beside the probe's on the same connection, as a value that can be written to at once. */
import type { ChannelEvent, ChannelRequest, HostChannel } from "../link.ts";
import type { ExecChannel, SshConnection } from "./connect.ts";

/** What may be written before the channel is open: a program of ours and a line of typing. */
const WAITING_BYTES_MAX = 1024 * 1024;

interface Wanted {
  readonly pty: ChannelRequest["pty"];
  readonly hear: (event: ChannelEvent) => void;
  /** Said where there is no connection. */
  readonly refused: string;
}

export function openBeside(
  connection: SshConnection | undefined,
  commandFor: (user: string) => string,
  { pty, hear, refused }: Wanted,
): HostChannel {
  let channel: ExecChannel | undefined;
  let over = false;
  let ended = false;
  let paused = false;
  let size = pty;
  let waiting: (string | Uint8Array)[] = [];
  let waiting_bytes = 0;
  const end = (reason: string | undefined, code?: number, signal?: string): void => {
    if (over) return;
    over = true;
    waiting = [];
    hear({ kind: "end", code, signal, reason });
  };
  const opened = (open: ExecChannel): void => {
    channel = open;
    open.onData((chunk) => !over && hear({ kind: "data", chunk }));
    open.onStderr((chunk) => !over && hear({ kind: "stderr", chunk }));
    open.onClose(({ code, signal }) =>
      end(code === undefined && signal === undefined ? "the connection was lost" : undefined, code, signal),
    );
    if (size !== pty && size !== undefined) open.resize(size.columns, size.rows);
    if (paused) open.pause();
    hear({ kind: "open" });
    for (const data of waiting) open.write(data);
    waiting = [];
    if (ended) open.end();
  };
  const run = async (): Promise<void> => {
    await Promise.resolve();
    if (over) return;
    if (connection === undefined) return end(refused);
    const result = await connection.exec(commandFor(connection.user), pty);
    if (!result.ok) end(result.failure.reason);
    else if (over) result.channel.close();
    else opened(result.channel);
  };
  run().catch((error: unknown) => {
    // A broken invariant: it must not be taken for a failing host.
    queueMicrotask(() => {
      throw error;
    });
  });
  return {
    write: (data) => {
      if (over || ended) return;
      if (channel !== undefined) return channel.write(data);
      waiting_bytes += data.length;
      if (waiting_bytes <= WAITING_BYTES_MAX) waiting.push(data);
      else end(`more than ${WAITING_BYTES_MAX} bytes before the channel was open`);
    },
    end: () => {
      ended = true;
      channel?.end();
    },
    resize: (columns, rows) => {
      if (size === undefined) return;
      size = { ...size, columns, rows };
      channel?.resize(columns, rows);
    },
    pause: () => {
      paused = true;
      channel?.pause();
    },
    resume: () => {
      paused = false;
      channel?.resume();
    },
    close: () => {
      over = true;
      waiting = [];
      channel?.close();
    },
  };
}
