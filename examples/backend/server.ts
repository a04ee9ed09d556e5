// A tenant's backend: lets its users' pages connect, and pushes to them.
import { Tidings, TidingsError, verifyWebhook, WebhookVerificationError } from '@tidings/sdk';
import express from 'express';

const { TIDINGS_URL = 'http://127.0.0.1:4000', TIDINGS_API_KEY = '', WEBHOOK_SECRET, PORT = '3000' } = process.env;
const tidings = new Tidings({ url: TIDINGS_URL, apiKey: TIDINGS_API_KEY });
const app = express();

/** Stands for your own sessions: who asks is who logged in, never what the request says. */
const userOf = (_request: express.Request) => 'user-1';

// What @tidings/client asks before it connects.
app.post('/connection', async (request, response) => {
  const { connectionUri } = await tidings.registerRecipient({ recipient: userOf(request), expiresIn: 3600 });
  response.json({ connectionUri });
});

// Something has happened that a user is to know of.
app.post('/reports/:id/ready', async (request, response) => {
  const { id } = request.params;
  const message = { title: 'Report', text: 'Your report is ready', link: `/reports/${id}`, kind: 'report' };
  const [entry] = await tidings.pushMessage({
    recipients: [userOf(request)],
    message: JSON.stringify(message),
    // The same report is told once, however often this is called within a day.
    idempotencyKey: `report-${id}`,
  });
  if (entry?.error) response.status(422).json(entry.error);
  else response.status(202).json({ id: entry?.item?.id, status: entry?.item?.status });
});

app.get('/messages/:id', async (request, response) => {
  const message = await tidings.message({ id: request.params.id }, { include: ['pendingReason'] });
  if (!message) response.status(404).end();
  else response.json({ status: message.status, why: message.pendingReason?.text ?? null });
});

// The body as it came: a signature is of bytes.
app.post('/webhook', express.raw({ type: '*/*' }), (request, response) => {
  const payload = verifyWebhook(request.body, request.headers, WEBHOOK_SECRET ?? '');
  for (const event of payload.type === 'message.batch' ? payload.data.events : [payload]) console.log(event.type, event.id);
  response.status(204).end();
});

app.use((error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
  if (error instanceof WebhookVerificationError) return void response.status(400).end();
  console.error(error instanceof TidingsError ? `${error.operation}: ${error.code} (${error.requestId})` : error);
  response.status(502).json({ error: 'try again' });
});

const server = app.listen(Number(PORT), '127.0.0.1', () => console.log(`listening on ${JSON.stringify(server.address())}`));
