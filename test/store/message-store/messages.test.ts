import { describeMessages } from '../../contract/message-store.js';
import { onPostgres } from './harness.js';

describeMessages('PostgreSQL', onPostgres);
