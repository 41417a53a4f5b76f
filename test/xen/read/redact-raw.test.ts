import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ReadingId, readingIds, readings } from "../../../src/xen/read/index.ts";
import type { Reading } from "../../../src/xen/read/reading.ts";
import { redactRaw } from "../../../src/xen/read/redact-raw.ts";
import { cpuSince } from "../../kit/cpu.ts";
import { rawOf } from "../../state/pair-from-recordings.ts";
import { playStory } from "../../state/story.ts";

const scenarios = readdirSync(fileURLToPath(new URL("../../recordings/", import.meta.url)), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const parse = (id: ReadingId, raw: { readonly rc: number; readonly stdout: string; readonly truncated: boolean }): unknown =>
  (readings[id] as Reading<unknown>).parse(raw);

/** How a secret may stand in what a tool prints; each keeps JSON JSON. */
const places: readonly (readonly [string, (secret: string) => string])[] = [
  ["libxl's JSON", (secret) => JSON.stringify({ vnc: { passwd: secret, listen: "::1" } }, undefined, 2)],
  ["compact JSON", (secret) => JSON.stringify([{ "shared-secret": secret }, { a: 1 }])],
  ["a guest's command line", (secret) => JSON.stringify({ b_info: { cmdline: `root=/dev/xvda ${secret}`, vcpus: 2 } })],
  ["arguments of a fence agent", (secret) => JSON.stringify({ argv: ["fence_ipmilan", "-a", "10.0.0.1", "-p", secret, "-o", "off"] })],
];
const lines: readonly (readonly [string, (secret: string) => string])[] = [
  ["drbdsetup show", (secret) => `net {\n  cram-hmac-alg sha256;\n  shared-secret "${secret}";\n  protocol C;\n}`],
  ["drbdsetup show, bare", (secret) => `net { shared-secret ${secret}; }`],
  ["xl.cfg", (secret) => `name = "web01"\nvncpasswd = '${secret}'\nmemory = 128`],
  ["xl.cfg's extra", (secret) => `extra = "console=hvc0 pw ${secret}"\nmemory = 128`],
  ["xenstore", (secret) => `/local/domain/3/vfb/0/vnc-passwd = "${secret}"   (n0,r3)`],
  ["iSCSI", (secret) => `iqn=iqn.x,portal=10.0.0.5:3260,user=u,password=${secret},lun=0`],
  ["iscsiadm", (secret) => `node.session.auth.username = ${secret}\nnode.session.auth.password_in = ${secret}`],
  ["iscsiadm -P 3", (secret) => `\tpassword_in: ${secret}\n\tpassword: ${secret}`],
  ["a URL", (secret) => `nbd://ana:${secret}@10.0.0.1/x`],
  ["a URL's user", (secret) => `https://${secret}@example.org/x`],
  ["an option", (secret) => `qemu-dm --password ${secret} -vnc :1`],
  ["a fence agent", (secret) => `fence_ipmilan -a 10.0.0.1 -l admin -p ${secret} -P -o off`],
  ["the kernel's command line", (secret) => `[    0.0] Command line: BOOT_IMAGE=/vmlinuz ro ${secret} quiet`],
  ["CHAP", (secret) => `chapsecret: ${secret}`],
  ["a private key", (secret) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}\n-----END OPENSSH PRIVATE KEY-----\nafter`],
  ["a XAPI session", (secret) => `session OpaqueRef:${secret}`],
];

const plain = fc.stringMatching(/^[A-Za-z0-9]{8,24}$/).map((word) => `zq${word}`);
const hard = fc
  .string({ minLength: 6, maxLength: 24 })
  .filter((text) => /^[^\n\r]*[A-Za-z]{4}[^\n\r]*$/.test(text) && text.trim() === text);

describe("raw answers that are kept", () => {
  it.each(lines)("hold no secret that was planted in %s", (_, put) => {
    fc.assert(fc.property(plain, (secret) => !redactRaw(`before\n${put(secret)}\nafter`).includes(secret)));
  });

  it.each(places)("hold no secret, and stay JSON, in %s", (_, put) => {
    fc.assert(
      fc.property(fc.oneof(plain, hard), (secret) => {
        const told = redactRaw(put(secret));
        expect(() => JSON.parse(told) as unknown).not.toThrow();
        expect(told).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
    );
  });

  it("say where something was taken out, once and for all", () => {
    for (const [, put] of [...lines, ...places]) {
      const told = redactRaw(put("hunter2hunter2"));
      expect(told).toContain("***");
      expect(redactRaw(told)).toBe(told);
    }
  });

  it("leave what is no secret", () => {
    for (const text of [
      '{"peer_devices": [{"volume": 0, "peer-disk-state": "UpToDate"}]}',
      "xen_commandline        : placeholder dom0_mem=1024M,max:1024M loglvl=all",
      "drbd r0: Handshake successful: Agreed network protocol version 101",
      "/dev/mapper/vg0-web01 on / type ext4 (rw)",
      '{"passthrough": "disabled", "keymap": "de", "extras": [1]}',
      "-p 22",
    ])
      expect(redactRaw(text)).toBe(text);
  });

  it("mean the same to every parser, for every answer that was ever recorded", () => {
    let compared = 0;
    for (const scenario of scenarios)
      for (const host of ["alpha", "beta"])
        for (const id of readingIds) {
          const raw = rawOf(id, scenario, host, false);
          if (raw === undefined || raw.stdout === "") continue;
          expect(parse(id, { ...raw, stdout: redactRaw(raw.stdout) }), `${scenario} ${host} ${id}`).toEqual(parse(id, raw));
          compared += 1;
        }
    expect(compared).toBeGreaterThan(400);
  });

  it("mean the same to every parser, for every answer of the simulated pairs", () => {
    for (const scenario of ["pair", "san", "drbd9"]) {
      playStory(scenario).advance(40_000, (msg) => {
        if (msg.kind !== "probe.told" || msg.frame.kind !== "section") return;
        const id = msg.frame.id as ReadingId;
        expect(parse(id, { ...msg.frame, stdout: redactRaw(msg.frame.stdout) }), `${scenario} ${id}`).toEqual(parse(id, msg.frame));
      });
    }
  });

  it("take no more than a moment for the worst of texts", () => {
    for (const unit of [
      "a",
      "passwd",
      "key=",
      'key="',
      "a://",
      "key ",
      "-pass ",
      "fence_x -p ",
      "extra=",
      "auth.",
      '"-p","',
      "-----BEGIN PRIVATE KEY-----",
    ]) {
      const cpu_ms = cpuSince();
      redactRaw(unit.repeat(60_000));
      expect(cpu_ms(), unit).toBeLessThan(2500);
    }
  });
});
