// The backend of the example page, on nothing but Node: it alone knows the API key.
//   TIDINGS_API_KEY=tk_… node examples/page/server.mjs
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const API_URL = new URL('/graphql', process.env.TIDINGS_URL ?? 'http://127.0.0.1:4000');
const API_KEY = process.env.TIDINGS_API_KEY;
// Delivery nodes serve the client, too. Your own pages bundle `@tidings/client`, or name that URL themselves.
const DELIVERY_URL = process.env.TIDINGS_DELIVERY_URL ?? 'http://127.0.0.1:4001';
const PORT = Number(process.env.PORT ?? 8080);

if (!API_KEY) {
  console.error('Give the API key that `npm start` printed as TIDINGS_API_KEY.');
  process.exit(1);
}

const REGISTER_RECIPIENT = `mutation registerRecipient($input: RegisterRecipientInput!) {
  registerRecipient(input: $input) { connectionUri }
}`;

// A real backend takes the recipient from its own session and refuses whoever is not logged in.
const recipientOf = (_request) => 'd9f3c17a-c6de-4e5e-b42b-98fbfb46a108';

async function connectionUri(recipient) {
  const response = await fetch(API_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': API_KEY },
    body: JSON.stringify({ query: REGISTER_RECIPIENT, variables: { input: { recipient } } }),
    signal: AbortSignal.timeout(10_000),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data.registerRecipient.connectionUri;
}

const server = createServer(async (request, response) => {
  try {
    if (request.method === 'GET' && request.url === '/') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(await readFile(new URL('index.html', import.meta.url)));
    } else if (request.method === 'GET' && request.url === '/client.js') {
      response.writeHead(307, { location: `${DELIVERY_URL}/client.js` }).end();
    } else if (request.method === 'POST' && request.url === '/connection') {
      const uri = await connectionUri(recipientOf(request));
      response.setHeader('content-type', 'application/json');
      response.setHeader('cache-control', 'no-store');
      response.end(JSON.stringify({ connectionUri: uri }));
    } else {
      response.writeHead(404).end('not found\n');
    }
  } catch (error) {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    response.writeHead(502).end('this backend could not answer; its log says why\n');
  }
});

server.listen(PORT, '127.0.0.1', () => console.log(`open http://127.0.0.1:${server.address().port}/`));
