/**
 * The tree that Ink draws: the frame, and nothing else. It comes ready-made (frame.ts), by name (terminal/frame-refs.ts).
 */
import { Text } from "ink";
import type { ReactNode } from "react";

export function App({ frame }: { readonly frame: string }): ReactNode {
  return <Text wrap="truncate">{frame}</Text>;
}
