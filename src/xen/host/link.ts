/** What the console knows of its own connection to a host. Says nothing of whether the host is alive. */

export type LinkState =
  | { readonly phase: "idle" }
  /** hop: the name being connected to (a ProxyJump or the host itself). */
  | { readonly phase: "connecting"; readonly hop: string; readonly since_ms: number; readonly attempt: number }
  | { readonly phase: "needs_auth"; readonly hop: string; readonly what: string; readonly since_ms: number }
  /** The probe said hello. Whether it is fresh is judged by its beats. */
  | { readonly phase: "live"; readonly since_ms: number }
  | {
      readonly phase: "unreachable";
      readonly hop: string;
      readonly reason: string;
      readonly since_ms: number;
      readonly retry_at_ms: number;
      readonly attempt: number;
    }
  /** Won't be tried again by itself: changed host key, no permission, wrong shell. ctrl-r tries again. */
  | { readonly phase: "refused"; readonly hop: string; readonly reason: string; readonly advice: string; readonly since_ms: number };

/** Asked of the operator while connecting; `undefined` answers: no. A host key is accepted by `yes` or by its fingerprint, by nothing else. */
export type Prompt =
  | {
      readonly kind: "host_key";
      readonly host: string;
      readonly hop: string;
      readonly key_type: string;
      readonly fingerprint: string;
      readonly file: string;
      /** What is special about this key, to be shown with the question. */
      readonly note?: string;
    }
  | {
      readonly kind: "secret";
      readonly host: string;
      readonly hop: string;
      readonly label: string;
      readonly echo: boolean;
      /** The label is the server's own words, and the answer goes to it: it may ask for anything, also for the passphrase of a key. */
      readonly from_server?: true;
    };

export type LinkEvent =
  | { readonly kind: "state"; readonly link: LinkState }
  | { readonly kind: "frame"; readonly frame: import("./wire.ts").ProbeFrame };

/** A command of its own beside the probe: a guest's console, a shell, a job's start. */
export interface ChannelRequest {
  /** Quoted once, where it leaves for the host; run by the user that the probe runs as (sudo where it does). */
  readonly argv: readonly string[];
  /** A terminal for it; absent: plain pipes. */
  readonly pty?: { readonly columns: number; readonly rows: number; readonly term: string };
}

export type ChannelEvent =
  | { readonly kind: "open" }
  | { readonly kind: "data"; readonly chunk: Uint8Array }
  /** Never with a terminal: there, both are data. */
  | { readonly kind: "stderr"; readonly chunk: Uint8Array }
  /** The last one. code: the exit status; undefined where it isn't known: what the command did then is unknown too. */
  | { readonly kind: "end"; readonly code: number | undefined; readonly signal: string | undefined; readonly reason: string | undefined };

export interface HostChannel {
  /** What is written before it is open is sent then. */
  write(data: Uint8Array | string): void;
  /** Nothing more will be written. */
  end(): void;
  resize(columns: number, rows: number): void;
  /** No more data until `resume`: the host's side waits, once the window is full. */
  pause(): void;
  resume(): void;
  /** Closes it; `end` is not told any more. */
  close(): void;
}

/** One host's connection: made over ssh, over memory (simulated pair) or from a recording. */
export interface HostLink {
  start(listener: (event: LinkEvent) => void): void;
  /** Try now: drops the backoff, or the present connection when it is silent. `anew`: also one that lives, because it leads to the wrong machine. */
  reconnect(anew?: boolean): void;
  /** A line to the probe (see wire.ts). Dropped when not live. */
  send(line: string): void;
  /** Where the link isn't live, `end` is told, with the reason. `hear` is never called before this returns. */
  open(request: ChannelRequest, hear: (event: ChannelEvent) => void): HostChannel;
  /** Ends the connection and every timer. */
  stop(): void;
}

/** Asks the operator; resolves with undefined where nobody can be asked or they decline. */
export type Ask = (prompt: Prompt) => Promise<string | undefined>;
