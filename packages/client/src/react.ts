import { useEffect, useRef, useState } from 'react';
import {
  type ClientState,
  type LiveEvent,
  type ReceivedMessage,
  type SubscribeOptions,
  TidingsClient,
  type TidingsClientOptions,
} from './index.js';

/** What {@link useTidings} returns. */
export interface Tidings {
  /** Null until the component is mounted. */
  client: TidingsClient | null;
  state: ClientState;
  /** Why the last connection ended, in words. */
  reason?: string | undefined;
  /** The code with which it was closed. */
  code?: number | undefined;
}

/**
 * Keeps a client for as long as the component is mounted. The functions may be new in each render: the latest
 * are called. Another `share`, or another URI where `connectionUri` is one, makes a new client; for another
 * user give the component another `key`.
 */
export function useTidings(options: TidingsClientOptions): Tidings {
  const latest = useRef(options);
  const [tidings, setTidings] = useState<Tidings>({ client: null, state: 'connecting' });
  useEffect(() => {
    latest.current = options;
  });
  const { share, connectionUri: uri } = options;
  useEffect(() => {
    const client = new TidingsClient({
      ...latest.current,
      connectionUri: typeof uri === 'string' ? uri : (signal) => (latest.current.connectionUri as typeof uri)(signal),
      ...(latest.current.onMessage && { onMessage: (message: ReceivedMessage) => latest.current.onMessage?.(message) }),
      onState: (state, reason, code) => {
        setTidings((now) => ({ ...now, state, reason, code }));
        return latest.current.onState?.(state, reason, code);
      },
      onError: (error) => (latest.current.onError ?? console.error)(error),
    });
    setTidings((now) => ({ ...now, client }));
    return () => client.stop();
  }, [share, typeof uri === 'string' ? uri : '']);
  return tidings;
}

/**
 * Follows live topics for as long as the component is mounted. Topics and options are compared as JSON; the
 * functions may be new in each render.
 */
export function useLiveTopics(
  client: TidingsClient | null,
  topics: readonly string[],
  onEvent: (event: LiveEvent) => unknown,
  options: SubscribeOptions = {},
): void {
  const latest = useRef({ onEvent, options });
  useEffect(() => {
    latest.current = { onEvent, options };
  });
  const key = JSON.stringify([topics, options]);
  useEffect(
    () =>
      client?.subscribe(topics, (event) => latest.current.onEvent(event), {
        ...options,
        ...(options.onStale && { onStale: (signal: AbortSignal) => latest.current.options.onStale?.(signal) }),
      }),
    [client, key],
  );
}
