const shortNames: Readonly<Record<string, string>> = { escape: "esc", pageup: "pgup", pagedown: "pgdn" };
/** How a key is written on the screen. */
export const keyLabel = (key: string): string => shortNames[key] ?? key;
