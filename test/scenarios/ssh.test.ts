/** Whom the console talks to, over real ssh on loopback: host keys, as OpenSSH takes them. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { answers } from "../kit/overview.ts";
import { run } from "../kit/run.ts";
import { type SshPair, withSshPair } from "../kit/ssh-pair.ts";

/** As ssh-keygen -l prints it. */
const fingerprintOf = (key: string): string =>
  `SHA256:${createHash("sha256")
    .update(Buffer.from(key.split(" ")[1] ?? "", "base64"))
    .digest("base64")
    .replace(/=+$/, "")}`;

/** The pair's ssh_config with another known_hosts. */
function knowing({ server }: SshPair, text: string): { readonly args: readonly string[]; readonly file: string } {
  const file = join(server.files.directory, "known");
  const config = join(server.files.directory, "config");
  writeFileSync(file, text);
  writeFileSync(config, server.sshConfigText.replaceAll(server.files.known_hosts, file));
  return { args: ["-F", config, ...server.hosts], file };
}

const squeezed = (screen: string): string => screen.replace(/[│┃]/g, " ").replace(/\s+/g, " ");

describe.concurrent("an unknown host key", () => {
  it("is shown, and trusted by yes alone", () =>
    withSshPair("pair", async (pair) => {
      const { args, file } = knowing(pair, "");
      const [alpha, beta] = pair.server.hostKeys.map(fingerprintOf);
      await pair.watchWith(args, async (console) => {
        await console.sees(/─ Unknown host key ─[\s\S]*esc declines/);
        const first = squeezed(console.screen()).includes(alpha ?? "?") ? "alpha" : "beta";
        expect(squeezed(console.screen())).toContain(first === "alpha" ? alpha : beta);
        expect(squeezed(console.screen())).toMatch(/known in \S*\/known\b.*Type yes to trust it/);
        // Nothing but the whole word: the key that opens a screen is typed, not taken.
        console.press("2");
        await console.sees(/▸ 2|> 2|2 *$/m);
        expect(console.screen()).toMatch(/─ Unknown host key ─/);
        console.press("backspace", "yes", "enter");
        await console.sees((screen) => squeezed(screen).includes((first === "alpha" ? beta : alpha) ?? "?"));
        console.press("yes", "enter");
        await answers(console, { head: [/alpha ✓ live/, /beta ✓ live/], guests: /9 guests: all running/ });
      });
      const recorded = readFileSync(file, "utf8");
      for (const [at, key] of pair.server.hostKeys.entries())
        expect(recorded).toContain(`[127.0.0.1]:${pair.server.ports[at as 0 | 1]} ${key}`);
      // It is asked once.
      await pair.watchWith(args, async (console) => {
        console.never(/Unknown host key/);
        await answers(console, { head: [/alpha ✓ live/, /beta ✓ live/] });
      });
    }));

  it("is refused by anything else, and nothing is written", () =>
    withSshPair("pair", async (pair) => {
      const { args, file } = knowing(pair, "");
      await pair.watchWith(args, async (console) => {
        console.never(/✓ live/);
        await console.sees(/─ Unknown host key ─/);
        console.press("y", "enter");
        await console.sees(/refused[\s\S]*─ Unknown host key ─/);
        console.press("esc");
        await console.sees((screen) => /alpha ✗ refused.*beta ✗ refused/.test(screen) && !screen.includes("─ Unknown host key ─"));
        expect(squeezed(console.screen())).toMatch(/host key not accepted: ssh-ed25519 SHA256:/);
      });
      expect(readFileSync(file, "utf8")).toBe("");
    }));

  it("can't be asked about where nobody is, and that is said with what to do", () =>
    withSshPair("pair", async (pair) => {
      const { args } = knowing(pair, "");
      const { code, out } = await run(["doctor", ...args, "--timeout", "5"]);
      expect(code).toBe(1);
      expect(out.replace(/\s+/g, " ")).toMatch(/host key not known.*compare the fingerprint/);
    }));
});

describe.concurrent("a changed host key", () => {
  it("is refused, with the file and the line, and no way to say yes", () =>
    withSshPair("pair", async (pair) => {
      const [alpha, beta] = pair.server.hostKeys;
      const [port, beta_port] = pair.server.ports;
      const { args, file } = knowing(pair, `# the pair\n[127.0.0.1]:${port} ${beta}\n[127.0.0.1]:${beta_port} ${beta}\n`);
      await pair.watchWith(args, async (console) => {
        console.never(/alpha ✓ live|Unknown host key/);
        await answers(console, {
          head: [/alpha ✗ refused/, /beta ✓ live/],
          hosts: { alpha: /refused, never heard \? guests .*host key changed/, beta: /live .* 4 guests/ },
          lose: { beta: /not known/ },
          findings: [/critical alpha .*host key changed/],
        });
        const [top = ""] = (await answers(console, { findings: [/known:2/] })).findings;
        expect(top).toContain(`${file}:2`);
        console.press("enter");
        await console.sees(/→ host alpha /);
        expect(squeezed(console.screen()).replaceAll(" ", "")).toContain(fingerprintOf(alpha ?? ""));
        // ctrl-r tries again, and is refused again.
        console.press("yes", "enter", "esc", "1");
        console.press("ctrl-r");
        await answers(console, { head: [/alpha ✗ refused/, /beta ✓ live/] });
      });
      expect(readFileSync(file, "utf8")).toContain(`[127.0.0.1]:${port} ${beta}`);
    }));

  it("makes a check CRITICAL and a status incomplete", () =>
    withSshPair("pair", async (pair) => {
      const [port] = pair.server.ports;
      const { args } = knowing(pair, pair.server.knownHostsText.replace(/^\S+ .*$/m, `[127.0.0.1]:${port} ${pair.server.hostKeys[1]}`));
      const check = await run(["check", ...args, "--timeout", "8"]);
      expect({ code: check.code, out: check.out }).toEqual({
        code: 2,
        out: expect.stringMatching(/^XENHA CRITICAL - alpha .*host key changed/),
      });
      const status = await run(["status", ...args, "--json", "--timeout", "8"]);
      expect(status.code).toBe(3);
      expect(JSON.parse(status.out).hosts[0]).toMatchObject({ id: "alpha", reach: "refused", age_s: null, guests_running: null });
    }));
});
