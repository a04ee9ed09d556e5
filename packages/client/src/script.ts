import { TidingsClient } from './tidings-client.js';

Object.assign(globalThis, { TidingsClient });
