import { lazy, type ReactNode } from 'react';
import type { Access } from '../data/current-key.js';
import { MessagesView } from '../views/messages/messages-view.js';

// Messages are what support looks for: less is loaded before them.
const later = () => import('./later-views.js');
const GlobalsView = lazy(() => later().then(({ GlobalsView: view }) => ({ default: view })));
const KeysView = lazy(() => later().then(({ KeysView: view }) => ({ default: view })));
const RecipientView = lazy(() => later().then(({ RecipientView: view }) => ({ default: view })));
const StatusEventsView = lazy(() => later().then(({ StatusEventsView: view }) => ({ default: view })));
const TryItView = lazy(() => later().then(({ TryItView: view }) => ({ default: view })));
const WebhooksView = lazy(() => later().then(({ WebhooksView: view }) => ({ default: view })));
const OverviewView = lazy(() =>
  import('../views/overview/overview-view.js').then(({ OverviewView: view }) => ({ default: view })),
);

interface View {
  /** Path behind the `#`, and those below it that the view has as well; `:id` stands for a part. */
  paths: readonly [string, ...string[]];
  name: string;
  /** Whether a key may see it: else it is not in the menu, and by link it says so. */
  isGranted: (access: Access) => boolean;
  show: (id: string | undefined) => ReactNode;
  /** Stands apart from the views about messages. */
  apart?: boolean;
}

/** The views of the console, in the order of the menu. */
export const VIEWS: readonly View[] = [
  {
    paths: ['/messages', '/messages/:id'],
    name: 'Messages',
    isGranted: ({ may }) => may('query', 'messages') && may('query', 'message'),
    show: (id) => <MessagesView id={id} />,
  },
  {
    paths: ['/recipients'],
    name: 'Recipients',
    isGranted: ({ may }) => may('query', 'recipient'),
    show: () => <RecipientView />,
  },
  {
    paths: ['/globals'],
    name: 'Globals',
    isGranted: ({ may }) => may('query', 'globalMessages'),
    show: () => <GlobalsView />,
  },
  {
    paths: ['/status-events'],
    name: 'Status events',
    isGranted: ({ may }) => may('query', 'statusEvents'),
    show: () => <StatusEventsView />,
  },
  {
    paths: ['/webhooks', '/webhooks/:id'],
    name: 'Webhooks',
    isGranted: ({ may }) => may('query', 'webhooks') && may('query', 'webhookAttempts'),
    show: (id) => <WebhooksView id={id} />,
  },
  {
    paths: ['/overview'],
    name: 'Overview',
    isGranted: ({ may }) => may('query', 'usage'),
    show: () => <OverviewView />,
    apart: true,
  },
  {
    paths: ['/try'],
    name: 'Try it',
    isGranted: ({ may }) =>
      may('mutation', 'registerRecipient') &&
      may('mutation', 'pushMessage') &&
      may('mutation', 'cancelMessages') &&
      may('query', 'message'),
    show: () => <TryItView />,
    apart: true,
  },
  {
    paths: ['/keys'],
    name: 'Keys and audit',
    isGranted: ({ may }) => may('query', 'apiKeys') || may('query', 'auditLog'),
    show: () => <KeysView />,
    apart: true,
  },
];
