/** Views that are loaded together, once one of them is looked at: apart, they would share their parts by ten small files. */
export { GlobalsView } from '../views/globals/globals-view.js';
export { KeysView } from '../views/keys/keys-view.js';
export { RecipientView } from '../views/recipient/recipient-view.js';
export { StatusEventsView } from '../views/status-events/status-events-view.js';
export { TryItView } from '../views/try-it/try-it-view.js';
export { WebhooksView } from '../views/webhooks/webhooks-view.js';
