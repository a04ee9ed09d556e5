// Receives what webhooks post, and counts its events. Each line on its input is a number of events to wait for; the
// answer says how many requests and bytes they were, and how long it took from the first request to the last.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';

// Stands once in each event.
const MARK = '"recipient":';

let left = 0;
let told = { requests: 0, bytes: 0, events: 0 };
let began = 0;

function eventsIn(body) {
  let events = 0;
  for (let at = body.indexOf(MARK); at !== -1; at = body.indexOf(MARK, at + MARK.length)) events++;
  return events;
}

const server = createServer(async (request, response) => {
  const body = await buffer(request);
  response.writeHead(204).end();
  if (left <= 0) return;
  if (told.requests === 0) began = performance.now();
  const events = eventsIn(body);
  told = { requests: told.requests + 1, bytes: told.bytes + body.length, events: told.events + events };
  left -= events;
  if (left <= 0) console.log(JSON.stringify({ ...told, seconds: (performance.now() - began) / 1000 }));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ event: 'listening', port: server.address().port })));
createInterface({ input: process.stdin }).on('line', (line) => {
  left = Number(line);
  told = { requests: 0, bytes: 0, events: 0 };
});
