import { deliveryUrl } from '../config/index.js';

/** URL of a server of this process that listens there. */
export const httpUrl = (host: string, port: number): string => deliveryUrl(host, port).replace(/^ws/, 'http');
