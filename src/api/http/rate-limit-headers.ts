import { BUCKET_SECONDS, type RatePolicy } from '../../core/domain/tenant-limits.js';
import type { RateState } from '../../core/ports/tenant-limiter.js';

/** Units that the draft's registry has, for policies that are not counted in requests. */
const UNITS: Partial<Record<RatePolicy, string>> = { bytes: ';qu="content-bytes"' };
/** Policies that calls of the API are judged by; live events have limits and errors, but no header. */
const SHOWN: ReadonlySet<RatePolicy> = new Set(['recipients', 'requests', 'bytes']);

/**
 * Returns the headers that tell a client its limits and what is left of them, as
 * draft-ietf-httpapi-ratelimit-headers-11 has them: `q` units in `w` seconds, `r` units now, and `t` seconds
 * until all of them are there again.
 */
export function rateLimitHeaders(rates: readonly RateState[]): Record<string, string> {
  const shown = rates.filter(({ policy }) => SHOWN.has(policy));
  if (shown.length === 0) return {};
  const policies = shown.map(
    ({ policy, limit }) => `"${policy}";q=${limit * BUCKET_SECONDS};w=${BUCKET_SECONDS}${UNITS[policy] ?? ''}`,
  );
  const left = shown.map(({ policy, remaining, fullInS }) => `"${policy}";r=${remaining};t=${fullInS}`);
  return { 'ratelimit-policy': policies.join(', '), ratelimit: left.join(', ') };
}
