/** Reads a message in the envelope of docs/envelope.md. One that has none is a text alone. */
export function readEnvelope(message) {
  try {
    const { title, text, link, kind } = JSON.parse(message);
    // A path of this site, and of no other: `//example.org` would be one.
    const isOurs = /^\/(?![/\\])/.test(link);
    if (typeof text === 'string') return { title, text, link: isOurs ? link : undefined, kind };
  } catch {}
  return { text: message };
}
