/** An answer of an endpoint for operators, whatever server it goes out by. */
export interface AdminAnswer {
  status: number;
  contentType: string;
  headers?: Readonly<Record<string, string>>;
  body: string;
}

/** Answers the paths of health and metrics, whatever server they came in by; null for any other path. */
export type Admin = (path: string) => Promise<AdminAnswer | null>;
