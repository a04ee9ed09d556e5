/** The part of a WebSocket that the client uses: browsers' own, Node's from 22 on, and that of the package `ws`. */
export interface Socket {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  /** What goes wrong is followed by `close`; without a listener `ws` would throw. */
  addEventListener(type: 'error', listener: () => void): void;
}

export type SocketClass = new (url: string, protocols: string[]) => Socket;

/** A browser's window; elsewhere there are no pages that come and go. */
export interface PageEvents {
  addEventListener(type: 'pagehide' | 'pageshow', listener: (event: { persisted: boolean }) => void): void;
  removeEventListener(type: 'pagehide' | 'pageshow', listener: (event: { persisted: boolean }) => void): void;
}

export const globalSocketClass = (): SocketClass | undefined => (globalThis as { WebSocket?: SocketClass }).WebSocket;

export function globalPageEvents(): PageEvents | undefined {
  const scope = globalThis as { document?: unknown } & Partial<PageEvents>;
  return scope.document && scope.addEventListener && scope.removeEventListener ? (scope as PageEvents) : undefined;
}
