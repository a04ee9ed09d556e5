/** Views that are loaded together, once one of them is looked at: apart, they would share their parts by ten small files. */
export { KeysView } from '../views/keys/keys-view.js';
export { StatusEventsView } from '../views/status-events/status-events-view.js';
export { TryItView } from '../views/try-it/try-it-view.js';
export { WebhooksView } from '../views/webhooks/webhooks-view.js';
