/** What happens on the way to a host, told while it happens: the link shows where it is, doctor lists it all. */

export type ConnectPhase = "config" | "resolve" | "tcp" | "proxy" | "handshake" | "host_key" | "auth" | "channel" | "shell";

/** Why a connection didn't come about. Text is harmless to show. */
export interface ConnectFailure {
  /** The hop it failed at, by name. */
  readonly hop: string;
  readonly phase: ConnectPhase;
  /** One phrase, without the hop's name: `connection refused`. */
  readonly reason: string;
  /** What to do, one sentence. */
  readonly advice: string;
  /** False: trying again by itself can't help (a key changed, permission denied). */
  readonly retry: boolean;
}

/** Something that works but will surprise somebody. */
export interface ConnectNote {
  readonly kind: "note";
  readonly hop: string;
  readonly text: string;
  readonly fix: string;
}

export type ConnectStep =
  | { readonly kind: "hops"; readonly hops: readonly string[]; readonly source: "ssh -G" | "files" }
  /** way: `10.0.0.1 port 22`, `through jump1`, `ProxyCommand`. */
  | { readonly kind: "connecting"; readonly hop: string; readonly way: string }
  | { readonly kind: "connected"; readonly hop: string; readonly way: string; readonly took_ms: number }
  | {
      readonly kind: "host_key";
      readonly hop: string;
      readonly key_type: string;
      readonly fingerprint: string;
      /** known: on record; accepted: the operator said yes just now. */
      readonly how: "known" | "accepted";
      readonly file: string;
      /** undefined: it could not be written there. */
      readonly line: number | undefined;
    }
  | { readonly kind: "authenticated"; readonly hop: string; readonly user: string; readonly method: string }
  | { readonly kind: "asking"; readonly hop: string; readonly what: string }
  | { readonly kind: "asked"; readonly hop: string }
  | { readonly kind: "shell"; readonly hop: string; readonly command: string }
  /** The attempt is over. */
  | { readonly kind: "failed"; readonly failure: ConnectFailure }
  | ConnectNote;

export type OnStep = (step: ConnectStep) => void;
