import type { Api } from './api.js';
import type { ClientSpec } from './client-group.js';

const AT_ONCE = 50;

/** Registers the recipients and returns a token for each. */
export async function register(
  api: Api,
  recipients: readonly string[],
  mode: ClientSpec['mode'] = 'plain',
): Promise<ClientSpec[]> {
  const specs: ClientSpec[] = [];
  for (let i = 0; i < recipients.length; i += AT_ONCE) {
    const some = recipients.slice(i, i + AT_ONCE);
    const tokens = await Promise.all(some.map((recipient) => api.register(recipient)));
    for (const [n, { token }] of tokens.entries()) specs.push({ recipient: some[n] as string, token, mode });
  }
  return specs;
}

export const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}.${i}`);
