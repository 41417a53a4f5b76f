import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConfigSource, resolveChain, type SshRun } from "../../../../src/xen/host/ssh/config.ts";
import { type ConfigReader, resolveFromFiles, splitWords } from "../../../../src/xen/host/ssh/config-file.ts";
import type { LocalUser } from "../../../../src/xen/host/ssh/expand.ts";
import {
  parseJumpHost,
  parseProxyJump,
  parseSshG,
  type SshSettings,
  settingsOf,
  splitPathList,
  timeSeconds,
} from "../../../../src/xen/host/ssh/settings.ts";

const local: LocalUser = {
  home: "/home/ana",
  user: "ana",
  uid: 1000,
  hostname: "desk.lan",
  env: { SSH_AUTH_SOCK: "/run/agent", DIR: "/keys" },
};
const variable = (name: string) => `\${${name}}`;
const memory = (files: Record<string, string>): ConfigReader => ({
  read: (path) => (files[path] === undefined ? undefined : { text: files[path] }),
  list: (folder) => Object.keys(files).flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [])),
});

function fromFiles(
  files: string | Record<string, string>,
  host: string,
  more: { user?: string; port?: number; config_file?: string } = {},
) {
  const reader = memory(typeof files === "string" ? { "/home/ana/.ssh/config": files } : files);
  const request = { host, user: more.user, port: more.port, config_file: more.config_file };
  const read = resolveFromFiles(request, local, reader);
  if (!read.ok) return read.error;
  const result = settingsOf({ options: read.options, name: host, local, by: "files" });
  return result.ok ? result.settings : result.error;
}
function settings(...args: Parameters<typeof fromFiles>): SshSettings {
  const result = fromFiles(...args);
  if (typeof result === "string") throw new Error(result);
  return result;
}

describe("what ssh -G prints", () => {
  // As OpenSSH 9.2 prints it, shortened.
  const stdout = `host a
user root
hostname a.example.org
port 2200
hostkeyalias foo
identityagent /home/ana/agent.sock
identitiesonly no
stricthostkeychecking accept-new
hashknownhosts yes
numberofpasswordprompts 3
serveraliveinterval 5
ciphers chacha20-poly1305@openssh.com,aes128-ctr
identityfile ~/.ssh/%h-%r-%p
identityfile \${DIR}/x
certificatefile ~/.ssh/%h-cert.pub
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
userknownhostsfile /home/ana/.ssh/kh_a%b /tmp/a b/c
proxyjump u@j1:2200,j2
connecttimeout none
`;
  const result = settingsOf({ options: parseSshG(stdout), name: "a", local, by: "ssh -G" });

  it("becomes settings: tokens, variables and paths with spaces included", () => {
    expect(result).toMatchObject({
      ok: true,
      settings: {
        name: "a",
        hostname: "a.example.org",
        port: 2200,
        user: "root",
        host_key_alias: "foo",
        identity_agent: "/home/ana/agent.sock",
        identity_files: ["/home/ana/.ssh/a.example.org-root-2200", "/keys/x"],
        certificate_files: ["/home/ana/.ssh/a.example.org-cert.pub"],
        user_known_hosts_files: ["/home/ana/.ssh/kh_a%b", "/tmp/a b/c"],
        global_known_hosts_files: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
        proxy_jump: [
          { user: "u", host: "j1", port: 2200 },
          { user: undefined, host: "j2", port: undefined },
        ],
        proxy_command: undefined,
        strict_host_key_checking: "accept-new",
        hash_known_hosts: true,
        server_alive_interval_s: 5,
        connect_timeout_s: undefined,
        authentications: ["publickey", "keyboard-interactive", "password"],
      },
    });
  });

  it("is read whatever it is, without an exception", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, value) => {
        for (const key of ["port", "proxyjump", "identityfile", "hostname", "userknownhostsfile", "ciphers"])
          settingsOf({ options: parseSshG(`${text}\n${key} ${value}`), name: "a", local, by: "ssh -G" });
      }),
    );
  });
});

describe("the files, where there is no ssh", () => {
  it("the first value wins, identity files add up", () => {
    const text = "Host web*\n User one\n IdentityFile ~/.ssh/one\nHost *\n User two\n Port 2222\n IdentityFile ~/.ssh/two\n";
    expect(settings(text, "web01")).toMatchObject({
      user: "one",
      port: 2222,
      identity_files: ["/home/ana/.ssh/one", "/home/ana/.ssh/two"],
    });
    expect(settings(text, "db01")).toMatchObject({ user: "two", identity_files: ["/home/ana/.ssh/two"] });
  });

  it("what the name itself says beats the files", () => {
    expect(settings("User two\nPort 2\n", "a", { user: "me", port: 99 })).toMatchObject({ user: "me", port: 99 });
  });

  it("falls back to ssh's defaults", () => {
    expect(settings("", "Alpha")).toMatchObject({
      hostname: "alpha",
      port: 22,
      user: "ana",
      identity_agent: "/run/agent",
      user_known_hosts_files: ["/home/ana/.ssh/known_hosts", "/home/ana/.ssh/known_hosts2"],
      strict_host_key_checking: "ask",
      proxy_jump: [],
    });
    expect(settings("", "a").identity_files).toContain("/home/ana/.ssh/id_ed25519");
  });

  it("reads patterns and their negation", () => {
    const text = "Host *.lan !old.lan\n User lan\nHost a?c\n User abc\n";
    expect(settings(text, "new.lan").user).toBe("lan");
    expect(settings(text, "old.lan").user).toBe("ana");
    expect(settings(text, "axc").user).toBe("abc");
  });

  it("judges Match by host, originalhost, user and localuser", () => {
    const text = [
      "Host alias",
      " HostName real.lan",
      "Match host real.lan user ana",
      " Port 1001",
      "Match originalhost alias localuser bob",
      " User never",
      "Match !host real.lan",
      " User other",
      "Match all",
      " ConnectTimeout 1m30s",
    ].join("\n");
    expect(settings(text, "alias")).toMatchObject({ hostname: "real.lan", port: 1001, user: "ana", connect_timeout_s: 90 });
    expect(settings(text, "b")).toMatchObject({ port: 22, user: "other" });
  });

  it("passes twice for Match final, and Host then means the real name", () => {
    const text = "Match final host real.lan\n Port 1002\nHost alias\n HostName real.lan\nHost real.lan\n User late\n";
    expect(settings(text, "alias")).toMatchObject({ port: 1002, user: "late" });
  });

  it("refuses what only ssh can judge, with file and line, but not where it can't matter", () => {
    const text = 'Host a\n User x\nMatch host b exec "true"\n Port 1\n';
    expect(fromFiles(text, "a")).toMatchObject({ user: "x", port: 22 });
    expect(fromFiles(text, "b")).toBe(
      '/home/ana/.ssh/config line 3: "Match exec" can only be judged by ssh itself, and there is no ssh program on this machine',
    );
  });

  it("includes files, relative ones from ~/.ssh, with patterns, and only while the block is in force", () => {
    const files = {
      "/home/ana/.ssh/config": "Include conf.d/*.conf\nHost b\n Include conf.d/b\nUser late\n",
      "/home/ana/.ssh/conf.d/10.conf": "Host a\n User ten\n",
      "/home/ana/.ssh/conf.d/20.conf": "User twenty\nPort 20\n",
      "/home/ana/.ssh/conf.d/b": "HostName from-b\n",
      "/etc/ssh/ssh_config": "Include ssh_config.d/*\nHashKnownHosts yes\n",
      "/etc/ssh/ssh_config.d/x": "ServerAliveInterval 9\n",
    };
    expect(settings(files, "a")).toMatchObject({
      user: "ten",
      port: 20,
      hostname: "a",
      hash_known_hosts: true,
      server_alive_interval_s: 9,
    });
    expect(settings(files, "b")).toMatchObject({ user: "twenty", hostname: "from-b" });
  });

  it("ends an Include of itself with a sentence", () => {
    expect(fromFiles({ "/home/ana/.ssh/config": "Include ~/.ssh/config\n" }, "a")).toMatch(/Include is nested too deep/);
  });

  it("-F replaces all files, none means no file, and a missing one is an error", () => {
    const files = { "/f": "User eff\n", "/home/ana/.ssh/config": "User home\n", "/etc/ssh/ssh_config": "Port 7\n" };
    expect(settings(files, "a", { config_file: "/f" })).toMatchObject({ user: "eff", port: 22 });
    expect(settings(files, "a", { config_file: "none" })).toMatchObject({ user: "ana", port: 22 });
    expect(fromFiles(files, "a", { config_file: "/absent" })).toBe("/absent: no such file");
  });

  it("expands ~, tokens and variables, and refuses unknown ones", () => {
    const text = "HostName %h.lan\nIdentityFile %d/%u/%r@%h:%p-%n-%L%%\nIdentityFile ~/.ssh/k\nUserKnownHostsFile none\n";
    expect(settings(text, "a")).toMatchObject({
      hostname: "a.lan",
      identity_files: ["/home/ana/ana/ana@a.lan:22-a-desk%", "/home/ana/.ssh/k"],
      user_known_hosts_files: [],
    });
    expect(fromFiles("IdentityFile /x/%Z\n", "a")).toMatch(/token %Z is not known/);
    expect(settings(`IdentityFile ${variable("DIR")}/k\n`, "a").identity_files).toEqual(["/keys/k"]);
    expect(fromFiles(`IdentityFile ${variable("NOPE")}/x\n`, "a")).toMatch(/variable NOPE is not set/);
  });

  it("takes agent none, a variable, and SSH_AUTH_SOCK", () => {
    expect(settings("IdentityAgent none\n", "a").identity_agent).toBeUndefined();
    expect(settings("IdentityAgent $DIR\n", "a").identity_agent).toBe("/keys");
    expect(settings("IdentityAgent SSH_AUTH_SOCK\n", "a").identity_agent).toBe("/run/agent");
    expect(settings('IdentityAgent "~/my agent"\n', "a").identity_agent).toBe("/home/ana/my agent");
  });

  it("expands ProxyCommand, and lets no name reach its shell that could be more than a name", () => {
    expect(settings("ProxyCommand nc -X %% %h %p # kept\n", "a").proxy_command).toBe("nc -X % a 22 # kept");
    expect(settings("ProxyJump j\nProxyCommand nc %h %p\n", "a").proxy_command).toBeUndefined();
    expect(settings("ProxyCommand nc %h %p\nProxyJump j\n", "a")).toMatchObject({ proxy_command: "nc a 22", proxy_jump: [] });
    expect(fromFiles("HostName $(reboot)\nProxyCommand nc %h %p\n", "a")).toMatch(/must not reach ProxyCommand's shell/);
    expect(fromFiles("ProxyCommand -\n", "a")).toMatch(/not supported/);
  });

  it("respects which ways to authenticate are wanted, in which order", () => {
    expect(settings("PreferredAuthentications gssapi-with-mic,password,publickey\n", "a").authentications).toEqual([
      "password",
      "publickey",
    ]);
    expect(settings("PasswordAuthentication no\nPubkeyAuthentication no\n", "a").authentications).toEqual(["keyboard-interactive"]);
  });

  it("names file and line of what it can't understand", () => {
    expect(fromFiles('Host a\n User "x\n', "a")).toBe("/home/ana/.ssh/config line 2: a quote is not closed");
    expect(fromFiles("\n\nHost\n", "a")).toMatch(/line 3: Host needs an argument/);
    expect(fromFiles("Port 99999\n", "a")).toBe('Port "99999" is not a port');
  });

  it("never throws, and answers with settings or a sentence", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "Host",
        "Match",
        "Include",
        "final",
        "all",
        "host",
        "exec",
        "*",
        "a",
        "!a",
        '"',
        "'",
        "\\",
        "=",
        "#",
        "%h",
        variable("X"),
        "ProxyJump",
      ),
      fc.string({ unit: "binary", maxLength: 12 }),
    );
    const text = fc.array(fc.array(word, { maxLength: 6 }).map((words) => words.join(" "))).map((lines) => lines.join("\n"));
    fc.assert(fc.property(text, (content) => ["string", "object"].includes(typeof fromFiles(content, "a"))));
  });
});

describe("words of a line", () => {
  it("are split as ssh splits them", () => {
    expect(splitWords('a "b c" \'d e\' f\\ g "h\\"i" # rest')).toEqual(["a", "b c", "d e", "f g", 'h"i']);
    expect(splitWords('x"y z"w #')).toEqual(["xy zw"]);
    expect(splitWords('""')).toEqual([""]);
    expect(splitWords('"open')).toBeUndefined();
  });
});

describe("jump hosts", () => {
  it("are read in all their forms", () => {
    expect(parseJumpHost("u@h:22")).toEqual({ user: "u", host: "h", port: 22 });
    expect(parseJumpHost("ssh://u@h:22/")).toEqual({ user: "u", host: "h", port: 22 });
    expect(parseJumpHost("[fe80::1]:99")).toEqual({ user: undefined, host: "fe80::1", port: 99 });
    expect(parseJumpHost("::1")).toEqual({ user: undefined, host: "::1", port: undefined });
    expect(parseJumpHost("a@b@h")).toEqual({ user: "a@b", host: "h", port: undefined });
    expect(parseProxyJump("NONE")).toEqual([]);
    expect(parseProxyJump("a, b # comment")).toMatchObject([{ host: "a" }, { host: "b" }]);
  });
  it("are refused where a shell or an option could hide in them", () => {
    for (const bad of ["", "-oProxyCommand=x", "h;reboot", "$(x)", "h:0", "h:99999", "@h", "u`x`@h", "h x"])
      expect(parseJumpHost(bad)).toBeUndefined();
    expect(parseProxyJump("a,,b")).toBeUndefined();
  });
});

describe("lists and times", () => {
  it("glues a path's words together", () => {
    expect(splitPathList("/a b/c ~/d none")).toEqual(["/a b/c", "~/d", "none"]);
  });
  it("reads ssh's times", () => {
    expect([timeSeconds("90"), timeSeconds("1h2m3s"), timeSeconds("none"), timeSeconds("x"), timeSeconds(undefined)]).toEqual([
      90,
      3723,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("the way to a host", () => {
  const files = (text: string, run: (argv: readonly string[]) => SshRun = () => ({ kind: "missing" })): ConfigSource => ({
    local,
    config_file: undefined,
    run_ssh: async (argv) => run(argv),
    reader: memory({ "/home/ana/.ssh/config": text }),
  });
  const names = async (text: string, host: string) => {
    const chain = await resolveChain(host, files(text));
    return chain.ok ? chain.hops.map(({ user, hostname, port }) => `${user}@${hostname}:${port}`) : `${chain.hop}: ${chain.error}`;
  };

  it("goes hop by hop, each with its own settings", async () => {
    const text = "Host c\n ProxyJump a,u@b:2222\nHost a\n HostName real-a\n User ops\nHost b\n User ignored\n ProxyJump nowhere\n";
    expect(await names(text, "c")).toEqual(["ops@real-a:22", "u@b:2222", "ana@c:22"]);
  });

  it("follows the first hop's own ProxyJump", async () => {
    expect(await names("Host c\n ProxyJump b\nHost b\n ProxyJump a\n", "c")).toEqual(["ana@a:22", "ana@b:22", "ana@c:22"]);
  });

  it("takes none for none, and a circle for an error", async () => {
    expect(await names("Host c\n ProxyJump none\nHost *\n ProxyJump j\n", "c")).toEqual(["ana@c:22"]);
    expect(await names("Host *\n ProxyJump j\n", "c")).toBe("j: ProxyJump goes in a circle through j");
    expect(await names("Host *\n ProxyJump x%h\n", "c")).toMatch(/more than 8 hops|circle/);
  });

  it("lets only the first hop use a ProxyCommand", async () => {
    const text = "Host c\n ProxyJump a,b\nHost a b\n ProxyCommand nc %h %p\n";
    const chain = await resolveChain("c", files(text));
    expect(chain.ok && chain.hops.map((hop) => hop.proxy_command)).toEqual(["nc a 22", undefined, undefined]);
  });

  it("asks ssh where there is one: file, user and port go along, and the name can't be an option", async () => {
    const asked: (readonly string[])[] = [];
    const source = files("", (argv) => {
      asked.push(argv);
      const host = argv.at(-1);
      return {
        kind: "ran",
        code: 0,
        stdout: `hostname ${host}\nport 22\nuser root\n${host === "c" ? "proxyjump u@j:99\n" : ""}`,
        stderr: "",
      };
    });
    const chain = await resolveChain("c", { ...source, config_file: "/f" });
    expect(chain.ok && chain.hops.map(({ name }) => name)).toEqual(["j", "c"]);
    expect(asked).toEqual([
      ["-G", "-F", "/f", "--", "c"],
      ["-G", "-F", "/f", "-l", "u", "-p", "99", "--", "j"],
    ]);
    expect(await resolveChain("-oProxyCommand=reboot", source)).toMatchObject({ ok: false });
    expect(asked).toHaveLength(2);
  });

  it("passes on ssh's own words, and says when it hangs", async () => {
    const stderr =
      "Pseudo-terminal will not be allocated because stdin is not a terminal.\r\nbad: line 1: Bad configuration option: hoost\r\n";
    const bad = await resolveChain(
      "a",
      files("", () => ({ kind: "ran", code: 255, stdout: "", stderr })),
    );
    expect(bad).toEqual({ ok: false, hop: "a", error: "bad: line 1: Bad configuration option: hoost" });
    const hung = await resolveChain(
      "a",
      files("", () => ({ kind: "timed_out", after_s: 10 })),
    );
    expect(hung).toMatchObject({ ok: false, error: expect.stringMatching(/did not answer within 10 s/) });
  });
});
