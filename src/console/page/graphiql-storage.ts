import { forgetApiPage } from '../shared/key-storage.js';
import { EXAMPLE_TABS } from './example-tabs.js';

/**
 * Keeps what GraphiQL remembers in this tab alone, until it is forgotten: the editors may name recipients, or
 * hold texts of messages.
 */
export class GraphiqlStorage {
  #forgotten = false;

  constructor() {
    // GraphiQL takes the text of the first tab from `defaultTabs`, but its variables from its storage.
    if (this.getItem('graphiql:tabState') === null) this.setItem('graphiql:variables', EXAMPLE_TABS[0]!.variables);
  }

  get length(): number {
    return sessionStorage.length;
  }

  getItem(name: string): string | null {
    return sessionStorage.getItem(name);
  }

  /** GraphiQL writes a moment after the last change, so also when all was to be forgotten. */
  setItem(name: string, value: string): void {
    if (!this.#forgotten) sessionStorage.setItem(name, value);
  }

  removeItem(name: string): void {
    sessionStorage.removeItem(name);
  }

  clear(): void {
    forgetApiPage();
  }

  /** Removes everything, for good. The next storage begins with the examples. */
  forget(): void {
    this.#forgotten = true;
    this.clear();
  }
}
