import { describeRecords } from '../../contract/message-store.js';
import { onPostgres } from './harness.js';

describeRecords('PostgreSQL', onPostgres);
