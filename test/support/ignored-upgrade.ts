import { type IncomingMessage, request } from 'node:http';

/** Asks with the offer to upgrade to HTTP/2, as curl --http2 and Java's HttpClient do. */
export function getWithH2c(port: number, path: string): Promise<{ status: number | undefined; body: string; headers: object }> {
  const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' };
  return new Promise((resolve, reject) => {
    const ask = request({ host: '127.0.0.1', port, path, headers }, (answer: IncomingMessage) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body, headers: answer.headers }));
    });
    ask.on('error', reject);
    ask.end();
  });
}
