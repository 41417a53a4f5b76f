import { describe, expect, it } from "vitest";
import type { DrbdSettings } from "../../../src/xen/model/drbd.ts";
import { drbdShow, parseDrbdShow } from "../../../src/xen/read/drbd-show.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recorded, recordings } from "./totality.ts";

function settings(stdout: string, name: string): DrbdSettings | undefined {
  const result = parseDrbdShow({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts.resources.find((resource) => resource.name === name);
}
const of = (path: string, name: string) => settings(recording(path).stdout, name);

describe("drbdsetup show", () => {
  it("reads 8.4's text, with the defaults that it leaves out", () => {
    expect(of("paused/alpha/drbdsetup-show.txt", "r0")).toEqual({
      name: "r0",
      allow_two_primaries: true,
      protocol: "C",
      fencing: "dont-care",
      verify_alg: undefined,
      auto_promote: undefined,
      quorum: undefined,
      local_address: "10.99.1.1:7788",
      peer_addresses: ["10.99.1.2:7788"],
      volumes: [
        {
          volume: 0,
          minor: 0,
          backing_disk: "/dev/vg0/web01",
          c_max_rate_kib_s: 20480,
          c_plan_ahead: 0,
          c_min_rate_kib_s: undefined,
          resync_rate_kib_s: 512,
          size_kib: undefined,
        },
      ],
    });
  });

  it("knows nothing of the network of a StandAlone 8.4, not even defaults", () => {
    expect(of("splitbrain/alpha/drbdsetup-show.txt", "r2")).toMatchObject({
      allow_two_primaries: undefined,
      protocol: undefined,
      fencing: undefined,
      local_address: undefined,
      peer_addresses: [],
      volumes: [{ minor: 2, backing_disk: "/dev/vg0/cache01" }],
    });
  });

  it("has no backing disk where it is detached", () => {
    expect(of("detach/alpha/drbdsetup-show.txt", "r0")?.volumes).toMatchObject([{ volume: 0, minor: 0, backing_disk: undefined }]);
  });

  it("reads the same from 9's JSON and 9's text", () => {
    for (const scenario of ["drbd9-healthy", "drbd9-resync", "drbd9-splitbrain"]) {
      for (const name of ["r0", "r1", "r2"]) {
        const json = of(`${scenario}/alpha/drbdsetup-show.json`, name);
        expect(json).toBeDefined();
        expect(of(`${scenario}/alpha/drbdsetup-show.txt`, name)).toEqual(json);
      }
    }
    expect(of("drbd9-resync/alpha/drbdsetup-show.json", "r0")).toMatchObject({
      allow_two_primaries: true,
      auto_promote: true,
      quorum: "off",
      local_address: "10.99.1.1:7788",
      peer_addresses: ["10.99.1.2:7788"],
      volumes: [{ backing_disk: "/dev/vg0/web01", c_max_rate_kib_s: 2048, c_min_rate_kib_s: 256 }],
    });
  });

  it("reads the paths of later versions, and settings that aren't defaults", () => {
    const stdout = JSON.stringify([
      {
        resource: "r0",
        options: { quorum: "majority", "auto-promote": false },
        _this_host: { "node-id": 0, volumes: [{ volume_nr: 0, device_minor: 4, "backing-disk": "/dev/x", disk: { size: "2048s" } }] },
        connections: [
          {
            paths: [
              {
                this_host: { address: "10.0.0.1", port: 7000, family: "ipv4" },
                remote_host: { address: "10.0.0.2", port: 7000, family: "ipv4" },
              },
              { this_host: { address: "10.0.1.1", port: 7000 }, remote_host: { address: "10.0.1.2", port: 7000 } },
            ],
            net: { fencing: "resource-only", "verify-alg": "sha256", protocol: "A", "shared-secret": "hunter2" },
            _peer_node_id: 1,
          },
        ],
      },
    ]);
    const r0 = settings(stdout, "r0");
    expect(r0).toMatchObject({
      allow_two_primaries: false,
      protocol: "A",
      fencing: "resource-only",
      verify_alg: "sha256",
      auto_promote: false,
      quorum: "majority",
      local_address: "10.0.0.1:7000",
      peer_addresses: ["10.0.0.2:7000", "10.0.1.2:7000"],
      volumes: [{ size_kib: 1024 }],
    });
    expect(JSON.stringify(r0)).not.toContain("hunter2");
  });

  it("never keeps the shared secret, also where the text is hurt", () => {
    const text = 'resource r0 {\n net {\n  shared-secret "hunter2";\n  protocol B;\n }\n}\n';
    const result = parseDrbdShow({ rc: 0, stdout: text, truncated: false });
    expect(result).toMatchObject({ ok: true, facts: { resources: [{ protocol: "B" }], not_understood: [] } });
    const broken = parseDrbdShow({ rc: 0, stdout: text.replace("{\n net", "\n net").replace(";", ""), truncated: true });
    expect(JSON.stringify([result, broken])).not.toContain("hunter2");
    const json = '[{"resource":"r0","connections":[{"net":{"shared-secret": "hunter2", ';
    expect(JSON.stringify(parseDrbdShow({ rc: 0, stdout: json, truncated: true }))).not.toContain("hunter2");
  });

  it("fails on usage and on messages, and takes no resources for none", () => {
    expect(parseDrbdShow(recorded("healthy/alpha/drbdsetup-show.json"))).toMatchObject({ ok: false, kind: "failed" });
    expect(parseDrbdShow({ rc: 10, stdout: "r9: No such resource\n", truncated: false })).toMatchObject({ ok: false, kind: "failed" });
    for (const stdout of ["", "# No currently configured DRBD found.\n", "[\n]\n"])
      expect(parseDrbdShow({ rc: 0, stdout, truncated: false })).toEqual({ ok: true, facts: { resources: [], not_understood: [] } });
  });

  it.each(recordings(/^drbdsetup-show\.(txt|json)$/))("understands every line of %s", (path) => {
    const result = drbdShow.parse(recorded(path));
    if (!result.ok) {
      expect(recorded(path).rc).toBe(20);
      return;
    }
    expect(result.facts.not_understood).toEqual([]);
    expect(result.facts.resources.map(({ name, volumes }) => [name, volumes.length])).toEqual([
      ["r0", 1],
      ["r1", 1],
      ["r2", 1],
    ]);
  });

  it("is total", () => {
    expectTotal(
      parseDrbdShow,
      ["healthy/alpha/drbdsetup-show.txt", "drbd9-healthy/alpha/drbdsetup-show.json", "drbd9-resync/alpha/drbdsetup-show.txt"].map(
        (path) => recording(path).stdout,
      ),
    );
  });
});
