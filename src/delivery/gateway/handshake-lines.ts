import type { DebugLog } from '../../core/ports/debug-log.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { requestIdOf } from '../../lib/http/request-id.js';
import type { Attempt } from '../admission/read-attempt.js';
import type { Refusal } from '../admission/refusal.js';
import type { Socket } from '../socket/socket.js';
import { clientFacts } from './client-facts.js';
import type { Handshake } from './upgrade-route.js';

/** The part of a WebSocket that is watched. */
interface Watched {
  on(event: 'close', listener: (code: number) => void): unknown;
}

interface Opened {
  handshake: Handshake;
  attempt: Attempt;
  claims: RecipientClaims;
  /** Kind of connection. */
  kind: string;
}

/** Tells of connects, closes and refusals, a line each. Costs nothing unless the log is at `debug`. */
export class HandshakeLines {
  constructor(
    private readonly debug: DebugLog,
    private readonly now: () => number,
  ) {}

  /** Tells of an accepted client, and later of its close. */
  opened({ handshake, attempt, claims, kind }: Opened, ws: Watched, socket: Socket): void {
    if (!this.debug.enabled) return;
    const { tenantId: tenant, recipient, topic } = claims;
    const whose = { requestId: requestIdOf(handshake.request), tenant, recipient };
    const { sourceIp: address, origin } = clientFacts(handshake.request, handshake.address());
    const since = this.now();
    this.debug.line('connected', { ...whose, kind, protocol: attempt.mode, topic, address, origin });
    let closedWith: { code: number; reason: string } | null = null;
    const close = socket.close.bind(socket);
    // What we closed it with says more than what came back.
    socket.close = (code, reason) => {
      closedWith ??= { code, reason };
      close(code, reason);
    };
    ws.on('close', (code) => {
      const seconds = Math.round((this.now() - since) / 1000);
      this.debug.line('closed', { ...whose, code: closedWith?.code ?? code, reason: closedWith?.reason, seconds });
    });
  }

  /** Tells of a client that was refused, and whose genuine token it had, if it had one. */
  refused({ code: reason, status, claims, cause }: Refusal, { request, address: addressOf }: Handshake): void {
    if (!this.debug.enabled) return;
    const { sourceIp: address, origin } = clientFacts(request, addressOf());
    const whose = { tenant: claims?.tenantId, recipient: claims?.recipient };
    const error = cause instanceof Error ? cause.message : undefined;
    this.debug.line('handshake refused', { requestId: requestIdOf(request), reason, status, address, origin, ...whose, error });
  }
}
