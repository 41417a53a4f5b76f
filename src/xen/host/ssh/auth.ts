/**
 * How the operator proves who they are, in ssh's order: keys, then keyboard-interactive, then a password. Built around ssh2's authHandler.
 * Secrets live in the variable that carries them and nowhere else.
 */
import type { AnyAuthMethod, AuthHandlerMiddleware, BaseAgent, ParsedKey } from "ssh2";
import { clean } from "../../read/clean.ts";
import type { Prompt } from "../link.ts";
import type { Keyring, Ssh2 } from "./context.ts";
import { type Identity, parseOne } from "./identities.ts";
import type { SshSettings } from "./settings.ts";

export const PASSPHRASE_TRIES_MAX = 3;
/** However many keys and methods there are. Servers stop sooner (sshd's MaxAuthTries is 6). */
const ATTEMPTS_MAX = 40;
const PROMPT_LENGTH_MAX = 160;

/** Asks for a secret; undefined: nobody answers. */
export type AskSecret = (request: SecretRequest) => Promise<string | undefined>;
export type SecretRequest = Pick<Extract<Prompt, { kind: "secret" }>, "label" | "echo" | "from_server">;

export interface AuthRequest {
  readonly ssh2: Ssh2;
  readonly settings: SshSettings;
  readonly identities: readonly Identity[];
  readonly keyring: Keyring;
  /** undefined: nobody can be asked. */
  readonly ask: AskSecret | undefined;
  /** No method is left, or the operator declined. */
  readonly gaveUp: () => void;
}

/** What was tried, for messages. */
export interface AuthReport {
  /** `publickey id_ed25519`, `keyboard-interactive`. */
  readonly tried: readonly string[];
  /** Methods the server last said it takes. */
  readonly server_takes: readonly string[];
  /** The last attempt: where the connection becomes ready, this one opened the door. */
  readonly last: string;
  readonly declined: string | undefined;
  /** Keys that couldn't be used because nobody is there to unlock them. */
  readonly locked: readonly string[];
}

export interface Authenticator {
  readonly handler: AuthHandlerMiddleware;
  readonly report: () => AuthReport;
}

type Method = SshSettings["authentications"][number];

/** An agent that holds one key. ssh2 asks it to sign only after the server said that it would take that key. */
function agentOf(ssh2: Ssh2, key: ParsedKey, sign: BaseAgent["sign"]): BaseAgent {
  class OneKey extends ssh2.BaseAgent {
    override getIdentities(done: Parameters<BaseAgent["getIdentities"]>[0]): void {
      done(null, [key]);
    }
    override sign(...asked: unknown[]): void {
      (sign as (...all: unknown[]) => void)(...asked);
    }
  }
  return new OneKey();
}

class Attempts {
  readonly tried: string[] = [];
  readonly locked: string[] = [];
  readonly queue: Identity[];
  server_takes: readonly string[] = [];
  declined: string | undefined;
  /** A key that the operator unlocked because the server wants it. */
  ready: { label: string; key: ParsedKey } | undefined;
  /**
   * Set when an agent's key signed and the server still wanted more. ssh2 hides from us whether that was a refusal or the first half of
   * two-factor authentication, and which methods the server takes now; asking for `none` once more tells.
   */
  in_doubt = false;
  interactive = { tries: 0, prompted: false };
  passwords = 0;

  private readonly request: AuthRequest;

  constructor(request: AuthRequest) {
    this.request = request;
    this.queue = [...request.identities];
  }

  /** undefined: nothing is left to try. */
  async next(): Promise<AnyAuthMethod | undefined> {
    if (this.tried.length >= ATTEMPTS_MAX) return undefined;
    if (this.in_doubt) {
      this.in_doubt = false;
      return { type: "none", username: this.request.settings.user };
    }
    for (const method of this.request.settings.authentications) {
      if (!this.server_takes.includes(method)) continue;
      const attempt = await this.attempt(method);
      if (this.declined !== undefined) return undefined;
      if (attempt !== undefined) return attempt;
    }
    return undefined;
  }

  private attempt(method: Method): Promise<AnyAuthMethod | undefined> {
    if (method === "publickey") return this.publicKey();
    return method === "password" ? this.password() : Promise.resolve(this.keyboard());
  }

  private async publicKey(): Promise<AnyAuthMethod | undefined> {
    const username = this.request.settings.user;
    if (this.ready !== undefined) {
      const { key } = this.ready;
      this.ready = undefined;
      return { type: "publickey", username, key } as unknown as AnyAuthMethod;
    }
    for (let identity = this.queue.shift(); identity !== undefined; identity = this.queue.shift()) {
      if (identity.kind !== "locked") return this.offer(identity);
      const kept = this.request.keyring.find(identity.path, identity.contents);
      if (kept !== undefined) return this.offer({ kind: "unlocked", label: identity.label, key: kept });
      if (this.request.ask === undefined) {
        this.locked.push(identity.path);
        continue;
      }
      if (identity.public_key !== undefined) return this.probe(identity, identity.public_key);
      // Nothing to show the server beforehand: it has to be unlocked to find out.
      const key = await this.unlock(identity);
      if (key !== undefined) return this.offer({ kind: "unlocked", label: identity.label, key });
      if (this.declined !== undefined) return undefined;
    }
    return undefined;
  }

  private offer(identity: Exclude<Identity, { kind: "locked" }>): AnyAuthMethod {
    const username = this.request.settings.user;
    this.tried.push(`publickey ${identity.label}`);
    if (identity.kind === "unlocked") return { type: "publickey", username, key: identity.key } as unknown as AnyAuthMethod;
    const sign = (...asked: unknown[]) => {
      this.in_doubt = true;
      (identity.agent.sign as (...all: unknown[]) => void).apply(identity.agent, asked);
    };
    return { type: "agent", username, agent: agentOf(this.request.ssh2, identity.key, sign as BaseAgent["sign"]) };
  }

  /** Asks the server whether it would take the key; the passphrase is asked only if it would. */
  private probe(identity: Extract<Identity, { kind: "locked" }>, public_key: ParsedKey): AnyAuthMethod {
    this.tried.push(`publickey ${identity.label}`);
    const sign = (_key: unknown, _data: unknown, ...rest: unknown[]) => {
      const done = rest.findLast((item) => typeof item === "function") as ((error: Error) => void) | undefined;
      void this.unlock(identity).then((key) => {
        if (key !== undefined) this.ready = { label: identity.label, key };
        // Not signed here: ssh2 turns to the next method, which is this very key, unlocked; so it tells us how that went.
        done?.(new Error("unlocked, to be offered again"));
      });
    };
    const agent = agentOf(this.request.ssh2, public_key, sign as BaseAgent["sign"]);
    return { type: "agent", username: this.request.settings.user, agent };
  }

  private async unlock(identity: Extract<Identity, { kind: "locked" }>): Promise<ParsedKey | undefined> {
    const { ask, keyring, ssh2 } = this.request;
    for (let attempt = 1; attempt <= PASSPHRASE_TRIES_MAX; attempt += 1) {
      const again = attempt === 1 ? "" : ` (wrong; try ${attempt} of ${PASSPHRASE_TRIES_MAX})`;
      // Asked already on behalf of the other host, perhaps while this one waited its turn: the caller's ask looks once more.
      const kept = keyring.find(identity.path, identity.contents);
      if (kept !== undefined) return kept;
      const passphrase = await ask?.({ label: `passphrase for ${clean(identity.path, PROMPT_LENGTH_MAX)}${again}`, echo: false });
      const now = keyring.find(identity.path, identity.contents);
      if (now !== undefined) return now;
      if (passphrase === undefined) {
        this.declined = `the passphrase for ${identity.path} was not given`;
        return undefined;
      }
      const key = parseOne(ssh2, identity.contents, passphrase);
      if (!(key instanceof Error)) {
        keyring.keep(identity.path, identity.contents, key);
        return key;
      }
    }
    return undefined;
  }

  private keyboard(): AnyAuthMethod | undefined {
    const { ask, settings } = this.request;
    // A server that asked nothing the last time has nothing to ask.
    if (ask === undefined || this.interactive.tries >= settings.password_prompts_max) return undefined;
    if (this.interactive.tries > 0 && !this.interactive.prompted) return undefined;
    this.interactive.tries += 1;
    this.interactive.prompted = false;
    this.tried.push("keyboard-interactive");
    return {
      type: "keyboard-interactive",
      username: settings.user,
      prompt: (name, instructions, _language, prompts, finish) => {
        this.interactive.prompted = true;
        void this.answer([name, instructions], prompts).then((answers) => {
          if (answers === undefined) this.request.gaveUp();
          else finish(answers);
        });
      },
    };
  }

  private async answer(said: readonly string[], prompts: readonly { prompt: string; echo?: boolean }[]): Promise<string[] | undefined> {
    const answers: string[] = [];
    for (const { prompt, echo } of prompts) {
      const words = [...said, prompt].map((text) => clean(text.trim(), PROMPT_LENGTH_MAX)).filter((text) => text !== "");
      const answer = await this.request.ask?.({
        label: words.join(" · ").replace(/\s{0,9}:$/, ""),
        echo: echo === true,
        from_server: true,
      });
      if (answer === undefined) {
        this.declined = "a question of the server was not answered";
        return undefined;
      }
      answers.push(answer);
    }
    return answers;
  }

  private async password(): Promise<AnyAuthMethod | undefined> {
    const { ask, settings } = this.request;
    if (ask === undefined || this.passwords >= settings.password_prompts_max) return undefined;
    this.passwords += 1;
    const again = this.passwords === 1 ? "" : ` (wrong; try ${this.passwords} of ${settings.password_prompts_max})`;
    const password = await ask({ label: `password for ${settings.user} on ${settings.name}${again}`, echo: false });
    if (password === undefined) {
      this.declined = "the password was not given";
      return undefined;
    }
    this.tried.push("password");
    return { type: "password", username: settings.user, password };
  }
}

export function createAuthenticator(request: AuthRequest): Authenticator {
  const attempts = new Attempts(request);
  let first = true;
  const handler = (methods: readonly string[] | null, partial: boolean | null, next: (method: AnyAuthMethod) => void): void => {
    // The first request only asks which methods there are. Source: RFC 4252 section 5.2.
    if (first) {
      first = false;
      next({ type: "none", username: request.settings.user });
      return;
    }
    attempts.server_takes = methods ?? [];
    if (partial === true) attempts.interactive = { tries: 0, prompted: false };
    void attempts.next().then((method) => {
      if (method === undefined) request.gaveUp();
      else next(method);
    });
  };
  return {
    handler: handler as AuthHandlerMiddleware,
    report: () => {
      const { tried, server_takes, declined, locked } = attempts;
      return { tried, server_takes, declined, locked, last: tried.at(-1) ?? "none" };
    },
  };
}
