import ipaddr from 'ipaddr.js';

const authority = (host: string, port: number) => `${ipaddr.IPv6.isValid(host) ? `[${host}]` : host}:${port}`;

/** URL of a delivery port that listens there. */
export const deliveryUrl = (host: string, port: number): string => `ws://${authority(host, port)}`;

/** URL of a port for HTTP that listens there. */
export const httpUrl = (host: string, port: number): string => `http://${authority(host, port)}`;
