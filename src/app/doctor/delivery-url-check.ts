import { type Finding, notChecked, ok, reasonOf, wrong } from './finding.js';

const ANSWER_MS = 10_000;

/** Asks PUBLIC_DELIVERY_URL without an upgrade: a delivery node says 426 to that, and names the request. */
export async function checkDeliveryUrl(url: string | null): Promise<Finding> {
  if (url === null)
    return notChecked(
      'delivery URL',
      'PUBLIC_DELIVERY_URL is not set',
      'set it as the API node has it, or give a key: then the URL of a token is used',
    );
  const requestId = 'tidings-doctor';
  const address = `${url.replace(/^ws/, 'http')}/`;
  try {
    const response = await fetch(address, {
      headers: { 'x-request-id': requestId },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (response.status === 426) return ok('delivery URL', `a delivery node answers at ${url}`);
    return wrong(
      'delivery URL',
      `what answers at ${url} is no delivery node (status ${response.status})`,
      'let PUBLIC_DELIVERY_URL lead to the delivery nodes (DELIVERY_PORT), not to the API or a page; with the path under which the proxy has them',
    );
  } catch (error) {
    return wrong(
      'delivery URL',
      `nobody answers at ${url}: ${reasonOf(error)}`,
      'check host, port, scheme and certificate of PUBLIC_DELIVERY_URL, and that a delivery node listens there',
    );
  }
}
