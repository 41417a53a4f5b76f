import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fingerprint,
  hostKeyNames,
  isRecordableHost,
  judgeHostKey,
  keyType,
  knownHostLine,
  knownKeyTypes,
  matchesHosts,
  parseKnownHosts,
} from "../../../../src/xen/host/ssh/known-hosts.ts";
import { appendKnownHost, readKnownHosts } from "../../../../src/xen/host/ssh/known-hosts-file.ts";
import { makeFolder } from "./server.ts";

/** A public key of that type, told apart by `seed`. */
function key(type: string, seed: string): Buffer {
  const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return Buffer.concat([part(Buffer.from(type)), part(Buffer.from(seed.padEnd(32, ".")))]);
}
const ed = key("ssh-ed25519", "one");
const ed2 = key("ssh-ed25519", "two");
const rsa = key("ssh-rsa", "three");
const line = (hosts: string, blob: Buffer, marker = "") => `${marker}${hosts} ${keyType(blob)} ${blob.toString("base64")} comment here`;
const judge = (text: string, blob: Buffer, hostname = "alpha", port = 22, host_key_alias?: string) =>
  judgeHostKey(blob, hostKeyNames({ hostname, port, host_key_alias }), parseKnownHosts("/kh", text));
const hashed = (name: string, salt = Buffer.alloc(20, 7)) =>
  `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;

/** Made by ssh-keygen (OpenSSH 9.2). */
const realKey = "AAAAC3NzaC1lZDI1NTE5AAAAIPrSh2gDw1jwiubTlD7TMM8cUXbNYTyxTbdMJGbC9icg";

describe("a fingerprint", () => {
  it("is what ssh-keygen -l prints", () => {
    // ssh-keygen -lf of this very key.
    const real = Buffer.from(realKey, "base64");
    expect(fingerprint(real)).toBe("SHA256:khSnSDMbLUcdI/nHFE3tDAYaRd/9lV58luO7GvkXLok");
    expect(keyType(real)).toBe("ssh-ed25519");
  });
});

describe("known_hosts", () => {
  it("knows a key by name, by list, by pattern, by hash and by port", () => {
    expect(judge(line("alpha", ed), ed)).toEqual({ kind: "ok", file: "/kh", line: 1 });
    expect(judge(`# comment\n\n${line("beta,alpha,10.0.0.1", ed)}`, ed)).toEqual({ kind: "ok", file: "/kh", line: 3 });
    expect(judge(line("al*a", ed), ed).kind).toBe("ok");
    expect(judge(line("ALPHA", ed), ed).kind).toBe("ok");
    expect(judge(line(hashed("alpha"), ed), ed).kind).toBe("ok");
    expect(judge(line("[alpha]:2222", ed), ed, "alpha", 2222).kind).toBe("ok");
    expect(judge(line(hashed("[alpha]:2222"), ed), ed, "Alpha", 2222).kind).toBe("ok");
    expect(judge(`${line("alpha", ed2)}\r\n${line("alpha", ed)}\r\n`, ed)).toEqual({ kind: "ok", file: "/kh", line: 2 });
  });

  it("knows the name that ssh-keygen -H hid", () => {
    const text = `|1|RRr9UihvYcFanQt+yhiu46nNp44=|rcoUS5s2T/sicYKhGzooTXSg9eA= ssh-ed25519 ${realKey} `;
    expect(judge(text, Buffer.from(realKey, "base64"), "web.example", 2200).kind).toBe("ok");
    expect(judge(text, Buffer.from(realKey, "base64"), "web.example", 2201).kind).toBe("unknown");
  });

  it("takes the name without its port as good enough to accept, never to raise an alarm", () => {
    expect(judge(line("alpha", ed), ed, "alpha", 2222).kind).toBe("ok");
    expect(judge(line("alpha", ed2), ed, "alpha", 2222).kind).toBe("unknown");
    expect(judge(line("[alpha]:2222", ed), ed, "alpha", 22).kind).toBe("unknown");
  });

  it("goes by HostKeyAlias alone where there is one", () => {
    expect(judge(line("pair-a", ed), ed, "10.0.0.1", 2222, "Pair-A").kind).toBe("ok");
    expect(judge(line("10.0.0.1", ed), ed, "10.0.0.1", 22, "pair-a").kind).toBe("unknown");
  });

  it("lets a negated pattern keep a line from a host", () => {
    expect(judge(line("*.lan,!alpha.lan", ed), ed, "beta.lan").kind).toBe("ok");
    expect(judge(line("*.lan,!alpha.lan", ed), ed, "alpha.lan").kind).toBe("unknown");
  });

  it("says where the key on record is when another is shown, whatever its type", () => {
    expect(judge(`${line("alpha", rsa)}\n${line("alpha", ed)}`, ed2)).toEqual({
      kind: "changed",
      file: "/kh",
      line: 2,
      expected_type: "ssh-ed25519",
      expected_fingerprint: fingerprint(ed),
    });
    expect(judge(line("alpha", rsa), ed)).toMatchObject({ kind: "changed", expected_type: "ssh-rsa" });
  });

  it("refuses a revoked key even where another line knows it", () => {
    const text = `${line("alpha", ed)}\n${line("*", ed, "@revoked ")}`;
    expect(judge(text, ed)).toEqual({ kind: "revoked", file: "/kh", line: 2 });
    expect(judge(line("alpha", ed, "@revoked "), ed, "alpha", 2222).kind).toBe("revoked");
    expect(judge(text, ed2).kind).toBe("changed");
  });

  it("reports a certificate authority as the only thing that vouches, and never takes its key for a host's", () => {
    expect(judge(line("*.lan", ed, "@cert-authority "), ed, "alpha.lan")).toEqual({
      kind: "unknown",
      certificate_authority: { file: "/kh", line: 1 },
    });
    expect(judge(line("alpha", ed2), ed2)).toMatchObject({ kind: "ok" });
  });

  it("tells lines that it doesn't understand, and they vouch for nothing", () => {
    const bad = [
      "alpha",
      "alpha ssh-ed25519",
      "alpha ssh-ed25519 !!!",
      `alpha ssh-rsa ${ed.toString("base64")}`,
      `@huh ${line("alpha", ed)}`,
    ];
    const { entries, problems } = parseKnownHosts("/kh", [...bad, "alpha 1024 35 1234567", line("beta", ed)].join("\n"));
    expect(entries.map(({ hosts, line }) => [hosts, line])).toEqual([["beta", 7]]);
    expect(problems.map((problem) => problem.line)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(judge(`|1|short|AAAA ssh-ed25519 ${ed.toString("base64")}`, ed).kind).toBe("unknown");
  });

  it("names the types on record, so that those are asked for first", () => {
    const known = parseKnownHosts(
      "/kh",
      [line("alpha", rsa), line("alpha", ed), line("beta", ed2), line("alpha", ed2, "@revoked ")].join("\n"),
    );
    expect(knownKeyTypes(hostKeyNames({ hostname: "alpha", port: 22, host_key_alias: undefined }), known)).toEqual([
      "ssh-rsa",
      "ssh-ed25519",
    ]);
    expect(knownKeyTypes(hostKeyNames({ hostname: "alpha", port: 9, host_key_alias: undefined }), known)).toEqual([
      "ssh-rsa",
      "ssh-ed25519",
    ]);
    expect(knownKeyTypes(hostKeyNames({ hostname: "gamma", port: 22, host_key_alias: undefined }), known)).toEqual([]);
  });

  it("never throws, and never calls a key known that is not in the file", () => {
    const word = fc.oneof(
      fc.constantFrom("alpha", "*", "!alpha", "|1|", hashed("alpha"), "@revoked", "@cert-authority", "ssh-ed25519", ed2.toString("base64")),
      fc.string({ unit: "binary", maxLength: 40 }),
    );
    const text = fc.array(fc.array(word, { maxLength: 5 }).map((words) => words.join(" "))).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, (content) => {
        expect(["unknown", "changed"]).toContain(judge(content, ed).kind);
      }),
    );
  });

  it("understands every line that it writes, hashed or not", () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,60}$/);
    fc.assert(
      fc.property(
        name,
        fc.integer({ min: 1, max: 65_535 }),
        fc.option(fc.uint8Array({ minLength: 20, maxLength: 20 })),
        (hostname, port, salt) => {
          const names = hostKeyNames({ hostname, port, host_key_alias: undefined });
          const text = knownHostLine({ name: names.name, key: ed, salt: salt ?? undefined });
          expect(text).not.toContain("\n");
          expect(judgeHostKey(ed, names, parseKnownHosts("/kh", text))).toEqual({ kind: "ok", file: "/kh", line: 1 });
          expect(matchesHosts(`${names.name}x`, text.split(" ")[0] ?? "")).toBe(false);
        },
      ),
    );
  });

  it("knows which names can't stand in a line", () => {
    for (const bad of ["", "a b", "a,b", "*", "a#", "[a]", "a|b", "!a", "a@b"]) expect(isRecordableHost(bad)).toBe(false);
    for (const good of ["alpha", "10.0.0.1", "fe80::1%eth0"]) expect(isRecordableHost(good)).toBe(true);
  });
});

describe("writing known_hosts", () => {
  const names = hostKeyNames({ hostname: "alpha", port: 2222, host_key_alias: undefined });

  it("makes the folder for the operator alone and appends exactly one line", async () => {
    const path = join(makeFolder(), ".ssh", "known_hosts");
    expect(await appendKnownHost({ path, names, key: ed, hashed: false })).toEqual({ ok: true });
    expect(readFileSync(path, "utf8")).toBe(`[alpha]:2222 ssh-ed25519 ${ed.toString("base64")}\n`);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("keeps what is there, also where the last line has no end", async () => {
    const path = join(makeFolder(), "known_hosts");
    writeFileSync(path, "# mine\nother ssh-rsa AAAA");
    await appendKnownHost({ path, names, key: ed, hashed: true });
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines.slice(0, 2)).toEqual(["# mine", "other ssh-rsa AAAA"]);
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^\|1\|/);
    expect(judgeHostKey(ed, names, await readKnownHosts([path])).kind).toBe("ok");
  });

  it("two at once lose no line", async () => {
    const path = join(makeFolder(), "known_hosts");
    await Promise.all([ed, ed2, rsa].map((blob) => appendKnownHost({ path, names, key: blob, hashed: false })));
    expect((await readKnownHosts([path])).entries).toHaveLength(3);
  });

  it("says why it couldn't, and tells files that can't be read", async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, "known_hosts"));
    expect(await appendKnownHost({ path: join(folder, "known_hosts"), names, key: ed, hashed: false })).toMatchObject({ ok: false });
    expect((await readKnownHosts([join(folder, "known_hosts"), join(folder, "absent")])).problems).toMatchObject([
      { why: "it is not a file" },
    ]);
    expect(existsSync(join(folder, "absent"))).toBe(false);
  });
});
