/** The scripts of the DRBD and storage readings: text that runs as root on other people's machines. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDf } from "../../../src/xen/read/df.ts";
import { readings } from "../../../src/xen/read/index.ts";
import type { ParseResult, RawOutput } from "../../../src/xen/read/reading.ts";
import { recording } from "../../helpers.ts";

const ids = ["drbd-status", "drbd-proc", "drbd-show", "drbd-gi", "multipath", "iscsi", "fc", "nbd", "nfs", "lvm", "lsblk", "df"] as const;

describe.each(ids)("the script of %s", (id) => {
  const { script } = readings[id];

  it("is POSIX shell", () => {
    expect(spawnSync("sh", ["-n"], { input: script, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    for (const bashism of ["[[ ", "local ", "function ", "<<<", "$'", "&>", "pipefail", "declare "]) expect(script).not.toContain(bashism);
  });

  it("writes nowhere and loads nothing", () => {
    const targets = [...script.matchAll(/\d?>+\s*(\S+)/g)].map((match) => match[1]?.replace(/[;|)]+$/, ""));
    for (const target of targets)
      expect(["/dev/null", "&1", "&2", "$1"].includes(target ?? "") || /^[=\d]/.test(target ?? ""), target).toBe(true);
    expect(script).not.toMatch(/\b(?:modprobe|rm|mv|cp|tee|kill|mount|umount|drbdadm)\b/);
  });

  it("asks for DRBD's module before its tool, which would load it", () => {
    if (script.includes("drbdsetup")) expect(script.indexOf("/proc/drbd")).toBeLessThan(script.indexOf("drbdsetup"));
  });
});

/** A folder that stands for a host's root: the scripts' own text, run on files and tools made here. */
function hostOf(files: Readonly<Record<string, string>>): { run: (script: string) => RawOutput; end: () => void } {
  const root = mkdtempSync(join(tmpdir(), "xenha-scripts-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: path.startsWith("bin/") ? 0o755 : 0o644 });
  }
  const env = { PATH: `${join(root, "bin")}:/usr/bin:/bin`, LC_ALL: "C" };
  return {
    run: (script) => {
      const here = script.replace(/(?<![\w.*])\/(proc|sys)\//g, `${root}/$1/`);
      const { status, stdout } = spawnSync("sh", ["-s"], { input: here, encoding: "utf8", env });
      return { rc: status ?? -1, stdout, truncated: false };
    },
    end: () => rmSync(root, { recursive: true }),
  };
}
function answerOf<Id extends (typeof ids)[number]>(
  id: Id,
  files: Readonly<Record<string, string>>,
): { raw: RawOutput; result: ParseResult<unknown> } {
  const host = hostOf(files);
  try {
    const raw = host.run(readings[id].script);
    return { raw, result: readings[id].parse(raw) };
  } finally {
    host.end();
  }
}
const drbd84 = "version: 8.4.11 (api:1/proto:86-101)\n";
const drbd9 = "version: 9.2.9 (api:2/proto:86-122)\n";
/** A tool that prints its arguments' answer. */
const tool = (cases: Readonly<Record<string, string>>) =>
  `#!/bin/sh\ncase "$*" in\n${Object.entries(cases)
    .map(([args, text]) => `'${args}') cat <<'END'\n${text}\nEND\n;;\n`)
    .join("")}*) echo "unexpected: $*"; exit 20 ;;\nesac\n`;

describe("the scripts on a made host", () => {
  it("say 69 where there is nothing of it", () => {
    for (const id of ["drbd-status", "drbd-proc", "drbd-show", "drbd-gi", "fc", "nbd", "nfs"] as const)
      expect(answerOf(id, { "bin/drbdsetup": "#!/bin/sh\necho loaded\n" }), id).toMatchObject({
        raw: { rc: 69, stdout: "" },
        result: { ok: false, kind: "absent" },
      });
  });

  it("ask DRBD 8 for text and DRBD 9 for JSON", () => {
    const answers = {
      "status --verbose --statistics": "r8 role:Primary",
      "status --json --statistics": '[{"name":"r9","role":"Secondary"}]',
    };
    const status = (version: string) => answerOf("drbd-status", { "proc/drbd": version, "bin/drbdsetup": tool(answers) }).result;
    expect(status(drbd84)).toMatchObject({ ok: true, facts: { resources: [{ name: "r8" }] } });
    expect(status(drbd9)).toMatchObject({ ok: true, facts: { resources: [{ name: "r9" }] } });
  });

  it("take the shared secret out before it leaves the host", () => {
    const text =
      'resource r0 {\n    net {\n        cram-hmac-alg sha256;\n        shared-secret "hun;ter\\"2";\n        protocol B;\n    }\n}';
    const json = '[{"resource":"r0","connections":[{"net":{\n"shared-secret": "hun\\"ter2",\n"protocol": "B"}}]}]';
    const answers = { show: text, "show --json": json };
    for (const version of [drbd84, drbd9]) {
      const { raw, result } = answerOf("drbd-show", { "proc/drbd": version, "bin/drbdsetup": tool(answers) });
      expect(raw.stdout).not.toMatch(/hun|ter2/);
      expect(result).toMatchObject({ ok: true, facts: { resources: [{ name: "r0", protocol: "B" }], not_understood: [] } });
    }
  });

  it("read generations from debugfs, else from get-gi in each version's way", () => {
    const current = "0549795C052E408D";
    const gi = `${current}:0000000000000000:0000000000000000:0000000000000000:1:1:1:1:0:0:0`;
    const resources = "sys/kernel/debug/drbd/resources";
    const file = { [`${resources}/r 0/volumes/0/data_gen_id`]: `0x${current}\n0x0000000000000000\n` };
    expect(answerOf("drbd-gi", { "proc/drbd": drbd84, ...file }).result).toMatchObject({
      ok: true,
      facts: { generations: [{ name: "r 0", current }] },
    });
    expect(answerOf("drbd-gi", { "proc/drbd": drbd84, [`${resources}/none`]: "" }).result).toMatchObject({
      ok: true,
      facts: { generations: [] },
    });
    const old = recording("healthy/alpha/drbdsetup-status.txt").stdout;
    const got84 = answerOf("drbd-gi", {
      "proc/drbd": drbd84,
      "bin/drbdsetup": tool({ "status --verbose": old, "get-gi 0": gi, "get-gi 1": gi, "get-gi 2": "" }),
    });
    expect(got84.result).toMatchObject({
      ok: true,
      facts: {
        generations: [
          { name: "r0", volume: 0, current },
          { name: "r1", volume: 0 },
        ],
        not_understood: [],
      },
    });
    const nine = recording("drbd9-resync/alpha/drbdsetup-status.txt").stdout;
    const got9 = answerOf("drbd-gi", {
      "proc/drbd": drbd9,
      "bin/drbdsetup": tool({ "status --verbose": nine, "get-gi r0 1 0": gi, "get-gi r1 1 0": gi, "get-gi r2 1 0": gi }),
    });
    expect(got9.result).toMatchObject({
      ok: true,
      facts: { generations: [{ name: "r0", peer_node_id: 1, current }, { name: "r1" }, { name: "r2" }] },
    });
  });

  it("read Fibre Channel and nbd without any tool", () => {
    const ports = answerOf("fc", {
      "sys/class/fc_host/host3/port_name": "0x21000024ff7e1a2c\n",
      "sys/class/fc_host/host3/port_state": "Online\n",
      "sys/class/fc_host/host3/port_type": "NPort (fabric via point-to-point)\n",
      "sys/class/fc_vports/vport-3:0-1/vport_state": "Active\n",
    });
    expect(ports.result).toMatchObject({
      ok: true,
      facts: {
        ports: [{ host: "host3", port_state: "Online", port_type: "NPort (fabric via point-to-point)", vports: [{ state: "Active" }] }],
      },
    });
    const devices = answerOf("nbd", {
      "sys/block/nbd0/size": "65536\n",
      "sys/block/nbd0/pid": "867\n",
      "sys/block/nbd0/backend": "a b\n",
      "sys/block/nbd0p1/size": "1\n",
      "sys/block/nbd1/size": "0\n",
    });
    expect(devices.result).toMatchObject({
      ok: true,
      facts: {
        devices: [
          { dev: "nbd0", pid: 867, backend: "a b" },
          { dev: "nbd1", pid: undefined, backend: undefined },
        ],
        not_understood: [],
      },
    });
  });

  it("never hand a network mount, or one below it, to df", () => {
    const mounts = [
      "/dev/vda / ext4 rw 0 0",
      "proc /proc proc rw 0 0",
      "tmpfs /run tmpfs rw 0 0",
      "tmpfs /dev/shm tmpfs rw 0 0",
      "10.0.0.2:/e /mnt/nfs nfs4 rw 0 0",
      "/dev/vdb /mnt/nfs/local ext4 rw 0 0",
      "/dev/vdc /mnt/nfs2 xfs rw 0 0",
      "/dev/vdc /again xfs rw 0 0",
      "/dev/vdd /my\\040disk ext4 rw 0 0",
      "/dev/loop0 /snap squashfs ro 0 0",
      "user@h:/ /mnt/sshfs fuse.sshfs rw 0 0",
      "/dev/dlm /mnt/shared ocfs2 rw 0 0",
    ].join("\n");
    const { raw, result } = answerOf("df", {
      "proc/mounts": `${mounts}\n`,
      "bin/df": '#!/bin/sh\nshift 3\nfor m in "$@"; do echo "/dev/x 100 50 50 50% $m"; done\n',
    });
    expect(raw.rc).toBe(0);
    expect(result.ok && parseDf(raw)).toMatchObject({ ok: true });
    expect(raw.stdout.split("\n").flatMap((line) => /% (.*)/.exec(line)?.[1] ?? [])).toEqual(["/", "/run", "/mnt/nfs2", "/my disk"]);
  });

  it("filter mount statistics", () => {
    const stats = [
      "device proc mounted on /proc with fstype proc",
      "device nfsd mounted on /proc/fs/nfsd with fstype nfsd",
      "\topts:\tx",
      "device s:/e mounted on /m with fstype nfs statvers=1.1",
      "\tage:\t7",
      "\t        READ: 3 3 1 0 0 0 0 0 0",
      "\t       WRITE: 0 0 0 0 0 0 0 0 0",
      "device tmpfs mounted on /run with fstype tmpfs",
    ].join("\n");
    const { raw, result } = answerOf("nfs", { "proc/self/mountstats": `${stats}\n` });
    expect(raw.stdout.split("\n").filter((line) => line !== "")).toHaveLength(3);
    expect(result).toMatchObject({ ok: true, facts: { mounts: [{ device: "s:/e", age_s: 7, ops: 3, timeouts: 1 }] } });
  });

  it("take CHAP out, and start no iscsiadm where there is no session", () => {
    const told = "Target: iqn.x:y\n\tCurrent Portal: 10.0.0.1:3260,1\n\t\tSID: 1\n\t\tusername: bob\n\t\tpassword_in: hunter2";
    const bin = { "bin/iscsiadm": tool({ "-m session -P 3": told }) };
    const { raw, result } = answerOf("iscsi", { ...bin, "sys/class/iscsi_session/session1/state": "LOGGED_IN" });
    expect(raw.stdout).not.toMatch(/bob|hunter2/);
    expect(result).toMatchObject({ ok: true, facts: { sessions: [{ sid: 1, target: "iqn.x:y" }] } });
    expect(answerOf("iscsi", { "bin/iscsiadm": "#!/bin/sh\necho started\n" })).toMatchObject({
      raw: { rc: 21, stdout: "" },
      result: { ok: true, facts: { sessions: [] } },
    });
  });

  it("take a silent multipathd for a fault only where there are maps", () => {
    const bin = { "bin/multipathd": "#!/bin/sh\necho timeout\nexit 1\n" };
    expect(answerOf("multipath", bin).result).toMatchObject({ ok: false, kind: "absent" });
    expect(answerOf("multipath", { ...bin, "sys/block/dm-0/dm/uuid": "mpath-3600\n" }).result).toMatchObject({ ok: false, kind: "failed" });
    expect(answerOf("multipath", { ...bin, "sys/block/dm-0/dm/uuid": "LVM-abc\n" }).result).toMatchObject({ ok: false, kind: "absent" });
  });

  it("ask an older lsblk for the columns that it knows", () => {
    const columns = "NAME,KNAME,TYPE,SIZE,WWN,SERIAL,MODEL,TRAN,STATE,MAJ:MIN,PKNAME";
    const { result } = answerOf("lsblk", {
      "bin/lsblk": tool({ [`-J -b -o ${columns},MOUNTPOINT`]: '{"blockdevices":[{"name":"sda"}]}' }),
    });
    expect(result.ok).toBe(true);
  });

  it("print lvs and vgs as two parts", () => {
    const left_out = '--config devices{filter=["r|^/dev/drbd|","r|^/dev/block/147:|","r|^/dev/nbd|","r|^/dev/block/43:|"]} ';
    const lvs =
      "--reportformat json --units b --nosuffix -o lv_name,vg_name,lv_size,lv_attr,pool_lv,origin,data_percent,metadata_percent,lv_path";
    const vgs = "--reportformat json --units b --nosuffix -o vg_name,vg_size,vg_free,vg_missing_pv_count,vg_attr";
    const { result } = answerOf("lvm", {
      "bin/lvs": tool({ [left_out + lvs]: '{"report":[{"lv":[{"lv_name":"a","vg_name":"v"}]}]}' }),
      "bin/vgs": tool({ [left_out + vgs]: '{"report":[{"vg":[{"vg_name":"v"}]}]}' }),
    });
    expect(result).toMatchObject({ ok: true, facts: { volumes: [{ name: "a" }], groups: [{ name: "v" }], not_understood: [] } });
  });
});
