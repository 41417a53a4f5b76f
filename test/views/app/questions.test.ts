import { describe, expect, it } from "vitest";
import { nothingYet } from "../panes/fixture-variants.ts";
import { renderAt } from "../render.tsx";
import { plainContent } from "./content.ts";

const plain = { content: plainContent };

describe("questions", () => {
  const hostKey = {
    kind: "host_key",
    host: "alpha",
    hop: "jump1",
    key_type: "ssh-ed25519",
    fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDxGvXXvjG4VfYDYD8",
    file: "~/.ssh/known_hosts",
  } as const;

  it("a host key is trusted by the whole word yes, and by nothing else", async () => {
    const screen = await renderAt(80, 24, nothingYet, [], plain);
    const first = screen.screen.ask(hostKey);
    await screen.settle();
    expect(screen.text()).toContain("jump1, on the way to alpha");
    expect(screen.text()).toContain("SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDxGvXXvjG4VfYDYD8");
    await screen.press("y", "\r");
    expect(await first).toBeUndefined();
    const second = screen.screen.ask(hostKey);
    await screen.press("yes", "\r");
    expect(await second).toBe("yes");
  });

  it("at the least size the question can be answered", async () => {
    const screen = await renderAt(60, 15, nothingYet, [], plain);
    const answer = screen.screen.ask(hostKey);
    await screen.press("yes");
    expect(screen.text()).toContain("▸ yes");
    expect(screen.text()).toContain("SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDxGvXXvjG4VfYDYD8");
    await screen.press("\r");
    expect(await answer).toBe("yes");
  });

  it("says what is special about a key, also at the least size", async () => {
    const note =
      "/etc/ssh/ssh_known_hosts:12 vouches for this host by a certificate authority, which this console can't check; the plain key needs your word";
    for (const [columns, rows] of [
      [80, 24],
      [60, 15],
    ] as const) {
      const screen = await renderAt(columns, rows, nothingYet, [], plain);
      const answer = screen.screen.ask({ ...hostKey, note });
      await screen.press("yes");
      expect(screen.text()).toMatch(/certificate[\s│]+authority/);
      expect(screen.text()).toContain("SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDxGvXXvjG4VfYDYD8");
      expect(screen.text()).toContain("▸ yes");
      await screen.press("\r");
      expect(await answer).toBe("yes");
    }
  });

  it("a stray enter answers nothing", async () => {
    const secret = { kind: "secret", host: "alpha", hop: "alpha", label: "passphrase for ~/.ssh/id", echo: false } as const;
    for (const prompt of [hostKey, secret, { ...secret, from_server: true } as const]) {
      const screen = await renderAt(80, 24, nothingYet, [], plain);
      let answered = false;
      void screen.screen.ask(prompt).then(() => {
        answered = true;
      });
      await screen.press("\r", "\r");
      expect(answered).toBe(false);
      expect(screen.text()).toContain("enter answers");
    }
  });

  it("tells a server's question from the console's own, and answers it with nothing where that is wanted", async () => {
    const screen = await renderAt(80, 24, nothingYet, [], plain);
    const fake = {
      kind: "secret",
      host: "alpha",
      hop: "jump1",
      label: "passphrase for ~/.ssh/id_ed25519",
      echo: true,
      from_server: true,
    } as const;
    const answer = screen.screen.ask(fake);
    await screen.settle();
    expect(screen.text()).toContain("jump1 asks: passphrase for ~/.ssh/id_ed25519");
    expect(screen.text()).toContain("The answer is sent to jump1.");
    await screen.press("\r");
    expect(await answer).toBe("");
  });

  it("a secret is masked, one question comes after the other, and never into what is being typed", async () => {
    const screen = await renderAt(80, 24, nothingYet, ["/"], plain);
    const secret = { kind: "secret", host: "alpha", hop: "alpha", label: "Passphrase for id_ed25519", echo: false } as const;
    const first = screen.screen.ask(secret);
    const second = screen.screen.ask({ ...secret, host: "beta", hop: "beta" });
    await screen.press("x");
    expect(screen.text()).not.toContain("Passphrase");
    await screen.press("\r", "hunter2");
    expect(screen.text()).toContain("▸ •••••••");
    expect(screen.text()).not.toContain("hunter2");
    await screen.press("\r");
    expect(await first).toBe("hunter2");
    expect(screen.text()).toContain("beta");
    await screen.press("\x1b");
    expect(await second).toBeUndefined();
    expect(JSON.stringify(screen.store.getState().ui)).not.toContain("hunter2");
  });

  it("what is still asked when the console ends is declined", async () => {
    const screen = await renderAt(80, 24, nothingYet, [], plain);
    const answer = screen.screen.ask(hostKey);
    await screen.press("\x03");
    expect(await answer).toBeUndefined();
    expect(await screen.screen.ask(hostKey)).toBeUndefined();
  });
});
