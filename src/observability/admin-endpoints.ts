import { createServer, type Server } from 'node:http';
import type { Admin, AdminAnswer } from '../core/ports/admin.js';
import { headTimeouts } from '../lib/http/http-timeouts.js';
import { answerUnreadable, REQUEST_ID_HEADER, requestIdOf } from '../lib/http/request-id.js';

/** The knowledge of a node about its own service. */
export interface Readiness {
  state: 'starting' | 'ready' | 'draining';
  /** Names of migrations that the database lacks. */
  missingMigrations: readonly string[];
  /** Servers that are away at the moment. */
  degraded: ReadonlyArray<'database' | 'redis'>;
}

interface AdminSources {
  readiness(): Readiness;
  /** Metrics in the text format of Prometheus. */
  scrape(): Promise<string>;
  metricsContentType: string;
  /** Counters by tenant, likewise; not given on ports that others than the operator reach. */
  tenantMetrics?: () => Promise<string>;
}

/**
 * Answers the paths of health and metrics, whatever server they came in by; with a slash at the end, too.
 */
export function createAdminEndpoints(sources: AdminSources): Admin {
  const { tenantMetrics, metricsContentType } = sources;
  const answers: Record<string, () => AdminAnswer | Promise<AdminAnswer>> = {
    // Never asks anything else: a process that answers is alive.
    '/healthz': () => json(200, { status: 'alive' }),
    '/readyz': () => readyz(sources.readiness()),
    '/metrics': async () => answer(200, metricsContentType, await sources.scrape()),
    ...(tenantMetrics && { '/tenant-metrics': async () => answer(200, metricsContentType, await tenantMetrics()) }),
  };
  return async (asked) => {
    const path = asked.endsWith('/') ? asked.slice(0, -1) : asked;
    const known = Object.hasOwn(answers, path) ? answers[path] : undefined;
    return known ? known() : null;
  };
}

/**
 * Leaves out the metrics. Ports that tenants and browsers reach have them only where the operator asks for
 * it: they tell how much everybody sends.
 */
export const withoutMetrics =
  (admin: Admin): Admin =>
  async (path) =>
    /^\/metrics\/?$/.test(path) ? null : admin(path);

/**
 * Answers whether the node can be given work. A lost database or Redis leaves it ready, because a load
 * balancer must not cut every connection when the database was away for a moment.
 */
function readyz({ state, missingMigrations, degraded }: Readiness): AdminAnswer {
  // The node is starting, too, but whoever asks learns more from what it waits for.
  if (state !== 'draining' && missingMigrations.length > 0) {
    return json(503, { status: 'migrations missing', missingMigrations, degraded });
  }
  if (state !== 'ready') return json(503, { status: state, degraded });
  return json(200, { status: 'ready', degraded });
}

const json = (status: number, body: object) => answer(status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);

const answer = (status: number, contentType: string, body: string): AdminAnswer => ({
  status,
  contentType,
  headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  body,
});

/** Starts a server for these paths alone, as ADMIN_PORT asks for. */
export function startAdminServer(admin: Admin, host: string, port: number): Promise<Server> {
  const server = createServer(headTimeouts(), async (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const end = (found: AdminAnswer) => {
      response.writeHead(found.status, { ...found.headers, 'content-type': found.contentType });
      response.end(request.method === 'HEAD' ? undefined : found.body);
    };
    response.setHeader(REQUEST_ID_HEADER, requestIdOf(request));
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(json(405, { status: 'method not allowed' }));
    try {
      end((await admin(path)) ?? json(404, { status: 'not found' }));
    } catch {
      end(json(500, { status: 'error' }));
    }
  });
  server.on('clientError', answerUnreadable);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
