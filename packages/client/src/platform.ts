/**
 * The part of a WebSocket that the client uses: of browsers, of Node from 22 on, and of the package `ws`.
 */
export interface Socket {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  /** Comes before `close`. Without a listener `ws` would throw. */
  addEventListener(type: 'error', listener: () => void): void;
}

export type SocketClass = new (url: string, protocols: string[]) => Socket;

/** Names what tells that the page was left, or that it, its laptop or its network is back. */
type PageEvent = 'pagehide' | 'pageshow' | 'online' | 'visibilitychange';

/** The part of a browser's window that tells of the page's coming and going. Elsewhere there is none. */
export interface PageEvents {
  addEventListener(type: PageEvent, listener: () => void): void;
  removeEventListener(type: PageEvent, listener: () => void): void;
  readonly document?: { readonly visibilityState: string };
}

export const globalSocketClass = (): SocketClass | undefined => (globalThis as { WebSocket?: SocketClass }).WebSocket;

export function globalPageEvents(): PageEvents | undefined {
  const scope = globalThis as Partial<PageEvents>;
  return scope.document && scope.addEventListener ? (scope as PageEvents) : undefined;
}
